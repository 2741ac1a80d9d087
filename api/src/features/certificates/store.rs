//! Rows and queries of certificates, and of the attendance they are made from.

use super::rules::{CertificateItem, attended_as, signed_in_at};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{attendance_moves, attendances, certificates, congresses, roster_entries, sittings};
use diesel::prelude::*;

/// A certificate as it was issued.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = certificates, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Certificate {
    pub id: Id,
    pub congress_id: Id,
    pub representative_id: Id,
    /// The signed text, as one JSON string: as a JSON object a database may write it in another way, and the
    /// signature would not hold.
    pub body: Json,
    pub kid: String,
    pub signature: Vec<u8>,
    pub issued_by: Id,
    pub created_at: Ts,
    pub revoked_at: Option<Ts>,
}

pub fn certificate(c: &mut DbConn, id: Id) -> QueryResult<Option<Certificate>> {
    on_backend!(c, c => certificates::table.find(id).select(Certificate::as_select()).first(c).optional())
}

pub fn certificate_insert(c: &mut DbConn, row: &Certificate) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(certificates::table).values(row).execute(c))
}

/// False when it was revoked before.
pub fn certificate_revoke(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(certificates::table.find(id).filter(certificates::revoked_at.is_null()))
        .set(certificates::revoked_at.eq(now)).execute(c))
    .map(|n| n == 1)
}

pub fn congress_name(c: &mut DbConn, id: Id) -> QueryResult<String> {
    on_backend!(c, c => congresses::table.find(id).select(congresses::name).first(c))
}

/// What a certificate speaks of.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    Sitting(Id),
    Meeting(Id),
}

/// The sittings in `scope` that a seat attended, in the order of their times; void sign-ins are left out.
pub fn attended(c: &mut DbConn, representative: Id, scope: Scope) -> QueryResult<Vec<CertificateItem>> {
    type Row = (Id, Id, String, String, Ts, Ts, Ts, Ts);
    let rows: Vec<Row> = on_backend!(c, c => {
        let mut q = roster_entries::table.inner_join(sittings::table)
            .inner_join(attendances::table.on(
                attendances::entry_id.eq(roster_entries::id).and(attendances::sitting_id.eq(roster_entries::sitting_id))))
            .filter(roster_entries::representative_id.eq(representative))
            .order((sittings::starts_at, sittings::id))
            .select((
                roster_entries::id, sittings::id, sittings::title, sittings::place, sittings::starts_at, sittings::ends_at,
                sittings::late_after, attendances::at,
            )).into_boxed();
        q = match scope {
            Scope::Sitting(id) => q.filter(sittings::id.eq(id)),
            Scope::Meeting(id) => q.filter(sittings::meeting_id.eq(id)),
        };
        q.load(c)
    })?;
    let entries: Vec<Id> = rows.iter().map(|r| r.0).collect();
    let moves: Vec<(Id, String, Ts)> = on_backend!(c, c => attendance_moves::table
        .filter(attendance_moves::entry_id.eq_any(&entries)).order(attendance_moves::id)
        .select((attendance_moves::entry_id, attendance_moves::kind, attendance_moves::at)).load(c))?;
    let item = |(entry, sitting_id, sitting_title, place, starts_at, ends_at, late_after, recorded): Row| {
        let moves = moves.iter().filter(|m| m.0 == entry).map(|m| (m.1.as_str(), m.2));
        let at = signed_in_at(recorded, moves)?;
        Some(CertificateItem {
            sitting_id,
            sitting_title,
            place,
            starts_at,
            ends_at,
            at,
            state: attended_as(at, late_after),
        })
    };
    Ok(rows.into_iter().filter_map(item).collect())
}
