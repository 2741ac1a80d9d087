//! Log-in by password: who gets in, when an account locks, what an address may try.

use super::support::*;
use chrono::TimeDelta;
use lvzhi::auth::Role;
use serde_json::json;

both! {
    async fn staff_log_in_and_see_themselves(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk, Role::Admin], false).await;
        let answer = by_password(app, " Zhang.San", PASSWORD, None).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        let tokens = answer.json(200);
        assert_eq!(tokens["account_id"], json!(id));
        assert_eq!(tokens["access_expires_in_s"], 900);
        assert_eq!(tokens["roles"], json!([
            { "role": "admin", "congress_id": app.congress.id }, { "role": "clerk", "congress_id": app.congress.id },
        ]));
        let me = client(app, &tokens).get("/me").await.json(200);
        assert_eq!(me, json!({
            "account_id": id, "name": "工作人员zhang.san", "phone_masked": null, "email_masked": null,
            "roles": [
                { "role": "admin", "congress_id": app.congress.id, "congress_name": app.congress.name },
                { "role": "clerk", "congress_id": app.congress.id, "congress_name": app.congress.name },
            ],
            "second_factor": false, "password_set": true, "wechat_bound": false, "server_time": app.clock.now(),
        }));
        let lines = audit(app).await;
        let line = lines.iter().find(|l| l.action == "auth.log_in").unwrap();
        assert_eq!((line.congress_id, line.actor_id, line.subject_id), (Some(app.congress.id), Some(id), Some(id)));
        assert_eq!(line.detail, json!({ "method": "password", "session_id": tokens["session_id"] }));
    }

    async fn wrong_and_unknown_are_told_the_same(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let wrong = by_password(app, "zhang.san", "wrong horse battery", None).await.problem("bad_credentials");
        let unknown = by_password(app, "li.si", PASSWORD, None).await.problem("bad_credentials");
        for field in ["title", "status", "detail", "errors"] {
            assert_eq!(wrong[field], unknown[field]);
        }
        // A code proves nothing beside a wrong password.
        by_password(app, "zhang.san", "wrong horse battery", Some("123456")).await.problem("bad_credentials");
        let empty = json!({ "login": "zhang.san", "password": "", "device_id": "d", "device_name": "\u{7}" });
        let errors = app.nobody().post("/auth/password", empty).await.problem("validation_failed")["errors"].clone();
        assert_eq!(errors.as_array().unwrap().len(), 2, "{errors}");
    }

    async fn five_failures_lock_the_account_for_a_while(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        for _ in 0..5 {
            by_password(app, "zhang.san", "wrong horse battery", None).await.problem("bad_credentials");
        }
        let locked = by_password(app, "zhang.san", PASSWORD, None).await;
        assert_eq!(locked.problem("account_locked")["retry_after_s"], 900);
        assert_eq!(locked.headers["retry-after"], "900");
        app.wait(TimeDelta::minutes(14));
        by_password(app, "zhang.san", "wrong horse battery", None).await.problem("account_locked");
        let list = app.congress.admin.get(&format!("/congresses/{}/staff", app.congress.id)).await.json(200);
        let row = list["items"].as_array().unwrap().iter().find(|i| i["account_id"] == json!(id)).unwrap().clone();
        assert!(row["locked_until"].is_string(), "{row}");
        app.wait(TimeDelta::minutes(1));
        by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let lines = audit(app).await;
        let locks: Vec<_> = lines.iter().filter(|l| l.action == "auth.lock").collect();
        assert_eq!(locks.len(), 1);
        assert_eq!((locks[0].congress_id, locks[0].actor_id, locks[0].subject_id), (Some(app.congress.id), None, Some(id)));
    }

    async fn success_clears_the_count(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        for _ in 0..2 {
            for _ in 0..4 {
                by_password(app, "zhang.san", "wrong horse battery", None).await.problem("bad_credentials");
            }
            by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        }
    }

    async fn guesses_at_the_same_time_are_all_counted(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let tries = (0..8).map(|_| by_password(app, "zhang.san", "wrong horse battery", None));
        let answers = futures_util::future::join_all(tries).await;
        let bad = answers.iter().filter(|a| a.status == 401).count();
        assert_eq!((bad, answers.iter().filter(|a| a.status == 423).count()), (5, 3));
        by_password(app, "zhang.san", PASSWORD, None).await.problem("account_locked");
        assert_eq!(audited(app, "auth.lock").await, 1);
    }

    async fn an_address_may_fail_only_so_often(app, { "limits": { "logins_per_minute": 3 } }) {
        staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        for login in ["a.a", "b.b", "c.c"] {
            by_password(app, login, PASSWORD, None).await.problem("bad_credentials");
        }
        let limited = by_password(app, "zhang.san", PASSWORD, None).await;
        assert!(limited.problem("rate_limited")["retry_after_s"].as_u64().unwrap() <= 60);
        by_sms(app, "13800001234", "123456").await.problem("rate_limited");
        app.wait(TimeDelta::minutes(1));
        // Success does not count: a hall of people behind one address gets in.
        for _ in 0..5 {
            by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        }
    }

    async fn a_disabled_account_is_told_so_only_with_the_password(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let change = json!({ "congress_id": app.congress.id, "roles": ["clerk"], "disabled": true });
        app.congress.admin.put(&format!("/staff/{id}"), change).await.json(200);
        by_password(app, "zhang.san", "wrong horse battery", None).await.problem("bad_credentials");
        by_password(app, "zhang.san", PASSWORD, None).await.problem("account_disabled");
    }

    async fn changing_the_password_ends_the_other_sessions(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let mine = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let other = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let me = client(app, &mine);
        let change = |old: &str, new: &str| json!({ "old_password": old, "new_password": new });
        me.post("/me/password", change("wrong horse battery", "staple 2026 履职")).await.problem("bad_credentials");
        for bad in ["short", "aaaaaaaaaaaaaa", "my-zhang.san-2026", PASSWORD] {
            let problem = me.post("/me/password", change(PASSWORD, bad)).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], "new_password", "{bad}");
        }
        me.post("/me/password", change(PASSWORD, "staple 2026 履职")).await.json(204);
        me.get("/me").await.json(200);
        client(app, &other).get("/me").await.problem("session_revoked");
        let refresh = json!({ "refresh_token": other["refresh_token"] });
        app.nobody().post("/auth/refresh", refresh).await.problem("session_revoked");
        by_password(app, "zhang.san", PASSWORD, None).await.problem("bad_credentials");
        by_password(app, "zhang.san", "staple 2026 履职", None).await.json(200);
        assert_eq!(audited(app, "account.change_password").await, 1);
        // Guessing the old password with a stolen session locks like guessing at the door.
        for _ in 0..5 {
            me.post("/me/password", change("wrong horse battery", "another 2026 履职")).await.problem("bad_credentials");
        }
        me.post("/me/password", change("staple 2026 履职", "another 2026 履职")).await.problem("account_locked");
        app.congress.voter.post("/me/password", change(PASSWORD, "staple 2026 履职")).await.problem("wrong_state");
    }
}
