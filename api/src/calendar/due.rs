//! Due dates with the way they were reached (民法典 201–203).

use super::{Calendar, next_day};
use crate::text_enum;
use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

text_enum! {
    /// In what the length of a deadline is counted.
    LengthUnit {
        /// 工作日: weekends and holidays do not count, make-up workdays do.
        WorkingDays = "working_days",
        /// 日: every day counts.
        Days = "days",
        /// 月: to the same day number.
        Months = "months",
    }
}

/// The longest deadline that can be computed: of each unit so many. Whatever is longer is cut to it.
pub const MAX_COUNT: u32 = 3_660;

/// How long somebody has, and by which article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rule {
    /// What has to be done, as people call it.
    #[schema(example = "答复代表")]
    pub name: String,
    pub unit: LengthUnit,
    #[schema(example = 3, minimum = 1, maximum = 3660)]
    pub count: u32,
    /// Where that is written.
    #[schema(example = "代表法第四十二条")]
    pub article: String,
}

/// A due date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Due {
    #[schema(example = "2025-10-09")]
    pub on: NaiveDate,
    /// A day that decided it lies in a year whose calendar is not published: it may still move.
    pub provisional: bool,
    pub derivation: Derivation,
}

/// How a due date was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Derivation {
    #[schema(example = "答复代表")]
    pub rule: String,
    #[schema(example = "代表法第四十二条")]
    pub article: String,
    pub unit: LengthUnit,
    #[schema(example = 3)]
    pub count: u32,
    /// The day from which is counted; it does not count itself.
    #[schema(example = "2025-07-01")]
    pub start: NaiveDate,
    /// Where the count ended, before moving over days off.
    #[schema(example = "2025-10-01")]
    pub counted_to: NaiveDate,
    /// Days off that did not count, or over which the end moved.
    pub skipped: Vec<SkippedDay>,
    /// Weekend days that counted because they are worked (调休上班).
    #[serde(default)]
    pub made_up: Vec<NaiveDate>,
    /// The years that were looked at.
    pub calendars: Vec<CalendarUsed>,
}

/// A day off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedDay {
    #[schema(example = "2025-10-01")]
    pub date: NaiveDate,
    /// The holiday, or the day of the week.
    #[schema(example = "国庆节、中秋节")]
    pub name: String,
}

/// A year of the calendar as it was when the date was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarUsed {
    #[schema(example = 2025)]
    pub year: i32,
    /// 0: no notice yet.
    #[schema(example = 1)]
    pub version: i32,
    pub published: bool,
}

/// The day by which something must be done that began on `start`.
///
/// The first day does not count (民法典 201); a month ends on the same day number, or on its last day if it has none (202); an
/// end that is a day off moves to the next working day (203).
pub fn due(calendar: &Calendar, rule: &Rule, start: NaiveDate) -> Due {
    let count = rule.count.min(MAX_COUNT);
    let mut walk = Walk::new(calendar);
    let counted_to = match rule.unit {
        LengthUnit::WorkingDays => {
            let (mut day, mut left) = (start, count);
            while left > 0 && next_day(day) != day {
                day = next_day(day);
                left -= u32::from(walk.works(day));
            }
            day
        }
        LengthUnit::Days => start
            .checked_add_days(Days::new(count.into()))
            .unwrap_or(NaiveDate::MAX),
        LengthUnit::Months => start.checked_add_months(Months::new(count)).unwrap_or(NaiveDate::MAX),
    };
    let mut on = counted_to;
    // A count of working days ends on one, unless nothing was counted.
    while !walk.works(on) && next_day(on) != on {
        on = next_day(on);
    }
    let calendars: Vec<CalendarUsed> = walk.years.into_iter().map(|y| used(calendar, y)).collect();
    Due {
        on,
        provisional: calendars.iter().any(|c| !c.published),
        derivation: Derivation {
            rule: rule.name.clone(),
            article: rule.article.clone(),
            unit: rule.unit,
            count,
            start,
            counted_to,
            skipped: walk.skipped,
            made_up: walk.made_up,
            calendars,
        },
    }
}

fn used(calendar: &Calendar, year: i32) -> CalendarUsed {
    CalendarUsed {
        year,
        version: calendar.year(year).map_or(0, |y| y.version),
        published: calendar.is_published(year),
    }
}

/// Looks at days one after the other and remembers what it saw.
struct Walk<'a> {
    calendar: &'a Calendar,
    last: Option<NaiveDate>,
    skipped: Vec<SkippedDay>,
    made_up: Vec<NaiveDate>,
    years: BTreeSet<i32>,
}

impl<'a> Walk<'a> {
    fn new(calendar: &'a Calendar) -> Walk<'a> {
        Walk {
            calendar,
            last: None,
            skipped: vec![],
            made_up: vec![],
            years: BTreeSet::new(),
        }
    }

    fn works(&mut self, day: NaiveDate) -> bool {
        let works = self.calendar.is_working_day(day);
        // The last day of the count is looked at twice.
        if self.last.replace(day) != Some(day) {
            self.years.insert(day.year());
            if !works {
                let name = self.calendar.name_of_day_off(day);
                self.skipped.push(SkippedDay { date: day, name });
            } else if self.calendar.is_made_up(day) {
                self.made_up.push(day);
            }
        }
        works
    }
}

impl Derivation {
    /// The rule from which it was computed: what a later computation begins with.
    pub fn rule(&self) -> Rule {
        Rule {
            name: self.rule.clone(),
            unit: self.unit,
            count: self.count,
            article: self.article.clone(),
        }
    }

    /// The explanation that an office can put before whoever asks, one step a sentence.
    pub fn sentences(&self, english: bool) -> Vec<String> {
        let on = self
            .skipped
            .iter()
            .fold(self.counted_to, |on, s| on.max(next_day(s.date)));
        let mut told = vec![];
        if english {
            let unit = match self.unit {
                LengthUnit::WorkingDays => "working day(s)",
                LengthUnit::Days => "day(s)",
                LengthUnit::Months => "month(s)",
            };
            told.push(format!("{}: {} {unit} ({}).", self.rule, self.count, self.article));
            told.push(format!(
                "Counted from {}; that day itself does not count (Civil Code, article 201).",
                self.start
            ));
        } else {
            let unit = match self.unit {
                LengthUnit::WorkingDays => "个工作日",
                LengthUnit::Days => "日",
                LengthUnit::Months => "个月",
            };
            told.push(format!("{}：期限{}{unit}（{}）。", self.rule, self.count, self.article));
            told.push(format!(
                "自{}起算，开始的当日不计入（《民法典》第二百零一条）。",
                chinese_date(self.start)
            ));
        }
        self.tell_days(english, &mut told);
        self.tell_end(on, english, &mut told);
        told
    }

    fn tell_days(&self, english: bool, told: &mut Vec<String>) {
        let names = |days: &[(NaiveDate, NaiveDate, &str)]| -> String {
            let span = |(from, to, name): &(NaiveDate, NaiveDate, &str)| match (english, from == to) {
                (true, true) => format!("{from} ({name})"),
                (true, false) => format!("{from} to {to} ({name})"),
                (false, true) => format!("{}（{name}）", chinese_date(*from)),
                (false, false) => format!("{}至{}（{name}）", chinese_date(*from), chinese_date(*to)),
            };
            let spans: Vec<String> = days.iter().map(span).collect();
            spans.join(if english { ", " } else { "、" })
        };
        let spans = self.spans(if english { "weekend" } else { "周末" });
        if self.unit == LengthUnit::WorkingDays && !spans.is_empty() {
            let (n, list) = (self.skipped.len(), names(&spans));
            told.push(if english {
                format!("{n} day(s) off do not count: {list}.")
            } else {
                format!("其间{n}个休息日不计入：{list}。")
            });
        }
        if !self.made_up.is_empty() {
            let list: Vec<(NaiveDate, NaiveDate, &str)> = self
                .made_up
                .iter()
                .map(|d| (*d, *d, if english { "worked" } else { "调休上班" }))
                .collect();
            told.push(if english {
                format!("Weekend days that are worked count: {}.", names(&list))
            } else {
                format!("调休上班日计入：{}。", names(&list))
            });
        }
        if self.unit != LengthUnit::WorkingDays {
            let no_such_day = self.unit == LengthUnit::Months && self.counted_to.day() != self.start.day();
            told.push(match (english, no_such_day) {
                (true, false) => format!("The count ends on {} (article 202).", self.counted_to),
                (true, true) => format!(
                    "The month has no such day, so the count ends on its last, {} (article 202).",
                    self.counted_to
                ),
                (false, false) => format!("期限计至{}（第二百零二条）。", chinese_date(self.counted_to)),
                (false, true) => format!(
                    "到期月没有对应日，以月末{}为届满日（第二百零二条）。",
                    chinese_date(self.counted_to)
                ),
            });
            if !spans.is_empty() {
                let list = names(&spans);
                told.push(if english {
                    format!("That is a day off: {list}; the end moves to the next working day (article 203).")
                } else {
                    format!("届满日为休息日：{list}，顺延至其后的工作日（第二百零三条）。")
                });
            }
        }
    }

    fn tell_end(&self, on: NaiveDate, english: bool, told: &mut Vec<String>) {
        told.push(if english {
            format!("Due on {on}.")
        } else {
            format!("届满日为{}。", chinese_date(on))
        });
        for c in &self.calendars {
            told.push(match (english, c.published) {
                (true, true) => format!("Calendar of {}: notice version {}.", c.year, c.version),
                (true, false) => format!(
                    "The holidays of {} are not announced yet: the date is provisional and is computed again when they are.",
                    c.year
                ),
                (false, true) => format!("采用{}年节假日安排（第{}版）。", c.year, c.version),
                (false, false) => format!(
                    "{}年节假日安排尚未公布，届满日为暂定，公布后重新计算并通知。",
                    c.year
                ),
            });
        }
    }

    /// Days off that follow each other and have one name, as first, last and name. Saturday and Sunday are a weekend.
    fn spans<'a>(&'a self, weekend: &'a str) -> Vec<(NaiveDate, NaiveDate, &'a str)> {
        let mut spans: Vec<(NaiveDate, NaiveDate, &str)> = vec![];
        for day in &self.skipped {
            let of_week = ["周六", "周日"].contains(&day.name.as_str());
            let name = if of_week { weekend } else { day.name.as_str() };
            match spans.last_mut() {
                Some((_, to, of)) if next_day(*to) == day.date && *of == name => *to = day.date,
                _ => spans.push((day.date, day.date, name)),
            }
        }
        spans
    }
}

pub(super) fn chinese_date(day: NaiveDate) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}
