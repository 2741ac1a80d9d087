//! Starting, moving and ending deadlines, each in the transaction of the change that does it.

use super::rules::{first_steps, late_days, local, midnight, planned};
use super::store::{self, NewReminder};
use super::{Deadline, DeadlineState, Local, NewDeadline, Reminded, Subject};
use crate::calendar::{self, Calendar, Due, Rule};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use chrono::{NaiveDate, TimeDelta};
use diesel::result::Error;
use std::collections::{HashMap, HashSet};

/// Begins a deadline and arms its reminders.
pub fn start(
    c: &mut DbConn,
    calendar: &Calendar,
    place: &Local,
    new: NewDeadline<'_>,
    now: Ts,
) -> QueryResult<Deadline> {
    let due = calendar::due(calendar, &new.rule, new.start);
    // Somebody in two parts is reminded once, in the part named first.
    let mut named = HashSet::new();
    let people: Vec<Reminded> = new.people.into_iter().filter(|p| named.insert(p.account_id)).collect();
    let row = Deadline {
        id: Id::new(),
        congress_id: new.congress_id,
        kind: new.kind.to_owned(),
        subject_kind: new.subject.kind.to_owned(),
        subject_id: new.subject.id,
        holder_id: new.holder_id,
        title: new.title.to_owned(),
        rule_name: new.rule.name,
        start_on: new.start,
        due_on: due.on,
        provisional: due.provisional,
        derivation: Json(serde_json::to_value(&due.derivation).expect("a derivation is plain data")),
        state: DeadlineState::Running,
        ended_at: None,
        late_days: 0,
        round: 1,
        created_at: now,
    };
    store::insert(c, &row, &people)?;
    arm(c, calendar, place, &row, &people, &HashSet::new(), now)?;
    Ok(row)
}

/// Ends a deadline whose task is done. The answer is the working days late, 0 in time; `NotFound` when it does not run.
pub fn finish(c: &mut DbConn, calendar: &Calendar, tz_minutes: i32, id: Id, now: Ts) -> QueryResult<i64> {
    let found = store::deadline(c, id)?.ok_or(Error::NotFound)?;
    let late = late_days(calendar, found.due_on, local(tz_minutes, now).date());
    let state = if late == 0 {
        DeadlineState::Met
    } else {
        DeadlineState::LateMet
    };
    ended(c, id, state, late, now)?;
    Ok(late)
}

/// Ends a deadline that lost its sense; `NotFound` when it does not run.
pub fn cancel(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<()> {
    ended(c, id, DeadlineState::Cancelled, 0, now)
}

fn ended(c: &mut DbConn, id: Id, state: DeadlineState, late: i64, now: Ts) -> QueryResult<()> {
    if !store::end(c, id, state, i32::try_from(late).unwrap_or(i32::MAX), now)? {
        return Err(Error::NotFound);
    }
    store::disarm(c, id, now)
}

/// Gives a deadline another rule or start, as an extension does, and arms its reminders anew; `NotFound` when it does
/// not run.
pub fn move_to(
    c: &mut DbConn,
    calendar: &Calendar,
    place: &Local,
    id: Id,
    rule: Rule,
    start: NaiveDate,
    now: Ts,
) -> QueryResult<Deadline> {
    let found = store::deadline(c, id)?.ok_or(Error::NotFound)?;
    moved(c, calendar, place, &found, &rule, start, now)
}

fn moved(
    c: &mut DbConn,
    calendar: &Calendar,
    place: &Local,
    of: &Deadline,
    rule: &Rule,
    start: NaiveDate,
    now: Ts,
) -> QueryResult<Deadline> {
    let due = calendar::due(calendar, rule, start);
    set(c, calendar, place, of, rule, start, &due, now)?;
    store::deadline(c, of.id)?.ok_or(Error::NotFound)
}

#[allow(clippy::too_many_arguments)]
fn set(
    c: &mut DbConn,
    calendar: &Calendar,
    place: &Local,
    of: &Deadline,
    rule: &Rule,
    start: NaiveDate,
    due: &Due,
    now: Ts,
) -> QueryResult<()> {
    if !store::set_due(c, of, &rule.name, start, due)? {
        return Err(Error::NotFound);
    }
    // The same day as before: what was said of it is not said again.
    let told = if due.on == of.due_on {
        store::sent_steps(c, of)?
    } else {
        HashSet::new()
    };
    store::disarm(c, of.id, now)?;
    let people = store::people(c, of.id)?;
    let next = Deadline {
        due_on: due.on,
        round: of.round + 1,
        ..of.clone()
    };
    arm(c, calendar, place, &next, &people, &told, now)
}

fn arm(
    c: &mut DbConn,
    calendar: &Calendar,
    place: &Local,
    of: &Deadline,
    people: &[Reminded],
    told: &HashSet<(Id, i32)>,
    now: Ts,
) -> QueryResult<()> {
    let mut rows = vec![];
    for who in people {
        let steps = first_steps(calendar, place, of.due_on, *who, now);
        let untold = steps.into_iter().filter(|p| !told.contains(&(who.account_id, p.step)));
        rows.extend(untold.map(|p| NewReminder::new(of.congress_id, of.id, *who, of.round, p)));
    }
    store::arm(c, &rows)
}

/// Every deadline of something, in the order in which they began.
pub fn of_subject(c: &mut DbConn, subject: Subject) -> QueryResult<Vec<Deadline>> {
    store::of_subject(c, subject)
}

/// The deadline of this kind that runs for `holder`; without a holder, the newest of anybody.
pub fn running(c: &mut DbConn, subject: Subject, kind: &str, holder: Option<Id>) -> QueryResult<Option<Deadline>> {
    store::running(c, subject, kind, holder)
}

/// Whom a deadline reminds.
pub fn people(c: &mut DbConn, id: Id) -> QueryResult<Vec<Reminded>> {
    store::people(c, id)
}

/// A deadline that a new calendar moved.
#[derive(Debug, Clone)]
pub struct Moved {
    /// As it is now.
    pub deadline: Deadline,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// Computes again what a new calendar may have touched: every running deadline that is provisional or due on `first_day`
/// or later, the first day of which the calendar speaks. The answer holds those whose day is another now; their people
/// have to be told.
pub fn recompute(
    c: &mut DbConn,
    calendar: &Calendar,
    first_day: NaiveDate,
    local_of: &mut dyn FnMut(&mut DbConn, Id) -> QueryResult<Local>,
    now: Ts,
) -> QueryResult<Vec<Moved>> {
    let mut places: HashMap<Id, Local> = HashMap::new();
    let mut changed = vec![];
    for old in store::touched(c, first_day)? {
        let Some(derivation) = old.derivation() else {
            tracing::error!(deadline = %old.id, "its derivation is unreadable; the date stays as it is");
            continue;
        };
        let rule = derivation.rule();
        let due = calendar::due(calendar, &rule, old.start_on);
        if due.derivation == derivation && due.on == old.due_on {
            continue;
        }
        let place = place_of(c, &mut places, local_of, old.congress_id)?;
        let deadline = moved(c, calendar, place, &old, &rule, old.start_on, now)?;
        if deadline.due_on != old.due_on {
            let (from, to) = (old.due_on, deadline.due_on);
            changed.push(Moved { deadline, from, to });
        }
    }
    // Steps before or after a day that stays where it is may be counted over days that changed.
    for armed in store::armed_since(c, midnight(0, first_day) - TimeDelta::days(1))? {
        let place = place_of(c, &mut places, local_of, armed.congress_id)?;
        let at = planned(calendar, place, armed.due_on, armed.step).at;
        // What would have been yesterday is not made up for.
        if at != armed.due_at && at > now {
            store::replan(c, armed.id, at)?;
        }
    }
    Ok(changed)
}

/// The rules of a congress, asked for once.
pub(super) fn place_of<'a>(
    c: &mut DbConn,
    places: &'a mut HashMap<Id, Local>,
    local_of: &mut dyn FnMut(&mut DbConn, Id) -> QueryResult<Local>,
    congress: Id,
) -> QueryResult<&'a Local> {
    use std::collections::hash_map::Entry;
    Ok(match places.entry(congress) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => unknown.insert(local_of(c, congress)?),
    })
}
