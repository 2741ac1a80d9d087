//! One year of the calendar as the State Council's notice gives it, and what a notice cannot say.

use super::{FIXED, is_weekend};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A day about which a notice says something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    /// The holiday to which it belongs, also of a make-up workday.
    #[schema(example = "国庆节", min_length = 1, max_length = 32)]
    pub name: String,
    #[schema(example = "2027-10-01")]
    pub date: NaiveDate,
    /// True: nobody works. False: a weekend day that is worked (调休上班).
    pub off: bool,
}

/// The holidays and make-up workdays of one year (国务院办公厅关于部分节假日安排的通知).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    pub year: i32,
    /// The notice is out. Before that the days are unknown and due dates provisional.
    pub published: bool,
    /// Which notice: 0 none yet, 1 the first, one more for each correction.
    #[serde(default)]
    pub version: i32,
    pub days: Vec<CalendarDay>,
}

/// Why a year cannot be as it is given; `field` points into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearProblem {
    pub field: String,
    pub message: String,
}

/// Most days a notice can name; the longest so far named 39.
const MOST_DAYS: usize = 120;

/// The last days of December, about which the notice of the following year may speak: 元旦 often begins before 1 January.
pub(super) fn reaches_into(day: NaiveDate) -> bool {
    day.month() == 12 && day.day() >= 26
}

impl CalendarYear {
    /// Everything that is wrong with a year that somebody imports; empty when it can be used.
    pub fn problems(&self) -> Vec<YearProblem> {
        let mut found = vec![];
        let mut problem = |field: String, message: &str| {
            let message = message.to_owned();
            found.push(YearProblem { field, message });
        };
        if !(2000..=2100).contains(&self.year) {
            problem("year".into(), "must lie between 2000 and 2100");
        }
        if !self.published {
            problem(
                "published".into(),
                "must be true: a year without a notice needs no import",
            );
        }
        if self.days.len() > MOST_DAYS {
            problem("days".into(), "names more days than any notice can: at most 120");
            return found;
        }
        let mut seen = BTreeSet::new();
        for (n, day) in self.days.iter().enumerate() {
            let of_year_before = day.date.year() == self.year - 1 && reaches_into(day.date);
            if day.date.year() != self.year && !of_year_before {
                let message = "must lie in the year, or in the last days of December before it";
                problem(format!("days[{n}].date"), message);
            }
            if !seen.insert(day.date) {
                problem(format!("days[{n}].date"), "is named twice");
            }
            if !day.off && !is_weekend(day.date) {
                let message = "a weekday is worked anyway: only a Saturday or Sunday can be a make-up workday";
                problem(format!("days[{n}].off"), message);
            }
            if day.name.trim().is_empty() || day.name.chars().count() > 32 || day.name.chars().any(char::is_control) {
                problem(format!("days[{n}].name"), "must have 1 to 32 visible characters");
            }
        }
        // 5-2 became a holiday in 2025; before, it was one only by the notice.
        for (month, day, name) in FIXED.iter().filter(|f| self.year >= 2025 || (f.0, f.1) != (5, 2)) {
            let off = |d: &&CalendarDay| d.off && d.date == date(self.year, *month, *day);
            if self.days.iter().find(off).is_none() {
                problem(
                    "days".into(),
                    &format!("{month}-{day} ({name}) must be off: the file is not complete"),
                );
            }
        }
        found
    }

    /// The first day about which this year's notice can say something.
    pub fn first_day(&self) -> NaiveDate {
        date(self.year - 1, 12, 26)
    }
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
