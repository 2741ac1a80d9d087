//! Rows and queries of imports, figures, the compendium and the search.

pub mod counts;
pub mod import;
