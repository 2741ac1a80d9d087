//! What authors may and may not do: motions, co-signing, withdrawal, bad text.

use super::*;

fn motion() -> Value {
    let mut motion = text("motion");
    motion["grounds"] = json!("案据：全区 43 个老旧小区中 31 个没有集中充电设施。");
    motion["plan"] = json!("方案：三年内实现全覆盖。");
    motion
}

both! {
    async fn a_motion_needs_case_grounds_plan_and_ten_signatures(app) {
        sitting_congress(app);
        let seats = app.seats(11).await;
        let author = &seats[0];
        let path = format!("/congresses/{}/proposals", app.congress.id);
        let bare = id(&author.client.post(&path, text("motion")).await.json(201));
        let problem = author.client.post(&format!("/proposals/{bare}/submit"), json!({})).await.problem("validation_failed");
        let fields: Vec<&str> = problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["grounds", "plan"]);
        author.client.put(&format!("/proposals/{bare}"), motion()).await.json(200);
        let ids: Vec<Id> = seats[1..].iter().map(|s| s.representative_id).collect();
        act(&author.client, &bare, "invitations", json!({ "representative_ids": ids })).await;
        for seat in &seats[1..9] {
            act(&seat.client, &bare, "cosign", json!({ "decision": "sign" })).await;
        }
        author.client.post(&format!("/proposals/{bare}/submit"), json!({})).await.problem("cosigners_missing");
        act(&seats[9].client, &bare, "cosign", json!({ "decision": "sign" })).await;
        act(&author.client, &bare, "submit", json!({})).await;
        let seen = act(&app.congress.clerk, &bare, "register", json!({})).await;
        assert_eq!(seen["number"], "17-6-议案-0001");
        // In a township five are enough.
        app.sql(&format!("UPDATE congresses SET level = 'township' WHERE id = '{}'", app.congress.id));
        let small = id(&author.client.post(&path, motion()).await.json(201));
        act(&author.client, &small, "invitations", json!({ "representative_ids": &ids[..4] })).await;
        for seat in &seats[1..4] {
            act(&seat.client, &small, "cosign", json!({ "decision": "sign" })).await;
        }
        author.client.post(&format!("/proposals/{small}/submit"), json!({})).await.problem("cosigners_missing");
        act(&seats[4].client, &small, "cosign", json!({ "decision": "sign" })).await;
        act(&author.client, &small, "submit", json!({})).await;
    }

    async fn only_who_signed_sees_a_draft_and_only_its_author_changes_it(app) {
        sitting_congress(app);
        let seats = app.seats(3).await;
        let p = drafted(app, &seats[0]).await;
        act(&seats[0].client, &p, "invitations", json!({ "representative_ids": [seats[1].representative_id] })).await;
        for stranger in [&seats[2].client, &app.congress.voter, &app.congress.liaison, &app.congress.handler, &app.other.admin] {
            stranger.get(&format!("/proposals/{p}")).await.problem("not_found");
            stranger.post(&format!("/proposals/{p}/submit"), json!({})).await.problem("not_found");
        }
        let cosigner = &seats[1].client;
        assert_eq!(cosigner.get("/me/proposals").await.json(200)["items"][0]["id"], p.as_str());
        cosigner.put(&format!("/proposals/{p}"), text("comment")).await.problem("forbidden");
        cosigner.post(&format!("/proposals/{p}/submit"), json!({})).await.problem("forbidden");
        cosigner.post(&format!("/proposals/{p}/withdraw"), json!({ "note": "x" })).await.problem("forbidden");
        cosigner.post(&format!("/proposals/{p}/invitations"), json!({ "representative_ids": [seats[2].representative_id] })).await.problem("forbidden");
        seats[0].client.post(&format!("/proposals/{p}/cosign"), json!({ "decision": "sign" })).await.problem("forbidden");
        act(cosigner, &p, "cosign", json!({ "decision": "sign" })).await;
        cosigner.post(&format!("/proposals/{p}/cosign"), json!({ "decision": "decline" })).await.problem("wrong_state");
        // Somebody of another congress cannot be asked.
        let other = app.other.seats(&app.services, &app.url, 1).await;
        let ask = json!({ "representative_ids": [other[0].representative_id] });
        seats[0].client.post(&format!("/proposals/{p}/invitations"), ask).await.problem("validation_failed");
        let list = format!("/congresses/{}/proposals", app.congress.id);
        assert_eq!(app.congress.liaison.get(&list).await.json(200)["items"], json!([]));
    }

    async fn withdrawing_ends_handling(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let (lead, co) = (Unit::new(app, "区住建局").await, Unit::new(app, "供电公司").await);
        let p = assigned(app, &seats[0], &lead, &[&co]).await;
        lead.sign_for(&p).await;
        let withdraw = format!("/proposals/{p}/withdraw");
        seats[0].client.post(&withdraw, json!({ "note": "" })).await.problem("validation_failed");
        seats[0].client.post(&withdraw, json!({ "note": " " })).await.problem("validation_failed");
        let part = lead.part_id(&p).await;
        let seen = seats[0].client.post(&withdraw, json!({ "note": "问题已解决" })).await.json(200);
        assert_eq!(seen["state"], "withdrawn");
        assert_eq!(app.count("deadlines WHERE state = 'running'"), 0);
        for unit in [&lead, &co] {
            assert_eq!(messages(app, unit.account, "proposal_withdrawn"), 1);
            assert_eq!(unit.client.get("/me/proposal_inbox").await.json(200)["items"], json!([]));
        }
        lead.client.post(&format!("/handlings/{part}/contact"), json!({ "note": "x" })).await.problem("not_found");
        seats[0].client.post(&withdraw, json!({ "note": "再次" })).await.problem("wrong_state");
        assert_eq!(timeline(app, &p).await["state"], "withdrawn");
        // What was answered cannot be withdrawn.
        let answered = answered(app, &seats[0], &lead, "a").await;
        seats[0].client.post(&format!("/proposals/{answered}/withdraw"), json!({ "note": "x" })).await.problem("wrong_state");
    }

    async fn text_must_be_text_and_of_a_size(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let path = format!("/congresses/{}/proposals", app.congress.id);
        let client = &seats[0].client;
        for (field, value) in [("title", json!("")), ("title", json!(" 前后空格 ")), ("title", json!("长".repeat(101))),
            ("body", json!("有\u{0}空字符")), ("body", json!("长".repeat(20_001))), ("kind", json!("petition"))] {
            let mut body = text("suggestion");
            body[field] = value;
            let problem = client.post(&path, body).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field);
        }
        let mut huge = text("suggestion");
        huge["body"] = json!("长".repeat(5_000_000 / 3));
        client.post(&path, huge).await.problem("body_too_large");
        // Without a seat in the congress there is nothing to propose to, with a suspended one nothing to do.
        app.congress.voter.post(&path, text("suggestion")).await.problem("not_found");
        app.congress.admin.post(&path, text("suggestion")).await.problem("not_found");
        app.sql(&format!("UPDATE representatives SET status = 'suspended' WHERE id = '{}'", seats[0].representative_id));
        client.post(&path, text("suggestion")).await.problem("wrong_state");
    }

    async fn the_same_key_makes_one_proposal(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let path = format!("/congresses/{}/proposals", app.congress.id);
        let client = &seats[0].client;
        let send = || client.send(client.request("POST", &path).header("idempotency-key", "p-1").json(&text("suggestion")));
        assert_eq!(send().await.json(201), send().await.json(201));
        assert_eq!(app.count("proposals"), 1);
    }

    async fn between_sessions_it_belongs_to_the_last_one(app) {
        let seats = app.seats(1).await;
        let path = format!("/congresses/{}/proposals", app.congress.id);
        seats[0].client.post(&path, text("suggestion")).await.problem("wrong_state");
        sitting_congress(app);
        app.wait(TimeDelta::days(10));
        let made = seats[0].client.post(&path, text("suggestion")).await.json(201);
        assert_eq!(made["in_session"], false);
    }
}
