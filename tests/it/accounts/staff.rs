//! Staff: made, changed, barred, reset by administrators of their congress and nobody else; the outbox.

use super::support::*;
use lvzhi::auth::Role;
use lvzhi::db::Id;
use serde_json::{Value, json};

fn li_si() -> Value {
    json!({ "name": "李四", "login": "Li.Si", "password": PASSWORD, "roles": ["clerk", "liaison", "clerk"], "phone": "13800001234" })
}

both! {
    async fn an_admin_makes_staff(app) {
        let path = format!("/congresses/{}/staff", app.congress.id);
        let made = app.congress.admin.post(&path, li_si()).await.json(201);
        assert_eq!(made["login"], "li.si");
        assert_eq!(made["roles"], json!(["clerk", "liaison"]));
        assert_eq!(made["phone_masked"], "138****1234");
        assert_eq!((&made["disabled"], &made["second_factor"], &made["locked_until"]), (&json!(false), &json!(false), &Value::Null));
        let tokens = by_password(app, "li.si", PASSWORD, None).await.json(200);
        assert_eq!(tokens["roles"].as_array().unwrap().len(), 2);
        let line = audit(app).await.into_iter().find(|l| l.action == "staff.create").unwrap();
        assert_eq!(line.congress_id, Some(app.congress.id));
        assert_eq!(line.detail, json!({ "roles": ["clerk", "liaison"], "organisation_id": null }));

        let problem = app.congress.admin.post(&path, li_si()).await.problem("already_exists");
        assert_eq!(problem["errors"][0]["field"], "login");
        let mut same_phone = li_si();
        same_phone["login"] = json!("li.si.2");
        let problem = app.congress.admin.post(&path, same_phone).await.problem("already_exists");
        assert_eq!(problem["errors"][0]["field"], "phone");
        for (field, value) in [
            ("login", json!("li si")), ("password", json!("short")), ("phone", json!("12")), ("name", json!("李\n四")),
            ("name", json!("  ")), ("roles", json!([])),
        ] {
            let mut body = li_si();
            body[field] = value;
            let problem = app.congress.admin.post(&path, body).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field);
        }
        let mut wrong_role = li_si();
        wrong_role["roles"] = json!(["king"]);
        app.congress.admin.post(&path, wrong_role).await.problem("validation_failed");
    }

    async fn the_same_key_makes_one_account(app) {
        let admin = &app.congress.admin;
        let path = format!("/congresses/{}/staff", app.congress.id);
        let ask = |body: Value| admin.send(admin.request("POST", &path).header("idempotency-key", "key-1").json(&body));
        let first = ask(li_si()).await.json(201);
        assert_eq!(ask(li_si()).await.json(201), first);
        let mut other = li_si();
        other["password"] = json!("another horse battery");
        ask(other).await.problem("idempotency_key_reused");
    }

    async fn only_its_own_admins_manage_a_congress(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let list = format!("/congresses/{}/staff", app.congress.id);
        let change = |congress: Id| json!({ "congress_id": congress, "roles": ["admin"], "disabled": false });
        let reset = |congress: Id| json!({ "congress_id": congress, "new_password": "staple 2026 履职" });
        let here = &app.congress;
        for (client, code) in [
            (&here.clerk, "forbidden"), (&here.liaison, "forbidden"), (&here.supervisor, "forbidden"),
            (&here.handler, "forbidden"), (&here.voter, "not_found"), (&app.other.admin, "not_found"), (&app.other.clerk, "not_found"),
        ] {
            client.get(&list).await.problem(code);
            client.post(&list, li_si()).await.problem(code);
            client.put(&format!("/staff/{id}"), change(here.id)).await.problem(code);
            client.post(&format!("/staff/{id}/reset"), reset(here.id)).await.problem(code);
        }
        // Naming their own congress does not help: the account is not theirs.
        app.other.admin.put(&format!("/staff/{id}"), change(app.other.id)).await.problem("not_found");
        app.other.admin.post(&format!("/staff/{id}/reset"), reset(app.other.id)).await.problem("not_found");
        // Nor may an admin give a stranger a role, or a voter's account a password.
        let voter = here.voter.get("/me").await.json(200)["account_id"].as_str().unwrap().to_owned();
        here.admin.put(&format!("/staff/{voter}"), change(here.id)).await.problem("not_found");
        here.admin.post(&format!("/staff/{voter}/reset"), reset(here.id)).await.problem("not_found");
        here.admin.put(&format!("/staff/{}", Id::new()), change(here.id)).await.problem("not_found");
        app.nobody().get(&list).await.problem("not_logged_in");
        by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        assert_eq!(audited(app, "staff.update").await + audited(app, "staff.reset").await, 0);
    }

    async fn roles_count_at_once_and_barring_ends_sessions(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let tokens = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        let me = client(app, &tokens);
        let list = format!("/congresses/{}/staff", app.congress.id);
        me.get(&list).await.problem("forbidden");
        let path = format!("/staff/{id}");
        let change = json!({ "congress_id": app.congress.id, "name": " 张三丰 ", "roles": ["admin", "clerk", "admin"] });
        let changed = app.congress.admin.put(&path, change).await.json(200);
        assert_eq!((&changed["name"], &changed["roles"]), (&json!("张三丰"), &json!(["admin", "clerk"])));
        me.get(&list).await.json(200);
        let change = json!({ "congress_id": app.congress.id, "roles": ["clerk"], "disabled": true });
        assert_eq!(app.congress.admin.put(&path, change.clone()).await.json(200)["disabled"], true);
        me.get("/me").await.problem("session_revoked");
        let refresh = json!({ "refresh_token": tokens["refresh_token"] });
        app.nobody().post("/auth/refresh", refresh).await.problem("session_revoked");
        let change = json!({ "congress_id": app.congress.id, "roles": ["clerk"], "disabled": false });
        app.congress.admin.put(&path, change).await.json(200);
        by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        // No role is left: off the staff, and no longer to be found among it.
        let change = json!({ "congress_id": app.congress.id, "roles": [] });
        assert_eq!(app.congress.admin.put(&path, change.clone()).await.json(200)["roles"], json!([]));
        app.congress.admin.put(&path, change).await.problem("not_found");
        let lines = audit(app).await;
        let updates: Vec<_> = lines.iter().filter(|l| l.action == "staff.update").collect();
        assert_eq!(updates.len(), 4);
        let first = &updates[0].detail;
        assert_eq!((&first["roles_before"], &first["roles"]), (&json!(["clerk"]), &json!(["admin", "clerk"])));
        assert_eq!((&first["renamed"], &first["disabled"]), (&json!(true), &Value::Null));
    }

    async fn a_handler_works_for_a_unit_of_the_congress(app) {
        let (admin, list) = (&app.congress.admin, format!("/congresses/{}/staff", app.congress.id));
        let units = |congress: Id| format!("/congresses/{congress}/organisations");
        let transport = admin.post(&units(app.congress.id), json!({ "name": "市交通局" })).await.json(201)["id"].clone();
        let housing = admin.post(&units(app.congress.id), json!({ "name": "市住建局" })).await.json(201)["id"].clone();
        let foreign = app.other.admin.post(&units(app.other.id), json!({ "name": "县交通局" })).await.json(201)["id"].clone();
        let handler = |unit: &Value, roles: Value| {
            json!({ "name": "吴敏", "login": "wu.min", "password": PASSWORD, "roles": roles, "organisation_id": unit })
        };
        for (unit, roles) in [
            (&Value::Null, json!(["handler"])), (&foreign, json!(["handler"])), (&json!(Id::new()), json!(["handler"])),
            (&transport, json!(["clerk"])),
        ] {
            let problem = admin.post(&list, handler(unit, roles)).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], "organisation_id");
        }
        let made = admin.post(&list, handler(&transport, json!(["handler", "clerk"]))).await.json(201);
        assert_eq!((&made["organisation_id"], &made["organisation_name"]), (&transport, &json!("市交通局")));
        assert_eq!(made["heads_organisation"], false);

        let path = format!("/staff/{}", made["account_id"].as_str().unwrap());
        let change = |roles: Value, unit: Value| {
            json!({ "congress_id": app.congress.id, "roles": roles, "organisation_id": unit, "heads_organisation": true })
        };
        let problem = admin.put(&path, change(json!(["handler"]), Value::Null)).await.problem("validation_failed");
        assert_eq!(problem["errors"][0]["field"], "organisation_id");
        let moved = admin.put(&path, change(json!(["handler"]), housing.clone())).await.json(200);
        assert_eq!((&moved["organisation_name"], &moved["heads_organisation"]), (&json!("市住建局"), &json!(true)));
        let listed = admin.get(&list).await.json(200);
        assert!(listed["items"].as_array().unwrap().contains(&moved), "the list tells the same");
        let left = admin.put(&path, change(json!(["clerk"]), Value::Null)).await.json(200);
        assert_eq!((&left["organisation_id"], &left["heads_organisation"]), (&Value::Null, &json!(false)));
    }

    async fn the_last_admin_stays(app) {
        let here = &app.congress;
        let me = here.admin.get("/me").await.json(200)["account_id"].as_str().unwrap().to_owned();
        let without = json!({ "congress_id": here.id, "roles": ["clerk"] });
        let barred = json!({ "congress_id": here.id, "roles": ["admin"], "disabled": true });
        for change in [&without, &barred] {
            here.admin.put(&format!("/staff/{me}"), change.clone()).await.problem("wrong_state");
        }
        // A barred admin is no admin to count on.
        let second = staff(app, here.id, "second", &[Role::Admin], false).await;
        here.admin.put(&format!("/staff/{second}"), barred.clone()).await.json(200);
        here.admin.put(&format!("/staff/{me}"), without.clone()).await.problem("wrong_state");
        let back = json!({ "congress_id": here.id, "roles": ["admin"], "disabled": false });
        here.admin.put(&format!("/staff/{second}"), back).await.json(200);

        // Each removes the other at the same moment: one of them stays, and takes the other back.
        let tokens = by_password(app, "second", PASSWORD, None).await.json(200);
        let second_client = client(app, &tokens);
        let (mine, theirs) = (format!("/staff/{me}"), format!("/staff/{second}"));
        for _ in 0..8 {
            let (a, b) = futures_util::future::join(
                here.admin.put(&theirs, without.clone()),
                second_client.put(&mine, without.clone()),
            ).await;
            assert_eq!([a.status, b.status].iter().filter(|s| **s == 200).count(), 1, "{} {}", a.text(), b.text());
            let back = json!({ "congress_id": here.id, "roles": ["admin"] });
            let (stayed, path) = if a.status == 200 { (&here.admin, &theirs) } else { (&second_client, &mine) };
            stayed.put(path, back).await.json(200);
        }
    }

    async fn whoever_belongs_elsewhere_too_is_not_one_congress_to_change(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk], false).await;
        let now = app.clock.now();
        app.sql(&format!(
            "INSERT INTO grants (account_id, congress_id, role, created_at) VALUES ('{id}', '{}', 'clerk', '{now}')", app.other.id,
        ));
        let path = format!("/staff/{id}");
        let bar = json!({ "congress_id": app.other.id, "roles": ["clerk"], "disabled": true });
        app.other.admin.put(&path, bar).await.problem("wrong_state");
        let reset = json!({ "congress_id": app.other.id, "new_password": "staple 2026 履职" });
        app.other.admin.post(&format!("{path}/reset"), reset).await.problem("wrong_state");
        let roles = json!({ "congress_id": app.other.id, "roles": [] });
        app.other.admin.put(&path, roles).await.json(200);
        let tokens = by_password(app, "zhang.san", PASSWORD, None).await.json(200);
        assert_eq!(tokens["roles"], json!([{ "role": "clerk", "congress_id": app.congress.id }]));
    }

    async fn reset_unlocks_and_is_not_for_oneself(app) {
        let id = staff(app, app.congress.id, "zhang.san", &[Role::Clerk], true).await;
        for _ in 0..5 {
            by_password(app, "zhang.san", "wrong horse battery", None).await.problem("bad_credentials");
        }
        let path = format!("/staff/{id}/reset");
        let reset = |password: &str| json!({ "congress_id": app.congress.id, "new_password": password });
        app.congress.admin.post(&path, reset("zhang.san-2026")).await.problem("validation_failed");
        app.congress.admin.post(&path, reset("staple 2026 履职")).await.json(204);
        by_password(app, "zhang.san", "staple 2026 履职", None).await.json(200);
        let me = staff(app, app.congress.id, "second", &[Role::Admin], false).await;
        let tokens = by_password(app, "second", PASSWORD, None).await.json(200);
        client(app, &tokens).post(&format!("/staff/{me}/reset"), reset("staple 2026 履职")).await.problem("wrong_state");
    }

    async fn the_list_has_pages(app) {
        for n in 0..3 {
            staff(app, app.congress.id, &format!("clerk{n}"), &[Role::Clerk, Role::Liaison], false).await;
        }
        staff(app, app.other.id, "elsewhere", &[Role::Clerk], false).await;
        let admin = &app.congress.admin;
        let (mut seen, mut cursor) = (vec![], String::new());
        loop {
            let page = admin.get(&format!("/congresses/{}/staff?limit=3{cursor}", app.congress.id)).await.json(200);
            for item in page["items"].as_array().unwrap() {
                assert!(!item["roles"].as_array().unwrap().is_empty());
                seen.push(item["account_id"].as_str().unwrap().to_owned());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 5 + 3);
        assert!(seen.is_sorted() && seen.windows(2).all(|w| w[0] != w[1]));
        admin.get(&format!("/congresses/{}/staff?limit=0", app.congress.id)).await.problem("validation_failed");
    }

    async fn staff_see_that_messages_went_out_but_not_what_they_say(app) {
        let seat = app.seats(1).await.remove(0);
        sms_code(app, &seat.phone).await;
        sms_code(app, "13800001234").await;
        let path = format!("/congresses/{}/outbox", app.congress.id);
        for client in [&app.congress.admin, &app.congress.liaison] {
            let list = client.get(&path).await.json(200);
            let items = list["items"].as_array().unwrap();
            // The stranger's message is nobody's business.
            assert_eq!(items.len(), 1);
            assert_eq!((&items[0]["template"], &items[0]["state"], &items[0]["text"]), (&json!("login_code"), &json!("created"), &Value::Null));
            assert!(items[0]["recipient"].as_str().unwrap().contains("****"));
        }
        app.congress.clerk.get(&path).await.problem("forbidden");
        app.other.admin.get(&path).await.problem("not_found");
        assert_eq!(app.other.admin.get(&format!("/congresses/{}/outbox", app.other.id)).await.json(200)["items"], json!([]));
    }

    async fn a_demo_shows_the_texts(app, { "demo": true }) {
        let seat = app.seats(1).await.remove(0);
        let code = sms_code(app, &seat.phone).await;
        let list = app.congress.admin.get(&format!("/congresses/{}/outbox", app.congress.id)).await.json(200);
        assert!(list["items"][0]["text"].as_str().unwrap().contains(&code));
    }
}
