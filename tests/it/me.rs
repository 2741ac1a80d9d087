//! A person's own sittings, attendance and seats.

use crate::attendance::sign_in;
use chrono::TimeDelta;
use serde_json::json;

both! {
    async fn lists_my_sittings_and_then_my_attendance(app) {
        let seats = app.seats(2).await;
        let first = app.open_sitting(&seats[..1]).await;
        app.wait(TimeDelta::hours(1));
        let second = app.open_sitting(&seats).await;
        let me = &seats[0].client;
        sign_in(app, &first, me).await.json(201);
        let open = me.get("/me/sittings?state=open").await.json(200);
        let ids: Vec<_> = open["items"].as_array().unwrap().iter().map(|i| i["sitting_id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids, [first.id.to_string(), second.id.to_string()]);
        assert_eq!((&open["items"][0]["attendance"], &open["items"][1]["attendance"]), (&json!("late"), &json!("expected")));
        let page = me.get("/me/sittings?limit=1").await.json(200);
        let next = me.get(&format!("/me/sittings?limit=1&cursor={}", page["next_cursor"].as_str().unwrap())).await.json(200);
        assert_eq!(next["items"][0]["sitting_id"], second.id.to_string());
        assert!(next["next_cursor"].is_null());
        me.get("/me/sittings?cursor=%21").await.problem("validation_failed");
        me.get("/me/sittings?limit=0").await.problem("validation_failed");
        app.sql("UPDATE sittings SET state = 'closed'");
        assert_eq!(me.get("/me/sittings").await.json(200)["items"], json!([]));
        let past = me.get("/me/attendance").await.json(200);
        let states: Vec<_> = past["items"].as_array().unwrap().iter().map(|i| i["attendance"].as_str().unwrap().to_owned()).collect();
        assert_eq!(states, ["absent", "late"]);
        app.congress.voter.get("/me/attendance").await.json(200);
        app.nobody().get("/me/attendance").await.problem("not_logged_in");
    }

    async fn lists_my_seats(app) {
        let seats = app.seats(1).await;
        let mine = seats[0].client.get("/me/seats").await.json(200);
        assert_eq!(mine["items"][0]["number"], "0001");
        assert_eq!(mine["items"][0]["delegation"], "第一代表团");
        assert_eq!(app.congress.clerk.get("/me/seats").await.json(200)["items"], json!([]));
    }
}
