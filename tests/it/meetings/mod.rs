//! Meetings: planned, listed, changed, cancelled; who may see and do what.

mod roster;
mod sittings;

use crate::harness::TestApp;
use lvzhi::db::Id;
use serde_json::{Value, json};

/// A meeting as a clerk plans it; `with` is merged over it.
pub fn meeting(with: Value) -> Value {
    let mut body = json!({ "kind": "congress_session", "title": "第十七届人民代表大会第六次会议", "starts_on": "2026-03-02", "ends_on": "2026-03-05" });
    merge(&mut body, with);
    body
}

/// A sitting as a clerk plans it: from nine to half past eleven on the first morning.
pub fn sitting(with: Value) -> Value {
    let mut body = json!({ "title": "第一次全体会议", "place": "人民会堂", "starts_at": "2026-03-02T01:00:00Z",
        "late_after": "2026-03-02T01:05:00Z", "ends_at": "2026-03-02T03:30:00Z" });
    merge(&mut body, with);
    body
}

fn merge(body: &mut Value, with: Value) {
    for (key, value) in with.as_object().unwrap() {
        body[key] = value.clone();
    }
}

pub fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// A meeting of the test's congress.
pub async fn plan_meeting(app: &TestApp, with: Value) -> String {
    let path = format!("/congresses/{}/meetings", app.congress.id);
    id(&app.congress.clerk.post(&path, meeting(with)).await.json(201))
}

/// A sitting of a meeting.
pub async fn plan_sitting(app: &TestApp, meeting: &str, with: Value) -> String {
    let path = format!("/meetings/{meeting}/sittings");
    id(&app.congress.clerk.post(&path, sitting(with)).await.json(201))
}

/// Gives the roster of a sitting by all seats of the congress.
pub async fn everybody(app: &TestApp, sitting: &str) {
    let plan = json!({ "source": "congress" });
    app.congress
        .clerk
        .put(&format!("/sittings/{sitting}/roster"), plan)
        .await
        .json(200);
}

/// A unit of the test's congress.
pub fn unit(app: &TestApp, kind: &str, name: &str, head: Option<Id>) -> Id {
    let (unit, congress) = (Id::new(), app.congress.id);
    let head = head.map_or("NULL".into(), |h| format!("'{h}'"));
    app.sql(&format!(
        "INSERT INTO units (id, congress_id, kind, name, position, head_account_id, created_at)
         VALUES ('{unit}', '{congress}', '{kind}', '{name}', 9, {head}, '2026-01-01T00:00:00.000000Z')"
    ));
    unit
}

/// A body of the test's congress.
pub fn body(app: &TestApp, kind: &str, rule: &str, seats: Option<i32>, members: &[Id]) -> Id {
    let (body, congress, term) = (Id::new(), app.congress.id, app.congress.term_id);
    let seats = seats.map_or("NULL".into(), |n| n.to_string());
    app.sql(&format!(
        "INSERT INTO bodies (id, congress_id, term_id, kind, name, quorum_rule, seat_count, created_at)
         VALUES ('{body}', '{congress}', '{term}', '{kind}', 'body {body}', '{rule}', {seats}, '2026-01-01T00:00:00.000000Z')"
    ));
    for member in members {
        app.sql(&format!(
            "INSERT INTO body_members (body_id, representative_id) VALUES ('{body}', '{member}')"
        ));
    }
    body
}

/// A session of the test's congress.
pub fn session(app: &TestApp, number: i32, from: &str, to: &str) -> Id {
    let (session, congress, term) = (Id::new(), app.congress.id, app.congress.term_id);
    app.sql(&format!(
        "INSERT INTO congress_sessions (id, congress_id, term_id, number, title, starts_on, ends_on)
         VALUES ('{session}', '{congress}', '{term}', {number}, '十七届{number}次会议', '{from}', '{to}')"
    ));
    session
}

both! {
    async fn a_meeting_is_planned_changed_and_cancelled(app) {
        let clerk = &app.congress.clerk;
        let session = session(app, 6, "2026-03-02", "2026-03-05");
        let path = format!("/congresses/{}/meetings", app.congress.id);
        let made = clerk.post(&path, meeting(json!({ "congress_session_id": session }))).await.json(201);
        assert_eq!(made["state"], "planned");
        assert_eq!(made["congress_session_title"], "十七届6次会议");
        let at = format!("/meetings/{}", id(&made));
        assert_eq!(app.congress.supervisor.get(&at).await.json(200), made);
        let changed = clerk.put(&at, meeting(json!({ "title": "改期的会议", "ends_on": "2026-03-06" }))).await.json(200);
        assert_eq!((changed["title"].as_str(), changed["ends_on"].as_str()), (Some("改期的会议"), Some("2026-03-06")));
        assert!(changed["congress_session_id"].is_null(), "what is left out is taken away");
        assert_eq!(clerk.post(&format!("{at}/cancel"), json!({})).await.json(200)["state"], "cancelled");
        clerk.post(&format!("{at}/cancel"), json!({})).await.problem("wrong_state");
        clerk.put(&at, meeting(json!({}))).await.problem("wrong_state");
        clerk.post(&format!("{at}/sittings"), sitting(json!({}))).await.problem("wrong_state");
    }

    async fn a_meeting_must_make_sense(app) {
        let path = format!("/congresses/{}/meetings", app.congress.id);
        let foreign = unit(app, "delegation", "第九代表团", None);
        app.sql(&format!("UPDATE units SET congress_id = '{}' WHERE id = '{foreign}'", app.other.id));
        for (field, with) in [
            ("ends_on", json!({ "ends_on": "2026-03-01" })),
            ("unit_id", json!({ "unit_id": foreign })),
            ("body_id", json!({ "body_id": Id::new() })),
            ("congress_session_id", json!({ "congress_session_id": Id::new() })),
            ("title", json!({ "title": "两\n行" })),
            ("title", json!({ "title": "" })),
            ("kind", json!({ "kind": "party" })),
            ("starts_on", json!({ "starts_on": "2026-02-30" })),
            ("ends_on", json!({ "ends_on": "+262142-12-31" })),
        ] {
            let problem = app.congress.clerk.post(&path, meeting(with.clone())).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field, "{with}");
        }
    }

    async fn meetings_are_listed_by_kind_day_and_state(app) {
        let first = plan_meeting(app, json!({})).await;
        let later = plan_meeting(app, json!({ "kind": "training", "starts_on": "2026-04-10", "ends_on": "2026-04-12" })).await;
        let last = plan_meeting(app, json!({ "kind": "training", "starts_on": "2026-05-10", "ends_on": "2026-05-10" })).await;
        app.congress.clerk.post(&format!("/meetings/{last}/cancel"), json!({})).await.json(200);
        let path = format!("/congresses/{}/meetings", app.congress.id);
        for (query, expected) in [
            ("", vec![&last, &later, &first]),
            ("?kind=training", vec![&last, &later]),
            ("?state=planned", vec![&later, &first]),
            ("?from=2026-04-11", vec![&last, &later]),
            ("?to=2026-04-10", vec![&later, &first]),
            ("?from=2026-04-12&to=2026-04-30&kind=training&state=planned", vec![&later]),
        ] {
            let page = app.congress.liaison.get(&format!("{path}{query}")).await.json(200);
            let ids: Vec<String> = page["items"].as_array().unwrap().iter().map(id).collect();
            assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{query}");
        }
        let one = app.congress.clerk.get(&format!("{path}?limit=2")).await.json(200);
        let rest = app.congress.clerk.get(&format!("{path}?limit=2&cursor={}", one["next_cursor"].as_str().unwrap())).await.json(200);
        assert_eq!((rest["items"].as_array().unwrap().len(), id(&rest["items"][0])), (1, first));
        assert!(rest["next_cursor"].is_null());
        for query in ["?kind=party", "?from=yesterday", "?limit=0", "?cursor=x"] {
            app.congress.clerk.get(&format!("{path}{query}")).await.problem("validation_failed");
        }
    }

    async fn the_same_key_plans_one_meeting(app) {
        let (clerk, path) = (&app.congress.clerk, format!("/congresses/{}/meetings", app.congress.id));
        let send = |body: Value| clerk.send(clerk.request("POST", &path).header("idempotency-key", "k-1").json(&body));
        let first = send(meeting(json!({}))).await.json(201);
        assert_eq!(send(meeting(json!({}))).await.json(201), first);
        send(meeting(json!({ "title": "另一次" }))).await.problem("idempotency_key_reused");
        assert_eq!(clerk.get(&path).await.json(200)["items"].as_array().unwrap().len(), 1);
    }

    async fn roles_and_congresses_are_kept_apart(app) {
        let meeting_id = plan_meeting(app, json!({})).await;
        let sitting_id = plan_sitting(app, &meeting_id, json!({})).await;
        everybody(app, &sitting_id).await;
        let guest = app.congress.clerk.post(&format!("/sittings/{sitting_id}/roster"), json!({ "name": "王芳", "class": "attendee" })).await.json(201);
        let calls: Vec<(&str, String, Value)> = vec![
            ("GET", format!("/congresses/{}/meetings", app.congress.id), json!({})),
            ("GET", format!("/meetings/{meeting_id}"), json!({})),
            ("GET", format!("/meetings/{meeting_id}/sittings"), json!({})),
            ("GET", format!("/sittings/{sitting_id}"), json!({})),
            ("GET", format!("/sittings/{sitting_id}/roster"), json!({})),
            ("POST", format!("/congresses/{}/meetings", app.congress.id), meeting(json!({}))),
            ("PUT", format!("/meetings/{meeting_id}"), meeting(json!({}))),
            ("POST", format!("/meetings/{meeting_id}/cancel"), json!({})),
            ("POST", format!("/meetings/{meeting_id}/sittings"), sitting(json!({}))),
            ("PUT", format!("/sittings/{sitting_id}"), sitting(json!({}))),
            ("POST", format!("/sittings/{sitting_id}/open"), json!({})),
            ("POST", format!("/sittings/{sitting_id}/close"), json!({})),
            ("PUT", format!("/sittings/{sitting_id}/roster"), json!({ "source": "congress" })),
            ("POST", format!("/sittings/{sitting_id}/roster"), json!({ "name": "李雷", "class": "observer" })),
            ("DELETE", format!("/sittings/{sitting_id}/roster/{}", id(&guest)), json!({})),
        ];
        for (method, path, body) in calls {
            let call = |client: &crate::harness::Client| { let client = client.clone(); let (path, body) = (path.clone(), body.clone());
                async move { client.send(client.request(method, &path).json(&body)).await } };
            for stranger in [&app.other.admin, &app.other.clerk, &app.congress.voter] {
                call(stranger).await.problem("not_found");
            }
            call(&app.nobody()).await.problem("not_logged_in");
            call(&app.congress.handler).await.problem("forbidden");
            if method != "GET" {
                call(&app.congress.supervisor).await.problem("forbidden");
                call(&app.congress.liaison).await.problem("forbidden");
            }
        }
        app.congress.clerk.get("/meetings/not-an-id").await.problem("not_found");
        app.congress.clerk.get(&format!("/sittings/{}", Id::new())).await.problem("not_found");
    }
}
