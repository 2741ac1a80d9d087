//! Sittings: planned, opened, closed, and every step that must not happen.

use super::{body, everybody, id, meeting, plan_meeting, plan_sitting, sitting};
use serde_json::json;

both! {
    async fn a_sitting_goes_from_draft_to_open_to_closed(app) {
        let seats = app.seats(5).await;
        let clerk = &app.congress.clerk;
        let meeting_id = plan_meeting(app, json!({})).await;
        let made = clerk.post(&format!("/meetings/{meeting_id}/sittings"), sitting(json!({ "latitude": 30.2, "longitude": 120.2, "radius_m": 300 }))).await.json(201);
        assert_eq!(made["state"], "draft");
        assert_eq!(made["quorum_rule"], "two_thirds");
        assert_eq!(made["congress_name"], app.congress.name.as_str());
        assert_eq!(made["meeting_title"], "第十七届人民代表大会第六次会议");
        assert_eq!((made["seats_total"].is_null(), made["voting_total"].as_i64()), (true, Some(0)));
        let at = format!("/sittings/{}", id(&made));
        clerk.post(&format!("{at}/open"), json!({})).await.problem("roster_empty");
        clerk.post(&format!("{at}/close"), json!({})).await.problem("wrong_state");
        let guests = json!([{ "name": "王芳", "class": "attendee" }, { "name": "李雷", "class": "observer" }]);
        clerk.put(&format!("{at}/roster"), json!({ "source": "congress", "attendees": guests })).await.json(200);
        // A representative on the roster sees the sitting; who is not does not.
        assert_eq!(seats[0].client.get(&at).await.json(200)["voting_total"], 5);
        app.congress.voter.get(&at).await.problem("not_found");

        let mut watcher = app.services.hub.subscribe(&format!("sitting:{}", id(&made)));
        app.wait(chrono::TimeDelta::minutes(3));
        let open = clerk.post(&format!("{at}/open"), json!({})).await.json(200);
        assert_eq!(open["state"], "open");
        assert_eq!(open["opened_at"], "2026-03-02T01:03:00Z");
        assert_eq!((open["seats_total"].as_i64(), open["quorum_needed"].as_i64()), (Some(5), Some(4)));
        assert_eq!((open["attendee_total"].as_i64(), open["observer_total"].as_i64()), (Some(1), Some(1)));
        let told = tokio::time::timeout(std::time::Duration::from_secs(5), watcher.recv()).await.expect("watchers are told").unwrap();
        assert_eq!(&*told, r#"{"kind":"changed"}"#);
        clerk.post(&format!("{at}/open"), json!({})).await.problem("wrong_state");
        clerk.post(&format!("/meetings/{meeting_id}/cancel"), json!({})).await.problem("wrong_state");

        let closed = clerk.post(&format!("{at}/close"), json!({})).await.json(200);
        assert_eq!(closed["state"], "closed");
        for step in ["open", "close"] {
            clerk.post(&format!("{at}/{step}"), json!({})).await.problem("wrong_state");
        }
        clerk.put(&at, sitting(json!({}))).await.problem("wrong_state");
        clerk.put(&format!("{at}/roster"), json!({ "source": "congress" })).await.problem("wrong_state");
        clerk.post(&format!("{at}/roster"), json!({ "name": "迟来", "class": "observer" })).await.problem("wrong_state");
        clerk.post(&format!("/meetings/{meeting_id}/cancel"), json!({})).await.problem("wrong_state");
    }

    async fn times_and_places_must_fit_together(app) {
        let path = format!("/meetings/{}/sittings", plan_meeting(app, json!({})).await);
        for (field, with) in [
            ("ends_at", json!({ "ends_at": "2026-03-02T01:00:00Z" })),
            ("late_after", json!({ "late_after": "2026-03-02T00:59:59Z" })),
            ("late_after", json!({ "late_after": "2026-03-02T03:30:01Z" })),
            ("radius_m", json!({ "latitude": 30.0 })),
            ("radius_m", json!({ "latitude": 30.0, "longitude": 120.0 })),
            ("latitude", json!({ "latitude": 91.0, "longitude": 120.0, "radius_m": 100 })),
            ("place", json!({ "place": "\u{7}" })),
        ] {
            let problem = app.congress.clerk.post(&path, sitting(with.clone())).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field, "{with}");
        }
        // Without a time of its own, late is ten minutes after the start.
        let mut plain = sitting(json!({}));
        plain.as_object_mut().unwrap().remove("late_after");
        assert_eq!(app.congress.clerk.post(&path, plain).await.json(201)["late_after"], "2026-03-02T01:10:00Z");
    }

    async fn quorum_comes_from_body_or_kind(app) {
        let seats = app.seats(4).await;
        let members: Vec<_> = seats.iter().take(3).map(|s| s.representative_id).collect();
        let committee = body(app, "standing_committee", "majority", Some(29), &members);
        for (with, rule) in [
            (json!({ "kind": "standing_committee" }), "majority"),
            (json!({ "kind": "group_activity" }), "none"),
            (json!({ "kind": "inspection", "body_id": committee }), "majority"),
        ] {
            let meeting_id = plan_meeting(app, with).await;
            let made = app.congress.clerk.post(&format!("/meetings/{meeting_id}/sittings"), sitting(json!({}))).await.json(201);
            assert_eq!(made["quorum_rule"], rule);
        }
        let meeting_id = plan_meeting(app, json!({ "kind": "standing_committee", "body_id": committee })).await;
        let sitting_id = plan_sitting(app, &meeting_id, json!({})).await;
        app.congress.clerk.put(&format!("/sittings/{sitting_id}/roster"), json!({ "source": "body" })).await.json(200);
        // Vacant seats of the body count: 29 seats need 15 people, also when three are filled.
        let open = app.congress.clerk.post(&format!("/sittings/{sitting_id}/open"), json!({})).await.json(200);
        assert_eq!((open["seats_total"].as_i64(), open["quorum_needed"].as_i64(), open["voting_total"].as_i64()), (Some(29), Some(15), Some(3)));
    }

    async fn an_open_sitting_changes_only_in_place_and_end(app) {
        app.seats(1).await;
        let clerk = &app.congress.clerk;
        let meeting_id = plan_meeting(app, json!({})).await;
        let sitting_id = plan_sitting(app, &meeting_id, json!({})).await;
        let at = format!("/sittings/{sitting_id}");
        let draft = clerk.put(&at, sitting(json!({ "title": "预备会议", "quorum_rule": "none" }))).await.json(200);
        assert_eq!((draft["title"].as_str(), draft["quorum_rule"].as_str()), (Some("预备会议"), Some("none")));
        everybody(app, &sitting_id).await;
        clerk.post(&format!("{at}/open"), json!({})).await.json(200);
        let now = json!({ "title": "预备会议", "place": "二楼", "late_after": "2026-03-02T01:30:00Z", "ends_at": "2026-03-02T04:00:00Z" });
        let moved = clerk.put(&at, sitting(now)).await.json(200);
        assert_eq!((moved["place"].as_str(), moved["ends_at"].as_str()), (Some("二楼"), Some("2026-03-02T04:00:00Z")));
        for with in [json!({}), json!({ "title": "预备会议", "starts_at": "2026-03-02T00:30:00Z" }), json!({ "title": "预备会议", "quorum_rule": "majority" })] {
            clerk.put(&at, sitting(with)).await.problem("wrong_state");
        }
        // The meeting keeps what roster and quorum stand on.
        clerk.put(&format!("/meetings/{meeting_id}"), meeting(json!({ "kind": "training" }))).await.problem("wrong_state");
        clerk.put(&format!("/meetings/{meeting_id}"), meeting(json!({ "title": "延长一天", "ends_on": "2026-03-06" }))).await.json(200);
    }

    async fn a_cancelled_meeting_opens_nothing(app) {
        app.seats(1).await;
        let meeting_id = plan_meeting(app, json!({})).await;
        let sitting_id = plan_sitting(app, &meeting_id, json!({})).await;
        everybody(app, &sitting_id).await;
        app.congress.clerk.post(&format!("/meetings/{meeting_id}/cancel"), json!({})).await.json(200);
        app.congress.clerk.post(&format!("/sittings/{sitting_id}/open"), json!({})).await.problem("wrong_state");
    }

    async fn of_two_clerks_who_open_at_once_one_wins(app) {
        app.seats(1).await;
        for round in 0..5 {
            let meeting_id = plan_meeting(app, json!({})).await;
            let sitting_id = plan_sitting(app, &meeting_id, json!({})).await;
            everybody(app, &sitting_id).await;
            let path = format!("/sittings/{sitting_id}/open");
            let (a, b) = tokio::join!(app.congress.clerk.post(&path, json!({})), app.congress.admin.post(&path, json!({})));
            let mut statuses = [a.status, b.status];
            statuses.sort();
            assert_eq!(statuses, [200, 409], "round {round}");
        }
    }

    async fn opening_and_cancelling_at_once_never_both_succeed(app) {
        app.seats(1).await;
        for round in 0..5 {
            let meeting_id = plan_meeting(app, json!({})).await;
            let sitting_id = plan_sitting(app, &meeting_id, json!({})).await;
            everybody(app, &sitting_id).await;
            let (open, cancel) = (format!("/sittings/{sitting_id}/open"), format!("/meetings/{meeting_id}/cancel"));
            let (a, b) = tokio::join!(app.congress.clerk.post(&open, json!({})), app.congress.admin.post(&cancel, json!({})));
            let mut statuses = [a.status, b.status];
            statuses.sort();
            assert_eq!(statuses, [200, 409], "round {round}");
        }
    }

    async fn sittings_are_listed_in_the_order_of_time(app) {
        let meeting_id = plan_meeting(app, json!({})).await;
        let second = json!({ "title": "第二次", "starts_at": "2026-03-03T01:00:00Z", "late_after": "2026-03-03T01:00:00Z", "ends_at": "2026-03-03T03:00:00Z" });
        let second = plan_sitting(app, &meeting_id, second).await;
        let first = plan_sitting(app, &meeting_id, json!({})).await;
        let path = format!("/meetings/{meeting_id}/sittings");
        let all = app.congress.supervisor.get(&path).await.json(200);
        assert_eq!(all["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [first.clone(), second.clone()]);
        let one = app.congress.clerk.get(&format!("{path}?limit=1")).await.json(200);
        let two = app.congress.clerk.get(&format!("{path}?limit=1&cursor={}", one["next_cursor"].as_str().unwrap())).await.json(200);
        assert_eq!((id(&one["items"][0]), id(&two["items"][0]), two["next_cursor"].is_null()), (first, second, true));
    }
}
