//! The calendars that are in force: a stand-in that gives the built-in one.

use crate::calendar::Calendar;
use crate::db::{DbConn, QueryResult};

/// The calendar in force.
pub fn current(_c: &mut DbConn) -> QueryResult<Calendar> {
    Ok(Calendar::built_in())
}
