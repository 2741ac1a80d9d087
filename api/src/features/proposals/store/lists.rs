//! Lists of proposals for those who see many.

use super::super::{ProposalKind, ResultClass, State};
use super::Proposal;
use crate::db::{DbConn, Id, QueryResult};
use crate::on_backend;
use crate::schema::{proposal_handlings as h, proposal_signatories as s, proposals as p, representatives};
use diesel::prelude::*;

/// What a list is narrowed to; `title` is a pattern.
#[derive(Debug, Default)]
pub struct ProposalFilter {
    pub state: Option<State>,
    pub kind: Option<ProposalKind>,
    pub session_id: Option<Id>,
    pub category_id: Option<Id>,
    pub organisation_id: Option<Id>,
    pub class: Option<ResultClass>,
    pub is_key: Option<bool>,
    pub in_session: Option<bool>,
    pub title: Option<String>,
    pub number: Option<String>,
    /// Only those that were registered: what the public may know.
    pub registered: bool,
}

/// Proposals of a congress that left their author's desk, the newest first, with the author's name; one more than `limit`.
pub fn congress_page(
    c: &mut DbConn,
    congress: Id,
    f: &ProposalFilter,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<(Proposal, String)>> {
    on_backend!(c, c => {
        let mut q = p::table.inner_join(representatives::table).filter(p::congress_id.eq(congress))
            .order(p::id.desc()).limit(limit + 1)
            .select((Proposal::as_select(), representatives::name)).into_boxed();
        q = match f.state {
            Some(state) => q.filter(p::state.eq(state)),
            None => q.filter(p::submitted_at.is_not_null()),
        };
        if f.registered { q = q.filter(p::registered_at.is_not_null()); }
        if let Some(kind) = f.kind { q = q.filter(p::kind.eq(kind)); }
        if let Some(session) = f.session_id { q = q.filter(p::session_id.eq(session)); }
        if let Some(category) = f.category_id { q = q.filter(p::category_id.eq(category)); }
        if let Some(class) = f.class { q = q.filter(p::class.eq(class)); }
        if let Some(key) = f.is_key { q = q.filter(p::is_key.eq(key)); }
        if let Some(in_session) = f.in_session { q = q.filter(p::in_session.eq(in_session)); }
        if let Some(title) = &f.title { q = q.filter(p::title.like(title.clone()).escape('\\')); }
        if let Some(number) = &f.number { q = q.filter(p::number.eq(number.clone())); }
        if let Some(organisation) = f.organisation_id {
            let held = h::table.filter(h::organisation_id.eq(organisation)).select(h::proposal_id);
            q = q.filter(p::id.eq_any(held));
        }
        if let Some(after) = after { q = q.filter(p::id.lt(after)); }
        q.load(c)
    })
}

/// Proposals that an account signed, or is asked to sign, the newest first; one more than `limit`.
pub fn account_page(
    c: &mut DbConn,
    account: Id,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<(Proposal, String)>> {
    on_backend!(c, c => {
        let mine = s::table.filter(s::account_id.eq(account)).select(s::proposal_id);
        let mut q = p::table.inner_join(representatives::table).filter(p::id.eq_any(mine))
            .order(p::id.desc()).limit(limit + 1)
            .select((Proposal::as_select(), representatives::name)).into_boxed();
        if let Some(after) = after { q = q.filter(p::id.lt(after)); }
        q.load(c)
    })
}
