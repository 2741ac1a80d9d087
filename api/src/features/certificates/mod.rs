//! Attendance certificates: signed by the server, shown to an employer, checked by anyone at a public address.

mod handlers;
mod rules;
mod store;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult};
use crate::web::Operations;

pub use store::Certificate;

impl Resource for Certificate {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::certificate(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}

/// Issuing, checking and revoking.
pub fn routes(config: &mut impl Operations) {
    config
        .service(handlers::certificate_create)
        .service(handlers::certificate_get)
        .service(handlers::certificate_revoke);
}
