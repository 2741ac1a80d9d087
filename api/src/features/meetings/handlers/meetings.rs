//! Meetings: planned, changed, cancelled.

use super::By;
use crate::auth::Allowed;
use crate::auth::access::{RunMeetings, ViewMeetings};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id};
use crate::features::congresses::Congress;
use crate::features::meetings::store::{self, MeetingFilter};
use crate::features::meetings::views::{MeetingView, NewMeeting};
use crate::features::meetings::{Meeting, MeetingKind, MeetingState};
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get, post, put};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

/// What narrows a list of meetings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MeetingQuery {
    kind: Option<MeetingKind>,
    state: Option<MeetingState>,
    /// Only meetings that do not end before this day.
    #[param(example = "2026-03-01")]
    from: Option<NaiveDate>,
    /// Only meetings that do not begin after this day.
    #[param(example = "2026-03-31")]
    to: Option<NaiveDate>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the meetings of a congress
///
/// The latest first.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Congress"), MeetingQuery),
    responses((status = 200, body = Page<MeetingView>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/meetings")]
pub async fn meeting_list(
    congress: Allowed<Congress, ViewMeetings>,
    query: Query<MeetingQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let q = query.into_inner();
    let page = PageQuery {
        limit: q.limit,
        cursor: q.cursor,
    };
    let (limit, after) = (page.limit()?, page.after::<(NaiveDate, Id)>()?);
    let filter = MeetingFilter {
        kind: q.kind,
        state: q.state,
        from: q.from,
        to: q.to,
    };
    let id = congress.id;
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::meetings(c, id, &filter, after, limit)?))
        .await?;
    let page = Page::of(rows, limit, |r| (r.0.starts_on, r.0.id), MeetingView::from);
    Ok(HttpResponse::Ok().json(page))
}

/// Plan a meeting
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Congress")), request_body = NewMeeting,
    responses((status = 201, body = MeetingView)), security(("bearer" = [])))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/meetings")]
pub async fn meeting_create(
    congress: Allowed<Congress, RunMeetings>,
    body: Body<NewMeeting>,
    idem: Idempotency,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let by = By::new(&congress.staff, request, clock.now());
    let congress_id = congress.id;
    let (new, raw) = (body.value, body.raw);
    let view = db
        .write(move |c| {
            idem.run(c, by.account_id, &raw, by.at, |c| {
                check(c, congress_id, &new)?;
                let row = Meeting {
                    id: Id::new(),
                    congress_id,
                    kind: new.kind,
                    title: new.title,
                    body_id: new.body_id,
                    unit_id: new.unit_id,
                    congress_session_id: new.congress_session_id,
                    starts_on: new.starts_on,
                    ends_on: new.ends_on,
                    state: MeetingState::Planned,
                    created_at: by.at,
                };
                store::meeting_insert(c, &row)?;
                by.did(
                    c,
                    "meeting.create",
                    row.id,
                    json!({ "title": row.title, "kind": row.kind }),
                )?;
                view(c, row.id)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(view))
}

/// Get a meeting
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Meeting")),
    responses((status = 200, body = MeetingView)), security(("bearer" = [])))]
#[get("/meetings/{id:[0-9A-Fa-f-]+}")]
pub async fn meeting_get(meeting: Allowed<Meeting, ViewMeetings>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let id = meeting.id;
    Ok(HttpResponse::Ok().json(db.read(move |c| view(c, id)).await?))
}

/// Change a meeting
///
/// Once one of its sittings has opened, only title and days may change: roster, quorum and leave stand on the rest.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Meeting")), request_body = NewMeeting,
    responses((status = 200, body = MeetingView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[put("/meetings/{id:[0-9A-Fa-f-]+}")]
pub async fn meeting_update(
    meeting: Allowed<Meeting, RunMeetings>,
    body: Body<NewMeeting>,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let by = By::new(&meeting.staff, request, clock.now());
    let (id, new) = (meeting.id, body.value);
    let view = db
        .write(move |c| {
            // Locks the meeting, so that none of its sittings opens in between.
            if !store::meeting_move(c, id, MeetingState::Planned)? {
                return Err(ApiError::new(ErrorCode::WrongState).detail("the meeting is cancelled"));
            }
            let old = store::meeting(c, id)?.ok_or(ErrorCode::NotFound)?;
            check(c, old.congress_id, &new)?;
            let row = Meeting {
                kind: new.kind,
                title: new.title,
                body_id: new.body_id,
                unit_id: new.unit_id,
                congress_session_id: new.congress_session_id,
                starts_on: new.starts_on,
                ends_on: new.ends_on,
                ..old.clone()
            };
            let base = |m: &Meeting| (m.kind, m.body_id, m.unit_id, m.congress_session_id);
            if base(&old) != base(&row) && store::has_begun(c, id)? {
                let detail = "a sitting has opened: kind, body, unit and congress session are fixed";
                return Err(ApiError::new(ErrorCode::WrongState).detail(detail));
            }
            store::meeting_update(c, &row)?;
            let detail = json!({
                "title": row.title, "kind": row.kind, "starts_on": row.starts_on, "ends_on": row.ends_on,
                "was": { "title": old.title, "kind": old.kind, "starts_on": old.starts_on, "ends_on": old.ends_on },
            });
            by.did(c, "meeting.update", id, detail)?;
            view(c, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Cancel a meeting
///
/// Not possible once one of its sittings is open or has closed; its sittings can then not be opened any more.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Meeting")),
    responses((status = 200, body = MeetingView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/meetings/{id:[0-9A-Fa-f-]+}/cancel")]
pub async fn meeting_cancel(
    meeting: Allowed<Meeting, RunMeetings>,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let by = By::new(&meeting.staff, request, clock.now());
    let id = meeting.id;
    let view = db
        .write(move |c| {
            if !store::meeting_move(c, id, MeetingState::Cancelled)? {
                return Err(ApiError::new(ErrorCode::WrongState).detail("the meeting was cancelled before"));
            }
            // After the meeting is locked: a sitting that opens meanwhile waits and is then refused.
            if store::has_begun(c, id)? {
                return Err(ApiError::new(ErrorCode::WrongState).detail("one of its sittings has opened"));
            }
            by.did(c, "meeting.cancel", id, json!({}))?;
            view(c, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

fn view(c: &mut DbConn, id: Id) -> ApiResult<MeetingView> {
    let row = store::meeting_row(c, id)?.ok_or(ErrorCode::NotFound)?;
    Ok(row.into())
}

/// The days must follow each other, and what the meeting refers to must be the congress's own.
fn check(c: &mut DbConn, congress: Id, new: &NewMeeting) -> ApiResult<()> {
    if new.ends_on < new.starts_on {
        return Err(ApiError::field("ends_on", "invalid", "must not be before starts_on"));
    }
    for (field, day) in [("starts_on", new.starts_on), ("ends_on", new.ends_on)] {
        if !(1970..=9999).contains(&day.year()) {
            let message = "the year must lie between 1970 and 9999";
            return Err(ApiError::field(field, "invalid", message));
        }
    }
    let own = |field: &str, owner: Option<Id>| match owner {
        Some(owner) if owner == congress => Ok(()),
        _ => Err(ApiError::field(field, "unknown", "is nothing of this congress")),
    };
    if let Some(id) = new.body_id {
        own("body_id", store::body(c, id)?.map(|b| b.0))?;
    }
    if let Some(id) = new.unit_id {
        own("unit_id", store::unit_congress(c, id)?)?;
    }
    if let Some(id) = new.congress_session_id {
        own("congress_session_id", store::session_congress(c, id)?)?;
    }
    Ok(())
}
