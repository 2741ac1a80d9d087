//! The desks of staff and handlers: numbers without gaps, two at once, merging, inboxes, categories, templates, separate handling.

use super::*;

both! {
    async fn numbers_have_neither_gaps_nor_doubles(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let mut waiting = vec![];
        for _ in 0..12 {
            waiting.push(submitted(app, &seats[0]).await);
        }
        let second = app.second_process().await;
        let elsewhere = Client::new(&second.url, app.congress.liaison.token.clone());
        let tries = waiting.iter().flat_map(|p| {
            [&app.congress.clerk, &elsewhere].map(|client| {
                let (client, path) = (client.clone(), format!("/proposals/{p}/register"));
                async move { client.post(&path, json!({})).await.status }
            })
        });
        let mut statuses = futures_util::future::join_all(tries).await;
        statuses.sort();
        assert_eq!(statuses, [[200; 12], [409; 12]].concat(), "each was registered once, and the other was told");
        let list = app.congress.clerk.get(&format!("/congresses/{}/proposals?state=registered", app.congress.id)).await.json(200);
        let mut numbers: Vec<&str> = list["items"].as_array().unwrap().iter().map(|p| p["number"].as_str().unwrap()).collect();
        numbers.sort();
        let expected: Vec<String> = (1..=12).map(|n| format!("17-6-建议-{n:04}")).collect();
        assert_eq!(numbers, expected);
        second.stop().await;
    }

    async fn of_two_clerks_who_assign_at_once_one_wins(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let (a, b) = (Unit::new(app, "区住建局").await, Unit::new(app, "区城管局").await);
        for _ in 0..4 {
            let p = classified(app, &seats[0]).await;
            let path = format!("/proposals/{p}/assign");
            let (one, two) = tokio::join!(
                app.congress.clerk.post(&path, json!({ "lead_organisation_id": a.id })),
                app.congress.liaison.post(&path, json!({ "lead_organisation_id": b.id })),
            );
            let (won, lost) = if one.status == 200 { (&one, &two) } else { (&two, &one) };
            assert_eq!(won.status, 200);
            lost.problem("wrong_state");
            assert_eq!(app.count(&format!("proposal_handlings WHERE proposal_id = '{p}'")), 1);
            assert_eq!(app.count(&format!("proposal_steps WHERE proposal_id = '{p}' AND action = 'assign'")), 1);
        }
    }

    async fn the_head_of_the_office_is_warned_beside_the_handler(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let lead = Unit::new(app, "区住建局").await;
        let (admin, congress) = (&app.congress.admin, app.congress.id);
        let head = json!({
            "name": "区住建局办公室主任", "login": "head", "password": "correct horse battery", "roles": ["handler"],
            "organisation_id": lead.id, "heads_organisation": true,
        });
        let head = admin.post(&format!("/congresses/{congress}/staff"), head).await.json(201)["account_id"].clone();
        assigned(app, &seats[0], &lead, &[]).await;
        let head = app.with_token(&app.token_for(head.as_str().unwrap().parse().unwrap(), "head").await);
        for (client, part) in [(&head, "office_head"), (&lead.client, "handler")] {
            let mine = client.get("/me/deadlines").await.json(200);
            let sign_for = mine["items"].as_array().unwrap().iter().find(|d| d["part"] == part).expect("a deadline");
            let told = client.get(&format!("/deadlines/{}", sign_for["id"].as_str().unwrap())).await.json(200);
            let warned: Vec<_> = told["reminders"].as_array().unwrap().iter().filter(|r| r["part"] == part).collect();
            assert!(!warned.is_empty(), "{part} is warned");
        }
    }

    async fn out_of_turn_is_told_and_changes_nothing(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let lead = Unit::new(app, "区住建局").await;
        let p = submitted(app, &seats[0]).await;
        let liaison = &app.congress.liaison;
        let category = category(app, "城建交通").await;
        let path = |step: &str| format!("/proposals/{p}/{step}");
        liaison.post(&path("classify"), json!({ "category_id": category })).await.problem("wrong_state");
        liaison.post(&path("assign"), json!({ "lead_organisation_id": lead.id })).await.problem("wrong_state");
        liaison.post(&path("visits"), json!({ "note": "x" })).await.problem("wrong_state");
        liaison.put(&path("key"), json!({ "is_key": true })).await.problem("wrong_state");
        for who in [&app.congress.supervisor, &lead.client] {
            who.post(&path("register"), json!({})).await.problem("forbidden");
        }
        app.other.liaison.post(&path("register"), json!({})).await.problem("not_found");
        act(liaison, &p, "register", json!({})).await;
        liaison.post(&path("register"), json!({})).await.problem("wrong_state");
        liaison.post(&path("return"), json!({ "note": "x" })).await.problem("wrong_state");
        liaison.post(&path("classify"), json!({ "category_id": Id::new() })).await.problem("validation_failed");
        liaison.delete(&format!("/categories/{category}")).await.json(204);
        liaison.post(&path("classify"), json!({ "category_id": category })).await.problem("validation_failed");
        seats[0].client.put(&format!("/proposals/{p}"), text("suggestion")).await.problem("wrong_state");
        assert_eq!(state(app, &p).await, "registered");
        assert_eq!(app.count(&format!("proposal_steps WHERE proposal_id = '{p}'")), 3);
    }

    async fn merged_authors_are_told_and_sign_the_other_one(app) {
        sitting_congress(app);
        let seats = app.seats(2).await;
        let lead = Unit::new(app, "区住建局").await;
        let (p, q) = (submitted(app, &seats[0]).await, submitted(app, &seats[1]).await);
        let liaison = &app.congress.liaison;
        let merge = |p: &str| format!("/proposals/{p}/merge");
        liaison.post(&merge(&p), json!({ "into_id": q })).await.problem("validation_failed");
        act(liaison, &q, "register", json!({})).await;
        liaison.post(&merge(&q), json!({ "into_id": q })).await.problem("validation_failed");
        liaison.post(&merge(&p), json!({ "into_id": Id::new() })).await.problem("validation_failed");
        let seen = liaison.post(&merge(&p), json!({ "into_id": q, "note": "内容相近" })).await.json(200);
        assert_eq!((&seen["state"], &seen["merged_into"]), (&json!("merged"), &json!(q)));
        assert_eq!(messages(app, seats[0].account_id, "proposal_merged"), 1);
        liaison.post(&merge(&p), json!({ "into_id": q })).await.problem("wrong_state");
        let category = category(app, "城建交通").await;
        act(liaison, &q, "classify", json!({ "category_id": category })).await;
        act(liaison, &q, "assign", json!({ "lead_organisation_id": lead.id })).await;
        lead.sign_for(&q).await;
        consulted(app, &seats[1], &lead, &q).await;
        replied(app, &lead, &q, "a").await;
        assert_eq!(messages(app, seats[0].account_id, "proposal_replied"), 1);
        grade(&seats[1], &lead, &q, "satisfied").await;
        assert_eq!(state(app, &q).await, "replied", "who joined is asked as well");
        grade(&seats[0], &lead, &q, "satisfied").await;
        assert_eq!(state(app, &q).await, "closed");
    }

    async fn two_merged_into_each_other_at_once_leave_one(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let liaison = &app.congress.liaison;
        for _ in 0..4 {
            let (p, q) = (classified(app, &seats[0]).await, classified(app, &seats[0]).await);
            let merge = async |a: &str, b: &str| liaison.post(&format!("/proposals/{a}/merge"), json!({ "into_id": b })).await.status;
            let (one, two) = tokio::join!(merge(&p, &q), merge(&q, &p));
            let mut statuses = [one, two];
            statuses.sort();
            assert_eq!(statuses[0], 200);
            assert!(matches!(statuses[1], 409 | 422), "{statuses:?}");
            assert_eq!(app.count(&format!("proposals WHERE state = 'merged' AND id IN ('{p}', '{q}')")), 1);
        }
    }

    async fn separate_handlers_each_answer_their_part(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let (a, b) = (Unit::new(app, "区住建局").await, Unit::new(app, "区城管局").await);
        let p = classified(app, &seats[0]).await;
        act(&app.congress.liaison, &p, "assign", json!({ "separate_organisation_ids": [a.id, b.id] })).await;
        a.sign_for(&p).await;
        assert_eq!(state(app, &p).await, "assigned", "the whole waits for its last part");
        b.sign_for(&p).await;
        for unit in [&a, &b] {
            consulted(app, &seats[0], unit, &p).await;
        }
        replied(app, &a, &p, "a").await;
        assert_eq!(state(app, &p).await, "handling");
        grade(&seats[0], &a, &p, "satisfied").await;
        replied(app, &b, &p, "b").await;
        assert_eq!(state(app, &p).await, "replied");
        grade(&seats[0], &b, &p, "unsatisfied").await;
        assert_eq!((state(app, &p).await.as_str(), a.part(&p).await["state"].as_str()), ("handling", Some("closed")));
        consulted(app, &seats[0], &b, &p).await;
        replied(app, &b, &p, "a").await;
        let seen = grade(&seats[0], &b, &p, "satisfied").await;
        assert_eq!((&seen["state"], &seen["class"]), (&json!("closed"), &json!("a")));
    }

    async fn an_inbox_is_in_order_of_due_dates_and_signed_for_at_once(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let (lead, other) = (Unit::new(app, "区住建局").await, Unit::new(app, "区城管局").await);
        let mut mine = vec![];
        for _ in 0..5 {
            mine.push(assigned(app, &seats[0], &lead, &[]).await);
            app.wait(TimeDelta::days(3));
        }
        let theirs = assigned(app, &seats[0], &other, &[]).await;
        let page = lead.client.get("/me/proposal_inbox?limit=3").await.json(200);
        let rest = lead.client.get(&format!("/me/proposal_inbox?limit=3&cursor={}", page["next_cursor"].as_str().unwrap())).await.json(200);
        assert_eq!(rest["next_cursor"], Value::Null);
        let items: Vec<&Value> = [&page, &rest].iter().flat_map(|p| p["items"].as_array().unwrap()).collect();
        let order: Vec<&str> = items.iter().map(|i| i["proposal_id"].as_str().unwrap()).collect();
        assert_eq!(order, mine);
        assert!(items.windows(2).all(|w| w[0]["due_on"].as_str() <= w[1]["due_on"].as_str()));
        let lights: Vec<&str> = items.iter().map(|i| i["light"].as_str().unwrap()).collect();
        assert!(lights[0] != "green" && lights[4] == "green", "{lights:?}");
        let mut ids: Vec<&str> = items.iter().map(|i| i["handling_id"].as_str().unwrap()).collect();
        let foreign = other.part_id(&theirs).await;
        // One that is not theirs: nothing is signed for.
        let with_foreign: Vec<&str> = ids.iter().copied().chain([foreign.as_str()]).collect();
        lead.client.post("/me/proposal_inbox/sign_for", json!({ "handling_ids": with_foreign })).await.problem("not_found");
        assert_eq!(app.count("proposal_handlings WHERE state = 'handling'"), 0);
        let signed = lead.client.post("/me/proposal_inbox/sign_for", json!({ "handling_ids": ids })).await.json(200);
        assert_eq!(signed["signed"], 5);
        ids.truncate(1);
        lead.client.post("/me/proposal_inbox/sign_for", json!({ "handling_ids": ids })).await.problem("wrong_state");
        assert_eq!(app.congress.voter.get("/me/proposal_inbox").await.json(200)["items"], json!([]));
        assert_eq!(lead.client.get("/me/proposal_inbox?state=assigned").await.json(200)["items"], json!([]));
    }

    async fn what_is_not_granted_stays_and_lateness_shows(app) {
        sitting_congress(app);
        let seats = app.seats(1).await;
        let lead = Unit::new(app, "区住建局").await;
        let p = handled(app, &seats[0], &lead).await;
        let part = lead.part_id(&p).await;
        let decide = format!("/handlings/{part}/extension/decide");
        app.congress.liaison.post(&decide, json!({ "decision": "approve" })).await.problem("wrong_state");
        lead.act(&p, "extension", json!({ "note": "难" })).await.json(200);
        app.congress.liaison.post(&decide, json!({ "decision": "refuse" })).await.problem("validation_failed");
        app.congress.liaison.post(&decide, json!({ "decision": "refuse", "note": "不属于难办事项" })).await.json(200);
        assert_eq!(lead.part(&p).await["extended"], false);
        lead.act(&p, "extension", json!({ "note": "真的难" })).await.json(200);
        app.congress.liaison.post(&decide, json!({ "decision": "approve" })).await.json(200);
        lead.act(&p, "extension", json!({ "note": "还要" })).await.problem("wrong_state");
        app.wait(TimeDelta::days(200));
        consulted(app, &seats[0], &lead, &p).await;
        replied(app, &lead, &p, "a").await;
        let t = timeline(app, &p).await;
        let steps = t["steps"].as_array().unwrap();
        let late = |action: &str| steps.iter().find(|s| s["action"] == action).unwrap()["late_days"].as_i64().unwrap();
        assert!(late("offer") > 100, "the first contact was late");
        assert!(late("submit_reply") > 0 && late("submit_reply") < late("offer"));
        assert_eq!(late("sign_for"), 0);
    }

    async fn categories_are_a_tree_that_is_retired_and_not_deleted(app) {
        let base = format!("/congresses/{}/categories", app.congress.id);
        let clerk = &app.congress.clerk;
        let root = category(app, "城建交通").await;
        clerk.post(&base, json!({ "name": "城建交通" })).await.problem("already_exists");
        let child = id(&clerk.post(&base, json!({ "name": "停车", "parent_id": root })).await.json(201));
        clerk.put(&format!("/categories/{root}"), json!({ "name": "城建", "parent_id": child })).await.problem("validation_failed");
        clerk.post(&base, json!({ "name": "x", "parent_id": Id::new() })).await.problem("validation_failed");
        clerk.delete(&format!("/categories/{root}")).await.problem("conflict");
        clerk.put(&format!("/categories/{child}"), json!({ "name": "静态交通", "parent_id": root, "position": 3 })).await.json(200);
        clerk.delete(&format!("/categories/{child}")).await.json(204);
        clerk.delete(&format!("/categories/{root}")).await.json(204);
        assert_eq!(app.nobody().get(&base).await.json(200)["items"], json!([]));
        assert_eq!(app.count("categories"), 2);
        category(app, "城建交通").await;
        app.congress.supervisor.post(&base, json!({ "name": "y" })).await.problem("forbidden");
    }

    async fn templates_belong_to_all_or_to_one_organisation(app) {
        let base = format!("/congresses/{}/reply_templates", app.congress.id);
        let (a, b) = (Unit::new(app, "区住建局").await, Unit::new(app, "区城管局").await);
        let template = |title: &str| json!({ "title": title, "body": "您提出的建议收悉。", "class": "a" });
        let all = id(&app.congress.liaison.post(&base, template("通用")).await.json(201));
        let own = id(&a.client.post(&base, template("住建")).await.json(201));
        let count = async |client: &Client| client.get(&base).await.json(200)["items"].as_array().unwrap().len();
        assert_eq!((count(&a.client).await, count(&b.client).await, count(&app.congress.clerk).await), (2, 1, 2));
        b.client.put(&format!("/reply_templates/{own}"), template("偷改")).await.problem("not_found");
        b.client.delete(&format!("/reply_templates/{all}")).await.problem("forbidden");
        a.client.put(&format!("/reply_templates/{own}"), template("住建二")).await.json(200);
        a.client.delete(&format!("/reply_templates/{own}")).await.json(204);
        app.congress.voter.get(&base).await.problem("not_found");
    }
}
