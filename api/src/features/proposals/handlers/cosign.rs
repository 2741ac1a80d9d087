//! Co-signing by invitation: asked by the author, answered by each representative.

use super::callers::Signing;
use super::{Desk, act_and_show};
use crate::db::Id;
use crate::features::proposals::flow::{Flow, Step};
use crate::features::proposals::store::{self, Signatory};
use crate::features::proposals::views::ProposalDetail;
use crate::features::proposals::{Action, SignatoryRole, SignatoryState, notices};
use crate::features::representatives::{self, SeatStatus};
use crate::notify::Template;
use crate::text_enum;
use crate::web::{ApiError, ApiResult, Body, ErrorCode};
use actix_web::{HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Whom to ask.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct CosignInvitation {
    /// Active seats of the same congress.
    #[garde(length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    pub representative_ids: Vec<Id>,
}

text_enum! {
    /// The answer to an invitation.
    CosignDecision { Sign = "sign", Decline = "decline" }
}

/// The answer to an invitation.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct CosignAnswer {
    #[garde(skip)]
    pub decision: CosignDecision,
}

/// Invite representatives to co-sign
///
/// By the author of a draft. Who declined may be asked again; who was asked and has not answered, or has signed, is left
/// as they are. Each is told.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = CosignInvitation,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/invitations")]
pub async fn proposal_cosign_invite(
    mine: Signing,
    body: Body<CosignInvitation>,
    desk: Desk,
) -> ApiResult<HttpResponse> {
    let (by, seer, mut ids) = (mine.by(), mine.seer(), body.value.representative_ids);
    ids.sort();
    ids.dedup();
    act_and_show(desk, mine.proposal.id, by, seer, move |flow| {
        let seats = representatives::seats_by_ids(flow.c, &ids)?;
        let congress = flow.p.congress_id;
        let good = |s: &representatives::Representative| s.congress_id == congress && s.status == SeatStatus::Active;
        if seats.iter().filter(|s| good(s)).count() != ids.len() {
            let why = "must be active seats of this congress";
            return Err(ApiError::field("representative_ids", "unknown", why));
        }
        let known = store::signatories(flow.c, flow.p.id)?;
        let (mut new, mut told) = (vec![], vec![]);
        for seat in seats {
            match known.iter().find(|(s, _)| s.representative_id == seat.id) {
                Some((s, _)) if s.state == SignatoryState::Declined => {
                    store::signatory_ask_again(flow.c, s.id, flow.now)?;
                    told.push(s.account_id);
                }
                Some(_) => (),
                None => {
                    told.push(seat.account_id);
                    new.push(Signatory {
                        id: Id::new(),
                        congress_id: flow.p.congress_id,
                        proposal_id: flow.p.id,
                        representative_id: seat.id,
                        account_id: seat.account_id,
                        role: SignatoryRole::Cosigner,
                        state: SignatoryState::Invited,
                        invited_at: flow.now,
                        answered_at: None,
                    });
                }
            }
        }
        store::signatories_insert(flow.c, &new)?;
        flow.take(
            Action::Invite,
            None,
            Step::default().with(json!({ "asked": told.len() })),
        )?;
        invite(flow, told)
    })
    .await
}

fn invite(flow: &mut Flow<'_>, told: Vec<Id>) -> ApiResult<()> {
    let author = representatives::representative(flow.c, flow.p.author_id)?.map(|s| s.name);
    let params = json!({ "author": author.unwrap_or_default() });
    notices::tell(flow, told, Template::ProposalCosignInvited, params)
}

/// Asks those again whose signature belongs to another text.
pub fn ask_again(flow: &mut Flow<'_>) -> ApiResult<()> {
    let told = store::cosigners_ask_again(flow.c, flow.p.id, flow.now)?;
    invite(flow, told)
}

/// Answer an invitation to co-sign
///
/// By each who was asked, once, while the proposal is with its author.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")), request_body = CosignAnswer,
    responses((status = 200, body = ProposalDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/cosign")]
pub async fn proposal_cosign_answer(mine: Signing, body: Body<CosignAnswer>, desk: Desk) -> ApiResult<HttpResponse> {
    let (by, seer, signatory) = (mine.by(), mine.seer(), mine.signatory.id);
    let (action, to) = match body.value.decision {
        CosignDecision::Sign => (Action::Cosign, SignatoryState::Signed),
        CosignDecision::Decline => (Action::Decline, SignatoryState::Declined),
    };
    act_and_show(desk, mine.proposal.id, by, seer, move |flow| {
        flow.take(action, None, Step::default())?;
        if store::signatory_answer(flow.c, signatory, to, flow.now)? {
            Ok(())
        } else {
            Err(ApiError::new(ErrorCode::WrongState).detail("it was answered before"))
        }
    })
    .await
}
