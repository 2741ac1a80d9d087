//! Sign-in at a sitting, and everything people read from it afterwards.

mod after;
mod live;

use crate::harness::{Client, OpenSitting, TestApp};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// The codes that the hall shows now.
pub async fn code(app: &TestApp, sitting: &OpenSitting) -> Value {
    app.congress
        .clerk
        .get(&format!("/sittings/{}/code", sitting.id))
        .await
        .json(200)
}

/// Signs in with the code of this moment.
pub async fn sign_in(app: &TestApp, sitting: &OpenSitting, client: &Client) -> crate::harness::Answer {
    let code = code(app, sitting).await;
    let body = json!({ "kind": "hall_code", "code": code["code"] });
    client.post(&format!("/sittings/{}/check_ins", sitting.id), body).await
}

pub async fn list(app: &TestApp, sitting: &OpenSitting) -> Value {
    app.congress
        .clerk
        .get(&format!("/sittings/{}/attendance", sitting.id))
        .await
        .json(200)
}

both! {
    async fn signs_in_once_and_says_when(app) {
        let seats = app.seats(3).await;
        let sitting = app.open_sitting(&seats).await;
        let first = sign_in(app, &sitting, &seats[0].client).await.json(201);
        assert_eq!(first["name"], "代表000");
        assert_eq!(first["state"], "present");
        assert_eq!(first["first"], true);
        assert_eq!(first["entry_id"], sitting.entries[0].to_string());
        app.wait(TimeDelta::minutes(20));
        let again = sign_in(app, &sitting, &seats[0].client).await.json(200);
        assert_eq!((&again["first"], &again["at"], &again["state"]), (&json!(false), &first["at"], &json!("present")));
        let late = sign_in(app, &sitting, &seats[1].client).await.json(201);
        assert_eq!(late["state"], "late");
        let list = list(app, &sitting).await;
        assert_eq!(list["counts"]["voting_present"], 2);
        assert_eq!(list["counts"]["late"], 1);
        assert_eq!(list["quorum"], json!({ "rule": "two_thirds", "total": 3, "present": 2, "needed": 2, "reached": true }));
        let states: Vec<_> = list["items"].as_array().unwrap().iter().map(|i| i["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["present", "late", "expected"]);
    }

    async fn accepts_a_code_for_its_step_and_the_next(app) {
        let seats = app.seats(3).await;
        let sitting = app.open_sitting(&seats).await;
        let path = format!("/sittings/{}/check_ins", sitting.id);
        let body = json!({ "kind": "hall_code", "code": code(app, &sitting).await["code"] });
        app.wait(TimeDelta::seconds(15));
        seats[0].client.post(&path, body.clone()).await.json(201);
        app.wait(TimeDelta::seconds(15));
        seats[1].client.post(&path, body).await.problem("code_expired");
    }

    async fn accepts_typed_digits_and_stops_guessing(app) {
        let seats = app.seats(2).await;
        let sitting = app.open_sitting(&seats).await;
        let path = format!("/sittings/{}/check_ins", sitting.id);
        let digits = code(app, &sitting).await["typed_code"].as_str().unwrap().to_owned();
        let typed = |digits: &str| json!({ "kind": "typed_code", "code": digits });
        seats[0].client.post(&path, typed(&format!("{} {}", &digits[..3], &digits[3..]))).await.json(201);
        let wrong = if digits == "000000" { "000001" } else { "000000" };
        for _ in 0..10 {
            seats[1].client.post(&path, typed(wrong)).await.problem("code_invalid");
        }
        let refused = seats[1].client.post(&path, typed(&digits)).await;
        refused.problem("rate_limited");
        assert!(refused.headers.contains_key("retry-after"));
        app.wait(TimeDelta::seconds(60));
        let digits = code(app, &sitting).await["typed_code"].as_str().unwrap().to_owned();
        seats[1].client.post(&path, typed(&digits)).await.json(201);
    }

    async fn gives_time_to_log_in_after_scanning(app) {
        let seats = app.seats(1).await;
        let sitting = app.open_sitting(&seats).await;
        let path = format!("/sittings/{}/check_ins", sitting.id);
        let scanned = json!({ "code": code(app, &sitting).await["code"], "device_id": "phone of 代表000" });
        let resolved = app.nobody().post("/check_in_codes", scanned.clone()).await.json(200);
        assert_eq!(resolved["title"], "第一次全体会议");
        assert_eq!(resolved["congress_name"], app.congress.name);
        app.wait(TimeDelta::minutes(2));
        app.nobody().post("/check_in_codes", scanned).await.problem("code_expired");
        let ticket = json!({ "kind": "ticket", "code": resolved["ticket"] });
        app.congress.voter.post(&path, ticket.clone()).await.problem("code_invalid");
        seats[0].client.post(&path, ticket).await.json(201);
    }

    async fn refuses_what_does_not_fit(app) {
        let mut seats = app.seats(2).await;
        let stranger = seats.pop().unwrap();
        let sitting = app.open_sitting(&seats).await;
        let elsewhere = app.other.open_sitting(&app.services, &[]).await;
        let path = format!("/sittings/{}/check_ins", sitting.id);
        let good = json!({ "kind": "hall_code", "code": code(app, &sitting).await["code"] });
        let foreign = app.other.clerk.get(&format!("/sittings/{}/code", elsewhere.id)).await.json(200);
        let me = &seats[0].client;
        app.nobody().post(&path, good.clone()).await.problem("not_logged_in");
        stranger.client.post(&path, good.clone()).await.problem("not_on_roster");
        me.post(&path, json!({ "kind": "hall_code", "code": foreign["code"] })).await.problem("code_for_other_sitting");
        for forged in ["", "x", "AAAA", "%%%", &"A".repeat(200), "AZMrbno8fBCbUz0PbIocQgczpO5kVjRkQmV0bEVmZA"] {
            let answer = me.post(&path, json!({ "kind": "hall_code", "code": forged })).await;
            answer.problem(if forged.is_empty() { "validation_failed" } else { "code_invalid" });
        }
        me.post("/sittings/01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42/check_ins", good.clone()).await.problem("code_for_other_sitting");
        me.post("/sittings/nonsense/check_ins", good.clone()).await.problem("not_found");
        me.post(&path, json!({ "kind": "magic", "code": "x" })).await.problem("validation_failed");
        me.post(&path, json!({ "kind": "ticket" })).await.problem("validation_failed");
        app.sql(&format!("UPDATE sittings SET state = 'draft' WHERE id = '{}'", sitting.id));
        me.post(&path, good.clone()).await.problem("sitting_not_open");
        app.sql(&format!("UPDATE sittings SET state = 'closed' WHERE id = '{}'", sitting.id));
        me.post(&path, good.clone()).await.problem("sitting_closed");
        app.sql(&format!("UPDATE sittings SET state = 'open' WHERE id = '{}'", sitting.id));
        // Every change of a roster comes with a new version of it.
        app.sql("UPDATE roster_entries SET suspended = TRUE");
        app.sql("UPDATE sittings SET roster_version = roster_version + 1");
        me.post(&path, good.clone()).await.problem("seat_suspended");
        app.sql("UPDATE roster_entries SET suspended = FALSE");
        app.sql("UPDATE sittings SET roster_version = roster_version + 1");
        me.post(&path, good).await.json(201);
        assert_eq!(list(app, &sitting).await["counts"]["voting_signed"], 1);
    }

    async fn a_whole_hall_signs_in_at_once(app) {
        let seats = app.seats(120).await;
        let sitting = app.open_sitting(&seats).await;
        let path = format!("/sittings/{}/check_ins", sitting.id);
        let body = json!({ "kind": "hall_code", "code": code(app, &sitting).await["code"] });
        // Every phone sends twice: some networks do.
        let sent = seats.iter().chain(&seats).map(|s| s.client.post(&path, body.clone()));
        let answers = futures_util::future::join_all(sent).await;
        let first = answers.iter().filter(|a| a.status == 201).count();
        assert!(answers.iter().all(|a| a.status == 201 || a.status == 200), "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        assert_eq!(first, 120);
        let list = list(app, &sitting).await;
        assert_eq!(list["counts"]["voting_present"], 120);
        let delegations = list["delegations"].as_array().unwrap();
        assert_eq!(delegations.iter().map(|d| d["present"].as_u64().unwrap()).sum::<u64>(), 120);
    }

    async fn does_not_trust_a_roster_it_remembers(app) {
        let seats = app.seats(4).await;
        let sitting = app.open_sitting(&seats).await;
        // Showing the code has the roster read ahead.
        code(app, &sitting).await;
        let remembered = async || {
            while app.services.rosters.seat(sitting.id, seats[0].account_id).is_none() {
                tokio::task::yield_now().await;
            }
        };
        remembered().await;
        let first = sign_in(app, &sitting, &seats[0].client).await.json(201);
        assert_eq!((&first["name"], &first["seat_label"], &first["class"]), (&json!("代表000"), &json!("1排"), &json!("voting")));
        assert_eq!(first["delegation"], list(app, &sitting).await["items"][0]["delegation"]);
        let again = sign_in(app, &sitting, &seats[0].client).await.json(200);
        assert_eq!((&again["first"], &again["at"]), (&json!(false), &first["at"]));
        // Taken off the roster a moment ago, in whatever process.
        let entry = format!("/sittings/{}/roster/{}", sitting.id, sitting.entries[1]);
        assert_eq!(app.congress.clerk.delete(&entry).await.status, 204);
        sign_in(app, &sitting, &seats[1].client).await.problem("not_on_roster");
        sign_in(app, &sitting, &seats[2].client).await.json(201);
        // Closed, and everything is remembered.
        remembered().await;
        let codes = code(app, &sitting).await;
        app.congress.clerk.post(&format!("/sittings/{}/close", sitting.id), json!({})).await.json(200);
        let path = format!("/sittings/{}/check_ins", sitting.id);
        let body = json!({ "kind": "hall_code", "code": codes["code"] });
        seats[3].client.post(&path, body.clone()).await.problem("sitting_closed");
        assert_eq!(seats[0].client.post(&path, body).await.json(200)["at"], first["at"]);
    }

    async fn flags_a_shared_device_and_a_second_device(app) {
        let seats = app.seats(3).await;
        let sitting = app.open_sitting(&seats).await;
        sign_in(app, &sitting, &seats[0].client).await.json(201);
        // The same seat on another device, and another seat on the first one's device.
        let other_phone = app.token_for(seats[0].account_id, "another phone").await;
        let again = sign_in(app, &sitting, &app.with_token(&other_phone)).await.json(200);
        assert_eq!(again["flags"], json!(["second_device"]));
        let borrowed = app.token_for(seats[1].account_id, "phone of 代表000").await;
        let second = sign_in(app, &sitting, &app.with_token(&borrowed)).await.json(201);
        assert_eq!(second["flags"], json!(["same_device"]));
        let path = format!("/sittings/{}/flags", sitting.id);
        let flags = app.congress.clerk.get(&path).await.json(200);
        let kinds: Vec<_> = flags["items"].as_array().unwrap().iter().map(|f| f["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["second_device", "same_device"]);
        assert_eq!(flags["items"][1]["other_name"], "代表000");
        assert_eq!(list(app, &sitting).await["counts"]["flags"], 2);
        let decide = format!("/flags/{}/decide", flags["items"][1]["id"].as_str().unwrap());
        app.other.clerk.post(&decide, json!({ "decision": "dismissed" })).await.problem("not_found");
        app.congress.supervisor.post(&decide, json!({ "decision": "dismissed" })).await.problem("forbidden");
        let judged = app.congress.clerk.post(&decide, json!({ "decision": "dismissed", "note": "夫妻，均在现场" })).await;
        assert_eq!(judged.status, 204);
        app.congress.clerk.post(&decide, json!({ "decision": "upheld" })).await.problem("wrong_state");
        assert_eq!(list(app, &sitting).await["counts"]["flags"], 1);
    }

    async fn flags_a_person_at_two_open_sittings(app) {
        let seats = app.seats(2).await;
        let (here, there) = (app.open_sitting(&seats).await, app.open_sitting(&seats).await);
        sign_in(app, &here, &seats[0].client).await.json(201);
        sign_in(app, &there, &seats[0].client).await.json(201);
        sign_in(app, &there, &seats[1].client).await.json(201);
        for sitting in [&here, &there] {
            let path = format!("/sittings/{}/flags", sitting.id);
            // Other databases of the cluster can hold the sweep's horizon back for a moment: the worker comes round again.
            let mut flags = json!({ "items": [] });
            for _ in 0..100 {
                let s = &app.services;
                s.flag_sweep.run(&s.db, &s.hub, &s.clock).await.unwrap();
                flags = app.congress.clerk.get(&path).await.json(200);
                if flags["items"] != json!([]) {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            let kinds: Vec<_> = flags["items"].as_array().unwrap().iter().map(|f| (f["kind"].as_str().unwrap(), f["name"].as_str().unwrap())).collect();
            assert_eq!(kinds, [("two_places", "代表000")]);
        }
    }

    async fn measures_the_distance_only_when_told(app) {
        let seats = app.seats(3).await;
        let sitting = app.open_sitting(&seats).await;
        app.sql(&format!("UPDATE sittings SET latitude = 30.2084, longitude = 120.2119, radius_m = 200 WHERE id = '{}'", sitting.id));
        let path = format!("/sittings/{}/check_ins", sitting.id);
        let code = code(app, &sitting).await["code"].clone();
        let at = |lat: f64, lon: f64| json!({ "kind": "hall_code", "code": code, "latitude": lat, "longitude": lon, "accuracy_m": 30.0 });
        assert_eq!(seats[0].client.post(&path, at(30.2085, 120.2120)).await.json(201)["flags"], json!([]));
        assert_eq!(seats[1].client.post(&path, at(30.3, 120.3)).await.json(201)["flags"], json!(["far_from_place"]));
        assert_eq!(seats[2].client.post(&path, json!({ "kind": "hall_code", "code": code })).await.json(201)["flags"], json!([]));
        seats[2].client.post(&path, at(91.0, 0.0)).await.problem("validation_failed");
    }

    async fn shows_codes_to_staff_and_screen_only(app) {
        let seats = app.seats(1).await;
        let sitting = app.open_sitting(&seats).await;
        let other = app.congress.open_sitting(&app.services, &[]).await;
        let path = format!("/sittings/{}/code", sitting.id);
        app.nobody().get(&path).await.problem("not_logged_in");
        seats[0].client.get(&path).await.problem("not_found");
        app.other.clerk.get(&path).await.problem("not_found");
        app.congress.supervisor.get(&path).await.problem("forbidden");
        let screen = app.congress.clerk.post(&format!("/sittings/{}/screens", sitting.id), json!({})).await.json(200);
        assert!(screen["url"].as_str().unwrap().contains("#token="));
        let screen = app.with_token(screen["token"].as_str().unwrap());
        let shown = screen.get(&path).await.json(200);
        assert!(shown["link"].as_str().unwrap().starts_with(&format!("{}/c/", app.url)));
        assert!((0..=15_000).contains(&shown["refresh_in_ms"].as_i64().unwrap()));
        let svg = screen.get(&format!("{path}.svg")).await;
        assert!(svg.status == 200 && svg.text().contains("<svg"), "{}", svg.text());
        let png = screen.get(&format!("{path}.png")).await;
        assert_eq!(&png.bytes[..8], b"\x89PNG\r\n\x1a\n");
        screen.get(&format!("/sittings/{}/code", other.id)).await.problem("not_found");
        screen.get(&format!("/sittings/{}/attendance", sitting.id)).await.problem("forbidden");
        app.wait(TimeDelta::hours(6));
        screen.get(&path).await.problem("token_expired");
    }
}
