//! What a handler asks the staff for: another handler, or more time.

use super::callers::Held;
use super::{Desk, ProposalNote, act_and_show, readable};
use crate::db::Id;
use crate::features::congresses;
use crate::features::proposals::flow::{Flow, Step};
use crate::features::proposals::store::{self, Handling, Request};
use crate::features::proposals::views::ProposalDetail;
use crate::features::proposals::{Action, RequestKind, RequestState};
use crate::web::{ApiError, ApiResult, Body, ErrorCode};
use actix_web::{HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why another organisation should handle it.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ReassignRequest {
    #[garde(length(chars, min = 1, max = 2000), custom(readable))]
    #[schema(
        example = "充电设施由区城管局主管，不属于我局职责",
        min_length = 1,
        max_length = 2000
    )]
    pub note: String,
    /// Only a suggestion: the staff decide.
    #[garde(skip)]
    pub suggested_organisation_id: Option<Id>,
}

/// Ask for re-assignment
///
/// Instead of signing for it, in writing and in the same time. The organisation keeps custody until the staff decide.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = ReassignRequest,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/reassignment")]
pub async fn proposal_reassign_ask(held: Held, body: Body<ReassignRequest>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, id, ask) = (held.by(), held.seer(), held.handling.id, body.value);
    act_and_show(desk, held.handling.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        if let Some(suggested) = ask.suggested_organisation_id {
            let known = congresses::organisations(flow.c, &[suggested])?;
            if !known.iter().any(|o| o.congress_id == flow.p.congress_id) {
                let why = "is no organisation of this congress";
                return Err(ApiError::field("suggested_organisation_id", "unknown", why));
            }
        }
        flow.take(Action::ReassignAsk, Some(&mut h), Step::noted(Some(&ask.note)))?;
        asked(
            flow,
            &h,
            RequestKind::Reassignment,
            ask.note,
            ask.suggested_organisation_id,
        )
    })
    .await
}

/// Ask for more time
///
/// For what is wide or hard, once, while it is handled. The time that runs goes on until the staff grant it.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = ProposalNote,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state", "already_exists"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/extension")]
pub async fn proposal_extension_ask(held: Held, body: Body<ProposalNote>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, id, note) = (held.by(), held.seer(), held.handling.id, body.value.note);
    act_and_show(desk, held.handling.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        flow.take(Action::ExtendAsk, Some(&mut h), Step::noted(Some(&note)))?;
        if store::request_open(flow.c, h.id, RequestKind::Extension)?.is_some() {
            return Err(ErrorCode::AlreadyExists.into());
        }
        asked(flow, &h, RequestKind::Extension, note, None)
    })
    .await
}

fn asked(
    flow: &mut Flow<'_>,
    h: &Handling,
    kind: RequestKind,
    reason: String,
    suggested_organisation_id: Option<Id>,
) -> ApiResult<()> {
    let row = Request {
        id: Id::new(),
        congress_id: flow.p.congress_id,
        proposal_id: flow.p.id,
        handling_id: h.id,
        kind,
        state: RequestState::Open,
        reason,
        suggested_organisation_id,
        asked_by: flow.by.account_id.ok_or(ErrorCode::Forbidden)?,
        asked_at: flow.now,
        decided_by: None,
        decided_at: None,
        decision_note: None,
    };
    store::request_insert(flow.c, &row)?;
    Ok(())
}
