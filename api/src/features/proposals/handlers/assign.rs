//! Custody: assigned by the staff, and moved by nobody else.

use super::callers::{Running, RunningPart, by_staff, staff_seer};
use super::{Desk, act_and_show, readable};
use crate::db::Id;
use crate::features::proposals::flow::Step;
use crate::features::proposals::store::{self, Handling};
use crate::features::proposals::views::ProposalDetail;
use crate::features::proposals::{
    Action, HandlingRole, RequestKind, RequestState, Who, deadlines, flow::Flow, notices,
};
use crate::notify::Template;
use crate::text_enum;
use crate::web::{ApiResult, Body, ErrorCode};
use actix_web::{HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// To whom a proposal is given: one lead with any co-handlers (主办、协办), or at least two separate ones (分办).
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema, Validate)]
pub struct Assignment {
    #[garde(skip)]
    pub lead_organisation_id: Option<Id>,
    #[serde(default)]
    #[garde(length(max = 20))]
    #[schema(max_items = 20)]
    pub co_organisation_ids: Vec<Id>,
    #[serde(default)]
    #[garde(length(max = 20))]
    #[schema(max_items = 20)]
    pub separate_organisation_ids: Vec<Id>,
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "请区住建局牵头，供电公司配合", max_length = 2000)]
    pub note: Option<String>,
}

/// Assign a proposal
///
/// Custody begins, and with it the time for signing for it, for opinions and for the reply. The handlers are told.
/// Of two who assign at once one is told `wrong_state`.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = Assignment,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/assign")]
pub async fn proposal_assign(p: Running, body: Body<Assignment>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, plan) = (by_staff(&p.staff, Who::Staff), staff_seer(&p.staff), body.value);
    act_and_show(desk, p.id, by, seer, move |flow| {
        let role = |role: HandlingRole| move |id: Id| (id, role);
        let lead = plan.lead_organisation_id.into_iter().map(role(HandlingRole::Lead));
        let co = plan.co_organisation_ids.into_iter().map(role(HandlingRole::Co));
        let separate = plan
            .separate_organisation_ids
            .into_iter()
            .map(role(HandlingRole::Separate));
        let to: Vec<(Id, HandlingRole)> = lead.chain(co).chain(separate).collect();
        flow.p.assigned_at = Some(flow.now);
        let data: Vec<_> = to
            .iter()
            .map(|(id, role)| json!({ "organisation_id": id, "role": role }))
            .collect();
        let mut step = Step::noted(plan.note.as_deref()).with(json!({ "to": data }));
        step.facts.assignment = Some(&to);
        flow.take(Action::Assign, None, step)?;
        for (organisation, role) in &to {
            let h = flow.hand_over(*organisation, *role, None)?;
            told(flow, &h)?;
        }
        Ok(())
    })
    .await
}

fn told(flow: &mut Flow<'_>, h: &Handling) -> ApiResult<()> {
    let to = notices::handlers(flow, h)?;
    let params = json!({ "role": h.role.chinese(), "due": deadlines::answer_due(flow, h)? });
    notices::tell(flow, to, Template::ProposalAssigned, params)
}

text_enum! {
    /// What the staff decide about a request.
    RequestDecision { Approve = "approve", Refuse = "refuse" }
}

/// The decision about a re-assignment.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ReassignDecision {
    #[garde(skip)]
    pub decision: RequestDecision,
    /// Who takes over, when approved.
    #[garde(skip)]
    pub organisation_id: Option<Id>,
    /// Needed when refused.
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "充电设施建设由区住建局牵头，请继续办理", max_length = 2000)]
    pub note: Option<String>,
}

/// Decide a request for re-assignment
///
/// Approved, the part passes to the organisation that is named, with a new time for everything; refused, the time for
/// signing begins again. There is no moment at which nobody or two hold it.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = ReassignDecision,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/reassignment/decide")]
pub async fn proposal_reassign_decide(
    part: RunningPart,
    body: Body<ReassignDecision>,
    desk: Desk,
) -> ApiResult<HttpResponse> {
    let (by, seer, decision) = (by_staff(&part.staff, Who::Staff), staff_seer(&part.staff), body.value);
    let (id, account) = (part.id, part.staff.account_id);
    act_and_show(desk, part.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        let open = store::request_open(flow.c, h.id, RequestKind::Reassignment)?.ok_or(ErrorCode::WrongState)?;
        let approved = decision.decision == RequestDecision::Approve;
        let to = if approved {
            RequestState::Approved
        } else {
            RequestState::Refused
        };
        let note = decision.note.as_deref();
        if !store::request_decide(flow.c, open.id, to, account, note, flow.now)? {
            return Err(ErrorCode::WrongState.into());
        }
        if !approved {
            flow.take(Action::ReassignRefuse, Some(&mut h), Step::noted(note))?;
            // The assignment stands, with a new time to sign for it.
            return told(flow, &h);
        }
        let mut step = Step::noted(note)
            .with(json!({ "from": h.organisation_id, "to": decision.organisation_id, "role": h.role }));
        step.facts.successor = decision.organisation_id;
        // The gate has seen that there is one; the old part ends before the new one begins, in one transaction.
        let successor = decision.organisation_id.unwrap_or(h.organisation_id);
        let from = notices::organisation(flow, h.organisation_id)?;
        let mut to = notices::handlers(flow, &h)?;
        to.extend(notices::author(flow)?);
        flow.release_to(&mut h, successor, step)?;
        let new = store::handlings(flow.c, flow.p.id)?.pop().ok_or(ErrorCode::Internal)?;
        told(flow, &new)?;
        let name = notices::organisation(flow, successor)?;
        notices::tell(
            flow,
            to,
            Template::ProposalReassigned,
            json!({ "from": from, "to": name }),
        )
    })
    .await
}

/// The decision about more time.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ExtensionDecision {
    #[garde(skip)]
    pub decision: RequestDecision,
    /// Needed when refused.
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "涉及面广，同意延长至六个月", max_length = 2000)]
    pub note: Option<String>,
}

/// Decide a request for more time
///
/// Granted, the reply has six months from the day of assignment instead of three (代表法 51).
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = ExtensionDecision,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/extension/decide")]
pub async fn proposal_extension_decide(
    part: RunningPart,
    body: Body<ExtensionDecision>,
    desk: Desk,
) -> ApiResult<HttpResponse> {
    let (by, seer, decision) = (by_staff(&part.staff, Who::Staff), staff_seer(&part.staff), body.value);
    let (id, account) = (part.id, part.staff.account_id);
    act_and_show(desk, part.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        let open = store::request_open(flow.c, h.id, RequestKind::Extension)?.ok_or(ErrorCode::WrongState)?;
        let (action, to) = match decision.decision {
            RequestDecision::Approve => (Action::Extend, RequestState::Approved),
            RequestDecision::Refuse => (Action::ExtendRefuse, RequestState::Refused),
        };
        let note = decision.note.as_deref();
        if !store::request_decide(flow.c, open.id, to, account, note, flow.now)? {
            return Err(ErrorCode::WrongState.into());
        }
        flow.take(action, Some(&mut h), Step::noted(note))?;
        if action == Action::Extend {
            let state = h.state;
            h.extended = true;
            if !store::handling_save(flow.c, &h, state)? {
                return Err(ErrorCode::WrongState.into());
            }
            deadlines::extend(flow, &h)?;
            deadlines::copy_next(flow, &mut h)?;
        }
        Ok(())
    })
    .await
}
