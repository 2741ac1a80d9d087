//! What the search reads: texts as the public may read them, and which proposals changed.

use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::proposals::store::Proposal;
use crate::features::proposals::{ProposalKind, RedactedField, ResultClass, State};
use crate::on_backend;
use crate::schema::{proposal_redactions as r, proposal_steps as s, proposals as p};
use diesel::prelude::*;
use std::collections::HashSet;

/// A registered proposal as the public may read it: what is redacted is left out.
#[derive(Debug, Clone)]
pub struct Document {
    pub id: Id,
    pub congress_id: Id,
    pub session_id: Id,
    pub number: Option<String>,
    pub kind: ProposalKind,
    /// Empty when it is redacted.
    pub title: String,
    pub body: String,
    pub state: State,
    pub class: Option<ResultClass>,
    pub registered_at: Option<Ts>,
}

/// The next registered proposals by id.
pub fn page(c: &mut DbConn, after: Option<Id>, limit: i64) -> QueryResult<Vec<Document>> {
    let rows: Vec<Proposal> = on_backend!(c, c => {
        let mut q = p::table.filter(p::registered_at.is_not_null())
            .filter(p::state.ne_all([State::Withdrawn.as_str(), State::Merged.as_str()]))
            .order(p::id).limit(limit).select(Proposal::as_select()).into_boxed();
        if let Some(after) = after { q = q.filter(p::id.gt(after)); }
        q.load(c)
    })?;
    redacted(c, rows)
}

/// Of these proposals those that are registered and go on or are closed.
pub fn documents(c: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Document>> {
    let rows: Vec<Proposal> = on_backend!(c, c => p::table.filter(p::id.eq_any(ids)).filter(p::registered_at.is_not_null())
        .filter(p::state.ne_all([State::Withdrawn.as_str(), State::Merged.as_str()]))
        .order(p::id).select(Proposal::as_select()).load(c))?;
    redacted(c, rows)
}

fn redacted(c: &mut DbConn, rows: Vec<Proposal>) -> QueryResult<Vec<Document>> {
    let ids: Vec<Id> = rows.iter().map(|p| p.id).collect();
    let hidden: Vec<(Id, RedactedField)> = on_backend!(c, c => r::table.filter(r::proposal_id.eq_any(&ids))
        .select((r::proposal_id, r::field)).load(c))?;
    let hidden: HashSet<(Id, RedactedField)> = hidden.into_iter().collect();
    let document = |p: Proposal| {
        let shown = |field, text: Option<String>| text.filter(|_| !hidden.contains(&(p.id, field))).unwrap_or_default();
        let parts = [
            shown(RedactedField::Body, Some(p.body)),
            shown(RedactedField::Grounds, p.grounds),
            shown(RedactedField::Plan, p.plan),
        ];
        Document {
            title: shown(RedactedField::Title, Some(p.title)),
            body: parts.join("\n"),
            id: p.id,
            congress_id: p.congress_id,
            session_id: p.session_id,
            number: p.number,
            kind: p.kind,
            state: p.state,
            class: p.class,
            registered_at: p.registered_at,
        }
    };
    Ok(rows.into_iter().map(document).collect())
}

/// The step that was made last.
pub fn newest_step(c: &mut DbConn) -> QueryResult<Option<Id>> {
    on_backend!(c, c => s::table.order(s::id.desc()).select(s::id).first(c).optional())
}

/// The next steps by id, with their proposals.
pub fn steps_after(c: &mut DbConn, after: Option<Id>, limit: i64) -> QueryResult<Vec<(Id, Id)>> {
    on_backend!(c, c => {
        let mut q = s::table.order(s::id).limit(limit).select((s::id, s::proposal_id)).into_boxed();
        if let Some(after) = after { q = q.filter(s::id.gt(after)); }
        q.load(c)
    })
}
