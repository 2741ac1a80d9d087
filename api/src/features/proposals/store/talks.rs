//! Consultations of handlers with authors, and requests of handlers to the staff.

use super::super::{ConsultationState, RequestKind, RequestState};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{proposal_consultations as k, proposal_requests as r};
use diesel::prelude::*;

/// 面商: an appointment of a handler with the author.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = k, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Consultation {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub handling_id: Id,
    pub round: i32,
    pub state: ConsultationState,
    pub place: String,
    pub slots: Json,
    pub offered_by: Id,
    pub offered_at: Ts,
    pub chosen_slot: Option<Ts>,
    pub chosen_by: Option<Id>,
    pub chosen_at: Option<Ts>,
    pub notes: Option<String>,
    pub handler_confirmed_by: Option<Id>,
    pub handler_confirmed_at: Option<Ts>,
    pub author_confirmed_by: Option<Id>,
    pub author_confirmed_at: Option<Ts>,
}

pub fn consultation(c: &mut DbConn, id: Id) -> QueryResult<Option<Consultation>> {
    on_backend!(c, c => k::table.find(id).select(Consultation::as_select()).first(c).optional())
}

pub fn consultation_insert(c: &mut DbConn, row: &Consultation) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(k::table).values(row).execute(c))
}

/// Writes it; false when it is no longer in the state it was in.
pub fn consultation_save(c: &mut DbConn, row: &Consultation, from: ConsultationState) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(k::table.find(row.id).filter(k::state.eq(from))).set(row).execute(c))
        .map(|n| n == 1)
}

/// All of a proposal, the oldest first.
pub fn consultations(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<Consultation>> {
    on_backend!(c, c => k::table.filter(k::proposal_id.eq(proposal)).order(k::id)
        .select(Consultation::as_select()).load(c))
}

/// What a handler asked the staff for.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = r, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Request {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub handling_id: Id,
    pub kind: RequestKind,
    pub state: RequestState,
    pub reason: String,
    pub suggested_organisation_id: Option<Id>,
    pub asked_by: Id,
    pub asked_at: Ts,
    pub decided_by: Option<Id>,
    pub decided_at: Option<Ts>,
    pub decision_note: Option<String>,
}

pub fn request_insert(c: &mut DbConn, row: &Request) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(r::table).values(row).execute(c))
}

/// The open request of a part.
pub fn request_open(c: &mut DbConn, handling: Id, kind: RequestKind) -> QueryResult<Option<Request>> {
    on_backend!(c, c => r::table.filter(r::handling_id.eq(handling).and(r::kind.eq(kind)))
        .filter(r::state.eq(RequestState::Open)).select(Request::as_select()).first(c).optional())
}

/// Decides an open request; false when it was decided before.
pub fn request_decide(
    c: &mut DbConn,
    id: Id,
    to: RequestState,
    by: Id,
    note: Option<&str>,
    now: Ts,
) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(r::table.find(id).filter(r::state.eq(RequestState::Open)))
        .set((r::state.eq(to), r::decided_by.eq(by), r::decided_at.eq(now), r::decision_note.eq(note))).execute(c))
    .map(|n| n == 1)
}

/// All of a proposal, the oldest first.
pub fn requests(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<Request>> {
    on_backend!(c, c => r::table.filter(r::proposal_id.eq(proposal)).order(r::id).select(Request::as_select()).load(c))
}

/// Open requests of a congress, the oldest first; one more than `limit`.
pub fn requests_open(c: &mut DbConn, congress: Id, after: Option<Id>, limit: i64) -> QueryResult<Vec<Request>> {
    on_backend!(c, c => {
        let mut q = r::table.filter(r::congress_id.eq(congress).and(r::state.eq(RequestState::Open)))
            .order(r::id).limit(limit + 1).select(Request::as_select()).into_boxed();
        if let Some(after) = after { q = q.filter(r::id.gt(after)); }
        q.load(c)
    })
}
