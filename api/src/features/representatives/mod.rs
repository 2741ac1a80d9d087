//! The roster of representatives: seats of people in one congress for one term; import and export.

mod store;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult};
use crate::text_enum;
use utoipa_actix_web::service_config::ServiceConfig;

pub use store::Representative;

text_enum! {
    /// Whether a seat may act.
    SeatStatus {
        Active = "active",
        /// 暂停执行代表职务 (代表法).
        Suspended = "suspended",
        /// 代表资格终止.
        Ended = "ended",
    }
}

impl Resource for Representative {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::representative(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}

pub fn routes(_config: &mut ServiceConfig) {}
