//! Rows and queries of accounts: who they are and how they prove it.

use super::Post;
use super::rules::{Lock, SentCode};
use crate::auth::Role;
use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{accounts, congresses, gates, grants, organisations, representatives, sms_codes};
use crate::secrets::Secrets;
use diesel::prelude::*;

pub fn account_by_phone(c: &mut DbConn, index: &str) -> QueryResult<Option<Id>> {
    on_backend!(c, c => accounts::table.filter(accounts::phone_index.eq(index)).select(accounts::id).first(c).optional())
}

pub fn account_by_openid(c: &mut DbConn, openid: &str) -> QueryResult<Option<Id>> {
    on_backend!(c, c => accounts::table.filter(accounts::wechat_openid.eq(openid)).select(accounts::id).first(c).optional())
}

pub fn account_insert_phone(c: &mut DbConn, secrets: &Secrets, phone: &Phone, name: &str, now: Ts) -> QueryResult<Id> {
    let id = Id::new();
    on_backend!(c, c => diesel::insert_into(accounts::table).values((
        accounts::id.eq(id), accounts::name.eq(name), accounts::totp_last_step.eq(0i64), accounts::failed_logins.eq(0),
        accounts::phone_sealed.eq(secrets.seal("accounts.phone", phone.as_str().as_bytes())),
        accounts::phone_index.eq(secrets.blind_index(phone.as_str())), accounts::created_at.eq(now),
    )).execute(c))?;
    Ok(id)
}

pub fn phone_sealed(c: &mut DbConn, account: Id) -> QueryResult<Option<Vec<u8>>> {
    on_backend!(c, c => accounts::table.find(account).select(accounts::phone_sealed).first(c).optional())
        .map(Option::flatten)
}

/// Another WeChat user may take over the account: both prove the same phone number.
pub fn bind_openid(c: &mut DbConn, account: Id, openid: &str) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(accounts::table.find(account))
        .set(accounts::wechat_openid.eq(openid)).execute(c))
}

/// Keeps an address for messages, or takes it away.
pub fn set_email(c: &mut DbConn, account: Id, sealed: Option<&[u8]>) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(accounts::table.find(account))
        .set(accounts::email_sealed.eq(sealed)).execute(c))
}

/// How an account proves who it is.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = accounts, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct Credentials {
    pub id: Id,
    pub name: String,
    pub login: Option<String>,
    pub password_hash: Option<String>,
    pub totp_secret_sealed: Option<Vec<u8>>,
    pub totp_confirmed_at: Option<Ts>,
    pub totp_last_step: i64,
    pub failed_logins: i32,
    pub locked_until: Option<Ts>,
    pub phone_sealed: Option<Vec<u8>>,
    pub wechat_openid: Option<String>,
    pub email_sealed: Option<Vec<u8>>,
    pub created_at: Ts,
    pub disabled_at: Option<Ts>,
}

impl Credentials {
    pub fn lock(&self) -> Lock {
        Lock {
            failures: self.failed_logins,
            until: self.locked_until,
        }
    }
}

pub fn credentials(c: &mut DbConn, account: Id) -> QueryResult<Option<Credentials>> {
    on_backend!(c, c => accounts::table.find(account).select(Credentials::as_select()).first(c).optional())
}

pub fn credentials_by_login(c: &mut DbConn, login: &str) -> QueryResult<Option<Credentials>> {
    on_backend!(c, c => accounts::table.filter(accounts::login.eq(login))
        .select(Credentials::as_select()).first(c).optional())
}

/// Counts a failure if nobody counted or locked in between; false means: look again.
pub fn count_failure(c: &mut DbConn, account: Id, from: Lock, to: Lock, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(accounts::table.find(account)
            .filter(accounts::failed_logins.eq(from.failures))
            .filter(accounts::locked_until.is_null().or(accounts::locked_until.le(now))))
        .set((accounts::failed_logins.eq(to.failures), accounts::locked_until.eq(to.until))).execute(c))
    .map(|n| n == 1)
}

/// Takes the second factor's step and clears the count, if neither moved in between; false means: look again.
pub fn accept(c: &mut DbConn, seen: &Credentials, step: Option<i64>, now: Ts) -> QueryResult<bool> {
    let next = step.unwrap_or(seen.totp_last_step);
    on_backend!(c, c => diesel::update(accounts::table.find(seen.id)
            .filter(accounts::failed_logins.eq(seen.failed_logins))
            .filter(accounts::totp_last_step.eq(seen.totp_last_step))
            .filter(accounts::locked_until.is_null().or(accounts::locked_until.le(now))))
        .set((
            accounts::failed_logins.eq(0), accounts::locked_until.eq(None::<Ts>), accounts::totp_last_step.eq(next),
        )).execute(c))
    .map(|n| n == 1)
}

/// Replaces the password if it still is `from`.
pub fn set_password(c: &mut DbConn, account: Id, from: &str, to: &str) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(accounts::table.find(account).filter(accounts::password_hash.eq(from)))
        .set(accounts::password_hash.eq(to)).execute(c))
    .map(|n| n == 1)
}

/// Keeps a new second factor, not in force before it is confirmed; false when one is in force.
pub fn begin_totp(c: &mut DbConn, account: Id, sealed: &[u8]) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(accounts::table.find(account).filter(accounts::totp_confirmed_at.is_null()))
        .set(accounts::totp_secret_sealed.eq(sealed)).execute(c))
    .map(|n| n == 1)
}

/// Puts the second factor `sealed` in force; false when it was replaced or confirmed in between.
pub fn confirm_totp(c: &mut DbConn, account: Id, sealed: &[u8], step: i64, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(accounts::table.find(account)
            .filter(accounts::totp_confirmed_at.is_null())
            .filter(accounts::totp_secret_sealed.eq(sealed)))
        .set((accounts::totp_confirmed_at.eq(now), accounts::totp_last_step.eq(step))).execute(c))
    .map(|n| n == 1)
}

/// The roles of an account with the names of their congresses.
pub fn roles_with_names(c: &mut DbConn, account: Id) -> QueryResult<Vec<(Role, Id, String)>> {
    on_backend!(c, c => grants::table.inner_join(congresses::table)
        .filter(grants::account_id.eq(account))
        .order((grants::congress_id, grants::role))
        .select((grants::role, congresses::id, congresses::name)).load(c))
}

/// The congresses in which an account is staff.
pub fn staff_congresses(c: &mut DbConn, account: Id) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => grants::table.filter(grants::account_id.eq(account))
        .select(grants::congress_id).distinct().order(grants::congress_id).load(c))
}

/// The congress whose staff may see that a message went to this number: that of the newest seat.
pub fn seat_congress_of_phone(c: &mut DbConn, index: &str) -> QueryResult<Option<Id>> {
    on_backend!(c, c => representatives::table
        .inner_join(accounts::table.on(accounts::id.eq(representatives::account_id)))
        .filter(accounts::phone_index.eq(index))
        .order(representatives::id.desc()).select(representatives::congress_id).first(c).optional())
}

pub fn congress_of_gate(c: &mut DbConn, gate: Id) -> QueryResult<Option<Id>> {
    on_backend!(c, c => gates::table.find(gate).select(gates::congress_id).first(c).optional())
}

/// A code that was sent by SMS.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sms_codes, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct SmsCode {
    pub id: Id,
    pub phone_index: String,
    pub code_hash: Vec<u8>,
    pub tries: i32,
    pub created_at: Ts,
    pub expires_at: Ts,
    pub used_at: Option<Ts>,
}

impl SmsCode {
    pub fn state(&self) -> SentCode {
        SentCode {
            tries: self.tries,
            expires_at: self.expires_at,
            used: self.used_at.is_some(),
        }
    }
}

pub fn code_insert(c: &mut DbConn, row: &SmsCode) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(sms_codes::table).values(row).execute(c))
}

/// The newest code of a number: the only one that counts.
pub fn newest_code(c: &mut DbConn, index: &str) -> QueryResult<Option<SmsCode>> {
    on_backend!(c, c => sms_codes::table.filter(sms_codes::phone_index.eq(index))
        .order((sms_codes::created_at.desc(), sms_codes::id.desc()))
        .select(SmsCode::as_select()).first(c).optional())
}

/// When codes went to a number since `since`, newest first.
pub fn codes_since(c: &mut DbConn, index: &str, since: Ts) -> QueryResult<Vec<Ts>> {
    on_backend!(c, c => sms_codes::table
        .filter(sms_codes::phone_index.eq(index).and(sms_codes::created_at.gt(since)))
        .order(sms_codes::created_at.desc()).limit(1_000).select(sms_codes::created_at).load(c))
}

/// Counts a wrong try if nobody used or tried the code in between; false means: look again.
pub fn code_count_try(c: &mut DbConn, seen: &SmsCode) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(sms_codes::table.find(seen.id)
            .filter(sms_codes::used_at.is_null()).filter(sms_codes::tries.eq(seen.tries)))
        .set(sms_codes::tries.eq(seen.tries + 1)).execute(c))
    .map(|n| n == 1)
}

/// Uses a code up; false when it was used, or tried too often, in between.
pub fn code_use(c: &mut DbConn, id: Id, max_tries: i32, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(sms_codes::table.find(id)
            .filter(sms_codes::used_at.is_null()).filter(sms_codes::tries.lt(max_tries)))
        .set(sms_codes::used_at.eq(now)).execute(c))
    .map(|n| n == 1)
}

pub fn forget_codes(c: &mut DbConn, before: Ts) -> QueryResult<usize> {
    on_backend!(c, c => diesel::delete(sms_codes::table.filter(sms_codes::created_at.lt(before))).execute(c))
}

/// A staff account to be.
#[derive(Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
pub struct NewStaffRow<'a> {
    pub id: Id,
    pub name: &'a str,
    pub login: &'a str,
    pub password_hash: &'a str,
    pub totp_secret_sealed: Option<Vec<u8>>,
    pub totp_confirmed_at: Option<Ts>,
    pub totp_last_step: i64,
    pub failed_logins: i32,
    pub phone_sealed: Option<Vec<u8>>,
    pub phone_index: Option<String>,
    pub created_at: Ts,
}

pub fn staff_insert(c: &mut DbConn, row: &NewStaffRow<'_>) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(accounts::table).values(row).execute(c))
}

pub fn login_exists(c: &mut DbConn, login: &str) -> QueryResult<bool> {
    on_backend!(c, c => diesel::select(diesel::dsl::exists(accounts::table.filter(accounts::login.eq(login)))).get_result(c))
}

/// The accounts with a role in a congress, oldest first.
pub fn staff(c: &mut DbConn, congress: Id, limit: i64, after: Option<Id>) -> QueryResult<Vec<Credentials>> {
    on_backend!(c, c => {
        let ids = grants::table.filter(grants::congress_id.eq(congress)).select(grants::account_id);
        let mut q = accounts::table.filter(accounts::id.eq_any(ids))
            .select(Credentials::as_select()).order(accounts::id).limit(limit).into_boxed();
        if let Some(after) = after { q = q.filter(accounts::id.gt(after)); }
        q.load(c)
    })
}

/// A role of an account in a congress, and of a handler the unit.
#[derive(Debug, Clone, Queryable)]
pub struct Grant {
    pub account_id: Id,
    pub role: Role,
    /// Heads the unit.
    pub heads: bool,
    /// The unit and its name.
    pub organisation: Option<(Id, String)>,
}

/// The roles of some accounts in a congress.
pub fn grants_in(c: &mut DbConn, congress: Id, of: &[Id]) -> QueryResult<Vec<Grant>> {
    on_backend!(c, c => grants::table.left_join(organisations::table)
        .filter(grants::congress_id.eq(congress).and(grants::account_id.eq_any(of)))
        .order(grants::role)
        .select((grants::account_id, grants::role, grants::heads_organisation,
            (organisations::id, organisations::name).nullable()))
        .load(c))
}

/// The name of a unit of a congress.
pub fn organisation_name(c: &mut DbConn, congress: Id, organisation: Id) -> QueryResult<Option<String>> {
    on_backend!(c, c => organisations::table.find(organisation).filter(organisations::congress_id.eq(congress))
        .select(organisations::name).first(c).optional())
}

/// True when the account has a role or a seat outside this congress.
pub fn belongs_elsewhere(c: &mut DbConn, account: Id, congress: Id) -> QueryResult<bool> {
    let works: bool = on_backend!(c, c => diesel::select(diesel::dsl::exists(grants::table
        .filter(grants::account_id.eq(account).and(grants::congress_id.ne(congress))))).get_result(c))?;
    let sits: bool = on_backend!(c, c => diesel::select(diesel::dsl::exists(representatives::table
        .filter(representatives::account_id.eq(account).and(representatives::congress_id.ne(congress))))).get_result(c))?;
    Ok(works || sits)
}

/// Makes changes of roles in a congress wait for each other until the transaction ends: two admins who
/// remove each other at once must not both succeed.
pub fn serialize_role_changes(c: &mut DbConn, congress: Id) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(congresses::table.find(congress))
        .set(congresses::created_at.eq(congresses::created_at)).execute(c))
}

/// How many others administer a congress and can log in.
pub fn other_admins(c: &mut DbConn, congress: Id, than: Id) -> QueryResult<i64> {
    on_backend!(c, c => grants::table.inner_join(accounts::table)
        .filter(grants::congress_id.eq(congress).and(grants::role.eq(Role::Admin)))
        .filter(grants::account_id.ne(than).and(accounts::disabled_at.is_null()))
        .count().get_result(c))
}

pub fn grant(c: &mut DbConn, account: Id, congress: Id, role: Role, post: Option<Post>, now: Ts) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(grants::table).values((
        grants::account_id.eq(account), grants::congress_id.eq(congress), grants::role.eq(role),
        grants::organisation_id.eq(post.map(|p| p.organisation_id)),
        grants::heads_organisation.eq(post.is_some_and(|p| p.heads)),
        grants::created_at.eq(now),
    )).execute(c))
}

/// Moves a handler to another post.
pub fn set_post(c: &mut DbConn, account: Id, congress: Id, post: Post) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(grants::table.find((account, congress, Role::Handler))).set((
        grants::organisation_id.eq(post.organisation_id), grants::heads_organisation.eq(post.heads),
    )).execute(c))
}

pub fn ungrant(c: &mut DbConn, account: Id, congress: Id, role: Role) -> QueryResult<usize> {
    on_backend!(c, c => diesel::delete(grants::table.find((account, congress, role))).execute(c))
}

pub fn set_name(c: &mut DbConn, account: Id, name: &str) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(accounts::table.find(account)).set(accounts::name.eq(name)).execute(c))
}

pub fn set_disabled(c: &mut DbConn, account: Id, at: Option<Ts>) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(accounts::table.find(account)).set(accounts::disabled_at.eq(at)).execute(c))
}

/// A new password, no second factor, no lock.
pub fn reset(c: &mut DbConn, account: Id, password_hash: &str) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(accounts::table.find(account)).set((
        accounts::password_hash.eq(password_hash), accounts::totp_secret_sealed.eq(None::<Vec<u8>>),
        accounts::totp_confirmed_at.eq(None::<Ts>), accounts::totp_last_step.eq(0i64),
        accounts::failed_logins.eq(0), accounts::locked_until.eq(None::<Ts>),
    )).execute(c))
}
