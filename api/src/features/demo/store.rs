//! Rows of demo and fixture data, written many at a time, and the few questions the demo asks.

use crate::auth::Role;
use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::congresses::{BodyKind, Congress, Level, QuorumRule, UnitKind};
use crate::features::leave::{Approver, Grain, LeaveKind, LeaveState};
use crate::features::meetings::{Meeting, RosterEntry, Sitting, SittingState};
use crate::features::representatives::Representative;
use crate::notify::Template;
use crate::on_backend;
use crate::schema::*;
use crate::secrets::Secrets;
use chrono::NaiveDate;
use diesel::prelude::*;

/// Rows per statement: within the number of parameters either database takes.
const ROWS: usize = 1_000;

macro_rules! insert_many {
    ($($(#[$meta:meta])* $name:ident: $table:ident <- $row:ty;)+) => {
        $($(#[$meta])* pub fn $name(c: &mut DbConn, rows: &[$row]) -> QueryResult<()> {
            for chunk in rows.chunks(ROWS) {
                on_backend!(c, c => diesel::insert_into($table::table).values(chunk).execute(c))?;
            }
            Ok(())
        })+
    };
}

insert_many! {
    insert_congresses: congresses <- Congress;
    insert_terms: terms <- TermRow;
    insert_congress_sessions: congress_sessions <- CongressSessionRow;
    insert_organisations: organisations <- OrganisationRow;
    insert_accounts: accounts <- AccountRow;
    insert_grants: grants <- GrantRow;
    insert_units: units <- UnitRow;
    insert_bodies: bodies <- BodyRow;
    insert_body_members: body_members <- BodyMemberRow;
    insert_representatives: representatives <- Representative;
    insert_meetings: meetings <- Meeting;
    insert_sittings: sittings <- Sitting;
    insert_roster: roster_entries <- RosterEntry;
    insert_sessions: sessions <- SessionRow;
    insert_attendances: attendances <- AttendanceRow;
    insert_leave_requests: leave_requests <- LeaveRow;
    insert_gates: gates <- GateRow;
}

#[derive(Insertable)]
#[diesel(table_name = terms)]
pub struct TermRow {
    pub id: Id,
    pub congress_id: Id,
    pub number: i32,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

#[derive(Insertable)]
#[diesel(table_name = congress_sessions)]
pub struct CongressSessionRow {
    pub id: Id,
    pub congress_id: Id,
    pub term_id: Id,
    pub number: i32,
    pub title: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

#[derive(Insertable)]
#[diesel(table_name = organisations)]
pub struct OrganisationRow {
    pub id: Id,
    pub congress_id: Id,
    pub name: String,
    pub short_name: String,
}

#[derive(Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
pub struct AccountRow {
    pub id: Id,
    pub name: String,
    pub login: Option<String>,
    pub password_hash: Option<String>,
    pub totp_secret_sealed: Option<Vec<u8>>,
    pub totp_confirmed_at: Option<Ts>,
    pub totp_last_step: i64,
    pub failed_logins: i32,
    pub phone_sealed: Option<Vec<u8>>,
    pub phone_index: Option<String>,
    pub created_at: Ts,
}

impl AccountRow {
    /// Somebody who logs in by phone, if at all.
    pub fn person(id: Id, name: &str, phone: Option<&Phone>, secrets: &Secrets, now: Ts) -> AccountRow {
        AccountRow {
            id,
            name: name.to_owned(),
            login: None,
            password_hash: None,
            totp_secret_sealed: None,
            totp_confirmed_at: None,
            totp_last_step: 0,
            failed_logins: 0,
            phone_sealed: phone.map(|p| secrets.seal("accounts.phone", p.as_str().as_bytes())),
            phone_index: phone.map(|p| secrets.blind_index(p.as_str())),
            created_at: now,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
pub struct GrantRow {
    pub account_id: Id,
    pub congress_id: Id,
    pub role: Role,
    pub organisation_id: Option<Id>,
    pub heads_organisation: bool,
    pub created_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = units, treat_none_as_default_value = false)]
pub struct UnitRow {
    pub id: Id,
    pub congress_id: Id,
    pub kind: UnitKind,
    pub name: String,
    pub position: i32,
    pub head_account_id: Option<Id>,
    pub address: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub created_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = bodies, treat_none_as_default_value = false)]
pub struct BodyRow {
    pub id: Id,
    pub congress_id: Id,
    pub term_id: Id,
    pub kind: BodyKind,
    pub name: String,
    pub quorum_rule: QuorumRule,
    pub seat_count: Option<i32>,
    pub created_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = body_members)]
pub struct BodyMemberRow {
    pub body_id: Id,
    pub representative_id: Id,
}

#[derive(Insertable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    pub id: Id,
    pub account_id: Id,
    pub device_id: String,
    pub device_name: String,
    pub refresh_hash: Vec<u8>,
    pub rotated_at: Ts,
    pub created_at: Ts,
    pub expires_at: Ts,
}

#[derive(Insertable)]
#[diesel(table_name = attendances, treat_none_as_default_value = false)]
pub struct AttendanceRow {
    pub sitting_id: Id,
    pub entry_id: Id,
    pub congress_id: Id,
    pub at: Ts,
    pub method: crate::features::attendance::Method,
    pub device_id: Option<String>,
    pub gate_id: Option<Id>,
}

#[derive(Insertable)]
#[diesel(table_name = leave_requests, treat_none_as_default_value = false)]
pub struct LeaveRow {
    pub id: Id,
    pub congress_id: Id,
    pub representative_id: Id,
    pub grain: Grain,
    pub sitting_id: Option<Id>,
    pub kind: LeaveKind,
    pub reason: &'static str,
    pub state: LeaveState,
    pub approver: Approver,
    pub requested_by: Id,
    pub requested_at: Ts,
    pub decided_by: Option<Id>,
    pub decided_at: Option<Ts>,
}

#[derive(Insertable)]
#[diesel(table_name = gates, treat_none_as_default_value = false)]
pub struct GateRow {
    pub id: Id,
    pub congress_id: Id,
    pub name: &'static str,
    pub created_at: Ts,
}

/// A member of staff to be.
pub struct NewStaff<'a> {
    pub congress_id: Id,
    pub name: &'a str,
    pub login: &'a str,
    /// From [`hash_password`].
    pub password_hash: &'a str,
    /// A second factor in force from the start; without one the person sets it up.
    pub totp_secret: Option<&'a [u8]>,
    pub role: Role,
    pub organisation_id: Option<Id>,
}

/// Hashes a password with Argon2id; takes tens of milliseconds of a core.
pub fn hash_password(password: &str) -> String {
    use argon2::password_hash::PasswordHasher;
    let hash = argon2::Argon2::default().hash_password(password.as_bytes());
    hash.expect("the default parameters are valid").to_string()
}

/// Makes an account of staff. The only place of this feature that does.
pub fn staff_account(c: &mut DbConn, secrets: &Secrets, staff: &NewStaff<'_>, now: Ts) -> QueryResult<Id> {
    let account = AccountRow {
        login: Some(staff.login.to_lowercase()),
        password_hash: Some(staff.password_hash.to_owned()),
        totp_secret_sealed: staff.totp_secret.map(|s| secrets.seal("accounts.totp", s)),
        totp_confirmed_at: staff.totp_secret.map(|_| now),
        ..AccountRow::person(Id::new(), staff.name, None, secrets, now)
    };
    let grant = GrantRow {
        account_id: account.id,
        congress_id: staff.congress_id,
        role: staff.role,
        organisation_id: staff.organisation_id,
        heads_organisation: false,
        created_at: now,
    };
    insert_accounts(c, std::slice::from_ref(&account))?;
    insert_grants(c, &[grant])?;
    Ok(account.id)
}

pub fn login_exists(c: &mut DbConn, login: &str) -> QueryResult<bool> {
    let login = login.to_lowercase();
    on_backend!(c, c => diesel::select(diesel::dsl::exists(accounts::table.filter(accounts::login.eq(login)))).get_result(c))
}

pub fn any_congress(c: &mut DbConn) -> QueryResult<bool> {
    let first: Option<Id> = on_backend!(c, c => congresses::table.select(congresses::id).first(c).optional())?;
    Ok(first.is_some())
}

pub fn congress_by_region(c: &mut DbConn, region: &str) -> QueryResult<Option<(Id, Level)>> {
    on_backend!(c, c => congresses::table.filter(congresses::region_code.eq(region))
        .select((congresses::id, congresses::level)).first(c).optional())
}

/// The newest sitting that takes sign-ins and goes on after `until`.
pub fn open_sitting(c: &mut DbConn, congress: Id, until: Ts) -> QueryResult<Option<Sitting>> {
    on_backend!(c, c => sittings::table
        .filter(sittings::congress_id.eq(congress).and(sittings::state.eq(SittingState::Open)))
        .filter(sittings::ends_at.gt(until))
        .order(sittings::id.desc()).select(Sitting::as_select()).first(c).optional())
}

/// Closes sittings that nobody closed when they ended.
pub fn close_ended(c: &mut DbConn, congress: Id, now: Ts) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(sittings::table
            .filter(sittings::congress_id.eq(congress).and(sittings::state.eq(SittingState::Open)))
            .filter(sittings::ends_at.le(now)))
        .set((sittings::state.eq(SittingState::Closed), sittings::closed_at.eq(sittings::ends_at.nullable()))).execute(c))
}

pub fn newest_term(c: &mut DbConn, congress: Id) -> QueryResult<Id> {
    on_backend!(c, c => terms::table.filter(terms::congress_id.eq(congress)).order(terms::number.desc())
        .select(terms::id).first(c))
}

pub fn newest_congress_session(c: &mut DbConn, congress: Id) -> QueryResult<Option<(Id, String)>> {
    on_backend!(c, c => congress_sessions::table.filter(congress_sessions::congress_id.eq(congress))
        .order(congress_sessions::starts_on.desc()).select((congress_sessions::id, congress_sessions::title))
        .first(c).optional())
}

pub fn representatives(c: &mut DbConn, term: Id) -> QueryResult<Vec<Representative>> {
    on_backend!(c, c => representatives::table.filter(representatives::term_id.eq(term))
        .order(representatives::number).select(Representative::as_select()).load(c))
}

pub fn staff_with_role(c: &mut DbConn, congress: Id, role: Role) -> QueryResult<Vec<(Id, String, Option<String>)>> {
    on_backend!(c, c => grants::table.inner_join(accounts::table)
        .filter(grants::congress_id.eq(congress).and(grants::role.eq(role)))
        .order(accounts::id).select((accounts::id, accounts::name, accounts::login)).load(c))
}

/// People on a roster who have not signed in, with their sealed phones.
pub fn not_signed_in(c: &mut DbConn, sitting: Id, limit: i64) -> QueryResult<Vec<(String, Option<Vec<u8>>)>> {
    on_backend!(c, c => roster_entries::table
        .inner_join(accounts::table.on(accounts::id.nullable().eq(roster_entries::account_id)))
        .left_join(attendances::table.on(
            attendances::sitting_id.eq(roster_entries::sitting_id).and(attendances::entry_id.eq(roster_entries::id))))
        .left_join(leave_requests::table.on(
            leave_requests::sitting_id.eq(roster_entries::sitting_id.nullable())
                .and(leave_requests::representative_id.nullable().eq(roster_entries::representative_id))))
        .filter(roster_entries::sitting_id.eq(sitting).and(roster_entries::class.eq("voting")))
        .filter(roster_entries::suspended.eq(false))
        .filter(attendances::entry_id.nullable().is_null().and(leave_requests::id.nullable().is_null()))
        .order(roster_entries::position).limit(limit)
        .select((accounts::name, accounts::phone_sealed)).load(c))
}

/// Accounts with a phone that hold neither seat nor role: voters.
pub fn voters(c: &mut DbConn, limit: i64) -> QueryResult<Vec<(String, Option<Vec<u8>>)>> {
    on_backend!(c, c => accounts::table
        .left_join(representatives::table.on(representatives::account_id.eq(accounts::id)))
        .left_join(grants::table.on(grants::account_id.eq(accounts::id)))
        .filter(accounts::phone_index.is_not_null())
        .filter(representatives::id.nullable().is_null().and(grants::account_id.nullable().is_null()))
        .order(accounts::id).limit(limit)
        .select((accounts::name, accounts::phone_sealed)).load(c))
}

/// A message in the clear: only a demo shows it.
pub struct Message {
    pub id: Id,
    pub to: String,
    pub text: String,
    pub at: Ts,
}

/// The newest messages, opened.
pub fn messages(c: &mut DbConn, secrets: &Secrets, limit: i64) -> QueryResult<Vec<Message>> {
    type Row = (Id, Template, Option<Vec<u8>>, Option<Vec<u8>>, Vec<u8>, Ts);
    let rows: Vec<Row> = on_backend!(c, c => outbox::table.left_join(accounts::table).order(outbox::id.desc()).limit(limit)
        .select((outbox::id, outbox::template, outbox::recipient_sealed, accounts::phone_sealed.nullable(),
            outbox::params_sealed, outbox::created_at))
        .load(c))?;
    let message = |(id, template, recipient, phone, params, at): Row| {
        let given = recipient.and_then(|r| secrets.open_text("outbox.recipient", &r));
        // A message to a person has no address before it is sent.
        let to = given
            .or_else(|| secrets.open_text("accounts.phone", &phone?))
            .unwrap_or_default();
        let params = secrets.open("outbox.params", &params);
        let params = params.and_then(|p| serde_json::from_slice(&p).ok()).unwrap_or_default();
        Message {
            id,
            to: Phone::parse(&to).map_or(to, |p| p.local().to_owned()),
            text: template.render(&params),
            at,
        }
    };
    Ok(rows.into_iter().map(message).collect())
}
