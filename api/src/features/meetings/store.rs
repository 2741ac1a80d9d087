//! Rows and queries of meetings, sittings and rosters.

mod roster;

use super::rules::{self, Step};
use super::{MeetingKind, MeetingState, SeatClass, SittingState};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::features::congresses::QuorumRule;
use crate::on_backend;
use crate::schema::{bodies, congress_sessions, congresses, meetings, roster_entries, sittings, units};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::HashMap;

pub use roster::*;

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
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
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

/// A meeting with the names of its body, unit and congress session.
pub type MeetingRow = (Meeting, Option<String>, Option<String>, Option<String>);

/// What a list of meetings is narrowed to; days overlap.
#[derive(Debug, Default, Clone)]
pub struct MeetingFilter {
    pub kind: Option<MeetingKind>,
    pub state: Option<MeetingState>,
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

pub fn meeting_row(c: &mut DbConn, id: Id) -> QueryResult<Option<MeetingRow>> {
    on_backend!(c, c => meetings::table
        .left_join(bodies::table).left_join(units::table).left_join(congress_sessions::table)
        .filter(meetings::id.eq(id))
        .select((Meeting::as_select(), bodies::name.nullable(), units::name.nullable(), congress_sessions::title.nullable()))
        .first(c).optional())
}

/// Latest first; one more than `limit`.
pub fn meetings(
    c: &mut DbConn,
    congress: Id,
    filter: &MeetingFilter,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> QueryResult<Vec<MeetingRow>> {
    on_backend!(c, c => {
        let mut q = meetings::table
            .left_join(bodies::table).left_join(units::table).left_join(congress_sessions::table)
            .filter(meetings::congress_id.eq(congress))
            .select((Meeting::as_select(), bodies::name.nullable(), units::name.nullable(), congress_sessions::title.nullable()))
            .order((meetings::starts_on.desc(), meetings::id.desc()))
            .limit(limit + 1)
            .into_boxed();
        if let Some(kind) = filter.kind { q = q.filter(meetings::kind.eq(kind)); }
        if let Some(state) = filter.state { q = q.filter(meetings::state.eq(state)); }
        if let Some(from) = filter.from { q = q.filter(meetings::ends_on.ge(from)); }
        if let Some(to) = filter.to { q = q.filter(meetings::starts_on.le(to)); }
        if let Some((day, id)) = after {
            q = q.filter(meetings::starts_on.lt(day).or(meetings::starts_on.eq(day).and(meetings::id.lt(id))));
        }
        q.load(c)
    })
}

pub fn meeting_insert(c: &mut DbConn, row: &Meeting) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(meetings::table).values(row).execute(c))
}

/// Writes what may change of a planned meeting; false when it is not planned any more.
pub fn meeting_update(c: &mut DbConn, row: &Meeting) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(meetings::table.find(row.id).filter(meetings::state.eq(MeetingState::Planned)))
        .set((
            meetings::kind.eq(row.kind), meetings::title.eq(&row.title), meetings::body_id.eq(row.body_id),
            meetings::unit_id.eq(row.unit_id), meetings::congress_session_id.eq(row.congress_session_id),
            meetings::starts_on.eq(row.starts_on), meetings::ends_on.eq(row.ends_on),
        )).execute(c))
    .map(|n| n == 1)
}

/// Moves a planned meeting to `to`; false when it is not planned. With `to` planned this only locks the
/// meeting, so that opening one of its sittings and cancelling it cannot both succeed.
pub fn meeting_move(c: &mut DbConn, id: Id, to: MeetingState) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(meetings::table.find(id).filter(meetings::state.eq(MeetingState::Planned)))
        .set(meetings::state.eq(to)).execute(c))
    .map(|n| n == 1)
}

/// Whether any sitting of the meeting is open or has closed.
pub fn has_begun(c: &mut DbConn, meeting: Id) -> QueryResult<bool> {
    on_backend!(c, c => diesel::select(diesel::dsl::exists(
        sittings::table.filter(sittings::meeting_id.eq(meeting).and(sittings::state.ne(SittingState::Draft)))
    )).get_result(c))
}

/// The body's congress, quorum rule and seats.
pub fn body(c: &mut DbConn, id: Id) -> QueryResult<Option<(Id, QuorumRule, Option<i32>)>> {
    on_backend!(c, c => bodies::table.find(id)
        .select((bodies::congress_id, bodies::quorum_rule, bodies::seat_count)).first(c).optional())
}

pub fn unit_congress(c: &mut DbConn, id: Id) -> QueryResult<Option<Id>> {
    on_backend!(c, c => units::table.find(id).select(units::congress_id).first(c).optional())
}

pub fn session_congress(c: &mut DbConn, id: Id) -> QueryResult<Option<Id>> {
    on_backend!(c, c => congress_sessions::table.find(id).select(congress_sessions::congress_id).first(c).optional())
}

pub fn settings(c: &mut DbConn, congress: Id) -> QueryResult<Json> {
    on_backend!(c, c => congresses::table.find(congress).select(congresses::settings).first(c))
}

/// How many are on a roster.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct RosterCounts {
    pub voting: i64,
    pub attendee: i64,
    pub observer: i64,
}

/// A sitting with what screens show around it.
#[derive(Debug, Clone)]
pub struct SittingRow {
    pub sitting: Sitting,
    pub meeting: Meeting,
    pub congress_name: String,
    pub counts: RosterCounts,
}

pub fn sitting_row(c: &mut DbConn, id: Id) -> QueryResult<Option<SittingRow>> {
    let found: Option<(Sitting, Meeting, String)> = on_backend!(c, c => sittings::table
        .inner_join(meetings::table).inner_join(congresses::table)
        .filter(sittings::id.eq(id))
        .select((Sitting::as_select(), Meeting::as_select(), congresses::name))
        .first(c).optional())?;
    Ok(with_counts(c, found.into_iter().collect())?.pop())
}

/// The version of a sitting's roster, its congress, and from when on arrivals are late.
pub fn roster_version(c: &mut DbConn, sitting: Id) -> QueryResult<Option<(i64, Id, Ts)>> {
    on_backend!(c, c => sittings::table.find(sitting)
        .select((sittings::roster_version, sittings::congress_id, sittings::late_after)).first(c).optional())
}

/// The sittings of a meeting in the order of time; one more than `limit`.
pub fn sittings(c: &mut DbConn, meeting: Id, after: Option<(Ts, Id)>, limit: i64) -> QueryResult<Vec<SittingRow>> {
    let found: Vec<(Sitting, Meeting, String)> = on_backend!(c, c => {
        let mut q = sittings::table
            .inner_join(meetings::table).inner_join(congresses::table)
            .filter(sittings::meeting_id.eq(meeting))
            .select((Sitting::as_select(), Meeting::as_select(), congresses::name))
            .order((sittings::starts_at, sittings::id))
            .limit(limit + 1)
            .into_boxed();
        if let Some((at, id)) = after {
            q = q.filter(sittings::starts_at.gt(at).or(sittings::starts_at.eq(at).and(sittings::id.gt(id))));
        }
        q.load(c)
    })?;
    with_counts(c, found)
}

fn with_counts(c: &mut DbConn, found: Vec<(Sitting, Meeting, String)>) -> QueryResult<Vec<SittingRow>> {
    let ids: Vec<Id> = found.iter().map(|(s, _, _)| s.id).collect();
    let counted: Vec<(Id, SeatClass, i64)> = on_backend!(c, c => roster_entries::table
        .filter(roster_entries::sitting_id.eq_any(&ids))
        .group_by((roster_entries::sitting_id, roster_entries::class))
        .select((roster_entries::sitting_id, roster_entries::class, diesel::dsl::count_star()))
        .load(c))?;
    let mut counts: HashMap<Id, RosterCounts> = HashMap::new();
    for (sitting, class, n) in counted {
        let counts = counts.entry(sitting).or_default();
        *match class {
            SeatClass::Voting => &mut counts.voting,
            SeatClass::Attendee => &mut counts.attendee,
            SeatClass::Observer => &mut counts.observer,
        } = n;
    }
    let row = |(sitting, meeting, congress_name): (Sitting, Meeting, String)| SittingRow {
        counts: counts.get(&sitting.id).copied().unwrap_or_default(),
        sitting,
        meeting,
        congress_name,
    };
    Ok(found.into_iter().map(row).collect())
}

pub fn sitting_insert(c: &mut DbConn, row: &Sitting) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(sittings::table).values(row).execute(c))
}

/// Writes what may change of a sitting that still is in its state; false when it is not.
pub fn sitting_update(c: &mut DbConn, row: &Sitting) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(sittings::table.find(row.id).filter(sittings::state.eq(row.state)))
        .set((
            sittings::title.eq(&row.title), sittings::place.eq(&row.place), sittings::latitude.eq(row.latitude),
            sittings::longitude.eq(row.longitude), sittings::radius_m.eq(row.radius_m), sittings::starts_at.eq(row.starts_at),
            sittings::late_after.eq(row.late_after), sittings::ends_at.eq(row.ends_at), sittings::quorum_rule.eq(row.quorum_rule),
            sittings::roster_version.eq(sittings::roster_version + 1),
        )).execute(c))
    .map(|n| n == 1)
}

/// draft → open; false when it was not a draft any more.
pub fn sitting_open(c: &mut DbConn, id: Id, seats_total: i32, now: Ts) -> QueryResult<bool> {
    let (from, to) = Step::Open.states();
    on_backend!(c, c => diesel::update(sittings::table.find(id).filter(sittings::state.eq(from)))
        .set((sittings::state.eq(to), sittings::seats_total.eq(seats_total), sittings::opened_at.eq(now)))
        .execute(c))
    .map(|n| n == 1)
}

/// open → closed; false when it was not open any more.
pub fn sitting_close(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<bool> {
    let (from, to) = Step::Close.states();
    on_backend!(c, c => diesel::update(sittings::table.find(id).filter(sittings::state.eq(from)))
        .set((sittings::state.eq(to), sittings::closed_at.eq(now))).execute(c))
    .map(|n| n == 1)
}

/// Takes the sitting for a change of its roster; `None` when its state allows none. The new version makes everybody
/// who changes, opens or closes the same sitting wait, and those who remember the roster read it again.
pub fn sitting_for_roster(c: &mut DbConn, id: Id) -> QueryResult<Option<Sitting>> {
    let held = on_backend!(c, c => diesel::update(
            sittings::table.find(id).filter(sittings::state.eq_any(rules::ROSTER_CHANGES)))
        .set(sittings::roster_version.eq(sittings::roster_version + 1)).execute(c))?;
    if held == 1 { sitting(c, id) } else { Ok(None) }
}

pub fn sitting_seats(c: &mut DbConn, id: Id, seats_total: i32) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(sittings::table.find(id)).set(sittings::seats_total.eq(seats_total)).execute(c))
}
