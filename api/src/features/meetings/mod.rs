//! Meetings, their sittings and rosters: planned, opened, closed.

mod store;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult};
use crate::text_enum;
use utoipa_actix_web::service_config::ServiceConfig;

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

pub fn routes(_config: &mut ServiceConfig) {}

pub fn quorum_needed(_r: crate::features::congresses::QuorumRule, t: u32) -> u32 {
    t
}
pub fn quorum_reached(_r: crate::features::congresses::QuorumRule, p: u32, t: u32) -> bool {
    p >= t
}
text_enum! { HalfDay { Morning = "morning", Afternoon = "afternoon", Evening = "evening" } }
pub fn half_day(_at: crate::db::Ts, _o: chrono::FixedOffset) -> HalfDay {
    HalfDay::Morning
}
pub fn local_date(at: crate::db::Ts, o: chrono::FixedOffset) -> chrono::NaiveDate {
    at.0.with_timezone(&o).date_naive()
}
pub fn offset(_s: &serde_json::Value) -> chrono::FixedOffset {
    chrono::FixedOffset::east_opt(8 * 3600).unwrap()
}
