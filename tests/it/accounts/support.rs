//! What the tests of accounts share: staff with passwords, codes out of the outbox, the audit's lines.

use crate::harness::{Answer, Client, TestApp};
use diesel::prelude::*;
use lvzhi::auth::Role;
use lvzhi::db::{Id, Json};
use lvzhi::features::accounts::{self, NewStaff};
use lvzhi::features::audit::Actor;
use lvzhi::notify;
use lvzhi::on_backend;
use lvzhi::schema::audit_lines;
use lvzhi::web::{ApiError, PageQuery};
use serde_json::{Value, json};

pub const PASSWORD: &str = "correct horse battery";
pub const SECRET: &[u8] = b"12345678901234567890";

/// A member of staff with login and password.
pub async fn staff(app: &TestApp, congress: Id, login: &str, roles: &[Role], totp: bool) -> Id {
    let (s, now) = (app.services.clone(), app.clock.now());
    let (login, roles) = (login.to_owned(), roles.to_vec());
    app.services
        .db
        .write(move |c| {
            let hash = accounts::hash_password(PASSWORD)?;
            let staff = NewStaff {
                congress_id: congress,
                name: &format!("工作人员{login}"),
                login: &login,
                password_hash: &hash,
                phone: None,
                totp_secret: totp.then_some(SECRET),
                roles: &roles,
                post: None,
            };
            accounts::create_staff(c, &s.secrets, staff, Actor::System, None, now)
        })
        .await
        .unwrap()
}

/// The code an authenticator shows, some steps from now.
pub fn totp(app: &TestApp, steps: i64) -> String {
    totp_of(app, SECRET, steps)
}

pub fn totp_of(app: &TestApp, secret: &[u8], steps: i64) -> String {
    let at = app.clock.now().secs() + steps * 30;
    totp_rs::Builder::new()
        .with_secret(secret)
        .build()
        .unwrap()
        .generate(at as u64)
        .to_string()
}

pub async fn by_password(app: &TestApp, login: &str, password: &str, totp_code: Option<&str>) -> Answer {
    let body = json!({
        "login": login, "password": password, "totp_code": totp_code,
        "device_id": "desk-1", "device_name": "办公室电脑",
    });
    app.nobody().post("/auth/password", body).await
}

pub async fn by_sms(app: &TestApp, phone: &str, code: &str) -> Answer {
    let body = json!({ "phone": phone, "code": code, "device_id": "phone-1", "device_name": "手机" });
    app.nobody().post("/auth/sms", body).await
}

/// Every message, newest first: number (masked), text, congress.
pub async fn messages(app: &TestApp) -> Vec<(String, String)> {
    let s = app.services.clone();
    app.services
        .db
        .read(move |c| {
            let query = PageQuery {
                limit: Some(200),
                cursor: None,
            };
            let page = notify::list(c, &s.secrets, None, &query, true)?;
            Ok::<_, ApiError>(page.items.into_iter().map(|m| (m.recipient, m.text.unwrap())).collect())
        })
        .await
        .unwrap()
}

/// Asks for a code and reads it from the message.
pub async fn sms_code(app: &TestApp, phone: &str) -> String {
    let asked = app.nobody().post("/auth/sms_codes", json!({ "phone": phone })).await;
    asked.json(202);
    let (_, text) = messages(app).await.remove(0);
    let code: String = text
        .split_once("验证码 ")
        .expect("the text has a code")
        .1
        .chars()
        .take(6)
        .collect();
    assert!(code.bytes().all(|b| b.is_ascii_digit()), "{text}");
    code
}

/// Six digits that are not these.
pub fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

pub struct AuditLine {
    pub action: String,
    pub congress_id: Option<Id>,
    pub actor_id: Option<Id>,
    pub subject_id: Option<Id>,
    pub detail: Value,
}

/// The audit, oldest first.
pub async fn audit(app: &TestApp) -> Vec<AuditLine> {
    type Row = (String, Option<Id>, Option<Id>, Option<Id>, Json);
    let rows: Vec<Row> = app
        .services
        .db
        .read(|c| {
            Ok::<_, ApiError>(on_backend!(c, c => audit_lines::table.order(audit_lines::id).select((
                audit_lines::action, audit_lines::congress_id, audit_lines::actor_id, audit_lines::subject_id,
                audit_lines::detail,
            )).load(c))?)
        })
        .await
        .unwrap();
    rows.into_iter()
        .map(|(action, congress_id, actor_id, subject_id, detail)| AuditLine {
            action,
            congress_id,
            actor_id,
            subject_id,
            detail: detail.0,
        })
        .collect()
}

/// How many lines have this action.
pub async fn audited(app: &TestApp, action: &str) -> usize {
    audit(app).await.iter().filter(|l| l.action == action).count()
}

/// The client of an answer's tokens.
#[track_caller]
pub fn client(app: &TestApp, tokens: &Value) -> Client {
    app.with_token(tokens["access_token"].as_str().expect("tokens"))
}
