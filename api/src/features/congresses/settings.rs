//! What differs from place to place: the settings of one congress, each with a default.

use super::proposal_rules::ProposalRules;
use crate::reminders::{Local, ReminderRules};
use crate::text_enum;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_enum! {
    /// Whose approval a request for leave needs.
    LeaveApprover {
        /// 常委会一方: staff of the standing committee.
        StandingCommittee = "standing_committee",
        /// 代表团团长.
        DelegationHead = "delegation_head",
        /// 召集人 of the activity.
        Convener = "convener",
    }
}

/// Rules that a congress may set for itself. Absent keys take their defaults; unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Who approves leave asked before a congress session begins.
    #[garde(skip)]
    pub leave_before_session: LeaveApprover,
    /// Who approves leave asked during a congress session.
    #[garde(skip)]
    pub leave_during_session: LeaveApprover,
    /// Who approves leave from an activity of a group.
    #[garde(skip)]
    pub leave_group_activity: LeaveApprover,
    /// Minutes after the start of a sitting from which a sign-in is late.
    #[garde(range(min = 0, max = 240))]
    #[schema(example = 10, minimum = 0, maximum = 240)]
    pub late_grace_minutes: i32,
    /// Warn the staff before someone misses a second congress session without leave (代表法 62).
    #[garde(skip)]
    pub second_absence_warning: bool,
    /// Local time of the place: minutes east of UTC.
    #[garde(range(min = -720, max = 840))]
    #[schema(example = 480, minimum = -720, maximum = 840)]
    pub timezone_offset_minutes: i32,
    /// When people are reminded of deadlines.
    #[garde(dive)]
    pub reminders: ReminderRules,
    /// How proposals are handled.
    #[garde(dive)]
    pub proposals: ProposalRules,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            leave_before_session: LeaveApprover::StandingCommittee,
            leave_during_session: LeaveApprover::DelegationHead,
            leave_group_activity: LeaveApprover::Convener,
            late_grace_minutes: 10,
            second_absence_warning: true,
            timezone_offset_minutes: 480,
            reminders: ReminderRules::default(),
            proposals: ProposalRules::default(),
        }
    }
}

impl Settings {
    /// Reads stored settings key by key: a key that a newer version wrote, or that has become
    /// unreadable, must not take the others down with it.
    pub fn from_stored(stored: &serde_json::Value) -> Settings {
        let mut known = serde_json::to_value(Settings::default()).expect("settings are plain data");
        let Some(stored) = stored.as_object() else {
            return Settings::default();
        };
        for (key, value) in stored {
            let Some(old) = known.get(key).cloned() else { continue };
            known[key] = value.clone();
            if serde_json::from_value::<Settings>(known.clone()).is_err() {
                tracing::error!(key, "a stored setting of a congress is unreadable; its default is used");
                known[key] = old;
            }
        }
        serde_json::from_value(known).unwrap_or_default()
    }

    /// The day it is in the congress's place.
    pub fn local_date(&self, now: crate::db::Ts) -> chrono::NaiveDate {
        (now.0 + chrono::TimeDelta::minutes(self.timezone_offset_minutes.into())).date_naive()
    }

    /// What reminders have to know of the place.
    pub fn local(&self) -> Local {
        Local {
            rules: self.reminders.clone(),
            tz_minutes: self.timezone_offset_minutes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_keys_take_defaults_and_unknown_keys_are_refused() {
        let some: Settings = serde_json::from_value(json!({ "late_grace_minutes": 0 })).unwrap();
        assert_eq!(some.late_grace_minutes, 0);
        assert_eq!(some.leave_during_session, LeaveApprover::DelegationHead);
        assert!(serde_json::from_value::<Settings>(json!({ "late_minutes": 5 })).is_err());
        assert!(
            Settings {
                late_grace_minutes: 241,
                ..Settings::default()
            }
            .validate()
            .is_err()
        );
    }

    #[test]
    fn what_is_stored_is_read_key_by_key() {
        let stored = json!({ "late_grace_minutes": 3, "from_the_future": true, "second_absence_warning": "perhaps" });
        let read = Settings::from_stored(&stored);
        assert_eq!(
            read,
            Settings {
                late_grace_minutes: 3,
                ..Settings::default()
            }
        );
        assert_eq!(Settings::from_stored(&json!(null)), Settings::default());
    }

    #[test]
    fn the_local_day_is_not_the_day_in_utc() {
        let evening = crate::db::Ts("2026-03-01T17:00:00Z".parse().unwrap());
        assert_eq!(Settings::default().local_date(evening).to_string(), "2026-03-02");
    }
}
