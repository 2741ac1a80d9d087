//! Rows and queries of gates, their events and credentials.

use super::GateOutcome;
use super::rules::merge::Known;
use super::rules::{Issued, Seat};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::leave;
use crate::features::meetings::{SeatClass, Sitting, SittingState};
use crate::features::representatives::SeatStatus;
use crate::on_backend;
use crate::schema::{
    congresses, credentials, gate_events, gates, meetings, representatives, roster_entries, sessions, sittings,
};
use diesel::prelude::*;
use std::collections::HashMap;

/// Rows that share an insert: nine columns each, far below what either database binds at once.
const CHUNK: usize = 500;

/// A device that scans codes at a door.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = gates, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Gate {
    pub id: Id,
    pub congress_id: Id,
    pub name: String,
    pub enrol_hash: Option<Vec<u8>>,
    pub enrol_expires_at: Option<Ts>,
    pub public_key: Option<Vec<u8>>,
    pub enrolled_at: Option<Ts>,
    pub revoked_at: Option<Ts>,
    pub created_at: Ts,
}

pub fn gate(c: &mut DbConn, id: Id) -> QueryResult<Option<Gate>> {
    on_backend!(c, c => gates::table.find(id).select(Gate::as_select()).first(c).optional())
}

pub fn gate_insert(c: &mut DbConn, gate: &Gate) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(gates::table).values(gate).execute(c))
}

/// Newest first; one more than `limit` when there is a next page.
pub fn gates(c: &mut DbConn, congress: Id, after: Option<Id>, limit: i64) -> QueryResult<Vec<Gate>> {
    on_backend!(c, c => {
        let mut q = gates::table.filter(gates::congress_id.eq(congress))
            .order(gates::id.desc()).limit(limit + 1).select(Gate::as_select()).into_boxed();
        if let Some(after) = after { q = q.filter(gates::id.lt(after)); }
        q.load(c)
    })
}

pub fn gate_by_enrol_hash(c: &mut DbConn, hash: &[u8]) -> QueryResult<Option<Gate>> {
    on_backend!(c, c => gates::table.filter(gates::enrol_hash.eq(hash)).select(Gate::as_select()).first(c).optional())
}

/// Uses the code up; false when it was used, has expired or its gate was revoked.
pub fn gate_enrol(c: &mut DbConn, id: Id, hash: &[u8], key: &[u8], now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(gates::table.find(id)
            .filter(gates::enrol_hash.eq(hash)).filter(gates::enrol_expires_at.gt(now)).filter(gates::revoked_at.is_null()))
        .set((gates::enrol_hash.eq(None::<Vec<u8>>), gates::public_key.eq(key), gates::enrolled_at.eq(now)))
        .execute(c))
    .map(|n| n == 1)
}

/// False when it was revoked before.
pub fn gate_revoke(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(gates::table.find(id).filter(gates::revoked_at.is_null()))
        .set((gates::revoked_at.eq(now), gates::enrol_hash.eq(None::<Vec<u8>>))).execute(c))
    .map(|n| n == 1)
}

/// Holds the gate until the transaction ends, so that two uploads of one gate wait for each other and a
/// revocation waits for both; false when the gate may not work.
pub fn gate_hold(c: &mut DbConn, id: Id) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(gates::table.find(id)
            .filter(gates::revoked_at.is_null()).filter(gates::public_key.is_not_null()))
        .set(gates::name.eq(gates::name)).execute(c))
    .map(|n| n == 1)
}

pub fn congress_name(c: &mut DbConn, id: Id) -> QueryResult<String> {
    on_backend!(c, c => congresses::table.find(id).select(congresses::name).first(c))
}

/// One event as it is kept: what was said, and the first answer to it.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = gate_events, treat_none_as_default_value = false)]
pub struct EventRow {
    pub gate_id: Id,
    pub seq: i64,
    pub sitting_id: Id,
    pub entry_id: Option<Id>,
    pub event_hash: Vec<u8>,
    pub scanned_at: Ts,
    pub clock_offset_ms: i64,
    pub outcome: GateOutcome,
    pub received_at: Ts,
}

pub fn events_insert(c: &mut DbConn, rows: &[EventRow]) -> QueryResult<()> {
    for chunk in rows.chunks(CHUNK) {
        on_backend!(c, c => diesel::insert_into(gate_events::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// What was kept of these numbers.
pub fn events_known(c: &mut DbConn, gate: Id, seqs: &[i64]) -> QueryResult<HashMap<i64, Known>> {
    type Row = (i64, Vec<u8>, Option<Id>, GateOutcome);
    let rows: Vec<Row> = on_backend!(c, c => gate_events::table
        .filter(gate_events::gate_id.eq(gate)).filter(gate_events::seq.eq_any(seqs))
        .select((gate_events::seq, gate_events::event_hash, gate_events::entry_id, gate_events::outcome))
        .load(c))?;
    let known = |(seq, hash, entry_id, outcome): Row| {
        let hash = hash.try_into().ok()?;
        Some((
            seq,
            Known {
                hash,
                entry_id,
                outcome,
            },
        ))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// A sitting to come: id, title, meeting, place, state, begin, end.
pub type SittingAhead = (Id, String, String, String, SittingState, Ts, Ts);

/// Open sittings of a congress and those that begin before `until`, the soonest first.
pub fn sittings_ahead(c: &mut DbConn, congress: Id, until: Ts) -> QueryResult<Vec<SittingAhead>> {
    on_backend!(c, c => sittings::table.inner_join(meetings::table)
        .filter(sittings::congress_id.eq(congress).and(meetings::state.ne("cancelled")))
        .filter(sittings::state.eq(SittingState::Open)
            .or(sittings::state.eq(SittingState::Draft).and(sittings::starts_at.lt(until))))
        .order((sittings::starts_at, sittings::id)).limit(100)
        .select((sittings::id, sittings::title, meetings::title, sittings::place, sittings::state, sittings::starts_at, sittings::ends_at))
        .load(c))
}

/// A seat of a roster with what a gate shows.
#[derive(Debug, Clone)]
pub struct RosterSeat {
    pub entry_id: Id,
    pub representative_id: Id,
    pub name: String,
    pub seat_label: Option<String>,
    pub class: SeatClass,
    pub suspended: bool,
    pub on_leave: bool,
}

impl RosterSeat {
    /// What the rules need of it.
    pub fn seat(&self) -> Seat {
        Seat {
            entry_id: self.entry_id,
            suspended: self.suspended,
            on_leave: self.on_leave,
        }
    }
}

/// The seats of a roster that can show a code, in seat order; only some when `representatives` names them.
pub fn seats(c: &mut DbConn, sitting: &Sitting, only: Option<&[Id]>) -> QueryResult<Vec<RosterSeat>> {
    type Row = (Id, Option<Id>, String, Option<String>, SeatClass, bool);
    let rows: Vec<Row> = on_backend!(c, c => {
        let mut q = roster_entries::table.filter(roster_entries::sitting_id.eq(sitting.id))
            .filter(roster_entries::representative_id.is_not_null())
            .order((roster_entries::position, roster_entries::id))
            .select((
                roster_entries::id, roster_entries::representative_id, roster_entries::name,
                roster_entries::seat_label, roster_entries::class, roster_entries::suspended,
            )).into_boxed();
        if let Some(only) = only { q = q.filter(roster_entries::representative_id.eq_any(only.iter().map(|id| Some(*id)))); }
        q.load(c)
    })?;
    let away = leave::on_leave(c, sitting)?;
    let seat = |(entry_id, representative_id, name, seat_label, class, suspended): Row| {
        let representative_id = representative_id?;
        let on_leave = away.contains(&representative_id);
        Some(RosterSeat {
            entry_id,
            representative_id,
            name,
            seat_label,
            class,
            suspended,
            on_leave,
        })
    };
    Ok(rows.into_iter().filter_map(seat).collect())
}

/// Names of roster entries, for answers that were given before.
pub fn entry_names(c: &mut DbConn, entries: &[Id]) -> QueryResult<HashMap<Id, String>> {
    let rows: Vec<(Id, String)> = on_backend!(c, c => roster_entries::table
        .filter(roster_entries::id.eq_any(entries)).select((roster_entries::id, roster_entries::name)).load(c))?;
    Ok(rows.into_iter().collect())
}

/// A credential as it was issued; the signature is not kept, the phone has it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = credentials, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct CredentialRow {
    pub id: Id,
    pub congress_id: Id,
    pub representative_id: Id,
    pub session_id: Id,
    pub device_key: Vec<u8>,
    pub valid_from: Ts,
    pub valid_until: Ts,
    pub revoked_at: Option<Ts>,
    pub created_at: Ts,
}

pub fn credential_insert(c: &mut DbConn, row: &CredentialRow) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(credentials::table).values(row).execute(c))
}

/// The credential and the account of its seat.
pub fn credential(c: &mut DbConn, id: Id) -> QueryResult<Option<(CredentialRow, Id)>> {
    on_backend!(c, c => credentials::table.inner_join(representatives::table).filter(credentials::id.eq(id))
        .select((CredentialRow::as_select(), representatives::account_id)).first(c).optional())
}

/// The live credentials of a seat, newest first.
pub fn credentials_live(c: &mut DbConn, representative: Id, now: Ts) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => credentials::table
        .filter(credentials::representative_id.eq(representative))
        .filter(credentials::revoked_at.is_null()).filter(credentials::valid_until.gt(now))
        .order((credentials::created_at.desc(), credentials::id.desc())).select(credentials::id).load(c))
}

/// Revokes those that were not revoked before, and tells how many.
pub fn credentials_revoke(c: &mut DbConn, ids: &[Id], now: Ts) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(credentials::table
            .filter(credentials::id.eq_any(ids)).filter(credentials::revoked_at.is_null()))
        .set(credentials::revoked_at.eq(now)).execute(c))
}

/// The state of credentials by id. One made in a log-in that was ended since ends with it: a phone that was
/// lost shows no more codes once its session is revoked.
pub fn credentials_issued(c: &mut DbConn, ids: &[Id]) -> QueryResult<HashMap<Id, Issued>> {
    let rows: Vec<(Id, Option<Ts>, Option<Ts>)> = on_backend!(c, c => credentials::table
        .left_join(sessions::table.on(sessions::id.eq(credentials::session_id)))
        .filter(credentials::id.eq_any(ids))
        .select((credentials::id, credentials::revoked_at, sessions::revoked_at.nullable())).load(c))?;
    let issued = |(id, own, session): (Id, Option<Ts>, Option<Ts>)| {
        let revoked_at = [own, session].into_iter().flatten().min();
        (id, Issued { revoked_at })
    };
    Ok(rows.into_iter().map(issued).collect())
}

/// The credentials of a roster's seats that are revoked and would be good otherwise.
pub fn credentials_revoked(c: &mut DbConn, sitting: Id, now: Ts) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => credentials::table
        .inner_join(roster_entries::table.on(roster_entries::representative_id.eq(credentials::representative_id.nullable())))
        .left_join(sessions::table.on(sessions::id.eq(credentials::session_id)))
        .filter(roster_entries::sitting_id.eq(sitting)).filter(credentials::valid_until.gt(now))
        .filter(credentials::revoked_at.is_not_null().or(sessions::revoked_at.is_not_null()))
        .order(credentials::id).select(credentials::id).load(c))
}

/// What a credential needs to know of a seat.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = representatives, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct SeatRow {
    pub id: Id,
    pub congress_id: Id,
    pub term_id: Id,
    pub status: SeatStatus,
}

/// The seats of an account, in whatever congress and state.
pub fn seats_of(c: &mut DbConn, account: Id) -> QueryResult<Vec<SeatRow>> {
    on_backend!(c, c => representatives::table.filter(representatives::account_id.eq(account))
        .order(representatives::id).select(SeatRow::as_select()).load(c))
}
