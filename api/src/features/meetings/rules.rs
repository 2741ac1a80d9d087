//! What is true of every meeting: quorum arithmetic, the steps of a sitting, the parts of a day.

use super::{HalfDay, MeetingKind, SittingState};
use crate::db::Ts;
use crate::features::congresses::QuorumRule;
use chrono::{FixedOffset, NaiveDate, TimeDelta, Timelike};

/// How many must be present; with no rule, nobody. `total` is all seats, never those present.
pub fn needed(rule: QuorumRule, total: u32) -> u32 {
    match rule {
        // The smallest p with 3·p ≥ 2·total; in u64, because 2·total may not fit.
        QuorumRule::TwoThirds => (u64::from(total) * 2).div_ceil(3) as u32,
        // The smallest p with 2·p > total.
        QuorumRule::Majority => total / 2 + 1,
        QuorumRule::None => 0,
    }
}

/// Whether enough are present.
pub fn reached(rule: QuorumRule, present: u32, total: u32) -> bool {
    let (present, total) = (u64::from(present), u64::from(total));
    match rule {
        QuorumRule::TwoThirds => 3 * present >= 2 * total,
        QuorumRule::Majority => 2 * present > total,
        QuorumRule::None => true,
    }
}

/// The quorum rule of a sitting that names none: its meeting's body decides, else the kind of meeting.
pub fn default_quorum(kind: MeetingKind, body: Option<QuorumRule>) -> QuorumRule {
    body.unwrap_or(match kind {
        MeetingKind::CongressSession => QuorumRule::TwoThirds,
        MeetingKind::StandingCommittee => QuorumRule::Majority,
        _ => QuorumRule::None,
    })
}

/// What happens to a sitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Open,
    Close,
}

impl Step {
    /// The state it starts from and the state it leads to; there are no others.
    pub fn states(self) -> (SittingState, SittingState) {
        match self {
            Step::Open => (SittingState::Draft, SittingState::Open),
            Step::Close => (SittingState::Open, SittingState::Closed),
        }
    }
}

/// The states in which a roster may still change: a forgotten guest may be added while people sign in.
pub const ROSTER_CHANGES: [SittingState; 2] = [SittingState::Draft, SittingState::Open];

/// The denominator of the quorum: a body's legal number of seats counts also where seats are vacant, and
/// nobody on the roster is left out of it.
pub fn seats_total(body_seats: Option<i32>, voting_entries: i64) -> i32 {
    let entries = i32::try_from(voting_entries).unwrap_or(i32::MAX);
    body_seats.unwrap_or(0).max(entries).max(0)
}

/// Why the three times of a sitting do not fit together, as (field, what is wrong).
pub fn times_wrong(starts_at: Ts, late_after: Ts, ends_at: Ts) -> Option<(&'static str, &'static str)> {
    if ends_at <= starts_at {
        Some(("ends_at", "must be after starts_at"))
    } else if late_after < starts_at || late_after > ends_at {
        Some(("late_after", "must lie between starts_at and ends_at"))
    } else {
        None
    }
}

/// Which part of its day a moment belongs to, by the clock on the congress's wall.
pub fn half_day(at: Ts, offset: FixedOffset) -> HalfDay {
    match at.0.with_timezone(&offset).hour() {
        0..12 => HalfDay::Morning,
        12..18 => HalfDay::Afternoon,
        _ => HalfDay::Evening,
    }
}

/// The date on the congress's calendar.
pub fn local_date(at: Ts, offset: FixedOffset) -> NaiveDate {
    at.0.with_timezone(&offset).date_naive()
}

/// The offset in a congress's settings (`timezone_offset_minutes`), China's when there is none or it makes no sense.
pub fn offset(settings: &serde_json::Value) -> FixedOffset {
    let minutes = whole(settings, "timezone_offset_minutes", -720, 840).unwrap_or(480);
    FixedOffset::east_opt(minutes * 60).expect("half a day is an offset")
}

/// From when on a sign-in is late, when the sitting does not say: `late_grace_minutes` of the settings after
/// its start, and never after its end.
pub fn default_late_after(settings: &serde_json::Value, starts_at: Ts, ends_at: Ts) -> Ts {
    let minutes = whole(settings, "late_grace_minutes", 0, 240).unwrap_or(10);
    (starts_at + TimeDelta::minutes(minutes.into())).min(ends_at)
}

fn whole(settings: &serde_json::Value, key: &str, min: i32, max: i32) -> Option<i32> {
    let value = i32::try_from(settings.get(key)?.as_i64()?).ok()?;
    (min..=max).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quorum_of_the_law() {
        for (total, people) in [(0, 0), (1, 1), (3, 2), (100, 67), (101, 68), (523, 349)] {
            assert_eq!(needed(QuorumRule::TwoThirds, total), people, "two thirds of {total}");
        }
        for (total, people) in [(1, 1), (2, 2), (28, 15), (29, 15), (30, 16)] {
            assert_eq!(needed(QuorumRule::Majority, total), people, "majority of {total}");
        }
        assert_eq!(needed(QuorumRule::None, 500), 0);
    }

    fn rule() -> impl Strategy<Value = QuorumRule> {
        proptest::sample::select(QuorumRule::ALL)
    }

    proptest! {
        // `needed` is the smallest number that reaches it, for every size of congress.
        #[test]
        fn needed_is_the_smallest_that_reaches(rule in rule(), total in any::<u32>()) {
            let needed = needed(rule, total);
            prop_assert!(reached(rule, needed, total));
            if needed > 0 {
                prop_assert!(!reached(rule, needed - 1, total));
            }
        }

        #[test]
        fn reached_is_the_definition(present in 0u32..100_000, total in 0u32..100_000) {
            prop_assert_eq!(reached(QuorumRule::TwoThirds, present, total), 3 * present >= 2 * total);
            prop_assert_eq!(reached(QuorumRule::Majority, present, total), 2 * present > total);
            prop_assert!(reached(QuorumRule::None, present, total));
        }

        // Nobody who comes in takes the quorum away, and nobody who leaves brings it.
        #[test]
        fn more_people_never_lose_it(rule in rule(), present in 0u32..1000, total in 0u32..1000) {
            prop_assert!(!reached(rule, present, total) || reached(rule, present + 1, total));
        }

        #[test]
        fn seats_cover_body_and_roster(body in proptest::option::of(0i32..5000), entries in 0i64..5000) {
            let total = i64::from(seats_total(body, entries));
            prop_assert!(total >= entries && total >= i64::from(body.unwrap_or(0)));
            prop_assert!(total == entries || Some(total as i32) == body);
        }

        // A day has its parts in this order and no moment is in two.
        #[test]
        fn parts_of_the_day_follow_each_other(seconds in 0i64..86_400, minutes in -12i32 * 60..=14 * 60) {
            let offset = FixedOffset::east_opt(minutes * 60).unwrap();
            let midnight = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap().and_hms_opt(0, 0, 0).unwrap();
            let at = |s: i64| Ts(midnight.and_utc() - chrono::TimeDelta::minutes(minutes.into()) + chrono::TimeDelta::seconds(s));
            let expected = match seconds / 3600 { 0..12 => HalfDay::Morning, 12..18 => HalfDay::Afternoon, _ => HalfDay::Evening };
            prop_assert_eq!(half_day(at(seconds), offset), expected);
            prop_assert_eq!(local_date(at(seconds), offset), midnight.date());
        }
    }

    #[test]
    fn a_sitting_goes_forward_only() {
        let steps = [Step::Open, Step::Close].map(Step::states);
        assert_eq!(
            steps,
            [
                (SittingState::Draft, SittingState::Open),
                (SittingState::Open, SittingState::Closed)
            ]
        );
        assert!(
            !ROSTER_CHANGES.contains(&SittingState::Closed),
            "a closed sitting's roster is history"
        );
    }

    #[test]
    fn half_days_by_the_clock_on_the_wall() {
        let china = offset(&serde_json::json!({}));
        let at = |text: &str| Ts(text.parse().unwrap());
        for (moment, part) in [
            ("2026-03-02T01:00:00Z", HalfDay::Morning),
            ("2026-03-02T03:59:59Z", HalfDay::Morning),
            ("2026-03-02T04:00:00Z", HalfDay::Afternoon),
            ("2026-03-02T09:59:59Z", HalfDay::Afternoon),
            ("2026-03-02T10:00:00Z", HalfDay::Evening),
            ("2026-03-02T16:00:00Z", HalfDay::Morning),
        ] {
            assert_eq!(half_day(at(moment), china), part, "{moment}");
        }
        assert_eq!(local_date(at("2026-03-02T16:00:00Z"), china).to_string(), "2026-03-03");
    }

    #[test]
    fn settings_give_the_offset_or_do_not_matter() {
        let offset_of = |v| offset(&v).local_minus_utc();
        assert_eq!(
            offset_of(serde_json::json!({ "timezone_offset_minutes": 330 })),
            330 * 60
        );
        for odd in [
            serde_json::json!(null),
            serde_json::json!({ "timezone_offset_minutes": "x" }),
            serde_json::json!({ "timezone_offset_minutes": 99_999_999 }),
        ] {
            assert_eq!(offset_of(odd), 8 * 3600);
        }
    }

    #[test]
    fn a_sitting_that_does_not_say_gives_some_minutes() {
        let at = |s: i64| Ts(chrono::DateTime::from_timestamp(s, 0).unwrap());
        let late = |settings, ends| default_late_after(&settings, at(0), at(ends));
        assert_eq!(late(serde_json::json!({}), 3600), at(600));
        assert_eq!(late(serde_json::json!({}), 60), at(60));
        assert_eq!(late(serde_json::json!({ "late_grace_minutes": 0 }), 3600), at(0));
        assert_eq!(late(serde_json::json!({ "late_grace_minutes": "soon" }), 3600), at(600));
    }

    #[test]
    fn times_must_follow_each_other() {
        let at = |s: i64| Ts(chrono::DateTime::from_timestamp(s, 0).unwrap());
        assert_eq!(times_wrong(at(10), at(10), at(20)), None);
        assert_eq!(times_wrong(at(10), at(20), at(20)), None);
        assert_eq!(times_wrong(at(10), at(10), at(10)).unwrap().0, "ends_at");
        assert_eq!(times_wrong(at(10), at(9), at(20)).unwrap().0, "late_after");
        assert_eq!(times_wrong(at(10), at(21), at(20)).unwrap().0, "late_after");
    }

    #[test]
    fn quorum_comes_from_the_body_then_from_the_kind() {
        assert_eq!(
            default_quorum(MeetingKind::CongressSession, None),
            QuorumRule::TwoThirds
        );
        assert_eq!(
            default_quorum(MeetingKind::StandingCommittee, None),
            QuorumRule::Majority
        );
        assert_eq!(default_quorum(MeetingKind::GroupActivity, None), QuorumRule::None);
        assert_eq!(
            default_quorum(MeetingKind::CongressSession, Some(QuorumRule::Majority)),
            QuorumRule::Majority
        );
    }
}
