//! Rows and queries of attendance.

pub mod rollup;
pub mod sweep;

use super::{FlagKind, FlagState, Method, MoveKind, rules};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{attendance_flags, attendance_moves, attendances, congresses, roster_entries, units};
use diesel::prelude::*;

/// The record of one seat, as it was written.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = attendances, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct Record {
    pub entry_id: Id,
    pub at: Ts,
    pub method: Method,
}

/// A record to be, by a gate or a clerk; phones go through `db::check_in`.
#[derive(Debug, Insertable)]
#[diesel(table_name = attendances, treat_none_as_default_value = false)]
pub struct NewRecord {
    pub sitting_id: Id,
    pub entry_id: Id,
    pub congress_id: Id,
    pub at: Ts,
    pub method: Method,
    pub gate_id: Option<Id>,
    pub recorded_by: Option<Id>,
    pub reason: Option<String>,
}

/// False when the seat has a record already.
pub fn record_insert(c: &mut DbConn, row: &NewRecord) -> QueryResult<bool> {
    on_backend!(c, c => diesel::insert_into(attendances::table).values(row)
        .on_conflict((attendances::sitting_id, attendances::entry_id)).do_nothing().execute(c))
    .map(|n| n == 1)
}

pub fn record(c: &mut DbConn, sitting: Id, entry: Id) -> QueryResult<Option<Record>> {
    on_backend!(c, c => attendances::table
        .filter(attendances::sitting_id.eq(sitting).and(attendances::entry_id.eq(entry)))
        .select(Record::as_select()).first(c).optional())
}

pub fn records(c: &mut DbConn, sitting: Id) -> QueryResult<Vec<Record>> {
    on_backend!(c, c => attendances::table.filter(attendances::sitting_id.eq(sitting)).select(Record::as_select()).load(c))
}

/// A later fact.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = attendance_moves, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct MoveRow {
    pub id: Id,
    pub sitting_id: Id,
    pub entry_id: Id,
    pub congress_id: Id,
    pub kind: MoveKind,
    pub at: Ts,
    pub method: Method,
    pub gate_id: Option<Id>,
    pub recorded_by: Option<Id>,
    pub reason: Option<String>,
    pub created_at: Ts,
}

impl MoveRow {
    pub fn as_move(&self) -> rules::Move {
        rules::Move {
            id: self.id,
            kind: self.kind,
            at: self.at,
            method: self.method,
        }
    }
}

pub fn move_insert(c: &mut DbConn, row: &MoveRow) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(attendance_moves::table).values(row).execute(c))
}

/// The moves of a sitting, or of one of its seats.
pub fn moves(c: &mut DbConn, sitting: Id, entry: Option<Id>) -> QueryResult<Vec<MoveRow>> {
    on_backend!(c, c => {
        let mut q = attendance_moves::table.filter(attendance_moves::sitting_id.eq(sitting))
            .select(MoveRow::as_select()).order(attendance_moves::id).into_boxed();
        if let Some(entry) = entry { q = q.filter(attendance_moves::entry_id.eq(entry)); }
        q.load(c)
    })
}

/// The devices a sitting was signed in to from, with moment and seat, the earliest first.
pub fn devices(c: &mut DbConn, sitting: Id) -> QueryResult<Vec<(String, Ts, Id)>> {
    on_backend!(c, c => attendances::table.filter(attendances::sitting_id.eq(sitting))
        .filter(attendances::device_id.is_not_null()).order((attendances::at, attendances::entry_id))
        .select((attendances::device_id.assume_not_null(), attendances::at, attendances::entry_id)).load(c))
}

/// Something to judge.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = attendance_flags, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Flag {
    pub id: Id,
    pub sitting_id: Id,
    pub congress_id: Id,
    pub entry_id: Id,
    pub kind: FlagKind,
    /// What makes it one flag: the other seat, the device, the other sitting.
    pub other: String,
    pub detail: Json,
    pub state: FlagState,
    pub created_at: Ts,
    pub decided_by: Option<Id>,
    pub decided_at: Option<Ts>,
    pub note: Option<String>,
}

pub fn flag(c: &mut DbConn, id: Id) -> QueryResult<Option<Flag>> {
    on_backend!(c, c => attendance_flags::table.find(id).select(Flag::as_select()).first(c).optional())
}

pub fn flags(c: &mut DbConn, sitting: Id) -> QueryResult<Vec<Flag>> {
    on_backend!(c, c => attendance_flags::table.filter(attendance_flags::sitting_id.eq(sitting))
        .order(attendance_flags::id).limit(5_000).select(Flag::as_select()).load(c))
}

/// Writes a flag once; false when it was there.
pub fn flag_insert(c: &mut DbConn, row: &Flag) -> QueryResult<bool> {
    on_backend!(c, c => diesel::insert_into(attendance_flags::table).values(row)
        .on_conflict((attendance_flags::sitting_id, attendance_flags::entry_id, attendance_flags::kind, attendance_flags::other))
        .do_nothing().execute(c))
    .map(|n| n == 1)
}

/// Judges an open flag; false when it was judged already.
pub fn flag_decide(c: &mut DbConn, id: Id, to: FlagState, by: Id, note: Option<&str>, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(attendance_flags::table.find(id).filter(attendance_flags::state.eq(FlagState::Open)))
        .set((attendance_flags::state.eq(to), attendance_flags::decided_by.eq(by), attendance_flags::decided_at.eq(now),
            attendance_flags::note.eq(note))).execute(c))
    .map(|n| n == 1)
}

/// The place of an account on a sitting's roster: entry, congress, name.
pub fn entry_of_account(c: &mut DbConn, sitting: Id, account: Id) -> QueryResult<Option<(Id, Id, String)>> {
    on_backend!(c, c => roster_entries::table
        .filter(roster_entries::sitting_id.eq(sitting).and(roster_entries::account_id.eq(account)))
        .select((roster_entries::id, roster_entries::congress_id, roster_entries::name)).first(c).optional())
}

/// One line of a sitting's roster: name and whether the seat is suspended.
pub fn entry(c: &mut DbConn, sitting: Id, entry: Id) -> QueryResult<Option<(String, bool)>> {
    on_backend!(c, c => roster_entries::table
        .filter(roster_entries::sitting_id.eq(sitting).and(roster_entries::id.eq(entry)))
        .select((roster_entries::name, roster_entries::suspended)).first(c).optional())
}

pub fn congress_name(c: &mut DbConn, congress: Id) -> QueryResult<String> {
    on_backend!(c, c => congresses::table.find(congress).select(congresses::name).first(c))
}

/// The name of a delegation.
pub fn delegation_name(c: &mut DbConn, id: Option<Id>) -> QueryResult<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    on_backend!(c, c => units::table.find(id).select(units::name).first(c).optional())
}

/// Delegations of a congress in order: id and name.
pub fn delegations(c: &mut DbConn, congress: Id) -> QueryResult<Vec<(Id, String)>> {
    on_backend!(c, c => units::table.filter(units::congress_id.eq(congress).and(units::kind.eq("delegation")))
        .order((units::position, units::name)).select((units::id, units::name)).load(c))
}
