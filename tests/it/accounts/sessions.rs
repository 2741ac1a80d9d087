//! Sessions: refresh, stolen tokens, log-out, the owner's list; and what the audit must not hold.

use super::support::*;
use chrono::TimeDelta;
use lvzhi::auth::Role;
use lvzhi::auth::sessions::{self, Device, Owner};
use lvzhi::db::Id;
use serde_json::{Value, json};

async fn refresh(app: &crate::harness::TestApp, token: &Value) -> crate::harness::Answer {
    app.nobody()
        .post("/auth/refresh", json!({ "refresh_token": token }))
        .await
}

both! {
    async fn refresh_tokens_rotate(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let first = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        app.wait(TimeDelta::minutes(16));
        client(app, &first).get("/me").await.problem("token_expired");
        let second = refresh(app, &first["refresh_token"]).await.json(200);
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        assert_eq!(first["session_id"], second["session_id"]);
        client(app, &second).get("/me").await.json(200);
        // The answer got lost and the phone asks again at once.
        let again = refresh(app, &first["refresh_token"]).await.json(200);
        client(app, &again).get("/me").await.json(200);
        for rubbish in ["x", "", "AAAA"] {
            let answer = refresh(app, &json!(rubbish)).await;
            answer.problem(if rubbish.is_empty() { "validation_failed" } else { "session_revoked" });
        }
        app.wait(TimeDelta::days(31));
        refresh(app, &again["refresh_token"]).await.problem("session_revoked");
    }

    async fn a_stolen_refresh_token_ends_the_session(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let first = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let second = refresh(app, &first["refresh_token"]).await.json(200);
        app.wait(TimeDelta::minutes(1));
        refresh(app, &first["refresh_token"]).await.problem("session_revoked");
        // Neither the thief nor the owner goes on with it.
        refresh(app, &second["refresh_token"]).await.problem("session_revoked");
        client(app, &second).get("/me").await.problem("session_revoked");
        let lines = audit(app).await;
        let line = lines.iter().find(|l| l.action == "auth.refresh_reused").unwrap();
        assert_eq!((line.congress_id, line.subject_id, line.actor_id), (Some(app.congress.id), Some(id), None));
        assert_eq!(line.detail, json!({ "session_id": first["session_id"] }));
        assert_eq!(audited(app, "auth.refresh_reused").await, 1);
    }

    async fn a_stolen_token_of_a_gate_is_audited_in_its_congress(app) {
        let (gate, congress, now) = (Id::new(), app.congress.id, app.clock.now());
        app.sql(&format!(
            "INSERT INTO gates (id, congress_id, name, created_at) VALUES ('{gate}', '{congress}', '东门', '{now}')",
        ));
        let s = app.services.clone();
        let tokens = app.services.db.write(move |c| {
            let device = Device { id: "gate".into(), name: "东门".into() };
            sessions::open(c, &s.keys, &s.config.auth, Owner::Gate(gate), &device, now)
        }).await.unwrap();
        app.with_token(&tokens.access_token).get("/me").await.problem("forbidden");
        let token = json!(tokens.refresh_token);
        assert_eq!(refresh(app, &token).await.json(200)["account_id"], json!(gate));
        app.wait(TimeDelta::minutes(1));
        refresh(app, &token).await.problem("session_revoked");
        let lines = audit(app).await;
        let line = lines.iter().find(|l| l.action == "auth.refresh_reused").unwrap();
        assert_eq!((line.congress_id, line.subject_id), (Some(congress), Some(gate)));
    }

    async fn people_see_and_end_their_sessions(app) {
        staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let one = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let two = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let me = client(app, &two);
        let list = me.get("/me/sessions").await.json(200);
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!((&items[0]["id"], &items[0]["current"]), (&two["session_id"], &json!(true)));
        assert_eq!((&items[1]["id"], &items[1]["current"]), (&one["session_id"], &json!(false)));
        assert_eq!(items[0]["device_name"], "办公室电脑");
        assert_eq!(list["next_cursor"], Value::Null);

        let path = format!("/me/sessions/{}", one["session_id"].as_str().unwrap());
        app.congress.clerk.delete(&path).await.problem("not_found");
        me.delete("/me/sessions/no-id").await.problem("not_found");
        me.delete(&path).await.json(204);
        me.delete(&path).await.problem("not_found");
        refresh(app, &one["refresh_token"]).await.problem("session_revoked");
        assert_eq!(me.get("/me/sessions").await.json(200)["items"].as_array().unwrap().len(), 1);

        me.post("/auth/logout", json!({})).await.json(204);
        me.post("/auth/logout", json!({})).await.json(204);
        me.get("/me").await.problem("session_revoked");
        refresh(app, &two["refresh_token"]).await.problem("session_revoked");
        assert_eq!(audited(app, "auth.log_out").await, 1);
        assert_eq!(audited(app, "session.revoke").await, 1);
        for path in ["/me", "/me/sessions"] {
            app.nobody().get(path).await.problem("not_logged_in");
        }
    }

    async fn the_audit_holds_no_secrets(app) {
        let admin = &app.congress.admin;
        let body = json!({
            "name": "张三", "login": "zhang.san", "password": PASSWORD, "roles": ["clerk"], "phone": "13800001234",
        });
        let id = admin.post(&format!("/congresses/{}/staff", app.congress.id), body).await.json(201)["account_id"].clone();
        let tokens = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let code = sms_code(app, "13800001234").await;
        by_sms(app, "13800001234", &code).await.json(200);
        let me = client(app, &tokens);
        let setup = me.post("/me/totp", json!({})).await.json(200);
        let secret = totp_rs::Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap();
        let totp_code = totp_of(app, secret.as_bytes(), 0);
        me.post("/me/totp/confirm", json!({ "code": totp_code })).await.json(204);
        me.post("/me/password", json!({ "old_password": PASSWORD, "new_password": "staple 2026 履职" })).await.json(204);
        let id = id.as_str().unwrap();
        let reset = json!({ "congress_id": app.congress.id, "new_password": "another 2026 履职" });
        admin.post(&format!("/staff/{id}/reset"), reset).await.json(204);
        let lines = audit(app).await;
        assert!(lines.len() >= 6);
        let refresh_token = tokens["refresh_token"].as_str().unwrap();
        let secrets = [
            "13800001234", "138****", &code, &totp_code, setup["secret"].as_str().unwrap(), refresh_token, PASSWORD, "staple", "another", "argon2",
        ];
        for line in lines {
            // Ids are random, and six of their digits in a row are no code.
            let detail = line.detail.to_string();
            let text: String = detail.split('"').filter(|part| part.parse::<lvzhi::db::Id>().is_err()).collect();
            assert!(!secrets.iter().any(|secret| text.contains(secret)), "{}: {text}", line.action);
        }
    }
}
