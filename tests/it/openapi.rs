//! Tests of the contract: what is committed is what the program says, and every operation is told in full.

use serde_json::Value;
use std::collections::BTreeSet;

/// Operations that need no log-in. Whoever adds one here has decided that anybody may call it.
pub const PUBLIC: &[&str] = &[
    "auth_password",
    "auth_sms_code_create",
    "auth_sms",
    "auth_wechat",
    "auth_refresh",
    "congress_list",
    "congress_get",
    "calendar_list",
    "calendar_get",
    "calendar_due",
    "term_list",
    "congress_session_list",
    "organisation_list",
    "unit_list",
    "body_list",
    "representative_public_list",
    "code_resolve",
    "gate_enrol",
    "certificate_get",
    "receipt_aliyun",
    "receipt_tencent",
    "receipt_mas",
    "public_proposal_list",
    "proposal_timeline",
    "category_list",
    "proposal_search",
    "proposal_compendium",
    "demo_message_list",
    "demo_account_list",
];

/// One operation of the contract.
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub value: Value,
}

impl Operation {
    pub fn is_public(&self) -> bool {
        let security = self.value["security"]
            .as_array()
            .expect("every operation says its security");
        security.iter().all(|s| s.get("bearer").is_none())
    }
    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.value["parameters"].as_array().into_iter().flatten()
    }
}

/// Every operation, by path and method.
pub fn operations(contract: &Value) -> Vec<Operation> {
    let paths = contract["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| -> Vec<Operation> {
        let methods = item.as_object().expect("a path item").iter();
        methods
            .filter(|(method, _)| {
                ["get", "post", "put", "delete", "patch", "head", "options"].contains(&method.as_str())
            })
            .map(|(method, value)| Operation {
                id: value["operationId"].as_str().unwrap_or_default().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                value: value.clone(),
            })
            .collect()
    };
    paths.iter().flat_map(of_path).collect()
}

/// Calls `f` with every value in a document and where it stands.
fn walk<'a>(value: &'a Value, at: &str, f: &mut impl FnMut(&'a Value, &str)) {
    f(value, at);
    match value {
        Value::Object(map) => map.iter().for_each(|(name, v)| walk(v, &format!("{at}/{name}"), f)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(n, v)| walk(v, &format!("{at}/{n}"), f)),
        _ => (),
    }
}

fn is_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[track_caller]
fn none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_committed_contract_is_the_programs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let committed = std::fs::read_to_string(path).expect("openapi/openapi.json is committed");
    let now = serde_json::to_string_pretty(&lvzhi::app::contract()).unwrap() + "\n";
    let line = committed.lines().zip(now.lines()).position(|(a, b)| a != b);
    assert!(
        committed == now,
        "the contract changed near line {}: tell client developers in openapi/CHANGES.md, then run\n  cargo run -- openapi > openapi/openapi.json",
        line.map_or(0, |n| n + 1)
    );
}

#[test]
fn every_operation_is_told_in_full() {
    let contract = lvzhi::app::contract();
    let mut problems = vec![];
    let mut ids = BTreeSet::new();
    for op in operations(&contract) {
        let name = format!("{} {}", op.method, op.path);
        let mut expect = |good: bool, what: &str| {
            if !good {
                problems.push(format!("{name}: {what}"));
            }
        };
        expect(
            is_snake(&op.id) && op.id.contains('_'),
            "needs an operationId like `meeting_list`",
        );
        expect(ids.insert(op.id.clone()), "its operationId is taken");
        expect(op.method != "PATCH", "PATCH is not used");
        expect(op.path.starts_with("/api/v1/"), "must be below /api/v1");
        let summary = op.value["summary"].as_str().unwrap_or_default();
        expect(summary.starts_with(|c: char| c.is_ascii_uppercase()), "needs a summary");
        expect(
            op.value["tags"].as_array().is_some_and(|t| t.len() == 1),
            "needs exactly one tag",
        );
        expect(
            op.is_public() == PUBLIC.contains(&op.id.as_str()),
            "must name `security` or stand in the list of public operations, not both",
        );
        let responses = op.value["responses"].as_object().expect("responses");
        expect(
            responses.keys().any(|s| s.starts_with('2') || s == "101"),
            "needs a good answer",
        );
        expect(responses.contains_key("default"), "needs the common problems");
        for code in op.value["x-error-codes"].as_array().expect("error codes") {
            let known = lvzhi::web::ErrorCode::ALL
                .iter()
                .any(|c| Some(c.as_str()) == code.as_str());
            expect(known, &format!("{code} is no error code"));
        }
        let declared: BTreeSet<&str> = op
            .parameters()
            .filter(|p| p["in"] == "path")
            .filter_map(|p| p["name"].as_str())
            .collect();
        let in_path: BTreeSet<&str> = op
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.split('}').next())
            .collect();
        expect(
            declared == in_path,
            &format!("declares path parameters {declared:?}, has {in_path:?}"),
        );
        for p in op.parameters() {
            let parameter = p["name"].as_str().unwrap_or_default();
            expect(
                p["in"] == "header" || is_snake(parameter),
                &format!("parameter {parameter} is not snake_case"),
            );
            expect(
                p["in"] != "path" || p["required"] == true,
                &format!("path parameter {parameter} must be required"),
            );
        }
    }
    none(problems);
}

#[test]
fn bodies_are_flat_snake_case_and_have_examples() {
    let contract = lvzhi::app::contract();
    let mut problems = vec![];
    walk(&contract["components"]["schemas"], "", &mut |value, at| {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            let odd = properties.keys().filter(|name| !is_snake(name));
            problems.extend(odd.map(|name| format!("{at}: property {name} is not snake_case")));
        }
        // A nullable reference is written with oneOf; enums that carry data are not used.
        if let Some(one_of) = value.get("oneOf").and_then(Value::as_array)
            && one_of.iter().filter(|v| v["type"] != "null").count() > 1
        {
            problems.push(format!("{at}: oneOf with data"));
        }
    });
    none(problems);
}

/// The words of an enum in the contract must be those in JSON.
#[test]
fn enums_speak_the_words_of_json() {
    let contract = lvzhi::app::contract();
    let mut problems = vec![];
    for (name, schema) in contract["components"]["schemas"].as_object().unwrap() {
        for word in schema["enum"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !is_snake(word) {
                problems.push(format!("{name}: {word}"));
            }
        }
    }
    none(problems);
}

#[test]
fn references_lead_somewhere() {
    let contract = lvzhi::app::contract();
    let schemas = contract["components"]["schemas"].as_object().unwrap();
    let mut problems = vec![];
    walk(&contract, "", &mut |value, at| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let name = reference.strip_prefix("#/components/schemas/");
            if name.is_none_or(|name| !schemas.contains_key(name)) {
                problems.push(format!("{at}: {reference} does not exist"));
            }
        }
    });
    none(problems);
}
