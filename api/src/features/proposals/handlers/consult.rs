//! 面商: offered by the handler, chosen by the author, held, and confirmed by both.

use super::callers::{Held, held_part, signing};
use super::{Desk, act, plain, readable, show};
use crate::auth::Person;
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::db::{DbConn, Id, Json, Ts};
use crate::features::proposals::flow::{By, Flow, Step};
use crate::features::proposals::store::{self, Consultation};
use crate::features::proposals::views::{self, ConsultationView, ProposalDetail, Seer};
use crate::features::proposals::{Action, ConsultationState, SignatoryRole, Who, notices};
use crate::notify::Template;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency};
use actix_web::{HttpRequest, HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Times to meet the author.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ConsultationOffer {
    #[garde(length(chars, min = 1, max = 100), custom(plain))]
    #[schema(example = "区住建局三楼会议室", min_length = 1, max_length = 100)]
    pub place: String,
    /// Times to come, of which the author chooses one.
    #[garde(length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10, example = json!(["2026-04-08T01:30:00Z", "2026-04-09T06:00:00Z"]))]
    pub slots: Vec<Ts>,
}

/// Offer a consultation
///
/// By the lead. The author is told and chooses a time. An offer takes the place of one that was not held yet.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = ConsultationOffer,
    responses((status = 201, body = ConsultationView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/consultations")]
pub async fn proposal_consultation_offer(
    held: Held,
    idem: Idempotency,
    body: Body<ConsultationOffer>,
    (db, clock, secrets, request): Desk,
) -> ApiResult<HttpResponse> {
    let Body { value: mut offer, raw } = body;
    let now = clock.now();
    offer.slots.sort();
    offer.slots.dedup();
    if offer.slots.iter().any(|slot| *slot <= now) {
        return Err(ApiError::field("slots", "invalid", "must lie in the future"));
    }
    let by = By {
        request_id: Some(request.0),
        ..held.by()
    };
    let account = held.staff.account_id;
    let made = db
        .write(move |c| {
            idem.run(c, account, &raw, now, |c| {
                let mut flow = Flow::open(c, &secrets, held.handling.proposal_id, by, now)?;
                let mut h = flow.part(held.handling.id)?;
                h.contacted_at = h.contacted_at.or(Some(now));
                flow.take(Action::Offer, Some(&mut h), Step::default())?;
                for old in store::consultations(flow.c, flow.p.id)? {
                    let waiting = matches!(old.state, ConsultationState::Offered | ConsultationState::Chosen);
                    if old.handling_id == h.id && waiting {
                        let was = old.state;
                        let gone = Consultation {
                            state: ConsultationState::Cancelled,
                            ..old
                        };
                        store::consultation_save(flow.c, &gone, was)?;
                    }
                }
                let row = Consultation {
                    id: Id::new(),
                    congress_id: flow.p.congress_id,
                    proposal_id: flow.p.id,
                    handling_id: h.id,
                    round: h.round,
                    state: ConsultationState::Offered,
                    place: offer.place,
                    slots: Json(json!(offer.slots)),
                    offered_by: account,
                    offered_at: now,
                    chosen_slot: None,
                    chosen_by: None,
                    chosen_at: None,
                    notes: None,
                    handler_confirmed_by: None,
                    handler_confirmed_at: None,
                    author_confirmed_by: None,
                    author_confirmed_at: None,
                };
                store::consultation_insert(flow.c, &row)?;
                let organisation = notices::organisation(&mut flow, h.organisation_id)?;
                let to = notices::author(&mut flow)?;
                let params = json!({ "organisation": organisation, "place": row.place });
                notices::tell(&mut flow, to, Template::ProposalConsultationOffered, params)?;
                Ok(views::consultation(row))
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// One of the times offered.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ConsultationChoice {
    #[garde(skip)]
    #[schema(example = "2026-04-08T01:30:00Z")]
    pub slot: Ts,
}

/// Choose a time for a consultation
///
/// By the author, one of those offered that is still to come.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Consultation")), request_body = ConsultationChoice,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/consultations/{id:[0-9A-Fa-f-]+}/choose")]
pub async fn proposal_consultation_choose(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<ConsultationChoice>,
    desk: Desk,
) -> ApiResult<HttpResponse> {
    let (id, slot) = (path_id(&request)?, body.value.slot);
    let side = desk.0.read(move |c| side(c, id, &person, policy)).await?;
    let shown = act(desk, side.proposal, side.by, move |flow| {
        let mut k = consultation(flow, id)?;
        let offered: Vec<Ts> = serde_json::from_value(k.slots.0.clone()).unwrap_or_default();
        let mut h = flow.part(k.handling_id)?;
        flow.take(
            Action::Choose,
            Some(&mut h),
            Step::default().with(json!({ "slot": slot })),
        )?;
        if !offered.contains(&slot) || slot <= flow.now {
            return Err(ApiError::field(
                "slot",
                "invalid",
                "must be one of the times offered, and to come",
            ));
        }
        let from = k.state;
        if !matches!(from, ConsultationState::Offered) {
            return Err(ErrorCode::WrongState.into());
        }
        k.state = ConsultationState::Chosen;
        (k.chosen_slot, k.chosen_by, k.chosen_at) = (Some(slot), flow.by.account_id, Some(flow.now));
        saved(flow, &k, from)?;
        show(flow, &side.seer)
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

/// That a consultation was held.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ConsultationConfirmation {
    /// What was said: needed from the handler, who writes the record.
    #[garde(length(chars, max = 20000), inner(custom(readable)))]
    #[schema(example = "代表同意先在三个小区试点。", max_length = 20000)]
    pub notes: Option<String>,
}

/// Confirm that a consultation was held
///
/// By each side, after the time that was chosen: the handler with the notes, the author having read them. Only then can
/// the proposal be answered.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Consultation")), request_body = ConsultationConfirmation,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/consultations/{id:[0-9A-Fa-f-]+}/confirm")]
pub async fn proposal_consultation_confirm(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<ConsultationConfirmation>,
    desk: Desk,
) -> ApiResult<HttpResponse> {
    let (id, notes) = (path_id(&request)?, body.value.notes);
    let side = desk.0.read(move |c| side(c, id, &person, policy)).await?;
    let shown = act(desk, side.proposal, side.by, move |flow| {
        let mut k = consultation(flow, id)?;
        let mut h = flow.part(k.handling_id)?;
        flow.take(Action::Confirm, Some(&mut h), Step::default())?;
        confirm(flow, &mut k, notes)?;
        show(flow, &side.seer)
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

fn confirm(flow: &mut Flow<'_>, k: &mut Consultation, notes: Option<String>) -> ApiResult<()> {
    let not_now = |why: &str| Err(ApiError::new(ErrorCode::WrongState).detail(why));
    if k.state != ConsultationState::Chosen || k.chosen_slot.is_none_or(|slot| slot > flow.now) {
        return not_now("it was not held yet");
    }
    let (account, now) = (flow.by.account_id, Some(flow.now));
    if flow.by.who == Who::Author {
        // The author confirms notes that can be read, not a promise of notes.
        if k.handler_confirmed_at.is_none() || k.author_confirmed_at.is_some() {
            return not_now("the handler confirms first, with the notes; each side once");
        }
        (k.author_confirmed_by, k.author_confirmed_at) = (account, now);
    } else {
        if k.handler_confirmed_at.is_some() {
            return not_now("each side confirms once");
        }
        k.notes = notes.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
        if k.notes.is_none() {
            return Err(ApiError::field(
                "notes",
                "required",
                "the handler writes down what was said",
            ));
        }
        (k.handler_confirmed_by, k.handler_confirmed_at) = (account, now);
    }
    if k.handler_confirmed_at.is_some() && k.author_confirmed_at.is_some() {
        k.state = ConsultationState::Confirmed;
    }
    saved(flow, k, ConsultationState::Chosen)
}

fn consultation(flow: &mut Flow<'_>, id: Id) -> ApiResult<Consultation> {
    Ok(store::consultation(flow.c, id)?.ok_or(ErrorCode::NotFound)?)
}

fn saved(flow: &mut Flow<'_>, k: &Consultation, from: ConsultationState) -> ApiResult<()> {
    if store::consultation_save(flow.c, k, from)? {
        Ok(())
    } else {
        Err(ErrorCode::WrongState.into())
    }
}

/// On which side of a consultation somebody stands.
struct Side {
    proposal: Id,
    by: By,
    seer: Seer,
}

/// The author's side, or that of the organisation that offered it; for everybody else there is none.
fn side(c: &mut DbConn, id: Id, person: &Person, policy: SecondFactorPolicy) -> ApiResult<Side> {
    let k = store::consultation(c, id)?.ok_or(ErrorCode::NotFound)?;
    match signing(c, k.proposal_id, person.account_id) {
        Ok(mine) if mine.signatory.role == SignatoryRole::Author => Ok(Side {
            proposal: k.proposal_id,
            by: mine.by(),
            seer: mine.seer(),
        }),
        Ok(_) => Err(ErrorCode::Forbidden.into()),
        Err(_) => {
            let held = held_part(c, k.handling_id, person, policy)?;
            Ok(Side {
                proposal: k.proposal_id,
                by: held.by(),
                seer: held.seer(),
            })
        }
    }
}
