//! Rows and queries of imports, figures, the compendium and the search.

pub mod compendium;
pub mod counts;
pub mod import;
pub mod scores;
pub mod search;
