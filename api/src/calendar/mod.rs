//! Working days and due dates: a stand-in with weekends and fixed holidays only.

use crate::text_enum;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_enum! {
    /// How the length of a deadline is counted.
    LengthUnit { WorkingDays = "working_days", Days = "days", Months = "months" }
}

/// Which days are worked.
#[derive(Debug, Clone, Default)]
pub struct Calendar;

impl Calendar {
    pub fn built_in() -> Calendar {
        Calendar
    }
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        let fixed = matches!((day.month(), day.day()), (1, 1) | (5, 1..=2) | (10, 1..=3));
        !fixed && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
    }
    pub fn is_published(&self, year: i32) -> bool {
        year <= 2026
    }
    /// `n` may be negative.
    pub fn add_working_days(&self, day: NaiveDate, n: i64) -> NaiveDate {
        let (mut at, mut left) = (day, n);
        while left != 0 {
            at = if n > 0 { at + Days::new(1) } else { at - Days::new(1) };
            if self.is_working_day(at) {
                left -= n.signum();
            }
        }
        at
    }
    /// Working days in (from, to]; negative when `to` lies before `from`.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        from.iter_days()
            .skip(1)
            .take_while(|d| *d <= to)
            .filter(|d| self.is_working_day(*d))
            .count() as i64
    }
}

/// A length that a law or a congress sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rule {
    pub name: String,
    pub unit: LengthUnit,
    pub count: u32,
    pub article: String,
}

/// The last day, and how it was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    pub on: NaiveDate,
    pub provisional: bool,
    pub derivation: Derivation,
}

/// How a due date was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Derivation {
    pub rule: String,
    pub article: String,
    pub unit: LengthUnit,
    pub count: u32,
    pub start: NaiveDate,
    pub counted_to: NaiveDate,
}

/// The due date by 民法典 201–203.
pub fn due(calendar: &Calendar, rule: &Rule, start: NaiveDate) -> Due {
    let counted_to = match rule.unit {
        LengthUnit::WorkingDays => calendar.add_working_days(start, rule.count.into()),
        LengthUnit::Days => start + Days::new(rule.count.into()),
        LengthUnit::Months => start.checked_add_months(Months::new(rule.count)).unwrap_or(start),
    };
    let mut on = counted_to;
    while !calendar.is_working_day(on) {
        on = on + Days::new(1);
    }
    Due {
        on,
        provisional: !calendar.is_published(on.year()),
        derivation: Derivation {
            rule: rule.name.clone(),
            article: rule.article.clone(),
            unit: rule.unit,
            count: rule.count,
            start,
            counted_to,
        },
    }
}
