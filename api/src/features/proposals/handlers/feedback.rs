//! Feedback of representatives, and what the supervisors decide when an answer did not satisfy twice.

use super::callers::{Supervising, by_staff, signing, staff_seer};
use super::{Desk, act, act_and_show, readable, show};
use crate::auth::Person;
use crate::auth::caller::path_id;
use crate::db::Id;
use crate::features::proposals::flow::Step;
use crate::features::proposals::settle;
use crate::features::proposals::store;
use crate::features::proposals::views::ProposalDetail;
use crate::features::proposals::{Action, Grade, GradeState, SignatoryState, Who, deadlines};
use crate::text_enum;
use crate::web::{ApiError, ApiResult, Body, ErrorCode};
use actix_web::{HttpRequest, HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a signatory makes of a reply.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct GradeGiven {
    #[garde(skip)]
    pub grade: Grade,
    /// Needed with `unsatisfied` (代表建议工作条例 27).
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "措施具体，希望尽快落实", max_length = 2000)]
    pub comment: Option<String>,
}

/// Grade a reply
///
/// By each signatory, once, in the time for feedback. The handler never learns who gave which. When everybody answered, or
/// the time is over, the proposal is closed, followed up, or handled a second time.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = GradeGiven,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state", "feedback_closed"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/grade")]
pub async fn proposal_grade(
    request: HttpRequest,
    person: Person,
    body: Body<GradeGiven>,
    desk: Desk,
) -> ApiResult<HttpResponse> {
    let (id, given) = (path_id(&request)?, body.value);
    let comment = given.comment.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let mine = desk
        .0
        .read(move |c| {
            let h = store::handling(c, id)?.ok_or(ErrorCode::NotFound)?;
            signing(c, h.proposal_id, person.account_id)
        })
        .await?;
    // Who declined, or never answered, has no part in it.
    if mine.signatory.state != SignatoryState::Signed {
        return Err(ErrorCode::NotFound.into());
    }
    if given.grade == Grade::Unsatisfied && comment.is_none() {
        return Err(ApiError::field("comment", "required", "must say what does not satisfy"));
    }
    let (by, seer, signatory) = (mine.as_signatory(), mine.seer(), mine.signatory);
    let shown = act(desk, mine.proposal.id, by, move |flow| {
        let mut h = flow.part(id)?;
        let line = store::grades(flow.c, flow.p.id)?
            .into_iter()
            .rfind(|g| g.handling_id == h.id && g.round == h.round && g.signatory_id == signatory.id);
        // Neither grade nor words of it go into the step: the timeline only tells that feedback came.
        flow.take(Action::Grade, Some(&mut h), Step::default())?;
        let line = line.ok_or(ErrorCode::FeedbackClosed)?;
        let open = line.state == GradeState::Waiting && flow.today() <= line.due_on;
        if !open || !store::grade_give(flow.c, line.id, given.grade, comment.as_deref(), flow.now)? {
            return Err(ErrorCode::FeedbackClosed.into());
        }
        deadlines::stop_feedback(flow, &h, signatory.representative_id, true)?;
        settle::settle(flow, &mut h)?;
        show(flow, &seer)
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

text_enum! {
    /// What the supervisors decide.
    SuperviseDecision {
        /// Another round, with its own deadline.
        HandleAgain = "handle_again",
        /// It ends here; an open promise is still followed up.
        Close = "close",
    }
}

/// What the supervisors decide about a proposal that did not satisfy twice.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct Supervision {
    #[garde(skip)]
    pub decision: SuperviseDecision,
    /// What handler and representatives were told.
    #[garde(length(chars, min = 1, max = 2000), custom(readable))]
    #[schema(example = "已召集代表和承办单位研究", min_length = 1, max_length = 2000)]
    pub note: String,
}

/// Decide what becomes of a proposal that did not satisfy twice
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = Supervision,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/supervise")]
pub async fn proposal_supervise(part: Supervising, body: Body<Supervision>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, id) = (by_staff(&part.staff, Who::Supervisor), staff_seer(&part.staff), part.id);
    let (decision, note) = (body.value.decision, body.value.note);
    act_and_show(desk, part.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        let step = Step::noted(Some(&note));
        match decision {
            SuperviseDecision::HandleAgain => settle::again(flow, &mut h, Action::SuperviseAgain, step),
            SuperviseDecision::Close if store::commitment_open(flow.c, h.id)?.is_some() => {
                flow.take(Action::SuperviseFollow, Some(&mut h), step)
            }
            SuperviseDecision::Close => flow.take(Action::SuperviseClose, Some(&mut h), step),
        }
    })
    .await
}
