//! What goes over the wire for meetings, sittings and rosters.

use super::store::{MeetingRow, RosterRow, SittingRow};
use super::{MeetingKind, MeetingState, SeatClass, SittingState};
use crate::db::{Id, Ts};
use crate::features::congresses::QuorumRule;
use crate::text_enum;
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Names and titles end in lists, files and messages: one line, and something in it.
fn plain(value: &str, _: &()) -> garde::Result {
    if value.chars().any(char::is_control) {
        Err(garde::Error::new("must not hold control characters"))
    } else if !value.is_empty() && value.trim().is_empty() {
        Err(garde::Error::new("must not be blank"))
    } else {
        Ok(())
    }
}

/// A meeting to be, or what a meeting becomes.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewMeeting {
    #[garde(skip)]
    pub kind: MeetingKind,
    #[garde(length(chars, min = 1, max = 200), custom(plain))]
    #[schema(example = "滨江区第十七届人民代表大会第六次会议", min_length = 1, max_length = 200)]
    pub title: String,
    /// The body that meets; gives roster and quorum.
    #[garde(skip)]
    pub body_id: Option<Id>,
    /// The delegation or group that meets.
    #[garde(skip)]
    pub unit_id: Option<Id>,
    /// The congress session it belongs to.
    #[garde(skip)]
    pub congress_session_id: Option<Id>,
    #[garde(skip)]
    #[schema(example = "2026-03-02")]
    pub starts_on: NaiveDate,
    /// Not before `starts_on`.
    #[garde(skip)]
    #[schema(example = "2026-03-05")]
    pub ends_on: NaiveDate,
}

/// A meeting.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MeetingView {
    pub id: Id,
    pub congress_id: Id,
    pub kind: MeetingKind,
    #[schema(example = "滨江区第十七届人民代表大会第六次会议")]
    pub title: String,
    pub body_id: Option<Id>,
    #[schema(example = "区十七届人大常委会")]
    pub body_name: Option<String>,
    pub unit_id: Option<Id>,
    #[schema(example = "第一代表团")]
    pub unit_name: Option<String>,
    pub congress_session_id: Option<Id>,
    #[schema(example = "十七届六次会议")]
    pub congress_session_title: Option<String>,
    #[schema(example = "2026-03-02")]
    pub starts_on: NaiveDate,
    #[schema(example = "2026-03-05")]
    pub ends_on: NaiveDate,
    pub state: MeetingState,
    pub created_at: Ts,
}

impl From<MeetingRow> for MeetingView {
    fn from((m, body_name, unit_name, congress_session_title): MeetingRow) -> MeetingView {
        MeetingView {
            id: m.id,
            congress_id: m.congress_id,
            kind: m.kind,
            title: m.title,
            body_id: m.body_id,
            body_name,
            unit_id: m.unit_id,
            unit_name,
            congress_session_id: m.congress_session_id,
            congress_session_title,
            starts_on: m.starts_on,
            ends_on: m.ends_on,
            state: m.state,
            created_at: m.created_at,
        }
    }
}

/// A sitting to be, or what a sitting becomes.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewSitting {
    #[garde(length(chars, min = 1, max = 200), custom(plain))]
    #[schema(example = "第一次全体会议", min_length = 1, max_length = 200)]
    pub title: String,
    #[garde(length(chars, min = 1, max = 200), custom(plain))]
    #[schema(example = "人民会堂一楼大厅", min_length = 1, max_length = 200)]
    pub place: String,
    /// Degrees north (WGS 84); latitude, longitude and radius come together or not at all.
    #[garde(range(min = -90.0, max = 90.0))]
    #[schema(example = 30.2084, minimum = -90, maximum = 90)]
    pub latitude: Option<f64>,
    /// Degrees east (WGS 84).
    #[garde(range(min = -180.0, max = 180.0))]
    #[schema(example = 120.2119, minimum = -180, maximum = 180)]
    pub longitude: Option<f64>,
    /// Metres around the place within which a phone counts as there.
    #[garde(range(min = 10, max = 100_000))]
    #[schema(example = 300, minimum = 10, maximum = 100_000)]
    pub radius_m: Option<i32>,
    #[garde(skip)]
    #[schema(example = "2026-03-02T01:00:00Z")]
    pub starts_at: Ts,
    /// Who signs in after this is late. Absent: the congress's minutes of grace after the start for a new
    /// sitting, unchanged for an old one.
    #[garde(skip)]
    #[schema(example = "2026-03-02T01:00:00Z")]
    pub late_after: Option<Ts>,
    #[garde(skip)]
    #[schema(example = "2026-03-02T03:30:00Z")]
    pub ends_at: Ts,
    /// Absent: the rule of the meeting's body, or of its kind, for a new sitting; unchanged for an old one.
    #[garde(skip)]
    pub quorum_rule: Option<QuorumRule>,
}

/// A sitting, with what a screen shows around it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SittingView {
    pub id: Id,
    pub congress_id: Id,
    #[schema(example = "滨江区人民代表大会")]
    pub congress_name: String,
    pub meeting_id: Id,
    #[schema(example = "滨江区第十七届人民代表大会第六次会议")]
    pub meeting_title: String,
    pub meeting_kind: MeetingKind,
    pub meeting_state: MeetingState,
    #[schema(example = "第一次全体会议")]
    pub title: String,
    #[schema(example = "人民会堂一楼大厅")]
    pub place: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    #[schema(example = 300)]
    pub radius_m: Option<i32>,
    pub starts_at: Ts,
    pub late_after: Ts,
    pub ends_at: Ts,
    pub state: SittingState,
    pub quorum_rule: QuorumRule,
    /// All seats, the denominator of the quorum; known once the sitting has opened.
    #[schema(example = 260)]
    pub seats_total: Option<i32>,
    /// How many must be present; known once the sitting has opened.
    #[schema(example = 174)]
    pub quorum_needed: Option<u32>,
    pub opened_at: Option<Ts>,
    pub closed_at: Option<Ts>,
    /// 应出席 on the roster.
    #[schema(example = 260)]
    pub voting_total: i64,
    /// 列席 on the roster.
    #[schema(example = 40)]
    pub attendee_total: i64,
    /// 旁听 on the roster.
    #[schema(example = 12)]
    pub observer_total: i64,
    pub created_at: Ts,
}

impl From<SittingRow> for SittingView {
    fn from(row: SittingRow) -> SittingView {
        let SittingRow {
            sitting: s,
            meeting: m,
            congress_name,
            counts,
        } = row;
        SittingView {
            id: s.id,
            congress_id: s.congress_id,
            congress_name,
            meeting_id: m.id,
            meeting_title: m.title,
            meeting_kind: m.kind,
            meeting_state: m.state,
            title: s.title,
            place: s.place,
            latitude: s.latitude,
            longitude: s.longitude,
            radius_m: s.radius_m,
            starts_at: s.starts_at,
            late_after: s.late_after,
            ends_at: s.ends_at,
            state: s.state,
            quorum_rule: s.quorum_rule,
            seats_total: s.seats_total,
            quorum_needed: s
                .seats_total
                .map(|total| super::quorum_needed(s.quorum_rule, total.max(0) as u32)),
            opened_at: s.opened_at,
            closed_at: s.closed_at,
            voting_total: counts.voting,
            attendee_total: counts.attendee,
            observer_total: counts.observer,
            created_at: s.created_at,
        }
    }
}

text_enum! {
    /// Where the voting seats of a roster come from.
    RosterSource {
        /// The members of the meeting's body; all seats of the term for the plenary.
        Body = "body",
        /// The members of the meeting's unit.
        Unit = "unit",
        /// All seats of the term.
        Congress = "congress",
        /// The seats named in `representative_ids`.
        List = "list",
    }
}
text_enum! {
    /// In what capacity a guest comes.
    GuestClass {
        /// 列席.
        Attendee = "attendee",
        /// 旁听.
        Observer = "observer",
    }
}

impl From<GuestClass> for SeatClass {
    fn from(class: GuestClass) -> SeatClass {
        match class {
            GuestClass::Attendee => SeatClass::Attendee,
            GuestClass::Observer => SeatClass::Observer,
        }
    }
}

/// Someone who comes without a vote.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewAttendee {
    #[garde(length(chars, min = 1, max = 100), custom(plain))]
    #[schema(example = "王芳", min_length = 1, max_length = 100)]
    pub name: String,
    #[garde(skip)]
    pub class: GuestClass,
    #[garde(length(chars, min = 1, max = 40), inner(custom(plain)))]
    #[schema(example = "列席 3 排 12 座", min_length = 1, max_length = 40)]
    pub seat_label: Option<String>,
    /// With a phone number the person can log in and sign in alone; without, the staff signs them in.
    #[garde(length(chars, min = 1, max = 40))]
    #[schema(example = "13800001234", max_length = 40)]
    pub phone: Option<String>,
}

/// What a roster shall be.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct RosterPlan {
    #[garde(skip)]
    pub source: RosterSource,
    /// Only for the source `list`, where it is required.
    #[garde(length(max = 5000))]
    #[schema(max_items = 5000)]
    pub representative_ids: Option<Vec<Id>>,
    /// Everybody who comes without a vote; who is not in it is taken off.
    #[serde(default)]
    #[garde(length(max = 5000), dive)]
    #[schema(max_items = 5000)]
    pub attendees: Vec<NewAttendee>,
}

/// One line of a roster.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RosterEntryView {
    pub id: Id,
    pub sitting_id: Id,
    pub class: SeatClass,
    #[schema(example = "王芳")]
    pub name: String,
    #[schema(example = "wangfang")]
    pub name_pinyin: String,
    pub representative_id: Option<Id>,
    pub delegation_id: Option<Id>,
    #[schema(example = "第一代表团")]
    pub delegation: Option<String>,
    #[schema(example = "3 排 12 座")]
    pub seat_label: Option<String>,
    /// The place in the order of the roster.
    #[schema(example = 0)]
    pub position: i32,
    /// The seat is suspended: it is listed and cannot sign in.
    pub suspended: bool,
    /// Whether the person has an account and can sign in alone.
    pub has_account: bool,
}

impl From<RosterRow> for RosterEntryView {
    fn from((e, delegation): RosterRow) -> RosterEntryView {
        RosterEntryView {
            id: e.id,
            sitting_id: e.sitting_id,
            class: e.class,
            name: e.name,
            name_pinyin: e.name_pinyin,
            representative_id: e.representative_id,
            delegation_id: e.delegation_id,
            delegation,
            seat_label: e.seat_label,
            position: e.position,
            suspended: e.suspended,
            has_account: e.account_id.is_some(),
        }
    }
}

/// What a rebuilt roster came to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RosterSummary {
    pub sitting_id: Id,
    /// Lines that are new.
    #[schema(example = 3)]
    pub added: i64,
    /// Lines that stayed, with their ids.
    #[schema(example = 257)]
    pub kept: i64,
    #[schema(example = 1)]
    pub removed: i64,
    #[schema(example = 260)]
    pub voting_total: i64,
    #[schema(example = 40)]
    pub attendee_total: i64,
    #[schema(example = 12)]
    pub observer_total: i64,
    /// Voting seats that are suspended.
    #[schema(example = 1)]
    pub suspended_total: i64,
}
