//! The second factor: setting it up, once per step, wrong ones counted, and no way around it.

use super::support::*;
use chrono::TimeDelta;
use lvzhi::auth::Role;
use serde_json::{Value, json};

both! {
    async fn each_step_works_once(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Admin], true).await;
        by_password(app, "zhang.san", PASSWORD, None).await.problem("second_factor_required");
        let code = totp(app, 0);
        by_password(app, "zhang.san", PASSWORD, Some(&code)).await.json(200);
        by_password(app, "zhang.san", PASSWORD, Some(&code)).await.problem("bad_second_factor");
        let earlier = totp(app, -1);
        by_password(app, "zhang.san", PASSWORD, Some(&earlier)).await.problem("bad_second_factor");
        let next = totp(app, 1);
        by_password(app, "zhang.san", PASSWORD, Some(&next)).await.json(200);
        app.wait(TimeDelta::seconds(30));
        by_password(app, "zhang.san", PASSWORD, Some(&next)).await.problem("bad_second_factor");
        app.wait(TimeDelta::seconds(90));
        let late = totp(app, -2);
        by_password(app, "zhang.san", PASSWORD, Some(&late)).await.problem("bad_second_factor");
        let now = totp(app, 0);
        by_password(app, "zhang.san", PASSWORD, Some(&now)).await.json(200);
    }

    async fn one_code_at_the_same_time_opens_one_session(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Admin], true).await;
        let code = totp(app, 0);
        let tries = (0..4).map(|_| by_password(app, "zhang.san", PASSWORD, Some(&code)));
        let answers = futures_util::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1);
        assert_eq!(audited(app, "auth.log_in").await, 1);
    }

    async fn wrong_second_factors_lock_too(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Admin], true).await;
        for n in 0..5 {
            // Asking without a code between the guesses clears nothing.
            by_password(app, "zhang.san", PASSWORD, None).await.problem("second_factor_required");
            let wrong = another(&totp(app, 10 + n));
            by_password(app, "zhang.san", PASSWORD, Some(&wrong)).await.problem("bad_second_factor");
        }
        let right = totp(app, 0);
        by_password(app, "zhang.san", PASSWORD, Some(&right)).await.problem("account_locked");
        assert_eq!(audited(app, "auth.lock").await, 1);
    }

    async fn is_set_up_by_its_owner_and_taken_away_by_an_admin(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let mine = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let older = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let me = client(app, &mine);
        me.post("/me/totp/confirm", json!({ "code": "123456" })).await.problem("wrong_state");
        let first = me.post("/me/totp", json!({})).await.json(200);
        let second = me.post("/me/totp", json!({})).await.json(200);
        assert_ne!(first["secret"], second["secret"]);
        assert!(second["qr_svg"].as_str().unwrap().contains("<svg"));
        let url = second["otpauth_url"].as_str().unwrap();
        assert!(url.starts_with("otpauth://totp/lvzhi:zhang.san?") && url.contains(second["secret"].as_str().unwrap()), "{url}");
        // Not in force yet.
        by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let code = |setup: &Value, steps| {
            let secret = totp_rs::Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap();
            json!({ "code": totp_of(app, secret.as_bytes(), steps) })
        };
        me.post("/me/totp/confirm", code(&first, 0)).await.problem("bad_second_factor");
        me.post("/me/totp/confirm", code(&second, 0)).await.json(204);
        assert_eq!(me.get("/me").await.json(200)["second_factor"], true);
        client(app, &older).get("/me").await.problem("session_revoked");
        me.post("/me/totp", json!({})).await.problem("wrong_state");
        me.post("/me/totp/confirm", code(&second, 1)).await.problem("wrong_state");
        by_password(app, "zhang.san", PASSWORD, None).await.problem("second_factor_required");
        let used = code(&second, 0)["code"].as_str().unwrap().to_owned();
        by_password(app, "zhang.san", PASSWORD, Some(&used)).await.problem("bad_second_factor");

        let reset = json!({ "congress_id": app.congress.id, "new_password": "staple 2026 履职" });
        app.congress.admin.post(&format!("/staff/{id}/reset"), reset).await.json(204);
        me.get("/me").await.problem("session_revoked");
        let again = by_password(app, "zhang.san", "staple 2026 履职", None).await.json(200);
        client(app, &again).post("/me/totp", json!({})).await.json(200);
        for action in ["account.confirm_second_factor", "staff.reset"] {
            assert_eq!(audited(app, action).await, 1, "{action}");
        }
    }

    async fn is_needed_where_the_house_demands_it(app, { "auth": { "require_second_factor": true } }) {
        staff(app, app.congress.id, "with", &[Role::Admin], true).await;
        staff(app, app.congress.id, "without", &[Role::Admin], false).await;
        let list = format!("/congresses/{}/staff", app.congress.id);
        let without = by_password(app, "without", PASSWORD, None).await.json(200);
        client(app, &without).get(&list).await.problem("second_factor_missing");
        client(app, &without).post("/me/totp", json!({})).await.json(200);
        let code = totp(app, 0);
        let with = by_password(app, "with", PASSWORD, Some(&code)).await.json(200);
        client(app, &with).get(&list).await.json(200);
    }

    async fn an_sms_code_is_no_way_around_it(app) {
        let body = json!({
            "name": "张三", "login": "zhang.san", "password": PASSWORD, "roles": ["admin"], "phone": "13800001234",
        });
        app.congress.admin.post(&format!("/congresses/{}/staff", app.congress.id), body).await.json(201);
        let code = sms_code(app, "13800001234").await;
        let tokens = by_sms(app, "13800001234", &code).await.json(200);
        let me = client(app, &tokens);
        let setup = me.post("/me/totp", json!({})).await.json(200);
        let secret = totp_rs::Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap();
        me.post("/me/totp/confirm", json!({ "code": totp_of(app, secret.as_bytes(), 0) })).await.json(204);

        app.wait(TimeDelta::seconds(60));
        let code = sms_code(app, "13800001234").await;
        by_sms(app, "13800001234", &code).await.problem("second_factor_required");
        let with = |totp_code: String| json!({
            "phone": "13800001234", "code": code, "totp_code": totp_code, "device_id": "p", "device_name": "手机",
        });
        let wrong = another(&totp_of(app, secret.as_bytes(), 9));
        app.nobody().post("/auth/sms", with(wrong)).await.problem("bad_second_factor");
        let right = totp_of(app, secret.as_bytes(), 0);
        app.nobody().post("/auth/sms", with(right.clone())).await.json(200);
        app.nobody().post("/auth/sms", with(right)).await.problem("bad_code");
    }
}
