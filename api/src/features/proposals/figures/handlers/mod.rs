//! The operations on figures of proposals, by topic.

mod compendium;
mod import;
mod scores;
mod search;
mod statistics;

use crate::web::Operations;

pub fn routes(config: &mut impl Operations) {
    config
        .service(import::proposal_import_preview)
        .service(import::proposal_import)
        .service(import::proposal_import_template)
        .service(statistics::proposal_statistics)
        .service(search::proposal_search)
        .service(search::proposal_similar)
        .service(compendium::proposal_compendium)
        .service(scores::unit_score_give)
        .service(scores::unit_score_list);
}
