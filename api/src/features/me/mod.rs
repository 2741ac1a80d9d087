//! The caller's own sittings and attendance, across all congresses where the caller has a seat.

mod handlers;
mod store;

use crate::web::Operations;

pub fn routes(config: &mut impl Operations) {
    config
        .service(handlers::my_sitting_list)
        .service(handlers::my_attendance_list)
        .service(handlers::my_seat_list);
}
