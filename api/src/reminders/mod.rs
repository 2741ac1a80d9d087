//! Deadlines of people and organisations: a stand-in that keeps the dates and reminds nobody.

use crate::calendar::{self, Calendar};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::deadlines;
use crate::text_enum;
use chrono::NaiveDate;
use diesel::prelude::*;

text_enum! {
    /// Why somebody is reminded.
    Part { Handler = "handler", OfficeHead = "office_head", Representative = "representative", Supervisor = "supervisor" }
}
text_enum! {
    /// What became of a deadline.
    DeadlineState { Running = "running", Met = "met", LateMet = "late_met", Cancelled = "cancelled" }
}

#[derive(Debug, Clone, Copy)]
pub struct Subject {
    pub kind: &'static str,
    pub id: Id,
}

#[derive(Debug, Clone, Copy)]
pub struct Reminded {
    pub account_id: Id,
    pub part: Part,
}

pub struct NewDeadline<'a> {
    pub congress_id: Id,
    pub kind: &'a str,
    pub subject: Subject,
    pub holder_id: Option<Id>,
    pub title: &'a str,
    pub rule: calendar::Rule,
    pub start: NaiveDate,
    pub people: Vec<Reminded>,
}

#[derive(Debug, Clone, Default)]
pub struct ReminderRules;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = deadlines, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Deadline {
    pub id: Id,
    pub congress_id: Id,
    pub kind: String,
    pub subject_kind: String,
    pub subject_id: Id,
    pub holder_id: Option<Id>,
    pub title: String,
    pub start_on: NaiveDate,
    pub due_on: NaiveDate,
    pub provisional: bool,
    pub derivation: Json,
    pub state: DeadlineState,
    pub ended_at: Option<Ts>,
    pub late_days: i32,
    pub created_at: Ts,
}

fn local(tz_minutes: i32, now: Ts) -> NaiveDate {
    (now.0 + chrono::TimeDelta::minutes(tz_minutes.into())).date_naive()
}

pub fn start(
    c: &mut DbConn,
    calendar: &Calendar,
    _rules: &ReminderRules,
    _tz_minutes: i32,
    new: NewDeadline<'_>,
    now: Ts,
) -> QueryResult<Deadline> {
    let due = calendar::due(calendar, &new.rule, new.start);
    let row = Deadline {
        id: Id::new(),
        congress_id: new.congress_id,
        kind: new.kind.into(),
        subject_kind: new.subject.kind.into(),
        subject_id: new.subject.id,
        holder_id: new.holder_id,
        title: new.title.into(),
        start_on: new.start,
        due_on: due.on,
        provisional: due.provisional,
        derivation: Json(serde_json::to_value(&due.derivation).expect("plain data")),
        state: DeadlineState::Running,
        ended_at: None,
        late_days: 0,
        created_at: now,
    };
    on_backend!(c, c => diesel::insert_into(deadlines::table).values(&row).execute(c))?;
    Ok(row)
}

/// Working days late; 0 in time.
pub fn finish(c: &mut DbConn, calendar: &Calendar, tz_minutes: i32, id: Id, now: Ts) -> QueryResult<i64> {
    let due: NaiveDate = on_backend!(c, c => deadlines::table.find(id).select(deadlines::due_on).first(c))?;
    let late = calendar.working_days_between(due, local(tz_minutes, now)).max(0);
    let state = if late > 0 {
        DeadlineState::LateMet
    } else {
        DeadlineState::Met
    };
    on_backend!(c, c => diesel::update(deadlines::table.find(id))
        .set((deadlines::state.eq(state), deadlines::ended_at.eq(now), deadlines::late_days.eq(late as i32))).execute(c))?;
    Ok(late)
}

pub fn cancel(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<()> {
    on_backend!(c, c => diesel::update(deadlines::table.find(id))
        .set((deadlines::state.eq(DeadlineState::Cancelled), deadlines::ended_at.eq(now))).execute(c))
    .map(drop)
}

#[allow(clippy::too_many_arguments)]
pub fn move_to(
    c: &mut DbConn,
    calendar: &Calendar,
    _rules: &ReminderRules,
    _tz_minutes: i32,
    id: Id,
    rule: calendar::Rule,
    start: NaiveDate,
    _now: Ts,
) -> QueryResult<Deadline> {
    let due = calendar::due(calendar, &rule, start);
    on_backend!(c, c => diesel::update(deadlines::table.find(id))
        .set((deadlines::start_on.eq(start), deadlines::due_on.eq(due.on), deadlines::provisional.eq(due.provisional)))
        .execute(c))?;
    on_backend!(c, c => deadlines::table.find(id).select(Deadline::as_select()).first(c))
}

pub fn of_subject(c: &mut DbConn, subject: Subject) -> QueryResult<Vec<Deadline>> {
    on_backend!(c, c => deadlines::table
        .filter(deadlines::subject_id.eq(subject.id).and(deadlines::subject_kind.eq(subject.kind)))
        .order(deadlines::id).select(Deadline::as_select()).load(c))
}

pub fn running(c: &mut DbConn, subject: Subject, kind: &str, holder: Option<Id>) -> QueryResult<Option<Deadline>> {
    let all = of_subject(c, subject)?;
    let is = |d: &Deadline| d.state == DeadlineState::Running && d.kind == kind && d.holder_id == holder;
    Ok(all.into_iter().find(is))
}
