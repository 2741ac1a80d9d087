//! Each gate of the domain, tried: custody, consultation, opinions, form, reviews, promises, second rounds, secrecy.

use super::*;

both! {
    // Gate 1.
    async fn only_the_staff_move_custody_and_there_is_one_lead(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let (lead, other) = (Unit::new(app, "区住建局").await, Unit::new(app, "区城管局").await);
        let p = classified(app, &seats[0]).await;
        let liaison = &app.congress.liaison;
        let assign = format!("/proposals/{p}/assign");
        for plan in [
            json!({}),
            json!({ "co_organisation_ids": [lead.id] }),
            json!({ "separate_organisation_ids": [lead.id] }),
            json!({ "lead_organisation_id": lead.id, "separate_organisation_ids": [other.id] }),
            json!({ "lead_organisation_id": lead.id, "co_organisation_ids": [lead.id] }),
            json!({ "separate_organisation_ids": [lead.id, lead.id] }),
            json!({ "lead_organisation_id": Id::new() }),
        ] {
            liaison.post(&assign, plan).await.problem("validation_failed");
        }
        lead.client.post(&assign, json!({ "lead_organisation_id": other.id })).await.problem("forbidden");
        act(liaison, &p, "assign", json!({ "lead_organisation_id": lead.id })).await;
        let part = lead.part_id(&p).await;
        for stranger in [&other.client, &app.congress.handler] {
            stranger.get(&format!("/proposals/{p}")).await.problem("not_found");
            stranger.post(&format!("/handlings/{part}/contact"), json!({ "note": "x" })).await.problem("not_found");
            stranger.post(&format!("/handlings/{part}/reassignment"), json!({ "note": "x" })).await.problem("not_found");
            stranger.post("/me/proposal_inbox/sign_for", json!({ "handling_ids": [part] })).await.problem("not_found");
        }
        let decide = format!("/handlings/{part}/reassignment/decide");
        let to_other = json!({ "decision": "approve", "organisation_id": other.id });
        // Nobody asked; nor may a handler decide.
        liaison.post(&decide, to_other.clone()).await.problem("wrong_state");
        lead.client.post(&decide, to_other.clone()).await.problem("forbidden");
        lead.act(&p, "reassignment", json!({ "note": "非本单位职责" })).await.json(200);
        lead.client.post("/me/proposal_inbox/sign_for", json!({ "handling_ids": [part] })).await.problem("wrong_state");
        liaison.post(&decide, json!({ "decision": "approve" })).await.problem("validation_failed");
        liaison.post(&decide, json!({ "decision": "approve", "organisation_id": lead.id })).await.problem("validation_failed");
        liaison.post(&decide, to_other.clone()).await.json(200);
        liaison.post(&decide, to_other).await.problem("wrong_state");
        assert_eq!(app.count(&format!("proposal_handlings WHERE proposal_id = '{p}' AND role = 'lead' AND ended_at IS NULL")), 1);
        other.sign_for(&p).await;
        other.act(&p, "reassignment", json!({ "note": "反悔" })).await.problem("wrong_state");
    }

    // Gate 2.
    async fn no_reply_without_a_consultation_confirmed_by_both(app) {
        sitting_congress(app);
        let seats = app.seats(2).await;
        let (author, lead) = (&seats[0], Unit::new(app, "区住建局").await);
        let p = handled(app, author, &lead).await;
        draft_reply(&lead, &p, "a").await;
        let submit = async || lead.act(&p, "reply/submit", json!({})).await;
        submit().await.problem("consultation_missing");
        let past = app.clock.now() - TimeDelta::days(1);
        lead.act(&p, "consultations", json!({ "place": "会议室", "slots": [past] })).await.problem("validation_failed");
        let slot = app.clock.now() + TimeDelta::days(1);
        let offer = json!({ "place": "会议室", "slots": [slot] });
        let k = id(&lead.act(&p, "consultations", offer.clone()).await.json(201));
        let path = |step: &str| format!("/consultations/{k}/{step}");
        let notes = json!({ "notes": "面商记录" });
        lead.client.post(&path("confirm"), notes.clone()).await.problem("wrong_state");
        lead.client.post(&path("choose"), json!({ "slot": slot })).await.problem("forbidden");
        seats[1].client.post(&path("choose"), json!({ "slot": slot })).await.problem("not_found");
        author.client.post(&path("choose"), json!({ "slot": slot + TimeDelta::hours(1) })).await.problem("validation_failed");
        author.client.post(&path("choose"), json!({ "slot": slot })).await.json(200);
        author.client.post(&path("choose"), json!({ "slot": slot })).await.problem("wrong_state");
        // Not before it was held, not by one side alone, not without notes.
        lead.client.post(&path("confirm"), notes.clone()).await.problem("wrong_state");
        app.wait(TimeDelta::days(2));
        author.client.post(&path("confirm"), json!({})).await.problem("wrong_state");
        lead.client.post(&path("confirm"), json!({ "notes": " " })).await.problem("validation_failed");
        lead.client.post(&path("confirm"), notes.clone()).await.json(200);
        submit().await.problem("consultation_missing");
        lead.client.post(&path("confirm"), notes).await.problem("wrong_state");
        lead.act(&p, "consultations", json!({ "place": "会议室", "slots": [app.clock.now() + TimeDelta::days(1)] })).await.problem("wrong_state");
        author.client.post(&path("confirm"), json!({})).await.json(200);
        submit().await.json(200);
    }

    // Gate 3; a co-handler's part ends with its opinion.
    async fn no_lead_reply_before_every_opinion_is_in(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let (lead, co) = (Unit::new(app, "区住建局").await, Unit::new(app, "供电公司").await);
        let p = assigned(app, &seats[0], &lead, &[&co]).await;
        lead.sign_for(&p).await;
        consulted(app, &seats[0], &lead, &p).await;
        draft_reply(&lead, &p, "a").await;
        lead.act(&p, "reply/submit", json!({})).await.problem("opinions_missing");
        co.act(&p, "opinion", json!({ "opinion": "意见" })).await.problem("wrong_state");
        co.sign_for(&p).await;
        co.act(&p, "opinion", json!({ "opinion": "  " })).await.problem("validation_failed");
        lead.act(&p, "opinion", json!({ "opinion": "越权" })).await.problem("wrong_state");
        co.act(&p, "reply/submit", json!({})).await.problem("wrong_state");
        co.act(&p, "opinion", json!({ "opinion": "负责增容" })).await.json(200);
        co.act(&p, "opinion", json!({ "opinion": "再说一次" })).await.problem("wrong_state");
        let seen = lead.act(&p, "reply/submit", json!({})).await.json(200);
        assert_eq!(seen["replies"][0]["opinions"], json!([{ "organisation": "供电公司", "opinion": "负责增容" }]));
    }

    // Gate 4: form, class, number.
    async fn a_reply_is_complete_and_its_number_is_made(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let lead = Unit::new(app, "区住建局").await;
        let p = handled(app, &seats[0], &lead).await;
        consulted(app, &seats[0], &lead, &p).await;
        lead.act(&p, "reply/submit", json!({})).await.problem("reply_incomplete");
        let part = lead.part_id(&p).await;
        let draft = async |change: Value| {
            let mut body = reply("b");
            for (key, value) in change.as_object().unwrap() {
                body[key] = value.clone();
            }
            lead.client.put(&format!("/handlings/{part}/reply"), body).await.json(200);
            lead.client.post(&format!("/handlings/{part}/reply/submit"), json!({})).await
        };
        for change in [json!({ "body": " " }), json!({ "contact_name": "" }), json!({ "contact_phone": "" }), json!({ "commitment": null }),
            json!({ "commitment_due_on": null }), json!({ "commitment_due_on": "2026-03-01" }), json!({ "class": "d" })] {
            draft(change).await.problem("reply_incomplete");
        }
        let mut numbered = reply("a");
        numbered["number"] = json!("17-6-建议-9999-复9");
        let seen = lead.client.put(&format!("/handlings/{part}/reply"), numbered).await.json(200);
        assert_eq!(seen["replies"][0]["number"], "17-6-建议-0001-复1");
        lead.client.post(&format!("/handlings/{part}/reply/submit"), json!({})).await.json(200);
        lead.client.put(&format!("/handlings/{part}/reply"), reply("a")).await.problem("wrong_state");
        // Class D where the congress allows it.
        app.sql(&format!(r#"UPDATE congresses SET settings = '{{"proposals":{{"class_d":true}}}}' WHERE id = '{}'"#, app.congress.id));
        let other = handled(app, &seats[0], &lead).await;
        consulted(app, &seats[0], &lead, &other).await;
        replied(app, &lead, &other, "d").await;
    }

    // Gate 5.
    async fn a_class_counts_after_two_reviews_by_two_people(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let lead = Unit::new(app, "区住建局").await;
        let p = handled(app, &seats[0], &lead).await;
        consulted(app, &seats[0], &lead, &p).await;
        draft_reply(&lead, &p, "a").await;
        let review = format!("/handlings/{}/reply/review", lead.part_id(&p).await);
        let supervisor = &app.congress.supervisor;
        supervisor.post(&review, json!({ "decision": "pass" })).await.problem("wrong_state");
        lead.act(&p, "reply/submit", json!({})).await.json(200);
        lead.client.post(&review, json!({ "decision": "pass" })).await.problem("forbidden");
        app.congress.clerk.post(&review, json!({ "decision": "pass" })).await.problem("forbidden");
        supervisor.post(&review, json!({ "decision": "return" })).await.problem("validation_failed");
        // The committee finds another class right; b would need a promise.
        supervisor.post(&review, json!({ "decision": "pass", "class": "b" })).await.problem("reply_incomplete");
        let seen = supervisor.post(&review, json!({ "decision": "pass", "class": "c" })).await.json(200);
        assert_eq!(seen["class"], Value::Null, "one review is not enough");
        assert_eq!(seats[0].client.get(&format!("/proposals/{p}")).await.json(200)["replies"], json!([]));
        supervisor.post(&review, json!({ "decision": "pass" })).await.problem("same_reviewer");
        // The offices send it back; both reviews begin again.
        app.congress.liaison.post(&review, json!({ "decision": "return", "note": "再议" })).await.json(200);
        lead.act(&p, "reply/submit", json!({})).await.json(200);
        supervisor.post(&review, json!({ "decision": "pass" })).await.json(200);
        let seen = app.congress.liaison.post(&review, json!({ "decision": "pass" })).await.json(200);
        assert_eq!((&seen["class"], &seen["state"]), (&json!("c"), &json!("replied")));
    }

    // Gate 6.
    async fn a_promise_ends_with_a_or_with_c_and_a_reason(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let lead = Unit::new(app, "区住建局").await;
        let p = answered(app, &seats[0], &lead, "b").await;
        let seen = grade(&seats[0], &lead, &p, "satisfied").await;
        assert_eq!(seen["state"], "following");
        assert_eq!(lead.part(&p).await["due_kind"], "commitment");
        let close = format!("/commitments/{}/close", seen["commitments"][0]["id"].as_str().unwrap());
        let mut outcome = json!({ "class": "c", "body": "供电容量不足。", "contact_name": "李工", "contact_phone": "0571" });
        lead.client.post(&close, outcome.clone()).await.problem("validation_failed");
        outcome["note"] = json!("供电容量不足");
        lead.client.post(&close, outcome.clone()).await.json(200);
        lead.client.post(&close, outcome.clone()).await.problem("wrong_state");
        // Sent back, the promise runs on.
        let review = format!("/handlings/{}/reply/review", lead.part_id(&p).await);
        app.congress.supervisor.post(&review, json!({ "decision": "return", "note": "再想办法" })).await.json(200);
        assert_eq!(state(app, &p).await, "following");
        assert_eq!(lead.part(&p).await["due_kind"], "commitment");
        lead.client.post(&close, outcome).await.json(200);
        passed(app, &lead, &p).await;
        let seen = lead.client.get(&format!("/proposals/{p}")).await.json(200);
        assert_eq!((&seen["state"], &seen["class"]), (&json!("closed"), &json!("c")));
        assert_eq!(seen["commitments"][0]["reason"], "供电容量不足");
    }

    // Gate 7.
    async fn twice_unsatisfied_goes_to_the_supervisors(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let (author, lead) = (&seats[0], Unit::new(app, "区住建局").await);
        let p = answered(app, author, &lead, "b").await;
        let part = lead.part_id(&p).await;
        let bare = json!({ "grade": "unsatisfied" });
        author.client.post(&format!("/handlings/{part}/grade"), bare).await.problem("validation_failed");
        grade(author, &lead, &p, "unsatisfied").await;
        consulted(app, author, &lead, &p).await;
        replied(app, &lead, &p, "c").await;
        let seen = grade(author, &lead, &p, "unsatisfied").await;
        assert_eq!(seen["state"], "supervised");
        assert_eq!(seen["commitments"][0]["outcome"], "c", "the second answer settled the promise of the first");
        let supervise = format!("/handlings/{part}/supervise");
        app.congress.liaison.post(&supervise, json!({ "decision": "close", "note": "x" })).await.problem("forbidden");
        app.congress.supervisor.post(&supervise, json!({ "decision": "close", "note": "" })).await.problem("validation_failed");
        let again = json!({ "decision": "handle_again", "note": "召集代表和承办单位研究" });
        let seen = app.congress.supervisor.post(&supervise, again).await.json(200);
        assert_eq!((&seen["state"], &seen["round"]), (&json!("handling"), &json!(3)));
        consulted(app, author, &lead, &p).await;
        replied(app, &lead, &p, "a").await;
        grade(author, &lead, &p, "unsatisfied").await;
        let close = json!({ "decision": "close", "note": "已向代表说明" });
        assert_eq!(app.congress.supervisor.post(&supervise, close).await.json(200)["state"], "closed");
    }

    // Gate 8.
    async fn a_handler_never_sees_a_grade_and_four_grades_are_no_breakdown(app) {
        sitting_congress(app);
        let seats = app.seats(6).await;
        let lead = Unit::new(app, "区住建局").await;
        for (signers, breakdown) in [(4, false), (5, true)] {
            let p = drafted(app, &seats[0]).await;
            let ids: Vec<Id> = seats[1..signers].iter().map(|s| s.representative_id).collect();
            act(&seats[0].client, &p, "invitations", json!({ "representative_ids": ids })).await;
            for seat in &seats[1..signers] {
                act(&seat.client, &p, "cosign", json!({ "decision": "sign" })).await;
            }
            act(&seats[0].client, &p, "submit", json!({})).await;
            act(&app.congress.liaison, &p, "register", json!({})).await;
            let category = category(app, &format!("分类{signers}")).await;
            act(&app.congress.liaison, &p, "classify", json!({ "category_id": category })).await;
            act(&app.congress.liaison, &p, "assign", json!({ "lead_organisation_id": lead.id })).await;
            lead.sign_for(&p).await;
            consulted(app, &seats[0], &lead, &p).await;
            replied(app, &lead, &p, "a").await;
            let part = lead.part_id(&p).await;
            seats[5].client.post(&format!("/handlings/{part}/grade"), json!({ "grade": "satisfied" })).await.problem("not_found");
            lead.client.post(&format!("/handlings/{part}/grade"), json!({ "grade": "satisfied" })).await.problem("not_found");
            for seat in &seats[..signers] {
                grade(seat, &lead, &p, "satisfied").await;
            }
            for seen in [lead.client.get(&format!("/proposals/{p}")).await.json(200), timeline(app, &p).await] {
                assert_eq!(seen["grades"][0]["given"], signers);
                assert_eq!(seen["grades"][0]["satisfied"].is_null(), !breakdown);
                assert!(seen["feedback"].as_array().is_none_or(Vec::is_empty));
                assert!(!seen.to_string().contains("说明"));
            }
            let own = seats[1].client.get(&format!("/proposals/{p}")).await.json(200);
            assert_eq!(own["feedback"].as_array().unwrap().len(), 1, "one's own");
            let staff = app.congress.liaison.get(&format!("/proposals/{p}")).await.json(200);
            assert_eq!(staff["feedback"].as_array().unwrap().len(), signers);
        }
    }

    async fn a_grade_is_given_once_and_only_after_an_answer(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let lead = Unit::new(app, "区住建局").await;
        let p = handled(app, &seats[0], &lead).await;
        let path = format!("/handlings/{}/grade", lead.part_id(&p).await);
        seats[0].client.post(&path, json!({ "grade": "satisfied" })).await.problem("wrong_state");
        consulted(app, &seats[0], &lead, &p).await;
        replied(app, &lead, &p, "a").await;
        seats[0].client.post(&path, json!({ "grade": "satisfied" })).await.json(200);
        seats[0].client.post(&path, json!({ "grade": "unsatisfied", "comment": "改" })).await.problem("wrong_state");
        assert_eq!(state(app, &p).await, "closed");
    }
}
