//! The roster of representatives: seats, imports, exports, what voters see.

mod files;
mod import;
mod seats;

use crate::harness::{Answer, Client, TestApp};
use serde_json::Value;

fn path(app: &TestApp, rest: &str) -> String {
    format!("/congresses/{}/representatives{rest}", app.congress.id)
}

/// Sends a file as the body of an import by `client`.
async fn import_by(app: &TestApp, client: &Client, query: &str, content_type: &str, bytes: Vec<u8>) -> Answer {
    let request = client.request("POST", &path(app, &format!("/import?{query}")));
    client
        .send(request.header("content-type", content_type).body(bytes))
        .await
}

/// Sends lines of CSV as the liaison.
async fn import(app: &TestApp, query: &str, lines: &[&str]) -> Answer {
    let text = lines.join("\r\n");
    import_by(app, &app.congress.liaison, query, "text/csv", text.into_bytes()).await
}

/// Row, column and code of every problem of a report.
fn problems(report: &Value) -> Vec<(u64, String, String)> {
    let text = |p: &Value, key: &str| p[key].as_str().unwrap().to_owned();
    let list = report["problems"].as_array().unwrap();
    list.iter()
        .map(|p| (p["row"].as_u64().unwrap(), text(p, "column"), text(p, "code")))
        .collect()
}

fn owned(list: &[(u64, &str, &str)]) -> Vec<(u64, String, String)> {
    list.iter()
        .map(|(row, column, code)| (*row, column.to_string(), code.to_string()))
        .collect()
}

async fn audited(app: &TestApp, action: &str) -> Vec<Value> {
    use diesel::prelude::*;
    use lvzhi::db::Json;
    use lvzhi::schema::audit_lines::dsl as a;
    let action = action.to_owned();
    app.services
        .db
        .read(move |c| {
            let found: Vec<Json> = lvzhi::on_backend!(c, c => a::audit_lines.filter(a::action.eq(action))
                .order(a::id).select(a::detail).load(c))?;
            Ok::<_, lvzhi::web::ApiError>(found.into_iter().map(|d| d.0).collect())
        })
        .await
        .unwrap()
}
