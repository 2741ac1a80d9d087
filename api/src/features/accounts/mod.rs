//! Accounts: log-in by password and second factor, by SMS code, by WeChat; sessions; staff and their roles.

mod store;

use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::secrets::Secrets;
use utoipa_actix_web::service_config::ServiceConfig;

/// The account of a phone number, made if there is none; `name` is used only then.
pub fn account_for_phone(c: &mut DbConn, secrets: &Secrets, phone: &Phone, name: &str, now: Ts) -> QueryResult<Id> {
    match store::account_by_phone(c, &secrets.blind_index(phone.as_str()))? {
        Some(id) => Ok(id),
        None => store::account_insert_phone(c, secrets, phone, name, now),
    }
}

/// The phone number of an account.
pub fn phone_of(c: &mut DbConn, secrets: &Secrets, account: Id) -> QueryResult<Option<Phone>> {
    let sealed = store::phone_sealed(c, account)?;
    Ok(sealed
        .and_then(|s| secrets.open_text("accounts.phone", &s))
        .and_then(|p| Phone::parse(&p)))
}

pub fn routes(_config: &mut ServiceConfig) {}
