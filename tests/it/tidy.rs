//! Tests of the source itself: who may import whom, and what every file owes its reader.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// From the top down: a layer imports only from those below it. (`app` starts the worker of `serve`.)
const LAYERS: &[&str] = &[
    "main",
    "cli",
    "app",
    "worker",
    "features",
    "reminders",
    "notify",
    "realtime",
    "auth",
    "sheets",
    "web",
    "kv",
    "calendar",
    "clock",
    "db",
];
/// Below all layers, in order: logging, settings, secrets and memory know nothing of the rest.
const GROUND: &[&str] = &["telemetry", "config", "secrets", "memory"];
/// Files that pass about 400 lines are two things. The tables are one list.
const LINES: usize = 450;
const LONG_FILES: &[&str] = &["schema.rs"];

struct Source {
    /// Below `api/src`.
    path: String,
    text: String,
    /// The text without comments, and with empty literals.
    code: String,
    /// `code` without the unit tests at the end.
    product: String,
}

impl Source {
    /// `web` of `web/body.rs` and of `web.rs`.
    fn layer(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }
    /// `meetings` of `features/meetings/store.rs`.
    fn feature(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("features/")?;
        Some(rest.split('/').next()?.trim_end_matches(".rs")).filter(|f| *f != "mod")
    }
    fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|e| e == "rs") {
                into.push(path);
            }
        }
    }
    let folder = root().join("api/src");
    let mut paths = vec![];
    collect(&folder, &mut paths);
    paths.sort();
    let source = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = code_only(&text);
        Source {
            path: path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned(),
            product: code.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned(),
            code,
            text,
        }
    };
    // Unit tests that have a file of their own are not part of the product.
    let is_test = |s: &Source| s.file_name().ends_with("tests.rs");
    paths.into_iter().map(source).filter(|s| !is_test(s)).collect()
}

/// Takes out comments and the content of literals; line breaks stay.
fn code_only(text: &str) -> String {
    let c: Vec<char> = text.chars().collect();
    let at = |n: usize| c.get(n).copied().unwrap_or('\0');
    let (mut out, mut n) = (String::new(), 0);
    while n < c.len() {
        let word_before = n > 0 && (c[n - 1].is_alphanumeric() || c[n - 1] == '_');
        match c[n] {
            '/' if at(n + 1) == '/' => {
                while n < c.len() && c[n] != '\n' {
                    n += 1;
                }
            }
            '/' if at(n + 1) == '*' => {
                while n < c.len() && !(c[n] == '*' && at(n + 1) == '/') {
                    n += 1;
                }
                n += 2;
            }
            'r' if !word_before || at(n - 1) == 'b' => {
                let hashes = c[n + 1..].iter().take_while(|h| **h == '#').count();
                if at(n + 1 + hashes) != '"' {
                    out.push('r');
                    n += 1;
                    continue;
                }
                let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                let rest: String = c[n + 2 + hashes..].iter().collect();
                let inner = rest.split(&end).next().unwrap().chars();
                out.push_str("\"\"");
                out.extend(inner.clone().filter(|c| *c == '\n'));
                n += 2 + hashes + inner.count() + end.chars().count();
            }
            '"' => {
                out.push_str("\"\"");
                n += 1;
                while n < c.len() && c[n] != '"' {
                    if c[n] == '\n' {
                        out.push('\n');
                    }
                    n += if c[n] == '\\' { 2 } else { 1 };
                }
                n += 1;
            }
            // A character, not a lifetime.
            '\'' if at(n + 1) == '\\' || at(n + 2) == '\'' => {
                n += if at(n + 1) == '\\' { 3 } else { 2 };
                while n < c.len() && c[n] != '\'' {
                    n += 1;
                }
                n += 1;
            }
            other => {
                out.push(other);
                n += 1;
            }
        }
    }
    out
}

/// Paths below the crate that a text names, groups of a `use` taken apart.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = vec![];
    for start in ["crate::", "lvzhi::"] {
        for (n, _) in code.match_indices(start) {
            let before = code[..n].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':') {
                tree(&code[n + start.len()..], &[], &mut found);
            }
        }
    }
    found
}

/// Reads one path or group; gives the rest.
fn tree<'a>(mut code: &'a str, before: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    code = code.trim_start();
    if let Some(mut rest) = code.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let next = tree(rest, before, found).trim_start();
            rest = next.strip_prefix(',').unwrap_or(next);
            if rest.len() == next.len() && !rest.starts_with('}') {
                return rest;
            }
        }
    }
    let end = code
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(code.len());
    let mut path = before.to_vec();
    path.push(code[..end].to_owned());
    match code[end..].strip_prefix("::") {
        Some(rest) if !rest.starts_with('<') => tree(rest, &path, found),
        _ => {
            found.push(path);
            code[end..]
                .trim_start()
                .strip_prefix("as ")
                .map_or(&code[end..], |rest| {
                    rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
                })
        }
    }
}

/// True when the code names this crate: `diesel::…`, not `my_diesel::…`.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(n, _)| {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        !code[..n].ends_with(word) && !code[n + name.len()..].starts_with(word)
    })
}

#[track_caller]
fn none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_reader_of_code_reads_well() {
    let code = code_only("let a = \"x // y\"; // \"z\nlet b = 'c'; fn f<'a>(r: &'a str) {} /* q */ r#\"a\"b\"#; '\\''");
    assert_eq!(code, "let a = \"\"; \nlet b = ; fn f<'a>(r: &'a str) {}  \"\"; ");
    let found = paths("use crate::web::{ApiError, body::{self, Body}, x as y}; crate::db::Id::new()");
    let found: Vec<String> = found.iter().map(|p| p.join(".")).collect();
    assert_eq!(
        found,
        ["web.ApiError", "web.body.self", "web.body.Body", "web.x", "db.Id.new"]
    );
}

#[test]
fn layers_import_downwards_only() {
    let mut problems = vec![];
    for source in sources() {
        let own = source.layer();
        let own_rank = LAYERS.iter().chain(GROUND).position(|l| *l == own);
        if ["lib", "schema"].contains(&own) {
            continue;
        }
        let Some(own_rank) = own_rank else {
            problems.push(format!("{}: `{own}` is no layer", source.path));
            continue;
        };
        for path in paths(&source.product) {
            let target = path[0].as_str();
            let Some(rank) = LAYERS.iter().chain(GROUND).position(|l| *l == target) else {
                continue;
            };
            if rank < own_rank {
                problems.push(format!("{}: `{own}` must not import `{target}`", source.path));
            }
        }
    }
    none(problems);
}

/// The features in the order of their registration: the order in which they may build on each other.
fn feature_order() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("api/src/features/mod.rs")).unwrap();
    let code = code_only(&text);
    let parts = code.split(".configure(").skip(1);
    let mut order: Vec<String> = parts.map(|p| p.split("::").next().unwrap().trim().to_owned()).collect();
    let declared: BTreeSet<&str> = code
        .lines()
        .filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let unordered: Vec<String> = declared
        .iter()
        .filter(|d| !order.iter().any(|o| o == *d))
        .map(|d| (*d).to_owned())
        .collect();
    order.extend(unordered);
    order
}

#[test]
fn features_build_on_those_before_them_only() {
    let order = feature_order();
    let rank = |feature: &str| order.iter().position(|f| f == feature);
    let mut problems = vec![];
    for source in sources() {
        let Some(own) = source.feature() else { continue };
        if source.product.contains("super::super::super") {
            problems.push(format!("{}: reaches out of its feature", source.path));
        }
        for path in paths(&source.product)
            .iter()
            .filter(|p| p[0] == "features" && p.len() > 1)
        {
            let Some(other) = rank(&path[1]) else { continue };
            if other > rank(own).unwrap() {
                problems.push(format!(
                    "{}: `{own}` must not import `{}`, which comes later",
                    source.path, path[1]
                ));
            }
            let submodule = path.len() > 3 && path[2].starts_with(|c: char| c.is_ascii_lowercase());
            if path[1] != own && submodule {
                problems.push(format!(
                    "{}: imports {}, not from the feature's mod.rs",
                    source.path,
                    path.join("::")
                ));
            }
        }
    }
    none(problems);
}

#[test]
fn the_database_is_reached_by_stores_only() {
    let may = |s: &Source| {
        matches!(
            s.path.as_str(),
            "schema.rs" | "auth/store.rs" | "web/idempotency.rs" | "web/error.rs"
        ) || ["db", "notify", "reminders"].contains(&s.layer())
            || s.path.starts_with("features/") && (s.file_name() == "store.rs" || s.path.contains("/store/"))
    };
    none(
        sources()
            .iter()
            .filter(|s| !may(s))
            .filter(|s| {
                let schema = paths(&s.product).iter().any(|p| p[0] == "schema");
                schema || names(&s.product, "diesel") || names(&s.product, "diesel_migrations")
            })
            .map(|s| format!("{}: names diesel or the schema", s.path))
            .collect(),
    );
}

#[test]
fn the_web_is_reached_by_handlers_only() {
    let may = |s: &Source| {
        ["app", "web", "auth", "realtime", "main", "cli"].contains(&s.layer())
            || s.path == "features/pages.rs"
            || s.path.starts_with("features/")
                && (["mod.rs", "handlers.rs"].contains(&s.file_name()) || s.path.contains("/handlers/"))
    };
    none(
        sources()
            .iter()
            .filter(|s| !may(s))
            .filter(|s| names(&s.product, "actix_web") || names(&s.product, "actix_ws"))
            .map(|s| format!("{}: names actix_web", s.path))
            .collect(),
    );
}

#[test]
fn rules_are_pure() {
    let rules = |s: &Source| s.file_name() == "rules.rs" || s.path.contains("/rules/") || s.layer() == "calendar";
    let impure = ["diesel", "actix_web", "tokio", "DbConn", "QueryResult", "Clock"];
    none(
        sources()
            .iter()
            .filter(|s| rules(s))
            .flat_map(|s| {
                impure
                    .iter()
                    .filter(|i| names(&s.product, i))
                    .map(|i| format!("{}: names {i}", s.path))
            })
            .collect(),
    );
}

#[test]
fn only_app_names_concrete_drivers() {
    let made = [
        "Kv::memory",
        "Kv::redis",
        "Hub::local",
        "Hub::redis",
        "Db::open",
        "HttpServer::new",
        "Aliyun::new",
        "Tencent::new",
        "Mas::new",
        "Smpp::new",
        "Smtp::new",
        "Wechat::new",
    ];
    none(
        sources()
            .iter()
            .filter(|s| s.path != "app.rs")
            .flat_map(|s| {
                made.iter()
                    .filter(|m| names(&s.product, m))
                    .map(|m| format!("{}: {m}", s.path))
            })
            .collect(),
    );
}

#[test]
fn only_the_clock_tells_the_time() {
    // Ids hold a time too, but nobody reads it.
    none(
        sources()
            .iter()
            .filter(|s| s.path != "clock.rs" && (names(&s.product, "Utc::now") || names(&s.product, "SystemTime::now")))
            .map(|s| format!("{}: reads the system's time", s.path))
            .collect(),
    );
}

#[test]
fn files_are_one_thing() {
    none(
        sources()
            .iter()
            .filter(|s| !LONG_FILES.contains(&s.path.as_str()) && s.text.lines().count() > LINES)
            .map(|s| format!("{}: {} lines", s.path, s.text.lines().count()))
            .collect(),
    );
}

#[test]
fn modules_say_what_they_are_for() {
    let said = |s: &Source| {
        let first: Vec<&str> = s.text.lines().map_while(|l| l.strip_prefix("//! ")).collect();
        let text = first.join(" ");
        first.first().is_some_and(|l| l.chars().count() >= 20) && text.ends_with(['.', ':', ')'])
    };
    none(
        sources()
            .iter()
            .filter(|s| !said(s))
            .map(|s| format!("{}: begins without a sentence", s.path))
            .collect(),
    );
}

#[test]
fn nothing_is_left_undone_or_printed() {
    let mut problems = vec![];
    for s in sources() {
        let mut never = vec!["todo!", "unimplemented!", "dbg!"];
        if !["main", "cli"].contains(&s.layer()) && s.feature() != Some("demo") {
            never.extend(["println!", "print!", "eprintln!", "eprint!"]);
        }
        problems.extend(
            never
                .iter()
                .filter(|n| names(&s.product, n.trim_end_matches('!')) && s.product.contains(*n))
                .map(|n| format!("{}: {n}", s.path)),
        );
    }
    none(problems);
}

/// The pattern of "anything but a slash" knows all of Unicode, and its machine takes twice the memory in every thread.
#[test]
fn ids_in_routes_say_what_they_look_like() {
    let attributes = ["#[get(\"", "#[post(\"", "#[put(\"", "#[delete(\""];
    let vague = |line: &&str| attributes.iter().any(|a| line.trim_start().starts_with(a)) && line.contains("id}");
    none(
        sources()
            .iter()
            .flat_map(|s| {
                let lines = s.text.lines().filter(vague);
                lines
                    .map(|line| format!("{}: {} needs `:[0-9A-Fa-f-]+`", s.path, line.trim()))
                    .collect::<Vec<_>>()
            })
            .collect(),
    );
}

#[test]
fn code_is_ascii() {
    none(
        sources()
            .iter()
            .filter_map(|s| {
                let (n, line) = s.code.lines().enumerate().find(|(_, l)| !l.is_ascii())?;
                Some(format!("{}:{}: {line}", s.path, n + 1))
            })
            .collect(),
    );
}

#[test]
fn the_table_of_roles_is_the_programs() {
    let document = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = document.split("## Roles").nth(1).expect("a section of roles");
    let told: Vec<(String, Vec<String>)> = section
        .lines()
        .take_while(|l| !l.starts_with("## "))
        .filter_map(|l| l.strip_prefix("| `"))
        .map(|l| {
            let cells: Vec<&str> = l.split('|').map(str::trim).collect();
            let roles = cells[1].split(',').map(|r| r.trim().to_owned()).collect();
            (cells[0].trim_end_matches('`').to_owned(), roles)
        })
        .collect();
    let table: Vec<(String, Vec<String>)> = lvzhi::auth::access::TABLE
        .iter()
        .map(|(action, roles)| {
            (
                (*action).to_owned(),
                roles.iter().map(|r| r.as_str().to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(told, table);
}

#[test]
fn tests_speak_http() {
    // Rule 6: rows are read and written by the harness, which gives `app.sql` for what must be noticed.
    let folder = root().join("tests/it");
    let mut problems = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // Migrations and the demo work on databases of their own.
        if !name.ends_with(".rs") || ["tidy.rs", "migrations.rs", "demo.rs"].contains(&name.as_str()) {
            continue;
        }
        let code = code_only(&std::fs::read_to_string(&path).unwrap());
        if names(&code, "diesel") || paths(&code).iter().any(|p| p[0] == "schema") {
            problems.push(format!("tests/it/{name}: names diesel or the schema"));
        }
    }
    none(problems);
}
