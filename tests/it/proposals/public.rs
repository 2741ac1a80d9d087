//! What everybody may read without a log-in, and what is redacted with a reason.

use super::*;

both! {
    async fn the_public_reads_registered_proposals_only(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let p = submitted(app, &seats[0]).await;
        let path = format!("/proposals/{p}/timeline");
        app.nobody().get(&path).await.problem("not_found");
        let list = format!("/congresses/{}/public_proposals", app.congress.id);
        assert_eq!(app.nobody().get(&list).await.json(200)["items"], json!([]));
        act(&app.congress.liaison, &p, "register", json!({})).await;
        assert_eq!(app.nobody().get(&list).await.json(200)["items"][0]["id"], p.as_str());
        assert_eq!(actions(&timeline(app, &p).await), ["submit", "register"]);
        app.nobody().get(&format!("/proposals/{}/timeline", Id::new())).await.problem("not_found");
        app.sql(&format!(r#"UPDATE congresses SET settings = '{{"proposals":{{"public_timeline":false}}}}' WHERE id = '{}'"#, app.congress.id));
        app.nobody().get(&path).await.problem("not_found");
        app.nobody().get(&list).await.problem("not_found");
    }

    async fn what_is_redacted_says_why_and_steps_stay(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let lead = Unit::new(app, "区住建局").await;
        let p = answered(app, &seats[0], &lead, "a").await;
        let redact = async |client: &Client, body: Value| client.post(&format!("/proposals/{p}/redactions"), body).await;
        redact(&lead.client, json!({ "field": "body", "reason": "隐私" })).await.problem("forbidden");
        redact(&app.congress.supervisor, json!({ "field": "body", "reason": "隐私" })).await.problem("forbidden");
        let liaison = &app.congress.liaison;
        redact(liaison, json!({ "field": "body", "reason": "" })).await.problem("validation_failed");
        redact(liaison, json!({ "field": "reply", "reason": "隐私" })).await.problem("validation_failed");
        redact(liaison, json!({ "field": "step_note", "subject_id": Id::new(), "reason": "隐私" })).await.problem("validation_failed");
        let before = timeline(app, &p).await;
        let reply_id = before["replies"][0]["id"].clone();
        for body in [
            json!({ "field": "body", "reason": "涉及个人隐私" }),
            json!({ "field": "signatories", "reason": "代表要求" }),
            json!({ "field": "reply", "subject_id": reply_id, "reason": "涉及商业秘密" }),
        ] {
            redact(liaison, body.clone()).await.json(200);
            redact(liaison, body).await.problem("already_exists");
        }
        let after = timeline(app, &p).await;
        assert_eq!((&after["body"], &after["signatories"]), (&Value::Null, &Value::Null));
        assert_eq!(after["title"], before["title"]);
        assert_eq!((&after["replies"][0]["body"], &after["replies"][0]["class"]), (&json!(""), &json!("a")));
        let reasons: Vec<&str> = after["redactions"].as_array().unwrap().iter().map(|r| r["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["涉及个人隐私", "代表要求", "涉及商业秘密"]);
        // Nothing of what happened is lost; the redactions themselves are steps.
        let (was, is) = (actions(&before), actions(&after));
        assert_eq!(is[..was.len()], was);
        assert_eq!(is[was.len()..], ["redact"; 3]);
        assert!(!after.to_string().contains(&seats[0].name) && !after.to_string().contains("充电难问题"));
        // A note of a step.
        let q = classified(app, &seats[0]).await;
        act(liaison, &q, "assign", json!({ "lead_organisation_id": lead.id, "note": "请联系张三 13800000000" })).await;
        let steps = timeline(app, &q).await;
        let step = steps["steps"].as_array().unwrap().iter().find(|s| s["action"] == "assign").unwrap();
        let hide = json!({ "field": "step_note", "subject_id": step["id"], "reason": "涉及个人电话" });
        liaison.post(&format!("/proposals/{q}/redactions"), hide).await.json(200);
        let after = timeline(app, &q).await;
        assert!(!after.to_string().contains("13800000000"));
        let step = after["steps"].as_array().unwrap().iter().find(|s| s["action"] == "assign").unwrap();
        assert_eq!((&step["note"], &step["redacted"]), (&Value::Null, &json!("涉及个人电话")));
        assert_eq!(step["organisation"], Value::Null);
        let listed = app.nobody().get(&format!("/congresses/{}/public_proposals", app.congress.id)).await.json(200);
        assert!(listed["items"].as_array().unwrap().iter().any(|i| i["id"] == p.as_str() && i["author_name"] == ""));
    }
}
