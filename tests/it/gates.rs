//! Gates: enrolment, what they take along, and what becomes of what they saw.

mod device;
pub mod scene;

use crate::harness::Answer;
use chrono::TimeDelta;
use device::{Gate, Phone, enrolment, fresh_key, judge_offline, public};
use scene::{approve_leave, attendance, draft_sitting, open_sitting, set_sitting};
use serde_json::{Value, json};

fn outcomes(results: &Value) -> Vec<&str> {
    results
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["outcome"].as_str().unwrap())
        .collect()
}

fn gates_of(congress: &crate::harness::Congress) -> String {
    format!("/congresses/{}/gates", congress.id)
}

both! {
    async fn a_gate_is_enrolled_once_and_revoked(app) {
        let (clerk, nobody) = (&app.congress.clerk, app.nobody());
        let path = gates_of(&app.congress);
        let keyed = |key: &str| clerk.request("POST", &path).header("idempotency-key", key).json(&json!({ "name": "东门" }));
        let made = clerk.send(keyed("gate-1")).await.json(201);
        let link = made["enrol_link"].as_str().unwrap();
        assert!(link.ends_with(&format!("/gate#enrol={}", made["enrol_code"].as_str().unwrap())), "{link}");
        assert!(made["qr_svg"].as_str().unwrap().contains("<svg"));
        // A repetition gives the same code, though the database does not hold it.
        assert_eq!(clerk.send(keyed("gate-1")).await.json(201), made);
        let listed = clerk.get(&path).await.json(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        assert_eq!(listed["items"][0]["state"], "waiting");

        let key = fresh_key();
        let mut weak = enrolment(&made["enrol_code"], &key);
        weak["public_key"] = json!(device::b64(&[0; 32]));
        nobody.post("/gates/enrol", weak).await.problem("validation_failed");
        nobody.post("/gates/enrol", enrolment(&json!("wrong"), &key)).await.problem("enrol_code_invalid");
        // Two devices at once: one of them gets in.
        let body = enrolment(&made["enrol_code"], &key);
        let (a, b) = tokio::join!(nobody.post("/gates/enrol", body.clone()), nobody.post("/gates/enrol", body));
        let mut answers = [a, b];
        answers.sort_by_key(|a: &Answer| a.status);
        let enrolled = answers[0].json(200);
        answers[1].problem("enrol_code_invalid");
        assert_eq!(clerk.get(&path).await.json(200)["items"][0]["state"], "enrolled");

        // The gate's session is refreshed like any other until the gate is revoked.
        let scene = draft_sitting(app, &app.congress, &[]);
        let gate = app.with_token(enrolled["access_token"].as_str().unwrap());
        let snapshot = format!("/sittings/{}/gate_snapshot", scene.sitting_id);
        gate.get(&snapshot).await.json(200);
        let revoke = format!("/gates/{}/revoke", made["id"].as_str().unwrap());
        app.congress.liaison.post(&revoke, json!({})).await.problem("forbidden");
        assert_eq!(clerk.post(&revoke, json!({})).await.json(200)["state"], "revoked");
        clerk.post(&revoke, json!({})).await.problem("wrong_state");
        gate.get(&snapshot).await.problem("gate_revoked");
        let event = json!({ "events": [{}] });
        gate.post(&format!("/sittings/{}/gate_events", scene.sitting_id), event).await.problem("gate_revoked");
    }

    async fn an_enrolment_code_lasts_ten_minutes(app) {
        let path = gates_of(&app.congress);
        let late = app.congress.clerk.post(&path, json!({ "name": "东门" })).await.json(201);
        let dropped = app.congress.clerk.post(&path, json!({ "name": "西门" })).await.json(201);
        app.congress.clerk.post(&format!("/gates/{}/revoke", dropped["id"].as_str().unwrap()), json!({})).await.json(200);
        app.nobody().post("/gates/enrol", enrolment(&dropped["enrol_code"], &fresh_key())).await.problem("enrol_code_invalid");
        app.wait(TimeDelta::minutes(10));
        app.nobody().post("/gates/enrol", enrolment(&late["enrol_code"], &fresh_key())).await.problem("enrol_code_invalid");
        let listed = app.congress.clerk.get(&format!("{path}?limit=1")).await.json(200);
        assert_eq!(listed["items"][0]["state"], "revoked");
        let cursor = listed["next_cursor"].as_str().unwrap();
        let listed = app.congress.clerk.get(&format!("{path}?limit=1&cursor={cursor}")).await.json(200);
        assert_eq!(listed["items"][0]["state"], "expired");
        assert_eq!(listed["next_cursor"], Value::Null);
        for name in ["", " ", "a\u{7}b", &"东".repeat(61)] {
            app.congress.clerk.post(&path, json!({ "name": name })).await.problem("validation_failed");
        }
    }

    async fn other_congresses_see_nothing(app) {
        let seats = app.seats(1).await;
        let scene = open_sitting(app, &app.congress, &seats);
        let phone = Phone::of(&seats[0]).await;
        let ours = Gate::enrol(app, &app.congress).await;
        let mut theirs = Gate::enrol(app, &app.other).await;
        app.other.clerk.get(&gates_of(&app.congress)).await.problem("not_found");
        app.other.clerk.post(&gates_of(&app.congress), json!({ "name": "东门" })).await.problem("not_found");
        app.other.clerk.post(&format!("/gates/{}/revoke", ours.id), json!({})).await.problem("not_found");
        app.other.clerk.post(&format!("/credentials/{}/revoke", phone.id), json!({})).await.problem("not_found");
        let path = format!("/sittings/{}", scene.sitting_id);
        theirs.client.get(&format!("{path}/gate_snapshot")).await.problem("not_found");
        let now = app.clock.now().millis();
        let event = theirs.event(scene.sitting_id, now, 0, &phone.code(now));
        theirs.client.post(&format!("{path}/gate_events"), json!({ "events": [event] })).await.problem("not_found");
        // Each learns of its own congress's sittings only.
        let ahead = ours.client.get("/me/gate_sittings").await.json(200);
        let ahead = ahead["items"].as_array().unwrap();
        assert!(ahead.iter().any(|s| s["sitting_id"] == scene.sitting_id.to_string() && s["state"] == "open"), "{ahead:?}");
        assert_eq!(theirs.client.get("/me/gate_sittings").await.json(200)["items"], json!([]));
        app.congress.clerk.get("/me/gate_sittings").await.problem("forbidden");
        // Persons are no gates, and gates are no persons.
        app.congress.admin.get(&format!("{path}/gate_snapshot")).await.problem("forbidden");
        ours.client.post("/me/credential", json!({ "device_key": public(&fresh_key()) })).await.problem("forbidden");
        app.nobody().get(&format!("{path}/gate_snapshot")).await.problem("not_logged_in");
    }

    async fn a_credential_belongs_to_a_phone_and_a_seat(app) {
        let seats = app.seats(2).await;
        let new = |key: &str| json!({ "device_key": key });
        let key = public(&fresh_key());
        let issued = seats[0].client.post("/me/credential", new(&key)).await.json(201);
        assert_eq!(issued["representative_id"], seats[0].representative_id.to_string());
        let now = app.clock.now();
        assert_eq!(issued["server_time"], json!(now));
        assert_eq!(issued["valid_until"], json!(now + TimeDelta::hours(12)));
        assert_eq!(issued["valid_from"], json!(now - TimeDelta::minutes(5)));
        // Anyone with the server's key can check it.
        let bytes = device::unb64(issued["credential"].as_str().unwrap());
        let message = [b"lvzhi-credential-v1\0".as_slice(), &bytes[..89]].concat();
        assert!(device::signed_by(issued["server_key"].as_str().unwrap(), &message, &bytes[89..]));

        let other = json!({ "representative_id": seats[1].representative_id, "device_key": key });
        seats[0].client.post("/me/credential", other).await.problem("not_found");
        app.congress.voter.post("/me/credential", new(&key)).await.problem("validation_failed");
        for bad in ["", "short", &"A".repeat(43), &"=".repeat(43)] {
            seats[0].client.post("/me/credential", new(bad)).await.problem("validation_failed");
        }
        for status in ["suspended", "ended"] {
            let id = seats[1].representative_id;
            app.sql(&format!("UPDATE representatives SET status = '{status}' WHERE id = '{id}'"));
            let named = json!({ "representative_id": id, "device_key": key });
            seats[1].client.post("/me/credential", named).await.problem("seat_suspended");
        }
        // Its owner and the staff of gates end it, nobody else, and once.
        let revoke = format!("/credentials/{}/revoke", issued["id"].as_str().unwrap());
        seats[1].client.post(&revoke, json!({})).await.problem("not_found");
        app.congress.supervisor.post(&revoke, json!({})).await.problem("forbidden");
        seats[0].client.post(&revoke, json!({})).await.json(204);
        app.congress.clerk.post(&revoke, json!({})).await.problem("wrong_state");
    }

    async fn a_gate_judges_codes_without_a_network(app) {
        let seats = app.seats(5).await;
        let scene = draft_sitting(app, &app.congress, &seats[..4]);
        app.sql(&format!("UPDATE roster_entries SET suspended = TRUE WHERE id = '{}'", scene.entries[1]));
        approve_leave(app, &app.congress, &seats[2], "congress_session_id", scene.session_id, "approved");
        approve_leave(app, &app.congress, &seats[0], "sitting_id", scene.sitting_id, "refused");
        let gate = Gate::enrol(app, &app.congress).await;
        let mut phones = vec![];
        for seat in &seats {
            phones.push(Phone::of(seat).await);
        }
        app.congress.clerk.post(&format!("/credentials/{}/revoke", phones[3].id), json!({})).await.json(204);
        let renewed = Phone::of(&seats[3]).await;
        let snapshot = gate.snapshot(scene.sitting_id).await;
        assert_eq!(snapshot["server_time"], json!(app.clock.now()));
        assert_eq!(snapshot["sitting"]["state"], "draft");
        assert_eq!(snapshot["revoked_credentials"], json!([phones[3].id]));
        let away: Vec<_> = snapshot["entries"].as_array().unwrap().iter().map(|e| e["on_leave"] == true).collect();
        assert_eq!(away, [false, false, true, false]);

        let now = app.clock.now().millis();
        let judged = |phone: &Phone, shown_at: i64, at: i64| {
            judge_offline(&snapshot, &phone.code(shown_at), at).map(|e| e["name"].as_str().unwrap().to_owned())
        };
        assert_eq!(judged(&phones[0], now, now), Ok("代表000".to_owned()));
        assert_eq!(judged(&phones[0], now, now + 15_000), Ok("代表000".to_owned()));
        assert_eq!(judged(&phones[0], now, now + 30_000), Err("proof_expired"), "a picture of a code");
        assert_eq!(judged(&phones[1], now, now), Err("seat_suspended"));
        assert_eq!(judged(&phones[2], now, now), Ok("代表002".to_owned()));
        assert_eq!(judged(&phones[3], now, now), Err("credential_revoked"));
        assert_eq!(judged(&renewed, now, now), Ok("代表003".to_owned()));
        assert_eq!(judged(&phones[4], now, now), Err("not_on_roster"));
        let tomorrow = now + 12 * 3_600_000;
        assert_eq!(judged(&phones[0], tomorrow, tomorrow), Err("credential_expired"));
        let mut changed = Phone { credential: phones[0].credential.clone(), key: fresh_key(), id: String::new() };
        assert_eq!(judged(&changed, now, now), Err("unknown_device"));
        changed.credential[88] ^= 1;
        assert_eq!(judged(&changed, now, now), Err("bad_credential"));
    }
}

both! {
    async fn every_event_has_its_own_outcome(app, { "auth": { "access_minutes": 600 } }) {
        let seats = app.seats(9).await;
        let scene = open_sitting(app, &app.congress, &seats[..8]);
        let id = scene.sitting_id;
        let mut gate = Gate::enrol(app, &app.congress).await;
        let mut phones = vec![];
        for seat in &seats {
            phones.push(Phone::of(seat).await);
        }
        app.sql(&format!("UPDATE roster_entries SET suspended = TRUE WHERE id = '{}'", scene.entries[3]));
        approve_leave(app, &app.congress, &seats[4], "meeting_id", scene.meeting_id, "approved");
        attendance(app, &app.congress, &scene, scene.entries[5], app.clock.now());
        app.wait(TimeDelta::minutes(10));
        let now = app.clock.now().millis();
        app.congress.clerk.post(&format!("/credentials/{}/revoke", phones[6].id), json!({})).await.json(204);
        let stranger = Phone { key: fresh_key(), id: String::new(), credential: phones[0].credential.clone() };
        let mut changed = Phone { key: fresh_key(), id: String::new(), credential: phones[0].credential.clone() };
        changed.credential[20] ^= 4;
        let mut not_his = gate.event(id, now, 0, &phones[1].code(now));
        not_his["code"] = json!(phones[2].code(now));
        let late = scene.late_after.millis() + 1_000;
        app.wait(TimeDelta::minutes(25));

        let events = [
            (gate.event(id, now, 0, &phones[0].code(now)), "accepted"),
            (not_his, "bad_signature"),
            (json!({ "seq": "seven" }), "malformed"),
            (json!(null), "malformed"),
            (json!({ "seq": 900, "scanned_at_ms": now, "clock_offset_ms": 0 }), "malformed"),
            (gate.event(id, i64::MAX, 1, &phones[0].code(now)), "malformed"),
            (gate.event(id, now, 0, "https://example.com/"), "unreadable"),
            (gate.event(id, now, 0, &changed.code(now)), "bad_credential"),
            (gate.event(id, now, 0, &stranger.code(now)), "unknown_device"),
            (gate.event(id, now, 0, &phones[6].code(now)), "credential_revoked"),
            (gate.event(id, now - 600_000, 0, &phones[6].code(now - 600_000)), "accepted"),
            (gate.event(id, now, 0, &phones[1].code(now - 30_000)), "proof_expired"),
            (gate.event(id, now + 13 * 3_600_000, 0, &phones[1].code(now + 13 * 3_600_000)), "credential_expired"),
            (gate.event(id, now + 3_600_000, 0, &phones[1].code(now + 3_600_000)), "clock_wrong"),
            (gate.event(id, now - 700_000, 0, &phones[1].code(now - 700_000)), "outside_sitting"),
            (gate.event(id, now, 0, &phones[8].code(now)), "not_on_roster"),
            (gate.event(id, now, 0, &phones[3].code(now)), "seat_suspended"),
            (gate.event(id, now, 0, &phones[4].code(now)), "on_leave"),
            (gate.event(id, now, 0, &phones[5].code(now)), "duplicate"),
            (gate.event(id, late, 0, &phones[7].code(late)), "late"),
            (gate.event(id, now, 0, &phones[1].code(now)), "accepted"),
            (gate.event(id, now + 5_000, 0, &phones[1].code(now + 5_000)), "duplicate"),
        ];
        let (events, wanted): (Vec<Value>, Vec<&str>) = events.into_iter().unzip();
        let results = gate.upload(id, &events).await;
        assert_eq!(outcomes(&results), wanted);
        assert_eq!(results[0]["entry_id"], scene.entries[0].to_string());
        assert_eq!(results[0]["name"], "代表000");
        assert_eq!((&results[2]["seq"], &results[4]["seq"]), (&Value::Null, &json!(900)));

        // The same upload again gives the first answers, whatever has changed since.
        app.sql(&format!("DELETE FROM roster_entries WHERE id = '{}'", scene.entries[3]));
        set_sitting(app, &scene, "closed", "closed_at");
        let again = gate.upload(id, &events).await;
        assert_eq!(outcomes(&again), wanted);
        for (n, outcome) in wanted.iter().enumerate() {
            let kept = !matches!(*outcome, "malformed" | "bad_signature");
            assert_eq!(again[n]["repeated"], kept, "{n} {outcome}");
        }
        // A number is used once, here and in other sittings.
        let used = results[0]["seq"].as_i64().unwrap();
        let other = open_sitting(app, &app.congress, &seats);
        let reused = gate.event_numbered(used, id, now + 1, 0, &phones[2].code(now));
        let elsewhere = gate.event_numbered(used, other.sitting_id, now, 0, &phones[0].code(now));
        assert_eq!(outcomes(&gate.upload(id, &[reused]).await), ["sequence_conflict"]);
        assert_eq!(outcomes(&gate.upload(other.sitting_id, &[elsewhere]).await), ["sequence_conflict"]);
    }

    async fn clocks_may_be_three_minutes_off_when_that_is_known(app) {
        let seats = app.seats(4).await;
        let scene = open_sitting(app, &app.congress, &seats);
        let id = scene.sitting_id;
        let mut gate = Gate::enrol(app, &app.congress).await;
        app.wait(TimeDelta::minutes(5));
        let now = app.clock.now().millis();
        let mut phones = vec![];
        for seat in &seats {
            phones.push(Phone::of(seat).await);
        }
        let three = 180_000;
        let events = [
            gate.event(id, now - three, three, &phones[0].code(now)),
            gate.event(id, now + three, -three, &phones[1].code(now)),
            gate.event(id, now + three, 0, &phones[2].code(now)),
            gate.event(id, now, 0, &phones[2].code(now - three)),
            gate.event(id, now, 0, &phones[2].code(now + three)),
            gate.event(id, now + three, 0, &phones[3].code(now + three)),
            gate.event(id, now + 100_000, 0, &phones[3].code(now + 100_000)),
        ];
        let results = gate.upload(id, &events).await;
        let wanted = ["accepted", "accepted", "proof_expired", "proof_expired", "proof_expired", "clock_wrong", "accepted"];
        assert_eq!(outcomes(&results), wanted);
    }

    async fn uploads_merge_as_a_set(app, { "auth": { "access_minutes": 600 } }) {
        let seats = app.seats(6).await;
        let (here, there) = (open_sitting(app, &app.congress, &seats), open_sitting(app, &app.congress, &seats));
        let mut phones = vec![];
        for seat in &seats {
            phones.push(Phone::of(seat).await);
        }
        let (mut east, mut west) = (Gate::enrol(app, &app.congress).await, Gate::enrol(app, &app.congress).await);
        let start = app.clock.now().millis();
        app.wait(TimeDelta::minutes(20));
        // Each phone passes both gates, twice: the same scans in two sittings.
        let scans = |gate: &mut Gate, sitting: lvzhi::db::Id, from: i64| -> Vec<Value> {
            let at = |n: usize| from + 7_000 * (n as i64 * 5 % 17);
            (0..12).map(|n| gate.event(sitting, at(n), 0, &phones[n % 6].code(at(n)))).collect()
        };
        let (a, b) = (scans(&mut east, here.sitting_id, start + 60_000), scans(&mut west, here.sitting_id, start + 90_000));
        let (c, d) = (scans(&mut east, there.sitting_id, start + 60_000), scans(&mut west, there.sitting_id, start + 90_000));
        // Here everything comes at once and in order.
        let first = east.upload(here.sitting_id, &a).await;
        assert_eq!(outcomes(&first).iter().filter(|o| **o == "accepted").count(), 6);
        assert!(outcomes(&west.upload(here.sitting_id, &b).await).iter().all(|o| *o == "duplicate"));
        // There it comes backwards, in pieces, more than once, from both gates at once, and after the close.
        west.upload(there.sitting_id, &d[8..]).await;
        set_sitting(app, &there, "closed", "closed_at");
        app.wait(TimeDelta::hours(1));
        let backwards: Vec<Value> = c.iter().rev().cloned().collect();
        let (x, y, z) = tokio::join!(
            east.upload(there.sitting_id, &backwards),
            east.upload(there.sitting_id, &c),
            west.upload(there.sitting_id, &d),
        );
        let by_seq = |results: &Value| {
            let mut found: Vec<_> = results.as_array().unwrap().iter().map(|r| (r["seq"].as_i64(), r["outcome"].to_string())).collect();
            found.sort();
            found
        };
        assert_eq!(by_seq(&x), by_seq(&y));
        assert_eq!(outcomes(&z).len(), 12);
        for seat in &seats {
            let signed_in = async |sitting: lvzhi::db::Id| {
                let body = json!({ "representative_id": seat.representative_id, "sitting_id": sitting });
                seat.client.post("/certificates", body).await.json(201)["items"][0]["at"].clone()
            };
            assert_eq!(signed_in(here.sitting_id).await, signed_in(there.sitting_id).await, "{}", seat.name);
        }
    }

    async fn two_gates_never_wait_for_each_other(app) {
        let seats = app.seats(40).await;
        let scene = open_sitting(app, &app.congress, &seats);
        let now = app.clock.now().millis();
        let mut codes = vec![];
        for seat in &seats {
            codes.push(Phone::of(seat).await.code(now));
        }
        let mut gates = vec![];
        for _ in 0..3 {
            gates.push(Gate::enrol(app, &app.congress).await);
        }
        let mut uploads = vec![];
        for (n, gate) in gates.iter_mut().enumerate() {
            codes.rotate_left(n * 11);
            codes.reverse();
            uploads.push(codes.iter().map(|code| gate.event(scene.sitting_id, now, 0, code)).collect::<Vec<_>>());
        }
        let results = futures_util::future::join_all(
            gates.iter().zip(&uploads).map(|(gate, events)| gate.upload(scene.sitting_id, events)),
        ).await;
        let accepted: usize = results.iter().map(|r| outcomes(r).iter().filter(|o| **o == "accepted").count()).sum();
        assert_eq!(accepted, seats.len());
    }

    async fn an_upload_has_a_limit(app) {
        let seats = app.seats(1).await;
        let scene = open_sitting(app, &app.congress, &seats);
        let mut gate = Gate::enrol(app, &app.congress).await;
        let now = app.clock.now().millis();
        let code = Phone::of(&seats[0]).await.code(now);
        let events: Vec<Value> = (0..1_001).map(|_| gate.event(scene.sitting_id, now, 0, &code)).collect();
        let path = format!("/sittings/{}/gate_events", scene.sitting_id);
        gate.client.post(&path, json!({ "events": events })).await.problem("batch_too_large");
        gate.client.post(&path, json!({ "events": [] })).await.problem("validation_failed");
        gate.client.post(&path, json!({ "events": 7 })).await.problem("validation_failed");
        let body = |text: String| gate.client.request("POST", &path).header("content-type", "application/json").body(text);
        gate.client.send(body("{\"events\":[".into())).await.problem("body_not_json");
        gate.client.send(body(format!("{{\"events\":[{}0]}}", "0,".repeat(99_999)))).await.problem("batch_too_large");
        let hundred_thousand = format!("{{\"events\":[{}]}}", vec![events[0].to_string(); 100_000].join(","));
        gate.client.send(body(hundred_thousand)).await.problem("body_too_large");
        // Nothing of it was written: the events are new, and the seat signs in once.
        let results = gate.upload(scene.sitting_id, &events[..20]).await;
        assert!(results.as_array().unwrap().iter().all(|r| r["repeated"] == false));
        assert_eq!(outcomes(&results)[..2], ["accepted", "duplicate"]);
        assert_eq!(outcomes(&results).iter().filter(|o| **o == "duplicate").count(), 19);
    }

    async fn a_seat_has_three_live_credentials_and_each_ends_with_its_session(app, { "auth": { "access_minutes": 600 } }) {
        let seats = app.seats(1).await;
        let scene = open_sitting(app, &app.congress, &seats);
        let mut gate = Gate::enrol(app, &app.congress).await;
        let mut phones = vec![];
        for _ in 0..4 {
            phones.push(Phone::of(&seats[0]).await);
            app.wait(TimeDelta::seconds(15));
        }
        assert_eq!(gate.snapshot(scene.sitting_id).await["revoked_credentials"], json!([phones[0].id]));
        let now = app.clock.now().millis();
        let scan = |gate: &mut Gate, phone: &Phone, at: i64| gate.event(scene.sitting_id, at, 0, &phone.code(at));
        let events = [scan(&mut gate, &phones[0], now), scan(&mut gate, &phones[1], now)];
        assert_eq!(outcomes(&gate.upload(scene.sitting_id, &events).await), ["credential_revoked", "accepted"]);
        // The phone is lost and its session ended from another device.
        let ended = app.clock.now();
        let account = seats[0].account_id;
        app.sql(&format!("UPDATE sessions SET revoked_at = '{ended}' WHERE account_id = '{account}'"));
        assert_eq!(gate.snapshot(scene.sitting_id).await["revoked_credentials"].as_array().unwrap().len(), 4);
        let events = [scan(&mut gate, &phones[2], now - 15_000), scan(&mut gate, &phones[2], now + 15_000)];
        assert_eq!(outcomes(&gate.upload(scene.sitting_id, &events).await), ["duplicate", "credential_revoked"]);
        seats[0].client.post("/me/credential", json!({ "device_key": public(&fresh_key()) })).await.problem("session_revoked");
    }

    async fn a_server_key_of_a_minute_ago_is_known(app) {
        let seats = app.seats(2).await;
        let scene = open_sitting(app, &app.congress, &seats);
        let mut gate = Gate::enrol(app, &app.congress).await;
        let before = Phone::of(&seats[0]).await;
        app.wait(TimeDelta::seconds(30));
        app.services.keys.rotate(lvzhi::auth::keys::SERVER).await.unwrap();
        let after = Phone::of(&seats[1]).await;
        let now = app.clock.now().millis();
        let events = [gate.event(scene.sitting_id, now, 0, &before.code(now)), gate.event(scene.sitting_id, now, 0, &after.code(now))];
        assert_eq!(outcomes(&gate.upload(scene.sitting_id, &events).await), ["accepted", "accepted"]);
    }
}
