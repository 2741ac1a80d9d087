//! After the sign-in: leaving, coming back, by hand, voiding, files, roll-ups.

use super::{list, sign_in};
use chrono::TimeDelta;
use serde_json::json;

both! {
    async fn leaving_takes_the_quorum_down(app) {
        let seats = app.seats(3).await;
        let sitting = app.open_sitting(&seats).await;
        for seat in &seats[..2] {
            sign_in(app, &sitting, &seat.client).await.json(201);
        }
        let out = format!("/sittings/{}/check_outs", sitting.id);
        let back = format!("/sittings/{}/returns", sitting.id);
        seats[2].client.post(&out, json!({})).await.problem("not_checked_in");
        app.congress.voter.post(&out, json!({})).await.problem("not_on_roster");
        app.wait(TimeDelta::minutes(5));
        let left = seats[0].client.post(&out, json!({ "reason": "提前离会" })).await.json(200);
        assert_eq!(left["in_room"], false);
        app.wait(TimeDelta::minutes(5));
        assert_eq!(seats[0].client.post(&out, json!({})).await.json(200)["at"], left["at"], "repeating changes nothing");
        let after = list(app, &sitting).await;
        assert_eq!((&after["quorum"]["present"], &after["quorum"]["reached"]), (&json!(1), &json!(false)));
        assert_eq!(after["items"][0]["checked_out_at"], left["at"]);
        assert_eq!(after["counts"]["voting_signed"], 2);
        // Somebody else's seat needs a role.
        let other = json!({ "entry_id": sitting.entries[1] });
        seats[0].client.post(&out, other.clone()).await.problem("not_found");
        app.congress.clerk.post(&out, other.clone()).await.json(200);
        app.congress.clerk.post(&back, other).await.json(200);
        seats[0].client.post(&back, json!({})).await.json(200);
        assert_eq!(list(app, &sitting).await["quorum"]["reached"], true);
        app.sql("UPDATE sittings SET state = 'closed'");
        seats[0].client.post(&out, json!({})).await.problem("sitting_closed");
    }

    async fn signs_in_by_hand_with_a_reason(app) {
        let seats = app.seats(2).await;
        let sitting = app.open_sitting(&seats).await;
        let path = format!("/sittings/{}/check_ins/by_clerk", sitting.id);
        let body = json!({ "entry_id": sitting.entries[0], "reason": "手机没电" });
        seats[0].client.post(&path, body.clone()).await.problem("not_found");
        app.congress.supervisor.post(&path, body.clone()).await.problem("forbidden");
        app.congress.clerk.post(&path, json!({ "entry_id": sitting.entries[0], "reason": "" })).await.problem("validation_failed");
        app.congress.clerk.post(&path, body.clone()).await.json(201);
        assert_eq!(app.congress.clerk.post(&path, body).await.json(200)["first"], false);
        let line = &list(app, &sitting).await["items"][0];
        assert_eq!((&line["method"], &line["state"]), (&json!("clerk"), &json!("present")));
        // After the close, for a time within the sitting.
        app.wait(TimeDelta::hours(1));
        let closed_at = app.clock.now();
        app.sql(&format!("UPDATE sittings SET state = 'closed', closed_at = '{closed_at}'"));
        app.wait(TimeDelta::hours(1));
        let at = |minutes| json!({ "entry_id": sitting.entries[1], "reason": "漏签补登", "at": closed_at - TimeDelta::minutes(minutes) });
        app.congress.clerk.post(&path, at(-5)).await.problem("validation_failed");
        app.congress.clerk.post(&path, at(100)).await.problem("validation_failed");
        assert_eq!(app.congress.clerk.post(&path, at(30)).await.json(201)["state"], "late");
    }

    async fn voids_a_false_sign_in_and_lets_the_seat_sign_in_anew(app) {
        let seats = app.seats(1).await;
        let sitting = app.open_sitting(&seats).await;
        let path = format!("/sittings/{}/attendance/{}/void", sitting.id, sitting.entries[0]);
        let why = json!({ "reason": "他人代签" });
        app.congress.clerk.post(&path, why.clone()).await.problem("not_checked_in");
        sign_in(app, &sitting, &seats[0].client).await.json(201);
        app.congress.supervisor.post(&path, why.clone()).await.problem("forbidden");
        assert_eq!(app.congress.liaison.post(&path, why).await.status, 204);
        assert_eq!(list(app, &sitting).await["counts"]["voting_signed"], 0);
        app.wait(TimeDelta::minutes(1));
        let anew = sign_in(app, &sitting, &seats[0].client).await.json(201);
        assert_eq!(anew["first"], true);
        assert_eq!(list(app, &sitting).await["items"][0]["at"], anew["at"]);
    }

    async fn exports_lists_that_open_in_excel(app) {
        let seats = app.seats(3).await;
        let sitting = app.open_sitting(&seats).await;
        app.sql(&format!("UPDATE roster_entries SET name = '=cmd()<b>' WHERE id = '{}'", sitting.entries[2]));
        sign_in(app, &sitting, &seats[0].client).await.json(201);
        let path = |extension: &str| format!("/sittings/{}/attendance{extension}", sitting.id);
        let csv = app.congress.clerk.get(&path(".csv")).await;
        assert!(csv.bytes.starts_with(b"\xEF\xBB\xBF"), "Excel needs the byte order mark");
        let text = csv.text();
        assert!(text.contains("代表000") && text.contains("出席") && text.contains("扫码"), "{text}");
        assert!(text.contains("'=cmd()"), "{text}");
        let xlsx = app.congress.clerk.get(&path(".xlsx")).await;
        assert_eq!(&xlsx.bytes[..2], b"PK");
        let sheet = app.congress.clerk.get(&path("/sheet")).await;
        assert!(sheet.text().contains("签名") && sheet.text().contains("=cmd()&lt;b&gt;"), "{}", sheet.text());
        for extension in ["", ".csv", ".xlsx", "/sheet"] {
            app.other.clerk.get(&path(extension)).await.problem("not_found");
            seats[0].client.get(&path(extension)).await.problem("not_found");
        }
        let found = app.congress.clerk.get(&path("?state=present&q=%E4%BB%A3%E8%A1%A8")).await.json(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        app.congress.clerk.get(&path("?state=nonsense")).await.problem("validation_failed");
    }

    async fn rolls_sittings_up_to_the_meeting(app) {
        let seats = app.seats(2).await;
        let morning = app.open_sitting(&seats).await;
        sign_in(app, &morning, &seats[0].client).await.json(201);
        app.wait(TimeDelta::hours(5));
        let afternoon = app.open_sitting(&seats).await;
        app.sql(&format!("UPDATE sittings SET meeting_id = '{}'", morning.meeting_id));
        app.wait(TimeDelta::minutes(20));
        for seat in &seats {
            sign_in(app, &afternoon, &seat.client).await.json(201);
        }
        app.sql("UPDATE sittings SET state = 'closed'");
        let rolled = app.congress.clerk.get(&format!("/meetings/{}/attendance", morning.meeting_id)).await.json(200);
        let halves: Vec<_> = rolled["sittings"].as_array().unwrap().iter().map(|s| s["half_day"].as_str().unwrap()).collect();
        assert_eq!(halves, ["morning", "afternoon"]);
        let of = |n: usize| rolled["items"].as_array().unwrap().iter().find(|i| i["name"] == seats[n].name.as_str()).unwrap().clone();
        assert_eq!((&of(0)["present"], &of(0)["late"], &of(0)["half_days_attended"], &of(0)["state"]), (&json!(1), &json!(1), &json!(2), &json!("present")));
        assert_eq!((&of(1)["absent"], &of(1)["half_days_attended"], &of(1)["state"]), (&json!(1), &json!(1), &json!("late")));
    }
}
