//! A year of reminders for four hundred proposals, replayed with the driven clock and compared with an oracle.
//!
//! The oracle knows the files of the calendar and goes through the year day by day; it shares nothing with the program.

use super::calendars::notice;
use super::{remind, seen};
use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use lvzhi::calendar::{LengthUnit, Rule};
use lvzhi::db::{DbError, Id, Ts};
use lvzhi::features::{calendars, congresses};
use lvzhi::reminders::{self, NewDeadline, Part, Reminded, Subject};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const PROPOSALS: usize = 400;
const DAYS: u64 = 365;

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    Start,
    Finish,
    Cancel,
    /// From three months to six.
    Extend,
}

/// One deadline of the story.
struct Line {
    unit: LengthUnit,
    count: u32,
    people: Vec<(usize, Part)>,
    /// By the day of the story, in order.
    events: Vec<(u64, Event)>,
}

/// Two deadlines for each proposal: sign for it, and reply.
fn story() -> Vec<Line> {
    let mut dice = Dice(2026);
    let mut lines = vec![];
    for _ in 0..PROPOSALS {
        let start = dice.below(240);
        let people = vec![
            (dice.below(24) as usize, Part::Handler),
            (24 + dice.below(8) as usize, Part::OfficeHead),
            (32 + dice.below(60) as usize, Part::Representative),
            (92 + dice.below(4) as usize, Part::Supervisor),
        ];
        let mut events = vec![(start, Event::Start)];
        if dice.below(20) > 0 {
            events.push((start + 1 + dice.below(24), Event::Finish));
        }
        lines.push(Line {
            unit: LengthUnit::WorkingDays,
            count: 10,
            people: people.clone(),
            events,
        });
        let mut events = vec![(start, Event::Start)];
        let mut end = start + 20 + dice.below(130);
        if dice.below(7) == 0 {
            events.push((start + 30 + dice.below(55), Event::Extend));
            end = start + 90 + dice.below(140);
        }
        match dice.below(20) {
            0 => (),
            1 => events.push((end, Event::Cancel)),
            _ => events.push((end, Event::Finish)),
        }
        lines.push(Line {
            unit: LengthUnit::Months,
            count: 3,
            people,
            events,
        });
    }
    lines
}

/// What the oracle knows of days.
struct Days365 {
    said: HashMap<NaiveDate, bool>,
    published: BTreeSet<i32>,
}

impl Days365 {
    fn read() -> Days365 {
        let mut days = Days365 {
            said: HashMap::new(),
            published: BTreeSet::new(),
        };
        for year in [2026, 2027] {
            let path = format!("{}/api/src/calendar/years/{year}.json", env!("CARGO_MANIFEST_DIR"));
            days.learn(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
        }
        days
    }

    fn learn(&mut self, year: &Value) {
        if year["published"] == true {
            self.published.insert(year["year"].as_i64().unwrap() as i32);
        }
        for day in year["days"].as_array().unwrap() {
            self.said
                .insert(day["date"].as_str().unwrap().parse().unwrap(), day["off"] == true);
        }
    }

    fn works(&self, day: NaiveDate) -> bool {
        if let Some(off) = self.said.get(&day) {
            return !off;
        }
        let fixed = [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)].contains(&(day.month(), day.day()));
        day.weekday().number_from_monday() < 6 && (self.published.contains(&day.year()) || !fixed)
    }

    fn due(&self, unit: LengthUnit, count: u32, start: NaiveDate) -> NaiveDate {
        let mut day = start;
        if unit == LengthUnit::WorkingDays {
            let mut n = 0;
            while n < count {
                day = day.succ_opt().unwrap();
                n += u32::from(self.works(day));
            }
            return day;
        }
        let months = start.month0() + count;
        let (year, month) = (start.year() + (months / 12) as i32, months % 12 + 1);
        let last = (28..=31)
            .filter_map(|n| NaiveDate::from_ymd_opt(year, month, n))
            .next_back()
            .unwrap();
        day = NaiveDate::from_ymd_opt(year, month, start.day()).unwrap_or(last);
        while !self.works(day) {
            day = day.succ_opt().unwrap();
        }
        day
    }

    /// Working days from `today` to `due` if they are ten or less.
    fn left(&self, today: NaiveDate, due: NaiveDate) -> Option<i64> {
        let (mut n, mut day) = (0, today);
        while day < due {
            day = day.succ_opt().unwrap();
            n += i64::from(self.works(day));
            if n > 10 {
                return None;
            }
        }
        Some(n)
    }
}

/// A reminder that was sent: day, person, deadline, step.
type Sent = (NaiveDate, usize, usize, i64);

/// Everything that must be sent, and the day on which the new calendar comes.
fn oracle(story: &[Line], first: NaiveDate, import: u64) -> BTreeSet<Sent> {
    struct State {
        start: NaiveDate,
        count: u32,
        due: NaiveDate,
        late: i64,
        told: BTreeSet<(usize, i64)>,
        open: bool,
    }
    let mut days = Days365::read();
    let mut states: BTreeMap<usize, State> = BTreeMap::new();
    let mut sent = BTreeSet::new();
    for n in 0..DAYS {
        let today = first + Days::new(n);
        // Eight in the morning.
        if days.works(today) {
            for (line, state) in states.iter_mut().filter(|(_, s)| s.open) {
                let step = if today > state.due {
                    state.late += 1;
                    (state.late % 5 == 0).then_some(state.late)
                } else {
                    days.left(today, state.due)
                        .filter(|n| [10, 3, 1, 0].contains(n))
                        .map(|n| -n)
                };
                let Some(step) = step else { continue };
                for (person, part) in &story[*line].people {
                    if (*part != Part::Supervisor || step > 5) && state.told.insert((*person, step)) {
                        sent.insert((today, *person, *line, step));
                    }
                }
            }
        }
        // Nine.
        for (line, l) in story.iter().enumerate() {
            for (_, event) in l.events.iter().filter(|(day, _)| *day == n) {
                if *event == Event::Start {
                    let due = days.due(l.unit, l.count, today);
                    states.insert(
                        line,
                        State {
                            start: today,
                            count: l.count,
                            due,
                            late: 0,
                            told: BTreeSet::new(),
                            open: true,
                        },
                    );
                    continue;
                }
                let state = states.get_mut(&line).unwrap();
                if *event == Event::Extend {
                    state.count = 6;
                    state.due = days.due(l.unit, 6, state.start);
                    (state.late, state.told) = (0, BTreeSet::new());
                } else {
                    state.open = false;
                }
            }
        }
        if n == import {
            days.learn(&notice());
            for (line, state) in states.iter_mut().filter(|(_, s)| s.open) {
                let due = days.due(story[*line].unit, state.count, state.start);
                if due != state.due {
                    (state.due, state.late, state.told) = (due, 0, BTreeSet::new());
                }
            }
        }
    }
    sent
}

fn at(day: NaiveDate, hour: i64) -> Ts {
    Ts(day.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::hours(hour - 8))
}

/// One replay at a time: two would measure each other.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

both! {
    async fn of_reminders_is_replayed_as_an_oracle_says(app) {
        let _alone = ALONE.lock().await;
        let began = std::time::Instant::now();
        let story = story();
        let first: NaiveDate = "2026-03-03".parse().unwrap();
        let import = 262;
        let accounts: Vec<Id> = app.seats(96).await.iter().map(|s| s.account_id).collect();
        let mut ids: Vec<Option<Id>> = vec![None; story.len()];
        let congress_id = app.congress.id;
        for n in 0..DAYS {
            let today = first + Days::new(n);
            app.wait(at(today, 8) - app.clock.now());
            remind(app).await;
            app.wait(at(today, 9) - app.clock.now());
            let mut todo = vec![];
            for (line, l) in story.iter().enumerate() {
                for (_, event) in l.events.iter().filter(|(day, _)| *day == n) {
                    let people: Vec<Reminded> = l.people.iter().map(|(p, part)| Reminded { account_id: accounts[*p], part: *part }).collect();
                    todo.push((line, *event, l.unit, l.count, people, ids[line]));
                }
            }
            if !todo.is_empty() {
                let now = app.clock.now();
                let made = app.services.db.write(move |c| {
                    let calendar = calendars::current(c)?;
                    let place = congresses::local(c, congress_id)?;
                    let mut made = vec![];
                    let mut began_today: HashMap<usize, Id> = HashMap::new();
                    for (line, event, unit, count, people, id) in todo {
                        let rule = |count| Rule { name: "办理".into(), unit, count, article: "办法".into() };
                        let id = id.or_else(|| began_today.get(&line).copied());
                        match (event, id) {
                            (Event::Start, _) => {
                                let new = NewDeadline {
                                    congress_id, kind: "reply", subject: Subject { kind: "proposal", id: Id::new() }, holder_id: None,
                                    title: &format!("第{line}号"), rule: rule(count), start: today, people,
                                };
                                let id = reminders::start(c, &calendar, &place, new, now)?.id;
                                began_today.insert(line, id);
                                made.push((line, id));
                            }
                            (Event::Finish, Some(id)) => drop(reminders::finish(c, &calendar, place.tz_minutes, id, now)?),
                            (Event::Cancel, Some(id)) => reminders::cancel(c, id, now)?,
                            (Event::Extend, Some(id)) => {
                                let start = start_of(c, id)?;
                                drop(reminders::move_to(c, &calendar, &place, id, rule(6), start, now)?);
                            }
                            (_, None) => unreachable!("it has begun"),
                        }
                    }
                    Ok::<_, DbError>(made)
                });
                for (line, id) in made.await.unwrap() {
                    ids[line] = Some(id);
                }
            }
            if n == import {
                let path = format!("/congresses/{congress_id}/calendars/2027");
                let answer = app.congress.admin.put(&path, notice()).await.json(200);
                assert!(!answer["moved"].as_array().unwrap().is_empty());
            }
        }
        let mut sent: BTreeSet<Sent> = BTreeSet::new();
        let mut by_message: HashMap<(NaiveDate, usize), BTreeSet<String>> = HashMap::new();
        for (line, id) in ids.iter().enumerate() {
            let deadline = seen(app, id.expect("all begin within the year")).await;
            for r in deadline["reminders"].as_array().unwrap().iter().filter(|r| r["state"] == "sent") {
                let sent_at: Ts = serde_json::from_value(r["sent_at"].clone()).unwrap();
                let day = (sent_at + TimeDelta::hours(8)).0.date_naive();
                assert_eq!(sent_at, at(day, 8));
                let person: usize = r["name"].as_str().unwrap().trim_start_matches("代表").parse().unwrap();
                assert!(sent.insert((day, person, line, r["step"].as_i64().unwrap())), "sent twice: {r}");
                by_message.entry((day, person)).or_default().insert(r["message_id"].as_str().unwrap().to_owned());
            }
        }
        let expected = oracle(&story, first, import);
        assert!(expected.len() > 5_000, "a year of work: {}", expected.len());
        let (missing, more): (Vec<_>, Vec<_>) = (expected.difference(&sent).take(5).collect(), sent.difference(&expected).take(5).collect());
        assert!(missing.is_empty() && more.is_empty(), "not sent: {missing:?}\nnot expected: {more:?}");
        // Four and more on one morning are one message, less are as many as there are.
        let mut mornings: HashMap<(NaiveDate, usize), usize> = HashMap::new();
        for (day, person, ..) in &expected {
            *mornings.entry((*day, *person)).or_default() += 1;
        }
        for (morning, n) in &mornings {
            assert_eq!(by_message[morning].len(), if *n >= 4 { 1 } else { *n }, "{morning:?}");
        }
        assert!(mornings.values().any(|n| *n >= 4) && mornings.values().any(|n| *n == 3));
        let took = began.elapsed();
        assert!(took.as_secs() < 30, "a year took {took:?}");
        println!("{} reminders of a year in {took:?}", sent.len());
    }
}

fn start_of(c: &mut lvzhi::db::DbConn, id: Id) -> Result<NaiveDate, DbError> {
    Ok(reminders::deadline(c, id)?.expect("it has begun").start_on)
}
