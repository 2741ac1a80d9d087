//! Rosters: built from every source, rebuilt without losing anybody, and quick for a large congress.

use super::{body, everybody, id, plan_meeting, plan_sitting, unit};
use crate::harness::{Client, TestApp};
use lvzhi::db::Id;
use serde_json::{Value, json};
use std::collections::HashMap;

async fn list(client: &Client, sitting: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (vec![], String::new());
    loop {
        let page = client
            .get(&format!("/sittings/{sitting}/roster?limit=200{cursor}"))
            .await
            .json(200);
        items.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|e| e["name"].as_str().unwrap()).collect()
}

/// Seats without devices: the fixture's tokens would take minutes.
fn many_seats(app: &TestApp, n: usize) {
    let (congress, term) = (app.congress.id, app.congress.term_id);
    let at = "2026-01-01T00:00:00.000000Z";
    let (mut accounts, mut seats) = (vec![], vec![]);
    for k in 0..n {
        let (account, seat, delegation) = (Id::new(), Id::new(), app.congress.delegations[k % 3]);
        accounts.push(format!("('{account}', '代表{k}', 0, 0, '{at}')"));
        seats.push(format!(
            "('{seat}', '{congress}', '{term}', '{account}', '{k:04}', '代表{k}', 'daibiao{k}', '{delegation}', 'active', '{at}', '{at}')"
        ));
    }
    let (accounts, seats) = (accounts.join(","), seats.join(","));
    app.sql(&format!(
        "INSERT INTO accounts (id, name, totp_last_step, failed_logins, created_at) VALUES {accounts};
         INSERT INTO representatives (id, congress_id, term_id, account_id, number, name, name_pinyin, delegation_id, status, created_at, updated_at)
         VALUES {seats};"
    ));
}

fn sign_in(app: &TestApp, sitting: &str, entry: &str) {
    app.sql(&format!(
        "INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method)
         VALUES ('{sitting}', '{entry}', '{}', '2026-03-02T01:00:00.000000Z', 'clerk')",
        app.congress.id
    ));
}

both! {
    async fn a_roster_comes_from_each_source(app) {
        let seats = app.seats(7).await;
        let (first, second) = (seats[0].representative_id, seats[1].representative_id);
        app.sql(&format!("UPDATE representatives SET status = 'suspended' WHERE id = '{second}'"));
        app.sql(&format!("UPDATE representatives SET status = 'ended' WHERE id = '{}'", seats[6].representative_id));
        let presidium = body(app, "presidium", "majority", None, &[first, second, seats[6].representative_id]);
        let plenary = body(app, "plenary", "two_thirds", Some(7), &[]);
        let group = unit(app, "group", "第一小组", None);
        app.sql(&format!("UPDATE representatives SET group_id = '{group}' WHERE id = '{second}'"));
        let clerk = &app.congress.clerk;
        let delegation = app.congress.delegations[0];
        for (with, source, expected) in [
            // By delegation, then by number; the ended seat is left out.
            (json!({}), "congress", vec!["代表000", "代表003", "代表001", "代表004", "代表002", "代表005"]),
            (json!({ "body_id": presidium }), "body", vec!["代表000", "代表001"]),
            (json!({ "body_id": plenary }), "body", vec!["代表000", "代表003", "代表001", "代表004", "代表002", "代表005"]),
            (json!({ "unit_id": delegation }), "unit", vec!["代表000", "代表003"]),
            (json!({ "unit_id": group }), "unit", vec!["代表001"]),
        ] {
            let meeting_id = plan_meeting(app, with.clone()).await;
            let sitting_id = plan_sitting(app, &meeting_id, json!({})).await;
            let summary = clerk.put(&format!("/sittings/{sitting_id}/roster"), json!({ "source": source })).await.json(200);
            let roster = list(&app.congress.supervisor, &sitting_id).await;
            assert_eq!(names(&roster), expected, "{with}");
            assert_eq!(summary["added"], expected.len(), "{with}");
            let suspended: Vec<&str> = roster.iter().filter(|e| e["suspended"] == true).map(|e| e["name"].as_str().unwrap()).collect();
            assert_eq!(suspended.len() as u64, summary["suspended_total"].as_u64().unwrap());
            assert!(suspended.iter().all(|n| *n == "代表001"), "{suspended:?}");
        }
        let sitting_id = plan_sitting(app, &plan_meeting(app, json!({})).await, json!({})).await;
        let path = format!("/sittings/{sitting_id}/roster");
        let ids = json!([seats[4].representative_id, first, first]);
        clerk.put(&path, json!({ "source": "list", "representative_ids": ids })).await.json(200);
        let roster = list(clerk, &sitting_id).await;
        assert_eq!(names(&roster), ["代表004", "代表000"]);
        assert_eq!((roster[1]["delegation"].as_str(), roster[1]["class"].as_str()), (Some("第一代表团"), Some("voting")));
        assert_eq!(roster[1]["representative_id"].as_str(), Some(first.to_string().as_str()));
        for (wrong, field) in [
            (json!({ "source": "body" }), "source"),
            (json!({ "source": "unit" }), "source"),
            (json!({ "source": "list" }), "representative_ids"),
            (json!({ "source": "list", "representative_ids": [first, seats[6].representative_id] }), "representative_ids[1]"),
            (json!({ "source": "list", "representative_ids": [Id::new()] }), "representative_ids[0]"),
            (json!({ "source": "congress", "attendees": [{ "name": "甲", "class": "attendee", "phone": "123" }] }), "attendees[0].phone"),
            (json!({ "source": "congress", "attendees": [{ "name": "甲", "class": "voting" }] }), "attendees[0].class"),
            (json!({ "source": "congress", "attendees": [{ "name": "甲", "class": "attendee", "phone": seats[0].phone }] }), "attendees[0].phone"),
        ] {
            let problem = clerk.put(&path, wrong.clone()).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field, "{wrong}");
        }
        assert_eq!(list(clerk, &sitting_id).await, roster, "a refused plan changes nothing");
    }

    async fn who_stays_keeps_the_line(app) {
        let seats = app.seats(3).await;
        let clerk = &app.congress.clerk;
        let sitting_id = plan_sitting(app, &plan_meeting(app, json!({})).await, json!({})).await;
        let path = format!("/sittings/{sitting_id}/roster");
        let guests = json!([{ "name": "王芳", "class": "attendee", "seat_label": "A1" }, { "name": "李雷", "class": "observer", "phone": "13900000001" }]);
        clerk.put(&path, json!({ "source": "congress", "attendees": guests })).await.json(200);
        let before = list(clerk, &sitting_id).await;
        assert_eq!(names(&before), ["代表000", "代表001", "代表002", "王芳", "李雷"]);
        let ids: HashMap<&str, &Value> = before.iter().map(|e| (e["name"].as_str().unwrap(), &e["id"])).collect();
        assert_eq!((before[3]["has_account"].as_bool(), before[4]["has_account"].as_bool()), (Some(false), Some(true)));
        assert!(before.iter().all(|e| e.get("phone").is_none() && e.get("account_id").is_none()));

        // One seat goes, a guest becomes an observer, the other goes, a new one comes.
        let ids_left = json!([seats[2].representative_id, seats[0].representative_id]);
        let guests = json!([{ "name": "韩梅", "class": "attendee" }, { "name": "王芳", "class": "observer" }]);
        let summary = clerk.put(&path, json!({ "source": "list", "representative_ids": ids_left, "attendees": guests })).await.json(200);
        assert_eq!((summary["added"].as_i64(), summary["kept"].as_i64(), summary["removed"].as_i64()), (Some(1), Some(3), Some(2)));
        let after = list(clerk, &sitting_id).await;
        assert_eq!(names(&after), ["代表002", "代表000", "韩梅", "王芳"]);
        for entry in after.iter().filter(|e| e["name"] != "韩梅") {
            assert_eq!(&&entry["id"], &ids[entry["name"].as_str().unwrap()]);
        }
        assert_eq!((after[3]["class"].as_str(), after[3]["seat_label"].is_null()), (Some("observer"), true));

        // While people sign in a roster may grow, and the quorum with it; who has signed in stays.
        clerk.post(&format!("/sittings/{sitting_id}/open"), json!({})).await.json(200);
        sign_in(app, &sitting_id, &id(&after[0]));
        let without = json!({ "source": "list", "representative_ids": [seats[0].representative_id] });
        clerk.put(&path, without).await.problem("wrong_state");
        assert_eq!(list(clerk, &sitting_id).await, after, "a refused plan changes nothing");
        clerk.put(&path, json!({ "source": "congress" })).await.json(200);
        let sitting = clerk.get(&format!("/sittings/{sitting_id}")).await.json(200);
        assert_eq!((sitting["seats_total"].as_i64(), sitting["voting_total"].as_i64()), (Some(3), Some(3)));
    }

    async fn guests_come_and_go_one_by_one(app) {
        let seats = app.seats(2).await;
        let clerk = &app.congress.clerk;
        let sitting_id = plan_sitting(app, &plan_meeting(app, json!({})).await, json!({})).await;
        everybody(app, &sitting_id).await;
        let path = format!("/sittings/{sitting_id}/roster");
        let new = json!({ "name": "王芳", "class": "attendee", "seat_label": "B2", "phone": "13900000002" });
        let send = || clerk.send(clerk.request("POST", &path).header("idempotency-key", "guest-1").json(&new));
        let made = send().await.json(201);
        assert_eq!((made["position"].as_i64(), made["name_pinyin"].as_str()), (Some(2), Some("wangfang")));
        assert_eq!(send().await.json(201), made);
        clerk.post(&path, new.clone()).await.problem("validation_failed");
        clerk.post(&path, json!({ "name": "代表", "class": "attendee", "phone": seats[0].phone })).await.problem("validation_failed");
        for (query, expected) in [("?q=wang", 1), ("?q=%E8%8A%B3", 1), ("?q=daibiao", 2), ("?q=%25", 0), ("?class=attendee", 1), ("?class=voting", 2)] {
            let page = clerk.get(&format!("{path}{query}")).await.json(200);
            assert_eq!(page["items"].as_array().unwrap().len(), expected, "{query}");
        }
        for query in ["?q=%00", "?class=guest", "?limit=201"] {
            clerk.get(&format!("{path}{query}")).await.problem("validation_failed");
        }
        clerk.delete(&format!("{path}/{}", Id::new())).await.problem("not_found");
        assert_eq!(clerk.delete(&format!("{path}/{}", id(&made))).await.status, 204);
        clerk.delete(&format!("{path}/{}", id(&made))).await.problem("not_found");
        let seat = list(clerk, &sitting_id).await.remove(0);
        clerk.post(&format!("/sittings/{sitting_id}/open"), json!({})).await.json(200);
        sign_in(app, &sitting_id, &id(&seat));
        clerk.delete(&format!("{path}/{}", id(&seat))).await.problem("wrong_state");
        clerk.post(&format!("/sittings/{sitting_id}/close"), json!({})).await.json(200);
        let other = list(clerk, &sitting_id).await.remove(1);
        clerk.delete(&format!("{path}/{}", id(&other))).await.problem("wrong_state");
        // A line of another sitting is not found by this one.
        let second = plan_sitting(app, &plan_meeting(app, json!({})).await, json!({})).await;
        clerk.delete(&format!("/sittings/{second}/roster/{}", id(&other))).await.problem("not_found");
    }

    async fn three_thousand_seats_are_quick(app) {
        many_seats(app, 3000);
        let sitting_id = plan_sitting(app, &plan_meeting(app, json!({})).await, json!({})).await;
        let path = format!("/sittings/{sitting_id}/roster");
        let started = std::time::Instant::now();
        let summary = app.congress.clerk.put(&path, json!({ "source": "congress" })).await.json(200);
        assert_eq!(summary["added"], 3000);
        // Every line moves by one place when the first seat ends.
        let first = list(&app.congress.clerk, &sitting_id).await[0]["representative_id"].as_str().unwrap().to_owned();
        app.sql(&format!("UPDATE representatives SET status = 'ended' WHERE id = '{first}'"));
        let summary = app.congress.clerk.put(&path, json!({ "source": "congress" })).await.json(200);
        assert_eq!((summary["kept"].as_i64(), summary["removed"].as_i64()), (Some(2999), Some(1)));
        let took = started.elapsed();
        assert!(took < std::time::Duration::from_secs(15), "{took:?} for a debug build on a busy machine");
        println!("3,000 seats twice: {took:?}");
    }
}
