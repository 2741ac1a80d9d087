//! Import of proposals of past years: table to rows, rows to closed proposals with everything that belongs to them.

pub mod check;
pub mod columns;
mod history;
pub mod plan;
pub mod template;
