//! Rosters: built from a source, with guests added and taken off.

use super::By;
use crate::auth::Allowed;
use crate::auth::access::{RunMeetings, ViewMeetings};
use crate::auth::phone::Phone;
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::accounts;
use crate::features::meetings::plan::{self, Guest, Twice};
use crate::features::meetings::rules;
use crate::features::meetings::store::{self, Seats};
use crate::features::meetings::views::{NewAttendee, RosterEntryView, RosterPlan, RosterSource, RosterSummary};
use crate::features::meetings::{Meeting, RosterEntry, SeatClass, Sitting, SittingState, changed};
use crate::features::representatives::SeatStatus;
use crate::realtime::Hub;
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, delete, get, post, put};
use serde::Deserialize;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use utoipa::IntoParams;

/// What narrows a roster.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RosterQuery {
    class: Option<SeatClass>,
    /// A part of the name, or the beginning of its pinyin.
    #[param(max_length = 50, example = "wang")]
    q: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the roster of a sitting
///
/// Voting seats by delegation and number, then guests, as the roster was made.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Sitting"), RosterQuery),
    responses((status = 200, body = Page<RosterEntryView>)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/roster")]
pub async fn roster_list(
    sitting: Allowed<Sitting, ViewMeetings>,
    query: Query<RosterQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let q = query.into_inner();
    let page = PageQuery {
        limit: q.limit,
        cursor: q.cursor,
    };
    let (limit, after) = (page.limit()?, page.after::<(i32, Id)>()?);
    let text = q.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty());
    let wrong = |q: &String| q.chars().count() > 50 || q.chars().any(char::is_control);
    if text.as_ref().is_some_and(wrong) {
        let message = "must be 50 characters or less, none of them control characters";
        return Err(ApiError::field("q", "invalid", message));
    }
    let id = sitting.id;
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::roster_page(c, id, q.class, text.as_deref(), after, limit)?))
        .await?;
    let page = Page::of(rows, limit, |r| (r.0.position, r.0.id), RosterEntryView::from);
    Ok(HttpResponse::Ok().json(page))
}

/// Build the roster of a sitting
///
/// Takes the voting seats from the source, active and suspended ones, and the guests from the body. Who was on the
/// roster and still is keeps the line; who has signed in cannot be taken off. Possible until the sitting closes.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Sitting")), request_body = RosterPlan,
    responses((status = 200, body = RosterSummary)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[put("/sittings/{id:[0-9A-Fa-f-]+}/roster")]
pub async fn roster_update(
    sitting: Allowed<Sitting, RunMeetings>,
    body: Body<RosterPlan>,
    request: RequestId,
    (db, clock, secrets, hub): (Data<Db>, Data<Clock>, Data<Secrets>, Data<Hub>),
) -> ApiResult<HttpResponse> {
    let by = By::new(&sitting.staff, request, clock.now());
    let (id, wanted) = (sitting.id, body.value);
    let summary = db
        .write(move |c| {
            let sitting = changeable(c, id)?;
            let meeting = store::meeting(c, sitting.meeting_id)?.ok_or(ErrorCode::NotFound)?;
            let voting = voting_seats(c, &meeting, &wanted)?;
            let guests = wanted
                .attendees
                .iter()
                .enumerate()
                .map(|(n, a)| guest(c, &secrets, a, &format!("attendees[{n}].phone"), by.at))
                .collect::<ApiResult<Vec<_>>>()?;
            let current = store::roster(c, id)?;
            let plan = plan::plan(&sitting, &current, &voting, &guests).map_err(|twice| match twice {
                Twice::Seat(_) => ApiError::field("representative_ids", "duplicate", "names two seats of one person"),
                Twice::Guest(n) => already_on(&format!("attendees[{n}].phone")),
            })?;
            remove(c, id, &plan.remove)?;
            store::roster_put(c, &plan.put)?;
            let counts = store::roster_counts(c, id)?;
            raise_seats(c, &sitting, counts.voting)?;
            let summary = RosterSummary {
                sitting_id: id,
                added: plan.added as i64,
                kept: plan.kept as i64,
                removed: plan.remove.len() as i64,
                voting_total: counts.voting,
                attendee_total: counts.attendee,
                observer_total: counts.observer,
                suspended_total: plan.suspended as i64,
            };
            let detail = json!({ "source": wanted.source, "added": summary.added, "kept": summary.kept,
                "removed": summary.removed, "voting": counts.voting, "attendee": counts.attendee, "observer": counts.observer });
            by.did(c, "roster.update", id, detail)?;
            Ok::<_, ApiError>(summary)
        })
        .await?;
    changed(&hub, id).await;
    Ok(HttpResponse::Ok().json(summary))
}

/// Add a guest to the roster
///
/// 列席 or 旁听, without a vote; possible until the sitting closes.
#[utoipa::path(tag = "meetings", params(("id" = Id, Path, description = "Sitting")), request_body = NewAttendee,
    responses((status = 201, body = RosterEntryView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/roster")]
pub async fn roster_entry_create(
    sitting: Allowed<Sitting, RunMeetings>,
    body: Body<NewAttendee>,
    idem: Idempotency,
    request: RequestId,
    (db, clock, secrets, hub): (Data<Db>, Data<Clock>, Data<Secrets>, Data<Hub>),
) -> ApiResult<HttpResponse> {
    let by = By::new(&sitting.staff, request, clock.now());
    let id = sitting.id;
    let (new, raw) = (body.value, body.raw);
    let view = db
        .write(move |c| {
            idem.run(c, by.account_id, &raw, by.at, |c| {
                let sitting = changeable(c, id)?;
                let guest = guest(c, &secrets, &new, "phone", by.at)?;
                if let Some(account) = guest.account_id
                    && store::is_on_roster(c, id, account)?
                {
                    return Err(already_on("phone"));
                }
                let row = RosterEntry {
                    position: store::next_position(c, id)?,
                    ..plan::guest_line(&sitting, &guest, Id::new())
                };
                store::roster_put(c, std::slice::from_ref(&row))?;
                let detail = json!({ "sitting_id": id, "name": row.name, "class": row.class });
                by.did(c, "roster_entry.create", row.id, detail)?;
                Ok(RosterEntryView::from((row, None)))
            })
        })
        .await?;
    changed(&hub, id).await;
    Ok(HttpResponse::Created().json(view))
}

/// Take somebody off the roster
///
/// Not possible for who has signed in, nor after the sitting has closed.
#[utoipa::path(tag = "meetings",
    params(("id" = Id, Path, description = "Sitting"), ("entry_id" = Id, Path, description = "Line of the roster")),
    responses((status = 204)), security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[delete("/sittings/{id:[0-9A-Fa-f-]+}/roster/{entry_id:[0-9A-Fa-f-]+}")]
pub async fn roster_entry_delete(
    sitting: Allowed<Sitting, RunMeetings>,
    path: Path<(Id, Id)>,
    request: RequestId,
    (db, clock, hub): (Data<Db>, Data<Clock>, Data<Hub>),
) -> ApiResult<HttpResponse> {
    let by = By::new(&sitting.staff, request, clock.now());
    let (id, entry_id) = path.into_inner();
    db.write(move |c| {
        let entry = store::entry(c, id, entry_id)?.ok_or(ErrorCode::NotFound)?;
        changeable(c, id)?;
        remove(c, id, &[entry_id])?;
        let detail = json!({ "sitting_id": id, "name": entry.name, "class": entry.class });
        by.did(c, "roster_entry.delete", entry_id, detail)?;
        Ok::<_, ApiError>(())
    })
    .await?;
    changed(&hub, id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// The sitting, held for a change of its roster.
fn changeable(c: &mut DbConn, id: Id) -> ApiResult<Sitting> {
    store::sitting_for_roster(c, id)?
        .ok_or_else(|| ApiError::new(ErrorCode::WrongState).detail("the sitting is closed: its roster is history"))
}

/// Takes lines off, first off and then checked, so that a sign-in in between is seen.
fn remove(c: &mut DbConn, sitting: Id, entries: &[Id]) -> ApiResult<()> {
    let removed = store::roster_remove(c, sitting, entries)?;
    if removed != entries.len() {
        return Err(ErrorCode::Conflict.into());
    }
    if store::has_attendance(c, sitting, entries)? {
        let detail = "somebody who would be taken off has signed in";
        return Err(ApiError::new(ErrorCode::WrongState).detail(detail));
    }
    Ok(())
}

/// A seat added while people sign in must not make the quorum easier than the roster is long.
fn raise_seats(c: &mut DbConn, sitting: &Sitting, voting: i64) -> ApiResult<()> {
    let total = rules::seats_total(sitting.seats_total, voting);
    if sitting.state == SittingState::Open && Some(total) != sitting.seats_total {
        store::sitting_seats(c, sitting.id, total)?;
    }
    Ok(())
}

fn already_on(field: &str) -> ApiError {
    ApiError::field(
        field,
        "duplicate",
        "is the number of somebody who is on the roster already",
    )
}

fn guest(c: &mut DbConn, secrets: &Secrets, new: &NewAttendee, field: &str, now: Ts) -> ApiResult<Guest> {
    let account_id = match &new.phone {
        None => None,
        Some(text) => {
            let phone =
                Phone::parse(text).ok_or_else(|| ApiError::field(field, "invalid", "must be a phone number"))?;
            Some(accounts::account_for_phone(c, secrets, &phone, &new.name, now)?)
        }
    };
    Ok(Guest {
        name: new.name.trim().to_owned(),
        class: new.class.into(),
        seat_label: new.seat_label.clone(),
        account_id,
    })
}

/// The seats that the plan asks for.
fn voting_seats(c: &mut DbConn, meeting: &Meeting, wanted: &RosterPlan) -> ApiResult<Vec<store::Seat>> {
    let source = |message: &str| ApiError::field("source", "invalid", message);
    let which = match (wanted.source, &wanted.representative_ids) {
        (RosterSource::List, Some(ids)) => return listed(c, meeting, ids),
        (RosterSource::List, None) => {
            let message = "is required for the source `list`";
            return Err(ApiError::field("representative_ids", "required", message));
        }
        (RosterSource::Body, _) => Seats::Body(meeting.body_id.ok_or_else(|| source("the meeting has no body"))?),
        (RosterSource::Unit | RosterSource::Congress, _) => {
            let term = store::term_of(c, meeting.congress_id, meeting.congress_session_id, meeting.starts_on)?
                .ok_or_else(|| source("the congress has no term"))?;
            match wanted.source {
                RosterSource::Unit => {
                    Seats::Unit(meeting.unit_id.ok_or_else(|| source("the meeting has no unit"))?, term)
                }
                _ => Seats::Term(term),
            }
        }
    };
    Ok(store::seats(c, meeting.congress_id, &which)?)
}

/// The named seats in the order they were named.
fn listed(c: &mut DbConn, meeting: &Meeting, ids: &[Id]) -> ApiResult<Vec<store::Seat>> {
    let found = store::seats(c, meeting.congress_id, &Seats::List(ids.to_vec()))?;
    let mut found: HashMap<Id, store::Seat> = found.into_iter().map(|s| (s.id, s)).collect();
    let mut named = HashSet::new();
    let mut seats = vec![];
    for (n, id) in ids.iter().enumerate() {
        if !named.insert(*id) {
            continue;
        }
        let wrong = |message: &str| ApiError::field(&format!("representative_ids[{n}]"), "invalid", message);
        let seat = found.remove(id).ok_or_else(|| wrong("is no seat of this congress"))?;
        if seat.status == SeatStatus::Ended {
            return Err(wrong("this seat has ended"));
        }
        seats.push(seat);
    }
    Ok(seats)
}
