//! Congresses: founding, settings, terms, sessions, bodies, units, organisations.

use crate::harness::TestApp;
use serde_json::{Value, json};

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

async fn audited(app: &TestApp, action: &str) -> i64 {
    app.count(&format!("audit_lines WHERE action = '{action}'"))
}

both! {
    async fn shows_congresses_to_everyone(app) {
        let nobody = app.nobody();
        let all = nobody.get("/congresses").await.json(200);
        assert_eq!(all["items"].as_array().unwrap().len(), 2);
        assert_eq!(all["items"][0]["region_code"], "330106", "by region code");
        assert_eq!(all["next_cursor"], Value::Null);
        let first = nobody.get("/congresses?limit=1").await.json(200);
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = nobody.get(&format!("/congresses?limit=1&cursor={cursor}")).await.json(200);
        assert_eq!(second["items"][0]["short_name"], "滨江区");
        assert_eq!(second["next_cursor"], Value::Null);
        let found = nobody.get("/congresses?q=%E6%BB%A8%E6%B1%9F&level=county").await.json(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        for nothing in ["q=%25", "level=township", &format!("parent_id={}", app.congress.id)] {
            assert_eq!(nobody.get(&format!("/congresses?{nothing}")).await.json(200)["items"], json!([]), "{nothing}");
        }
        let one = nobody.get(&format!("/congresses/{}", app.congress.id)).await.json(200);
        assert_eq!(one["name"], "滨江区人民代表大会");
        assert!(one.get("settings").is_none());
        nobody.get("/congresses/01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42").await.problem("not_found");
        nobody.get("/congresses/no-id").await.problem("not_found");
        nobody.get("/congresses?cursor=x").await.problem("validation_failed");
        nobody.get("/congresses?limit=0").await.problem("validation_failed");
        nobody.get("/congresses?level=street").await.problem("validation_failed");
    }

    async fn founds_a_congress_below_another(app) {
        let body = json!({
            "parent_id": app.congress.id, "level": "township", "name": "滨江区长河街道人民代表大会", "short_name": "长河街道",
            "region_code": "330108002", "settings": { "late_grace_minutes": 5 },
        });
        let request = || app.congress.admin.request("POST", "/congresses").header("idempotency-key", "one").json(&body);
        let made = app.congress.admin.send(request()).await.json(201);
        let again = app.congress.admin.send(request()).await.json(201);
        assert_eq!(made, again, "the same key gives the same congress");
        assert_eq!(made["parent_id"], app.congress.id.to_string());
        // The founder is its administrator.
        let settings = app.congress.admin.get(&format!("/congresses/{}/settings", id(&made))).await.json(200);
        assert_eq!(settings["settings"]["late_grace_minutes"], 5);
        assert_eq!(settings["settings"]["leave_during_session"], "delegation_head");
        app.congress.clerk.get(&format!("/congresses/{}/settings", id(&made))).await.problem("not_found");
        let below = app.nobody().get(&format!("/congresses?parent_id={}", app.congress.id)).await.json(200);
        assert_eq!(below["items"][0]["id"], made["id"]);
        assert_eq!(audited(app, "congress.create").await, 1);

        let with = |key: &str, value: Value| { let mut b = body.clone(); b[key] = value; b };
        app.congress.admin.post("/congresses", body.clone()).await.problem("already_exists");
        app.congress.admin.post("/congresses", with("level", json!("county"))).await.problem("validation_failed");
        app.congress.admin.post("/congresses", with("region_code", json!("33x"))).await.problem("validation_failed");
        app.congress.admin.post("/congresses", with("name", json!("a\u{0}b"))).await.problem("validation_failed");
        app.congress.admin.post("/congresses", with("settings", json!({ "unknown": 1 }))).await.problem("validation_failed");
        let error = app.congress.admin.post("/congresses", with("settings", json!({ "late_grace_minutes": 999 }))).await;
        assert_eq!(error.problem("validation_failed")["errors"][0]["field"], "settings.late_grace_minutes");
        app.congress.clerk.post("/congresses", body.clone()).await.problem("forbidden");
        app.congress.voter.post("/congresses", body.clone()).await.problem("not_found");
        app.other.admin.post("/congresses", body.clone()).await.problem("not_found");
        app.nobody().post("/congresses", body).await.problem("not_logged_in");
    }

    async fn changes_names_and_settings(app) {
        let path = format!("/congresses/{}", app.congress.id);
        let body = json!({ "name": "滨江区人大", "short_name": "滨江", "settings": { "second_absence_warning": false, "timezone_offset_minutes": 360 } });
        let changed = app.congress.admin.put(&path, body.clone()).await.json(200);
        assert_eq!(changed["settings"]["second_absence_warning"], false);
        assert_eq!(changed["settings"]["late_grace_minutes"], 10, "absent keys take their defaults");
        let kept = app.congress.admin.put(&path, json!({ "name": "滨江区人大", "short_name": "滨江" })).await.json(200);
        assert_eq!(kept["settings"], changed["settings"], "no settings: they stay");
        assert_eq!(app.nobody().get(&path).await.json(200)["short_name"], "滨江");
        assert_eq!(app.congress.clerk.get(&format!("{path}/settings")).await.json(200)["settings"], changed["settings"]);
        assert_eq!(audited(app, "congress.update").await, 2);
        let unknown = json!({ "name": "a", "short_name": "b", "settings": { "late": 1 } });
        app.congress.admin.put(&path, unknown).await.problem("validation_failed");
        app.congress.liaison.put(&path, body.clone()).await.problem("forbidden");
        app.other.admin.put(&path, body).await.problem("not_found");
        app.other.clerk.get(&format!("{path}/settings")).await.problem("not_found");
    }

    async fn keeps_terms_and_sessions(app) {
        let (admin, nobody) = (&app.congress.admin, app.nobody());
        let terms = format!("/congresses/{}/terms", app.congress.id);
        let new = json!({ "number": 18, "starts_on": "2027-01-01", "ends_on": "2031-12-31" });
        let term = admin.post(&terms, new.clone()).await.json(201);
        admin.post(&terms, new.clone()).await.problem("already_exists");
        let error = admin.post(&terms, json!({ "number": 19, "starts_on": "2027-01-02", "ends_on": "2027-01-01" })).await;
        assert_eq!(error.problem("validation_failed")["errors"][0]["field"], "ends_on");
        admin.post(&terms, json!({ "number": 0, "starts_on": "2027-01-01", "ends_on": "2027-01-02" })).await.problem("validation_failed");
        admin.post(&terms, json!({ "number": 1, "starts_on": "2027-02-30", "ends_on": "2027-03-02" })).await.problem("validation_failed");
        let list = nobody.get(&terms).await.json(200);
        assert_eq!((&list["items"][0]["number"], &list["items"][1]["number"]), (&json!(18), &json!(17)));

        let sessions = format!("/congresses/{}/sessions", app.congress.id);
        let new = json!({ "term_id": app.congress.term_id, "number": 6, "starts_on": "2026-02-03", "ends_on": "2026-02-06" });
        let session = admin.post(&sessions, new.clone()).await.json(201);
        assert_eq!(session["title"], "十七届人大六次会议");
        admin.post(&sessions, new).await.problem("already_exists");
        let outside = json!({ "term_id": app.congress.term_id, "number": 7, "starts_on": "2026-12-30", "ends_on": "2027-01-02" });
        assert_eq!(admin.post(&sessions, outside).await.problem("validation_failed")["errors"][0]["field"], "starts_on");
        let foreign = json!({ "term_id": app.other.term_id, "number": 1, "starts_on": "2026-02-03", "ends_on": "2026-02-06" });
        assert_eq!(admin.post(&sessions, foreign).await.problem("validation_failed")["errors"][0]["field"], "term_id");
        assert_eq!(nobody.get(&sessions).await.json(200)["items"][0]["id"], session["id"]);
        let none = nobody.get(&format!("{sessions}?term_id={}", id(&term))).await.json(200);
        assert_eq!(none["items"], json!([]));
        let late = json!({ "number": 20, "term_id": app.congress.term_id, "starts_on": "2026-05-03", "ends_on": "2026-05-06" });
        for path in [&terms, &sessions] {
            app.congress.clerk.post(path, late.clone()).await.problem("forbidden");
            app.other.admin.post(path, late.clone()).await.problem("not_found");
        }
        nobody.get("/congresses/01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42/terms").await.problem("not_found");
        assert_eq!(audited(app, "term.create").await + audited(app, "congress_session.create").await, 2);
    }

    async fn makes_bodies_with_their_members(app) {
        let seats = app.seats(3).await;
        let admin = &app.congress.admin;
        let bodies = format!("/congresses/{}/bodies", app.congress.id);
        let committee = admin.post(&bodies, json!({ "kind": "standing_committee", "name": "区人大常委会", "seat_count": 29 })).await.json(201);
        assert_eq!(committee["quorum_rule"], "majority");
        assert_eq!(committee["term_id"], app.congress.term_id.to_string());
        for (kind, rule) in [("plenary", "two_thirds"), ("presidium", "majority"), ("committee", "majority")] {
            let made = admin.post(&bodies, json!({ "kind": kind, "name": kind })).await.json(201);
            assert_eq!((&made["quorum_rule"], &made["seat_count"]), (&json!(rule), &Value::Null));
        }
        let own = admin.post(&bodies, json!({ "kind": "committee", "name": "法制委", "quorum_rule": "two_thirds" })).await.json(201);
        assert_eq!(own["quorum_rule"], "two_thirds");
        admin.post(&bodies, json!({ "kind": "committee", "name": "法制委" })).await.problem("already_exists");
        admin.post(&bodies, json!({ "kind": "committee", "name": "x", "seat_count": 0 })).await.problem("validation_failed");
        admin.post(&bodies, json!({ "kind": "committee", "name": "x", "term_id": app.other.term_id })).await.problem("validation_failed");
        assert_eq!(app.nobody().get(&bodies).await.json(200)["items"].as_array().unwrap().len(), 5);

        let members = format!("/bodies/{}/members", id(&committee));
        let both = json!({ "representative_ids": [seats[0].representative_id, seats[1].representative_id, seats[0].representative_id] });
        let changed = admin.put(&members, both).await.json(200);
        assert_eq!(changed, json!({ "members": 2, "added": 2, "removed": 0 }));
        let changed = admin.put(&members, json!({ "representative_ids": [seats[1].representative_id, seats[2].representative_id] })).await.json(200);
        assert_eq!(changed, json!({ "members": 2, "added": 1, "removed": 1 }));
        let page = app.congress.clerk.get(&format!("{members}?limit=1")).await.json(200);
        assert_eq!(page["items"][0]["name"], seats[1].name);
        let cursor = page["next_cursor"].as_str().unwrap();
        let page = app.congress.clerk.get(&format!("{members}?limit=1&cursor={cursor}")).await.json(200);
        assert_eq!(page["items"][0]["number"], seats[2].number);

        let foreign = app.other.seats(&app.services, &app.url, 1).await;
        let error = admin.put(&members, json!({ "representative_ids": [seats[0].representative_id, foreign[0].representative_id] })).await;
        assert_eq!(error.problem("validation_failed")["errors"][0]["field"], "representative_ids[1]");
        app.congress.liaison.put(&members, json!({ "representative_ids": [] })).await.problem("forbidden");
        app.other.admin.put(&members, json!({ "representative_ids": [] })).await.problem("not_found");
        app.other.admin.get(&members).await.problem("not_found");
        app.other.admin.post(&bodies, json!({ "kind": "committee", "name": "y" })).await.problem("not_found");
        assert_eq!(audited(app, "body.members").await, 2);
    }

    async fn keeps_units_in_order(app) {
        let seats = app.seats(1).await;
        let admin = &app.congress.admin;
        let units = format!("/congresses/{}/units", app.congress.id);
        let next = admin.post(&units, json!({ "kind": "delegation", "name": "第四代表团", "head_account_id": seats[0].account_id })).await.json(201);
        assert_eq!((&next["position"], &next["head_name"]), (&json!(3), &json!(seats[0].name)));
        let station = json!({ "kind": "station", "name": "长河代表之家", "address": "江南大道 100 号", "latitude": 30.2, "longitude": 120.2 });
        let station = admin.post(&units, station).await.json(201);
        assert_eq!(station["latitude"], 30.2);
        admin.post(&units, json!({ "kind": "delegation", "name": "第四代表团" })).await.problem("already_exists");
        admin.post(&units, json!({ "kind": "district", "name": "第四代表团" })).await.json(201);
        for (bad, field) in [
            (json!({ "kind": "group", "name": "x", "address": "y" }), "address"),
            (json!({ "kind": "station", "name": "x", "latitude": 30.0 }), "longitude"),
            (json!({ "kind": "station", "name": "x", "latitude": 91.0, "longitude": 0.0 }), "latitude"),
            (json!({ "kind": "group", "name": " x" }), "name"),
            (json!({ "kind": "village", "name": "x" }), "kind"),
            (json!({ "kind": "group", "name": "x", "head_account_id": station["id"] }), "head_account_id"),
        ] {
            let problem = admin.post(&units, bad.clone()).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field, "{bad}");
        }
        let list = app.nobody().get(&format!("{units}?kind=delegation&limit=3")).await.json(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 3);
        let cursor = list["next_cursor"].as_str().unwrap();
        let rest = app.nobody().get(&format!("{units}?kind=delegation&limit=3&cursor={cursor}")).await.json(200);
        assert_eq!(rest["items"][0]["id"], next["id"]);
        let mut walked = vec![];
        let mut cursor = String::new();
        loop {
            let page = app.nobody().get(&format!("{units}?limit=2{cursor}")).await.json(200);
            walked.extend(page["items"].as_array().unwrap().iter().map(id));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let distinct: std::collections::BTreeSet<_> = walked.iter().collect();
        assert_eq!((walked.len(), distinct.len()), (6, 6), "every unit once, over the kinds");

        let path = format!("/units/{}", id(&next));
        let changed = admin.put(&path, json!({ "name": "第五代表团" })).await.json(200);
        assert_eq!((&changed["name"], &changed["position"], &changed["head_name"]), (&json!("第五代表团"), &json!(3), &Value::Null));
        admin.put(&path, json!({ "name": "第一代表团" })).await.problem("already_exists");
        app.congress.clerk.put(&path, json!({ "name": "x" })).await.problem("forbidden");
        app.other.admin.put(&path, json!({ "name": "x" })).await.problem("not_found");
        app.other.admin.post(&units, json!({ "kind": "group", "name": "y" })).await.problem("not_found");
        assert_eq!(audited(app, "unit.create").await + audited(app, "unit.update").await, 4);
    }

    async fn keeps_organisations(app) {
        let path = format!("/congresses/{}/organisations", app.congress.id);
        let made = app.congress.admin.post(&path, json!({ "name": "区住房和城乡建设局" })).await.json(201);
        assert_eq!(made["short_name"], made["name"]);
        app.congress.admin.post(&path, json!({ "name": "区住房和城乡建设局", "short_name": "区住建局" })).await.problem("already_exists");
        assert_eq!(app.nobody().get(&path).await.json(200)["items"], json!([made]));
        app.congress.supervisor.post(&path, json!({ "name": "x" })).await.problem("forbidden");
        app.other.admin.post(&path, json!({ "name": "x" })).await.problem("not_found");
    }
}
