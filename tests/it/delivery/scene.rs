//! What the tests of delivery share: a server with providers, messages to its people, and what became of them.

use super::gateway::{APP_SECRET, APPID, Gateway, KEY_ID, MAS_SECRET, SECRET, TENCENT_SECRET};
use crate::harness::{Seat, TestApp};
use lvzhi::db::Id;
use lvzhi::notify::{self, Notice, Template};
use lvzhi::web::ApiError;
use serde_json::{Value, json};

pub const RECEIPT_TOKEN: &str = "a-token-of-24-characters-or-more";

/// Settings with Aliyun.
pub fn aliyun(gateway: &Gateway) -> Value {
    json!({
        "notify": { "receipt_token": RECEIPT_TOKEN, "call_seconds": 1 },
        "sms_aliyun": {
            "access_key_id": KEY_ID, "access_key_secret": SECRET, "sign": "履职", "base_url": gateway.url,
            "templates": "login_code=SMS_1,leave_decided=SMS_2,proposal_withdrawn=SMS_3",
        },
    })
}

pub fn tencent(gateway: &Gateway) -> Value {
    json!({
        "notify": { "receipt_token": RECEIPT_TOKEN, "call_seconds": 1 },
        "sms_tencent": {
            "secret_id": KEY_ID, "secret_key": TENCENT_SECRET, "app_id": "1400006666", "sign": "履职",
            "templates": "login_code=1,leave_decided=2", "base_url": gateway.url,
        },
    })
}

pub fn mas(gateway: &Gateway) -> Value {
    json!({
        "notify": { "receipt_token": RECEIPT_TOKEN, "call_seconds": 1 },
        "sms_mas": {
            "ap_id": "npc", "secret_key": MAS_SECRET, "ec_name": "滨江区人大", "sign_id": "sign", "add_serial": "",
            "base_url": gateway.url,
        },
    })
}

pub fn wechat(gateway: &Gateway) -> Value {
    json!({
        "notify": { "call_seconds": 1 },
        "wechat": {
            "appid": APPID, "secret": APP_SECRET, "base_url": gateway.url,
            "templates": "leave_decided=tmpl|thing1=subject|phrase2=outcome",
        },
    })
}

/// The settings of several providers.
pub fn all(parts: &[Value]) -> Value {
    let mut sum = json!({});
    for part in parts {
        for (name, section) in part.as_object().unwrap() {
            let into = sum
                .as_object_mut()
                .unwrap()
                .entry(name)
                .or_insert(json!({}))
                .as_object_mut()
                .unwrap();
            into.extend(section.as_object().unwrap().clone());
        }
    }
    sum
}

/// As `both!`, with a gateway; `config` makes the settings from it.
#[macro_export]
macro_rules! with_gateway {
    ($($config:expr => async fn $name:ident($app:ident, $gateway:ident) $body:block)+) => {
        $(mod $name {
            use super::*;
            async fn run($app: &mut $crate::harness::TestApp, $gateway: &Gateway) $body

            async fn on(backend: $crate::harness::Backend) {
                let gateway = Gateway::start();
                let config = ($config)(&gateway);
                let mut app = $crate::harness::TestApp::start(backend, config).await;
                run(&mut app, &gateway).await;
                app.stop().await;
                gateway.stop().await;
                assert_eq!(gateway.state.lock().unwrap().forged, 0, "every request was signed");
            }
            #[actix_web::test]
            async fn sqlite() {
                on($crate::harness::Backend::Sqlite).await;
            }
            #[actix_web::test]
            async fn postgres() {
                on($crate::harness::Backend::Postgres).await;
            }
        })+
    };
}

/// Tells a representative that leave was granted.
pub async fn tell(app: &TestApp, seat: &Seat) -> Id {
    let params = json!({ "subject": "大会", "outcome": "已批准", "note": "" });
    write(app, seat, Template::LeaveDecided, params).await.unwrap()
}

/// Writes a message to a representative as a feature would.
pub async fn write(app: &TestApp, seat: &Seat, template: Template, params: Value) -> Result<Id, ApiError> {
    let (s, now) = (app.services.clone(), app.clock.now());
    let (congress, account, about) = (app.congress.id, seat.account_id, seat.representative_id);
    app.services
        .db
        .write(move |c| {
            let notice = Notice {
                congress_id: Some(congress),
                account_id: account,
                template,
                params,
                subject: Some(("representative", about)),
                expires_at: None,
            };
            Ok(notify::notify(c, &s.secrets, notice, now)?)
        })
        .await
}

/// What the worker does in one round.
pub async fn deliver(app: &TestApp) {
    app.services.courier.work(None).await.expect("delivery works");
}

/// A message as staff see it.
pub async fn message(app: &TestApp, id: Id) -> Value {
    app.congress.admin.get(&format!("/messages/{id}")).await.json(200)
}

#[track_caller]
pub fn is(message: &Value, state: &str) {
    assert_eq!(message["state"], state, "{message:#}");
}

/// The person's openid, as a log-in by WeChat leaves it.
pub fn bind_wechat(app: &TestApp, seat: &Seat, openid: &str) {
    app.sql(&format!(
        "UPDATE accounts SET wechat_openid = '{openid}' WHERE id = '{}'",
        seat.account_id
    ));
}

/// The receipts' address of a provider.
pub fn receipts(provider: &str) -> String {
    format!("/receipts/{provider}?token={RECEIPT_TOKEN}")
}
