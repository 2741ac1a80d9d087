//! Meetings, their sittings and rosters: planned, opened, closed.

mod handlers;
mod plan;
mod rules;
mod store;
mod views;

use super::congresses::QuorumRule;
use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::realtime::Hub;
use crate::text_enum;
use chrono::{FixedOffset, NaiveDate};

pub use store::{Meeting, RosterEntry, Sitting};

text_enum! {
    /// What kind of meeting.
    MeetingKind {
        /// 人民代表大会会议.
        CongressSession = "congress_session",
        /// 常委会会议.
        StandingCommittee = "standing_committee",
        /// 代表团会议.
        DelegationMeeting = "delegation_meeting",
        /// 小组活动.
        GroupActivity = "group_activity",
        /// 培训.
        Training = "training",
        /// 视察调研.
        Inspection = "inspection",
        /// 接待日.
        ReceptionDay = "reception_day",
        /// 听证.
        Hearing = "hearing",
    }
}
text_enum! {
    /// Whether a meeting will be held.
    MeetingState { Planned = "planned", Cancelled = "cancelled" }
}
text_enum! {
    /// Whether a sitting takes sign-ins. Only `draft → open → closed`.
    SittingState { Draft = "draft", Open = "open", Closed = "closed" }
}
text_enum! {
    /// In what capacity someone is on the roster.
    SeatClass {
        /// 应出席, counts for the quorum.
        Voting = "voting",
        /// 列席, signs in, never counts for the quorum.
        Attendee = "attendee",
        /// 旁听.
        Observer = "observer",
    }
}

text_enum! {
    /// A part of a day, to which attendance is rolled up.
    HalfDay {
        /// Before 12:00.
        Morning = "morning",
        /// From 12:00, before 18:00.
        Afternoon = "afternoon",
        /// From 18:00.
        Evening = "evening",
    }
}

impl Resource for Meeting {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::meeting(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}
impl Resource for Sitting {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::sitting(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}

/// A sitting by its id.
pub fn sitting(c: &mut DbConn, id: Id) -> QueryResult<Option<Sitting>> {
    store::sitting(c, id)
}

/// A meeting by its id.
pub fn meeting(c: &mut DbConn, id: Id) -> QueryResult<Option<Meeting>> {
    store::meeting(c, id)
}

/// The roster of a sitting, in seat order.
pub fn roster(c: &mut DbConn, sitting: Id) -> QueryResult<Vec<RosterEntry>> {
    store::roster(c, sitting)
}

/// The version of a sitting's roster, its congress, and from when on arrivals are late.
pub fn roster_version(c: &mut DbConn, sitting: Id) -> QueryResult<Option<(i64, Id, Ts)>> {
    store::roster_version(c, sitting)
}

/// How many must be present for a quorum of `total` seats; 0 when there is no rule.
pub fn quorum_needed(rule: QuorumRule, total: u32) -> u32 {
    rules::needed(rule, total)
}

/// Whether enough of `total` seats are present.
pub fn quorum_reached(rule: QuorumRule, present: u32, total: u32) -> bool {
    rules::reached(rule, present, total)
}

/// The part of the day a moment belongs to, by the clock of a congress ([`utc_offset`]).
pub fn half_day(at: Ts, offset: FixedOffset) -> HalfDay {
    rules::half_day(at, offset)
}

/// The date of a moment on the calendar of a congress ([`utc_offset`]).
pub fn local_date(at: Ts, offset: FixedOffset) -> NaiveDate {
    rules::local_date(at, offset)
}

/// The clock of a congress: `timezone_offset_minutes` of its settings, else UTC+8.
pub fn utc_offset(c: &mut DbConn, congress: Id) -> QueryResult<FixedOffset> {
    Ok(rules::offset(&store::settings(c, congress)?.0))
}

/// The same from settings that were read already.
pub fn offset_of(settings: &serde_json::Value) -> FixedOffset {
    rules::offset(settings)
}

/// Tells everybody who watches a sitting that something about it changed; call it after the commit.
pub async fn changed(hub: &Hub, sitting: Id) {
    hub.publish(&format!("sitting:{sitting}"), r#"{"kind":"changed"}"#.into())
        .await;
}

pub use handlers::routes;
