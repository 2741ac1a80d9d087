//! After the sign-in, and instead of it: by hand, out, back in, and voiding what was false.

use super::check_ins::CheckInView;
use crate::auth::access::{JudgeAttendance, RunMeetings};
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::{Allowed, Person, staff_in};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::attendance::store::{MoveRow, NewRecord};
use crate::features::attendance::{AttendanceState, Method, MoveKind, announce, presence_of, store};
use crate::features::audit::{self, Actor};
use crate::features::meetings::{self, Sitting, SittingState};
use crate::realtime::Hub;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, RequestId};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A move that happens now.
pub fn new_move(
    (sitting_id, entry_id, congress_id): (Id, Id, Id),
    kind: MoveKind,
    method: Method,
    recorded_by: Option<Id>,
    reason: Option<String>,
    now: Ts,
) -> MoveRow {
    let (id, gate_id) = (Id::new(), None);
    MoveRow {
        id,
        sitting_id,
        entry_id,
        congress_id,
        kind,
        at: now,
        method,
        gate_id,
        recorded_by,
        reason,
        created_at: now,
    }
}

/// A sign-in by hand.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
pub struct ClerkCheckIn {
    #[garde(skip)]
    pub entry_id: Id,
    /// Why the person could not sign in alone.
    #[garde(length(chars, min = 2, max = 200))]
    #[schema(example = "手机没电，现场核对身份证")]
    pub reason: String,
    /// When the person arrived, if not now: between the opening and now, and not after the close.
    #[garde(skip)]
    pub at: Option<Ts>,
}

/// Sign somebody in by hand
///
/// With a reason, audited. Also after the close, for a time within the sitting: somebody was there and was missed.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")), request_body = ClerkCheckIn,
    responses((status = 201, body = CheckInView), (status = 200, description = "Had signed in", body = CheckInView)),
    security(("bearer" = [])),
    extensions(("x-natural-key" = json!(true)), ("x-error-codes" = json!(["sitting_not_open", "seat_suspended"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/check_ins/by_clerk")]
pub async fn check_in_by_clerk(
    sitting: Allowed<Sitting, RunMeetings>,
    body: Body<ClerkCheckIn>,
    request_id: RequestId,
    db: Data<Db>,
    hub: Data<Hub>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let by = sitting.staff.account_id;
    let row = sitting.resource.clone();
    let view = db
        .write(move |c| {
            let ClerkCheckIn { entry_id, reason, at } = body.value;
            let opened = row.opened_at.ok_or(ErrorCode::SittingNotOpen)?;
            let until = row.closed_at.unwrap_or(now);
            let at = at.unwrap_or(until);
            if at < opened || at > until {
                return Err(ApiError::field(
                    "at",
                    "out_of_range",
                    "must lie between the opening and now or the close",
                ));
            }
            let entry = meetings::roster(c, row.id)?
                .into_iter()
                .find(|e| e.id == entry_id)
                .ok_or(ErrorCode::NotFound)?;
            if entry.suspended {
                return Err(ErrorCode::SeatSuspended.into());
            }
            let seat = (row.id, entry_id, row.congress_id);
            let record = NewRecord {
                sitting_id: row.id,
                entry_id,
                congress_id: row.congress_id,
                at,
                method: Method::Clerk,
                gate_id: None,
                recorded_by: Some(by),
                reason: Some(reason.clone()),
            };
            let mut first = store::record_insert(c, &record)?;
            if !first && presence_of(c, row.id, entry_id)?.first_at.is_none() {
                let moved = MoveRow {
                    at,
                    ..new_move(
                        seat,
                        MoveKind::Again,
                        Method::Clerk,
                        Some(by),
                        Some(reason.clone()),
                        now,
                    )
                };
                store::move_insert(c, &moved)?;
                first = true;
            }
            let at = presence_of(c, row.id, entry_id)?.first_at.unwrap_or(at);
            if first {
                note(c, &row, by, "check_in.by_clerk", entry_id, &reason, &request_id.0, now)?;
            }
            Ok(CheckInView {
                sitting_id: row.id,
                entry_id,
                name: entry.name,
                seat_label: entry.seat_label,
                delegation: store::delegation_name(c, entry.delegation_id)?,
                delegation_id: entry.delegation_id,
                class: entry.class,
                at,
                state: if at > row.late_after {
                    AttendanceState::Late
                } else {
                    AttendanceState::Present
                },
                in_room: true,
                first,
                flags: vec![],
            })
        })
        .await?;
    announce(&hub, view.sitting_id).await;
    Ok(if view.first {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    }
    .json(view))
}

#[allow(clippy::too_many_arguments)] // one audit line has that many facts
fn note(
    c: &mut DbConn,
    sitting: &Sitting,
    by: Id,
    action: &str,
    entry: Id,
    reason: &str,
    request_id: &str,
    now: Ts,
) -> ApiResult<()> {
    let line = audit::Line {
        congress_id: Some(sitting.congress_id),
        actor: Actor::Account(by),
        action,
        subject_kind: "roster_entry",
        subject_id: Some(entry),
        detail: serde_json::json!({ "sitting_id": sitting.id, "reason": reason }),
        request_id: Some(request_id),
    };
    Ok(audit::record(c, line, now)?)
}

/// Somebody leaves or comes back.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewMove {
    /// Whom it is about; absent: the caller's own seat. Others need a role that runs meetings.
    #[garde(skip)]
    pub entry_id: Option<Id>,
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(example = "提前离会")]
    pub reason: Option<String>,
}

/// Where a seat stands after leaving or coming back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MoveView {
    pub sitting_id: Id,
    pub entry_id: Id,
    pub in_room: bool,
    pub at: Ts,
}

type MoveServices = (Data<Db>, Data<Hub>, Data<Clock>, SecondFactorPolicy);

/// Sign out
///
/// Present means signed in and not signed out: the quorum goes down. Repeating it is harmless.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")), request_body = NewMove,
    responses((status = 200, body = MoveView)), security(("bearer" = [])),
    extensions(("x-natural-key" = json!(true)), ("x-error-codes" = json!(["not_checked_in", "sitting_closed", "not_on_roster"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/check_outs")]
pub async fn check_out_create(
    person: Person,
    id: Path<Id>,
    body: Body<NewMove>,
    request_id: RequestId,
    services: MoveServices,
) -> ApiResult<HttpResponse> {
    step(person, *id, body.value, MoveKind::Out, request_id, services).await
}

/// Come back
///
/// After signing out. Repeating it is harmless.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")), request_body = NewMove,
    responses((status = 200, body = MoveView)), security(("bearer" = [])),
    extensions(("x-natural-key" = json!(true)), ("x-error-codes" = json!(["not_checked_in", "sitting_closed", "not_on_roster"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/returns")]
pub async fn return_create(
    person: Person,
    id: Path<Id>,
    body: Body<NewMove>,
    request_id: RequestId,
    services: MoveServices,
) -> ApiResult<HttpResponse> {
    step(person, *id, body.value, MoveKind::Back, request_id, services).await
}

async fn step(
    person: Person,
    id: Id,
    body: NewMove,
    kind: MoveKind,
    request_id: RequestId,
    services: MoveServices,
) -> ApiResult<HttpResponse> {
    let (db, hub, clock, policy) = services;
    let now = clock.now();
    let view = db
        .write(move |c| {
            let sitting = meetings::sitting(c, id)?.ok_or(ErrorCode::NotFound)?;
            let own = store::entry_of_account(c, id, person.account_id)?.map(|(entry, _, _)| entry);
            let entry_id = match (body.entry_id, own) {
                (None, Some(own)) => own,
                (None, None) => return Err(ErrorCode::NotOnRoster.into()),
                (Some(entry), own) if own == Some(entry) => entry,
                (Some(entry), _) => {
                    staff_in::<RunMeetings>(c, &person, sitting.congress_id, policy)?;
                    store::entry(c, id, entry)?.ok_or(ErrorCode::NotFound)?;
                    entry
                }
            };
            match sitting.state {
                SittingState::Draft => return Err(ErrorCode::NotCheckedIn.into()),
                SittingState::Closed => return Err(ErrorCode::SittingClosed.into()),
                SittingState::Open => (),
            }
            let before = presence_of(c, id, entry_id)?;
            if before.first_at.is_none() {
                return Err(ErrorCode::NotCheckedIn.into());
            }
            let in_room = kind == MoveKind::Back;
            if before.in_room != in_room {
                let method = if own == Some(entry_id) {
                    Method::Phone
                } else {
                    Method::Clerk
                };
                let row = new_move(
                    (id, entry_id, sitting.congress_id),
                    kind,
                    method,
                    Some(person.account_id),
                    body.reason.clone(),
                    now,
                );
                store::move_insert(c, &row)?;
                let action = if in_room {
                    "attendance.return"
                } else {
                    "attendance.check_out"
                };
                note(
                    c,
                    &sitting,
                    person.account_id,
                    action,
                    entry_id,
                    body.reason.as_deref().unwrap_or(""),
                    &request_id.0,
                    now,
                )?;
            }
            let at = if before.in_room == in_room {
                before.left_at.or(before.first_at).unwrap_or(now)
            } else {
                now
            };
            Ok::<_, ApiError>(MoveView {
                sitting_id: id,
                entry_id,
                in_room,
                at,
            })
        })
        .await?;
    announce(&hub, id).await;
    Ok(HttpResponse::Ok().json(view))
}

/// Why a sign-in was false.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
pub struct Voiding {
    #[garde(length(chars, min = 2, max = 200))]
    #[schema(example = "经核实为他人代签")]
    pub reason: String,
}

/// Void a false sign-in
///
/// The record stays, with the reason beside it; the seat counts as not signed in and may sign in anew.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting"), ("entry_id" = Id, Path, description = "Roster entry")),
    request_body = Voiding, responses((status = 204)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["not_checked_in"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/attendance/{entry_id:[0-9A-Fa-f-]+}/void")]
pub async fn attendance_void(
    sitting: Allowed<Sitting, JudgeAttendance>,
    path: Path<(Id, Id)>,
    body: Body<Voiding>,
    request_id: RequestId,
    services: (Data<Db>, Data<Hub>, Data<Clock>),
) -> ApiResult<HttpResponse> {
    let (db, hub, clock) = services;
    let (now, by, entry) = (clock.now(), sitting.staff.account_id, path.1);
    let row = sitting.resource.clone();
    let id = row.id;
    db.write(move |c| {
        store::entry(c, row.id, entry)?.ok_or(ErrorCode::NotFound)?;
        if presence_of(c, row.id, entry)?.first_at.is_none() {
            return Err(ErrorCode::NotCheckedIn.into());
        }
        let reason = body.value.reason;
        let moved = new_move(
            (row.id, entry, row.congress_id),
            MoveKind::Void,
            Method::Clerk,
            Some(by),
            Some(reason.clone()),
            now,
        );
        store::move_insert(c, &moved)?;
        note(c, &row, by, "attendance.void", entry, &reason, &request_id.0, now)
    })
    .await?;
    announce(&hub, id).await;
    Ok(HttpResponse::NoContent().finish())
}
