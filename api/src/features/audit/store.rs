//! Rows and queries of audit lines and seals.

use super::rules::{Encoding, Entry};
use super::{ActorKind, Source};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{accounts, attendances, audit_lines, audit_seals, congresses, roster_entries};
use diesel::prelude::*;

#[derive(Insertable)]
#[diesel(table_name = audit_lines, treat_none_as_default_value = false)]
pub struct NewLine<'a> {
    pub id: Id,
    pub congress_id: Option<Id>,
    pub at: Ts,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Id>,
    pub action: &'a str,
    pub subject_kind: &'a str,
    pub subject_id: Option<Id>,
    pub detail: Json,
    pub request_id: Option<&'a str>,
}

pub fn line_insert(c: &mut DbConn, row: &NewLine<'_>) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(audit_lines::table).values(row).execute(c))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_lines, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct LineRow {
    pub seal_key: i64,
    pub id: Id,
    pub congress_id: Option<Id>,
    pub at: Ts,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Id>,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<Id>,
    pub detail: Json,
    pub request_id: Option<String>,
}

/// What a list of lines is narrowed to.
#[derive(Default)]
pub struct LineFilter {
    pub actor_id: Option<Id>,
    pub subject_kind: Option<String>,
    pub subject_id: Option<Id>,
    pub action: Option<String>,
    pub from: Option<Ts>,
    pub to: Option<Ts>,
}

/// Lines of a congress with the names of the people who acted, newest first.
pub fn lines(
    c: &mut DbConn,
    congress_id: Id,
    filter: LineFilter,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<(LineRow, Option<String>)>> {
    on_backend!(c, c => {
        let mut q = audit_lines::table
            .left_join(accounts::table.on(accounts::id.nullable().eq(audit_lines::actor_id)))
            .filter(audit_lines::congress_id.eq(congress_id))
            .select((LineRow::as_select(), accounts::name.nullable()))
            .order(audit_lines::id.desc()).limit(limit).into_boxed();
        if let Some(actor) = filter.actor_id { q = q.filter(audit_lines::actor_id.eq(actor)); }
        if let Some(kind) = filter.subject_kind { q = q.filter(audit_lines::subject_kind.eq(kind)); }
        if let Some(subject) = filter.subject_id { q = q.filter(audit_lines::subject_id.eq(subject)); }
        if let Some(action) = filter.action { q = q.filter(audit_lines::action.eq(action)); }
        if let Some(from) = filter.from { q = q.filter(audit_lines::at.ge(from)); }
        if let Some(to) = filter.to { q = q.filter(audit_lines::at.lt(to)); }
        if let Some(after) = after { q = q.filter(audit_lines::id.lt(after)); }
        q.load(c)
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = attendances, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct AttendanceRow {
    seal_key: i64,
    sitting_id: Id,
    entry_id: Id,
    congress_id: Id,
    at: Ts,
    method: String,
    device_id: Option<String>,
    gate_id: Option<Id>,
    distance_m: Option<i32>,
    recorded_by: Option<Id>,
    reason: Option<String>,
}

/// A row of either source, ready to be sealed or compared.
pub struct Sealable {
    pub key: i64,
    pub congress_id: Id,
    /// When it was written; `None` where `at` is another moment (a gate's clock, a clerk's word).
    pub written_at: Option<Ts>,
    pub entry: Entry,
}

/// Stands for lines without a congress.
const NO_CONGRESS: Id = Id(uuid::Uuid::nil());

impl From<LineRow> for Sealable {
    fn from(r: LineRow) -> Sealable {
        let digest = Encoding::of(Source::Lines.as_str())
            .number(Some(r.seal_key))
            .id(Some(r.id))
            .id(r.congress_id)
            .time(r.at)
            .text(Some(r.actor_kind.as_str()))
            .id(r.actor_id)
            .text(Some(&r.action))
            .text(Some(&r.subject_kind))
            .id(r.subject_id)
            .json(&r.detail.0)
            .text(r.request_id.as_deref())
            .digest();
        Sealable {
            key: r.seal_key,
            congress_id: r.congress_id.unwrap_or(NO_CONGRESS),
            written_at: Some(r.at),
            entry: Entry { id: r.id, digest },
        }
    }
}

/// Methods whose `at` is the moment of writing.
const WRITTEN_AT_ONCE: [&str; 2] = ["hall_code", "typed_code"];

impl From<AttendanceRow> for Sealable {
    fn from(r: AttendanceRow) -> Sealable {
        let digest = Encoding::of(Source::Attendances.as_str())
            .number(Some(r.seal_key))
            .id(Some(r.sitting_id))
            .id(Some(r.entry_id))
            .id(Some(r.congress_id))
            .time(r.at)
            .text(Some(&r.method))
            .text(r.device_id.as_deref())
            .id(r.gate_id)
            .number(r.distance_m.map(i64::from))
            .id(r.recorded_by)
            .text(r.reason.as_deref())
            .digest();
        Sealable {
            key: r.seal_key,
            congress_id: r.congress_id,
            written_at: WRITTEN_AT_ONCE.contains(&r.method.as_str()).then_some(r.at),
            entry: Entry { id: r.entry_id, digest },
        }
    }
}

/// Rows with `from ≤ seal_key < to` in the order of sealing. Nothing lies before the first seal: with
/// `from` 0 even impossible keys are found.
pub fn rows(c: &mut DbConn, source: Source, from: i64, to: i64, limit: i64) -> QueryResult<Vec<Sealable>> {
    let from = if from == 0 { i64::MIN } else { from };
    Ok(match source {
        Source::Lines => on_backend!(c, c => audit_lines::table
            .filter(audit_lines::seal_key.ge(from).and(audit_lines::seal_key.lt(to)))
            .order((audit_lines::seal_key, audit_lines::id)).limit(limit).select(LineRow::as_select()).load(c))?
        .into_iter()
        .map(Sealable::from)
        .collect(),
        Source::Attendances => on_backend!(c, c => attendances::table
            .filter(attendances::seal_key.ge(from).and(attendances::seal_key.lt(to)))
            .order((attendances::seal_key, attendances::sitting_id, attendances::entry_id)).limit(limit)
            .select(AttendanceRow::as_select()).load(c))?
        .into_iter()
        .map(Sealable::from)
        .collect(),
    })
}

/// Rows that no seal covers, and how many of them were written before `before`.
pub fn unsealed(c: &mut DbConn, source: Source, from: i64, before: Ts) -> QueryResult<(i64, i64)> {
    Ok(match source {
        Source::Lines => (
            on_backend!(c, c => audit_lines::table.filter(audit_lines::seal_key.ge(from)).count().get_result(c))?,
            on_backend!(c, c => audit_lines::table
                .filter(audit_lines::seal_key.ge(from).and(audit_lines::at.lt(before))).count().get_result(c))?,
        ),
        Source::Attendances => (
            on_backend!(c, c => attendances::table.filter(attendances::seal_key.ge(from)).count().get_result(c))?,
            on_backend!(c, c => attendances::table
                .filter(attendances::seal_key.ge(from).and(attendances::at.lt(before)))
                .filter(attendances::method.eq_any(WRITTEN_AT_ONCE)).count().get_result(c))?,
        ),
    })
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_seals, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct SealRow {
    pub no: i64,
    pub source: Source,
    pub from_key: i64,
    pub to_key: i64,
    pub row_count: i32,
    pub digests: Vec<u8>,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
    pub kid: String,
    pub signature: Vec<u8>,
    pub sealed_at: Ts,
}

pub fn seal_insert(c: &mut DbConn, row: &SealRow) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(audit_seals::table).values(row).execute(c))
}

/// Number and hash of the newest seal.
pub fn last_seal(c: &mut DbConn) -> QueryResult<Option<(i64, Vec<u8>)>> {
    on_backend!(c, c => audit_seals::table.order(audit_seals::no.desc())
        .select((audit_seals::no, audit_seals::hash)).first(c).optional())
}

/// The first key of a source that no seal covers.
pub fn sealed_to(c: &mut DbConn, source: Source) -> QueryResult<i64> {
    let newest: Option<i64> = on_backend!(c, c => audit_seals::table.filter(audit_seals::source.eq(source))
        .select(diesel::dsl::max(audit_seals::to_key)).first(c))?;
    Ok(newest.unwrap_or(0))
}

pub fn seals_after(c: &mut DbConn, no: i64, limit: i64) -> QueryResult<Vec<SealRow>> {
    on_backend!(c, c => audit_seals::table.filter(audit_seals::no.gt(no)).order(audit_seals::no).limit(limit)
        .select(SealRow::as_select()).load(c))
}

/// The congress of a roster entry: whose attendance was removed.
pub fn congress_of_entry(c: &mut DbConn, entry: Id) -> QueryResult<Option<Id>> {
    on_backend!(c, c => roster_entries::table.find(entry).select(roster_entries::congress_id).first(c).optional())
}

pub fn congress_exists(c: &mut DbConn, id: Id) -> QueryResult<bool> {
    on_backend!(c, c => diesel::select(diesel::dsl::exists(congresses::table.find(id))).get_result(c))
}
