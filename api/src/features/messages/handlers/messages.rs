//! Handlers of messages: the list, one with its attempts, try again, settle.

use super::super::MessageOf;
use crate::auth::Allowed;
use crate::auth::access::{ReadOutbox, SettleMessages};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Id};
use crate::features::audit::{self, Actor, Line};
use crate::features::congresses::Congress;
use crate::notify::{self, Message, MessageDetail, MessageFilter, OutboxState};
use crate::secrets::Secrets;
use crate::text_enum;
use crate::web::{ApiResult, Body, ErrorCode, Page, PageQuery, RequestId};
use actix_web::web::{Data, Json, Query};
use actix_web::{get, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MessageQuery {
    /// To this person.
    pub account_id: Option<Id>,
    /// About this thing, for example a deadline or a proposal.
    pub subject_id: Option<Id>,
    pub state: Option<OutboxState>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List the messages of a congress
///
/// Newest first. Answers "was this person warned?": when, with which version of the text, by which channel and provider,
/// under which id of the provider, and what its receipt said.
#[utoipa::path(tag = "messages", params(("id" = Id, Path, description = "The congress"), MessageQuery),
    responses((status = 200, body = Page<Message>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/messages")]
pub async fn message_list(
    congress: Allowed<Congress, ReadOutbox>,
    query: Query<MessageQuery>,
    db: Data<Db>,
) -> ApiResult<Json<Page<Message>>> {
    let (id, query) = (congress.resource.id, query.into_inner());
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let filter = MessageFilter {
        account_id: query.account_id,
        subject_id: query.subject_id,
        state: query.state,
    };
    Ok(Json(db.read(move |c| notify::search(c, id, filter, &page)).await?))
}

/// Show a message with its attempts
///
/// The text is not shown when it holds a code that opens an account.
#[utoipa::path(tag = "messages", params(("id" = Id, Path, description = "The message")),
    responses((status = 200, body = MessageDetail)), security(("bearer" = [])))]
#[get("/messages/{id:[0-9A-Fa-f-]+}")]
pub async fn message_get(
    message: Allowed<MessageOf, ReadOutbox>,
    db: Data<Db>,
    secrets: Data<Secrets>,
    config: Data<Config>,
) -> ApiResult<Json<MessageDetail>> {
    let id = message.id;
    let detail = db.read(move |c| shown(c, &secrets, id, config.demo)).await?;
    Ok(Json(detail))
}

fn shown(c: &mut crate::db::DbConn, secrets: &Secrets, id: Id, demo: bool) -> ApiResult<MessageDetail> {
    notify::get(c, secrets, id, demo)?.ok_or_else(|| ErrorCode::NotFound.into())
}

/// Try a message again that no channel took
///
/// Only `failed` and `undelivered` messages; it goes through all channels once more.
#[utoipa::path(tag = "messages", params(("id" = Id, Path, description = "The message")),
    responses((status = 200, body = MessageDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/messages/{id:[0-9A-Fa-f-]+}/retry")]
pub async fn message_retry(
    message: Allowed<MessageOf, SettleMessages>,
    db: Data<Db>,
    secrets: Data<Secrets>,
    config: Data<Config>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<Json<MessageDetail>> {
    let (now, demo) = (clock.now(), config.demo);
    let detail = db
        .write(move |c| {
            if !notify::retry(c, message.id, now)? {
                return Err(ErrorCode::WrongState.into());
            }
            let line = Line {
                congress_id: Some(message.congress_id),
                actor: Actor::Account(message.staff.account_id),
                action: "message.retry",
                subject_kind: "message",
                subject_id: Some(message.id),
                detail: json!({ "from": message.state }),
                request_id: Some(&request_id.0),
            };
            audit::record(c, line, now)?;
            shown(c, &secrets, message.id, demo)
        })
        .await?;
    Ok(Json(detail))
}

text_enum! {
    /// What a person found out about an uncertain message.
    FoundOut {
        /// The person has it.
        Arrived = "arrived",
        /// The person does not have it.
        SendAgain = "send_again",
    }
}

/// What was found out, and how.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct MessageSettle {
    #[garde(skip)]
    pub outcome: FoundOut,
    /// How it was found out; kept in the audit.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "电话询问本人，未收到", min_length = 1, max_length = 200)]
    pub reason: String,
}

/// Settle a message of which nobody knows whether it was sent
///
/// Only `uncertain` messages: neither the provider nor a receipt could tell. It is sent again only on a person's word.
#[utoipa::path(tag = "messages", params(("id" = Id, Path, description = "The message")), request_body = MessageSettle,
    responses((status = 200, body = MessageDetail)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/messages/{id:[0-9A-Fa-f-]+}/settle")]
pub async fn message_settle(
    message: Allowed<MessageOf, SettleMessages>,
    db: Data<Db>,
    secrets: Data<Secrets>,
    config: Data<Config>,
    clock: Data<Clock>,
    request_id: RequestId,
    body: Body<MessageSettle>,
) -> ApiResult<Json<MessageDetail>> {
    let (now, demo) = (clock.now(), config.demo);
    let detail = db
        .write(move |c| {
            if !notify::settle_by_person(c, message.id, body.outcome == FoundOut::Arrived, now)? {
                return Err(ErrorCode::WrongState.into());
            }
            let line = Line {
                congress_id: Some(message.congress_id),
                actor: Actor::Account(message.staff.account_id),
                action: "message.settle",
                subject_kind: "message",
                subject_id: Some(message.id),
                detail: json!({ "outcome": body.outcome, "reason": body.reason }),
                request_id: Some(&request_id.0),
            };
            audit::record(c, line, now)?;
            shown(c, &secrets, message.id, demo)
        })
        .await?;
    Ok(Json(detail))
}
