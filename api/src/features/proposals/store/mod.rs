//! Rows and queries of proposals.

mod categories;
mod files;
mod lists;
mod parts;
mod people;
mod replies;
mod steps;
mod talks;

pub use categories::*;
pub use files::*;
pub use lists::*;
pub use parts::*;
pub use people::*;
pub use replies::*;
pub use steps::*;
pub use talks::*;

use super::{ProposalKind, ResultClass, State};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{proposal_counters, proposals};
use diesel::prelude::*;
use diesel::upsert::excluded;

/// A proposal as a whole.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = proposals, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Proposal {
    pub id: Id,
    pub congress_id: Id,
    pub session_id: Id,
    pub author_id: Id,
    pub kind: ProposalKind,
    pub in_session: bool,
    pub title: String,
    pub body: String,
    pub grounds: Option<String>,
    pub plan: Option<String>,
    pub category_id: Option<Id>,
    pub seq: Option<i32>,
    pub number: Option<String>,
    pub state: State,
    pub round: i32,
    pub class: Option<ResultClass>,
    pub is_key: bool,
    pub merged_into: Option<Id>,
    pub created_at: Ts,
    pub updated_at: Ts,
    pub submitted_at: Option<Ts>,
    pub registered_at: Option<Ts>,
    pub assigned_at: Option<Ts>,
    pub replied_at: Option<Ts>,
    pub ended_at: Option<Ts>,
    pub version: i64,
}

impl Proposal {
    /// Number and title, or the title while there is no number: what people read of it.
    pub fn name(&self) -> String {
        match &self.number {
            Some(number) => format!("{number} {}", self.title),
            None => self.title.clone(),
        }
    }
}

pub fn proposal(c: &mut DbConn, id: Id) -> QueryResult<Option<Proposal>> {
    on_backend!(c, c => proposals::table.find(id).select(Proposal::as_select()).first(c).optional())
}

pub fn proposal_insert(c: &mut DbConn, row: &Proposal) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(proposals::table).values(row).execute(c))
}

/// Takes hold of a proposal until the transaction ends: whoever acts on it at the same time waits, and then sees
/// what became of it.
pub fn hold(c: &mut DbConn, id: Id) -> QueryResult<Option<Proposal>> {
    on_backend!(c, c => diesel::update(proposals::table.find(id))
        .set(proposals::version.eq(proposals::version + 1))
        .returning(Proposal::as_returning()).get_result(c).optional())
}

/// Writes a held proposal; false when it is no longer in the state it was in.
pub fn proposal_save(c: &mut DbConn, row: &Proposal, from: State) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(proposals::table.find(row.id).filter(proposals::state.eq(from)))
        .set(row).execute(c))
    .map(|n| n == 1)
}

#[derive(Insertable)]
#[diesel(table_name = proposal_counters)]
struct Counter {
    session_id: Id,
    kind: ProposalKind,
    last: i32,
}

/// The next number of a session and kind. The counter is held until the transaction ends, so that there are neither
/// doubles nor, when the transaction fails, gaps.
pub fn next_seq(c: &mut DbConn, session: Id, kind: ProposalKind) -> QueryResult<i32> {
    let first = Counter {
        session_id: session,
        kind,
        last: 1,
    };
    on_backend!(c, c => diesel::insert_into(proposal_counters::table).values(&first)
        .on_conflict((proposal_counters::session_id, proposal_counters::kind))
        .do_update().set(proposal_counters::last.eq(proposal_counters::last + excluded(proposal_counters::last)))
        .returning(proposal_counters::last).get_result(c))
}
