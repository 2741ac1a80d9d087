//! Rows and queries of meetings, sittings and rosters.

use super::{MeetingKind, MeetingState, SeatClass, SittingState};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::congresses::QuorumRule;
use crate::on_backend;
use crate::schema::{meetings, roster_entries, sittings};
use chrono::NaiveDate;
use diesel::prelude::*;

/// One meeting of a congress, of one of its bodies or units.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = meetings, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Meeting {
    pub id: Id,
    pub congress_id: Id,
    pub kind: MeetingKind,
    pub title: String,
    pub body_id: Option<Id>,
    pub unit_id: Option<Id>,
    pub congress_session_id: Option<Id>,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub state: MeetingState,
    pub created_at: Ts,
}

/// One sitting of a meeting: sign-in is per sitting.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sittings, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Sitting {
    pub id: Id,
    pub congress_id: Id,
    pub meeting_id: Id,
    pub title: String,
    pub place: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// Metres around the place within which a phone counts as there.
    pub radius_m: Option<i32>,
    pub starts_at: Ts,
    /// Who signs in after this is late.
    pub late_after: Ts,
    pub ends_at: Ts,
    pub state: SittingState,
    pub quorum_rule: QuorumRule,
    /// All seats of the body, fixed when the sitting opens.
    pub seats_total: Option<i32>,
    pub opened_at: Option<Ts>,
    pub closed_at: Option<Ts>,
    pub created_at: Ts,
}

/// Someone expected at a sitting, with name and delegation as they were when the roster was made.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = roster_entries, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct RosterEntry {
    pub id: Id,
    pub sitting_id: Id,
    pub congress_id: Id,
    pub account_id: Option<Id>,
    pub representative_id: Option<Id>,
    pub delegation_id: Option<Id>,
    pub class: SeatClass,
    pub name: String,
    pub name_pinyin: String,
    pub seat_label: Option<String>,
    pub position: i32,
    pub suspended: bool,
}

pub fn meeting(c: &mut DbConn, id: Id) -> QueryResult<Option<Meeting>> {
    on_backend!(c, c => meetings::table.find(id).select(Meeting::as_select()).first(c).optional())
}

pub fn sitting(c: &mut DbConn, id: Id) -> QueryResult<Option<Sitting>> {
    on_backend!(c, c => sittings::table.find(id).select(Sitting::as_select()).first(c).optional())
}

pub fn roster(c: &mut DbConn, sitting: Id) -> QueryResult<Vec<RosterEntry>> {
    on_backend!(c, c => roster_entries::table.filter(roster_entries::sitting_id.eq(sitting))
        .order((roster_entries::position, roster_entries::id)).select(RosterEntry::as_select()).load(c))
}
