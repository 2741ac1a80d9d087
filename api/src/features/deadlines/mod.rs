//! Deadlines as people see them, whatever they are about, and the job that reminds of them.

mod handlers;
mod jobs;

use crate::web::Operations;

pub use jobs::remind;

pub fn routes(config: &mut impl Operations) {
    config
        .service(handlers::deadline_get)
        .service(handlers::my_deadline_list);
}
