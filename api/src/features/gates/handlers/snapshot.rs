//! What a gate takes along to work without a network.

use super::super::store::{self, RosterSeat, SittingAhead};
use super::{ServerKey, live_gate, server_keys, sitting_of};
use crate::auth::{GateCaller, Keyring};
use crate::clock::Clock;
use crate::db::{Db, Id, Ts};
use crate::features::meetings::{SeatClass, Sitting, SittingState};
use crate::secrets::b64;
use crate::web::{ApiError, ApiResult, ErrorCode};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far ahead a gate is prepared.
const AHEAD: TimeDelta = TimeDelta::days(14);

/// Says what a signed text is, so that no signed text can be taken for another kind.
const KIND: &str = "lvzhi-gate-snapshot-v1";

/// A signed text. Check `signature` over the UTF-8 bytes of `payload` before you parse it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SignedSnapshot {
    /// JSON text of a `GateSnapshot`.
    #[schema(
        example = "{\"type\":\"lvzhi-gate-snapshot-v1\",\"gate_id\":\"01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42\",\"entries\":[]}"
    )]
    pub payload: String,
    #[schema(example = "Zk3pQ9aB")]
    pub kid: String,
    /// Ed25519, 64 bytes in base64url.
    pub signature: String,
}

/// A roster with what is needed to judge codes at the door.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateSnapshot {
    /// Always `lvzhi-gate-snapshot-v1`.
    #[serde(rename = "type")]
    pub kind: String,
    pub gate_id: Id,
    pub sitting: SnapshotSitting,
    /// When the snapshot was made; the gate reckons its `clock_offset_ms` from it.
    pub server_time: Ts,
    pub server_keys: Vec<ServerKey>,
    /// Everyone who can show a code, in seat order.
    pub entries: Vec<SnapshotEntry>,
    /// Ids of credentials that must not be taken though they look good.
    pub revoked_credentials: Vec<Id>,
}

/// The sitting as a gate shows it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SnapshotSitting {
    pub id: Id,
    #[schema(example = "第一次全体会议")]
    pub title: String,
    #[schema(example = "区人民大会堂")]
    pub place: String,
    pub state: SittingState,
    pub starts_at: Ts,
    pub late_after: Ts,
    pub ends_at: Ts,
    pub opened_at: Option<Ts>,
    pub closed_at: Option<Ts>,
}

/// A seat of the roster.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SnapshotEntry {
    pub entry_id: Id,
    pub representative_id: Id,
    #[schema(example = "张伟")]
    pub name: String,
    #[schema(example = "3 排 12 座")]
    pub seat_label: Option<String>,
    pub class: SeatClass,
    pub suspended: bool,
    /// Has approved leave for this sitting.
    pub on_leave: bool,
}

impl From<Sitting> for SnapshotSitting {
    fn from(s: Sitting) -> Self {
        SnapshotSitting {
            id: s.id,
            title: s.title,
            place: s.place,
            state: s.state,
            starts_at: s.starts_at,
            late_after: s.late_after,
            ends_at: s.ends_at,
            opened_at: s.opened_at,
            closed_at: s.closed_at,
        }
    }
}

impl From<SittingAhead> for GateSitting {
    fn from((sitting_id, title, meeting_title, place, state, starts_at, ends_at): SittingAhead) -> Self {
        GateSitting {
            sitting_id,
            title,
            meeting_title,
            place,
            state,
            starts_at,
            ends_at,
        }
    }
}

impl From<RosterSeat> for SnapshotEntry {
    fn from(s: RosterSeat) -> Self {
        SnapshotEntry {
            entry_id: s.entry_id,
            representative_id: s.representative_id,
            name: s.name,
            seat_label: s.seat_label,
            class: s.class,
            suspended: s.suspended,
            on_leave: s.on_leave,
        }
    }
}

/// A sitting that a gate may be needed at.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateSitting {
    pub sitting_id: Id,
    #[schema(example = "第一次全体会议")]
    pub title: String,
    #[schema(example = "市第十四届人民代表大会第六次会议")]
    pub meeting_title: String,
    #[schema(example = "区人民大会堂")]
    pub place: String,
    pub state: SittingState,
    pub starts_at: Ts,
    pub ends_at: Ts,
}

/// The sittings of a gate's congress.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateSittings {
    pub items: Vec<GateSitting>,
}

/// Sittings a gate may be needed at
///
/// Of the gate's congress: those that are open, and those of the next two weeks, the soonest first, at most 100.
#[utoipa::path(tag = "gates", responses((status = 200, body = GateSittings)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["gate_revoked"]))))]
#[get("/me/gate_sittings")]
pub async fn gate_sitting_list(caller: GateCaller, db: Data<Db>, clock: Data<Clock>) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let items = db
        .read(move |c| {
            let (gate, _) = live_gate(c, &caller, now)?;
            Ok::<_, ApiError>(store::sittings_ahead(c, gate.congress_id, now + AHEAD)?)
        })
        .await?;
    let items = items.into_iter().map(Into::into).collect();
    Ok(HttpResponse::Ok().json(GateSittings { items }))
}

/// Take the roster of a sitting along
///
/// For a gate of the same congress, in whatever state the sitting is. `payload` is the JSON text of a
/// `GateSnapshot`, signed as a whole.
#[utoipa::path(tag = "gates", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, body = SignedSnapshot)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["gate_revoked"]))))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/gate_snapshot")]
pub async fn gate_snapshot_get(
    caller: GateCaller,
    id: Path<String>,
    db: Data<Db>,
    clock: Data<Clock>,
    keys: Data<Keyring>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let id: Id = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let server_keys = server_keys(&keys);
    let snapshot = db
        .read(move |c| {
            let (gate, _) = live_gate(c, &caller, now)?;
            let sitting = sitting_of(c, &gate, id)?;
            Ok::<_, ApiError>(GateSnapshot {
                kind: KIND.to_owned(),
                gate_id: gate.id,
                server_time: now,
                server_keys,
                entries: store::seats(c, &sitting, None)?.into_iter().map(Into::into).collect(),
                revoked_credentials: store::credentials_revoked(c, sitting.id, now)?,
                sitting: sitting.into(),
            })
        })
        .await?;
    let payload = serde_json::to_string(&snapshot).map_err(ApiError::internal)?;
    let (kid, signature) = keys.sign(payload.as_bytes());
    Ok(HttpResponse::Ok().json(SignedSnapshot {
        payload,
        kid,
        signature: b64(&signature),
    }))
}
