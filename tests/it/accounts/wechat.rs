//! Log-in by WeChat against a stand-in for the provider.

use super::support::*;
use super::wechat_double::{APPID, Double, SECRET};
use crate::harness::{Answer, Backend, TestApp};
use chrono::TimeDelta;
use lvzhi::auth::Role;
use serde_json::{Value, json};

async fn by_wechat(app: &TestApp, js_code: &str, phone_code: Option<&str>) -> Answer {
    let body = json!({
        "js_code": js_code, "phone_code": phone_code, "device_id": "wx-1", "device_name": "微信",
    });
    app.nobody().post("/auth/wechat", body).await
}

fn configured(double: &Double) -> Value {
    json!({ "wechat": { "appid": APPID, "secret": SECRET, "base_url": format!("{}/", double.url) } })
}

/// As `both!`, with a double that the configuration names.
macro_rules! with_wechat {
    ($(async fn $name:ident($app:ident, $double:ident) $body:block)+) => {
        $(mod $name {
            use super::*;
            async fn run($app: &mut TestApp, $double: &Double) $body

            async fn on(backend: Backend) {
                let double = Double::start();
                let mut app = TestApp::start(backend, configured(&double)).await;
                run(&mut app, &double).await;
                app.stop().await;
                double.stop().await;
            }
            #[actix_web::test]
            async fn sqlite() {
                on(Backend::Sqlite).await;
            }
            #[actix_web::test]
            async fn postgres() {
                on(Backend::Postgres).await;
            }
        })+
    };
}

with_wechat! {
    async fn a_representative_binds_once_and_then_just_opens_it(app, double) {
        let seat = app.seats(1).await.remove(0);
        by_wechat(app, &double.login("o-1"), None).await.problem("phone_required");
        let phone_code = double.show_phone(&seat.phone[3..]);
        let first = by_wechat(app, &double.login("o-1"), Some(&phone_code)).await.json(200);
        assert_eq!(first["account_id"], json!(seat.account_id));
        assert_eq!(client(app, &first).get("/me").await.json(200)["wechat_bound"], true);
        let second = by_wechat(app, &double.login("o-1"), None).await.json(200);
        assert_eq!(second["account_id"], json!(seat.account_id));
        assert_eq!(audited(app, "auth.bind_wechat").await, 1);
        assert_eq!(audited(app, "auth.log_in").await, 2);
        // Another WeChat user with the same number takes the account over; the first has to show a number again.
        let phone_code = double.show_phone(&seat.phone[3..]);
        by_wechat(app, &double.login("o-2"), Some(&phone_code)).await.json(200);
        by_wechat(app, &double.login("o-1"), None).await.problem("phone_required");
    }

    async fn an_unknown_number_becomes_an_account(app, double) {
        let phone_code = double.show_phone("13800001234");
        let first = by_wechat(app, &double.login("o-9"), Some(&phone_code)).await.json(200);
        assert_eq!(first["name"], "选民");
        let code = sms_code(app, "13800001234").await;
        let second = by_sms(app, "13800001234", &code).await.json(200);
        assert_eq!(first["account_id"], second["account_id"]);
    }

    async fn codes_work_once(app, double) {
        by_wechat(app, "no-such-code", None).await.problem("wechat_bad_code");
        let (js_code, phone_code) = (double.login("o-1"), double.show_phone("13800001234"));
        by_wechat(app, &js_code, Some(&phone_code)).await.json(200);
        by_wechat(app, &js_code, None).await.problem("wechat_bad_code");
        by_wechat(app, &double.login("o-2"), Some(&phone_code)).await.problem("wechat_bad_code");
        by_wechat(app, &double.login("o-2"), Some("no-such-code")).await.problem("wechat_bad_code");
        by_wechat(app, &double.login("o-2"), None).await.problem("phone_required");
    }

    async fn the_token_is_kept_and_renewed(app, double) {
        let mut next = 0;
        let mut bind = async || {
            next += 1;
            let phone_code = double.show_phone(&format!("1380000000{next}"));
            by_wechat(app, &double.login(&format!("o-{next}")), Some(&phone_code)).await.json(200);
        };
        let given = || double.state.lock().unwrap().tokens_given;
        bind().await;
        bind().await;
        assert_eq!(given(), 1);
        // Renewed by another process: refused once, asked again, not forced.
        double.renew_token();
        bind().await;
        assert_eq!(given(), 2);
        app.wait(TimeDelta::minutes(114));
        bind().await;
        assert_eq!(given(), 2);
        app.wait(TimeDelta::minutes(1));
        bind().await;
        assert_eq!(given(), 3);
    }

    async fn what_goes_wrong_there_is_not_shown_here(app, double) {
        for failing in [-1, 45011, 40013, 40125] {
            double.state.lock().unwrap().failing = Some(failing);
            let answer = by_wechat(app, &double.login("o-1"), None).await;
            answer.problem("wechat_unavailable");
            assert!(!answer.text().contains("errcode") && !answer.text().contains(SECRET), "{}", answer.text());
        }
        double.state.lock().unwrap().failing = None;
        double.state.lock().unwrap().status = Some(502);
        by_wechat(app, &double.login("o-1"), None).await.problem("wechat_unavailable");
        double.state.lock().unwrap().status = None;
        by_wechat(app, &double.login("o-1"), None).await.problem("phone_required");
        double.stop().await;
        by_wechat(app, "js", None).await.problem("wechat_unavailable");
    }

    async fn a_second_factor_is_asked_for_here_too(app, double) {
        staff(app, app.congress.id, "zhang.san", &[Role::Admin], true).await;
        app.sql("UPDATE accounts SET wechat_openid = 'o-1' WHERE login = 'zhang.san'");
        by_wechat(app, &double.login("o-1"), None).await.problem("second_factor_required");
        let body = json!({
            "js_code": double.login("o-1"), "totp_code": totp(app, 0), "device_id": "wx-1", "device_name": "微信",
        });
        app.nobody().post("/auth/wechat", body).await.json(200);
    }
}

both! {
    async fn without_configuration_it_is_not_available(app) {
        by_wechat(app, "js", None).await.problem("wechat_off");
    }
}
