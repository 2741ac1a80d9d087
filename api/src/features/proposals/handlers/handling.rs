//! A handler's desk: the inbox by due date, signing for what came, contact with the author, a co-handler's opinion.

use super::callers::{Held, held_part};
use super::{Desk, ProposalNote, act_and_show, readable};
use crate::auth::Person;
use crate::auth::Resource;
use crate::auth::caller::SecondFactorPolicy;
use crate::clock::Clock;
use crate::db::{Db, Id, Ts};
use crate::features::congresses::{self, Congress};
use crate::features::proposals::flow::{By, Flow, Step};
use crate::features::proposals::store::{self, NOTHING_DUE};
use crate::features::proposals::views::{self, Light, ProposalDetail};
use crate::features::proposals::{Action, DeadlineKind, HandlingRole, ProposalKind, State};
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Page, PageQuery};
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get, post};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// What narrows an inbox.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
    /// Of the organisation's part.
    state: Option<State>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One thing on a handler's desk.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InboxItem {
    pub handling_id: Id,
    pub proposal_id: Id,
    pub congress_id: Id,
    pub organisation_id: Id,
    #[schema(example = "17-6-建议-0286")]
    pub number: Option<String>,
    #[schema(example = "关于增加老旧小区电动自行车充电设施的建议")]
    pub title: String,
    pub kind: ProposalKind,
    pub is_key: bool,
    pub role: HandlingRole,
    pub state: State,
    #[schema(example = 1)]
    pub round: i32,
    pub assigned_at: Ts,
    /// What is due next; null when the turn is somebody else's.
    #[schema(example = "2026-03-16")]
    pub due_on: Option<NaiveDate>,
    pub due_kind: Option<DeadlineKind>,
    pub due_provisional: bool,
    pub light: Option<Light>,
}

/// List what the caller's organisation holds
///
/// By due date, with a light: red is late, yellow due within seven days. Empty for who handles for no organisation.
#[utoipa::path(tag = "proposals", params(InboxQuery), responses((status = 200, body = Page<InboxItem>)), security(("bearer" = [])))]
#[get("/me/proposal_inbox")]
pub async fn my_proposal_inbox(
    person: Person,
    query: Query<InboxQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let q = query.into_inner();
    let page = PageQuery {
        limit: q.limit,
        cursor: q.cursor,
    };
    let (limit, after, now) = (page.limit()?, page.after::<(NaiveDate, Id)>()?, clock.now());
    let (rows, days) = db
        .read(move |c| {
            let own = store::organisations_of(c, person.account_id)?;
            let mut days: HashMap<Id, NaiveDate> = HashMap::new();
            for (congress, _) in &own {
                if let Some(of) = Congress::load(c, *congress)? {
                    days.insert(*congress, congresses::local_date(&of, now));
                }
            }
            let organisations: Vec<Id> = own.into_iter().map(|(_, organisation)| organisation).collect();
            if organisations.is_empty() {
                return Ok((vec![], days));
            }
            Ok::<_, ApiError>((store::inbox(c, &organisations, q.state, after, limit)?, days))
        })
        .await?;
    let page = Page::of(
        rows,
        limit,
        |(h, _)| (h.due_on, h.id),
        |(h, p)| InboxItem {
            light: days
                .get(&h.congress_id)
                .and_then(|today| views::light(h.due_on, *today)),
            handling_id: h.id,
            proposal_id: p.id,
            congress_id: p.congress_id,
            organisation_id: h.organisation_id,
            number: p.number,
            title: p.title,
            kind: p.kind,
            is_key: p.is_key,
            role: h.role,
            state: h.state,
            round: h.round,
            assigned_at: h.assigned_at,
            due_on: (h.due_on != NOTHING_DUE).then_some(h.due_on),
            due_kind: h.due_kind,
            due_provisional: h.due_provisional,
        },
    );
    Ok(HttpResponse::Ok().json(page))
}

/// What is signed for.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct SignFor {
    /// Parts that the caller's organisation holds and that were not signed for.
    #[garde(length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub handling_ids: Vec<Id>,
}

/// What was signed for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SignedFor {
    #[schema(example = 12)]
    pub signed: usize,
}

/// Sign for proposals
///
/// Up to a hundred at once: all of them or, if one is not there to be signed for, none.
#[utoipa::path(tag = "proposals", request_body = SignFor, responses((status = 200, body = SignedFor)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state", "not_found"]))))]
#[post("/me/proposal_inbox/sign_for")]
pub async fn proposal_sign_for(
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<SignFor>,
    (db, clock, secrets, request): Desk,
) -> ApiResult<HttpResponse> {
    let (mut ids, now) = (body.value.handling_ids, clock.now());
    ids.sort();
    ids.dedup();
    let signed = db
        .write(move |c| {
            let mut parts = vec![];
            for id in ids {
                parts.push(held_part(c, id, &person, policy)?);
            }
            // Proposals are held in one order, so that two batches never wait for each other.
            parts.sort_by_key(|held| (held.handling.proposal_id, held.handling.id));
            for held in &parts {
                let by = By {
                    request_id: Some(request.0.clone()),
                    ..held.by()
                };
                let mut flow = Flow::open(c, &secrets, held.handling.proposal_id, by, now)?;
                let mut h = flow.part(held.handling.id)?;
                (h.signed_by, h.signed_at) = (Some(person.account_id), Some(now));
                flow.take(Action::SignFor, Some(&mut h), Step::default())?;
            }
            Ok::<_, ApiError>(parts.len())
        })
        .await?;
    Ok(HttpResponse::Ok().json(SignedFor { signed }))
}

/// Note the first contact with the author
///
/// By the lead: how and when the representative was asked. Offering a consultation counts as well.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = ProposalNote,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/contact")]
pub async fn proposal_contact(held: Held, body: Body<ProposalNote>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, id, note) = (held.by(), held.seer(), held.handling.id, body.value.note);
    act_and_show(desk, held.handling.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        h.contacted_at = h.contacted_at.or(Some(flow.now));
        flow.take(Action::Contact, Some(&mut h), Step::noted(Some(&note)))
    })
    .await
}

/// A co-handler's opinion.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct CoOpinion {
    #[garde(length(chars, min = 1, max = 20000), custom(readable))]
    #[schema(example = "我局负责用电增容，计划六月底前完成。", min_length = 1, max_length = 20000)]
    pub opinion: String,
}

/// Give a co-handler's opinion
///
/// To the lead, whose reply cites it; without it the lead cannot answer.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = CoOpinion,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/opinion")]
pub async fn proposal_opinion_give(held: Held, body: Body<CoOpinion>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, id, opinion) = (held.by(), held.seer(), held.handling.id, body.value.opinion);
    if opinion.trim().is_empty() {
        return Err(ApiError::field("opinion", "required", "must not be blank"));
    }
    act_and_show(desk, held.handling.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        if h.role != HandlingRole::Co {
            return Err(ErrorCode::WrongState.into());
        }
        (h.opinion, h.opinion_at) = (Some(opinion), Some(flow.now));
        flow.take(Action::Opinion, Some(&mut h), Step::default())
    })
    .await
}
