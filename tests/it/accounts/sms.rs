//! Log-in by SMS: the code's life, the tries, the limits, and nothing that tells whether a number is known.

use super::support::*;
use chrono::TimeDelta;
use serde_json::json;

both! {
    async fn a_representative_logs_in_with_the_code(app) {
        let seat = app.seats(1).await.remove(0);
        let code = sms_code(app, &seat.phone).await;
        let (to, text) = messages(app).await.remove(0);
        assert!(to.contains("****") && text.starts_with("【履职】验证码") && text.contains("5 分钟"), "{to} {text}");
        // People type numbers in many ways.
        let spaced = format!(" {} {} ", &seat.phone[3..6], &seat.phone[6..]);
        let tokens = by_sms(app, &spaced, &code).await.json(200);
        assert_eq!(tokens["account_id"], json!(seat.account_id));
        assert_eq!(tokens["name"], seat.name);
        let me = client(app, &tokens).get("/me").await.json(200);
        assert_eq!(me["phone_masked"], format!("{}****{}", &seat.phone[3..6], &seat.phone[10..]));
        assert_eq!(me["password_set"], false);
        by_sms(app, &seat.phone, &code).await.problem("bad_code");
        let lines = audit(app).await;
        let line = lines.iter().find(|l| l.action == "auth.log_in").unwrap();
        assert_eq!((line.congress_id, line.actor_id), (None, Some(seat.account_id)));
    }

    async fn an_unknown_number_gets_the_same_answer_and_an_account(app) {
        let seat = app.seats(1).await.remove(0);
        let known = app.nobody().post("/auth/sms_codes", json!({ "phone": seat.phone })).await;
        let unknown = app.nobody().post("/auth/sms_codes", json!({ "phone": "13800001234" })).await;
        assert_eq!(known.json(202), json!({ "expires_in_s": 300, "resend_after_s": 60 }));
        assert_eq!(known.bytes, unknown.bytes);
        assert_eq!(known.status, unknown.status);
        assert_eq!(messages(app).await.len(), 2);
        let wrong_known = by_sms(app, &seat.phone, "1").await.problem("bad_code");
        let wrong_unknown = by_sms(app, "13800001234", "1").await.problem("bad_code");
        let nothing_sent = by_sms(app, "13800005678", "123456").await.problem("bad_code");
        for field in ["title", "status", "detail", "errors"] {
            assert_eq!(wrong_known[field], wrong_unknown[field]);
            assert_eq!(wrong_known[field], nothing_sent[field]);
        }
        app.wait(TimeDelta::seconds(60));
        let code = sms_code(app, "+86 138-0000-1234").await;
        let first = by_sms(app, "13800001234", &code).await.json(200);
        assert_eq!((first["name"].as_str(), &first["roles"]), (Some("选民"), &json!([])));
        app.wait(TimeDelta::seconds(60));
        let code = sms_code(app, "13800001234").await;
        let second = by_sms(app, "13800001234", &code).await.json(200);
        assert_eq!(first["account_id"], second["account_id"]);
        for bad in ["", "12345", "not a phone", "010-12345678"] {
            let problem = app.nobody().post("/auth/sms_codes", json!({ "phone": bad })).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], "phone", "{bad}");
        }
    }

    async fn five_wrong_tries_end_a_code(app) {
        let code = sms_code(app, "13800001234").await;
        for _ in 0..5 {
            by_sms(app, "13800001234", &another(&code)).await.problem("bad_code");
        }
        by_sms(app, "13800001234", &code).await.problem("bad_code");
        app.wait(TimeDelta::seconds(60));
        let code = sms_code(app, "13800001234").await;
        for _ in 0..4 {
            by_sms(app, "13800001234", &another(&code)).await.problem("bad_code");
        }
        by_sms(app, "13800001234", &code).await.json(200);
    }

    async fn guesses_at_the_same_time_are_all_counted(app) {
        let code = sms_code(app, "13800001234").await;
        let wrong = another(&code);
        let tries = (0..6).map(|_| by_sms(app, "13800001234", &wrong));
        for answer in futures_util::future::join_all(tries).await {
            answer.problem("bad_code");
        }
        by_sms(app, "13800001234", &code).await.problem("bad_code");
    }

    async fn one_code_at_the_same_time_opens_one_session(app) {
        let seat = app.seats(1).await.remove(0);
        let code = sms_code(app, &seat.phone).await;
        let tries = (0..6).map(|_| by_sms(app, &seat.phone, &code));
        let answers = futures_util::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1);
        assert_eq!(audited(app, "auth.log_in").await, 1);
    }

    async fn a_code_ends_with_its_time_and_with_the_next(app) {
        let code = sms_code(app, "13800001234").await;
        app.wait(TimeDelta::seconds(299));
        by_sms(app, "13800009999", &code).await.problem("bad_code");
        app.wait(TimeDelta::seconds(1));
        by_sms(app, "13800001234", &code).await.problem("bad_code");
        let older = sms_code(app, "13800001234").await;
        app.wait(TimeDelta::seconds(60));
        let mut newer = sms_code(app, "13800001234").await;
        if newer == older {
            app.wait(TimeDelta::seconds(60));
            newer = sms_code(app, "13800001234").await;
        }
        by_sms(app, "13800001234", &older).await.problem("bad_code");
        app.wait(TimeDelta::seconds(299));
        by_sms(app, "13800001234", &newer).await.json(200);
    }

    async fn a_number_gets_a_code_a_minute_and_five_an_hour(app) {
        let ask = || app.nobody();
        let body = || json!({ "phone": "13800001234" });
        ask().post("/auth/sms_codes", body()).await.json(202);
        let soon = ask().post("/auth/sms_codes", body()).await;
        assert_eq!(soon.problem("rate_limited")["retry_after_s"], 60);
        assert_eq!(soon.headers["retry-after"], "60");
        // Another spelling is the same number; another number is not.
        ask().post("/auth/sms_codes", json!({ "phone": "+8613800001234" })).await.problem("rate_limited");
        ask().post("/auth/sms_codes", json!({ "phone": "13800005678" })).await.json(202);
        for _ in 0..4 {
            app.wait(TimeDelta::seconds(60));
            ask().post("/auth/sms_codes", body()).await.json(202);
        }
        app.wait(TimeDelta::seconds(60));
        let full = ask().post("/auth/sms_codes", body()).await.problem("rate_limited");
        assert_eq!(full["retry_after_s"], 3300);
        app.wait(TimeDelta::seconds(3300));
        ask().post("/auth/sms_codes", body()).await.json(202);
        assert_eq!(messages(app).await.len(), 7);
    }

    async fn requests_at_the_same_time_send_one_message(app) {
        let nobody = app.nobody();
        let asks = (0..6).map(|_| nobody.post("/auth/sms_codes", json!({ "phone": "13800001234" })));
        let answers = futures_util::future::join_all(asks).await;
        assert_eq!(answers.iter().filter(|a| a.status == 202).count(), 1);
        assert_eq!(messages(app).await.len(), 1);
    }

    async fn an_address_gets_only_so_many_codes(app, { "auth": { "sms_per_address_hour": 3 } }) {
        for n in 0..3 {
            app.nobody().post("/auth/sms_codes", json!({ "phone": format!("1380000000{n}") })).await.json(202);
        }
        app.nobody().post("/auth/sms_codes", json!({ "phone": "13800000009" })).await.problem("rate_limited");
        app.wait(TimeDelta::hours(1));
        app.nobody().post("/auth/sms_codes", json!({ "phone": "13800000009" })).await.json(202);
    }

    async fn a_locked_password_does_not_keep_the_owner_of_the_phone_out(app) {
        let body = json!({
            "name": "张三", "login": "zhang.san", "password": PASSWORD, "roles": ["clerk"], "phone": "13800001234",
        });
        app.congress.admin.post(&format!("/congresses/{}/staff", app.congress.id), body).await.json(201);
        for _ in 0..5 {
            by_password(app, "zhang.san", "wrong horse battery", None).await.problem("bad_credentials");
        }
        let code = sms_code(app, "13800001234").await;
        by_sms(app, "13800001234", &code).await.json(200);
        by_password(app, "zhang.san", PASSWORD, None).await.problem("account_locked");
    }
}
