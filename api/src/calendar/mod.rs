//! Working days, holidays and due dates: pure, so that every date can be computed again and explained.
//!
//! A day is off when the State Council's notice for its year says so, or when it is a Saturday or Sunday that no
//! notice makes a workday. Until a year's notice is out, weekends and the holidays whose date never changes are off, and
//! whatever was computed with such a year is provisional.

mod due;
mod year;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

pub use due::{CalendarUsed, Derivation, Due, LengthUnit, MAX_COUNT, Rule, SkippedDay, due};
pub use year::{CalendarDay, CalendarYear, YearProblem};

/// The notices held by the program; a newer one is imported (`PUT /congresses/{id}/calendars/{year}`).
const BUILT_IN: [&str; 7] = [
    include_str!("years/2021.json"),
    include_str!("years/2022.json"),
    include_str!("years/2023.json"),
    include_str!("years/2024.json"),
    include_str!("years/2025.json"),
    include_str!("years/2026.json"),
    include_str!("years/2027.json"),
];

/// Holidays whose date never changes (全国年节及纪念日放假办法, 2025 on): month, day, name.
const FIXED: [(u32, u32, &str); 6] = [
    (1, 1, "元旦"),
    (5, 1, "劳动节"),
    (5, 2, "劳动节"),
    (10, 1, "国庆节"),
    (10, 2, "国庆节"),
    (10, 3, "国庆节"),
];

/// One year as days are looked up in it.
#[derive(Debug, Clone)]
struct Known {
    year: CalendarYear,
    days: BTreeMap<NaiveDate, usize>,
}

/// Years with their holidays and make-up workdays. Clones share them.
#[derive(Debug, Clone)]
pub struct Calendar {
    years: Arc<BTreeMap<i32, Known>>,
}

impl Calendar {
    /// The years held by the program: 2021 to 2027, of which the last awaits its notice.
    pub fn built_in() -> Calendar {
        static HELD: OnceLock<Calendar> = OnceLock::new();
        let read = || {
            let empty = Calendar { years: Arc::default() };
            BUILT_IN.iter().fold(empty, |calendar, text| {
                calendar.with(serde_json::from_str(text).expect("the held years are tested"))
            })
        };
        HELD.get_or_init(read).clone()
    }

    /// The same with a year added or replaced.
    pub fn with(mut self, year: CalendarYear) -> Calendar {
        let days = year.days.iter().enumerate().map(|(n, d)| (d.date, n)).collect();
        Arc::make_mut(&mut self.years).insert(year.year, Known { year, days });
        self
    }

    /// Every year there is, in order.
    pub fn years(&self) -> impl Iterator<Item = &CalendarYear> {
        self.years.values().map(|k| &k.year)
    }

    /// A year that is held or was imported.
    pub fn year(&self, year: i32) -> Option<&CalendarYear> {
        self.years.get(&year).map(|k| &k.year)
    }

    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        match self.notice(day) {
            Some(said) => !said.off,
            None => !is_weekend(day) && self.fixed(day).is_none(),
        }
    }

    /// Whether the notice of a year is out.
    pub fn is_published(&self, year: i32) -> bool {
        self.years.get(&year).is_some_and(|k| k.year.published)
    }

    /// The `n`-th working day after `day`, before it when `n` is negative; `day` itself when `n` is zero.
    pub fn add_working_days(&self, day: NaiveDate, n: i64) -> NaiveDate {
        let mut left = n.unsigned_abs();
        let mut at = day;
        while left > 0 {
            let next = if n > 0 { at.succ_opt() } else { at.pred_opt() };
            // Only at the ends of what a calendar can hold.
            let Some(next) = next else { return at };
            at = next;
            left -= u64::from(self.is_working_day(at));
        }
        at
    }

    /// Working days after `from` up to and including `to`; negative, and counted from `to`, when `to` comes first.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        let days = from.iter_days().skip(1).take_while(|d| *d <= to);
        days.filter(|d| self.is_working_day(*d)).count() as i64
    }

    /// What a notice says of a day. The notice of the following year may reach into December: 元旦 of 2023 began on
    /// 31 December 2022. It is the later one, so it has the last word.
    fn notice(&self, day: NaiveDate) -> Option<&CalendarDay> {
        let next = if year::reaches_into(day) {
            day.year() + 1
        } else {
            day.year()
        };
        [next, day.year()].iter().find_map(|year| {
            let known = self.years.get(year)?;
            known.days.get(&day).map(|n| &known.year.days[*n])
        })
    }

    /// A holiday of fixed date in a year whose notice is not out.
    fn fixed(&self, day: NaiveDate) -> Option<&'static str> {
        if self.is_published(day.year()) {
            return None;
        }
        fixed_holiday(day)
    }

    /// Why a day is off: the holiday or the day of the week.
    fn name_of_day_off(&self, day: NaiveDate) -> String {
        let holiday = self.notice(day).map(|d| d.name.as_str()).or(self.fixed(day));
        holiday
            .unwrap_or(if day.weekday() == Weekday::Sat {
                "周六"
            } else {
                "周日"
            })
            .to_owned()
    }

    /// True for a Saturday or Sunday that a notice makes a workday (调休上班).
    fn is_made_up(&self, day: NaiveDate) -> bool {
        is_weekend(day) && self.is_working_day(day)
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn fixed_holiday(day: NaiveDate) -> Option<&'static str> {
    let of_day = |f: &&(u32, u32, &'static str)| (f.0, f.1) == (day.month(), day.day());
    FIXED.iter().find(of_day).map(|f| f.2)
}

/// The day after; the last day there is stays.
fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests;
