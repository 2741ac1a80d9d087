//! Figures of proposals: past years brought in, the annual report, the compendium of replies, and the search.

mod compendium;
mod handlers;
mod import;
mod rules;
mod search;
mod statistics;
mod store;

use crate::db::{DbConn, Id, Ts};
use crate::features::congresses;
use crate::web::Operations;
use crate::web::{ApiResult, ErrorCode};

pub use search::Finder;
pub use statistics::Statistics;

/// The annual report without asking who may see it: for the command line.
pub fn report(
    c: &mut DbConn,
    congress: Id,
    session_id: Option<Id>,
    year: Option<i32>,
    now: Ts,
) -> ApiResult<Statistics> {
    let congress = congresses::congress(c, congress)?.ok_or(ErrorCode::NotFound)?;
    statistics::statistics(c, &congress, statistics::Asked { session_id, year }, now)
}

pub fn routes(config: &mut impl Operations) {
    handlers::routes(config);
}
