//! The operations on proposals.

mod assign;
mod attachments;
mod author;
mod callers;
mod categories;
mod commitments;
mod consult;
mod cosign;
mod feedback;
mod handling;
mod lists;
mod overdue;
mod reply;
mod requests;
mod review;
mod staff;
mod templates;
mod timeline;

use super::detail;
use super::flow::{By, Flow};
use super::views::{ProposalDetail, Seer};
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::features::congresses::{is_invisible, is_plain};
use crate::secrets::Secrets;
use crate::web::Operations;
use crate::web::{ApiResult, RequestId};
use actix_web::HttpResponse;
use actix_web::web::Data;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub fn routes(config: &mut impl Operations) {
    config
        .service(author::proposal_create)
        .service(author::my_proposal_list)
        .service(author::proposal_get)
        .service(author::proposal_update)
        .service(author::proposal_submit)
        .service(author::proposal_withdraw)
        .service(cosign::proposal_cosign_invite)
        .service(cosign::proposal_cosign_answer)
        .service(attachments::proposal_attachment_create)
        .service(attachments::proposal_attachment_get)
        .service(attachments::proposal_attachment_delete)
        .service(lists::congress_proposal_list)
        .service(lists::public_proposal_list)
        .service(lists::proposal_request_list)
        .service(lists::commitment_list)
        .service(staff::proposal_return)
        .service(staff::proposal_register)
        .service(staff::proposal_classify)
        .service(staff::proposal_merge)
        .service(staff::proposal_key_set)
        .service(staff::proposal_visit)
        .service(staff::proposal_redact)
        .service(assign::proposal_assign)
        .service(assign::proposal_reassign_decide)
        .service(assign::proposal_extension_decide)
        .service(handling::my_proposal_inbox)
        .service(handling::proposal_sign_for)
        .service(handling::proposal_contact)
        .service(handling::proposal_opinion_give)
        .service(requests::proposal_reassign_ask)
        .service(requests::proposal_extension_ask)
        .service(consult::proposal_consultation_offer)
        .service(consult::proposal_consultation_choose)
        .service(consult::proposal_consultation_confirm)
        .service(reply::proposal_reply_draft)
        .service(reply::proposal_reply_submit)
        .service(review::proposal_reply_review)
        .service(feedback::proposal_grade)
        .service(feedback::proposal_supervise)
        .service(commitments::commitment_progress)
        .service(commitments::commitment_close)
        .service(overdue::congress_proposal_overdue)
        .service(timeline::proposal_timeline)
        .service(categories::category_list)
        .service(categories::category_create)
        .service(categories::category_update)
        .service(categories::category_delete)
        .service(templates::reply_template_list)
        .service(templates::reply_template_create)
        .service(templates::reply_template_update)
        .service(templates::reply_template_delete);
}

/// What every write needs.
type Desk = (Data<Db>, Data<Clock>, Data<Secrets>, RequestId);

/// Takes steps on one proposal in one transaction.
async fn act<T: Send + 'static>(
    desk: Desk,
    id: Id,
    by: By,
    f: impl FnOnce(&mut Flow<'_>) -> ApiResult<T> + Send + 'static,
) -> ApiResult<T> {
    let (db, clock, secrets, request) = desk;
    let now = clock.now();
    let by = By {
        request_id: Some(request.0),
        ..by
    };
    db.write(move |c| f(&mut Flow::open(c, &secrets, id, by, now)?)).await
}

/// Takes steps and answers with the proposal as it is then.
async fn act_and_show(
    desk: Desk,
    id: Id,
    by: By,
    seer: Seer,
    f: impl FnOnce(&mut Flow<'_>) -> ApiResult<()> + Send + 'static,
) -> ApiResult<HttpResponse> {
    let shown = act(desk, id, by, move |flow| {
        f(flow)?;
        show(flow, &seer)
    });
    Ok(HttpResponse::Ok().json(shown.await?))
}

fn show(flow: &mut Flow<'_>, seer: &Seer) -> ApiResult<ProposalDetail> {
    let today = flow.today();
    detail::detail(flow.c, flow.p.id, seer, today)
}

/// Why, or what was found: in writing, public unless it is redacted.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct ProposalNote {
    #[garde(length(chars, min = 1, max = 2000), custom(readable))]
    #[schema(example = "请补充涉及的小区名单和数量", min_length = 1, max_length = 2000)]
    pub note: String,
}

/// For garde: lines are fine, other control characters and invisible ones are not.
fn readable(text: &str, _: &()) -> garde::Result {
    let odd = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_invisible(c);
    if text.chars().any(odd) {
        Err(garde::Error::new("must not hold control or invisible characters"))
    } else {
        Ok(())
    }
}

/// For garde: one line without space around.
fn plain(text: &str, _: &()) -> garde::Result {
    if is_plain(text) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must not hold control or invisible characters, nor begin or end with a space",
        ))
    }
}
