//! What the compendium of a year reads: proposals that were answered, with their issued replies and what is hidden of them.

use super::counts::Base;
use crate::db::{DbConn, Id, QueryResult};
use crate::features::proposals::store::{Proposal, Redaction, Reply};
use crate::features::proposals::{HandlingRole, ReplyState, State};
use crate::on_backend;
use crate::schema::{
    categories, organisations, proposal_handlings as h, proposal_redactions as x, proposal_replies as r,
    proposals as p, representatives,
};
use diesel::prelude::*;

/// A reply that was issued, with the name of who gave it and as what.
pub type Answer = (Reply, HandlingRole, String);

/// Rows of one statement.
const CHUNK: usize = 500;

/// Answered proposals by number, with author and category; one more than `limit`.
pub fn proposals(c: &mut DbConn, base: &Base, limit: i64) -> QueryResult<Vec<(Proposal, String, Option<String>)>> {
    on_backend!(c, c => {
        let mut q = p::table.inner_join(representatives::table).left_join(categories::table)
            .filter(p::congress_id.eq(base.congress_id).and(p::replied_at.is_not_null()))
            .filter(p::registered_at.ge(base.from).and(p::registered_at.lt(base.until)))
            .filter(p::state.ne_all([State::Withdrawn.as_str(), State::Merged.as_str()]))
            .order((p::kind.desc(), p::seq, p::number, p::id)).limit(limit + 1)
            .select((Proposal::as_select(), representatives::name, categories::name.nullable())).into_boxed();
        if let Some(session) = base.session_id { q = q.filter(p::session_id.eq(session)); }
        q.load(c)
    })
}

/// The issued replies of some proposals, the oldest first.
pub fn answers(c: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Answer>> {
    let mut found = vec![];
    for ids in ids.chunks(CHUNK) {
        let some: Vec<Answer> = on_backend!(c, c => r::table
            .inner_join(h::table.on(h::id.eq(r::handling_id))).inner_join(organisations::table.on(organisations::id.eq(h::organisation_id)))
            .filter(r::proposal_id.eq_any(ids).and(r::state.eq(ReplyState::Issued)))
            .order(r::id).select((Reply::as_select(), h::role, organisations::name)).load(c))?;
        found.extend(some);
    }
    Ok(found)
}

pub fn redactions(c: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Redaction>> {
    let mut found = vec![];
    for ids in ids.chunks(CHUNK) {
        let some: Vec<Redaction> = on_backend!(c, c => x::table.filter(x::proposal_id.eq_any(ids))
            .order(x::id).select(Redaction::as_select()).load(c))?;
        found.extend(some);
    }
    Ok(found)
}
