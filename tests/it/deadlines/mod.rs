//! Deadlines and reminders: explained, sent in time and to the right people, never twice, not at night, and armed anew.

mod calendars;
mod workers;
mod year;

use crate::harness::{Seat, TestApp};
use chrono::NaiveDate;
use lvzhi::calendar::{LengthUnit, Rule};
use lvzhi::db::{DbError, Id, Ts};
use lvzhi::features::{calendars as national, congresses, deadlines};
use lvzhi::reminders::{self, NewDeadline, Part, Pass, Reminded, Subject};
use serde_json::{Value, json};

fn rule(unit: LengthUnit, count: u32) -> Rule {
    Rule {
        name: "答复".into(),
        unit,
        count,
        article: "代表法第四十二条".into(),
    }
}

fn ten_days() -> Rule {
    rule(LengthUnit::WorkingDays, 10)
}

/// A deadline of the test's congress that begins today.
async fn start(app: &TestApp, title: &str, rule: Rule, people: &[(Id, Part)]) -> Id {
    start_in(app, app.congress.id, title, rule, people, None).await
}

async fn start_in(
    app: &TestApp,
    congress_id: Id,
    title: &str,
    rule: Rule,
    people: &[(Id, Part)],
    holder_id: Option<Id>,
) -> Id {
    let (title, now) = (title.to_owned(), app.clock.now());
    let people = people
        .iter()
        .map(|(account_id, part)| Reminded {
            account_id: *account_id,
            part: *part,
        })
        .collect();
    let write = app.services.db.write(move |c| {
        let place = congresses::local(c, congress_id)?;
        let new = NewDeadline {
            congress_id,
            kind: "reply",
            subject: Subject {
                kind: "proposal",
                id: Id::new(),
            },
            holder_id,
            title: &title,
            rule,
            start: place.day(now),
            people,
        };
        let calendar = national::current(c)?;
        Ok::<_, DbError>(reminders::start(c, &calendar, &place, new, now)?.id)
    });
    write.await.expect("the deadline begins")
}

/// Ends a deadline; gives the working days late.
async fn finish(app: &TestApp, id: Id) -> Result<i64, DbError> {
    let now = app.clock.now();
    let write = app.services.db.write(move |c| {
        let calendar = national::current(c)?;
        Ok::<_, DbError>(reminders::finish(c, &calendar, 480, id, now)?)
    });
    write.await
}

async fn cancel(app: &TestApp, id: Id) -> Result<(), DbError> {
    let now = app.clock.now();
    app.services
        .db
        .write(move |c| Ok::<_, DbError>(reminders::cancel(c, id, now)?))
        .await
}

/// Another rule from the same first day.
async fn extend(app: &TestApp, id: Id, rule: Rule) -> NaiveDate {
    let now = app.clock.now();
    let write = app.services.db.write(move |c| {
        let old = reminders::deadline(c, id)?.expect("it exists");
        let place = congresses::local(c, old.congress_id)?;
        let calendar = national::current(c)?;
        let moved = reminders::move_to(c, &calendar, &place, id, rule, old.start_on, now)?;
        Ok::<_, DbError>(moved.due_on)
    });
    write.await.expect("the deadline moves")
}

/// Sets the clock, which only goes forward.
fn until(app: &TestApp, moment: &str) {
    let moment = Ts(moment.parse().unwrap());
    assert!(moment >= app.clock.now(), "{moment} has been");
    app.wait(moment - app.clock.now());
}

/// Lets the worker come round.
async fn remind(app: &TestApp) -> Pass {
    deadlines::remind(&app.services).await.expect("reminding works")
}

/// Comes round at a moment; gives how many reminders were sent.
async fn sent_at(app: &TestApp, moment: &str) -> usize {
    until(app, moment);
    remind(app).await.sent
}

async fn seen(app: &TestApp, id: Id) -> Value {
    app.congress.clerk.get(&format!("/deadlines/{id}")).await.json(200)
}

/// Step and state of one person's reminders, by their moment.
async fn steps(app: &TestApp, id: Id, name: &str) -> Vec<(i64, String)> {
    let seen = seen(app, id).await;
    let of_person = seen["reminders"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["name"] == name);
    of_person
        .map(|r| (r["step"].as_i64().unwrap(), r["state"].as_str().unwrap().to_owned()))
        .collect()
}

fn told(expected: &[(i64, &str)]) -> Vec<(i64, String)> {
    expected
        .iter()
        .map(|(step, state)| (*step, (*state).to_owned()))
        .collect()
}

fn messages(app: &TestApp, template: &str, to: &Seat) -> i64 {
    app.count(&format!(
        "outbox WHERE template = '{template}' AND account_id = '{}'",
        to.account_id
    ))
}

async fn set_reminders(app: &TestApp, rules: Value) {
    for congress in [&app.congress, &app.other] {
        let body = json!({ "name": congress.name, "short_name": congress.name, "settings": { "reminders": rules } });
        congress
            .admin
            .put(&format!("/congresses/{}", congress.id), body)
            .await
            .json(200);
    }
}

both! {
    async fn a_deadline_is_explained_and_lists_whom_it_reminds(app) {
        let seats = app.seats(3).await;
        let people = [(seats[0].account_id, Part::Handler), (seats[1].account_id, Part::Representative), (seats[2].account_id, Part::Supervisor),
            // In a second part: reminded once.
            (seats[0].account_id, Part::Supervisor)];
        let id = start(app, "第0042号 关于增设社区养老服务站的建议", ten_days(), &people).await;
        let d = seen(app, id).await;
        assert_eq!((d["due_on"].as_str(), d["start_on"].as_str(), d["provisional"].as_bool()), (Some("2026-03-16"), Some("2026-03-02"), Some(false)));
        assert_eq!((d["state"].as_str(), d["light"].as_str(), d["late_days"].as_i64()), (Some("running"), Some("running"), Some(0)));
        assert_eq!(d["sentences"], json!([
            "答复：期限10个工作日（代表法第四十二条）。",
            "自2026年3月2日起算，开始的当日不计入（《民法典》第二百零一条）。",
            "其间4个休息日不计入：2026年3月7日至2026年3月8日（周末）、2026年3月14日至2026年3月15日（周末）。",
            "届满日为2026年3月16日。",
            "采用2026年节假日安排（第1版）。",
        ]));
        // It began this morning: the step of ten days before lies behind.
        let expected = [(-3, "armed"), (-1, "armed"), (0, "armed"), (5, "armed")];
        for seat in &seats[..2] {
            assert_eq!(steps(app, id, &seat.name).await, told(&expected));
        }
        assert_eq!(steps(app, id, &seats[2].name).await, told(&[(10, "armed")]));
        let moments: Vec<&str> = d["reminders"].as_array().unwrap().iter().filter(|r| r["part"] == "handler").map(|r| r["due_at"].as_str().unwrap()).collect();
        assert_eq!(moments, ["2026-03-11T00:00:00Z", "2026-03-13T00:00:00Z", "2026-03-16T00:00:00Z", "2026-03-23T00:00:00Z"], "at eight in the morning");
        let request = app.congress.clerk.request("GET", &format!("/deadlines/{id}")).header("accept-language", "en");
        let english = app.congress.clerk.send(request).await.json(200);
        assert_eq!(english["sentences"][3], "Due on 2026-03-16.");
    }

    async fn a_deadline_is_seen_by_staff_and_by_whom_it_concerns(app) {
        let seats = app.seats(3).await;
        let id = start_in(app, app.congress.id, "建议", ten_days(), &[(seats[0].account_id, Part::Handler)], Some(seats[1].representative_id)).await;
        let path = format!("/deadlines/{id}");
        for client in [&app.congress.admin, &app.congress.clerk, &app.congress.liaison, &app.congress.supervisor] {
            client.get(&path).await.json(200);
        }
        seats[0].client.get(&path).await.json(200);
        // The seat that must act.
        seats[1].client.get(&path).await.json(200);
        for client in [&seats[2].client, &app.congress.voter, &app.congress.handler, &app.other.admin] {
            client.get(&path).await.problem("not_found");
        }
        app.nobody().get(&path).await.problem("not_logged_in");
        app.congress.admin.get(&format!("/deadlines/{}", Id::new())).await.problem("not_found");
        // The officers of the organisation that must act see it, those of another do not.
        let (mine, others) = (Id::new(), Id::new());
        for (n, organisation) in [mine, others].iter().enumerate() {
            app.sql(&format!("INSERT INTO organisations (id, congress_id, name, short_name) VALUES ('{organisation}', '{}', '单位{n}', '单位{n}')", app.congress.id));
        }
        app.sql(&format!("UPDATE grants SET organisation_id = '{mine}' WHERE role = 'handler' AND congress_id = '{}'", app.congress.id));
        for (holder, seen) in [(mine, true), (others, false)] {
            let id = start_in(app, app.congress.id, "建议", ten_days(), &[], Some(holder)).await;
            let answer = app.congress.handler.get(&format!("/deadlines/{id}")).await;
            assert_eq!(answer.status, if seen { 200 } else { 404 });
        }
    }

    async fn my_deadlines_are_listed_by_day_with_their_colour(app) {
        let seats = app.seats(2).await;
        let me = [(seats[0].account_id, Part::Handler)];
        let late = start(app, "一", rule(LengthUnit::WorkingDays, 1), &me).await;
        let soon = start(app, "二", rule(LengthUnit::WorkingDays, 6), &me).await;
        let far = start(app, "三", rule(LengthUnit::Months, 3), &me).await;
        let done = start(app, "四", rule(LengthUnit::WorkingDays, 2), &me).await;
        finish(app, done).await.unwrap();
        start(app, "五", ten_days(), &[(seats[0].account_id, Part::Supervisor), (seats[1].account_id, Part::Handler)]).await;
        until(app, "2026-03-05T01:00:00Z");
        let mine = seats[0].client.get("/me/deadlines").await.json(200);
        let line = |d: &Value| (d["id"].as_str().unwrap().to_owned(), d["light"].as_str().unwrap().to_owned(), d["days_left"].as_i64().unwrap());
        let lines: Vec<_> = mine["items"].as_array().unwrap().iter().map(line).collect();
        assert_eq!(lines, [(late.to_string(), "late".to_owned(), -2), (soon.to_string(), "due_soon".to_owned(), 3), (far.to_string(), "running".to_owned(), 60)]);
        let first = seats[0].client.get("/me/deadlines?limit=2").await.json(200);
        let rest = seats[0].client.get(&format!("/me/deadlines?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await.json(200);
        assert_eq!((rest["items"].as_array().unwrap().len(), rest["items"][0]["id"].as_str()), (1, Some(&far.to_string()[..])));
        assert_eq!(rest["next_cursor"], Value::Null);
    }

    async fn people_are_reminded_before_on_and_after_the_day_and_supervisors_when_it_stays_late(app, { "demo": true }) {
        let seats = app.seats(3).await;
        let people = [(seats[0].account_id, Part::Handler), (seats[1].account_id, Part::Representative), (seats[2].account_id, Part::Supervisor)];
        let id = start(app, "第0042号建议", ten_days(), &people).await;
        assert_eq!(sent_at(app, "2026-03-10T23:59:59Z").await, 0, "not before eight");
        assert_eq!(sent_at(app, "2026-03-11T00:00:00Z").await, 2);
        assert_eq!(remind(app).await, Pass::default(), "nothing is sent twice");
        assert_eq!(sent_at(app, "2026-03-13T00:00:00Z").await, 2);
        assert_eq!(sent_at(app, "2026-03-16T00:00:00Z").await, 2);
        assert_eq!(sent_at(app, "2026-03-20T00:00:00Z").await, 0);
        assert_eq!(sent_at(app, "2026-03-23T00:00:00Z").await, 2, "five days late");
        assert_eq!(sent_at(app, "2026-03-30T00:00:00Z").await, 3, "ten days late: the supervisor too");
        let texts = app.congress.admin.get(&format!("/congresses/{}/outbox?limit=200", app.congress.id)).await.json(200);
        let texts: Vec<&str> = texts["items"].as_array().unwrap().iter().rev().map(|m| m["text"].as_str().unwrap()).collect();
        let count = |text: &str| texts.iter().filter(|t| t.contains(text)).count();
        assert_eq!(count("第0042号建议 的答复期限为 2026-03-16，还剩 3 个工作日"), 2);
        assert_eq!(count("还剩 1 个工作日"), 2);
        assert_eq!(count("今日届满"), 2);
        assert_eq!(count("已逾期 5 个工作日"), 2);
        assert_eq!(count("已逾期 10 个工作日"), 3);
        until(app, "2026-03-31T02:00:00Z");
        assert_eq!(seen(app, id).await["late_days"], 11);
        assert_eq!(finish(app, id).await.unwrap(), 11);
        assert!(finish(app, id).await.is_err() && cancel(app, id).await.is_err(), "it ends once");
        let d = seen(app, id).await;
        assert_eq!((d["state"].as_str(), d["late_days"].as_i64(), d["light"].as_str()), (Some("late_met"), Some(11), None));
        assert_eq!(steps(app, id, &seats[0].name).await, told(&[(-3, "sent"), (-1, "sent"), (0, "sent"), (5, "sent"), (10, "sent"), (15, "disarmed")]));
        assert_eq!(steps(app, id, &seats[2].name).await, told(&[(10, "sent"), (15, "disarmed")]));
        assert_eq!(sent_at(app, "2026-05-29T00:00:00Z").await, 0, "what is done is not reminded of");
    }

    async fn what_is_done_in_time_or_cancelled_is_quiet(app) {
        let seats = app.seats(1).await;
        let me = [(seats[0].account_id, Part::Handler)];
        let (met, gone) = (start(app, "一", ten_days(), &me).await, start(app, "二", ten_days(), &me).await);
        // Nobody came round at eight: that step was missed when the work was done.
        until(app, "2026-03-11T02:00:00Z");
        assert_eq!(finish(app, met).await.unwrap(), 0);
        cancel(app, gone).await.unwrap();
        for (id, state) in [(met, "met"), (gone, "cancelled")] {
            assert_eq!(seen(app, id).await["state"], state);
            assert_eq!(steps(app, id, &seats[0].name).await, told(&[(-3, "missed"), (-1, "disarmed"), (0, "disarmed"), (5, "disarmed")]));
        }
        assert_eq!(remind(app).await, Pass::default());
        assert!(seats[0].client.get("/me/deadlines").await.json(200)["items"].as_array().unwrap().is_empty());
    }

    async fn nobody_is_disturbed_at_night_and_what_lost_its_sense_is_missed(app) {
        let seats = app.seats(1).await;
        let id = start(app, "建议", ten_days(), &[(seats[0].account_id, Part::Handler)]).await;
        // The worker was down until ten in the evening.
        until(app, "2026-03-11T14:00:00Z");
        assert_eq!(remind(app).await, Pass { taken: 1, postponed: 1, ..Pass::default() });
        assert_eq!(remind(app).await, Pass::default());
        assert_eq!(sent_at(app, "2026-03-11T23:59:00Z").await, 0);
        assert_eq!(sent_at(app, "2026-03-12T00:00:00Z").await, 1);
        assert_eq!(messages(app, "deadline_near", &seats[0]), 1);
        // Down over the weekend, over the day itself, and two days beyond the first late step.
        until(app, "2026-03-14T01:00:00Z");
        assert_eq!(remind(app).await, Pass { taken: 1, missed: 1, ..Pass::default() });
        until(app, "2026-03-25T01:00:00Z");
        assert_eq!(remind(app).await, Pass { taken: 2, missed: 2, ..Pass::default() });
        assert_eq!(steps(app, id, &seats[0].name).await,
            told(&[(-3, "sent"), (-1, "missed"), (0, "missed"), (5, "missed"), (10, "armed")]));
        assert_eq!(sent_at(app, "2026-03-30T00:00:00Z").await, 1);
        assert_eq!(app.count("outbox"), 2);
    }

    async fn of_two_steps_that_wait_only_the_later_is_sent(app) {
        let seats = app.seats(1).await;
        set_reminders(app, json!({ "before": [2, 1], "quiet_from": 0, "quiet_to": 0 })).await;
        let id = start(app, "建议", ten_days(), &[(seats[0].account_id, Part::Handler)]).await;
        // At no time quiet: reminders go out at midnight. The worker comes exactly a day late.
        until(app, "2026-03-12T16:00:00Z");
        assert_eq!(remind(app).await, Pass { taken: 2, sent: 1, messages: 1, missed: 1, postponed: 0 });
        assert_eq!(steps(app, id, &seats[0].name).await[..2], told(&[(-2, "missed"), (-1, "sent")]));
    }

    async fn many_become_one_and_a_person_hears_only_so_much_in_a_day(app) {
        let seats = app.seats(3).await;
        set_reminders(app, json!({ "per_day": 3, "digest_from": 4 })).await;
        let person = |n: usize| [(seats[n].account_id, Part::Handler)];
        for n in 0..4 {
            start(app, &format!("甲{n}"), ten_days(), &person(0)).await;
        }
        for n in 0..3 {
            start(app, &format!("乙{n}"), ten_days(), &person(1)).await;
        }
        // Of another congress, with one message left for the day at most.
        start_in(app, app.other.id, "丙", ten_days(), &person(1), None).await;
        until(app, "2026-03-11T00:00:00Z");
        let pass = remind(app).await;
        assert_eq!(pass, Pass { taken: 8, sent: 7, messages: 4, missed: 0, postponed: 1 });
        assert_eq!((messages(app, "deadline_digest", &seats[0]), messages(app, "deadline_near", &seats[0])), (1, 0));
        assert_eq!(messages(app, "deadline_near", &seats[1]), 3);
        assert_eq!(app.count("reminders WHERE state = 'sent' AND message_id IS NULL"), 0);
        assert_eq!(sent_at(app, "2026-03-11T12:00:00Z").await, 0, "enough for today");
        assert_eq!(sent_at(app, "2026-03-12T00:00:00Z").await, 1);
        assert_eq!(messages(app, "deadline_near", &seats[1]), 4);
    }

    async fn a_deadline_that_moves_is_armed_anew_and_what_was_sent_stays(app) {
        let seats = app.seats(1).await;
        let id = start(app, "建议", ten_days(), &[(seats[0].account_id, Part::Handler)]).await;
        assert_eq!(sent_at(app, "2026-03-11T00:00:00Z").await, 1);
        assert_eq!(extend(app, id, rule(LengthUnit::Months, 1)).await.to_string(), "2026-04-02");
        let after = told(&[(-3, "sent"), (-1, "disarmed"), (0, "disarmed"), (-10, "armed"), (5, "disarmed"), (-3, "armed"), (-1, "armed"), (0, "armed"), (5, "armed")]);
        assert_eq!(steps(app, id, &seats[0].name).await, after);
        assert_eq!(sent_at(app, "2026-03-16T00:00:00Z").await, 0, "the old day says nothing");
        assert_eq!(sent_at(app, "2026-03-19T00:00:00Z").await, 1);
        assert_eq!(sent_at(app, "2026-03-30T00:00:00Z").await, 1);
        // The same day again, by another count: what was said of it is not said again.
        assert_eq!(extend(app, id, rule(LengthUnit::WorkingDays, 23)).await.to_string(), "2026-04-02");
        let armed: Vec<_> = steps(app, id, &seats[0].name).await.into_iter().filter(|(_, state)| state == "armed").collect();
        assert_eq!(armed, told(&[(-1, "armed"), (0, "armed"), (5, "armed")]));
        assert_eq!(sent_at(app, "2026-04-01T00:00:00Z").await, 1);
        finish(app, id).await.unwrap();
        assert_eq!(app.count("outbox"), 4);
    }

    async fn settings_of_reminders_that_make_no_sense_are_refused(app) {
        let path = format!("/congresses/{}", app.congress.id);
        for (bad, field) in [
            (json!({ "before": [3, 3] }), "settings.reminders.before"),
            (json!({ "before": [0] }), "settings.reminders.before[0]"),
            (json!({ "late_every": 0 }), "settings.reminders.late_every"),
            (json!({ "quiet_from": 1440 }), "settings.reminders.quiet_from"),
            (json!({ "quiet_from": 480, "quiet_to": 479 }), "settings.reminders.quiet_to"),
            (json!({ "per_day": 0 }), "settings.reminders.per_day"),
            (json!({ "digest_from": 1 }), "settings.reminders.digest_from"),
        ] {
            let body = json!({ "name": "滨江区人民代表大会", "short_name": "滨江区", "settings": { "reminders": bad } });
            let problem = app.congress.admin.put(&path, body).await.problem("validation_failed");
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        let settings = app.congress.admin.get(&format!("{path}/settings")).await.json(200);
        assert_eq!(settings["settings"]["reminders"], json!({
            "before": [10, 3, 1], "on_day": true, "late_every": 5, "escalate_after": 1, "quiet_from": 1260, "quiet_to": 480, "per_day": 5, "digest_from": 4,
        }));
    }
}
