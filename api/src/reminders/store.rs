//! Rows and queries of deadlines and reminders.

use super::rules::Planned;
use super::{Deadline, DeadlineState, Part, Reminded, ReminderState, Subject};
use crate::calendar::Due;
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::notify::Channel;
use crate::on_backend;
use crate::schema::{accounts, deadline_people, deadlines, grants, outbox, reminders, representatives};
use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::collections::HashSet;

/// Rows of one statement: a thousand stay below the number of values that both databases take.
const CHUNK: usize = 1000;

/// As a literal, so that the databases know that the index of what runs fits.
const RUNS: &str = "deadlines.state = 'running'";

/// A deadline by its id.
pub fn deadline(c: &mut DbConn, id: Id) -> QueryResult<Option<Deadline>> {
    on_backend!(c, c => deadlines::table.find(id).select(Deadline::as_select()).first(c).optional())
}

pub fn insert(c: &mut DbConn, row: &Deadline, people: &[Reminded]) -> QueryResult<()> {
    on_backend!(c, c => diesel::insert_into(deadlines::table).values(row).execute(c))?;
    for people in people.chunks(CHUNK) {
        let rows: Vec<_> = people
            .iter()
            .map(|p| {
                (
                    deadline_people::deadline_id.eq(row.id),
                    deadline_people::account_id.eq(p.account_id),
                    deadline_people::congress_id.eq(row.congress_id),
                    deadline_people::part.eq(p.part),
                )
            })
            .collect();
        on_backend!(c, c => diesel::insert_into(deadline_people::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Ends a deadline that runs; false when it does not run.
pub fn end(c: &mut DbConn, id: Id, state: DeadlineState, late_days: i32, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(deadlines::table.find(id).filter(deadlines::state.eq(DeadlineState::Running)))
        .set((deadlines::state.eq(state), deadlines::ended_at.eq(now), deadlines::late_days.eq(late_days)))
        .execute(c))
    .map(|n| n == 1)
}

/// Gives a deadline that runs another date and the next round of reminders; false when it does not run.
pub fn set_due(c: &mut DbConn, of: &Deadline, rule_name: &str, start: NaiveDate, due: &Due) -> QueryResult<bool> {
    let derivation = Json(serde_json::to_value(&due.derivation).expect("a derivation is plain data"));
    let running = deadlines::state
        .eq(DeadlineState::Running)
        .and(deadlines::round.eq(of.round));
    on_backend!(c, c => diesel::update(deadlines::table.find(of.id).filter(running))
        .set((
            deadlines::rule_name.eq(rule_name), deadlines::start_on.eq(start), deadlines::due_on.eq(due.on),
            deadlines::provisional.eq(due.provisional), deadlines::derivation.eq(&derivation),
            deadlines::round.eq(of.round + 1),
        ))
        .execute(c))
    .map(|n| n == 1)
}

pub fn of_subject(c: &mut DbConn, subject: Subject) -> QueryResult<Vec<Deadline>> {
    on_backend!(c, c => deadlines::table
        .filter(deadlines::subject_id.eq(subject.id).and(deadlines::subject_kind.eq(subject.kind)))
        .order(deadlines::id).select(Deadline::as_select()).load(c))
}

pub fn running(c: &mut DbConn, subject: Subject, kind: &str, holder: Option<Id>) -> QueryResult<Option<Deadline>> {
    on_backend!(c, c => {
        let mut query = deadlines::table
            .filter(deadlines::subject_id.eq(subject.id).and(deadlines::subject_kind.eq(subject.kind)))
            .filter(deadlines::kind.eq(kind).and(deadlines::state.eq(DeadlineState::Running)))
            .order(deadlines::id.desc()).select(Deadline::as_select()).into_boxed();
        if let Some(holder) = holder {
            query = query.filter(deadlines::holder_id.eq(holder));
        }
        query.first(c).optional()
    })
}

/// What runs and may be touched by a calendar that speaks of days from `first_day` on.
pub fn touched(c: &mut DbConn, first_day: NaiveDate) -> QueryResult<Vec<Deadline>> {
    on_backend!(c, c => deadlines::table.filter(sql::<Bool>(RUNS))
        .filter(deadlines::provisional.eq(true).or(deadlines::due_on.ge(first_day)))
        .order(deadlines::id).select(Deadline::as_select()).load(c))
}

pub fn people(c: &mut DbConn, id: Id) -> QueryResult<Vec<Reminded>> {
    let rows: Vec<(Id, Part)> = on_backend!(c, c => deadline_people::table.filter(deadline_people::deadline_id.eq(id))
        .order(deadline_people::account_id).select((deadline_people::account_id, deadline_people::part)).load(c))?;
    Ok(rows
        .into_iter()
        .map(|(account_id, part)| Reminded { account_id, part })
        .collect())
}

/// Whether a deadline is an account's own: it is reminded of it, or acts for the organisation or seat that must act.
pub fn has_part(c: &mut DbConn, of: &Deadline, account: Id) -> QueryResult<bool> {
    on_backend!(c, c => {
        let reminded = deadline_people::table
            .filter(deadline_people::deadline_id.eq(of.id).and(deadline_people::account_id.eq(account)));
        let acts = grants::table
            .filter(grants::account_id.eq(account).and(grants::congress_id.eq(of.congress_id)))
            .filter(grants::organisation_id.eq(of.holder_id));
        let sits = representatives::table
            .filter(representatives::account_id.eq(account).and(representatives::id.nullable().eq(of.holder_id)));
        use diesel::dsl::exists;
        diesel::select(exists(reminded).or(exists(acts)).or(exists(sits))).get_result(c)
    })
}

/// What an account has to do, by due date; one more than `limit`.
pub fn mine(
    c: &mut DbConn,
    account: Id,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> QueryResult<Vec<(Deadline, Part)>> {
    on_backend!(c, c => {
        let mut query = deadline_people::table.inner_join(deadlines::table)
            .filter(deadline_people::account_id.eq(account).and(deadline_people::part.ne(Part::Supervisor)))
            .filter(sql::<Bool>(RUNS))
            .select((Deadline::as_select(), deadline_people::part)).into_boxed();
        if let Some((due, id)) = after {
            query = query.filter(deadlines::due_on.gt(due).or(deadlines::due_on.eq(due).and(deadlines::id.gt(id))));
        }
        query.order((deadlines::due_on, deadlines::id)).limit(limit + 1).load(c)
    })
}

/// A reminder as it is shown.
#[derive(Debug, Clone, Queryable)]
pub struct ReminderLine {
    pub id: Id,
    pub account_name: String,
    pub part: Part,
    pub round: i32,
    pub step: i32,
    pub due_at: Ts,
    pub state: ReminderState,
    pub sent_at: Option<Ts>,
    pub message_id: Option<Id>,
    pub channel: Option<Channel>,
}

/// Every reminder of a deadline, by its moment.
pub fn reminders_of(c: &mut DbConn, id: Id) -> QueryResult<Vec<ReminderLine>> {
    on_backend!(c, c => reminders::table
        .inner_join(accounts::table)
        .left_join(outbox::table.on(reminders::message_id.eq(outbox::id.nullable())))
        .filter(reminders::deadline_id.eq(id))
        .order((reminders::due_at, reminders::round, reminders::id))
        .select((
            reminders::id, accounts::name, reminders::part, reminders::round, reminders::step, reminders::due_at,
            reminders::state, reminders::sent_at, reminders::message_id, outbox::channel.nullable(),
        ))
        .limit(2000)
        .load(c))
}

/// A reminder to be.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = reminders, treat_none_as_default_value = false)]
pub struct NewReminder {
    pub id: Id,
    pub congress_id: Id,
    pub deadline_id: Id,
    pub account_id: Id,
    pub part: Part,
    pub round: i32,
    pub step: i32,
    pub due_at: Ts,
    pub next_at: Ts,
    pub state: ReminderState,
}

impl NewReminder {
    pub fn new(congress_id: Id, deadline_id: Id, who: Reminded, round: i32, planned: Planned) -> NewReminder {
        NewReminder {
            id: Id::new(),
            congress_id,
            deadline_id,
            account_id: who.account_id,
            part: who.part,
            round,
            step: planned.step,
            due_at: planned.at,
            next_at: planned.at,
            state: ReminderState::Armed,
        }
    }
}

/// A step that somebody is armed with already stays as it is.
pub fn arm(c: &mut DbConn, rows: &[NewReminder]) -> QueryResult<()> {
    for rows in rows.chunks(CHUNK) {
        on_backend!(c, c => diesel::insert_into(reminders::table).values(rows).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}

/// What was armed for a deadline is not sent any more: what should have been sent by now counts as missed.
pub fn disarm(c: &mut DbConn, deadline: Id, now: Ts) -> QueryResult<()> {
    let set = |c: &mut DbConn, past: bool, state: ReminderState| {
        on_backend!(c, c => diesel::update(reminders::table
                .filter(reminders::deadline_id.eq(deadline).and(reminders::state.eq(ReminderState::Armed)))
                .filter(reminders::due_at.le(now).eq(past)))
            .set(reminders::state.eq(state)).execute(c))
    };
    set(c, true, ReminderState::Missed)?;
    set(c, false, ReminderState::Disarmed).map(drop)
}

/// The steps that were sent in a round of a deadline.
pub fn sent_steps(c: &mut DbConn, of: &Deadline) -> QueryResult<HashSet<(Id, i32)>> {
    let rows: Vec<(Id, i32)> = on_backend!(c, c => reminders::table
        .filter(reminders::deadline_id.eq(of.id).and(reminders::round.eq(of.round)))
        .filter(reminders::state.eq(ReminderState::Sent))
        .select((reminders::account_id, reminders::step)).load(c))?;
    Ok(rows.into_iter().collect())
}

/// Whether the worker has anything to look at.
pub fn is_any_due(c: &mut DbConn, now: Ts) -> QueryResult<bool> {
    use diesel::dsl::exists;
    on_backend!(c, c => diesel::select(exists(reminders::table
        .filter(sql::<Bool>("state = 'armed'")).filter(reminders::next_at.le(now)))).get_result(c))
}

/// A reminder that is due, with what its message tells.
#[derive(Debug, Clone, Queryable)]
pub struct DueReminder {
    pub id: Id,
    pub account_id: Id,
    pub congress_id: Id,
    pub deadline_id: Id,
    pub part: Part,
    pub round: i32,
    pub step: i32,
    pub due_at: Ts,
    pub subject_kind: String,
    pub subject_id: Id,
    pub title: String,
    pub rule_name: String,
    pub due_on: NaiveDate,
}

/// The reminders with these ids; those of a person and congress follow each other, the nearest due day first.
pub fn due_reminders(c: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<DueReminder>> {
    let mut found: Vec<DueReminder> = vec![];
    for ids in ids.chunks(CHUNK) {
        let part: Vec<DueReminder> = on_backend!(c, c => reminders::table.inner_join(deadlines::table)
            .filter(reminders::id.eq_any(ids))
            .select((
                reminders::id, reminders::account_id, reminders::congress_id, reminders::deadline_id, reminders::part,
                reminders::round, reminders::step, reminders::due_at, deadlines::subject_kind, deadlines::subject_id,
                deadlines::title, deadlines::rule_name, deadlines::due_on,
            ))
            .load(c))?;
        found.extend(part);
    }
    found.sort_by_key(|r| (r.account_id, r.congress_id, r.due_on, r.deadline_id, r.step));
    Ok(found)
}

/// How many messages each of these people got from reminders since `since`; who got none is not in it.
pub fn messages_since(c: &mut DbConn, accounts: &[Id], since: Ts) -> QueryResult<Vec<(Id, i64)>> {
    use diesel::dsl::count;
    let mut found = vec![];
    for accounts in accounts.chunks(CHUNK) {
        let part: Vec<(Id, i64)> = on_backend!(c, c => reminders::table
            .filter(sql::<Bool>("state = 'sent'"))
            .filter(reminders::account_id.eq_any(accounts).and(reminders::sent_at.ge(since)))
            .group_by(reminders::account_id)
            .select((reminders::account_id, count(reminders::message_id).aggregate_distinct()))
            .load(c))?;
        found.extend(part);
    }
    Ok(found)
}

/// A reminder that is armed.
#[derive(Debug, Clone, Queryable)]
pub struct ArmedReminder {
    pub id: Id,
    pub congress_id: Id,
    pub step: i32,
    pub due_at: Ts,
    pub due_on: NaiveDate,
}

/// What is armed for `since` or later.
pub fn armed_since(c: &mut DbConn, since: Ts) -> QueryResult<Vec<ArmedReminder>> {
    on_backend!(c, c => reminders::table.inner_join(deadlines::table)
        .filter(sql::<Bool>("reminders.state = 'armed'")).filter(reminders::next_at.ge(since))
        .select((reminders::id, reminders::congress_id, reminders::step, reminders::due_at, deadlines::due_on))
        .load(c))
}

/// Gives an armed reminder another moment.
pub fn replan(c: &mut DbConn, id: Id, at: Ts) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(reminders::table.find(id).filter(reminders::state.eq(ReminderState::Armed)))
        .set((reminders::due_at.eq(at), reminders::next_at.eq(at))).execute(c))
}

pub fn miss(c: &mut DbConn, ids: &[Id]) -> QueryResult<usize> {
    let mut missed = 0;
    for ids in ids.chunks(CHUNK) {
        missed += on_backend!(c, c => diesel::update(reminders::table
                .filter(reminders::id.eq_any(ids).and(reminders::state.eq(ReminderState::Armed))))
            .set(reminders::state.eq(ReminderState::Missed)).execute(c))?;
    }
    Ok(missed)
}

/// The worker looks at these again at `at`.
pub fn postpone(c: &mut DbConn, ids: &[Id], at: Ts) -> QueryResult<usize> {
    let mut postponed = 0;
    for ids in ids.chunks(CHUNK) {
        postponed += on_backend!(c, c => diesel::update(reminders::table
                .filter(reminders::id.eq_any(ids).and(reminders::state.eq(ReminderState::Armed))))
            .set(reminders::next_at.eq(at)).execute(c))?;
    }
    Ok(postponed)
}
