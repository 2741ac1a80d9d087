//! Sign-in and what follows from it: hall codes, check-ins in batches, check-outs, flags, lists, roll-ups, live.

mod board;
mod check_ins;
mod codes;
mod devices;
mod export;
mod handlers;
mod jobs;
mod live;
mod rollup;
mod rosters;
mod rules;
mod store;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::meetings;
use crate::text_enum;
use crate::web::Operations;

pub use board::{Board, Line};
pub use check_ins::CheckIns;
pub use devices::SeenDevices;
pub use jobs::FlagSweep;
pub use live::Rooms;
pub use rosters::Rosters;
pub use rules::{Counts, Presence, Quorum};

text_enum! {
    /// How someone signed in or moved.
    Method {
        /// The QR code on the hall screen.
        HallCode = "hall_code",
        /// The digits on the hall screen.
        TypedCode = "typed_code",
        /// The representative's code at a gate.
        Gate = "gate",
        /// A clerk, with a reason.
        Clerk = "clerk",
        /// The person's own phone, after the sign-in.
        Phone = "phone",
    }
}
text_enum! {
    /// What happened after the sign-in.
    MoveKind {
        /// 签退.
        Out = "out",
        /// 返回.
        Back = "back",
        /// A gate proved an earlier arrival.
        Earlier = "earlier",
        /// The sign-in was judged false.
        Void = "void",
        /// Signed in anew after that.
        Again = "again",
    }
}
text_enum! {
    /// What a seat's attendance is.
    AttendanceState {
        /// Not here yet; the sitting is not closed.
        Expected = "expected",
        Present = "present",
        Late = "late",
        OnLeave = "on_leave",
        /// Not here and no approved leave.
        Absent = "absent",
        Suspended = "suspended",
    }
}
text_enum! {
    /// What a person should look at.
    FlagKind {
        /// Two seats signed in on one device.
        SameDevice = "same_device",
        /// One seat signed in on two devices.
        SecondDevice = "second_device",
        /// One person is signed in at two open sittings.
        TwoPlaces = "two_places",
        /// The phone was outside the place's radius.
        FarFromPlace = "far_from_place",
        /// Signed in although on approved leave.
        OnLeave = "on_leave",
    }
}
text_enum! {
    /// Whether a flag was judged.
    FlagState {
        Open = "open",
        /// The suspicion was right.
        Upheld = "upheld",
        /// There was a good explanation.
        Dismissed = "dismissed",
    }
}

impl Resource for store::Flag {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::flag(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
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
pub fn arrive_at_gate(c: &mut DbConn, arrival: &GateArrival, now: Ts) -> QueryResult<GateArrived> {
    let record = store::NewRecord {
        sitting_id: arrival.sitting_id,
        entry_id: arrival.entry_id,
        congress_id: arrival.congress_id,
        at: arrival.at,
        method: Method::Gate,
        gate_id: Some(arrival.gate_id),
        recorded_by: None,
        reason: None,
    };
    if store::record_insert(c, &record)? {
        return Ok(GateArrived::First);
    }
    let before = presence_of(c, arrival.sitting_id, arrival.entry_id)?;
    let kind = match before.first_at {
        Some(at) if at <= arrival.at => return Ok(GateArrived::Again),
        Some(_) => MoveKind::Earlier,
        None => MoveKind::Again,
    };
    let moved = store::MoveRow {
        id: Id::new(),
        sitting_id: arrival.sitting_id,
        entry_id: arrival.entry_id,
        congress_id: arrival.congress_id,
        kind,
        at: arrival.at,
        method: Method::Gate,
        gate_id: Some(arrival.gate_id),
        recorded_by: None,
        reason: None,
        created_at: now,
    };
    store::move_insert(c, &moved)?;
    Ok(if kind == MoveKind::Again {
        GateArrived::First
    } else {
        GateArrived::Again
    })
}

/// Where one seat stands.
fn presence_of(c: &mut DbConn, sitting: Id, entry: Id) -> QueryResult<rules::Presence> {
    let record = store::record(c, sitting, entry)?.map(|r| r.at);
    let moves: Vec<rules::Move> = store::moves(c, sitting, Some(entry))?
        .iter()
        .map(store::MoveRow::as_move)
        .collect();
    Ok(rules::presence(record, &moves))
}

/// What one seat's attendance of a sitting is; `(suspended, on_leave, closed)` are the sitting's and roster's side.
pub fn standing_of(
    c: &mut DbConn,
    sitting: Id,
    entry: Id,
    late_after: Ts,
    (suspended, on_leave, closed): (bool, bool, bool),
) -> QueryResult<(AttendanceState, rules::Presence)> {
    let presence = presence_of(c, sitting, entry)?;
    Ok((
        rules::state(&presence, late_after, suspended, on_leave, closed),
        presence,
    ))
}

/// Tells watchers of the sitting, in all processes, that something other than an arrival changed.
pub async fn announce(hub: &crate::realtime::Hub, sitting_id: Id) {
    meetings::changed(hub, sitting_id).await;
}

/// The routes that are worth trying before all others.
pub fn first_routes(config: &mut impl Operations) {
    handlers::first_routes(config);
}

pub fn routes(config: &mut impl Operations) {
    handlers::routes(config);
}
