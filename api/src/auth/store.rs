//! Rows of sessions, grants and signing keys.

use super::access::Role;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{accounts, gates, grants, sessions, signing_keys};
use diesel::prelude::*;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct SigningKeyRow {
    pub kid: String,
    pub purpose: String,
    pub secret_sealed: Vec<u8>,
    pub public_key: Option<Vec<u8>>,
    pub created_at: Ts,
    pub retired_at: Option<Ts>,
}

pub fn signing_keys(c: &mut DbConn) -> QueryResult<Vec<SigningKeyRow>> {
    on_backend!(c, c => signing_keys::table.filter(signing_keys::retired_at.is_null()).select(SigningKeyRow::as_select()).load(c))
}

pub fn signing_key_insert(c: &mut DbConn, row: &SigningKeyRow) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(signing_keys::table).values(row).execute(c))
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct SessionRow {
    pub id: Id,
    pub account_id: Option<Id>,
    pub gate_id: Option<Id>,
    pub device_id: String,
    pub device_name: String,
    pub refresh_hash: Vec<u8>,
    pub previous_hash: Option<Vec<u8>>,
    pub rotated_at: Ts,
    pub created_at: Ts,
    pub expires_at: Ts,
    pub revoked_at: Option<Ts>,
    pub revoked_reason: Option<String>,
}

pub fn session_insert(c: &mut DbConn, row: &SessionRow) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(sessions::table).values(row).execute(c))
}

pub fn session(c: &mut DbConn, id: Id) -> QueryResult<Option<SessionRow>> {
    on_backend!(c, c => sessions::table.find(id).select(SessionRow::as_select()).first(c).optional())
}

/// Replaces the refresh token if it still is `from`; false when another request was faster.
pub fn session_rotate(c: &mut DbConn, id: Id, from: &[u8], row: &SessionRow) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(sessions::table.find(id).filter(sessions::refresh_hash.eq(from)))
        .set((
            sessions::refresh_hash.eq(&row.refresh_hash), sessions::previous_hash.eq(&row.previous_hash),
            sessions::rotated_at.eq(row.rotated_at), sessions::expires_at.eq(row.expires_at),
        )).execute(c))
    .map(|n| n == 1)
}

/// Ends a session; false when it had ended already.
pub fn session_revoke(c: &mut DbConn, id: Id, reason: &str, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(sessions::table.find(id).filter(sessions::revoked_at.is_null()))
        .set((sessions::revoked_at.eq(now), sessions::revoked_reason.eq(reason))).execute(c))
    .map(|n| n == 1)
}

pub fn sessions_of_account(c: &mut DbConn, account: Id) -> QueryResult<Vec<SessionRow>> {
    on_backend!(c, c => sessions::table
        .filter(sessions::account_id.eq(account).and(sessions::revoked_at.is_null()))
        .order(sessions::id.desc()).limit(200).select(SessionRow::as_select()).load(c))
}

pub fn revoke_all(c: &mut DbConn, account: Option<Id>, gate: Option<Id>, reason: &str, now: Ts) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(sessions::table
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::account_id.eq(account).or(sessions::gate_id.eq(gate))))
        .set((sessions::revoked_at.eq(now), sessions::revoked_reason.eq(reason))).execute(c))
}

/// What decides whether a member of staff may act now.
pub struct StaffState {
    pub name: String,
    pub second_factor: bool,
    pub roles: Vec<(Id, Role)>,
}

/// `None` when the session has ended or the account is disabled.
pub fn staff_state(c: &mut DbConn, account: Id, session: Id) -> QueryResult<Option<StaffState>> {
    type Found = (Option<Ts>, Option<Ts>, Option<Ts>, String);
    let found: Option<Found> = on_backend!(c, c => sessions::table
        .inner_join(accounts::table)
        .filter(sessions::id.eq(session).and(accounts::id.eq(account)))
        .select((sessions::revoked_at, accounts::disabled_at, accounts::totp_confirmed_at, accounts::name))
        .first(c).optional())?;
    let Some((None, None, totp, name)) = found else {
        return Ok(None);
    };
    let roles = grants_of(c, account)?;
    Ok(Some(StaffState {
        name,
        second_factor: totp.is_some(),
        roles,
    }))
}

pub fn grants_of(c: &mut DbConn, account: Id) -> QueryResult<Vec<(Id, Role)>> {
    on_backend!(c, c => grants::table.filter(grants::account_id.eq(account))
        .order((grants::congress_id, grants::role)).select((grants::congress_id, grants::role)).load(c))
}

pub fn account_name(c: &mut DbConn, account: Id) -> QueryResult<Option<(String, Option<Ts>)>> {
    on_backend!(c, c => accounts::table.find(account).select((accounts::name, accounts::disabled_at)).first(c).optional())
}

pub fn gate_name(c: &mut DbConn, gate: Id) -> QueryResult<Option<(String, Option<Ts>)>> {
    on_backend!(c, c => gates::table.find(gate).select((gates::name, gates::revoked_at)).first(c).optional())
}
