//! What an import looks up and writes.

use crate::db::{DbConn, Id, QueryResult};
use crate::features::congresses::Organisation;
use crate::features::proposals::ProposalKind;
use crate::features::proposals::store::{
    Commitment, GradeRow, Handling, Proposal, Reply, Signatory, StepRow, grades_insert, signatories_insert,
};
use crate::on_backend;
use crate::schema::{
    organisations, proposal_commitments, proposal_counters, proposal_handlings, proposal_replies, proposal_steps,
    proposals, representatives,
};
use diesel::prelude::*;

/// Rows of one statement: few enough for the limits on parameters of both databases.
const CHUNK: usize = 200;

/// Everything that an import writes, in the order in which rows refer to each other.
#[derive(Default)]
pub struct Rows {
    pub proposals: Vec<Proposal>,
    pub signatories: Vec<Signatory>,
    pub handlings: Vec<Handling>,
    pub replies: Vec<Reply>,
    pub grades: Vec<GradeRow>,
    pub commitments: Vec<Commitment>,
    pub steps: Vec<StepRow>,
}

macro_rules! insert_all {
    ($c:expr, $table:ident, $rows:expr) => {
        for chunk in $rows.chunks(CHUNK) {
            on_backend!($c, c => diesel::insert_into($table::table).values(chunk).execute(c))?;
        }
    };
}

pub fn insert(c: &mut DbConn, rows: &Rows) -> QueryResult<()> {
    insert_all!(c, proposals, rows.proposals);
    signatories_insert(c, &rows.signatories)?;
    insert_all!(c, proposal_handlings, rows.handlings);
    insert_all!(c, proposal_replies, rows.replies);
    grades_insert(c, &rows.grades)?;
    insert_all!(c, proposal_commitments, rows.commitments);
    insert_all!(c, proposal_steps, rows.steps);
    Ok(())
}

/// A seat by what a sheet calls it.
#[derive(Debug, Clone, Queryable)]
pub struct SeatName {
    pub id: Id,
    pub account_id: Id,
    pub number: String,
    pub name: String,
}

/// Every seat of a term; those that ended too, because it is the past that is brought in.
pub fn seats(c: &mut DbConn, term: Id) -> QueryResult<Vec<SeatName>> {
    use representatives as r;
    on_backend!(c, c => r::table.filter(r::term_id.eq(term)).select((r::id, r::account_id, r::number, r::name)).load(c))
}

pub fn organisations(c: &mut DbConn, congress: Id) -> QueryResult<Vec<Organisation>> {
    on_backend!(c, c => organisations::table.filter(organisations::congress_id.eq(congress))
        .order(organisations::id).select(Organisation::as_select()).load(c))
}

pub fn organisations_insert(c: &mut DbConn, rows: &[Organisation]) -> QueryResult<()> {
    insert_all!(c, organisations, rows);
    Ok(())
}

/// Those of some numbers that proposals of the congress have.
pub fn numbers_taken(c: &mut DbConn, congress: Id, numbers: &[String]) -> QueryResult<Vec<String>> {
    let mut taken = vec![];
    for numbers in numbers.chunks(500) {
        let some: Vec<Option<String>> = on_backend!(c, c => proposals::table
            .filter(proposals::congress_id.eq(congress).and(proposals::number.eq_any(numbers)))
            .select(proposals::number).load(c))?;
        taken.extend(some.into_iter().flatten());
    }
    Ok(taken)
}

#[derive(Insertable)]
#[diesel(table_name = proposal_counters)]
struct Counter {
    session_id: Id,
    kind: ProposalKind,
    last: i32,
}

/// Lets the counter of a session and kind go on after `last`.
pub fn counter_raise(c: &mut DbConn, session: Id, kind: ProposalKind, last: i32) -> QueryResult<()> {
    use proposal_counters as n;
    let first = Counter {
        session_id: session,
        kind,
        last,
    };
    // The insert takes hold of the row until the transaction ends: nobody registers in between.
    let known: i32 = on_backend!(c, c => diesel::insert_into(n::table).values(&first)
        .on_conflict((n::session_id, n::kind)).do_update().set(n::last.eq(n::last + 0)).returning(n::last).get_result(c))?;
    if known < last {
        on_backend!(c, c => diesel::update(n::table.find((session, kind))).set(n::last.eq(last)).execute(c))?;
    }
    Ok(())
}
