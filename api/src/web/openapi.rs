//! The contract: what utoipa collects from the handlers, completed with what all operations share.

use super::error::{ErrorCode, FieldError, Problem};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "履职 lvzhi",
        description = "Duty platform for people's congresses. Times are RFC 3339 in UTC, ids are UUIDs, bodies are flat snake_case JSON. \
            Errors are RFC 9457 problem documents with a stable `code`. Lists take `limit` and `cursor`. \
            Every POST that creates takes `Idempotency-Key`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem, FieldError, ErrorCode)),
    tags(
        (name = "auth", description = "Log in, refresh, sessions"),
        (name = "me", description = "The caller's own things"),
        (name = "congresses", description = "Congresses, terms, sessions, bodies, units"),
        (name = "calendars", description = "Working days, holidays and due dates"),
        (name = "deadlines", description = "What must be done by which day, and who was reminded"),
        (name = "staff", description = "Staff accounts and roles"),
        (name = "representatives", description = "The roster of representatives"),
        (name = "meetings", description = "Meetings, sittings and rosters"),
        (name = "attendance", description = "Sign-in, check-out, lists, live"),
        (name = "leave", description = "Leave requests"),
        (name = "messages", description = "Messages to people, their texts and receipts"),
        (name = "gates", description = "Gates and representatives' codes"),
        (name = "certificates", description = "Attendance certificates"),
        (name = "proposals", description = "Proposals: drafting, flow, replies, feedback, timeline"),
        (name = "audit", description = "The sealed audit"),
        (name = "demo", description = "Only in demo mode"),
    )
)]
pub struct ApiDoc;

/// Adds to every operation what a handler should not have to repeat: problem documents by status with their
/// codes (`x-error-codes` of the handler names its own), the request id, the idempotency header.
pub fn complete(document: &utoipa::openapi::OpenApi) -> Value {
    let mut doc = serde_json::to_value(document).expect("the document is plain data");
    doc["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    doc["servers"] = json!([{ "url": "/", "description": "this server" }]);
    doc["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "`access_token` of a log-in" }
    });
    name_page_items(&mut doc["components"]["schemas"]);
    let paths = doc["paths"].as_object_mut().expect("paths");
    for item in paths.values_mut() {
        for (method, operation) in item.as_object_mut().expect("path item") {
            if operation.get("operationId").is_some() {
                complete_operation(method, operation);
            }
        }
    }
    doc
}

fn complete_operation(method: &str, operation: &mut Value) {
    let mut codes: Vec<ErrorCode> = vec![
        ErrorCode::ClientOutdated,
        ErrorCode::RateLimited,
        ErrorCode::Overloaded,
        ErrorCode::Unavailable,
        ErrorCode::Internal,
    ];
    let secured = operation
        .get("security")
        .and_then(Value::as_array)
        .is_some_and(|s| s.iter().any(|s| s.get("bearer").is_some()));
    if secured {
        codes.extend([
            ErrorCode::NotLoggedIn,
            ErrorCode::TokenExpired,
            ErrorCode::SessionRevoked,
            ErrorCode::Forbidden,
            ErrorCode::SecondFactorMissing,
        ]);
    } else if operation.get("security").is_none() {
        operation["security"] = json!([]);
    }
    let parameters = operation
        .get("parameters")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if parameters.iter().any(|p| p["in"] == "path") {
        codes.push(ErrorCode::NotFound);
    }
    if parameters.iter().any(|p| p["in"] == "query") {
        codes.push(ErrorCode::ValidationFailed);
    }
    if operation.get("requestBody").is_some() {
        codes.extend([
            ErrorCode::BodyNotJson,
            ErrorCode::BodyTooLarge,
            ErrorCode::UnsupportedMediaType,
            ErrorCode::ValidationFailed,
        ]);
    }
    // Where the thing itself is the key (a seat signs in once), no other key is needed.
    let natural = operation.get("x-natural-key").is_some();
    let creates = method == "post" && operation["responses"].get("201").is_some() && secured && !natural;
    if creates {
        codes.extend([ErrorCode::IdempotencyKeyReused, ErrorCode::Conflict]);
        let mut parameters = parameters;
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key gives the same answer; with another body it is an error.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" }
        }));
        operation["parameters"] = Value::Array(parameters);
    }
    let named = operation
        .get("x-error-codes")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for name in &named {
        let code = ErrorCode::ALL.iter().find(|c| Some(c.as_str()) == name.as_str());
        codes.push(*code.unwrap_or_else(|| panic!("{name} is no error code")));
    }
    codes.sort_by_key(|c| (c.status(), c.as_str()));
    codes.dedup();
    let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for code in &codes {
        by_status.entry(code.status()).or_default().push(code.as_str());
    }
    operation["x-error-codes"] = json!(codes.iter().map(|c| c.as_str()).collect::<Vec<_>>());
    let responses = operation["responses"].as_object_mut().expect("responses");
    for (status, codes) in by_status {
        responses
            .entry(status.to_string())
            .or_insert_with(|| problem_response(&format!("`{}`", codes.join("`, `"))));
    }
    for (status, response) in responses.iter_mut() {
        if response
            .get("description")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            response["description"] = json!(said_by(status));
        }
    }
    responses
        .entry("default")
        .or_insert_with(|| problem_response("Any other error"));
}

/// A page of a generic type comes with its item spelled out; clients want the item's own name.
fn name_page_items(schemas: &mut Value) {
    let Some(schemas) = schemas.as_object_mut() else { return };
    let names: Vec<String> = schemas.keys().cloned().collect();
    for page in &names {
        let Some(item) = page.strip_prefix("Page_").filter(|item| schemas.contains_key(*item)) else {
            continue;
        };
        let reference = json!({ "$ref": format!("#/components/schemas/{item}") });
        schemas[page]["properties"]["items"]["items"] = reference;
    }
}

/// What a success says where its handler does not say more.
fn said_by(status: &str) -> &'static str {
    match status {
        "201" => "Made",
        "202" => "Accepted: it happens later",
        "204" => "Done; there is nothing to tell",
        _ => "The answer",
    }
}

fn problem_response(description: &str) -> Value {
    json!({
        "description": description,
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
    })
}
