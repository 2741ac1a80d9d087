//! Deadlines of anything, and the reminders of them: who has to act by which day, who is warned when, and what was sent.
//!
//! A feature starts a deadline with the change that causes it and finishes it with the change that fulfils it, in the same
//! transaction. Starting arms the reminders: one row for each person and step. A step is a number of working days
//! from the due day: -3 is three before, 0 the day itself, 5 five late. Late steps have no end: the next is armed when the
//! former was sent. When the date moves, what was armed is disarmed and a new round is armed, so that what was sent
//! earlier stays provable. The worker sends what is due ([`send_due`]).

mod deadlines;
mod rules;
mod send;
mod store;

use crate::calendar::{Derivation, Rule};
use crate::db::{Id, Json, Ts};
use crate::schema::deadlines as table;
use crate::text_enum;
use chrono::NaiveDate;
use diesel::prelude::*;

pub use deadlines::{Moved, cancel, finish, move_to, of_subject, people, recompute, running, start};
pub use rules::{Light, ReminderRules, late_days, light};
pub use send::{Pass, send_due};
pub use store::{ReminderLine, deadline, has_part, is_any_due, mine, reminders_of};

text_enum! {
    /// In what capacity somebody is reminded.
    Part {
        /// 经办人: has to act.
        Handler = "handler",
        /// 主办单位办公室负责人.
        OfficeHead = "office_head",
        /// 代表.
        Representative = "representative",
        /// 督办: hears of it only when it is late.
        Supervisor = "supervisor",
    }
}
text_enum! {
    /// What became of a deadline. It is late when it still runs after its day.
    DeadlineState {
        Running = "running",
        /// Done in time.
        Met = "met",
        /// Done, but late.
        LateMet = "late_met",
        /// It lost its sense: what had to be done was withdrawn or given to somebody else.
        Cancelled = "cancelled",
    }
}
text_enum! {
    /// What became of a reminder.
    ReminderState {
        Armed = "armed",
        /// Written to the outbox; what became of the message is told there.
        Sent = "sent",
        /// Its moment passed, or the deadline ended, before it could be sent.
        Missed = "missed",
        /// The deadline ended or moved before its moment.
        Disarmed = "disarmed",
    }
}

/// What a deadline is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// For example `proposal`.
    pub kind: &'static str,
    pub id: Id,
}

/// Somebody to be reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminded {
    pub account_id: Id,
    pub part: Part,
}

/// A deadline to be.
pub struct NewDeadline<'a> {
    pub congress_id: Id,
    /// A word of the feature, for example `sign_for`.
    pub kind: &'a str,
    pub subject: Subject,
    /// The organisation or representative that must act.
    pub holder_id: Option<Id>,
    /// What people read: number and title of the proposal.
    pub title: &'a str,
    pub rule: Rule,
    /// The day from which is counted; it does not count itself.
    pub start: NaiveDate,
    pub people: Vec<Reminded>,
}

/// A day by which something must be done.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Deadline {
    pub id: Id,
    pub congress_id: Id,
    pub kind: String,
    pub subject_kind: String,
    pub subject_id: Id,
    pub holder_id: Option<Id>,
    pub title: String,
    /// What has to be done, as people call it: the name of the rule.
    pub rule_name: String,
    pub start_on: NaiveDate,
    pub due_on: NaiveDate,
    /// It lies in a year whose calendar is not published, and may move.
    pub provisional: bool,
    /// A [`Derivation`].
    pub derivation: Json,
    pub state: DeadlineState,
    pub ended_at: Option<Ts>,
    /// Working days late when it was done, at least 1 if it was late at all.
    pub late_days: i32,
    /// How often its reminders were armed.
    pub round: i32,
    pub created_at: Ts,
}

impl Deadline {
    /// How the date was reached; `None` if what is stored cannot be read.
    pub fn derivation(&self) -> Option<Derivation> {
        serde_json::from_value(self.derivation.0.clone()).ok()
    }

    /// Still to be done, and its day is over.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.state == DeadlineState::Running && self.due_on < today
    }
}

/// What a congress has set for its reminders, and its local time.
#[derive(Debug, Clone)]
pub struct Local {
    pub rules: ReminderRules,
    /// Minutes east of UTC.
    pub tz_minutes: i32,
}

impl Local {
    /// The day it is there.
    pub fn day(&self, now: Ts) -> NaiveDate {
        rules::local(self.tz_minutes, now).date()
    }
}
