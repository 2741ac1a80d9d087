//! What is attached to proposals; the bytes lie in the data folder.

use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::proposal_attachments as a;
use diesel::prelude::*;

/// One file.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = a, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Attachment {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub handling_id: Option<Id>,
    pub name: String,
    pub media_type: String,
    pub size: i32,
    pub sha256: String,
    pub uploaded_by: Id,
    pub uploaded_at: Ts,
    pub removed_at: Option<Ts>,
}

pub fn attachment_insert(c: &mut DbConn, row: &Attachment) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(a::table).values(row).execute(c))
}

/// Those of a proposal that were not removed, the oldest first.
pub fn attachments(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<Attachment>> {
    on_backend!(c, c => a::table.filter(a::proposal_id.eq(proposal).and(a::removed_at.is_null()))
        .order(a::id).select(Attachment::as_select()).load(c))
}

pub fn attachment_remove(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(a::table.find(id).filter(a::removed_at.is_null()))
        .set(a::removed_at.eq(now)).execute(c))
    .map(|n| n == 1)
}
