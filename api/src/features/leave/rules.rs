//! Who decides a request for leave, and what may become of it.

use super::{Approver, Grain, LeaveState};
use crate::db::{Id, Ts};
use crate::features::meetings::MeetingKind;
use chrono::{FixedOffset, NaiveDate};
use serde_json::Value;

/// The settings of a congress that say who decides; each has the law's usual answer as default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaveRules {
    pub before_session: Approver,
    pub during_session: Approver,
    pub group_activity: Approver,
}

impl LeaveRules {
    /// Reads `leave_before_session` and its like, or `before_session` inside `leave`; a value that is absent
    /// or no approver leaves the default.
    pub fn read(settings: &Value) -> LeaveRules {
        let of = |name: &str, default: Approver| {
            let flat = settings.get(format!("leave_{name}"));
            let value = flat
                .or_else(|| settings.get("leave")?.get(name))
                .and_then(Value::as_str);
            value.and_then(|v| v.parse().ok()).unwrap_or(default)
        };
        LeaveRules {
            before_session: of("before_session", Approver::StandingCommittee),
            during_session: of("during_session", Approver::DelegationHead),
            group_activity: of("group_activity", Approver::Convener),
        }
    }
}

/// What is known when leave is asked.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    pub grain: Grain,
    /// The kind of the meeting; `None` for a whole congress session.
    pub meeting: Option<MeetingKind>,
    /// The meeting belongs to a congress session.
    pub of_session: bool,
    /// That session has begun; the meeting, when it belongs to none.
    pub begun: bool,
    /// A delegation or group is the one that meets.
    pub of_unit: bool,
}

/// Whose approval a request needs: exactly one side for every situation.
pub fn approver(s: Situation, rules: LeaveRules) -> Approver {
    let session = if s.begun {
        rules.during_session
    } else {
        rules.before_session
    };
    match (s.grain, s.meeting) {
        // Away from the whole session is the standing committee's matter, however late it is asked.
        (Grain::CongressSession, _) | (_, None) => rules.before_session,
        (_, Some(MeetingKind::StandingCommittee)) => Approver::StandingCommittee,
        (_, Some(MeetingKind::GroupActivity)) => rules.group_activity,
        (_, Some(MeetingKind::CongressSession | MeetingKind::DelegationMeeting)) => session,
        (_, Some(_)) if s.of_session => session,
        (_, Some(_)) if s.of_unit => rules.group_activity,
        (_, Some(_)) => Approver::StandingCommittee,
    }
}

/// Whether a request may go from one state to another; `begun`: what it covers has started.
pub fn allowed(from: LeaveState, to: LeaveState, begun: bool) -> bool {
    use LeaveState::*;
    match (from, to) {
        (Requested, Approved | Refused | Withdrawn) => true,
        // Who was granted leave may come after all, until it counts.
        (Approved, Withdrawn) => !begun,
        _ => false,
    }
}

/// Who may decide one request.
#[derive(Debug, Clone, Copy)]
pub struct Deciding {
    pub approver: Approver,
    /// The account of the seat that asks for leave.
    pub of_account: Id,
    /// Who holds the approver's seat; `None` when nobody does. Not used for the standing committee's side.
    pub head: Option<Id>,
}

impl Deciding {
    /// Whether staff of the standing committee's side decides: it is their matter, or the seat is vacant.
    /// A head who asks for leave cannot grant it: for this request the seat counts as vacant.
    pub fn staff_decides(&self) -> bool {
        self.approver == Approver::StandingCommittee || self.head.is_none() || self.head == Some(self.of_account)
    }

    /// Whether this account decides because it heads the unit.
    pub fn head_decides(&self, account: Id) -> bool {
        !self.staff_decides() && self.head == Some(account)
    }

    /// Whether this account may decide; `staff`: its role may decide leave.
    pub fn may(&self, account: Id, staff: bool) -> bool {
        account != self.of_account && ((self.staff_decides() && staff) || self.head_decides(account))
    }
}

/// The moment at which a day begins, by the clock on the congress's wall.
pub fn day_begins(day: NaiveDate, offset: FixedOffset) -> Ts {
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
    let behind = chrono::TimeDelta::seconds(offset.local_minus_utc().into());
    Ts::from_utc(midnight.checked_sub_signed(behind).unwrap_or(midnight))
}

/// The moment at which a day is over.
pub fn day_ends(day: NaiveDate, offset: FixedOffset) -> Ts {
    day_begins(day.succ_opt().unwrap_or(day), offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn situation(grain: Grain, meeting: Option<MeetingKind>) -> Situation {
        Situation {
            grain,
            meeting,
            of_session: false,
            begun: false,
            of_unit: false,
        }
    }

    #[test]
    fn approver_by_occasion() {
        let rules = LeaveRules::read(&json!({}));
        let before = situation(Grain::Sitting, Some(MeetingKind::CongressSession));
        let during = Situation { begun: true, ..before };
        assert_eq!(approver(before, rules), Approver::StandingCommittee);
        assert_eq!(approver(during, rules), Approver::DelegationHead);
        let whole = Situation {
            begun: true,
            ..situation(Grain::CongressSession, None)
        };
        assert_eq!(approver(whole, rules), Approver::StandingCommittee);
        let activity = situation(Grain::Meeting, Some(MeetingKind::GroupActivity));
        assert_eq!(approver(activity, rules), Approver::Convener);
        let committee = Situation {
            begun: true,
            of_session: true,
            ..situation(Grain::Meeting, Some(MeetingKind::StandingCommittee))
        };
        assert_eq!(approver(committee, rules), Approver::StandingCommittee);
        let training = situation(Grain::Meeting, Some(MeetingKind::Training));
        assert_eq!(approver(training, rules), Approver::StandingCommittee);
        let of_unit = Situation {
            of_unit: true,
            ..training
        };
        assert_eq!(approver(of_unit, rules), Approver::Convener);
        let in_session = Situation {
            of_session: true,
            begun: true,
            ..training
        };
        assert_eq!(approver(in_session, rules), Approver::DelegationHead);
    }

    #[test]
    fn settings_are_read_in_both_spellings_and_never_fail() {
        let nested =
            LeaveRules::read(&json!({ "leave": { "during_session": "standing_committee", "group_activity": 7 } }));
        assert_eq!(nested.during_session, Approver::StandingCommittee);
        assert_eq!(nested.group_activity, Approver::Convener);
        let flat = LeaveRules::read(&json!({ "leave_group_activity": "delegation_head", "leave": [] }));
        assert_eq!(flat.group_activity, Approver::DelegationHead);
        assert_eq!(LeaveRules::read(&json!("?")), LeaveRules::read(&json!({})));
    }

    #[test]
    fn days_begin_on_the_wall() {
        let china = FixedOffset::east_opt(8 * 3600).unwrap();
        let day = "2026-03-02".parse().unwrap();
        assert_eq!(day_begins(day, china).to_string(), "2026-03-01T16:00:00.000000Z");
        assert_eq!(day_ends(day, china).to_string(), "2026-03-02T16:00:00.000000Z");
        for end_of_the_calendar in [NaiveDate::MIN, NaiveDate::MAX] {
            assert!(day_begins(end_of_the_calendar, china) <= day_ends(end_of_the_calendar, china));
        }
    }

    fn any_approver() -> impl Strategy<Value = Approver> {
        proptest::sample::select(Approver::ALL)
    }
    fn any_state() -> impl Strategy<Value = LeaveState> {
        proptest::sample::select(LeaveState::ALL)
    }
    fn account() -> impl Strategy<Value = Id> {
        (0u8..4).prop_map(|n| Id(uuid::Uuid::from_bytes([n; 16])))
    }

    proptest! {
        // Every situation has one approver, and it is the one its occasion's setting names.
        #[test]
        fn one_approver_for_every_situation(
            grain in proptest::sample::select(Grain::ALL),
            kind in proptest::sample::select(MeetingKind::ALL),
            (of_session, begun, of_unit) in any::<(bool, bool, bool)>(),
            (before, during, group) in (any_approver(), any_approver(), any_approver()),
        ) {
            let rules = LeaveRules { before_session: before, during_session: during, group_activity: group };
            let meeting = (grain != Grain::CongressSession).then_some(kind);
            let got = approver(Situation { grain, meeting, of_session, begun, of_unit }, rules);
            let session_matter = matches!(kind, MeetingKind::CongressSession | MeetingKind::DelegationMeeting)
                || (of_session && !matches!(kind, MeetingKind::StandingCommittee | MeetingKind::GroupActivity));
            let expected = match meeting {
                None => before,
                Some(MeetingKind::StandingCommittee) => Approver::StandingCommittee,
                Some(_) if session_matter => if begun { during } else { before },
                Some(MeetingKind::GroupActivity) => group,
                Some(_) => if of_unit { group } else { Approver::StandingCommittee },
            };
            prop_assert_eq!(got, expected);
        }

        // Refused and withdrawn are final, nothing returns to requested, and nothing is decided twice.
        #[test]
        fn states_only_go_forward(from in any_state(), to in any_state(), begun in any::<bool>()) {
            if allowed(from, to, begun) {
                prop_assert!(from != to && to != LeaveState::Requested);
                prop_assert!(!matches!(from, LeaveState::Refused | LeaveState::Withdrawn));
                prop_assert!(from == LeaveState::Requested || !begun);
            }
            prop_assert_eq!(allowed(LeaveState::Requested, to, begun), to != LeaveState::Requested);
        }

        // Nobody decides the own leave, somebody always can, and never both sides.
        #[test]
        fn exactly_one_side_decides(approver in any_approver(), of in account(), head in proptest::option::of(account()), who in account()) {
            let d = Deciding { approver, of_account: of, head };
            prop_assert!(!d.may(of, true));
            prop_assert_eq!(d.may(who, true) && !d.may(who, false), d.staff_decides() && who != of);
            if !d.staff_decides() {
                prop_assert!(d.may(head.unwrap(), false));
                prop_assert_eq!(d.may(who, true), Some(who) == head);
            }
        }
    }
}
