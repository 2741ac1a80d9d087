//! Attendance certificates: issued for what was attended, checked by anyone, revoked.

use crate::gates::scene::{Scene, attendance, attendance_move, draft_sitting, open_sitting};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde_json::{Value, json};

/// Checks a certificate as a stranger would, with what its public address shows.
fn holds(certificate: &Value) -> bool {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(certificate[name].as_str().unwrap()).unwrap();
    let key = VerifyingKey::from_bytes(&bytes("public_key").try_into().unwrap()).unwrap();
    let signature = Signature::from_slice(&bytes("signature")).unwrap();
    key.verify(certificate["payload"].as_str().unwrap().as_bytes(), &signature)
        .is_ok()
}

/// A second sitting of the same meeting.
fn same_meeting(app: &crate::harness::TestApp, first: &Scene, second: &Scene) {
    let (meeting, sitting) = (first.meeting_id, second.sitting_id);
    app.sql(&format!(
        "UPDATE sittings SET meeting_id = '{meeting}' WHERE id = '{sitting}'"
    ));
}

both! {
    async fn a_representative_shows_what_they_attended(app) {
        let seats = app.seats(2).await;
        let (morning, afternoon) = (open_sitting(app, &app.congress, &seats), open_sitting(app, &app.congress, &seats));
        let skipped = draft_sitting(app, &app.congress, &seats);
        same_meeting(app, &morning, &afternoon);
        same_meeting(app, &morning, &skipped);
        let (in_time, late) = (morning.late_after, afternoon.late_after + TimeDelta::microseconds(1));
        attendance(app, &app.congress, &morning, morning.entries[0], in_time + TimeDelta::minutes(5));
        attendance_move(app, &app.congress, &morning, morning.entries[0], "earlier", in_time);
        attendance(app, &app.congress, &afternoon, afternoon.entries[0], late);
        attendance(app, &app.congress, &morning, morning.entries[1], in_time);
        attendance_move(app, &app.congress, &morning, morning.entries[1], "void", in_time);

        let body = json!({ "representative_id": seats[0].representative_id, "meeting_id": morning.meeting_id });
        let request = || seats[0].client.request("POST", "/certificates").header("idempotency-key", "k1").json(&body);
        let issued = seats[0].client.send(request()).await.json(201);
        assert_eq!(seats[0].client.send(request()).await.json(201), issued);
        let id = issued["id"].as_str().unwrap();
        assert!(issued["url"].as_str().unwrap().ends_with(&format!("/certificate/{id}")));

        let seen = app.nobody().get(&format!("/certificates/{id}")).await.json(200);
        assert_eq!(seen, issued);
        assert_eq!((&seen["valid"], &seen["revoked"]), (&json!(true), &json!(false)));
        assert_eq!(seen["congress_name"], app.congress.name.as_str());
        assert_eq!(seen["representative_name"], seats[0].name.as_str());
        assert_eq!(seen["representative_number"], seats[0].number.as_str());
        assert_eq!(seen["title"], "十七届六次会议");
        let items: Vec<_> = seen["items"].as_array().unwrap().iter().map(|i| (&i["state"], &i["at"])).collect();
        assert_eq!(items, [(&json!("present"), &json!(in_time)), (&json!("late"), &json!(late))]);
        assert!(seen["qr_svg"].as_str().unwrap().contains("<svg"));
        assert!(holds(&seen));
        let said: Value = serde_json::from_str(seen["payload"].as_str().unwrap()).unwrap();
        assert_eq!((&said["id"], &said["items"]), (&seen["id"], &seen["items"]));

        // One sitting; by staff; and never for what was not attended.
        let one = |sitting: &Scene, n: usize| json!({ "representative_id": seats[n].representative_id, "sitting_id": sitting.sitting_id });
        let issued = app.congress.liaison.post("/certificates", one(&afternoon, 0)).await.json(201);
        assert_eq!(issued["items"].as_array().unwrap().len(), 1);
        app.congress.clerk.post("/certificates", one(&skipped, 0)).await.problem("not_found");
        seats[1].client.post("/certificates", one(&morning, 1)).await.problem("not_found");
        // After a void sign-in the next one counts.
        attendance_move(app, &app.congress, &morning, morning.entries[1], "again", in_time + TimeDelta::minutes(1));
        let anew = seats[1].client.post("/certificates", one(&morning, 1)).await.json(201);
        assert_eq!(anew["items"][0]["at"], json!(in_time + TimeDelta::minutes(1)));
        for bad in [json!({}), json!({ "sitting_id": morning.sitting_id, "meeting_id": morning.meeting_id })] {
            let mut bad = bad;
            bad["representative_id"] = json!(seats[0].representative_id);
            seats[0].client.post("/certificates", bad).await.problem("validation_failed");
        }
        app.nobody().get("/certificates/01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42").await.problem("not_found");
        app.nobody().get("/certificates/x").await.problem("not_found");
    }

    async fn only_the_seat_and_its_own_staff_issue_and_revoke(app) {
        let seats = app.seats(2).await;
        let scene = open_sitting(app, &app.congress, &seats);
        let elsewhere = open_sitting(app, &app.other, &[]);
        attendance(app, &app.congress, &scene, scene.entries[0], app.clock.now());
        let body = json!({ "representative_id": seats[0].representative_id, "sitting_id": scene.sitting_id });
        app.nobody().post("/certificates", body.clone()).await.problem("not_logged_in");
        seats[1].client.post("/certificates", body.clone()).await.problem("not_found");
        app.congress.voter.post("/certificates", body.clone()).await.problem("not_found");
        app.congress.supervisor.post("/certificates", body.clone()).await.problem("forbidden");
        app.other.admin.post("/certificates", body.clone()).await.problem("not_found");
        let foreign = json!({ "representative_id": seats[0].representative_id, "meeting_id": elsewhere.meeting_id });
        seats[0].client.post("/certificates", foreign).await.problem("not_found");

        let issued = seats[0].client.post("/certificates", body).await.json(201);
        let id = issued["id"].as_str().unwrap();
        let revoke = format!("/certificates/{id}/revoke");
        seats[0].client.post(&revoke, json!({})).await.problem("not_found");
        app.other.clerk.post(&revoke, json!({})).await.problem("not_found");
        app.congress.supervisor.post(&revoke, json!({})).await.problem("forbidden");
        let revoked = app.congress.clerk.post(&revoke, json!({})).await.json(200);
        app.congress.clerk.post(&revoke, json!({})).await.problem("wrong_state");
        let seen = app.nobody().get(&format!("/certificates/{id}")).await.json(200);
        assert_eq!(seen, revoked);
        assert_eq!((&seen["valid"], &seen["revoked"]), (&json!(false), &json!(true)));
        assert_eq!(seen["representative_name"], seats[0].name.as_str());
    }

    async fn a_changed_certificate_is_not_valid(app) {
        let seats = app.seats(2).await;
        let scene = open_sitting(app, &app.congress, &seats);
        let mut ids = vec![];
        for (seat, entry) in seats.iter().zip(&scene.entries) {
            attendance(app, &app.congress, &scene, *entry, app.clock.now());
            let body = json!({ "representative_id": seat.representative_id, "sitting_id": scene.sitting_id });
            ids.push(seat.client.post("/certificates", body).await.json(201)["id"].as_str().unwrap().to_owned());
        }
        let seen = async |id: &str| app.nobody().get(&format!("/certificates/{id}")).await.json(200);
        let untouched = seen(&ids[1]).await;
        let bad = |seen: &Value| {
            assert_eq!((&seen["valid"], &seen["revoked"]), (&json!(false), &json!(false)), "{seen}");
            assert_eq!((&seen["representative_name"], &seen["items"]), (&Value::Null, &json!([])));
        };
        // The good text and signature of another certificate.
        app.sql(&format!(
            "UPDATE certificates SET body = (SELECT body FROM certificates WHERE id = '{b}'),
               signature = (SELECT signature FROM certificates WHERE id = '{b}') WHERE id = '{a}'",
            a = ids[0], b = ids[1]
        ));
        bad(&seen(&ids[0]).await);
        assert!(holds(&seen(&ids[0]).await), "the text itself is true, but of another certificate");
        // Another name, another signature, a key that is none of ours.
        let text = untouched["payload"].as_str().unwrap().replace(&seats[1].name, "王五");
        app.sql(&format!("UPDATE certificates SET body = '{}' WHERE id = '{}'", json!(text), ids[0]));
        let forged = seen(&ids[0]).await;
        bad(&forged);
        assert!(forged["payload"].as_str().unwrap().contains("王五") && !holds(&forged));
        app.sql(&format!("UPDATE certificates SET body = '{{\"a\": 1}}' WHERE id = '{}'", ids[0]));
        bad(&seen(&ids[0]).await);
        assert_eq!(seen(&ids[1]).await, untouched);
        app.sql(&format!("UPDATE certificates SET kid = 'unknown' WHERE id = '{}'", ids[1]));
        let unknown = seen(&ids[1]).await;
        bad(&unknown);
        assert_eq!(unknown["public_key"], Value::Null);
    }
}
