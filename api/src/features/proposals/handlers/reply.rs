//! Replies as their handlers write and submit them.

use super::callers::Held;
use super::{Desk, act, act_and_show, plain, readable, show};
use crate::db::{Id, Json};
use crate::features::proposals::flow::{Flow, Step};
use crate::features::proposals::rules::motion;
use crate::features::proposals::store::{self, Handling, Reply};
use crate::features::proposals::views::{CitedOpinion, ProposalDetail};
use crate::features::proposals::{Action, HandlingRole, ReplyPurpose, ReplyState, ResultClass, State};
use crate::web::{ApiError, ApiResult, Body, ErrorCode};
use actix_web::{HttpResponse, post, put};
use chrono::{Datelike, NaiveDate};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// A reply as its handler writes it. Its number is made by the server.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ReplyDraft {
    #[garde(skip)]
    pub class: ResultClass,
    #[garde(length(chars, max = 50000), custom(readable))]
    #[schema(example = "您提出的建议收悉。经研究，现答复如下：……", max_length = 50000)]
    pub body: String,
    #[garde(length(chars, max = 50), custom(plain))]
    #[schema(example = "李工", max_length = 50)]
    pub contact_name: String,
    #[garde(length(chars, max = 50), custom(plain))]
    #[schema(example = "0571-8770 0000", max_length = 50)]
    pub contact_phone: String,
    /// What class B promises, and until when.
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "2026 年底前新建 200 个充电位", max_length = 2000)]
    pub commitment: Option<String>,
    #[garde(skip)]
    #[schema(example = "2026-12-31")]
    pub commitment_due_on: Option<NaiveDate>,
}

/// Draft a reply
///
/// By the lead, as often as it likes until it is submitted; nobody else sees it before. It need not be complete yet.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = ReplyDraft,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[put("/handlings/{id:[0-9A-Fa-f-]+}/reply")]
pub async fn proposal_reply_draft(held: Held, body: Body<ReplyDraft>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, id, draft) = (held.by(), held.seer(), held.handling.id, body.value);
    if draft
        .commitment_due_on
        .is_some_and(|day| !(2000..=2200).contains(&day.year()))
    {
        return Err(ApiError::field(
            "commitment_due_on",
            "invalid",
            "the year must lie between 2000 and 2200",
        ));
    }
    act_and_show(desk, held.handling.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        flow.take(Action::Draft, Some(&mut h), Step::default())?;
        put(flow, &h, ReplyPurpose::Answer, draft).map(drop)
    })
    .await
}

/// Writes a draft of a part: the one there is, or a new one with the next number.
pub fn put(flow: &mut Flow<'_>, h: &Handling, purpose: ReplyPurpose, draft: ReplyDraft) -> ApiResult<Reply> {
    let all = store::replies(flow.c, flow.p.id)?;
    let open = all
        .iter()
        .find(|r| r.handling_id == h.id && r.issued_at.is_none())
        .cloned();
    let number = flow.p.number.clone().ok_or(ErrorCode::WrongState)?;
    let row = Reply {
        id: open.as_ref().map_or_else(Id::new, |r| r.id),
        congress_id: flow.p.congress_id,
        proposal_id: flow.p.id,
        handling_id: h.id,
        round: h.round,
        purpose,
        state: ReplyState::Draft,
        number: open
            .as_ref()
            .map_or_else(|| motion::reply_number(&number, all.len() + 1), |r| r.number.clone()),
        class: draft.class,
        body: draft.body,
        contact_name: draft.contact_name,
        contact_phone: draft.contact_phone,
        opinions: Json(json!([])),
        commitment: draft.commitment,
        commitment_due_on: draft.commitment_due_on,
        drafted_by: flow.by.account_id.ok_or(ErrorCode::Forbidden)?,
        drafted_at: flow.now,
        submitted_at: None,
        committee_by: None,
        committee_at: None,
        office_by: None,
        office_at: None,
        review_note: open.as_ref().and_then(|r| r.review_note.clone()),
        issued_at: None,
    };
    match open {
        None => store::reply_insert(flow.c, &row).map(drop)?,
        Some(old) if old.state == ReplyState::Draft => {
            if !store::reply_save(flow.c, &row, ReplyState::Draft)? {
                return Err(ErrorCode::WrongState.into());
            }
        }
        Some(_) => return Err(ErrorCode::WrongState.into()),
    }
    Ok(row)
}

/// Submit a reply for review
///
/// Refused without a consultation that both sides confirmed in this round, without the opinion of every co-handler, and
/// without class, text and contact; class B also says what is promised until when. The opinions are cited as they are now.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")),
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state", "consultation_missing", "opinions_missing", "reply_incomplete"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/reply/submit")]
pub async fn proposal_reply_submit(held: Held, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, id) = (held.by(), held.seer(), held.handling.id);
    let shown = act(desk, held.handling.proposal_id, by, move |flow| {
        let mut h = flow.part(id)?;
        let reply = store::reply_open(flow.c, h.id)?.filter(|r| r.state == ReplyState::Draft);
        let mut step = Step::default().with(json!({ "class": reply.as_ref().map(|r| r.class) }));
        step.facts.reply = reply.as_ref();
        flow.take(Action::SubmitReply, Some(&mut h), step)?;
        let reply = reply.ok_or(ErrorCode::ReplyIncomplete)?;
        submit(flow, reply)?;
        show(flow, &seer)
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

/// Moves a draft into review, with the opinions it cites.
pub fn submit(flow: &mut Flow<'_>, reply: Reply) -> ApiResult<()> {
    let parts = store::handlings_named(flow.c, &[flow.p.id])?;
    let opinions: Vec<CitedOpinion> = parts
        .into_iter()
        .filter(|(h, _, _)| h.role == HandlingRole::Co && h.state == State::Opined)
        .filter_map(|(h, organisation, _)| {
            Some(CitedOpinion {
                organisation,
                opinion: h.opinion?,
            })
        })
        .collect();
    let row = Reply {
        state: ReplyState::CommitteeReview,
        submitted_at: Some(flow.now),
        opinions: Json(json!(opinions)),
        review_note: None,
        ..reply
    };
    if store::reply_save(flow.c, &row, ReplyState::Draft)? {
        Ok(())
    } else {
        Err(ErrorCode::WrongState.into())
    }
}
