//! The operations on leave.

use super::rules::{self, Deciding};
use super::store::{self, LeaveRequest, Of};
use super::subject::{covering, seat, seat_of, subject, subject_of};
use super::views::{LeaveDecision, LeaveRequestView, NewLeaveRequest};
use super::{Approver, LeaveState};
use crate::auth::access::{DecideLeave, ViewMeetings};
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::auth::{Person, staff_in};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::meetings;
use crate::features::representatives::{Representative, SeatStatus};
use crate::notify::{self, Notice, Template};
use crate::realtime::Hub;
use crate::secrets::Secrets;
use crate::web::Operations;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

pub fn routes(config: &mut impl Operations) {
    config
        .service(leave_request_create)
        .service(leave_request_list)
        .service(my_leave_request_list)
        .service(leave_request_approve)
        .service(leave_request_refuse)
        .service(leave_request_withdraw);
}

/// What narrows a list of requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LeaveQuery {
    state: Option<LeaveState>,
    /// Only leave that covers this sitting: for itself, its meeting or its congress session.
    sitting_id: Option<Id>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Ask for leave
///
/// A representative asks for the own seat; staff who run meetings record a written request for any seat.
#[utoipa::path(tag = "leave", request_body = NewLeaveRequest, responses((status = 201, body = LeaveRequestView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state", "already_exists", "not_found"]))))]
#[post("/leave_requests")]
pub async fn leave_request_create(
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<NewLeaveRequest>,
    idem: Idempotency,
    request: RequestId,
    (db, clock): (Data<Db>, Data<Clock>),
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let (new, raw) = (body.value, body.raw);
    let view = db
        .write(move |c| {
            idem.run(c, person.account_id, &raw, now, |c| {
                let subject = subject_of(c, &new, now)?;
                let seat = seat_of(c, &new, &subject, &person, policy)?;
                if seat.status == SeatStatus::Ended {
                    return Err(ApiError::new(ErrorCode::WrongState).detail("the seat has ended"));
                }
                if subject.over || now >= subject.ends {
                    return Err(ApiError::new(ErrorCode::WrongState).detail("what leave is asked from is over"));
                }
                let row = LeaveRequest {
                    id: Id::new(),
                    congress_id: subject.congress_id,
                    representative_id: seat.id,
                    grain: new.grain,
                    sitting_id: new.sitting_id,
                    meeting_id: new.meeting_id,
                    congress_session_id: new.congress_session_id,
                    kind: new.kind,
                    reason: new.reason,
                    state: LeaveState::Requested,
                    approver: rules::approver(subject.situation, subject.rules),
                    requested_by: person.account_id,
                    requested_at: now,
                    decided_by: None,
                    decided_at: None,
                    note: None,
                };
                store::hold_seat(c, seat.id)?;
                if store::has_live(c, &row)? {
                    return Err(ErrorCode::AlreadyExists.into());
                }
                store::insert(c, &row)?;
                record(c, "leave_request.create", &row, person.account_id, &request, now)?;
                view(c, row)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(view))
}

/// List the requests for leave in a congress
///
/// Staff see all; the head of a delegation or group sees those that concern the unit. The newest first.
#[utoipa::path(tag = "leave", params(("id" = Id, Path, description = "Congress"), LeaveQuery),
    responses((status = 200, body = Page<LeaveRequestView>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/leave_requests")]
pub async fn leave_request_list(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    query: Query<LeaveQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let congress = path_id(&request)?;
    let q = query.into_inner();
    let page = PageQuery {
        limit: q.limit,
        cursor: q.cursor,
    };
    let (limit, after) = (page.limit()?, page.after::<Id>()?);
    let page = db
        .read(move |c| {
            let of = match staff_in::<ViewMeetings>(c, &person, congress, policy) {
                Ok(_) => Of::Congress(congress),
                Err(no) => {
                    let units = store::units_headed(c, congress, person.account_id)?;
                    if units.is_empty() || !matches!(no.code, ErrorCode::NotFound | ErrorCode::Forbidden) {
                        return Err(no);
                    }
                    Of::Units(congress, units)
                }
            };
            let covering = q.sitting_id.map(|id| covering(c, congress, id)).transpose()?;
            let rows = store::list(c, &of, q.state, covering, after, limit)?;
            page_of(c, rows, limit)
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// List the caller's own requests for leave
///
/// Of all seats the caller holds, the newest first.
#[utoipa::path(tag = "leave", params(PageQuery), responses((status = 200, body = Page<LeaveRequestView>)),
    security(("bearer" = [])))]
#[get("/me/leave_requests")]
pub async fn my_leave_request_list(person: Person, query: Query<PageQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (limit, after) = (query.limit()?, query.after::<Id>()?);
    let page = db
        .read(move |c| {
            let rows = store::list(c, &Of::Account(person.account_id), None, None, after, limit)?;
            page_of(c, rows, limit)
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Approve a request for leave
///
/// For the approver the request names; for staff who decide leave when nobody holds that seat. The representative is
/// told by SMS.
#[utoipa::path(tag = "leave", params(("id" = Id, Path, description = "Request")), request_body = LeaveDecision,
    responses((status = 200, body = LeaveRequestView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/leave_requests/{id:[0-9A-Fa-f-]+}/approve")]
pub async fn leave_request_approve(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<LeaveDecision>,
    tools: Tools,
) -> ApiResult<HttpResponse> {
    let decision = (LeaveState::Approved, body.value.note);
    decide(path_id(&request)?, person, policy, decision, tools).await
}

/// Refuse a request for leave
///
/// By the same people as approving it. The representative is told by SMS.
#[utoipa::path(tag = "leave", params(("id" = Id, Path, description = "Request")), request_body = LeaveDecision,
    responses((status = 200, body = LeaveRequestView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/leave_requests/{id:[0-9A-Fa-f-]+}/refuse")]
pub async fn leave_request_refuse(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<LeaveDecision>,
    tools: Tools,
) -> ApiResult<HttpResponse> {
    let decision = (LeaveState::Refused, body.value.note);
    decide(path_id(&request)?, person, policy, decision, tools).await
}

/// Withdraw a request for leave
///
/// Only by who asked: while it is undecided, or approved and not yet begun.
#[utoipa::path(tag = "leave", params(("id" = Id, Path, description = "Request")),
    responses((status = 200, body = LeaveRequestView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/leave_requests/{id:[0-9A-Fa-f-]+}/withdraw")]
pub async fn leave_request_withdraw(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    tools: Tools,
) -> ApiResult<HttpResponse> {
    let (db, clock, _, hub, request_id) = tools;
    let (id, now) = (path_id(&request)?, clock.now());
    let (view, open) = db
        .write(move |c| {
            let old = store::request(c, id)?.ok_or(ErrorCode::NotFound)?;
            if old.requested_by != person.account_id {
                let seat = seat(c, &old)?;
                return Err(hidden_or_forbidden(c, &old, &seat, &person, policy)?);
            }
            let subject = subject(c, &old, now)?;
            if !rules::allowed(old.state, LeaveState::Withdrawn, now >= subject.starts) {
                return Err(ErrorCode::WrongState.into());
            }
            let row = LeaveRequest {
                state: LeaveState::Withdrawn,
                decided_by: Some(person.account_id),
                decided_at: Some(now),
                ..old.clone()
            };
            if !store::move_on(c, &row, old.state)? {
                return Err(ErrorCode::WrongState.into());
            }
            record(c, "leave_request.withdraw", &row, person.account_id, &request_id, now)?;
            let open = store::open_sittings(c, &row)?;
            Ok::<_, ApiError>((view(c, row)?, open))
        })
        .await?;
    refresh(&hub, open).await;
    Ok(HttpResponse::Ok().json(view))
}

type Tools = (Data<Db>, Data<Clock>, Data<Secrets>, Data<Hub>, RequestId);

async fn decide(
    id: Id,
    person: Person,
    policy: SecondFactorPolicy,
    (to, note): (LeaveState, Option<String>),
    (db, clock, secrets, hub, request): Tools,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let note = note.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
    let (view, open) = db
        .write(move |c| {
            let old = store::request(c, id)?.ok_or(ErrorCode::NotFound)?;
            let seat = seat(c, &old)?;
            let deciding = deciding(c, &old, &seat)?;
            let me = person.account_id;
            if !deciding.may(me, false) {
                let staff = staff_in::<DecideLeave>(c, &person, old.congress_id, policy);
                if let Err(no) = staff {
                    return Err(if no.code == ErrorCode::NotFound {
                        hidden_or_forbidden(c, &old, &seat, &person, policy)?
                    } else {
                        no
                    });
                }
                if !deciding.may(me, true) {
                    return Err(ApiError::new(ErrorCode::Forbidden).detail("another side decides this request"));
                }
            }
            let row = LeaveRequest {
                state: to,
                decided_by: Some(me),
                decided_at: Some(now),
                note,
                ..old.clone()
            };
            if !rules::allowed(old.state, to, false) || !store::move_on(c, &row, old.state)? {
                return Err(ErrorCode::WrongState.into());
            }
            let (action, outcome) = match to {
                LeaveState::Approved => ("leave_request.approve", "已批准"),
                _ => ("leave_request.refuse", "未获批准"),
            };
            record(c, action, &row, me, &request, now)?;
            let open = store::open_sittings(c, &row)?;
            let view = view(c, row)?;
            let notice = Notice {
                congress_id: Some(view.congress_id),
                account_id: seat.account_id,
                template: Template::LeaveDecided,
                params: json!({ "subject": view.subject, "outcome": outcome, "note": view.note.clone().unwrap_or_default() }),
                subject: Some(("leave_request", view.id)),
                expires_at: None,
            };
            notify::notify(c, &secrets, notice, now)?;
            Ok::<_, ApiError>((view, open))
        })
        .await?;
    refresh(&hub, open).await;
    Ok(HttpResponse::Ok().json(view))
}

async fn refresh(hub: &Hub, sittings: Vec<Id>) {
    for sitting in sittings {
        meetings::changed(hub, sitting).await;
    }
}

fn view(c: &mut DbConn, row: LeaveRequest) -> ApiResult<LeaveRequestView> {
    store::views(c, vec![row])?
        .pop()
        .ok_or_else(|| ErrorCode::NotFound.into())
}

fn page_of(c: &mut DbConn, rows: Vec<LeaveRequest>, limit: i64) -> ApiResult<Page<LeaveRequestView>> {
    let views = store::views(c, rows)?;
    Ok(Page::of(views, limit, |r| r.id, |r| r))
}

/// The reason stays out of the audit: it may tell of an illness, and the audit is never changed.
fn record(c: &mut DbConn, action: &str, row: &LeaveRequest, who: Id, request: &RequestId, now: Ts) -> ApiResult<()> {
    let line = Line {
        congress_id: Some(row.congress_id),
        actor: Actor::Account(who),
        action,
        subject_kind: "leave_request",
        subject_id: Some(row.id),
        detail: json!({ "representative_id": row.representative_id, "grain": row.grain, "kind": row.kind, "approver": row.approver }),
        request_id: Some(&request.0),
    };
    Ok(audit::record(c, line, now)?)
}

/// The unit that meets, when the request is about a meeting of one.
fn meeting_unit(c: &mut DbConn, row: &LeaveRequest) -> ApiResult<Option<Id>> {
    let meeting = match (row.sitting_id, row.meeting_id) {
        (Some(sitting), _) => meetings::sitting(c, sitting)?.map(|s| s.meeting_id),
        (None, meeting) => meeting,
    };
    let Some(meeting) = meeting else { return Ok(None) };
    Ok(meetings::meeting(c, meeting)?.and_then(|m| m.unit_id))
}

fn deciding(c: &mut DbConn, row: &LeaveRequest, seat: &Representative) -> ApiResult<Deciding> {
    let unit = match row.approver {
        Approver::StandingCommittee => None,
        Approver::DelegationHead => seat.delegation_id,
        Approver::Convener => meeting_unit(c, row)?.or(seat.group_id),
    };
    let head = unit.map(|unit| store::head_of(c, unit)).transpose()?.flatten();
    Ok(Deciding {
        approver: row.approver,
        of_account: seat.account_id,
        head,
    })
}

/// What to tell somebody who may not do this: that it is not theirs if they can see it, else that it does not exist.
fn hidden_or_forbidden(
    c: &mut DbConn,
    row: &LeaveRequest,
    seat: &Representative,
    person: &Person,
    policy: SecondFactorPolicy,
) -> ApiResult<ApiError> {
    let me = person.account_id;
    let mut sees = seat.account_id == me || row.requested_by == me;
    if !sees {
        let units = [seat.delegation_id, seat.group_id, meeting_unit(c, row)?];
        let headed = store::units_headed(c, row.congress_id, me)?;
        sees = units.iter().flatten().any(|unit| headed.contains(unit))
            || staff_in::<ViewMeetings>(c, person, row.congress_id, policy).is_ok();
    }
    Ok(if sees {
        ErrorCode::Forbidden
    } else {
        ErrorCode::NotFound
    }
    .into())
}
