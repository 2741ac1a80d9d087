//! Deadlines as people see them, whatever they are about, and the job that reminds of them.

mod handlers;
mod jobs;

use utoipa_actix_web::service_config::ServiceConfig;

pub use jobs::remind;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(handlers::deadline_get)
        .service(handlers::my_deadline_list);
}
