//! The append-only log of what was done, and what of a proposal is hidden from the public.

use super::super::{Action, RedactedField, State, Who};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{organisations, proposal_redactions as r, proposal_steps as s};
use diesel::prelude::*;

/// One thing that was done.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = s, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct StepRow {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub handling_id: Option<Id>,
    pub action: Action,
    pub from_state: Option<State>,
    pub to_state: State,
    pub who: Who,
    pub actor_id: Option<Id>,
    pub organisation_id: Option<Id>,
    pub at: Ts,
    pub late_days: i32,
    pub note: Option<String>,
    pub data: Json,
}

pub fn step_insert(c: &mut DbConn, row: &StepRow) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(s::table).values(row).execute(c))
}

/// Every step of a proposal in the order it was taken, with the name of the organisation.
pub fn steps(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<(StepRow, Option<String>)>> {
    on_backend!(c, c => s::table.left_join(organisations::table).filter(s::proposal_id.eq(proposal)).order(s::id)
        .select((StepRow::as_select(), organisations::name.nullable())).load(c))
}

/// Something that the public does not read.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = r, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Redaction {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub field: RedactedField,
    pub subject_id: Id,
    pub reason: String,
    pub redacted_by: Id,
    pub redacted_at: Ts,
}

pub fn redaction_insert(c: &mut DbConn, row: &Redaction) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(r::table).values(row).execute(c))
}

pub fn redactions(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<Redaction>> {
    on_backend!(c, c => r::table.filter(r::proposal_id.eq(proposal)).order(r::id)
        .select(Redaction::as_select()).load(c))
}

/// What is hidden of several proposals: proposal, field and reason.
pub fn redactions_of(c: &mut DbConn, proposals: &[Id]) -> QueryResult<Vec<(Id, RedactedField, String)>> {
    on_backend!(c, c => r::table.filter(r::proposal_id.eq_any(proposals)).select((r::proposal_id, r::field, r::reason)).load(c))
}
