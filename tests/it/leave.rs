//! Leave: asked for every grain, decided by every approver, withdrawn; who sees it and who is told.

use crate::harness::{Seat, TestApp};
use crate::meetings::{everybody, id, plan_meeting, plan_sitting, session, unit};
use chrono::TimeDelta;
use lvzhi::db::{Id, Ts};
use serde_json::{Value, json};

fn ask(grain: &str, subject: &dyn std::fmt::Display) -> Value {
    json!({ "grain": grain, format!("{grain}_id"): subject.to_string(), "kind": "sick", "reason": "住院手术" })
}

async fn asked(seat: &Seat, grain: &str, subject: &dyn std::fmt::Display) -> Value {
    seat.client.post("/leave_requests", ask(grain, subject)).await.json(201)
}

fn head(app: &TestApp, unit: Id, seat: &Seat) {
    app.sql(&format!(
        "UPDATE units SET head_account_id = '{}' WHERE id = '{unit}'",
        seat.account_id
    ));
}

fn step(request: &Value, step: &str) -> String {
    format!("/leave_requests/{}/{step}", id(request))
}

/// A meeting of a congress session that begins after the test, with a sitting on its first morning.
async fn in_session(app: &TestApp) -> (Id, String, String) {
    let session = session(app, 6, "2026-03-10", "2026-03-13");
    let days = json!({ "congress_session_id": session, "starts_on": "2026-03-10", "ends_on": "2026-03-13" });
    let meeting = plan_meeting(app, days).await;
    let at = json!({ "starts_at": "2026-03-10T01:00:00Z", "late_after": "2026-03-10T01:00:00Z", "ends_at": "2026-03-10T04:00:00Z" });
    let sitting = plan_sitting(app, &meeting, at).await;
    (session, meeting, sitting)
}

async fn on_leave(app: &TestApp, sitting: &str) -> Vec<Id> {
    let sitting: Id = sitting.parse().unwrap();
    let read = app.services.db.read(move |c| {
        let sitting = lvzhi::features::meetings::sitting(c, sitting)?.expect("the sitting is there");
        Ok::<_, lvzhi::web::ApiError>(lvzhi::features::leave::on_leave(c, &sitting)?)
    });
    read.await.unwrap().into_iter().collect()
}

async fn listed(client: &crate::harness::Client, app: &TestApp, query: &str) -> Vec<String> {
    let page = client
        .get(&format!("/congresses/{}/leave_requests{query}", app.congress.id))
        .await
        .json(200);
    page["items"].as_array().unwrap().iter().map(id).collect()
}

both! {
    async fn leave_covers_its_sitting_meeting_or_session(app) {
        let seats = app.seats(4).await;
        let (session_id, meeting, sitting) = in_session(app).await;
        let other = plan_sitting(app, &meeting, json!({ "starts_at": "2026-03-11T01:00:00Z", "late_after": "2026-03-11T01:00:00Z", "ends_at": "2026-03-11T04:00:00Z" })).await;
        let one = asked(&seats[0], "sitting", &sitting).await;
        let two = asked(&seats[1], "meeting", &meeting).await;
        let three = asked(&seats[2], "congress_session", &session_id).await;
        let four = asked(&seats[3], "sitting", &sitting).await;
        assert_eq!(one["subject"], "第十七届人民代表大会第六次会议 第一次全体会议");
        assert_eq!(three["subject"], "十七届6次会议");
        assert_eq!((one["state"].as_str(), one["delegation"].as_str()), (Some("requested"), Some("第一代表团")));
        assert!(on_leave(app, &sitting).await.is_empty(), "a request is no leave");
        for request in [&one, &two, &three] {
            let approved = app.congress.liaison.post(&step(request, "approve"), json!({})).await.json(200);
            assert_eq!(approved["state"], "approved");
            app.congress.liaison.post(&step(request, "approve"), json!({})).await.problem("wrong_state");
            app.congress.liaison.post(&step(request, "refuse"), json!({})).await.problem("wrong_state");
        }
        let refused = app.congress.liaison.post(&step(&four, "refuse"), json!({ "note": "请按时参会" })).await.json(200);
        assert_eq!((refused["state"].as_str(), refused["note"].as_str()), (Some("refused"), Some("请按时参会")));
        let mut expected: Vec<Id> = seats[..3].iter().map(|s| s.representative_id).collect();
        expected.sort();
        let mut found = on_leave(app, &sitting).await;
        found.sort();
        assert_eq!(found, expected);
        assert!(!on_leave(app, &other).await.contains(&seats[0].representative_id), "another sitting is not covered");
        assert_eq!(on_leave(app, &other).await.len(), 2);
        // The list by sitting knows all grains.
        assert_eq!(listed(&app.congress.clerk, app, &format!("?sitting_id={sitting}&state=approved")).await, [id(&three), id(&two), id(&one)]);
        assert_eq!(listed(&app.congress.clerk, app, &format!("?sitting_id={other}")).await, [id(&three), id(&two)]);
        let unrelated = plan_sitting(app, &plan_meeting(app, json!({})).await, json!({})).await;
        assert!(on_leave(app, &unrelated).await.is_empty(), "a meeting without a congress session has nobody's session leave");
    }

    async fn one_live_request_for_a_seat_and_subject(app) {
        let seats = app.seats(2).await;
        let (session_id, meeting, sitting) = in_session(app).await;
        let first = asked(&seats[0], "sitting", &sitting).await;
        seats[0].client.post("/leave_requests", ask("sitting", &sitting)).await.problem("already_exists");
        // Another subject or another seat is another request.
        asked(&seats[0], "meeting", &meeting).await;
        asked(&seats[0], "congress_session", &session_id).await;
        asked(&seats[1], "sitting", &sitting).await;
        assert_eq!(seats[0].client.post(&step(&first, "withdraw"), json!({})).await.json(200)["state"], "withdrawn");
        let again = asked(&seats[0], "sitting", &sitting).await;
        app.congress.admin.post(&step(&again, "approve"), json!({})).await.json(200);
        seats[0].client.post("/leave_requests", ask("sitting", &sitting)).await.problem("already_exists");
        let mine = seats[0].client.get("/me/leave_requests?limit=2").await.json(200);
        assert_eq!((mine["items"].as_array().unwrap().len(), id(&mine["items"][0])), (2, id(&again)));
        let rest = seats[0].client.get(&format!("/me/leave_requests?cursor={}", mine["next_cursor"].as_str().unwrap())).await.json(200);
        assert_eq!(rest["items"].as_array().unwrap().len(), 2);
        assert_eq!(seats[1].client.get("/me/leave_requests").await.json(200)["items"].as_array().unwrap().len(), 1);
    }

    async fn asked_twice_at_once_there_is_one(app) {
        let seats = app.seats(5).await;
        let (_, _, sitting) = in_session(app).await;
        for seat in &seats {
            let (a, b) = tokio::join!(
                seat.client.post("/leave_requests", ask("sitting", &sitting)), seat.client.post("/leave_requests", ask("sitting", &sitting)));
            let mut statuses = [a.status, b.status];
            statuses.sort();
            assert_eq!(statuses, [201, 409]);
        }
    }

    async fn the_same_key_asks_once(app) {
        let seats = app.seats(1).await;
        let (_, _, sitting) = in_session(app).await;
        let client = &seats[0].client;
        let send = |body: Value| client.send(client.request("POST", "/leave_requests").header("idempotency-key", "leave-1").json(&body));
        let first = send(ask("sitting", &sitting)).await.json(201);
        assert_eq!(send(ask("sitting", &sitting)).await.json(201), first);
        let mut changed = ask("sitting", &sitting);
        changed["reason"] = json!("别的原因");
        send(changed).await.problem("idempotency_key_reused");
    }

    async fn during_the_session_the_head_of_delegation_decides(app) {
        let seats = app.seats(5).await;
        let (_, meeting, sitting) = in_session(app).await;
        // seats 0 and 3 belong to the first delegation, 1 and 4 to the second.
        head(app, app.congress.delegations[0], &seats[3]);
        head(app, app.congress.delegations[1], &seats[4]);
        let early = asked(&seats[0], "meeting", &meeting).await;
        assert_eq!(early["approver"], "standing_committee");
        seats[3].client.post(&step(&early, "approve"), json!({})).await.problem("forbidden");
        app.wait(TimeDelta::days(8));
        let request = asked(&seats[0], "sitting", &sitting).await;
        assert_eq!(request["approver"], "delegation_head");
        let approve = step(&request, "approve");
        seats[0].client.post(&approve, json!({})).await.problem("forbidden");
        seats[1].client.post(&approve, json!({})).await.problem("not_found");
        seats[4].client.post(&approve, json!({})).await.problem("not_found");
        app.congress.clerk.post(&approve, json!({})).await.problem("forbidden");
        app.congress.liaison.post(&approve, json!({})).await.problem("forbidden");
        app.congress.admin.post(&approve, json!({})).await.problem("forbidden");
        let approved = seats[3].client.post(&approve, json!({})).await.json(200);
        assert_eq!(approved["decided_by"], seats[3].account_id.to_string());
        // A head's own leave, and that of a delegation without a head, falls to the standing committee's side.
        let own = asked(&seats[3], "sitting", &sitting).await;
        assert_eq!(own["approver"], "delegation_head");
        seats[3].client.post(&step(&own, "approve"), json!({})).await.problem("forbidden");
        app.congress.liaison.post(&step(&own, "approve"), json!({})).await.json(200);
        let vacant = asked(&seats[2], "sitting", &sitting).await;
        app.congress.clerk.post(&step(&vacant, "approve"), json!({})).await.problem("forbidden");
        app.congress.admin.post(&step(&vacant, "refuse"), json!({})).await.json(200);
        // A head whose account is closed holds the seat no more.
        let closed = asked(&seats[1], "sitting", &sitting).await;
        app.sql(&format!("UPDATE accounts SET disabled_at = '2026-03-01T00:00:00.000000Z' WHERE id = '{}'", seats[4].account_id));
        app.congress.liaison.post(&step(&closed, "approve"), json!({})).await.json(200);
    }

    async fn a_group_activity_is_its_conveners_and_the_committee_its_own(app) {
        let seats = app.seats(3).await;
        let group = unit(app, "group", "第一小组", Some(seats[2].account_id));
        let days = json!({ "starts_on": "2026-03-20", "ends_on": "2026-03-20" });
        let mut activity = days.clone();
        activity["kind"] = json!("group_activity");
        activity["unit_id"] = json!(group);
        let activity = plan_meeting(app, activity).await;
        let request = asked(&seats[0], "meeting", &activity).await;
        assert_eq!(request["approver"], "convener");
        app.congress.admin.post(&step(&request, "approve"), json!({})).await.problem("forbidden");
        assert_eq!(listed(&seats[2].client, app, "").await, [id(&request)], "the convener sees what concerns the group");
        seats[2].client.post(&step(&request, "approve"), json!({ "note": "同意" })).await.json(200);

        let mut committee = days.clone();
        committee["kind"] = json!("standing_committee");
        let committee = plan_meeting(app, committee).await;
        app.wait(TimeDelta::days(18));
        let request = asked(&seats[0], "meeting", &committee).await;
        assert_eq!(request["approver"], "standing_committee");
        app.congress.liaison.post(&step(&request, "approve"), json!({})).await.json(200);
    }

    async fn a_congress_may_set_who_decides(app) {
        let seats = app.seats(4).await;
        head(app, app.congress.delegations[0], &seats[3]);
        app.sql(&format!(r#"UPDATE congresses SET settings = '{{"leave_before_session":"delegation_head"}}' WHERE id = '{}'"#, app.congress.id));
        let (_, _, sitting) = in_session(app).await;
        let request = asked(&seats[0], "sitting", &sitting).await;
        assert_eq!(request["approver"], "delegation_head");
        seats[3].client.post(&step(&request, "approve"), json!({})).await.json(200);
    }

    async fn withdrawing_is_for_who_asked_and_has_an_end(app) {
        let seats = app.seats(3).await;
        let (_, _, sitting) = in_session(app).await;
        everybody(app, &sitting).await;
        let first = asked(&seats[0], "sitting", &sitting).await;
        seats[1].client.post(&step(&first, "withdraw"), json!({})).await.problem("not_found");
        app.congress.admin.post(&step(&first, "withdraw"), json!({})).await.problem("forbidden");
        app.congress.liaison.post(&step(&first, "approve"), json!({})).await.json(200);
        seats[0].client.post(&step(&first, "withdraw"), json!({})).await.json(200);
        seats[0].client.post(&step(&first, "withdraw"), json!({})).await.problem("wrong_state");
        app.congress.liaison.post(&step(&first, "approve"), json!({})).await.problem("wrong_state");
        assert!(on_leave(app, &sitting).await.is_empty());

        let second = asked(&seats[0], "sitting", &sitting).await;
        let undecided = asked(&seats[1], "sitting", &sitting).await;
        app.congress.liaison.post(&step(&second, "approve"), json!({})).await.json(200);
        app.wait(Ts("2026-03-10T01:00:00Z".parse().unwrap()) - app.clock.now());
        seats[0].client.post(&step(&second, "withdraw"), json!({})).await.problem("wrong_state");
        seats[1].client.post(&step(&undecided, "withdraw"), json!({})).await.json(200);
        // A live screen is told when leave changes.
        app.congress.clerk.post(&format!("/sittings/{sitting}/open"), json!({})).await.json(200);
        let mut watcher = app.services.hub.subscribe(&format!("sitting:{sitting}"));
        let late = asked(&seats[2], "sitting", &sitting).await;
        app.congress.liaison.post(&step(&late, "approve"), json!({})).await.json(200);
        tokio::time::timeout(std::time::Duration::from_secs(5), watcher.recv()).await.expect("watchers are told").unwrap();
    }

    async fn nobody_asks_for_what_is_over(app) {
        let seats = app.seats(1).await;
        let (session_id, meeting, sitting) = in_session(app).await;
        everybody(app, &sitting).await;
        let cancelled = plan_meeting(app, json!({ "starts_on": "2026-04-01", "ends_on": "2026-04-01" })).await;
        app.congress.clerk.post(&format!("/meetings/{cancelled}/cancel"), json!({})).await.json(200);
        let refused = async |grain: &str, subject: &str| {
            seats[0].client.post("/leave_requests", ask(grain, &subject)).await.problem("wrong_state");
        };
        refused("meeting", &cancelled).await;
        app.congress.clerk.post(&format!("/sittings/{sitting}/open"), json!({})).await.json(200);
        app.congress.clerk.post(&format!("/sittings/{sitting}/close"), json!({})).await.json(200);
        refused("sitting", &sitting).await;
        let next = plan_sitting(app, &meeting, json!({})).await;
        app.wait(Ts("2026-03-13T15:59:59Z".parse().unwrap()) - app.clock.now());
        refused("sitting", &next).await;
        // The last day ends at midnight in Beijing.
        let last = asked(&seats[0], "meeting", &meeting).await;
        seats[0].client.post(&step(&last, "withdraw"), json!({})).await.json(200);
        app.wait(TimeDelta::seconds(1));
        refused("meeting", &meeting).await;
        refused("congress_session", &session_id.to_string()).await;
    }

    async fn a_request_must_make_sense(app) {
        let seats = app.seats(2).await;
        let (session_id, meeting, sitting) = in_session(app).await;
        for (field, change) in [
            ("sitting_id", json!({ "sitting_id": null })),
            ("meeting_id", json!({ "meeting_id": meeting })),
            ("congress_session_id", json!({ "congress_session_id": session_id })),
            ("grain", json!({ "grain": "year" })),
            ("kind", json!({ "kind": "lazy" })),
            ("reason", json!({ "reason": " " })),
            ("reason", json!({ "reason": "长".repeat(501) })),
        ] {
            let mut body = ask("sitting", &sitting);
            for (key, value) in change.as_object().unwrap() {
                body[key] = value.clone();
            }
            let problem = seats[0].client.post("/leave_requests", body).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field, "{change}");
        }
        seats[0].client.post("/leave_requests", ask("sitting", &Id::new())).await.problem("not_found");
        app.sql(&format!("UPDATE representatives SET status = 'ended' WHERE id = '{}'", seats[1].representative_id));
        seats[1].client.post("/leave_requests", ask("sitting", &sitting)).await.problem("not_found");
        let mut ended = ask("sitting", &sitting);
        ended["representative_id"] = json!(seats[1].representative_id);
        app.congress.clerk.post("/leave_requests", ended).await.problem("wrong_state");
        let request = asked(&seats[0], "sitting", &sitting).await;
        let note = json!({ "note": "两\n行" });
        app.congress.liaison.post(&step(&request, "approve"), note).await.problem("validation_failed");
    }

    async fn staff_records_a_written_request(app) {
        let seats = app.seats(1).await;
        let (_, _, sitting) = in_session(app).await;
        let mut body = ask("sitting", &sitting);
        app.congress.clerk.post("/leave_requests", body.clone()).await.problem("not_found");
        body["representative_id"] = json!(seats[0].representative_id);
        app.congress.liaison.post("/leave_requests", body.clone()).await.problem("forbidden");
        let request = app.congress.clerk.post("/leave_requests", body.clone()).await.json(201);
        assert_eq!(request["representative_name"], seats[0].name.as_str());
        assert_ne!(request["requested_by"], seats[0].account_id.to_string());
        seats[0].client.post("/leave_requests", body).await.problem("already_exists");
        assert_eq!(seats[0].client.get("/me/leave_requests").await.json(200)["items"][0], request);
        seats[0].client.post(&step(&request, "withdraw"), json!({})).await.problem("forbidden");
        app.congress.clerk.post(&step(&request, "withdraw"), json!({})).await.json(200);
    }

    async fn congresses_and_roles_are_kept_apart(app) {
        let seats = app.seats(2).await;
        let strangers = app.other.seats(&app.services, &app.url, 1).await;
        let (_, _, sitting) = in_session(app).await;
        let request = asked(&seats[0], "sitting", &sitting).await;
        let list = format!("/congresses/{}/leave_requests", app.congress.id);
        let mut for_other = ask("sitting", &sitting);
        for_other["representative_id"] = json!(strangers[0].representative_id);
        app.congress.clerk.post("/leave_requests", for_other).await.problem("not_found");
        let mut for_seat = ask("sitting", &sitting);
        for_seat["representative_id"] = json!(seats[1].representative_id);
        for stranger in [&app.other.admin, &app.other.liaison, &app.congress.voter, &strangers[0].client, &seats[1].client] {
            stranger.get(&list).await.problem("not_found");
            for verb in ["approve", "refuse", "withdraw"] {
                stranger.post(&step(&request, verb), json!({})).await.problem("not_found");
            }
        }
        for stranger in [&app.other.admin, &app.congress.voter, &strangers[0].client] {
            stranger.post("/leave_requests", ask("sitting", &sitting)).await.problem("not_found");
            stranger.post("/leave_requests", for_seat.clone()).await.problem("not_found");
        }
        app.congress.handler.get(&list).await.problem("forbidden");
        app.congress.supervisor.post(&step(&request, "approve"), json!({})).await.problem("forbidden");
        app.nobody().get(&list).await.problem("not_logged_in");
        app.nobody().post("/leave_requests", ask("sitting", &sitting)).await.problem("not_logged_in");
        assert_eq!(listed(&app.congress.supervisor, app, "?state=requested").await, [id(&request)]);
        assert!(listed(&app.congress.supervisor, app, "?state=approved").await.is_empty());
        // A head sees the requests of the own delegation and no others.
        head(app, app.congress.delegations[1], &seats[1]);
        assert!(listed(&seats[1].client, app, "").await.is_empty());
        let own = asked(&seats[1], "sitting", &sitting).await;
        assert_eq!(listed(&seats[1].client, app, "").await, [id(&own)]);
        app.congress.clerk.get(&format!("{list}?sitting_id={}", Id::new())).await.problem("validation_failed");
    }

    async fn the_outcome_is_sent_to_the_representative(app) {
        let seats = app.seats(1).await;
        let (_, _, sitting) = in_session(app).await;
        let request = asked(&seats[0], "sitting", &sitting).await;
        app.congress.liaison.post(&step(&request, "approve"), json!({ "note": "祝早日康复" })).await.json(200);
        let (services, congress) = (app.services.clone(), app.congress.id);
        let page = services.db.clone().read(move |c| lvzhi::notify::list(c, &services.secrets, Some(congress), &Default::default(), true)).await.unwrap();
        assert_eq!(page.items.len(), 1);
        assert_eq!(page.items[0].text.as_deref(), Some("【履职】您的请假“第十七届人民代表大会第六次会议 第一次全体会议”已批准（祝早日康复）。"));
        let local = seats[0].phone.trim_start_matches("+86");
        assert_eq!(page.items[0].recipient, format!("{}****{}", &local[..3], &local[7..]));
    }
}
