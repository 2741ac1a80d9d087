use super::*;
use crate::db::Id;
use crate::reminders::Local;
use proptest::prelude::*;

fn place() -> Local {
    Local {
        rules: ReminderRules::default(),
        tz_minutes: 480,
    }
}

fn who(part: Part) -> Reminded {
    Reminded {
        account_id: Id::new(),
        part,
    }
}

fn ts(text: &str) -> Ts {
    Ts(text.parse().unwrap())
}

fn d(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn told(planned: &[Planned]) -> Vec<(i32, String)> {
    planned
        .iter()
        .map(|p| (p.step, p.at.to_string()[..16].to_owned()))
        .collect()
}

#[test]
fn the_steps_of_a_handler_and_of_a_supervisor() {
    let calendar = Calendar::built_in();
    let now = ts("2025-09-01T02:00:00Z");
    let steps = first_steps(&calendar, &place(), d("2025-10-09"), who(Part::Handler), now);
    let expected = [
        (-10, "2025-09-18T00:00"),
        (-3, "2025-09-28T00:00"),
        (-1, "2025-09-30T00:00"),
        (0, "2025-10-09T00:00"),
        (5, "2025-10-15T00:00"),
    ];
    assert_eq!(told(&steps), expected.map(|(n, t)| (n, t.to_owned())));
    let steps = first_steps(&calendar, &place(), d("2025-10-09"), who(Part::Supervisor), now);
    assert_eq!(told(&steps), [(10, "2025-10-22T00:00".to_owned())]);
}

#[test]
fn what_lies_behind_is_not_armed_and_late_steps_have_no_end() {
    let calendar = Calendar::built_in();
    let late = first_steps(
        &calendar,
        &place(),
        d("2025-03-03"),
        who(Part::Handler),
        ts("2025-03-20T00:00:00Z"),
    );
    assert_eq!(told(&late), [(15, "2025-03-24T00:00".to_owned())]);
    let on_the_day = first_steps(
        &calendar,
        &place(),
        d("2025-03-03"),
        who(Part::Handler),
        ts("2025-03-02T23:59:59Z"),
    );
    assert_eq!(on_the_day.iter().map(|p| p.step).collect::<Vec<_>>(), [0, 5]);
}

#[test]
fn quiet_hours_may_cross_midnight_or_not_or_not_be() {
    let rules = ReminderRules::default();
    // 20:59, 21:00 and 7:59 in Beijing.
    for (now, then) in [
        ("2025-03-03T12:59:00Z", "2025-03-03T12:59:00Z"),
        ("2025-03-03T13:00:00Z", "2025-03-04T00:00:00Z"),
        ("2025-03-03T23:59:00Z", "2025-03-04T00:00:00Z"),
        ("2025-03-04T00:00:00Z", "2025-03-04T00:00:00Z"),
    ] {
        assert_eq!(rules.allowed_from(480, ts(now)), ts(then), "{now}");
    }
    let noon = ReminderRules {
        quiet_from: 720,
        quiet_to: 840,
        ..rules.clone()
    };
    assert_eq!(
        noon.allowed_from(0, ts("2025-03-03T12:30:00Z")),
        ts("2025-03-03T14:00:00Z")
    );
    assert_eq!(
        noon.allowed_from(0, ts("2025-03-03T23:30:00Z")),
        ts("2025-03-03T23:30:00Z")
    );
    let never = ReminderRules {
        quiet_from: 540,
        quiet_to: 540,
        ..rules
    };
    assert_eq!(
        never.allowed_from(0, ts("2025-03-03T03:30:00Z")),
        ts("2025-03-03T03:30:00Z")
    );
    assert_eq!(never.moment(0, d("2025-03-03")), ts("2025-03-03T09:00:00Z"));
}

#[test]
fn too_many_become_one_and_enough_is_enough() {
    let rules = ReminderRules {
        per_day: 3,
        digest_from: 4,
        ..ReminderRules::default()
    };
    assert_eq!(fate(&rules, 1, 0), Fate::OneByOne);
    assert_eq!(fate(&rules, 3, 0), Fate::OneByOne);
    assert_eq!(fate(&rules, 4, 0), Fate::Digest);
    assert_eq!(fate(&rules, 2, 2), Fate::Digest, "only one message is left for the day");
    assert_eq!(fate(&rules, 1, 2), Fate::OneByOne);
    assert_eq!(fate(&rules, 1, 3), Fate::Tomorrow);
    assert_eq!(fate(&rules, 90, 9), Fate::Tomorrow);
}

#[test]
fn a_weekend_late_is_late() {
    let calendar = Calendar::built_in();
    assert_eq!(late_days(&calendar, d("2025-03-07"), d("2025-03-07")), 0);
    assert_eq!(late_days(&calendar, d("2025-03-07"), d("2025-03-08")), 1);
    assert_eq!(late_days(&calendar, d("2025-03-07"), d("2025-03-10")), 1);
    assert_eq!(late_days(&calendar, d("2025-03-07"), d("2025-03-12")), 3);
}

#[test]
fn lights() {
    let calendar = Calendar::built_in();
    let on = |today| light(&calendar, d("2025-10-09"), d(today));
    assert_eq!(on("2025-10-10"), Light::Late);
    assert_eq!(on("2025-10-09"), Light::DueSoon);
    assert_eq!(
        on("2025-09-28"),
        Light::DueSoon,
        "29th, 30th and the day itself are left"
    );
    assert_eq!(on("2025-09-26"), Light::Running);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let good = ReminderRules::default();
    assert!(good.validate().is_ok());
    for bad in [
        ReminderRules {
            before: vec![3, 3],
            ..good.clone()
        },
        ReminderRules {
            before: vec![0],
            ..good.clone()
        },
        ReminderRules {
            before: vec![61],
            ..good.clone()
        },
        ReminderRules {
            before: (1..12).collect(),
            ..good.clone()
        },
        ReminderRules {
            late_every: 0,
            ..good.clone()
        },
        ReminderRules {
            quiet_from: 1440,
            ..good.clone()
        },
        ReminderRules {
            quiet_from: 480,
            quiet_to: 479,
            ..good.clone()
        },
        ReminderRules {
            per_day: 0,
            ..good.clone()
        },
        ReminderRules {
            digest_from: 1,
            ..good.clone()
        },
    ] {
        assert!(bad.validate().is_err(), "{bad:?}");
    }
    assert!(serde_json::from_str::<ReminderRules>(r#"{ "befor": [1] }"#).is_err());
    assert_eq!(
        serde_json::from_str::<ReminderRules>(r#"{ "before": [1] }"#)
            .unwrap()
            .late_every,
        5
    );
}

proptest! {
    #[test]
    fn nobody_is_disturbed_in_quiet_hours(
        from in 0u32..1440, to in 0u32..1440, tz in -720i32..840, at in 0i64..40_000_000, days in 0u64..900,
    ) {
        let rules = ReminderRules { quiet_from: from, quiet_to: to, ..ReminderRules::default() };
        let now = Ts::from_millis(1_735_689_600_000 + at * 1000).unwrap();
        let allowed = rules.allowed_from(tz, now);
        let minute = |t: Ts| { let l = local(tz, t); l.hour() * 60 + l.minute() };
        prop_assert!(allowed >= now && allowed - now < TimeDelta::days(1));
        prop_assert!(!rules.is_quiet(minute(allowed)));
        let due = d("2024-12-01") + chrono::Days::new(days);
        let place = Local { rules, tz_minutes: tz };
        for part in [Part::Handler, Part::Supervisor] {
            for p in first_steps(&Calendar::built_in(), &place, due, who(part), now) {
                prop_assert!(p.at > now && !place.rules.is_quiet(minute(p.at)));
                let day = local(tz, p.at).date();
                let counted = Calendar::built_in().working_days_between(due, day);
                prop_assert!(counted == i64::from(p.step) || p.step == 0 && day == due || !Calendar::built_in().is_working_day(due));
            }
        }
    }
}
