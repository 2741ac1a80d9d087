//! Rows and queries of representatives.

use super::{Gender, SeatStatus};
use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{accounts, body_members, representatives};
use crate::secrets::Secrets;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::upsert::excluded;

/// Rows of one statement: few enough for the limits on parameters of both databases.
const CHUNK: usize = 500;

/// A person's seat in one congress for one term.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = representatives, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Representative {
    pub id: Id,
    pub congress_id: Id,
    pub term_id: Id,
    pub account_id: Id,
    /// 代表证号, unique in the term.
    pub number: String,
    pub name: String,
    /// Full spelling, a space, initials: `zhangsan zs`.
    pub name_pinyin: String,
    pub gender: Option<Gender>,
    pub ethnicity: Option<String>,
    pub party: Option<String>,
    pub employer: Option<String>,
    pub job_title: Option<String>,
    pub delegation_id: Option<Id>,
    pub group_id: Option<Id>,
    pub district_id: Option<Id>,
    pub status: SeatStatus,
    pub ended_on: Option<NaiveDate>,
    pub created_at: Ts,
    pub updated_at: Ts,
}

pub fn representative(c: &mut DbConn, id: Id) -> QueryResult<Option<Representative>> {
    on_backend!(c, c => representatives::table.find(id).select(Representative::as_select()).first(c).optional())
}

/// What a list of seats is narrowed to.
pub struct SeatFilter {
    pub congress_id: Id,
    pub term_id: Id,
    pub status: Option<SeatStatus>,
    /// Delegation, group or district.
    pub unit_id: Option<Id>,
    /// Patterns of a search: for the name, for its spelling, for the beginning of the number.
    pub search: Option<Search>,
}

/// The patterns of a search.
pub struct Search {
    pub name: String,
    pub pinyin: String,
    pub number: String,
}

/// A seat with the sealed phone number of its account.
pub type SeatRow = (Representative, Option<Vec<u8>>);

/// Seats by name; one more than `limit`.
pub fn seat_page(
    c: &mut DbConn,
    filter: &SeatFilter,
    after: Option<(String, Id)>,
    limit: i64,
) -> QueryResult<Vec<SeatRow>> {
    use representatives::dsl as r;
    on_backend!(c, c => {
        let mut query = r::representatives.inner_join(accounts::table)
            .filter(r::congress_id.eq(filter.congress_id).and(r::term_id.eq(filter.term_id)))
            .select((Representative::as_select(), accounts::phone_sealed)).into_boxed();
        if let Some(status) = filter.status {
            query = query.filter(r::status.eq(status));
        }
        if let Some(unit) = filter.unit_id {
            query = query.filter(r::delegation_id.eq(unit).or(r::group_id.eq(unit)).or(r::district_id.eq(unit)));
        }
        if let Some(search) = &filter.search {
            query = query.filter(
                r::name.like(&search.name).escape('\\')
                    .or(r::name_pinyin.like(&search.pinyin).escape('\\'))
                    .or(r::number.like(&search.number).escape('\\')),
            );
        }
        if let Some((pinyin, id)) = after {
            query = query.filter(r::name_pinyin.gt(pinyin.clone()).or(r::name_pinyin.eq(pinyin).and(r::id.gt(id))));
        }
        query.order((r::name_pinyin, r::id)).limit(limit + 1).load(c)
    })
}

/// Every seat of a term with its sealed phone number, by number.
pub fn seats_with_phones(c: &mut DbConn, term: Id) -> QueryResult<Vec<SeatRow>> {
    on_backend!(c, c => representatives::table.inner_join(accounts::table).filter(representatives::term_id.eq(term))
        .order((representatives::number, representatives::id))
        .select((Representative::as_select(), accounts::phone_sealed)).load(c))
}

pub fn seats_of_account(c: &mut DbConn, account: Id) -> QueryResult<Vec<Representative>> {
    on_backend!(c, c => representatives::table.filter(representatives::account_id.eq(account))
        .order((representatives::created_at.desc(), representatives::id))
        .select(Representative::as_select()).load(c))
}

/// The seats of a term that have not ended, by name.
pub fn seats_of_term(c: &mut DbConn, term: Id) -> QueryResult<Vec<Representative>> {
    on_backend!(c, c => representatives::table
        .filter(representatives::term_id.eq(term).and(representatives::status.ne(SeatStatus::Ended)))
        .order((representatives::name_pinyin, representatives::id))
        .select(Representative::as_select()).load(c))
}

/// The seats of a term in a delegation, group or district that have not ended, by name.
pub fn seats_of_unit(c: &mut DbConn, term: Id, unit: Id) -> QueryResult<Vec<Representative>> {
    use representatives::dsl as r;
    on_backend!(c, c => r::representatives
        .filter(r::term_id.eq(term).and(r::status.ne(SeatStatus::Ended)))
        .filter(r::delegation_id.eq(unit).or(r::group_id.eq(unit)).or(r::district_id.eq(unit)))
        .order((r::name_pinyin, r::id)).select(Representative::as_select()).load(c))
}

/// The members of a body whose seats have not ended, by name.
pub fn seats_of_body(c: &mut DbConn, body: Id) -> QueryResult<Vec<Representative>> {
    use representatives::dsl as r;
    on_backend!(c, c => r::representatives.inner_join(body_members::table)
        .filter(body_members::body_id.eq(body).and(r::status.ne(SeatStatus::Ended)))
        .order((r::name_pinyin, r::id)).select(Representative::as_select()).load(c))
}

pub fn seats_by_ids(c: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Representative>> {
    let mut found = vec![];
    for ids in ids.chunks(CHUNK) {
        let part: Vec<Representative> = on_backend!(c, c => representatives::table
            .filter(representatives::id.eq_any(ids)).select(Representative::as_select()).load(c))?;
        found.extend(part);
    }
    Ok(found)
}

/// Every seat of a term, ended ones too.
///
/// An import asks for all of them at once: a term has some thousands at most, and one pass over them costs
/// less than many look-ups by lists of numbers.
pub fn all_of_term(c: &mut DbConn, term: Id) -> QueryResult<Vec<Representative>> {
    on_backend!(c, c => representatives::table.filter(representatives::term_id.eq(term))
        .select(Representative::as_select()).load(c))
}

pub fn seat_by_number(c: &mut DbConn, term: Id, number: &str) -> QueryResult<Option<Representative>> {
    on_backend!(c, c => representatives::table
        .filter(representatives::term_id.eq(term).and(representatives::number.eq(number)))
        .select(Representative::as_select()).first(c).optional())
}

pub fn seat_by_account(c: &mut DbConn, term: Id, account: Id) -> QueryResult<Option<Representative>> {
    on_backend!(c, c => representatives::table
        .filter(representatives::term_id.eq(term).and(representatives::account_id.eq(account)))
        .select(Representative::as_select()).first(c).optional())
}

/// Blind index and id of the accounts that have one of these phone numbers.
pub fn accounts_by_index(c: &mut DbConn, indexes: &[&str]) -> QueryResult<Vec<(String, Id)>> {
    let mut found = vec![];
    for indexes in indexes.chunks(CHUNK) {
        let part: Vec<(String, Id)> = on_backend!(c, c => accounts::table
            .filter(accounts::phone_index.eq_any(indexes))
            .select((accounts::phone_index.assume_not_null(), accounts::id)).load(c))?;
        found.extend(part);
    }
    Ok(found)
}

/// An account that an import makes: `accounts::account_for_phone` for many at once.
#[derive(Debug, Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
pub struct NewAccount {
    id: Id,
    name: String,
    totp_last_step: i64,
    failed_logins: i32,
    phone_sealed: Vec<u8>,
    phone_index: String,
    created_at: Ts,
}

impl NewAccount {
    pub fn new(id: Id, name: &str, phone: &Phone, phone_index: &str, secrets: &Secrets, now: Ts) -> NewAccount {
        NewAccount {
            id,
            name: name.to_owned(),
            totp_last_step: 0,
            failed_logins: 0,
            phone_sealed: secrets.seal("accounts.phone", phone.as_str().as_bytes()),
            phone_index: phone_index.to_owned(),
            created_at: now,
        }
    }
}

pub fn accounts_insert(c: &mut DbConn, rows: &[NewAccount]) -> QueryResult<()> {
    for rows in rows.chunks(CHUNK) {
        on_backend!(c, c => diesel::insert_into(accounts::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// Inserts seats, and replaces the values of those that exist; their status stays.
pub fn seats_upsert(c: &mut DbConn, rows: &[Representative]) -> QueryResult<()> {
    use representatives::dsl as r;
    for rows in rows.chunks(CHUNK) {
        on_backend!(c, c => diesel::insert_into(representatives::table).values(rows)
            .on_conflict(r::id).do_update().set((
                r::account_id.eq(excluded(r::account_id)), r::number.eq(excluded(r::number)), r::name.eq(excluded(r::name)),
                r::name_pinyin.eq(excluded(r::name_pinyin)), r::gender.eq(excluded(r::gender)),
                r::ethnicity.eq(excluded(r::ethnicity)), r::party.eq(excluded(r::party)),
                r::employer.eq(excluded(r::employer)), r::job_title.eq(excluded(r::job_title)),
                r::delegation_id.eq(excluded(r::delegation_id)), r::group_id.eq(excluded(r::group_id)),
                r::district_id.eq(excluded(r::district_id)), r::updated_at.eq(excluded(r::updated_at)),
            )).execute(c))?;
    }
    Ok(())
}

/// Leads a seat on from one of the states `from`; false when it was in another.
pub fn seat_transition(
    c: &mut DbConn,
    id: Id,
    from: &[SeatStatus],
    to: SeatStatus,
    ended_on: Option<NaiveDate>,
    now: Ts,
) -> QueryResult<bool> {
    use representatives::dsl as r;
    let from: Vec<&str> = from.iter().map(|s| s.as_str()).collect();
    on_backend!(c, c => diesel::update(r::representatives.find(id).filter(r::status.eq_any(&from)))
        .set((r::status.eq(to), r::ended_on.eq(ended_on), r::updated_at.eq(now))).execute(c))
    .map(|n| n == 1)
}

/// Takes a seat out of every body.
pub fn memberships_delete(c: &mut DbConn, representative: Id) -> QueryResult<usize> {
    on_backend!(c, c => diesel::delete(body_members::table
        .filter(body_members::representative_id.eq(representative))).execute(c))
}
