//! Rows and queries of accounts.

use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::accounts;
use crate::secrets::Secrets;
use diesel::prelude::*;

pub fn account_by_phone(c: &mut DbConn, index: &str) -> QueryResult<Option<Id>> {
    on_backend!(c, c => accounts::table.filter(accounts::phone_index.eq(index)).select(accounts::id).first(c).optional())
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
