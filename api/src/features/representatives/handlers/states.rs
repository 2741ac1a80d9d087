//! Suspends, resumes and ends seats.

use super::view::{RepresentativeView, full_view};
use super::{Change, plain, plain_opt};
use crate::auth::Allowed;
use crate::auth::access::ManageRepresentatives;
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::features::congresses;
use crate::features::representatives::rules::{Verb, transition};
use crate::features::representatives::store::{self, Representative};
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, RequestId};
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Why a seat changes its state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct SeatReason {
    #[garde(length(chars, min = 1, max = 500), custom(plain_opt))]
    #[schema(example = "因涉嫌犯罪被采取强制措施", min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// When and why a seat ends.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct SeatEnd {
    /// Not before the term began and not in the future.
    #[garde(skip)]
    #[schema(example = "2026-06-30")]
    pub ended_on: NaiveDate,
    #[garde(length(chars, min = 1, max = 500), custom(plain))]
    #[schema(example = "迁出本行政区域", min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What every change of state needs.
struct Doing {
    verb: Verb,
    action: &'static str,
    reason: Option<String>,
    ended_on: Option<NaiveDate>,
}

async fn change(
    seat: Allowed<Representative, ManageRepresentatives>,
    doing: Doing,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let change = Change::new(&seat.staff, now, request_id);
    let seat = seat.resource;
    let changed = db
        .write(move |c| {
            if let Some(day) = doing.ended_on {
                let term = congresses::term(c, seat.term_id)?.ok_or(ErrorCode::NotFound)?;
                let congress = congresses::congress(c, seat.congress_id)?.ok_or(ErrorCode::NotFound)?;
                if day < term.starts_on || day > congresses::local_date(&congress, now) {
                    let message = "must not be before the term began nor in the future";
                    return Err(ApiError::field("ended_on", "invalid", message));
                }
            }
            let (from, to) = transition(doing.verb);
            if !store::seat_transition(c, seat.id, from, to, doing.ended_on, now)? {
                return Err(ErrorCode::WrongState.into());
            }
            // Who has no seat any more is no member of a body either.
            let left = if doing.verb == Verb::End {
                store::memberships_delete(c, seat.id)?
            } else {
                0
            };
            let detail = json!({ "reason": doing.reason, "ended_on": doing.ended_on, "bodies_left": left });
            change.record(c, doing.action, Some(seat.id), detail)?;
            let seat = store::representative(c, seat.id)?.ok_or(ErrorCode::NotFound)?;
            full_view(c, &secrets, seat)
        })
        .await?;
    Ok(HttpResponse::Ok().json(changed))
}

/// Suspend a seat
///
/// A suspended representative cannot sign in until the seat is resumed.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path)), request_body = SeatReason,
    responses((status = 200, body = RepresentativeView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/representatives/{id:[0-9A-Fa-f-]+}/suspend")]
pub async fn representative_suspend(
    seat: Allowed<Representative, ManageRepresentatives>,
    body: Body<SeatReason>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let doing = Doing {
        verb: Verb::Suspend,
        action: "representative.suspend",
        reason: body.value.reason,
        ended_on: None,
    };
    change(seat, doing, db, clock, secrets, request_id).await
}

/// Resume a suspended seat
#[utoipa::path(tag = "representatives", params(("id" = Id, Path)), request_body = SeatReason,
    responses((status = 200, body = RepresentativeView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/representatives/{id:[0-9A-Fa-f-]+}/resume")]
pub async fn representative_resume(
    seat: Allowed<Representative, ManageRepresentatives>,
    body: Body<SeatReason>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let doing = Doing {
        verb: Verb::Resume,
        action: "representative.resume",
        reason: body.value.reason,
        ended_on: None,
    };
    change(seat, doing, db, clock, secrets, request_id).await
}

/// End a seat
///
/// For good: an ended seat cannot be resumed, and leaves every body.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path)), request_body = SeatEnd,
    responses((status = 200, body = RepresentativeView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/representatives/{id:[0-9A-Fa-f-]+}/end")]
pub async fn representative_end(
    seat: Allowed<Representative, ManageRepresentatives>,
    body: Body<SeatEnd>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let doing = Doing {
        verb: Verb::End,
        action: "representative.end",
        reason: Some(body.value.reason),
        ended_on: Some(body.value.ended_on),
    };
    change(seat, doing, db, clock, secrets, request_id).await
}
