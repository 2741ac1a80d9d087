//! Seats one by one.

use super::{audited, path};
use serde_json::{Value, json};

fn new(number: &str, name: &str, phone: &str) -> Value {
    json!({ "number": number, "name": name, "phone": phone })
}

fn names(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["name"].as_str().unwrap())
        .collect()
}

both! {
    async fn enters_reads_and_changes_a_seat(app) {
        let liaison = &app.congress.liaison;
        let body = json!({
            "number": "0012", "name": "单小明", "phone": "138 0000 1234", "gender": "male", "ethnicity": "汉族", "party": "民革",
            "employer": "实验小学", "job_title": "校长", "delegation_id": app.congress.delegations[1],
        });
        let request = || liaison.request("POST", &path(app, "")).header("idempotency-key", "k").json(&body);
        let made = liaison.send(request()).await.json(201);
        assert_eq!(liaison.send(request()).await.json(201), made);
        assert_eq!((&made["name_pinyin"], &made["phone_masked"]), (&json!("shanxiaoming sxm"), &json!("138****1234")));
        assert_eq!((&made["delegation"], &made["status"]), (&json!("第二代表团"), &json!("active")));
        assert_eq!(made["term_id"], app.congress.term_id.to_string());
        let one = format!("/representatives/{}", made["id"].as_str().unwrap());
        assert_eq!(app.congress.clerk.get(&one).await.json(200), made);
        assert!(!app.congress.clerk.get(&one).await.text().contains("13800001234"));

        for (number, phone, field) in [("0012", "13800001235", "number"), ("0013", "+86-13800001234", "phone")] {
            let problem = liaison.post(&path(app, ""), new(number, "别人", phone)).await.problem("already_exists");
            assert_eq!(problem["errors"][0]["field"], field);
        }
        for (key, value) in [
            ("phone", json!("0571-888")), ("number", json!("")), ("name", json!("a\u{200b}")), ("gender", json!("x")),
            ("delegation_id", json!(app.other.delegations[0])), ("group_id", json!(app.congress.delegations[0])),
            ("term_id", json!(app.other.term_id)),
        ] {
            let mut bad = new("0099", "李四", "13800009999");
            bad[key] = value;
            let problem = liaison.post(&path(app, ""), bad).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], key);
        }

        let change = json!({ "number": "0112", "name": "曾小明" });
        let changed = liaison.put(&one, change.clone()).await.json(200);
        assert_eq!((&changed["name_pinyin"], &changed["phone_masked"]), (&json!("zengxiaoming zxm"), &json!("138****1234")));
        assert_eq!((&changed["party"], &changed["account_id"]), (&Value::Null, &made["account_id"]));
        let moved = liaison.put(&one, new("0112", "曾小明", "13900000001")).await.json(200);
        assert_ne!(moved["account_id"], made["account_id"], "another phone is another account");
        liaison.post(&path(app, ""), new("0013", "别人", "13800001234")).await.json(201);
        let taken = liaison.put(&one, new("0112", "曾小明", "13800001234")).await.problem("already_exists");
        assert_eq!(taken["errors"][0]["field"], "phone");

        app.congress.clerk.put(&one, change.clone()).await.problem("forbidden");
        app.congress.clerk.post(&path(app, ""), new("1", "a", "13800001111")).await.problem("forbidden");
        app.congress.handler.get(&one).await.problem("forbidden");
        app.other.liaison.put(&one, change).await.problem("not_found");
        app.other.liaison.get(&one).await.problem("not_found");
        app.other.liaison.post(&path(app, ""), new("1", "a", "13800001111")).await.problem("not_found");
        let lines = audited(app, "representative.create").await;
        assert_eq!(lines.len(), 2);
        assert!(!format!("{lines:?}{:?}", audited(app, "representative.update").await).contains("1380000"), "no phones");
    }

    async fn finds_people_by_name_spelling_and_number(app) {
        for (number, name) in [("0901", "张三"), ("0902", "李四"), ("1903", "张小三"), ("1904", "曾三")] {
            let body = new(number, name, &format!("1380000{number}"));
            app.congress.liaison.post(&path(app, ""), body).await.json(201);
        }
        let clerk = &app.congress.clerk;
        let all = clerk.get(&path(app, "")).await.json(200);
        assert_eq!(names(&all), ["李四", "曾三", "张三", "张小三"], "by spelling");
        let mut walked = vec![];
        let mut cursor = String::new();
        loop {
            let page = clerk.get(&path(app, &format!("?limit=1{cursor}"))).await.json(200);
            walked.extend(names(&page).iter().map(|n| n.to_string()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(walked, names(&all));
        for (q, found) in [
            ("%E5%BC%A0", vec!["张三", "张小三"]), ("zhangsan", vec!["张三"]), ("Zhang%20San", vec!["张三"]), ("zxs", vec!["张小三"]), ("zengsan", vec!["曾三"]),
            ("19", vec!["曾三", "张小三"]), ("%25", vec![]), ("_", vec![]), ("", vec!["李四", "曾三", "张三", "张小三"]),
        ] {
            assert_eq!(names(&clerk.get(&path(app, &format!("?q={q}"))).await.json(200)), found, "{q}");
        }
        clerk.get(&path(app, &format!("?q={}", "x".repeat(65)))).await.problem("validation_failed");
        clerk.get(&path(app, "?status=gone")).await.problem("validation_failed");
        let unknown = clerk.get(&path(app, &format!("?term_id={}", app.other.term_id))).await;
        assert_eq!(unknown.problem("validation_failed")["errors"][0]["field"], "term_id");
        app.congress.handler.get(&path(app, "")).await.problem("forbidden");
        app.other.clerk.get(&path(app, "")).await.problem("not_found");
        app.nobody().get(&path(app, "")).await.problem("not_logged_in");

        let seats = app.seats(4).await;
        let in_unit = clerk.get(&path(app, &format!("?unit_id={}", app.congress.delegations[0]))).await.json(200);
        assert_eq!(names(&in_unit), [seats[0].name.as_str(), seats[3].name.as_str()]);
    }

    async fn suspends_resumes_and_ends(app) {
        let seat = &app.seats(1).await[0];
        let liaison = &app.congress.liaison;
        let to = |verb: &str| format!("/representatives/{}/{verb}", seat.representative_id);
        let body = app.congress.admin.post(&format!("/congresses/{}/bodies", app.congress.id), json!({ "kind": "presidium", "name": "主席团" })).await.json(201);
        let members = format!("/bodies/{}/members", body["id"].as_str().unwrap());
        app.congress.admin.put(&members, json!({ "representative_ids": [seat.representative_id] })).await.json(200);

        liaison.post(&to("resume"), json!({})).await.problem("wrong_state");
        let suspended = liaison.post(&to("suspend"), json!({ "reason": "被采取强制措施" })).await.json(200);
        assert_eq!(suspended["status"], "suspended");
        liaison.post(&to("suspend"), json!({})).await.problem("wrong_state");
        let listed = liaison.get(&path(app, "?status=suspended")).await.json(200);
        assert_eq!(names(&listed), [seat.name.as_str()]);
        assert_eq!(liaison.post(&to("resume"), json!({})).await.json(200)["status"], "active");
        liaison.post(&to("end"), json!({ "reason": "x" })).await.problem("validation_failed");
        for day in ["2026-03-03", "2021-12-31", "2026-02-30"] {
            let problem = liaison.post(&to("end"), json!({ "ended_on": day, "reason": "迁出" })).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], "ended_on", "{day}");
        }
        app.congress.clerk.post(&to("end"), json!({ "ended_on": "2026-03-02", "reason": "迁出" })).await.problem("forbidden");
        app.other.liaison.post(&to("end"), json!({ "ended_on": "2026-03-02", "reason": "迁出" })).await.problem("not_found");
        app.other.liaison.post(&to("suspend"), json!({})).await.problem("not_found");
        let ended = liaison.post(&to("end"), json!({ "ended_on": "2026-03-02", "reason": "迁出" })).await.json(200);
        assert_eq!((&ended["status"], &ended["ended_on"]), (&json!("ended"), &json!("2026-03-02")));
        for verb in ["suspend", "resume"] {
            liaison.post(&to(verb), json!({})).await.problem("wrong_state");
        }
        let one = format!("/representatives/{}", seat.representative_id);
        liaison.put(&one, json!({ "number": "1", "name": "x" })).await.problem("wrong_state");
        assert_eq!(liaison.get(&members).await.json(200)["items"], json!([]), "no seat, no membership");
        for action in ["suspend", "resume", "end"] {
            assert_eq!(audited(app, &format!("representative.{action}")).await.len(), 1, "{action}");
        }
    }

    async fn shows_voters_active_seats_only(app) {
        let units = format!("/congresses/{}/units", app.congress.id);
        let district = app.congress.admin.post(&units, json!({ "kind": "district", "name": "第 12 选区" })).await.json(201);
        let mut body = new("0901", "张三", "13800000901");
        body["district_id"] = district["id"].clone();
        body["job_title"] = json!("校长");
        app.congress.liaison.post(&path(app, ""), body).await.json(201);
        let seats = app.seats(2).await;
        let suspend = format!("/representatives/{}/suspend", seats[0].representative_id);
        app.congress.liaison.post(&suspend, json!({})).await.json(200);

        let nobody = app.nobody();
        let all = nobody.get(&path(app, "/public")).await.json(200);
        assert_eq!(names(&all), [seats[1].name.as_str(), "张三"]);
        let found = nobody.get(&path(app, &format!("/public?district_id={}", district["id"].as_str().unwrap()))).await.json(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        let item = found["items"][0].as_object().unwrap();
        let mut keys: Vec<_> = item.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["delegation", "district", "group", "id", "job_title", "name", "number"], "nothing else");
        assert_eq!((&item["district"], &item["job_title"]), (&json!("第 12 选区"), &json!("校长")));
        assert_eq!(names(&nobody.get(&path(app, "/public?q=zs")).await.json(200)), ["张三"]);
        nobody.get("/congresses/01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42/representatives/public").await.problem("not_found");
    }
}
