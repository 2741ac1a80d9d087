//! B 类续办: progress of what was promised, and how it ends.

use super::reply::{ReplyDraft, put, submit};
use super::review::set_commitment;
use super::{Desk, ProposalNote, act, plain, readable, show};
use crate::auth::Person;
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::db::{DbConn, Id};
use crate::features::proposals::flow::Step;
use crate::features::proposals::handlers::callers::{Held, held_part};
use crate::features::proposals::store;
use crate::features::proposals::views::ProposalDetail;
use crate::features::proposals::{Action, CommitmentState, ReplyPurpose, ResultClass};
use crate::web::{ApiResult, Body, ErrorCode};
use actix_web::{HttpRequest, HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// The part whose promise it is, for the organisation that gave it.
fn held_commitment(c: &mut DbConn, id: Id, person: &Person, policy: SecondFactorPolicy) -> ApiResult<Held> {
    let m = store::commitment(c, id)?.ok_or(ErrorCode::NotFound)?;
    held_part(c, m.handling_id, person, policy)
}

/// Report progress on a promise
///
/// A line of the public timeline; representatives and voters read it.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Commitment")), request_body = ProposalNote,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/commitments/{id:[0-9A-Fa-f-]+}/progress")]
pub async fn commitment_progress(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<ProposalNote>,
    desk: Desk,
) -> ApiResult<HttpResponse> {
    let (id, note) = (path_id(&request)?, body.value.note);
    let held = desk.0.read(move |c| held_commitment(c, id, &person, policy)).await?;
    let (by, seer, part) = (held.by(), held.seer(), held.handling.id);
    let shown = act(desk, held.handling.proposal_id, by, move |flow| {
        let mut h = flow.part(part)?;
        let step = Step::noted(Some(&note)).with(json!({ "commitment_id": id }));
        flow.take(Action::Progress, Some(&mut h), step)?;
        show(flow, &seer)
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

/// How a promise ended.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct CommitmentOutcome {
    /// `a`, or `c` with a reason.
    #[garde(skip)]
    pub class: ResultClass,
    #[garde(length(chars, min = 1, max = 50000), custom(readable))]
    #[schema(example = "200 个充电位已全部投入使用。", min_length = 1, max_length = 50000)]
    pub body: String,
    /// Why it cannot be kept: needed with class C.
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "供电容量不足，暂不能实施", max_length = 2000)]
    pub note: Option<String>,
    #[garde(length(chars, min = 1, max = 50), custom(plain))]
    #[schema(example = "李工", min_length = 1, max_length = 50)]
    pub contact_name: String,
    #[garde(length(chars, min = 1, max = 50), custom(plain))]
    #[schema(example = "0571-8770 0000", min_length = 1, max_length = 50)]
    pub contact_phone: String,
}

/// Submit the outcome of a promise
///
/// It is a reply of its own, with its number, and passes the same two reviews before it counts.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Commitment")), request_body = CommitmentOutcome,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state", "reply_incomplete"]))))]
#[post("/commitments/{id:[0-9A-Fa-f-]+}/close")]
pub async fn commitment_close(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<CommitmentOutcome>,
    desk: Desk,
) -> ApiResult<HttpResponse> {
    let (id, outcome) = (path_id(&request)?, body.value);
    let held = desk.0.read(move |c| held_commitment(c, id, &person, policy)).await?;
    let (by, seer, part) = (held.by(), held.seer(), held.handling.id);
    let shown = act(desk, held.handling.proposal_id, by, move |flow| {
        let mut h = flow.part(part)?;
        let note = outcome.note.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
        let draft = ReplyDraft {
            class: outcome.class,
            body: outcome.body,
            contact_name: outcome.contact_name,
            contact_phone: outcome.contact_phone,
            commitment: None,
            commitment_due_on: None,
        };
        let reply = put(flow, &h, ReplyPurpose::Outcome, draft)?;
        let mut step = Step::noted(note.as_deref()).with(json!({ "commitment_id": id, "class": reply.class }));
        step.facts.reply = Some(&reply);
        flow.take(Action::CloseCommitment, Some(&mut h), step)?;
        submit(flow, reply.clone())?;
        let reason = note.clone();
        set_commitment(flow, &h, CommitmentState::Open, |m| {
            (m.state, m.reason) = (CommitmentState::Closing, reason);
        })?;
        show(flow, &seer)
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}
