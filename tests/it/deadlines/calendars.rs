//! The calendar: read by everybody, asked for due dates, imported by who may, and applied to what is open.

use super::{messages, rule, seen, start, start_in, until};
use crate::harness::{Program, TestApp};
use lvzhi::calendar::LengthUnit;
use lvzhi::reminders::Part;
use serde_json::{Value, json};

/// A notice for 2027: the Spring Festival is off from 5 to 13 February, Sunday the 14th is worked.
pub fn notice() -> Value {
    let mut days = vec![];
    let mut day = |name: &str, date: &str, off: bool| days.push(json!({ "name": name, "date": date, "off": off }));
    day("元旦", "2027-01-01", true);
    for n in 5..=13 {
        day("春节", &format!("2027-02-{n:02}"), true);
    }
    day("春节", "2027-02-14", false);
    for n in 1..=5 {
        day("劳动节", &format!("2027-05-{n:02}"), true);
    }
    for n in 1..=7 {
        day("国庆节", &format!("2027-10-{n:02}"), true);
    }
    json!({ "year": 2027, "published": true, "days": days })
}

fn path(app: &TestApp) -> String {
    format!("/congresses/{}/calendars/2027", app.congress.id)
}

both! {
    async fn everybody_reads_the_calendar_and_asks_how_a_date_is_reached(app) {
        let nobody = app.nobody();
        let years = nobody.get("/calendars?limit=5").await.json(200);
        assert_eq!(years["items"][4], json!({ "year": 2025, "published": true, "version": 1, "day_count": 33 }));
        let rest = nobody.get(&format!("/calendars?cursor={}", years["next_cursor"].as_str().unwrap())).await.json(200);
        assert_eq!(rest["items"][1], json!({ "year": 2027, "published": false, "version": 0, "day_count": 0 }));
        assert_eq!(nobody.get("/calendars/2025").await.json(200)["days"][0], json!({ "name": "元旦", "date": "2025-01-01", "off": true }));
        nobody.get("/calendars/2099").await.problem("not_found");
        nobody.get("/calendars/dragon").await.problem("not_found");
        let due = nobody.get("/calendars/due?start=2025-07-01&unit=months&count=3").await.json(200);
        assert_eq!((due["due_on"].as_str(), due["counted_to"].as_str(), due["provisional"].as_bool()), (Some("2025-10-09"), Some("2025-10-01"), Some(false)));
        assert_eq!(due["skipped"].as_array().unwrap().len(), 8);
        assert_eq!(due["sentences"][3], "届满日为休息日：2025年10月1日至2025年10月8日（国庆节、中秋节），顺延至其后的工作日（第二百零三条）。");
        let open = nobody.get("/calendars/due?start=2026-11-12&unit=months&count=3").await.json(200);
        assert_eq!((open["due_on"].as_str(), open["provisional"].as_bool()), (Some("2027-02-12"), Some(true)));
        // Without a notice only the fixed holidays are known.
        assert_eq!(nobody.get("/calendars/due?start=2031-09-30&unit=working_days&count=1").await.json(200)["due_on"], "2031-10-06");
    }

    async fn absurd_questions_are_refused(app) {
        for query in [
            "start=2025-07-01&unit=months&count=0",
            "start=2025-07-01&unit=months&count=100000",
            "start=2025-07-01&unit=months&count=-1",
            "start=2025-07-01&unit=weeks&count=3",
            "start=2025-02-30&unit=days&count=3",
            "start=1900-01-01&unit=days&count=3",
            "start=9999-12-31&unit=days&count=3",
            "unit=days&count=3",
        ] {
            app.nobody().get(&format!("/calendars/due?{query}")).await.problem("validation_failed");
        }
        // The longest that is taken.
        app.nobody().get("/calendars/due?start=2200-12-31&unit=months&count=3660").await.json(200);
    }

    async fn a_new_calendar_moves_what_is_open_and_the_people_are_told(app) {
        let seats = app.seats(2).await;
        until(app, "2026-11-12T01:00:00Z");
        let both = [(seats[0].account_id, Part::Handler), (seats[1].account_id, Part::Representative)];
        let moving = start(app, "第0042号建议", rule(LengthUnit::Months, 3), &both).await;
        let staying = start(app, "第0043号建议", rule(LengthUnit::Months, 4), &both).await;
        let in_time = start(app, "第0044号建议", rule(LengthUnit::WorkingDays, 10), &both).await;
        let elsewhere = start_in(app, app.other.id, "别处的建议", rule(LengthUnit::Months, 3), &both[..1], None).await;
        assert_eq!(seen(app, moving).await["provisional"], true);
        assert!(seen(app, moving).await["sentences"].to_string().contains("尚未公布"));
        let answer = app.congress.admin.put(&path(app), notice()).await.json(200);
        assert_eq!(answer, json!({
            "year": 2027, "version": 1, "changed": true, "moved_elsewhere": 1,
            "moved": [{ "deadline_id": moving.to_string(), "congress_id": app.congress.id.to_string(), "title": "第0042号建议", "from": "2027-02-12", "to": "2027-02-14" }],
        }));
        let moved = seen(app, moving).await;
        assert_eq!((moved["due_on"].as_str(), moved["provisional"].as_bool()), (Some("2027-02-14"), Some(false)));
        assert!(moved["sentences"].to_string().contains("采用2027年节假日安排（第1版）"));
        let stays = seen(app, staying).await;
        assert_eq!((stays["due_on"].as_str(), stays["provisional"].as_bool()), (Some("2027-03-12"), Some(false)));
        assert_eq!(seen(app, in_time).await["reminders"].as_array().unwrap().len(), 8, "what is not touched is not armed anew");
        let other = app.other.admin.get(&format!("/deadlines/{elsewhere}")).await.json(200);
        assert_eq!(other["due_on"], "2027-02-14");
        assert_eq!((messages(app, "deadline_moved", &seats[0]), messages(app, "deadline_moved", &seats[1])), (2, 1));
        // Reminders count working days of the new calendar: of the three before Sunday 14 February the first is Tuesday the 2nd.
        let reminders = moved["reminders"].as_array().unwrap();
        let three = reminders.iter().find(|r| r["step"] == -3 && r["state"] == "armed").unwrap();
        assert_eq!(three["due_at"], "2027-02-02T00:00:00Z");
        // The same again changes nothing.
        let again = app.congress.admin.put(&path(app), notice()).await.json(200);
        assert_eq!((again["version"].as_i64(), again["changed"].as_bool(), again["moved"].as_array().unwrap().len()), (Some(1), Some(false), 0));
        assert_eq!(messages(app, "deadline_moved", &seats[0]), 2);
        // A correction is another version, and touches dates that were final.
        let mut corrected = notice();
        corrected["days"].as_array_mut().unwrap().push(json!({ "name": "特别假", "date": "2027-03-12", "off": true }));
        let answer = app.congress.admin.put(&path(app), corrected).await.json(200);
        assert_eq!((answer["version"].as_i64(), answer["moved"][0]["to"].as_str()), (Some(2), Some("2027-03-15")));
        assert_eq!(app.nobody().get("/calendars/2027").await.json(200)["version"], 2);
        assert_eq!(app.count("audit_lines WHERE action = 'calendar.import'"), 2);
    }

    async fn many_moves_are_told_in_one_message(app) {
        let seats = app.seats(1).await;
        until(app, "2026-11-12T01:00:00Z");
        for n in 0..5 {
            start(app, &format!("第{n}号建议"), rule(LengthUnit::Months, 3), &[(seats[0].account_id, Part::Handler)]).await;
        }
        let answer = app.congress.admin.put(&path(app), notice()).await.json(200);
        assert_eq!(answer["moved"].as_array().unwrap().len(), 5);
        assert_eq!((messages(app, "deadline_moved_many", &seats[0]), messages(app, "deadline_moved", &seats[0])), (1, 0));
    }

    async fn what_was_started_beside_an_import_is_settled_by_the_job(app) {
        let seats = app.seats(1).await;
        until(app, "2026-11-12T01:00:00Z");
        let id = start(app, "建议", rule(LengthUnit::Months, 3), &[(seats[0].account_id, Part::Handler)]).await;
        // As if another process had imported meanwhile, or a new version of the program held the year.
        app.sql(&format!(
            "INSERT INTO calendar_years (year, published, version, days, imported_at) VALUES (2027, true, 1, '{}', '2026-11-12T00:00:00.000000Z')",
            notice()["days"]
        ));
        until(app, "2026-11-12T15:00:00Z");
        lvzhi::features::calendars::settle_provisional(&app.services).await.unwrap();
        assert_eq!(seen(app, id).await["provisional"], true, "not at eleven in the evening");
        until(app, "2026-11-13T00:30:00Z");
        lvzhi::features::calendars::settle_provisional(&app.services).await.unwrap();
        assert_eq!((seen(app, id).await["due_on"].as_str(), messages(app, "deadline_moved", &seats[0])), (Some("2027-02-14"), 1));
        lvzhi::features::calendars::settle_provisional(&app.services).await.unwrap();
        assert_eq!(messages(app, "deadline_moved", &seats[0]), 1);
    }

    async fn only_a_good_calendar_is_taken_and_only_from_the_top(app) {
        let with = |change: &dyn Fn(&mut Value)| { let mut n = notice(); change(&mut n); n };
        let push = |name: &'static str, date: &'static str, off: bool| with(&|n| n["days"].as_array_mut().unwrap().push(json!({ "name": name, "date": date, "off": off })));
        for (bad, field) in [
            (push("元旦", "2028-01-01", true), "days[23].date"),
            (push("元旦", "2026-06-01", true), "days[23].date"),
            (push("春节", "2027-02-14", false), "days[23].date"),
            (push("春节", "2027-02-17", false), "days[23].off"),
            (push("", "2027-02-17", true), "days[23].name"),
            (with(&|n| n["published"] = json!(false)), "published"),
            (with(&|n| n["year"] = json!(2028)), "year"),
            (with(&|n| { n["days"].as_array_mut().unwrap().remove(0); }), "days"),
        ] {
            let problem = app.congress.admin.put(&path(app), bad).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        let many: Vec<Value> = (0..121).map(|_| json!({ "name": "假", "date": "2027-03-06", "off": true })).collect();
        app.congress.admin.put(&path(app), json!({ "year": 2027, "published": true, "days": many })).await.problem("validation_failed");
        app.congress.admin.put(&format!("/congresses/{}/calendars/9999", app.congress.id), with(&|n| n["year"] = json!(9999))).await.problem("validation_failed");
        assert_eq!(app.count("calendar_years"), 0);
        app.congress.clerk.put(&path(app), notice()).await.problem("forbidden");
        app.other.admin.put(&path(app), notice()).await.problem("not_found");
        app.sql(&format!("UPDATE congresses SET parent_id = '{}' WHERE id = '{}'", app.other.id, app.congress.id));
        let problem = app.congress.admin.put(&path(app), notice()).await.problem("forbidden");
        assert!(problem["detail"].as_str().unwrap().contains("the congress at the top"));
        // A notice may speak of the end of the December before.
        let eve = push("元旦", "2026-12-31", true);
        app.other.admin.put(&format!("/congresses/{}/calendars/2027", app.other.id), eve).await.json(200);
        assert_eq!(app.nobody().get("/calendars/due?start=2026-12-30&unit=working_days&count=1").await.json(200)["due_on"], "2027-01-04");
    }

    async fn of_two_imports_at_once_none_is_lost(app) {
        let mut other = notice();
        other["days"].as_array_mut().unwrap().push(json!({ "name": "特别假", "date": "2027-03-12", "off": true }));
        let path = path(app);
        let (a, b) = tokio::join!(app.congress.admin.put(&path, notice()), app.congress.admin.put(&path, other));
        let versions = [&a, &b].map(|answer| if answer.status == 200 { answer.json(200)["version"].as_i64() } else { answer.problem("conflict"); None });
        let mut made: Vec<i64> = versions.into_iter().flatten().collect();
        made.sort_unstable();
        assert_eq!(made, (1..=made.len() as i64).collect::<Vec<_>>());
        assert_eq!(app.nobody().get("/calendars/2027").await.json(200)["version"].as_i64(), made.last().copied());
    }
}

#[test]
fn the_command_line_imports_a_file() {
    let program = Program::new();
    let file = program.folder().join("2027.json");
    let import = || program.command("admin").arg("calendar").arg(&file).output().unwrap();
    let missing = import();
    assert!(!missing.status.success());
    std::fs::write(&file, "{ \"year\": 2027 }").unwrap();
    let bad = import();
    assert!(
        !bad.status.success() && String::from_utf8_lossy(&bad.stderr).contains("published"),
        "{bad:?}"
    );
    std::fs::write(&file, notice().to_string()).unwrap();
    let good = import();
    assert!(good.status.success(), "{good:?}");
    assert!(
        String::from_utf8_lossy(&good.stdout).contains("calendar of 2027 imported as version 1"),
        "{good:?}"
    );
    let again = import();
    assert!(
        String::from_utf8_lossy(&again.stdout).contains("says this already (version 1)"),
        "{again:?}"
    );
}
