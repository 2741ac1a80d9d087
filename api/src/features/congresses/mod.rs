//! Congresses and what they consist of: terms, congress sessions, bodies, units, organisations.

mod store;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult};
use crate::text_enum;
use utoipa_actix_web::service_config::ServiceConfig;

pub use store::Congress;

text_enum! {
    /// 层级.
    Level { Province = "province", City = "city", County = "county", Township = "township" }
}
text_enum! {
    /// Where representatives belong, and where people find them.
    UnitKind {
        /// 代表团, during sessions.
        Delegation = "delegation",
        /// 代表小组, between sessions.
        Group = "group",
        /// 选区 / 选举单位.
        District = "district",
        /// 代表之家 / 联络站.
        Station = "station",
    }
}
text_enum! {
    /// Bodies of a congress.
    BodyKind {
        /// 全体会议 (all seats).
        Plenary = "plenary",
        /// 常委会.
        StandingCommittee = "standing_committee",
        /// 主席团.
        Presidium = "presidium",
        /// 专门委员会.
        Committee = "committee",
    }
}
text_enum! {
    /// The share of **all** seats that must be present (组织法; domain figures: 2/3 for a congress, more than half for a standing committee).
    QuorumRule { TwoThirds = "two_thirds", Majority = "majority", None = "none" }
}

impl Resource for Congress {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::congress(c, id)
    }
    fn congress_id(&self) -> Id {
        self.id
    }
}

pub fn routes(_config: &mut ServiceConfig) {}
