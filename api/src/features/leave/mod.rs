//! Leave: asked in writing, decided by whoever the occasion puts in charge, and then counted by attendance.

mod handlers;
mod rules;
mod store;
mod subject;
mod views;

use super::meetings::Sitting;
use crate::db::{DbConn, Id, QueryResult};
use crate::text_enum;
use std::collections::HashSet;

text_enum! {
    /// What a leave covers.
    Grain {
        /// 一场.
        Sitting = "sitting",
        /// 一次会议, all its sittings.
        Meeting = "meeting",
        /// 一次人代会, all its meetings.
        CongressSession = "congress_session",
    }
}
text_enum! {
    /// Why someone asks for leave.
    LeaveKind {
        /// 病假.
        Sick = "sick",
        /// 事假.
        Personal = "personal",
        /// 公务.
        Official = "official",
        /// 其他.
        Other = "other",
    }
}
text_enum! {
    /// What became of a request.
    LeaveState { Requested = "requested", Approved = "approved", Refused = "refused", Withdrawn = "withdrawn" }
}
text_enum! {
    /// Who is in charge of a request; fixed when it is made.
    Approver {
        /// 常委会一方: staff who may decide leave.
        StandingCommittee = "standing_committee",
        /// 代表团团长 of the seat's delegation.
        DelegationHead = "delegation_head",
        /// 召集人: the head of the unit that meets, else of the seat's group.
        Convener = "convener",
    }
}

/// The seats whose approved leave covers a sitting: its own, its meeting's or its congress session's.
pub fn on_leave(c: &mut DbConn, sitting: &Sitting) -> QueryResult<HashSet<Id>> {
    store::on_leave(c, sitting)
}

pub use handlers::routes;
