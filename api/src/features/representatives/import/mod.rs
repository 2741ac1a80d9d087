//! Import of a roster: table to rows, rows to a plan, plan to the database.

pub mod check;
pub mod plan;
