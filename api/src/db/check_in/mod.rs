//! The statements that write a hall's sign-ins: of a whole batch on PostgreSQL, of one row on SQLite.
//!
//! There are two ways. The long one joins the sitting and the roster, so that a sign-in to a closed sitting or by
//! somebody who is not on the roster is refused by the very statement that would write it, whatever other processes
//! are doing. The short one is for seats known from memory: it writes what it is told if the sitting is open and its
//! roster still has the version that is remembered. What it does not write goes the long way in the same transaction.

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

/// A seat that was read before, and what it was read with.
#[derive(Debug, Clone)]
pub struct Known {
    /// `sittings.roster_version` of that moment.
    pub version: i64,
    pub late_after: Ts,
    /// Not suspended.
    pub seat: ArrivedSeat,
}

/// What the database knows after the statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
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
    /// False when the seat was remembered wrongly, or not at all.
    pub as_known: bool,
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

/// Writes a batch; one answer per item, in order.
pub fn arrive(conn: &mut DbConn, items: &[Arriving]) -> QueryResult<Vec<Arrived>> {
    match conn {
        DbConn::Pg(c) => {
            let mut made = postgres::write_known(c, items)?;
            let mut answers: Vec<Option<Arrived>> = items
                .iter()
                .map(|item| {
                    item.known
                        .as_ref()
                        .filter(|k| made.remove(&k.seat.entry_id))
                        .map(|k| item.made(k))
                })
                .collect();
            let rest: Vec<&Arriving> = items
                .iter()
                .zip(&answers)
                .filter(|(_, a)| a.is_none())
                .map(|(i, _)| i)
                .collect();
            let mut others = postgres::write(c, &rest)?.into_iter();
            for answer in answers.iter_mut().filter(|a| a.is_none()) {
                *answer = others.next();
            }
            Ok(answers.into_iter().map(|a| a.expect("one answer per item")).collect())
        }
        DbConn::Sqlite(c) => items
            .iter()
            .map(|item| match &item.known {
                Some(known) if sqlite::write_known(c, item, known)? => Ok(item.made(known)),
                _ => sqlite::write(c, item),
            })
            .collect(),
    }
}

impl Arriving {
    /// The answer to a sign-in that was written the short way.
    fn made(&self, known: &Known) -> Arrived {
        Arrived {
            sitting_state: Some("open".into()),
            late_after: Some(known.late_after),
            seat: Some(known.seat.clone()),
            first: true,
            at: Some(self.at),
            device_id: Some(self.device_id.clone()),
            as_known: true,
        }
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
