//! Rows and queries of congresses.

use super::{BodyKind, Level, QuorumRule, UnitKind};
use crate::auth::Role;
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{accounts, bodies, body_members, congress_sessions, congresses, grants, organisations};
use crate::schema::{representatives, terms, units};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A tenant.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = congresses, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Congress {
    pub id: Id,
    pub parent_id: Option<Id>,
    pub level: Level,
    pub name: String,
    pub short_name: String,
    pub region_code: String,
    pub settings: Json,
    pub created_at: Ts,
}

/// 届: the years for which representatives are elected.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = terms, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Term {
    pub id: Id,
    pub congress_id: Id,
    #[schema(example = 17)]
    pub number: i32,
    #[schema(example = "2022-01-01")]
    pub starts_on: NaiveDate,
    #[schema(example = "2026-12-31")]
    pub ends_on: NaiveDate,
}

/// 次会议: one plenary session of the congress.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = congress_sessions, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct CongressSession {
    pub id: Id,
    pub congress_id: Id,
    pub term_id: Id,
    #[schema(example = 6)]
    pub number: i32,
    #[schema(example = "十七届人大六次会议")]
    pub title: String,
    #[schema(example = "2026-02-03")]
    pub starts_on: NaiveDate,
    #[schema(example = "2026-02-06")]
    pub ends_on: NaiveDate,
}

/// 承办单位: a government body that handles proposals.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = organisations, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Organisation {
    pub id: Id,
    pub congress_id: Id,
    #[schema(example = "滨江区住房和城乡建设局")]
    pub name: String,
    #[schema(example = "区住建局")]
    pub short_name: String,
}

/// A body of the congress in one term, with its own members and quorum.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize, ToSchema)]
#[diesel(table_name = bodies, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Body {
    pub id: Id,
    pub congress_id: Id,
    pub term_id: Id,
    pub kind: BodyKind,
    #[schema(example = "区人大常委会")]
    pub name: String,
    pub quorum_rule: QuorumRule,
    /// All seats by law, filled or not; null: as many as there are members.
    #[schema(example = 29)]
    pub seat_count: Option<i32>,
    pub created_at: Ts,
}

/// A delegation, group, district or station.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = units, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Unit {
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

/// The session that began last on or before a day.
pub fn session_begun(c: &mut DbConn, congress: Id, day: NaiveDate) -> QueryResult<Option<CongressSession>> {
    use congress_sessions as s;
    on_backend!(c, c => s::table.filter(s::congress_id.eq(congress).and(s::starts_on.le(day)))
        .order((s::starts_on.desc(), s::id.desc())).select(CongressSession::as_select()).first(c).optional())
}

pub fn organisations_by_ids(c: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Organisation>> {
    on_backend!(c, c => organisations::table.filter(organisations::id.eq_any(ids))
        .select(Organisation::as_select()).load(c))
}

pub fn congress(c: &mut DbConn, id: Id) -> QueryResult<Option<Congress>> {
    on_backend!(c, c => congresses::table.find(id).select(Congress::as_select()).first(c).optional())
}

/// What a list of congresses is narrowed to; `name` is a pattern.
pub struct CongressFilter {
    pub parent_id: Option<Id>,
    pub level: Option<Level>,
    pub name: Option<String>,
}

/// Congresses by region code, which puts a place before those within it; one more than `limit`.
pub fn congress_page(
    c: &mut DbConn,
    filter: &CongressFilter,
    after: Option<String>,
    limit: i64,
) -> QueryResult<Vec<Congress>> {
    on_backend!(c, c => {
        let mut query = congresses::table.select(Congress::as_select()).into_boxed();
        if let Some(parent) = filter.parent_id {
            query = query.filter(congresses::parent_id.eq(parent));
        }
        if let Some(level) = filter.level {
            query = query.filter(congresses::level.eq(level));
        }
        if let Some(name) = &filter.name {
            query = query.filter(
                congresses::name.like(name).escape('\\').or(congresses::short_name.like(name).escape('\\')),
            );
        }
        if let Some(after) = after {
            query = query.filter(congresses::region_code.gt(after));
        }
        query.order(congresses::region_code).limit(limit + 1).load(c)
    })
}

pub fn congress_insert(c: &mut DbConn, row: &Congress) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(congresses::table).values(row).execute(c))
}

pub fn congress_update(c: &mut DbConn, row: &Congress) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(congresses::table.find(row.id)).set((
        congresses::name.eq(&row.name), congresses::short_name.eq(&row.short_name), congresses::settings.eq(&row.settings),
    )).execute(c))
}

pub fn grant_admin(c: &mut DbConn, account: Id, congress: Id, now: Ts) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(grants::table).values((
        grants::account_id.eq(account), grants::congress_id.eq(congress), grants::role.eq(Role::Admin),
        grants::created_at.eq(now),
    )).execute(c))
}

pub fn term(c: &mut DbConn, id: Id) -> QueryResult<Option<Term>> {
    on_backend!(c, c => terms::table.find(id).select(Term::as_select()).first(c).optional())
}

/// The term that has begun last by `today`; before the first of all, the first.
pub fn current_term(c: &mut DbConn, congress: Id, today: NaiveDate) -> QueryResult<Option<Term>> {
    let begun = on_backend!(c, c => terms::table
        .filter(terms::congress_id.eq(congress).and(terms::starts_on.le(today)))
        .order((terms::starts_on.desc(), terms::number.desc())).select(Term::as_select()).first(c).optional())?;
    match begun {
        Some(term) => Ok(Some(term)),
        None => on_backend!(c, c => terms::table.filter(terms::congress_id.eq(congress))
            .order((terms::starts_on, terms::number)).select(Term::as_select()).first(c).optional()),
    }
}

/// Terms, the latest first; one more than `limit`.
pub fn term_page(c: &mut DbConn, congress: Id, before: Option<i32>, limit: i64) -> QueryResult<Vec<Term>> {
    on_backend!(c, c => terms::table
        .filter(terms::congress_id.eq(congress).and(terms::number.lt(before.unwrap_or(i32::MAX))))
        .order(terms::number.desc()).limit(limit + 1).select(Term::as_select()).load(c))
}

pub fn term_insert(c: &mut DbConn, row: &Term) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(terms::table).values(row).execute(c))
}

pub fn congress_session(c: &mut DbConn, id: Id) -> QueryResult<Option<CongressSession>> {
    on_backend!(c, c => congress_sessions::table.find(id).select(CongressSession::as_select()).first(c).optional())
}

/// Sessions, the latest first; one more than `limit`.
pub fn session_page(
    c: &mut DbConn,
    congress: Id,
    term: Option<Id>,
    before: Option<(NaiveDate, Id)>,
    limit: i64,
) -> QueryResult<Vec<CongressSession>> {
    use congress_sessions::dsl as s;
    on_backend!(c, c => {
        let mut query = s::congress_sessions.filter(s::congress_id.eq(congress))
            .select(CongressSession::as_select()).into_boxed();
        if let Some(term) = term {
            query = query.filter(s::term_id.eq(term));
        }
        if let Some((day, id)) = before {
            query = query.filter(s::starts_on.lt(day).or(s::starts_on.eq(day).and(s::id.lt(id))));
        }
        query.order((s::starts_on.desc(), s::id.desc())).limit(limit + 1).load(c)
    })
}

pub fn session_insert(c: &mut DbConn, row: &CongressSession) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(congress_sessions::table).values(row).execute(c))
}

/// Organisations in the order in which they were entered; one more than `limit`.
pub fn organisation_page(
    c: &mut DbConn,
    congress: Id,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Organisation>> {
    on_backend!(c, c => {
        let mut query = organisations::table.filter(organisations::congress_id.eq(congress))
            .select(Organisation::as_select()).into_boxed();
        if let Some(after) = after {
            query = query.filter(organisations::id.gt(after));
        }
        query.order(organisations::id).limit(limit + 1).load(c)
    })
}

pub fn organisation_insert(c: &mut DbConn, row: &Organisation) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(organisations::table).values(row).execute(c))
}

pub fn unit(c: &mut DbConn, id: Id) -> QueryResult<Option<Unit>> {
    on_backend!(c, c => units::table.find(id).select(Unit::as_select()).first(c).optional())
}

/// Every unit of a congress, in order.
pub fn units(c: &mut DbConn, congress: Id, kind: Option<UnitKind>) -> QueryResult<Vec<Unit>> {
    on_backend!(c, c => {
        let mut query = units::table.filter(units::congress_id.eq(congress)).select(Unit::as_select()).into_boxed();
        if let Some(kind) = kind {
            query = query.filter(units::kind.eq(kind));
        }
        query.order((units::kind, units::position, units::id)).load(c)
    })
}

/// Units with the names of their heads, in order; one more than `limit`.
pub fn unit_page(
    c: &mut DbConn,
    congress: Id,
    kind: Option<UnitKind>,
    after: Option<(String, i32, Id)>,
    limit: i64,
) -> QueryResult<Vec<(Unit, Option<String>)>> {
    on_backend!(c, c => {
        let mut query = units::table.left_join(accounts::table).filter(units::congress_id.eq(congress))
            .select((Unit::as_select(), accounts::name.nullable())).into_boxed();
        if let Some(kind) = kind {
            query = query.filter(units::kind.eq(kind));
        }
        if let Some((kind, position, id)) = after {
            let same_kind = units::position.gt(position).or(units::position.eq(position).and(units::id.gt(id)));
            query = query.filter(units::kind.gt(kind.clone()).or(units::kind.eq(kind).and(same_kind)));
        }
        query.order((units::kind, units::position, units::id)).limit(limit + 1).load(c)
    })
}

/// The position after the last unit of this kind.
pub fn next_position(c: &mut DbConn, congress: Id, kind: UnitKind) -> QueryResult<i32> {
    let last: Option<i32> = on_backend!(c, c => units::table
        .filter(units::congress_id.eq(congress).and(units::kind.eq(kind)))
        .select(diesel::dsl::max(units::position)).first(c))?;
    Ok(last.map_or(0, |p| p.saturating_add(1)))
}

pub fn units_insert(c: &mut DbConn, rows: &[Unit]) -> QueryResult<()> {
    for rows in rows.chunks(500) {
        on_backend!(c, c => diesel::insert_into(units::table).values(rows).execute(c))?;
    }
    Ok(())
}

pub fn unit_update(c: &mut DbConn, row: &Unit) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(units::table.find(row.id)).set((
        units::name.eq(&row.name), units::position.eq(row.position), units::head_account_id.eq(row.head_account_id),
        units::address.eq(&row.address), units::latitude.eq(row.latitude), units::longitude.eq(row.longitude),
    )).execute(c))
}

/// The name of an account that holds a seat or a role in the congress.
pub fn name_of_member(c: &mut DbConn, congress: Id, account: Id) -> QueryResult<Option<String>> {
    on_backend!(c, c => {
        let seats = representatives::table.filter(representatives::congress_id.eq(congress)).select(representatives::account_id);
        let staff = grants::table.filter(grants::congress_id.eq(congress)).select(grants::account_id);
        accounts::table.find(account)
            .filter(accounts::id.eq_any(seats).or(accounts::id.eq_any(staff)))
            .select(accounts::name).first(c).optional()
    })
}

pub fn body(c: &mut DbConn, id: Id) -> QueryResult<Option<Body>> {
    on_backend!(c, c => bodies::table.find(id).select(Body::as_select()).first(c).optional())
}

/// Bodies in the order in which they were made; one more than `limit`.
pub fn body_page(
    c: &mut DbConn,
    congress: Id,
    term: Option<Id>,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<Body>> {
    on_backend!(c, c => {
        let mut query = bodies::table.filter(bodies::congress_id.eq(congress)).select(Body::as_select()).into_boxed();
        if let Some(term) = term {
            query = query.filter(bodies::term_id.eq(term));
        }
        if let Some(after) = after {
            query = query.filter(bodies::id.gt(after));
        }
        query.order(bodies::id).limit(limit + 1).load(c)
    })
}

pub fn body_insert(c: &mut DbConn, row: &Body) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(bodies::table).values(row).execute(c))
}

/// What a list of members shows of a seat: id, number, name, pinyin, delegation, status.
pub type MemberRow = (Id, String, String, String, Option<Id>, String);

/// Members by name; one more than `limit`.
pub fn member_page(c: &mut DbConn, body: Id, after: Option<(String, Id)>, limit: i64) -> QueryResult<Vec<MemberRow>> {
    use representatives::dsl as r;
    on_backend!(c, c => {
        let mut query = body_members::table.inner_join(r::representatives).filter(body_members::body_id.eq(body))
            .select((r::id, r::number, r::name, r::name_pinyin, r::delegation_id, r::status)).into_boxed();
        if let Some((pinyin, id)) = after {
            query = query.filter(r::name_pinyin.gt(pinyin.clone()).or(r::name_pinyin.eq(pinyin).and(r::id.gt(id))));
        }
        query.order((r::name_pinyin, r::id)).limit(limit + 1).load(c)
    })
}

pub fn member_ids(c: &mut DbConn, body: Id) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => body_members::table.filter(body_members::body_id.eq(body))
        .select(body_members::representative_id).load(c))
}

/// Those of `ids` that are seats of the term and have not ended.
pub fn seats_in_term(c: &mut DbConn, term: Id, ids: &[Id]) -> QueryResult<Vec<Id>> {
    use representatives::dsl as r;
    let mut found = vec![];
    for ids in ids.chunks(500) {
        let part: Vec<Id> = on_backend!(c, c => r::representatives
            .filter(r::term_id.eq(term).and(r::status.ne("ended")).and(r::id.eq_any(ids))).select(r::id).load(c))?;
        found.extend(part);
    }
    Ok(found)
}

pub fn members_change(c: &mut DbConn, body: Id, add: &[Id], remove: &[Id]) -> QueryResult<()> {
    for ids in remove.chunks(500) {
        on_backend!(c, c => diesel::delete(body_members::table
            .filter(body_members::body_id.eq(body).and(body_members::representative_id.eq_any(ids)))).execute(c))?;
    }
    for ids in add.chunks(500) {
        let rows: Vec<_> = ids
            .iter()
            .map(|id| (body_members::body_id.eq(body), body_members::representative_id.eq(*id)))
            .collect();
        on_backend!(c, c => diesel::insert_into(body_members::table).values(&rows).execute(c))?;
    }
    Ok(())
}
