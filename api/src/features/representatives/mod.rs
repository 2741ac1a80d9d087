//! The roster of representatives: seats of people in one congress for one term; import and export.

mod export;
mod handlers;
mod import;
mod pinyin;
mod rules;
mod store;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult};
use crate::text_enum;
use crate::web::Operations;

pub use store::Representative;

text_enum! {
    /// 性别.
    Gender { Male = "male", Female = "female" }
}

impl Gender {
    /// As people write it in a roster.
    pub fn chinese(self) -> &'static str {
        match self {
            Gender::Male => "男",
            Gender::Female => "女",
        }
    }

    /// Reads what people write.
    pub fn from_chinese(text: &str) -> Option<Gender> {
        match text {
            "男" | "男性" => Some(Gender::Male),
            "女" | "女性" => Some(Gender::Female),
            _ => None,
        }
    }
}

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

/// A seat by its id.
pub fn representative(c: &mut DbConn, id: Id) -> QueryResult<Option<Representative>> {
    store::representative(c, id)
}

/// Every seat of an account, in any congress, term and status, the latest first.
pub fn seats_of_account(c: &mut DbConn, account: Id) -> QueryResult<Vec<Representative>> {
    store::seats_of_account(c, account)
}

/// The seats of a term that have not ended, by name.
pub fn seats_of_term(c: &mut DbConn, term: Id) -> QueryResult<Vec<Representative>> {
    store::seats_of_term(c, term)
}

/// The seats of a term in a delegation, group or district that have not ended, by name.
pub fn seats_of_unit(c: &mut DbConn, term: Id, unit: Id) -> QueryResult<Vec<Representative>> {
    store::seats_of_unit(c, term, unit)
}

/// The members of a body whose seats have not ended, by name.
pub fn seats_of_body(c: &mut DbConn, body: Id) -> QueryResult<Vec<Representative>> {
    store::seats_of_body(c, body)
}

/// Seats by their ids, in no order; those that do not exist are left out.
pub fn seats_by_ids(c: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Representative>> {
    store::seats_by_ids(c, ids)
}

/// Writes seats without asking who may: for demo data. Those that exist are replaced, but for their status.
pub fn seats_upsert(c: &mut DbConn, seats: &[Representative]) -> QueryResult<()> {
    store::seats_upsert(c, seats)
}

/// How a name is spelled for sorting and searching: `zhangsan zs`.
pub fn spell(name: &str) -> String {
    pinyin::spell(name)
}

pub fn routes(config: &mut impl Operations) {
    handlers::routes(config);
}
