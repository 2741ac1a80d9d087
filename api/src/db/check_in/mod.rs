//! The statements that write a hall's sign-ins: of a whole batch on PostgreSQL, of one row on SQLite.
//!
//! There are two ways. The long one joins the sitting and the roster, so that a sign-in to a closed sitting or by
//! somebody who is not on the roster is refused by the very statement that would write it, whatever other processes
//! are doing. The short one is for seats known from memory: it writes what it is told if the sitting is open and its
//! roster still has the version that is remembered. What it does not write goes the long way.

mod postgres;
mod sqlite;

use super::types::sql::DbId;
use super::{DbConn, Id, QueryResult, Ts};
use diesel::sql_types as st;

/// One person who signs in.
#[derive(Debug, Clone)]
pub struct Arriving {
    pub sitting_id: Id,
    pub account_id: Id,
    pub at: Ts,
    pub method: &'static str,
    pub device_id: String,
    pub distance_m: Option<i32>,
    /// The seat as it is remembered.
    pub known: Option<Known>,
}

/// A seat that was read before, not suspended, and what it was read with.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// `sittings.roster_version` of that moment.
    pub version: i64,
    pub entry_id: Id,
    pub congress_id: Id,
}

/// What became of one sign-in.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrived {
    /// Written the short way: the sitting is open, the seat is as it was known and had not signed in before.
    AsKnown,
    Found(Box<Found>),
}

/// What the database knows after a sign-in went the long way.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// State of the sitting; `None` when there is no such sitting.
    pub sitting_state: Option<String>,
    pub late_after: Option<Ts>,
    /// The place on the roster; `None` when the account is not on it.
    pub seat: Option<ArrivedSeat>,
    /// True when this sign-in made the record.
    pub first: bool,
    /// The record as it stands: when and on which device the seat first signed in.
    pub at: Option<Ts>,
    pub device_id: Option<String>,
}

/// The roster's line.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrivedSeat {
    pub entry_id: Id,
    pub congress_id: Id,
    pub suspended: bool,
    pub name: String,
    pub seat_label: Option<String>,
    pub delegation_id: Option<Id>,
    pub delegation: Option<String>,
    pub class: String,
}

/// The short way for a whole batch in one statement, which needs no transaction around it; says of each item whether
/// it was written. Nothing is on SQLite, where a transaction costs no round trip.
pub fn arrive_as_known(conn: &mut DbConn, items: &[&Arriving]) -> QueryResult<Vec<bool>> {
    let DbConn::Pg(c) = conn else {
        return Ok(vec![false; items.len()]);
    };
    let mut made = postgres::write_known(c, items)?;
    // The first of two that are the same person made the record.
    let written = |item: &&Arriving| item.known.is_some_and(|k| made.remove(&k.entry_id));
    Ok(items.iter().map(written).collect())
}

/// Writes a batch inside a transaction; one answer per item, in order.
pub fn arrive(conn: &mut DbConn, items: &[&Arriving]) -> QueryResult<Vec<Arrived>> {
    let found = |found: Found| Arrived::Found(Box::new(found));
    match conn {
        DbConn::Pg(c) => Ok(postgres::write(c, items)?.into_iter().map(found).collect()),
        DbConn::Sqlite(c) => items
            .iter()
            .map(|item| match item.known {
                Some(known) if sqlite::write_known(c, item, known)? => Ok(Arrived::AsKnown),
                _ => sqlite::write(c, item).map(found),
            })
            .collect(),
    }
}

type SeatColumns = (
    Option<Id>,
    Option<Id>,
    Option<bool>,
    Option<String>,
    Option<String>,
    Option<Id>,
    Option<String>,
    Option<String>,
);
type SeatTypes = (
    st::Nullable<DbId>,
    st::Nullable<DbId>,
    st::Nullable<st::Bool>,
    st::Nullable<st::Text>,
    st::Nullable<st::Text>,
    st::Nullable<DbId>,
    st::Nullable<st::Text>,
    st::Nullable<st::Text>,
);

fn seat(columns: SeatColumns) -> Option<ArrivedSeat> {
    let (entry_id, congress_id, suspended, name, seat_label, delegation_id, delegation, class) = columns;
    Some(ArrivedSeat {
        entry_id: entry_id?,
        congress_id: congress_id?,
        suspended: suspended?,
        name: name?,
        seat_label,
        delegation_id,
        delegation,
        class: class?,
    })
}
