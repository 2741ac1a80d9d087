//! Flags: what a person has to judge.

use crate::auth::Allowed;
use crate::auth::access::{JudgeAttendance, ViewMeetings};
use crate::clock::Clock;
use crate::db::{Db, Id, Ts};
use crate::features::attendance::{FlagKind, FlagState, announce, store};
use crate::features::audit::{self, Actor};
use crate::features::meetings::{self, Sitting};
use crate::realtime::Hub;
use crate::text_enum;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, RequestId};
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A flag as staff see it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FlagView {
    pub id: Id,
    pub sitting_id: Id,
    pub entry_id: Id,
    pub name: String,
    pub kind: FlagKind,
    /// The other seat, for two seats on one device.
    pub other_entry_id: Option<Id>,
    pub other_name: Option<String>,
    /// What was measured: a distance, the other sitting, the second time.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    pub state: FlagState,
    pub created_at: Ts,
    pub decided_at: Option<Ts>,
    pub note: Option<String>,
}

/// The flags of a sitting.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FlagList {
    pub items: Vec<FlagView>,
}

fn view(flag: store::Flag, names: &HashMap<Id, String>) -> FlagView {
    let other_entry_id: Option<Id> = if flag.kind == FlagKind::SameDevice {
        flag.other.parse().ok()
    } else {
        None
    };
    FlagView {
        id: flag.id,
        sitting_id: flag.sitting_id,
        entry_id: flag.entry_id,
        name: names.get(&flag.entry_id).cloned().unwrap_or_default(),
        kind: flag.kind,
        other_entry_id,
        other_name: other_entry_id.and_then(|id| names.get(&id).cloned()),
        detail: flag.detail.0,
        state: flag.state,
        created_at: flag.created_at,
        decided_at: flag.decided_at,
        note: flag.note,
    }
}

/// List what is to be judged in a sitting
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, body = FlagList)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/flags")]
pub async fn flag_list(sitting: Allowed<Sitting, ViewMeetings>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let id = sitting.id;
    let items = db
        .read(move |c| {
            let names: HashMap<Id, String> = meetings::roster(c, id)?.into_iter().map(|e| (e.id, e.name)).collect();
            Ok::<_, ApiError>(store::flags(c, id)?.into_iter().map(|f| view(f, &names)).collect())
        })
        .await?;
    Ok(HttpResponse::Ok().json(FlagList { items }))
}

text_enum! {
    /// The judgement.
    FlagDecision { Upheld = "upheld", Dismissed = "dismissed" }
}

/// How a flag was judged.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
pub struct FlagJudgement {
    #[garde(skip)]
    pub decision: FlagDecision,
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(example = "夫妻共用一部手机，均在现场")]
    pub note: Option<String>,
}

/// Judge a flag
///
/// Upholding it does not void the sign-in by itself: that is a step of its own.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Flag")), request_body = FlagJudgement,
    responses((status = 204)), security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/flags/{id:[0-9A-Fa-f-]+}/decide")]
pub async fn flag_decide(
    flag: Allowed<store::Flag, JudgeAttendance>,
    body: Body<FlagJudgement>,
    request_id: RequestId,
    db: Data<Db>,
    hub: Data<Hub>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (now, by) = (clock.now(), flag.staff.account_id);
    let row = flag.resource.clone();
    let sitting = row.sitting_id;
    db.write(move |c| {
        let to = match body.decision {
            FlagDecision::Upheld => FlagState::Upheld,
            FlagDecision::Dismissed => FlagState::Dismissed,
        };
        if !store::flag_decide(c, row.id, to, by, body.note.as_deref(), now)? {
            return Err(ErrorCode::WrongState.into());
        }
        let line = audit::Line {
            congress_id: Some(row.congress_id),
            actor: Actor::Account(by),
            action: "flag.decide",
            subject_kind: "flag",
            subject_id: Some(row.id),
            detail: serde_json::json!({ "decision": to, "kind": row.kind, "entry_id": row.entry_id, "note": body.note }),
            request_id: Some(&request_id.0),
        };
        Ok::<_, ApiError>(audit::record(c, line, now)?)
    })
    .await?;
    announce(&hub, sitting).await;
    Ok(HttpResponse::NoContent().finish())
}
