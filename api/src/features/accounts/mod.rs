//! Accounts: log-in by password and second factor, by SMS code, by WeChat; sessions; staff and their roles.

mod handlers;
mod log_in;
mod passwords;
mod rules;
mod store;
mod wechat;

use crate::auth::Role;
use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::secrets::Secrets;
use crate::web::Operations;
use crate::web::{ApiError, ApiResult, ErrorCode};
use actix_web::web::Data;
use serde_json::json;

pub use passwords::hash_blocking as hash_password;
pub use rules::password_problem;
/// Forgets codes that were sent before `before`; a day is long after any of them could be used.
pub fn forget_codes(c: &mut DbConn, before: Ts) -> QueryResult<usize> {
    store::forget_codes(c, before)
}

/// The name of an account that a log-in made: the number is all that is known of the person.
const NAME_OF_STRANGERS: &str = "选民";

/// The account of a phone number, made if there is none; `name` is used only then.
pub fn account_for_phone(c: &mut DbConn, secrets: &Secrets, phone: &Phone, name: &str, now: Ts) -> QueryResult<Id> {
    match store::account_by_phone(c, &secrets.blind_index(phone.as_str()))? {
        Some(id) => Ok(id),
        None => store::account_insert_phone(c, secrets, phone, name, now),
    }
}

/// The phone number of an account.
pub fn phone_of(c: &mut DbConn, secrets: &Secrets, account: Id) -> QueryResult<Option<Phone>> {
    Ok(open_phone(secrets, store::phone_sealed(c, account)?.as_deref()))
}

fn open_phone(secrets: &Secrets, sealed: Option<&[u8]>) -> Option<Phone> {
    Phone::parse(&secrets.open_text("accounts.phone", sealed?)?)
}

/// A member of staff to be.
#[derive(Debug, Clone)]
pub struct NewStaff<'a> {
    pub congress_id: Id,
    pub name: &'a str,
    /// Taken in lower case.
    pub login: &'a str,
    /// From [`hash_password`].
    pub password_hash: &'a str,
    pub phone: Option<&'a Phone>,
    /// A second factor in force from the start: 20 bytes. Without it the person sets one up.
    pub totp_secret: Option<&'a [u8]>,
    pub roles: &'a [Role],
    /// Where a handler works; checked with [`check_post`].
    pub post: Option<Post>,
}

/// Where a handler (经办人) works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Post {
    pub organisation_id: Id,
    /// The head of the unit's office: warned of its deadlines beside the handlers.
    pub heads: bool,
}

/// A handler has a unit of the congress, and nobody else has one.
///
/// Without a unit a handler would see an empty inbox, and nobody would be warned of what the unit has to do.
fn check_post(c: &mut DbConn, congress: Id, roles: &[Role], post: Option<Post>) -> ApiResult<()> {
    let problem = match (roles.contains(&Role::Handler), post) {
        (false, None) => return Ok(()),
        (false, Some(_)) => ("unexpected", "only a handler works for an organisation"),
        (true, None) => ("required", "a handler works for an organisation of the congress"),
        (true, Some(post)) => match store::organisation_name(c, congress, post.organisation_id)? {
            Some(_) => return Ok(()),
            None => ("unknown", "is no organisation of this congress"),
        },
    };
    Err(ApiError::field("organisation_id", problem.0, problem.1))
}

/// Makes an account with login and password and its roles in one congress, and audits it.
///
/// Fails with `already_exists` when the login or the phone number has an account: nobody gets a password
/// for an account that somebody else already uses.
pub fn create_staff(
    c: &mut DbConn,
    secrets: &Secrets,
    staff: NewStaff<'_>,
    actor: Actor,
    request_id: Option<&str>,
    now: Ts,
) -> ApiResult<Id> {
    let login = rules::normal_login(staff.login);
    if let Some(problem) = rules::login_problem(&login) {
        return Err(ApiError::field("login", "invalid", problem));
    }
    let taken = |field: &str| ApiError {
        code: ErrorCode::AlreadyExists,
        ..ApiError::field(field, "already_exists", "an account has it")
    };
    if store::login_exists(c, &login)? {
        return Err(taken("login"));
    }
    let phone_index = staff.phone.map(|p| secrets.blind_index(p.as_str()));
    if let Some(index) = &phone_index
        && store::account_by_phone(c, index)?.is_some()
    {
        return Err(taken("phone"));
    }
    let id = Id::new();
    let row = store::NewStaffRow {
        id,
        name: staff.name,
        login: &login,
        password_hash: staff.password_hash,
        totp_secret_sealed: staff.totp_secret.map(|s| secrets.seal("accounts.totp", s)),
        totp_confirmed_at: staff.totp_secret.map(|_| now),
        totp_last_step: 0,
        failed_logins: 0,
        phone_sealed: staff
            .phone
            .map(|p| secrets.seal("accounts.phone", p.as_str().as_bytes())),
        phone_index,
        created_at: now,
    };
    store::staff_insert(c, &row)?;
    let mut roles = staff.roles.to_vec();
    roles.sort();
    roles.dedup();
    for role in &roles {
        let post = staff.post.filter(|_| *role == Role::Handler);
        store::grant(c, id, staff.congress_id, *role, post, now)?;
    }
    let line = Line {
        congress_id: Some(staff.congress_id),
        actor,
        action: "staff.create",
        subject_kind: "account",
        subject_id: Some(id),
        detail: json!({ "roles": roles, "organisation_id": staff.post.map(|p| p.organisation_id) }),
        request_id,
    };
    audit::record(c, line, now)?;
    Ok(id)
}

/// Audits something about an account in every congress where it is staff, so that each can see it; of other
/// people one line is kept that belongs to no congress.
fn record(
    c: &mut DbConn,
    actor: Actor,
    account: Id,
    action: &str,
    detail: serde_json::Value,
    request_id: &str,
    now: Ts,
) -> QueryResult<()> {
    let congresses = store::staff_congresses(c, account)?;
    let mut places: Vec<Option<Id>> = congresses.into_iter().map(Some).collect();
    if places.is_empty() {
        places.push(None);
    }
    for congress_id in places {
        let line = Line {
            congress_id,
            actor,
            action,
            subject_kind: "account",
            subject_id: Some(account),
            detail: detail.clone(),
            request_id: Some(request_id),
        };
        audit::record(c, line, now)?;
    }
    Ok(())
}

pub fn routes(config: &mut impl Operations) {
    // One per worker thread: its connections belong to that thread's runtime.
    config.app_data(Data::new(wechat::Wechat::default()));
    handlers::routes(config);
}
