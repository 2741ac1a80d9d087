//! One proposal through every step there is, with the driven clock: who may do what, what each is told, what the public sees.

use super::*;

both! {
    async fn a_proposal_goes_all_the_way(app) {
        sitting_congress(app);
        let seats = app.seats(4).await;
        let (author, cosigner, unwilling, silent) = (&seats[0], &seats[1], &seats[2], &seats[3]);
        let housing = Unit::new(app, "区住建局").await;
        let city = Unit::new(app, "区城管局").await;
        let power = Unit::new(app, "供电公司").await;
        let fire = Unit::new(app, "消防大队").await;
        let liaison = &app.congress.liaison;

        // Draft and co-signing: one signs, one declines, one never answers.
        let p = drafted(app, author).await;
        let ids: Vec<Id> = seats[1..].iter().map(|s| s.representative_id).collect();
        act(&author.client, &p, "invitations", json!({ "representative_ids": ids })).await;
        act(&cosigner.client, &p, "cosign", json!({ "decision": "sign" })).await;
        act(&unwilling.client, &p, "cosign", json!({ "decision": "decline" })).await;
        for seat in &seats[1..] {
            assert_eq!(messages(app, seat.account_id, "proposal_cosign_invited"), 1);
        }
        act(&author.client, &p, "submit", json!({})).await;
        silent.client.post(&format!("/proposals/{p}/cosign"), json!({ "decision": "sign" })).await.problem("wrong_state");

        // Checked, sent back, completed: who signed the old text is asked again.
        act(liaison, &p, "return", json!({ "note": "请补充小区名单" })).await;
        assert_eq!(messages(app, author.account_id, "proposal_returned"), 1);
        let mut better = text("suggestion");
        better["body"] = json!("涉及 43 个小区，名单如下。");
        let seen = author.client.put(&format!("/proposals/{p}"), better).await.json(200);
        assert_eq!(seen["signatories"][1]["state"], "invited");
        assert_eq!(messages(app, cosigner.account_id, "proposal_cosign_invited"), 2);
        act(&cosigner.client, &p, "cosign", json!({ "decision": "sign" })).await;
        act(&author.client, &p, "submit", json!({})).await;

        // Registered, classified, a key proposal, assigned.
        let seen = act(liaison, &p, "register", json!({})).await;
        assert_eq!(seen["number"], "17-6-建议-0001");
        assert_eq!(seen["in_session"], true);
        assert_eq!(messages(app, cosigner.account_id, "proposal_registered"), 1);
        assert_eq!(messages(app, silent.account_id, "proposal_registered"), 0);
        let category = category(app, "城建交通").await;
        act(liaison, &p, "classify", json!({ "category_id": category })).await;
        liaison.put(&format!("/proposals/{p}/key"), json!({ "is_key": true, "note": "主任会议决定" })).await.json(200);
        let plan = json!({ "lead_organisation_id": housing.id, "co_organisation_ids": [power.id, fire.id] });
        act(liaison, &p, "assign", plan).await;
        for unit in [&housing, &power, &fire] {
            assert_eq!(messages(app, unit.account, "proposal_assigned"), 1);
            let inbox = unit.client.get("/me/proposal_inbox").await.json(200);
            assert_eq!(inbox["items"][0]["due_kind"], "sign_for");
            assert_eq!(inbox["items"][0]["proposal_id"], p.as_str());
        }

        // The lead asks for re-assignment and hands nothing over itself; a co-handler's wish is refused.
        housing.act(&p, "reassignment", json!({ "note": "属城管局职责", "suggested_organisation_id": city.id })).await.json(200);
        fire.act(&p, "reassignment", json!({ "note": "与消防无关" })).await.json(200);
        assert_eq!(state(app, &p).await, "reassign_asked");
        let open = liaison.get(&format!("/congresses/{}/proposal_requests", app.congress.id)).await.json(200);
        assert_eq!(open["items"].as_array().unwrap().len(), 2);
        let decide = |part: String| format!("/handlings/{part}/reassignment/decide");
        let old = housing.part_id(&p).await;
        let refusal = json!({ "decision": "refuse", "note": "充电安全须消防配合" });
        liaison.post(&decide(fire.part_id(&p).await), refusal).await.json(200);
        liaison.post(&decide(old.clone()), json!({ "decision": "approve", "organisation_id": city.id })).await.json(200);
        assert_eq!(messages(app, housing.account, "proposal_reassigned"), 1);
        assert_eq!(messages(app, author.account_id, "proposal_reassigned"), 1);
        assert_eq!(messages(app, city.account, "proposal_assigned"), 1);
        housing.client.get(&format!("/proposals/{p}")).await.problem("not_found");
        housing.client.post(&format!("/handlings/{old}/contact"), json!({ "note": "x" })).await.problem("not_found");

        // Signed for, by the new lead too late.
        power.sign_for(&p).await;
        fire.sign_for(&p).await;
        app.wait(TimeDelta::days(21));
        let late = app.congress.supervisor.get(&format!("/congresses/{}/proposal_overdue", app.congress.id)).await.json(200);
        let units = late["organisations"].as_array().unwrap();
        let late_unit = units.iter().find(|u| u["organisation_id"] == city.id.as_str()).unwrap();
        assert_eq!(late_unit["late"], 1);
        assert!(late_unit["parts"][0]["late_days"].as_i64().unwrap() > 0);
        assert_eq!(city.part(&p).await["light"], "red");
        city.sign_for(&p).await;
        assert_eq!(city.part(&p).await["due_kind"], "first_contact");

        // More time, first contact, consultation, opinions.
        city.act(&p, "contact", json!({ "note": "电话联系代表" })).await.json(200);
        let before = city.part(&p).await;
        assert_eq!(before["due_kind"], "reply");
        city.act(&p, "extension", json!({ "note": "涉及供电增容，难度大" })).await.json(200);
        city.act(&p, "extension", json!({ "note": "再要一次" })).await.problem("already_exists");
        let part = city.part_id(&p).await;
        liaison.post(&format!("/handlings/{part}/extension/decide"), json!({ "decision": "approve" })).await.json(200);
        let after = city.part(&p).await;
        assert!(after["due_on"].as_str() > before["due_on"].as_str(), "{before} {after}");
        assert_eq!(after["extended"], true);
        city.act(&p, "reply/submit", json!({})).await.problem("consultation_missing");
        consulted(app, author, &city, &p).await;
        assert_eq!(messages(app, author.account_id, "proposal_consultation_offered"), 1);
        draft_reply(&city, &p, "b").await;
        city.act(&p, "reply/submit", json!({})).await.problem("opinions_missing");
        power.act(&p, "opinion", json!({ "opinion": "负责用电增容" })).await.json(200);
        city.act(&p, "reply/submit", json!({})).await.problem("opinions_missing");
        fire.act(&p, "opinion", json!({ "opinion": "按规范验收" })).await.json(200);

        // Reply, sent back once, then passed by two people.
        let seen = city.act(&p, "reply/submit", json!({})).await.json(200);
        assert_eq!(seen["replies"][0]["number"], "17-6-建议-0001-复1");
        assert_eq!(seen["replies"][0]["opinions"].as_array().unwrap().len(), 2);
        let review = format!("/handlings/{part}/reply/review");
        liaison.post(&review, json!({ "decision": "pass" })).await.problem("forbidden");
        app.congress.supervisor.post(&review, json!({ "decision": "return", "note": "请写明时限" })).await.json(200);
        assert_eq!(state(app, &p).await, "handling");
        assert_eq!(city.part(&p).await["due_kind"], "reply");
        city.act(&p, "reply/submit", json!({})).await.json(200);
        app.congress.supervisor.post(&review, json!({ "decision": "pass" })).await.json(200);
        app.congress.supervisor.post(&review, json!({ "decision": "pass" })).await.problem("same_reviewer");
        liaison.post(&review, json!({ "decision": "pass" })).await.json(200);
        assert_eq!(state(app, &p).await, "replied");
        for seat in [author, cosigner] {
            assert_eq!(messages(app, seat.account_id, "proposal_replied"), 1);
        }
        assert_eq!(messages(app, unwilling.account_id, "proposal_replied"), 0);
        assert_eq!(messages(app, city.account, "commitment_due"), 1);

        // One is unsatisfied: a second round, of which the handler learns no grade.
        grade(author, &city, &p, "unsatisfied").await;
        assert_eq!(state(app, &p).await, "replied", "the co-signer has not answered");
        grade(cosigner, &city, &p, "satisfied").await;
        assert_eq!(state(app, &p).await, "handling");
        let seen = city.client.get(&format!("/proposals/{p}")).await.json(200);
        assert_eq!((&seen["round"], &seen["feedback"]), (&json!(2), &json!([])));
        assert_eq!(seen["grades"][0]["given"], 2);
        assert_eq!(seen["grades"][0]["unsatisfied"], Value::Null);
        assert_eq!(messages(app, city.account, "proposal_second_round"), 1);
        assert_eq!(city.part(&p).await["due_kind"], "second_round");

        // The second answer needs its own consultation; one signatory lets the time pass.
        city.act(&p, "reply/submit", json!({})).await.problem("consultation_missing");
        consulted(app, author, &city, &p).await;
        replied(app, &city, &p, "b").await;
        grade(author, &city, &p, "basically_satisfied").await;
        jobs(app).await;
        assert_eq!(state(app, &p).await, "replied");
        app.wait(TimeDelta::days(40));
        let graded = format!("/handlings/{part}/grade");
        cosigner.client.post(&graded, json!({ "grade": "satisfied" })).await.problem("feedback_closed");
        jobs(app).await;
        assert_eq!(state(app, &p).await, "following");
        let seen = liaison.get(&format!("/proposals/{p}")).await.json(200);
        assert_eq!((&seen["grades"][1]["base"], &seen["grades"][1]["lapsed"]), (&json!(1), &json!(1)));

        // The promise, into the next year.
        let open = liaison.get(&format!("/congresses/{}/commitments", app.congress.id)).await.json(200);
        assert_eq!(open["items"].as_array().unwrap().len(), 1);
        assert_eq!(open["items"][0]["due_on"], "2026-12-31");
        let commitment = |step: &str| format!("/commitments/{}/{step}", open["items"][0]["id"].as_str().unwrap());
        city.client.post(&commitment("progress"), json!({ "note": "已建成 150 个" })).await.json(200);
        let mut outcome = json!({ "class": "b", "body": "还在建。", "contact_name": "李工", "contact_phone": "0571" });
        city.client.post(&commitment("close"), outcome.clone()).await.problem("reply_incomplete");
        outcome["class"] = json!("c");
        city.client.post(&commitment("close"), outcome.clone()).await.problem("validation_failed");
        let days = chrono::NaiveDate::from_ymd_opt(2027, 1, 11).unwrap() - app.clock.now().0.date_naive();
        app.wait(days);
        outcome["class"] = json!("a");
        city.client.post(&commitment("close"), outcome).await.json(200);
        assert_eq!(state(app, &p).await, "closing_committee");
        passed(app, &city, &p).await;
        let seen = liaison.get(&format!("/proposals/{p}")).await.json(200);
        assert_eq!((&seen["state"], &seen["class"]), (&json!("closed"), &json!("a")));
        assert_eq!(seen["commitments"][0]["outcome"], "a");
        act(&app.congress.clerk, &p, "visits", json!({ "note": "代表对落实情况表示满意" })).await;

        // What the public sees.
        let t = timeline(app, &p).await;
        assert_eq!(actions(&t), [
            "submit", "return", "submit", "register", "classify", "set_key", "assign", "reassign_ask", "reassign_ask", "reassign_refuse",
            "reassign", "sign_for", "sign_for", "sign_for", "contact", "extend_ask", "extend", "offer", "choose", "confirm", "confirm",
            "opinion", "opinion", "submit_reply", "committee_return", "submit_reply", "committee_pass", "office_pass", "grade", "grade",
            "second_round", "offer", "choose", "confirm", "confirm", "submit_reply", "committee_pass", "office_pass", "grade", "lapse",
            "follow", "progress", "close_commitment", "committee_pass", "office_pass", "visit",
        ]);
        let steps = t["steps"].as_array().unwrap();
        let late: Vec<&Value> = steps.iter().filter(|s| s["late_days"].as_i64() > Some(0)).collect();
        assert!(late.iter().any(|s| s["action"] == "sign_for" && s["organisation"] == "区城管局"), "{late:?}");
        assert!(late.iter().any(|s| s["action"] == "close_commitment"), "{late:?}");
        assert!(steps.iter().any(|s| s["action"] == "reassign" && s["organisation"] == "区住建局"));
        assert_eq!(t["signatories"], json!([author.name, cosigner.name]));
        assert_eq!(t["replies"].as_array().unwrap().len(), 3);
        let public = t.to_string();
        for secret in ["\"grade\":\"un", "basically_satisfied\":1", "0571-8770", "说明"] {
            assert!(!public.contains(secret), "{secret}");
        }
        let english = app.nobody();
        let english = english.send(english.request("GET", &format!("/proposals/{p}/timeline")).header("accept-language", "en")).await.json(200);
        assert_eq!(english["steps"][0]["words"], "Submitted");
        // Every step has its audit line.
        let steps = app.count(&format!("proposal_steps WHERE proposal_id = '{p}'"));
        assert_eq!(app.count(&format!("audit_lines WHERE subject_id = '{p}'")), steps);
        assert_eq!(app.count("deadlines WHERE state = 'running'"), 0, "nothing is left running");
    }
}
