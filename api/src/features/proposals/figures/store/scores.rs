//! Scores that representatives give to handling units, without anybody's name.

use crate::db::{DbConn, Id, QueryResult};
use crate::features::proposals::State;
use crate::on_backend;
use crate::schema::{organisations, proposal_handlings as h, proposals as p, unit_scores as u};
use diesel::prelude::*;
use diesel::upsert::excluded;

/// One score.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = u, treat_none_as_default_value = false)]
pub struct UnitScore {
    /// The same for the same person, session and unit; nobody can tell who it is.
    pub ballot: String,
    pub congress_id: Id,
    pub congress_session_id: Id,
    pub organisation_id: Id,
    pub score: i32,
}

/// Writes a score, or puts it in the place of the one that the same person gave before.
pub fn put(c: &mut DbConn, row: &UnitScore) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(u::table).values(row).on_conflict(u::ballot).do_update()
        .set(u::score.eq(excluded(u::score))).execute(c))
}

/// Units that hold, or held to the end, proposals of a session.
pub fn units(c: &mut DbConn, session: Id) -> QueryResult<Vec<(Id, String)>> {
    on_backend!(c, c => h::table.inner_join(organisations::table).inner_join(p::table)
        .filter(p::session_id.eq(session).and(h::state.ne(State::Released)))
        .order((organisations::name, organisations::id)).select((organisations::id, organisations::name)).distinct().load(c))
}

/// Unit and score of every ballot of a session, in no order that tells who came first.
pub fn ballots(c: &mut DbConn, session: Id) -> QueryResult<Vec<(Id, i32)>> {
    on_backend!(c, c => u::table.filter(u::congress_session_id.eq(session)).order(u::ballot)
        .select((u::organisation_id, u::score)).load(c))
}
