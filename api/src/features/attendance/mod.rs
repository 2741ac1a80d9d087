//! Sign-in and what follows from it: hall codes, check-ins in batches, check-outs, flags, lists, live.

use crate::db::{Db, DbConn, Id, QueryResult, Ts};
use crate::text_enum;
use utoipa_actix_web::service_config::ServiceConfig;

text_enum! {
    /// How someone signed in.
    Method { HallCode = "hall_code", TypedCode = "typed_code", Gate = "gate", Clerk = "clerk" }
}

/// The queue of check-ins.
#[derive(Clone)]
pub struct CheckIns;
impl CheckIns {
    pub fn start(_db: &Db, _writers: usize) -> Self {
        CheckIns
    }
}

/// A scan at a gate that was verified by the `gates` feature.
#[derive(Debug, Clone)]
pub struct GateArrival {
    pub sitting_id: Id,
    pub entry_id: Id,
    pub congress_id: Id,
    /// When it happened, by the server's clock: the gate's time plus its offset.
    pub at: Ts,
    pub gate_id: Id,
}

/// What a scan meant for the attendance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateArrived {
    /// The first sign-in of this seat.
    First,
    /// The seat had signed in already; an earlier time is kept as a move, so that the order of uploads does not matter.
    Again,
}

/// Writes a verified scan; a set union: order, repeats and late arrivals do not matter.
pub fn arrive_at_gate(_c: &mut DbConn, _arrival: &GateArrival, _now: Ts) -> QueryResult<GateArrived> {
    Ok(GateArrived::First)
}

/// Tells watchers of the sitting that attendance changed.
pub async fn announce(_hub: &crate::realtime::Hub, _sitting_id: Id) {}

pub fn routes(_config: &mut ServiceConfig) {}
