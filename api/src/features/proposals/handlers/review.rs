//! The two reviews of a reply: the committee first, then the review offices; only then its class counts.

use super::callers::{Reviewing, by_staff, staff_seer};
use super::{Desk, act_and_show, readable};
use crate::auth::Role;
use crate::db::Id;
use crate::features::proposals::flow::{Flow, Step};
use crate::features::proposals::store::{self, Commitment, Handling, Reply};
use crate::features::proposals::views::ProposalDetail;
use crate::features::proposals::{
    Action, CommitmentState, DeadlineKind, ReplyPurpose, ReplyState, ResultClass, State, Who, deadlines, notices,
};
use crate::notify::Template;
use crate::text_enum;
use crate::web::{ApiResult, Body, ErrorCode};
use actix_web::{HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

text_enum! {
    /// What a reviewer decides.
    ReviewDecision { Pass = "pass", Return = "return" }
}

/// What a reviewer decides about a reply.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ReplyReview {
    #[garde(skip)]
    pub decision: ReviewDecision,
    /// The class the reviewers find right, when it is another; not `b` without a promise in the reply.
    #[garde(skip)]
    pub class: Option<ResultClass>,
    /// Needed when it goes back.
    #[garde(length(chars, max = 2000), inner(custom(readable)))]
    #[schema(example = "请写明完成时限", max_length = 2000)]
    pub note: Option<String>,
}

/// Review a reply
///
/// First the committee (a supervisor), then the review offices (another person). Passed by both it is issued: its class
/// counts, the signatories are told and asked for feedback, and class B opens its commitment. Sent back, the handler's time
/// runs again from where it was.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Handling")), request_body = ReplyReview,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state", "same_reviewer", "reply_incomplete"]))))]
#[post("/handlings/{id:[0-9A-Fa-f-]+}/reply/review")]
pub async fn proposal_reply_review(part: Reviewing, body: Body<ReplyReview>, desk: Desk) -> ApiResult<HttpResponse> {
    let who = if part.staff.roles.contains(&Role::Supervisor) {
        Who::Supervisor
    } else {
        Who::Staff
    };
    let (by, seer, review) = (by_staff(&part.staff, who), staff_seer(&part.staff), body.value);
    let (id, account) = (part.id, part.staff.account_id);
    act_and_show(desk, part.proposal_id, by, seer, move |flow| {
        let mut h = flow.part(id)?;
        let committee = matches!(h.state, State::CommitteeReview | State::ClosingCommittee);
        let action = match (review.decision, committee) {
            (ReviewDecision::Pass, true) => Action::CommitteePass,
            (ReviewDecision::Pass, false) => Action::OfficePass,
            (ReviewDecision::Return, true) => Action::CommitteeReturn,
            (ReviewDecision::Return, false) => Action::OfficeReturn,
        };
        // The state is looked at before anything is told of the reply.
        let reply = store::reply_open(flow.c, h.id)?.filter(|r| r.state != ReplyState::Draft);
        let mut reply = reply.ok_or(ErrorCode::WrongState)?;
        let from = reply.state;
        if let Some(class) = review.class {
            reclass(&mut reply, class)?;
        }
        let step = Step::noted(review.note.as_deref()).with(json!({ "class": reply.class, "reply_id": reply.id }));
        match action {
            Action::CommitteePass => {
                flow.take(action, Some(&mut h), step)?;
                reply.state = ReplyState::OfficeReview;
                (reply.committee_by, reply.committee_at) = (Some(account), Some(flow.now));
                saved(flow, &reply, from)
            }
            Action::OfficePass => issue(flow, &mut h, reply, account, review.note.as_deref()),
            _ => {
                flow.take(action, Some(&mut h), step)?;
                reply.state = ReplyState::Draft;
                reply.review_note = review.note.clone();
                (reply.committee_by, reply.committee_at) = (None, None);
                if reply.purpose == ReplyPurpose::Outcome {
                    set_commitment(flow, &h, CommitmentState::Closing, |m| m.state = CommitmentState::Open)?;
                }
                saved(flow, &reply, from)
            }
        }
    })
    .await
}

/// Reviewers may correct the class, but not into one whose conditions the reply does not meet.
fn reclass(reply: &mut Reply, class: ResultClass) -> ApiResult<()> {
    let promised = reply.commitment.is_some() && reply.commitment_due_on.is_some();
    let fits = match (reply.purpose, class) {
        (ReplyPurpose::Outcome, ResultClass::B | ResultClass::D) => false,
        (ReplyPurpose::Answer, ResultClass::B) => promised,
        _ => true,
    };
    if !fits {
        return Err(ErrorCode::ReplyIncomplete.into());
    }
    reply.class = class;
    Ok(())
}

fn saved(flow: &mut Flow<'_>, reply: &Reply, from: ReplyState) -> ApiResult<()> {
    if store::reply_save(flow.c, reply, from)? {
        Ok(())
    } else {
        Err(ErrorCode::WrongState.into())
    }
}

/// Issues a reply that passed both reviews.
fn issue(flow: &mut Flow<'_>, h: &mut Handling, mut reply: Reply, account: Id, note: Option<&str>) -> ApiResult<()> {
    // Written before the step is taken: what starts with an issued reply looks for it. A refused step undoes both.
    let (from, before) = (reply.state, reply.clone());
    reply.state = ReplyState::Issued;
    (reply.office_by, reply.office_at, reply.issued_at) = (Some(account), Some(flow.now), Some(flow.now));
    saved(flow, &reply, from)?;
    (h.class, h.replied_at) = (Some(reply.class), Some(flow.now));
    if reply.purpose == ReplyPurpose::Outcome {
        let class = reply.class;
        set_commitment(flow, h, CommitmentState::Closing, |m| {
            (m.state, m.outcome) = (CommitmentState::Closed, Some(class));
            m.reason = m.reason.take().or_else(|| note.map(str::to_owned));
        })?;
    } else {
        promise(flow, h, &reply)?;
        flow.p.replied_at = Some(flow.now);
    }
    let mut step = Step::noted(note).with(json!({ "class": reply.class, "reply_id": reply.id }));
    step.facts.reply = Some(&before);
    flow.take(Action::OfficePass, Some(h), step)?;
    if reply.purpose == ReplyPurpose::Outcome {
        return Ok(());
    }
    let organisation = notices::organisation(flow, h.organisation_id)?;
    let to = notices::signers(flow)?;
    let due = store::grades(flow.c, flow.p.id)?
        .iter()
        .rfind(|g| g.handling_id == h.id)
        .map(|g| g.due_on.to_string());
    let params = json!({ "organisation": organisation, "due": due.unwrap_or_default() });
    notices::tell(flow, to, Template::ProposalReplied, params)
}

/// What an answer means for the promise of its part: class B opens it, or renews the one that runs since the first
/// round; another class of a later round settles the old one.
fn promise(flow: &mut Flow<'_>, h: &Handling, reply: &Reply) -> ApiResult<()> {
    let open = store::commitment_open(flow.c, h.id)?;
    let kind = DeadlineKind::Commitment;
    match (reply.class, open) {
        (ResultClass::B, open) => {
            let missing = ErrorCode::ReplyIncomplete;
            let (promise, due_on) = (
                reply.commitment.clone().ok_or(missing)?,
                reply.commitment_due_on.ok_or(missing)?,
            );
            match open {
                Some(_) => {
                    deadlines::cancel(flow, h, kind)?;
                    let id = reply.id;
                    set_commitment(flow, h, CommitmentState::Open, |m| {
                        (m.promise, m.due_on, m.reply_id) = (promise.clone(), due_on, id);
                    })?;
                }
                None => {
                    let row = Commitment {
                        id: Id::new(),
                        congress_id: flow.p.congress_id,
                        proposal_id: flow.p.id,
                        handling_id: h.id,
                        reply_id: reply.id,
                        promise,
                        due_on,
                        state: CommitmentState::Open,
                        outcome: None,
                        reason: None,
                        opened_at: flow.now,
                        closed_at: None,
                    };
                    store::commitment_insert(flow.c, &row)?;
                }
            }
            deadlines::start(flow, h, kind)?;
            let to = notices::handlers(flow, h)?;
            notices::tell(flow, to, Template::CommitmentDue, json!({ "due": due_on.to_string() }))
        }
        (_, None) => Ok(()),
        (class, Some(_)) => {
            deadlines::stop(flow, h, &[kind], Action::OfficePass)?;
            let outcome = if class == ResultClass::A {
                ResultClass::A
            } else {
                ResultClass::C
            };
            let reason = format!("{} ({})", reply.number, class.as_str().to_uppercase());
            set_commitment(flow, h, CommitmentState::Open, |m| {
                (m.state, m.outcome, m.reason) = (CommitmentState::Closed, Some(outcome), Some(reason.clone()));
            })
        }
    }
}

/// Changes the commitment of a part that is in a state.
pub fn set_commitment(
    flow: &mut Flow<'_>,
    h: &Handling,
    from: CommitmentState,
    change: impl FnOnce(&mut Commitment),
) -> ApiResult<()> {
    let mut m = store::commitment_open(flow.c, h.id)?.ok_or(ErrorCode::WrongState)?;
    change(&mut m);
    if m.state == CommitmentState::Closed {
        m.closed_at = Some(flow.now);
    }
    if store::commitment_save(flow.c, &m, from)? {
        Ok(())
    } else {
        Err(ErrorCode::WrongState.into())
    }
}
