//! People of proposals: who signed, who handles for which organisation, who of the staff is concerned.

use super::super::{SignatoryRole, SignatoryState};
use crate::auth::Role;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{accounts, grants, proposal_signatories as s, representatives};
use diesel::prelude::*;

/// A representative who signed a proposal, or is asked to.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = s, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Signatory {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub representative_id: Id,
    pub account_id: Id,
    pub role: SignatoryRole,
    pub state: SignatoryState,
    pub invited_at: Ts,
    pub answered_at: Option<Ts>,
}

pub fn signatories_insert(c: &mut DbConn, rows: &[Signatory]) -> QueryResult<()> {
    for chunk in rows.chunks(200) {
        on_backend!(c, c => diesel::insert_into(s::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Everybody asked, the author first; with names.
pub fn signatories(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<(Signatory, String)>> {
    on_backend!(c, c => s::table.inner_join(representatives::table).filter(s::proposal_id.eq(proposal))
        .order((s::invited_at, s::id)).select((Signatory::as_select(), representatives::name)).load(c))
}

/// The signatory that an account is.
pub fn signatory_of(c: &mut DbConn, proposal: Id, account: Id) -> QueryResult<Option<Signatory>> {
    on_backend!(c, c => s::table.filter(s::proposal_id.eq(proposal).and(s::account_id.eq(account)))
        .select(Signatory::as_select()).first(c).optional())
}

/// Answers an invitation; false when it was answered before.
pub fn signatory_answer(c: &mut DbConn, id: Id, to: SignatoryState, now: Ts) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(s::table.find(id).filter(s::state.eq(SignatoryState::Invited)))
        .set((s::state.eq(to), s::answered_at.eq(now))).execute(c))
    .map(|n| n == 1)
}

/// Asks somebody again who declined.
pub fn signatory_ask_again(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(s::table.find(id).filter(s::state.eq(SignatoryState::Declined)))
        .set((s::state.eq(SignatoryState::Invited), s::invited_at.eq(now), s::answered_at.eq(None::<Ts>))).execute(c))
}

/// The accounts that handle for an organisation; true of who heads its office.
pub fn handlers_of(c: &mut DbConn, congress: Id, organisation: Id) -> QueryResult<Vec<(Id, bool)>> {
    on_backend!(c, c => grants::table.inner_join(accounts::table)
        .filter(grants::congress_id.eq(congress).and(grants::role.eq(Role::Handler)))
        .filter(grants::organisation_id.eq(organisation)).filter(accounts::disabled_at.is_null())
        .order(grants::account_id).select((grants::account_id, grants::heads_organisation)).load(c))
}

/// The accounts that have one of these roles.
pub fn staff_with(c: &mut DbConn, congress: Id, roles: &[Role]) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => grants::table.inner_join(accounts::table)
        .filter(grants::congress_id.eq(congress).and(grants::role.eq_any(roles.to_vec())))
        .filter(accounts::disabled_at.is_null())
        .order(grants::account_id).select(grants::account_id).distinct().load(c))
}

/// The organisations an account handles for, with the congress of each.
pub fn organisations_of(c: &mut DbConn, account: Id) -> QueryResult<Vec<(Id, Id)>> {
    let rows: Vec<(Id, Option<Id>)> = on_backend!(c, c => grants::table
        .filter(grants::account_id.eq(account).and(grants::role.eq(Role::Handler)))
        .filter(grants::organisation_id.is_not_null())
        .select((grants::congress_id, grants::organisation_id)).load(c))?;
    Ok(rows
        .into_iter()
        .filter_map(|(congress, organisation)| Some((congress, organisation?)))
        .collect())
}

/// The account of a seat.
pub fn author_account(c: &mut DbConn, representative: Id) -> QueryResult<Option<Id>> {
    on_backend!(c, c => representatives::table.find(representative).select(representatives::account_id).first(c).optional())
}

/// Asks the co-signers of a proposal again whose signature belongs to another text; gives their accounts.
pub fn cosigners_ask_again(c: &mut DbConn, proposal: Id, now: Ts) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => diesel::update(s::table.filter(s::proposal_id.eq(proposal))
            .filter(s::role.eq(SignatoryRole::Cosigner).and(s::state.eq(SignatoryState::Signed))))
        .set((s::state.eq(SignatoryState::Invited), s::invited_at.eq(now), s::answered_at.eq(None::<Ts>)))
        .returning(s::account_id).get_results(c))
}
