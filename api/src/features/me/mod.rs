//! The caller's own sittings and attendance, across all congresses where the caller has a seat.

mod handlers;
mod store;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(handlers::my_sitting_list)
        .service(handlers::my_attendance_list)
        .service(handlers::my_seat_list);
}
