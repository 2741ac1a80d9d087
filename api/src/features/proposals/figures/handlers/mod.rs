//! The operations on figures of proposals, by topic.

mod import;
mod statistics;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(import::proposal_import_preview)
        .service(import::proposal_import)
        .service(import::proposal_import_template)
        .service(statistics::proposal_statistics);
}
