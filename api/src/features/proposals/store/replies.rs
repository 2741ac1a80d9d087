//! Replies, the grades given to them, and the commitments they open.

use super::super::{CommitmentState, Grade, GradeState, ReplyPurpose, ReplyState, ResultClass};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{proposal_commitments as m, proposal_grades as g, proposal_replies as r};
use chrono::NaiveDate;
use diesel::prelude::*;

/// One reply of a handler: a draft, under review, or issued.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = r, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Reply {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub handling_id: Id,
    pub round: i32,
    pub purpose: ReplyPurpose,
    pub state: ReplyState,
    pub number: String,
    pub class: ResultClass,
    pub body: String,
    pub contact_name: String,
    pub contact_phone: String,
    pub opinions: Json,
    pub commitment: Option<String>,
    pub commitment_due_on: Option<NaiveDate>,
    pub drafted_by: Id,
    pub drafted_at: Ts,
    pub submitted_at: Option<Ts>,
    pub committee_by: Option<Id>,
    pub committee_at: Option<Ts>,
    pub office_by: Option<Id>,
    pub office_at: Option<Ts>,
    pub review_note: Option<String>,
    pub issued_at: Option<Ts>,
}

/// All of a proposal, the oldest first.
pub fn replies(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<Reply>> {
    on_backend!(c, c => r::table.filter(r::proposal_id.eq(proposal)).order(r::id).select(Reply::as_select()).load(c))
}

/// The reply of a part that is not issued yet.
pub fn reply_open(c: &mut DbConn, handling: Id) -> QueryResult<Option<Reply>> {
    on_backend!(c, c => r::table.filter(r::handling_id.eq(handling).and(r::issued_at.is_null()))
        .select(Reply::as_select()).first(c).optional())
}

pub fn reply_insert(c: &mut DbConn, row: &Reply) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(r::table).values(row).execute(c))
}

/// Writes it; false when it is no longer in the state it was in.
pub fn reply_save(c: &mut DbConn, row: &Reply, from: ReplyState) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(r::table.find(row.id).filter(r::state.eq(from))).set(row).execute(c))
        .map(|n| n == 1)
}

/// One signatory's answer to one reply.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = g, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct GradeRow {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub handling_id: Id,
    pub reply_id: Id,
    pub signatory_id: Id,
    pub round: i32,
    pub state: GradeState,
    pub grade: Option<Grade>,
    pub comment: Option<String>,
    pub opened_at: Ts,
    pub graded_at: Option<Ts>,
    pub due_on: NaiveDate,
}

pub fn grades_insert(c: &mut DbConn, rows: &[GradeRow]) -> QueryResult<()> {
    for chunk in rows.chunks(200) {
        on_backend!(c, c => diesel::insert_into(g::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// All of a proposal, the oldest first.
pub fn grades(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<GradeRow>> {
    on_backend!(c, c => g::table.filter(g::proposal_id.eq(proposal)).order(g::id).select(GradeRow::as_select()).load(c))
}

/// Gives a grade; false when its time is over or it was given before.
pub fn grade_give(c: &mut DbConn, id: Id, grade: Grade, comment: Option<&str>, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(g::table.find(id).filter(g::state.eq(GradeState::Waiting)))
        .set((g::state.eq(GradeState::Given), g::grade.eq(grade), g::comment.eq(comment), g::graded_at.eq(now))).execute(c))
    .map(|n| n == 1)
}

/// Takes one out of the base; false when it was given after all.
pub fn grade_lapse(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(g::table.find(id).filter(g::state.eq(GradeState::Waiting)))
        .set((g::state.eq(GradeState::Lapsed), g::graded_at.eq(now))).execute(c))
    .map(|n| n == 1)
}

/// Proposals with feedback that was due before a day in UTC; the caller checks the local day.
pub fn grades_late(c: &mut DbConn, before: NaiveDate, limit: i64) -> QueryResult<Vec<(Id, Id)>> {
    on_backend!(c, c => g::table.filter(g::state.eq(GradeState::Waiting).and(g::due_on.lt(before)))
        .order((g::due_on, g::id)).limit(limit).select((g::congress_id, g::proposal_id)).load(c))
}

/// What a B-class reply promised.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = m, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Commitment {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub handling_id: Id,
    pub reply_id: Id,
    pub promise: String,
    pub due_on: NaiveDate,
    pub state: CommitmentState,
    pub outcome: Option<ResultClass>,
    pub reason: Option<String>,
    pub opened_at: Ts,
    pub closed_at: Option<Ts>,
}

pub fn commitment_insert(c: &mut DbConn, row: &Commitment) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(m::table).values(row).execute(c))
}

pub fn commitment_save(c: &mut DbConn, row: &Commitment, from: CommitmentState) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(m::table.find(row.id).filter(m::state.eq(from))).set(row).execute(c))
        .map(|n| n == 1)
}

/// The commitment of a part that is not closed.
pub fn commitment_open(c: &mut DbConn, handling: Id) -> QueryResult<Option<Commitment>> {
    on_backend!(c, c => m::table.filter(m::handling_id.eq(handling).and(m::closed_at.is_null()))
        .select(Commitment::as_select()).first(c).optional())
}

/// All of a proposal, the oldest first.
pub fn commitments(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<Commitment>> {
    on_backend!(c, c => m::table.filter(m::proposal_id.eq(proposal)).order(m::id).select(Commitment::as_select()).load(c))
}

/// What is promised in a congress and not kept yet, by due date; one more than `limit`.
pub fn commitments_open(
    c: &mut DbConn,
    congress: Id,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> QueryResult<Vec<Commitment>> {
    on_backend!(c, c => {
        let mut q = m::table.filter(m::congress_id.eq(congress).and(m::closed_at.is_null()))
            .order((m::due_on, m::id)).limit(limit + 1).select(Commitment::as_select()).into_boxed();
        if let Some((due, id)) = after { q = q.filter(m::due_on.gt(due).or(m::due_on.eq(due).and(m::id.gt(id)))); }
        q.load(c)
    })
}

pub fn commitment(c: &mut DbConn, id: Id) -> QueryResult<Option<Commitment>> {
    on_backend!(c, c => m::table.find(id).select(Commitment::as_select()).first(c).optional())
}

/// Follows a deadline that moved.
pub fn grade_move(c: &mut DbConn, id: Id, due_on: NaiveDate) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(g::table.find(id)).set(g::due_on.eq(due_on)).execute(c))
}
