//! Sittings: planned, opened, closed.

use super::By;
use crate::auth::access::{RunMeetings, ViewMeetings};
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::auth::{Allowed, Person, staff_in};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::meetings::rules::{self, Step};
use crate::features::meetings::store;
use crate::features::meetings::views::{NewSitting, SittingView};
use crate::features::meetings::{Meeting, MeetingState, Sitting, SittingState, changed};
use crate::realtime::Hub;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use serde_json::json;

/// List the sittings of a meeting
///
/// In the order of time.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Meeting"), PageQuery),
    responses((status = 200, body = Page<SittingView>)), security(("bearer" = [])))]
#[get("/meetings/{id:[0-9A-Fa-f-]+}/sittings")]
pub async fn sitting_list(
    meeting: Allowed<Meeting, ViewMeetings>,
    query: Query<PageQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (limit, after) = (query.limit()?, query.after::<(Ts, Id)>()?);
    let id = meeting.id;
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::sittings(c, id, after, limit)?))
        .await?;
    let page = Page::of(rows, limit, |r| (r.sitting.starts_at, r.sitting.id), SittingView::from);
    Ok(HttpResponse::Ok().json(page))
}

/// Plan a sitting
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Meeting")), request_body = NewSitting,
    responses((status = 201, body = SittingView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/meetings/{id:[0-9A-Fa-f-]+}/sittings")]
pub async fn sitting_create(
    meeting: Allowed<Meeting, RunMeetings>,
    body: Body<NewSitting>,
    idem: Idempotency,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let by = By::new(&meeting.staff, request, clock.now());
    let meeting_id = meeting.id;
    let (new, raw) = (body.value, body.raw);
    let view = db
        .write(move |c| {
            idem.run(c, by.account_id, &raw, by.at, |c| {
                if !store::meeting_move(c, meeting_id, MeetingState::Planned)? {
                    return Err(meeting_cancelled());
                }
                let meeting = store::meeting(c, meeting_id)?.ok_or(ErrorCode::NotFound)?;
                let settings = store::settings(c, meeting.congress_id)?;
                let late_after = new
                    .late_after
                    .unwrap_or_else(|| rules::default_late_after(&settings.0, new.starts_at, new.ends_at));
                check(&new, late_after)?;
                let body_rule = body_of(c, &meeting)?.map(|(rule, _)| rule);
                let row = Sitting {
                    id: Id::new(),
                    congress_id: meeting.congress_id,
                    meeting_id,
                    title: new.title,
                    place: new.place,
                    latitude: new.latitude,
                    longitude: new.longitude,
                    radius_m: new.radius_m,
                    starts_at: new.starts_at,
                    late_after,
                    ends_at: new.ends_at,
                    state: SittingState::Draft,
                    quorum_rule: new
                        .quorum_rule
                        .unwrap_or_else(|| rules::default_quorum(meeting.kind, body_rule)),
                    seats_total: None,
                    opened_at: None,
                    closed_at: None,
                    created_at: by.at,
                };
                store::sitting_insert(c, &row)?;
                let detail = json!({ "title": row.title, "meeting_id": meeting_id, "quorum_rule": row.quorum_rule });
                by.did(c, "sitting.create", row.id, detail)?;
                view(c, row.id)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(view))
}

/// Get a sitting
///
/// For staff, and for everybody who is on its roster.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, body = SittingView)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}")]
pub async fn sitting_get(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let id = path_id(&request)?;
    let view = db
        .read(move |c| {
            let row = store::sitting_row(c, id)?.ok_or(ErrorCode::NotFound)?;
            if !store::is_on_roster(c, id, person.account_id)? {
                staff_in::<ViewMeetings>(c, &person, row.sitting.congress_id, policy)?;
            }
            Ok::<_, ApiError>(SittingView::from(row))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Change a sitting
///
/// A draft may change in everything; an open sitting only in its place, `late_after` and `ends_at`.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Sitting")), request_body = NewSitting,
    responses((status = 200, body = SittingView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[put("/sittings/{id:[0-9A-Fa-f-]+}")]
pub async fn sitting_update(
    sitting: Allowed<Sitting, RunMeetings>,
    body: Body<NewSitting>,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    hub: Data<Hub>,
) -> ApiResult<HttpResponse> {
    let by = By::new(&sitting.staff, request, clock.now());
    let (id, new) = (sitting.id, body.value);
    let view = db
        .write(move |c| {
            let old = store::sitting(c, id)?.ok_or(ErrorCode::NotFound)?;
            let late_after = new.late_after.unwrap_or(old.late_after);
            check(&new, late_after)?;
            let row = Sitting {
                title: new.title,
                place: new.place,
                latitude: new.latitude,
                longitude: new.longitude,
                radius_m: new.radius_m,
                starts_at: new.starts_at,
                late_after,
                ends_at: new.ends_at,
                quorum_rule: new.quorum_rule.unwrap_or(old.quorum_rule),
                ..old.clone()
            };
            let fixed = |s: &Sitting| (s.title.clone(), s.starts_at, s.quorum_rule);
            match old.state {
                SittingState::Closed => {
                    return Err(ApiError::new(ErrorCode::WrongState).detail("the sitting is closed"));
                }
                SittingState::Open if fixed(&old) != fixed(&row) => {
                    let detail = "while the sitting is open only its place, late_after and ends_at may change";
                    return Err(ApiError::new(ErrorCode::WrongState).detail(detail));
                }
                _ => (),
            }
            if !store::sitting_update(c, &row)? {
                return Err(ErrorCode::WrongState.into());
            }
            let facts = |s: &Sitting| {
                json!({ "title": s.title, "place": s.place, "starts_at": s.starts_at, "late_after": s.late_after,
                    "ends_at": s.ends_at, "quorum_rule": s.quorum_rule, "radius_m": s.radius_m })
            };
            let mut detail = facts(&row);
            detail["was"] = facts(&old);
            by.did(c, "sitting.update", id, detail)?;
            view(c, id)
        })
        .await?;
    changed(&hub, id).await;
    Ok(HttpResponse::Ok().json(view))
}

/// Open a sitting for sign-in
///
/// Needs a roster. Fixes the number of seats of which the quorum is a share.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, body = SittingView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state", "roster_empty"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/open")]
pub async fn sitting_open(
    sitting: Allowed<Sitting, RunMeetings>,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    hub: Data<Hub>,
) -> ApiResult<HttpResponse> {
    let by = By::new(&sitting.staff, request, clock.now());
    let (id, meeting_id) = (sitting.id, sitting.meeting_id);
    let view = db
        .write(move |c| {
            if !store::meeting_move(c, meeting_id, MeetingState::Planned)? {
                return Err(meeting_cancelled());
            }
            let (from, _) = Step::Open.states();
            let held = store::sitting_for_roster(c, id)?.filter(|s| s.state == from);
            if held.is_none() {
                return Err(ErrorCode::WrongState.into());
            }
            let counts = store::roster_counts(c, id)?;
            if counts == Default::default() {
                return Err(ErrorCode::RosterEmpty.into());
            }
            let meeting = store::meeting(c, meeting_id)?.ok_or(ErrorCode::NotFound)?;
            let body_seats = body_of(c, &meeting)?.and_then(|(_, seats)| seats);
            let total = rules::seats_total(body_seats, counts.voting);
            if !store::sitting_open(c, id, total, by.at)? {
                return Err(ErrorCode::WrongState.into());
            }
            let detail = json!({ "seats_total": total, "voting": counts.voting, "attendee": counts.attendee, "observer": counts.observer });
            by.did(c, "sitting.open", id, detail)?;
            view(c, id)
        })
        .await?;
    changed(&hub, id).await;
    Ok(HttpResponse::Ok().json(view))
}

/// Close a sitting
///
/// Nobody can sign in any more; what gates recorded before is still taken.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, body = SittingView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/close")]
pub async fn sitting_close(
    sitting: Allowed<Sitting, RunMeetings>,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    hub: Data<Hub>,
) -> ApiResult<HttpResponse> {
    let by = By::new(&sitting.staff, request, clock.now());
    let id = sitting.id;
    let view = db
        .write(move |c| {
            if !store::sitting_close(c, id, by.at)? {
                return Err(ErrorCode::WrongState.into());
            }
            by.did(c, "sitting.close", id, json!({}))?;
            view(c, id)
        })
        .await?;
    changed(&hub, id).await;
    Ok(HttpResponse::Ok().json(view))
}

fn meeting_cancelled() -> ApiError {
    ApiError::new(ErrorCode::WrongState).detail("the meeting is cancelled")
}

fn view(c: &mut DbConn, id: Id) -> ApiResult<SittingView> {
    let row = store::sitting_row(c, id)?.ok_or(ErrorCode::NotFound)?;
    Ok(row.into())
}

/// Quorum rule and seats of the meeting's body.
fn body_of(
    c: &mut DbConn,
    meeting: &Meeting,
) -> ApiResult<Option<(crate::features::congresses::QuorumRule, Option<i32>)>> {
    let Some(id) = meeting.body_id else { return Ok(None) };
    Ok(store::body(c, id)?.map(|(_, rule, seats)| (rule, seats)))
}

fn check(new: &NewSitting, late_after: Ts) -> ApiResult<()> {
    if let Some((field, problem)) = rules::times_wrong(new.starts_at, late_after, new.ends_at) {
        return Err(ApiError::field(field, "invalid", problem));
    }
    let located = [new.latitude.is_some(), new.longitude.is_some(), new.radius_m.is_some()];
    if located != [located[0]; 3] {
        let message = "latitude, longitude and radius_m come together or not at all";
        return Err(ApiError::field("radius_m", "incomplete", message));
    }
    Ok(())
}
