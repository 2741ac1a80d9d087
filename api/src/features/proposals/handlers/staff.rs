//! What the staff of a congress do with a proposal: return, register, classify, merge, choose, follow up, redact.

use super::callers::{Running, by_staff, staff_seer};
use super::{Desk, ProposalNote, act_and_show, readable};
use crate::db::Id;
use crate::features::congresses;
use crate::features::proposals::flow::{By, Flow, Step};
use crate::features::proposals::rules::motion;
use crate::features::proposals::store::{self, Redaction, Signatory};
use crate::features::proposals::views::ProposalDetail;
use crate::features::proposals::{Action, RedactedField, SignatoryRole, SignatoryState, Who, notices};
use crate::notify::Template;
use crate::web::{ApiError, ApiResult, Body, ErrorCode};
use actix_web::{HttpResponse, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Return a proposal for completion
///
/// With what is missing; the author is told, completes it and submits it again.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = ProposalNote,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/return")]
pub async fn proposal_return(p: Running, body: Body<ProposalNote>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, note) = (by_staff(&p.staff, Who::Staff), staff_seer(&p.staff), body.value.note);
    act_and_show(desk, p.id, by, seer, move |flow| {
        flow.take(Action::Return, None, Step::noted(Some(&note)))?;
        let author = notices::author(flow)?;
        notices::tell(flow, author, Template::ProposalReturned, json!({ "reason": note }))
    })
    .await
}

/// Register a proposal
///
/// It gets its number: by congress session and kind, without gaps or doubles. Its signatories are told.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")),
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/register")]
pub async fn proposal_register(p: Running, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer) = (by_staff(&p.staff, Who::Staff), staff_seer(&p.staff));
    act_and_show(desk, p.id, by, seer, move |flow| {
        // The step comes first: who may not register must not use a number up.
        flow.take(Action::Register, None, Step::default())?;
        let session = congresses::congress_session(flow.c, flow.p.session_id)?.ok_or(ErrorCode::NotFound)?;
        let term = congresses::term(flow.c, session.term_id)?.ok_or(ErrorCode::NotFound)?;
        let seq = store::next_seq(flow.c, session.id, flow.p.kind)?;
        flow.p.seq = Some(seq);
        flow.p.number = Some(motion::number(term.number, session.number, flow.p.kind, seq));
        flow.p.registered_at = Some(flow.now);
        let state = flow.p.state;
        flow.save(state)?;
        let to = notices::signers(flow)?;
        notices::tell(flow, to, Template::ProposalRegistered, json!({}))
    })
    .await
}

/// Where a proposal belongs.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct Classification {
    #[garde(skip)]
    pub category_id: Id,
}

/// Classify a proposal
///
/// Into a category of the congress; again until it is assigned.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = Classification,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/classify")]
pub async fn proposal_classify(p: Running, body: Body<Classification>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, category) = (
        by_staff(&p.staff, Who::Staff),
        staff_seer(&p.staff),
        body.value.category_id,
    );
    act_and_show(desk, p.id, by, seer, move |flow| {
        flow.p.category_id = Some(category);
        let mut step = Step::default().with(json!({ "category_id": category }));
        step.facts.category = Some(category);
        flow.take(Action::Classify, None, step)
    })
    .await
}

/// What a proposal is merged into.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct Merging {
    /// Another proposal of the congress that is registered and not answered yet.
    #[garde(skip)]
    pub into_id: Id,
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "内容相近，并案办理", max_length = 2000)]
    pub note: Option<String>,
}

/// Merge a proposal into a similar one
///
/// Its signatories sign the other one too, and are told.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = Merging,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/merge")]
pub async fn proposal_merge(p: Running, body: Body<Merging>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, merging) = (by_staff(&p.staff, Who::Staff), staff_seer(&p.staff), body.value);
    let (db, clock, secrets, request) = desk;
    let (id, now) = (p.id, clock.now());
    let by = By {
        request_id: Some(request.0),
        ..by
    };
    let view = db
        .write(move |c| {
            // Both are held, the older one first: two that are merged into each other at once wait in one order.
            if merging.into_id < id {
                store::hold(c, merging.into_id)?;
            }
            let mut flow = Flow::open(c, &secrets, id, by, now)?;
            merge(&mut flow, &merging)?;
            super::show(&mut flow, &seer)
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

fn merge(flow: &mut Flow<'_>, merging: &Merging) -> ApiResult<()> {
    let into = store::hold(flow.c, merging.into_id)?.filter(|into| into.congress_id == flow.p.congress_id);
    let into = into.ok_or_else(|| ApiError::field("into_id", "unknown", "is no proposal of this congress"))?;
    flow.p.merged_into = Some(into.id);
    let data = json!({ "into_id": into.id, "into_number": into.number });
    let mut step = Step::noted(merging.note.as_deref()).with(data);
    step.facts.target = Some(&into);
    flow.take(Action::Merge, None, step)?;
    let there = store::signatories(flow.c, into.id)?;
    let ours = store::signatories(flow.c, flow.p.id)?;
    let joined: Vec<Signatory> = ours
        .into_iter()
        .map(|(s, _)| s)
        .filter(|s| s.state == SignatoryState::Signed)
        .filter(|s| !there.iter().any(|(t, _)| t.representative_id == s.representative_id))
        .map(|s| Signatory {
            id: Id::new(),
            proposal_id: into.id,
            role: SignatoryRole::Joined,
            ..s
        })
        .collect();
    store::signatories_insert(flow.c, &joined)?;
    let to = notices::signers(flow)?;
    notices::tell(flow, to, Template::ProposalMerged, json!({ "into": into.name() }))
}

/// Whether a proposal is a key proposal.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct KeyChoice {
    #[garde(skip)]
    pub is_key: bool,
    /// The decision of the chairpersons' meeting.
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "第 43 次主任会议决定", max_length = 2000)]
    pub note: Option<String>,
}

/// Choose a key proposal
///
/// As the chairpersons' meeting (主任会议) decided; or take the choice back.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = KeyChoice,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[put("/proposals/{id:[0-9A-Fa-f-]+}/key")]
pub async fn proposal_key_set(p: Running, body: Body<KeyChoice>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, choice) = (by_staff(&p.staff, Who::Staff), staff_seer(&p.staff), body.value);
    act_and_show(desk, p.id, by, seer, move |flow| {
        if flow.p.is_key == choice.is_key {
            return Ok(());
        }
        flow.p.is_key = choice.is_key;
        let step = Step::noted(choice.note.as_deref());
        if choice.is_key {
            return flow.take(Action::SetKey, None, step);
        }
        let state = flow.p.state;
        flow.save(state)?;
        flow.log(Action::UnsetKey, None, Some(state), state, 0, step)
    })
    .await
}

/// Note a follow-up visit
///
/// 回访, after the answer: what the author and the people concerned said.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = ProposalNote,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/visits")]
pub async fn proposal_visit(p: Running, body: Body<ProposalNote>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, note) = (by_staff(&p.staff, Who::Staff), staff_seer(&p.staff), body.value.note);
    act_and_show(desk, p.id, by, seer, move |flow| {
        flow.take(Action::Visit, None, Step::noted(Some(&note)))
    })
    .await
}

/// What the public shall not read, and why.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewRedaction {
    #[garde(skip)]
    pub field: RedactedField,
    /// The reply or step, for these two fields.
    #[garde(skip)]
    pub subject_id: Option<Id>,
    /// Shown in place of the text.
    #[garde(length(chars, min = 1, max = 200), custom(readable))]
    #[schema(example = "涉及个人隐私", min_length = 1, max_length = 200)]
    pub reason: String,
}

/// Redact a field for the public
///
/// The timeline then shows the reason in its place (代表建议工作条例 36: secrets of state and trade, privacy). That a step was
/// taken, when, by which organisation and how late can not be hidden.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = NewRedaction,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/redactions")]
pub async fn proposal_redact(p: Running, body: Body<NewRedaction>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, new) = (by_staff(&p.staff, Who::Staff), staff_seer(&p.staff), body.value);
    let account = p.staff.account_id;
    act_and_show(desk, p.id, by, seer, move |flow| {
        let known = match new.field {
            RedactedField::Reply => store::replies(flow.c, flow.p.id)?.iter().map(|r| r.id).collect(),
            RedactedField::StepNote => store::steps(flow.c, flow.p.id)?.iter().map(|(s, _)| s.id).collect(),
            _ => vec![flow.p.id],
        };
        let subject = new.subject_id.unwrap_or(flow.p.id);
        if !known.contains(&subject) {
            let why = "must be the reply or step of this proposal that is redacted";
            return Err(ApiError::field("subject_id", "unknown", why));
        }
        let row = Redaction {
            id: Id::new(),
            congress_id: flow.p.congress_id,
            proposal_id: flow.p.id,
            field: new.field,
            subject_id: subject,
            reason: new.reason.clone(),
            redacted_by: account,
            redacted_at: flow.now,
        };
        store::redaction_insert(flow.c, &row)?;
        let state = flow.p.state;
        let step = Step::noted(Some(&new.reason)).with(json!({ "field": new.field }));
        flow.log(Action::Redact, None, Some(state), state, 0, step)
    })
    .await
}
