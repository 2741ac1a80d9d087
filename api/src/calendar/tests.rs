//! The examples of the field, and the laws of due dates against an oracle that counts day by day.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

fn d(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn rule(unit: LengthUnit, count: u32) -> Rule {
    Rule {
        name: "答复代表".into(),
        unit,
        count,
        article: "代表法第四十二条".into(),
    }
}

fn on(start: &str, unit: LengthUnit, count: u32) -> NaiveDate {
    due(&Calendar::built_in(), &rule(unit, count), d(start)).on
}

#[test]
fn the_examples_of_the_field_come_out() {
    use LengthUnit::{Months, WorkingDays};
    assert_eq!(on("2025-01-24", WorkingDays, 5), d("2025-02-07"));
    assert_eq!(
        on("2025-09-25", WorkingDays, 7),
        d("2025-10-11"),
        "a Saturday that is worked"
    );
    assert_eq!(on("2024-11-30", Months, 3), d("2025-02-28"));
    let moved = due(&Calendar::built_in(), &rule(Months, 3), d("2025-07-01"));
    assert_eq!(
        (moved.derivation.counted_to, moved.on),
        (d("2025-10-01"), d("2025-10-09"))
    );
    assert_eq!(moved.derivation.skipped.len(), 8);
    let sunday = due(&Calendar::built_in(), &rule(Months, 3), d("2025-08-31"));
    assert_eq!(
        (sunday.derivation.counted_to, sunday.on),
        (d("2025-11-30"), d("2025-12-01"))
    );
}

#[test]
fn a_leap_day_ends_a_month_that_has_it() {
    assert_eq!(on("2023-11-30", LengthUnit::Months, 3), d("2024-02-29"));
    assert_eq!(on("2024-02-29", LengthUnit::Months, 12), d("2025-02-28"));
}

#[test]
fn plain_days_count_weekends_but_do_not_end_on_one() {
    assert_eq!(on("2025-03-03", LengthUnit::Days, 10), d("2025-03-13"));
    assert_eq!(
        on("2025-03-05", LengthUnit::Days, 10),
        d("2025-03-17"),
        "the 15th is a Saturday"
    );
}

#[test]
fn the_held_years_are_good_and_in_order() {
    let calendar = Calendar::built_in();
    let years: Vec<i32> = calendar.years().map(|y| y.year).collect();
    assert_eq!(years, (2021..=2027).collect::<Vec<_>>());
    for year in calendar.years().filter(|y| y.published) {
        assert_eq!(year.problems(), [], "{}", year.year);
        assert_eq!(year.version, 1);
    }
    assert!(!calendar.is_published(2027) && !calendar.is_published(2028) && calendar.is_published(2026));
}

#[test]
fn the_notice_of_the_next_year_speaks_of_the_end_of_december() {
    // 元旦 of 2024 as if its notice had made Friday 2023-12-29 a day off and Saturday the 30th a workday.
    let mut notice = Calendar::built_in().year(2024).unwrap().clone();
    for (date, off) in [("2023-12-29", true), ("2023-12-30", false)] {
        let name = "元旦".to_owned();
        notice.days.push(CalendarDay {
            name,
            date: d(date),
            off,
        });
    }
    assert_eq!(notice.problems(), []);
    let calendar = Calendar::built_in().with(notice);
    assert!(!calendar.is_working_day(d("2023-12-29")) && calendar.is_working_day(d("2023-12-30")));
    assert_eq!(Calendar::built_in().notice(d("2022-12-31")).unwrap().name, "元旦");
}

#[test]
fn a_year_without_a_notice_knows_the_fixed_holidays_and_is_provisional() {
    let calendar = Calendar::built_in();
    for day in [
        "2027-01-01",
        "2027-10-01",
        "2028-05-01",
        "2028-05-02",
        "2031-10-03",
        "1900-01-01",
    ] {
        assert!(!calendar.is_working_day(d(day)), "{day}");
    }
    let late = due(&calendar, &rule(LengthUnit::Months, 3), d("2026-11-25"));
    assert!(late.provisional);
    assert_eq!(
        late.derivation.calendars,
        [CalendarUsed {
            year: 2027,
            version: 0,
            published: false
        }]
    );
    assert!(!due(&calendar, &rule(LengthUnit::Months, 3), d("2026-09-25")).provisional);
    // Counted in working days, every day on the way matters.
    let across = due(&calendar, &rule(LengthUnit::WorkingDays, 10), d("2026-12-25"));
    assert!(across.provisional);
    assert_eq!(
        across.derivation.calendars.iter().map(|c| c.year).collect::<Vec<_>>(),
        [2026, 2027]
    );
}

#[test]
fn the_explanation_names_rule_start_skipped_days_and_calendar() {
    let found = due(&Calendar::built_in(), &rule(LengthUnit::Months, 3), d("2025-07-01"));
    assert_eq!(
        found.derivation.sentences(false),
        [
            "答复代表：期限3个月（代表法第四十二条）。",
            "自2025年7月1日起算，开始的当日不计入（《民法典》第二百零一条）。",
            "期限计至2025年10月1日（第二百零二条）。",
            "届满日为休息日：2025年10月1日至2025年10月8日（国庆节、中秋节），顺延至其后的工作日（第二百零三条）。",
            "届满日为2025年10月9日。",
            "采用2025年节假日安排（第1版）。",
        ]
    );
    let found = due(
        &Calendar::built_in(),
        &rule(LengthUnit::WorkingDays, 7),
        d("2025-09-25"),
    );
    assert_eq!(
        found.derivation.sentences(true),
        [
            "答复代表: 7 working day(s) (代表法第四十二条).",
            "Counted from 2025-09-25; that day itself does not count (Civil Code, article 201).",
            "9 day(s) off do not count: 2025-09-27 (weekend), 2025-10-01 to 2025-10-08 (国庆节、中秋节).",
            "Weekend days that are worked count: 2025-09-28 (worked), 2025-10-11 (worked).",
            "Due on 2025-10-11.",
            "Calendar of 2025: notice version 1.",
        ]
    );
    let short = due(&Calendar::built_in(), &rule(LengthUnit::Months, 3), d("2024-11-30"));
    assert_eq!(
        short.derivation.sentences(false)[2],
        "到期月没有对应日，以月末2025年2月28日为届满日（第二百零二条）。"
    );
    let open = due(&Calendar::built_in(), &rule(LengthUnit::Months, 3), d("2026-11-25"));
    assert!(open.derivation.sentences(false).last().unwrap().contains("尚未公布"));
}

#[test]
fn absurd_lengths_and_days_are_cut_and_end() {
    let calendar = Calendar::built_in();
    for unit in LengthUnit::ALL {
        for start in [NaiveDate::MIN, d("1900-01-01"), d("9999-12-31"), NaiveDate::MAX] {
            for count in [0, 1, 100_000, u32::MAX] {
                let found = due(&calendar, &rule(*unit, count), start);
                assert!(found.on >= start && found.derivation.count <= MAX_COUNT);
            }
        }
    }
    assert_eq!(calendar.add_working_days(NaiveDate::MAX, 5), NaiveDate::MAX);
    assert_eq!(calendar.add_working_days(NaiveDate::MIN, -5), NaiveDate::MIN);
    // Nothing to count: the day itself, or the first working day after it.
    assert_eq!(on("2025-10-01", LengthUnit::WorkingDays, 0), d("2025-10-09"));
}

#[test]
fn a_year_with_mistakes_is_refused_with_every_one_named() {
    let good = Calendar::built_in().year(2026).unwrap().clone();
    let day = |date: &str, off: bool| CalendarDay {
        name: "调休".into(),
        date: d(date),
        off,
    };
    let with = |days: &[CalendarDay]| CalendarYear {
        days: [&good.days[..], days].concat(),
        ..good.clone()
    };
    let fields = |year: CalendarYear| year.problems().into_iter().map(|p| p.field).collect::<Vec<_>>();
    let n = good.days.len();
    assert_eq!(fields(good.clone()), Vec::<String>::new());
    assert_eq!(
        fields(with(&[day("2027-01-02", true)])),
        [format!("days[{n}].date")],
        "another year"
    );
    assert_eq!(
        fields(with(&[day("2025-12-25", true)])),
        [format!("days[{n}].date")],
        "too early in December"
    );
    assert_eq!(fields(with(&[day("2025-12-31", true)])), Vec::<String>::new());
    assert_eq!(
        fields(with(&[day("2026-10-01", true)])),
        [format!("days[{n}].date")],
        "twice"
    );
    assert_eq!(
        fields(with(&[day("2026-03-04", false)])),
        [format!("days[{n}].off")],
        "a Wednesday is worked anyway"
    );
    let nameless = CalendarDay {
        name: " ".into(),
        ..day("2026-03-04", true)
    };
    assert_eq!(fields(with(&[nameless])), [format!("days[{n}].name")]);
    assert_eq!(
        fields(CalendarYear {
            published: false,
            ..good.clone()
        }),
        ["published"]
    );
    assert_eq!(
        fields(CalendarYear {
            days: vec![],
            ..good.clone()
        })
        .len(),
        6,
        "fixed holidays are missing"
    );
    let many = vec![day("2026-03-07", true); 500];
    assert_eq!(
        fields(CalendarYear {
            days: many,
            ..good.clone()
        }),
        ["days"]
    );
    assert!(fields(CalendarYear { year: 20_260, ..good }).contains(&"year".to_owned()));
}

/// Knows the files and nothing of the code: one day after the other.
struct Oracle {
    said: HashMap<NaiveDate, bool>,
    published: Vec<i32>,
}

impl Oracle {
    fn new() -> Oracle {
        let mut oracle = Oracle {
            said: HashMap::new(),
            published: vec![],
        };
        for text in BUILT_IN {
            let year: serde_json::Value = serde_json::from_str(text).unwrap();
            if year["published"] == true {
                oracle.published.push(year["year"].as_i64().unwrap() as i32);
            }
            for day in year["days"].as_array().unwrap() {
                oracle.said.insert(d(day["date"].as_str().unwrap()), day["off"] == true);
            }
        }
        oracle
    }

    fn works(&self, day: NaiveDate) -> bool {
        if let Some(off) = self.said.get(&day) {
            return !off;
        }
        let fixed = ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"];
        let never = !self.published.contains(&day.year()) && fixed.contains(&&day.format("%m-%d").to_string()[..]);
        day.weekday().number_from_monday() <= 5 && !never
    }

    /// The due date, and whether a day that was looked at lies in a year without a notice.
    fn due(&self, unit: LengthUnit, count: u32, start: NaiveDate) -> (NaiveDate, bool) {
        let mut provisional = false;
        let mut look = |day: NaiveDate| {
            provisional |= !self.published.contains(&day.year());
            self.works(day)
        };
        let mut day = start;
        match unit {
            LengthUnit::WorkingDays => {
                let mut n = 0;
                while n < count {
                    day = day.succ_opt().unwrap();
                    if look(day) {
                        n += 1;
                    }
                }
            }
            LengthUnit::Days => (0..count).for_each(|_| day = day.succ_opt().unwrap()),
            LengthUnit::Months => {
                let (mut year, mut month) = (start.year(), start.month());
                for _ in 0..count {
                    month += 1;
                    if month == 13 {
                        (year, month) = (year + 1, 1);
                    }
                }
                let mut number = start.day();
                while NaiveDate::from_ymd_opt(year, month, number).is_none() {
                    number -= 1;
                }
                day = NaiveDate::from_ymd_opt(year, month, number).unwrap();
            }
        }
        while !look(day) {
            day = day.succ_opt().unwrap();
        }
        (day, provisional)
    }
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0u64..3_300).prop_map(|n| d("2020-06-01") + Days::new(n))
}

fn any_unit() -> impl Strategy<Value = LengthUnit> {
    prop_oneof![
        Just(LengthUnit::WorkingDays),
        Just(LengthUnit::Days),
        Just(LengthUnit::Months)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn due_dates_agree_with_a_slow_oracle(start in any_day(), unit in any_unit(), count in 0u32..130) {
        thread_local!(static ORACLE: Oracle = Oracle::new());
        let count = if unit == LengthUnit::Months { count % 19 } else { count };
        let found = due(&Calendar::built_in(), &rule(unit, count), start);
        let (on, provisional) = ORACLE.with(|o| o.due(unit, count, start));
        prop_assert_eq!((found.on, found.provisional), (on, provisional));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_due_date_is_a_working_day_and_its_derivation_is_whole(start in any_day(), unit in any_unit(), count in 1u32..60) {
        let calendar = Calendar::built_in();
        let found = due(&calendar, &rule(unit, count), start);
        let told = &found.derivation;
        prop_assert!(calendar.is_working_day(found.on) && found.on > start);
        prop_assert!(told.counted_to > start && told.counted_to <= found.on);
        prop_assert!(told.skipped.iter().all(|s| !calendar.is_working_day(s.date) && s.date > start && s.date < found.on));
        prop_assert!(told.skipped.is_sorted_by(|a, b| a.date < b.date));
        prop_assert_eq!(found.provisional, told.calendars.iter().any(|c| !calendar.is_published(c.year)));
        let text = serde_json::to_string(told).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Derivation>(&text).unwrap(), told);
        let end = format!("届满日为{}。", super::due::chinese_date(found.on));
        prop_assert!(told.sentences(false).contains(&end));
        if unit == LengthUnit::WorkingDays {
            prop_assert_eq!(calendar.working_days_between(start, found.on), i64::from(count));
        }
    }

    #[test]
    fn a_later_start_or_a_longer_time_is_never_due_earlier(start in any_day(), unit in any_unit(), count in 0u32..100, later in 0u64..40, longer in 0u32..10) {
        let calendar = Calendar::built_in();
        let base = due(&calendar, &rule(unit, count), start).on;
        prop_assert!(due(&calendar, &rule(unit, count), start + Days::new(later)).on >= base);
        prop_assert!(due(&calendar, &rule(unit, count + longer), start).on >= base);
    }

    #[test]
    fn working_days_are_added_and_counted_alike(day in any_day(), n in -150i64..150) {
        let calendar = Calendar::built_in();
        let there = calendar.add_working_days(day, n);
        if n > 0 {
            prop_assert_eq!(calendar.working_days_between(day, there), n);
        } else if n < 0 && calendar.is_working_day(day) {
            prop_assert_eq!(calendar.working_days_between(day, there), n);
        }
        prop_assert!(n == 0 || calendar.is_working_day(there));
        prop_assert_eq!(calendar.working_days_between(day, there), -calendar.working_days_between(there, day));
    }
}
