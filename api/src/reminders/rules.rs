//! When whom to remind: pure decisions about steps, quiet hours, caps and digests.

use super::{Part, Reminded};
use crate::calendar::Calendar;
use crate::db::Ts;
use crate::text_enum;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const MINUTES_OF_DAY: u32 = 1440;

/// How a congress reminds people of deadlines. Absent keys take their defaults; unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct ReminderRules {
    /// Working days before the due day on which people are reminded.
    #[garde(length(max = 10), custom(distinct), inner(range(min = 1, max = 60)))]
    #[schema(example = json!([10, 3, 1]), max_items = 10)]
    pub before: Vec<u32>,
    /// Remind on the due day.
    #[garde(skip)]
    pub on_day: bool,
    /// Remind again each time so many working days have passed since the due day.
    #[garde(range(min = 1, max = 60))]
    #[schema(example = 5, minimum = 1, maximum = 60)]
    pub late_every: u32,
    /// Late reminders that only those who must act get; from the next on the supervisors get them too.
    #[garde(range(max = 20))]
    #[schema(example = 1, minimum = 0, maximum = 20)]
    pub escalate_after: u32,
    /// Minute of the local day from which nobody is disturbed. The same as `quiet_to`: at no time quiet.
    #[garde(range(max = 1439))]
    #[schema(example = 1260, minimum = 0, maximum = 1439)]
    pub quiet_from: u32,
    /// Minute of the local day at which the quiet hours end and the reminders of the day go out.
    #[garde(range(max = 1439), custom(leaves_an_hour(&self.quiet_from)))]
    #[schema(example = 480, minimum = 0, maximum = 1439)]
    pub quiet_to: u32,
    /// Reminders that a person gets in a day at most; what is more waits for the next day.
    #[garde(range(min = 1, max = 50))]
    #[schema(example = 5, minimum = 1, maximum = 50)]
    pub per_day: u32,
    /// So many reminders that are due together become one message.
    #[garde(range(min = 2, max = 50))]
    #[schema(example = 4, minimum = 2, maximum = 50)]
    pub digest_from: u32,
}

impl Default for ReminderRules {
    fn default() -> ReminderRules {
        ReminderRules {
            before: vec![10, 3, 1],
            on_day: true,
            late_every: 5,
            escalate_after: 1,
            quiet_from: 21 * 60,
            quiet_to: 8 * 60,
            per_day: 5,
            digest_from: 4,
        }
    }
}

fn distinct(before: &[u32], _: &()) -> garde::Result {
    let mut sorted = before.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() == before.len() {
        Ok(())
    } else {
        Err(garde::Error::new("must not name a number twice"))
    }
}

fn leaves_an_hour(from: &u32) -> impl FnOnce(&u32, &()) -> garde::Result {
    let from = *from;
    move |to, ()| {
        let quiet = (to + MINUTES_OF_DAY).saturating_sub(from) % MINUTES_OF_DAY;
        if quiet <= MINUTES_OF_DAY - 60 {
            Ok(())
        } else {
            Err(garde::Error::new(
                "the quiet hours must leave at least one hour of the day",
            ))
        }
    }
}

impl ReminderRules {
    fn is_quiet(&self, minute: u32) -> bool {
        if self.quiet_from <= self.quiet_to {
            (self.quiet_from..self.quiet_to).contains(&minute)
        } else {
            minute >= self.quiet_from || minute < self.quiet_to
        }
    }

    /// The moment at which the reminders of a local day go out.
    pub fn moment(&self, tz_minutes: i32, day: NaiveDate) -> Ts {
        at_minute(tz_minutes, day, self.quiet_to)
    }

    /// `now` when people may be disturbed, else the moment when they may again.
    pub fn allowed_from(&self, tz_minutes: i32, now: Ts) -> Ts {
        let here = local(tz_minutes, now);
        let minute = here.hour() * 60 + here.minute();
        if !self.is_quiet(minute) {
            return now;
        }
        let day = if minute < self.quiet_to {
            here.date()
        } else {
            tomorrow(here.date())
        };
        self.moment(tz_minutes, day)
    }

    /// The moment of the day after.
    pub fn next_day(&self, tz_minutes: i32, now: Ts) -> Ts {
        self.moment(tz_minutes, tomorrow(local(tz_minutes, now).date()))
    }
}

/// The local time of a moment.
pub fn local(tz_minutes: i32, now: Ts) -> NaiveDateTime {
    (now.0 + TimeDelta::minutes(tz_minutes.into())).naive_utc()
}

/// The moment at which a local day begins.
pub fn midnight(tz_minutes: i32, day: NaiveDate) -> Ts {
    at_minute(tz_minutes, day, 0)
}

fn at_minute(tz_minutes: i32, day: NaiveDate, minute: u32) -> Ts {
    let minutes = TimeDelta::minutes(i64::from(minute) - i64::from(tz_minutes));
    // Only days at the ends of what a calendar can hold have no such moment.
    let at = day.and_time(NaiveTime::MIN).checked_add_signed(minutes);
    Ts(at.unwrap_or_else(|| day.and_time(NaiveTime::MIN)).and_utc())
}

fn tomorrow(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

/// A reminder to be armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Working days from the due day.
    pub step: i32,
    pub at: Ts,
}

/// What a person is armed with when a deadline begins or moves: every step before and on the day whose moment is still to
/// come, and the first late one. What lies behind already is not made up for: whoever starts a deadline tells people of it.
pub fn first_steps(calendar: &Calendar, place: &super::Local, due: NaiveDate, who: Reminded, now: Ts) -> Vec<Planned> {
    let rules = &place.rules;
    if who.part == Part::Supervisor {
        let told_before = rules.late_every.saturating_mul(rules.escalate_after);
        return vec![late_step(calendar, place, due, told_before as i32, now)];
    }
    let on_day = rules.on_day.then_some(0);
    let mut planned: Vec<Planned> = rules
        .before
        .iter()
        .map(|n| -(*n as i32))
        .chain(on_day)
        .map(|step| planned(calendar, place, due, step))
        .filter(|p| p.at > now)
        .collect();
    planned.sort_by_key(|p| p.step);
    planned.push(late_step(calendar, place, due, 0, now));
    planned
}

/// The first late step after `after` whose moment is still to come.
pub fn late_step(calendar: &Calendar, place: &super::Local, due: NaiveDate, after: i32, now: Ts) -> Planned {
    let every = place.rules.late_every.max(1) as i32;
    let mut step = after.saturating_add(every);
    let mut day = calendar.add_working_days(due, step.into());
    loop {
        let at = place.rules.moment(place.tz_minutes, day);
        if at > now || step > i32::MAX - every {
            return Planned { step, at };
        }
        step += every;
        day = calendar.add_working_days(day, every.into());
    }
}

/// When a step has its moment.
pub fn planned(calendar: &Calendar, place: &super::Local, due: NaiveDate, step: i32) -> Planned {
    let day = calendar.add_working_days(due, step.into());
    Planned {
        step,
        at: place.rules.moment(place.tz_minutes, day),
    }
}

/// True when a reminder would only confuse: its moment passed more than a day ago.
pub fn is_stale(at: Ts, now: Ts) -> bool {
    now - at > TimeDelta::days(1)
}

/// How the reminders of one person that are due together are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    OneByOne,
    /// All of them in one message.
    Digest,
    /// The person heard enough today.
    Tomorrow,
}

/// `due` reminders wait for a person who got `today` messages since midnight.
pub fn fate(rules: &ReminderRules, due: usize, today: u32) -> Fate {
    let left = rules.per_day.saturating_sub(today) as usize;
    match due {
        _ if left == 0 => Fate::Tomorrow,
        1 => Fate::OneByOne,
        n if n >= rules.digest_from as usize || n > left => Fate::Digest,
        _ => Fate::OneByOne,
    }
}

/// Working days late of something done on `today`: 0 in time, else at least 1, also when only a weekend lies between.
pub fn late_days(calendar: &Calendar, due: NaiveDate, today: NaiveDate) -> i64 {
    if today <= due {
        return 0;
    }
    calendar.working_days_between(due, today).max(1)
}

text_enum! {
    /// How urgent a deadline is.
    Light {
        /// Its day is over.
        Late = "late",
        /// Three working days or less are left.
        DueSoon = "due_soon",
        Running = "running",
    }
}

/// The colour of a deadline that runs.
pub fn light(calendar: &Calendar, due: NaiveDate, today: NaiveDate) -> Light {
    if due < today {
        Light::Late
    } else if calendar.add_working_days(today, 3) >= due {
        Light::DueSoon
    } else {
        Light::Running
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
