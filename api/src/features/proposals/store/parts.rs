//! Parts of proposals: which organisation holds what, since when, and what it has to do next.

use super::super::{DeadlineKind, HandlingRole, ResultClass, State};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{organisations, proposal_handlings as h, proposals};
use chrono::NaiveDate;
use diesel::prelude::*;

/// The day that stands for "nothing is due".
pub const NOTHING_DUE: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a day");

/// One organisation's part of a proposal.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = h, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Handling {
    pub id: Id,
    pub congress_id: Id,
    pub proposal_id: Id,
    pub organisation_id: Id,
    pub role: HandlingRole,
    pub state: State,
    pub round: i32,
    pub round_on: NaiveDate,
    pub extended: bool,
    pub class: Option<ResultClass>,
    pub assigned_by: Id,
    pub assigned_at: Ts,
    pub signed_by: Option<Id>,
    pub signed_at: Option<Ts>,
    pub contacted_at: Option<Ts>,
    pub opinion: Option<String>,
    pub opinion_at: Option<Ts>,
    pub replied_at: Option<Ts>,
    pub ended_at: Option<Ts>,
    pub previous_id: Option<Id>,
    pub due_on: NaiveDate,
    pub due_kind: Option<DeadlineKind>,
    pub due_provisional: bool,
}

pub fn handling(c: &mut DbConn, id: Id) -> QueryResult<Option<Handling>> {
    on_backend!(c, c => h::table.find(id).select(Handling::as_select()).first(c).optional())
}

pub fn handling_insert(c: &mut DbConn, row: &Handling) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(h::table).values(row).execute(c))
}

/// Writes a part; false when it is no longer in the state it was in.
pub fn handling_save(c: &mut DbConn, row: &Handling, from: State) -> QueryResult<bool> {
    on_backend!(c, c => diesel::update(h::table.find(row.id).filter(h::state.eq(from)))
        .set(row).execute(c))
    .map(|n| n == 1)
}

/// Every part of a proposal, those that ended too, the oldest first.
pub fn handlings(c: &mut DbConn, proposal: Id) -> QueryResult<Vec<Handling>> {
    on_backend!(c, c => h::table.filter(h::proposal_id.eq(proposal)).order(h::id)
        .select(Handling::as_select()).load(c))
}

/// The name and short name of the organisation of each part of some proposals.
pub fn handlings_named(c: &mut DbConn, proposals: &[Id]) -> QueryResult<Vec<(Handling, String, String)>> {
    on_backend!(c, c => h::table.inner_join(organisations::table).filter(h::proposal_id.eq_any(proposals)).order(h::id)
        .select((Handling::as_select(), organisations::name, organisations::short_name)).load(c))
}

/// One line of an inbox.
pub type InboxRow = (Handling, super::Proposal);

/// What an organisation holds, by due date; one more than `limit`.
pub fn inbox(
    c: &mut DbConn,
    organisations: &[Id],
    state: Option<State>,
    after: Option<(NaiveDate, Id)>,
    limit: i64,
) -> QueryResult<Vec<InboxRow>> {
    on_backend!(c, c => {
        let mut q = h::table.inner_join(proposals::table).filter(h::ended_at.is_null())
            .order((h::due_on, h::id)).limit(limit + 1)
            .select((Handling::as_select(), super::Proposal::as_select())).into_boxed();
        // One organisation is the rule, and then one range of the index is read in order.
        q = match organisations {
            [one] => q.filter(h::organisation_id.eq(*one)),
            many => q.filter(h::organisation_id.eq_any(many.to_vec())),
        };
        if let Some(state) = state { q = q.filter(h::state.eq(state)); }
        if let Some((due, id)) = after {
            // The first condition says nothing new: it lets both databases begin at the place in the index.
            q = q.filter(h::due_on.ge(due)).filter(h::due_on.gt(due).or(h::due_on.eq(due).and(h::id.gt(id))));
        }
        q.load(c)
    })
}

/// Parts that are late, with the organisation's name: by organisation, the latest first.
pub fn overdue(c: &mut DbConn, congress: Id, today: NaiveDate) -> QueryResult<Vec<(Handling, String, String)>> {
    on_backend!(c, c => h::table.inner_join(organisations::table).inner_join(proposals::table)
        .filter(h::congress_id.eq(congress).and(h::ended_at.is_null()).and(h::due_on.lt(today)))
        .order((organisations::name, h::due_on, h::id)).limit(10_000)
        .select((Handling::as_select(), organisations::name, proposals::title)).load(c))
}

/// How many parts each organisation holds now.
pub fn held_counts(c: &mut DbConn, congress: Id) -> QueryResult<Vec<(Id, String, i64)>> {
    on_backend!(c, c => h::table.inner_join(organisations::table)
        .filter(h::congress_id.eq(congress).and(h::ended_at.is_null()))
        .group_by((organisations::id, organisations::name)).order(organisations::name)
        .select((organisations::id, organisations::name, diesel::dsl::count_star())).load(c))
}

/// Parts whose next due date may still move, because its calendar was not out.
pub fn provisional(c: &mut DbConn, after: Option<Id>, limit: i64) -> QueryResult<Vec<Handling>> {
    on_backend!(c, c => {
        let mut q = h::table.filter(h::due_provisional.eq(true).and(h::ended_at.is_null()))
            .order(h::id).limit(limit).select(Handling::as_select()).into_boxed();
        if let Some(after) = after { q = q.filter(h::id.gt(after)); }
        q.load(c)
    })
}

/// Copies what is due next.
pub fn set_due(
    c: &mut DbConn,
    id: Id,
    on: NaiveDate,
    kind: Option<DeadlineKind>,
    provisional: bool,
) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(h::table.find(id))
        .set((h::due_on.eq(on), h::due_kind.eq(kind), h::due_provisional.eq(provisional))).execute(c))
}
