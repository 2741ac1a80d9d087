//! The caller's mail address: where messages go when neither WeChat nor SMS reaches the person.

use super::super::{record, rules, store};
use super::me::live_account;
use crate::auth::Person;
use crate::clock::Clock;
use crate::db::Db;
use crate::features::audit::Actor;
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, Body, RequestId};
use actix_web::HttpResponse;
use actix_web::put;
use actix_web::web::Data;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// The address to be.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct EmailChange {
    /// Null takes it away.
    #[garde(length(chars, max = 254))]
    #[schema(example = "zhang.san@example.com", max_length = 254)]
    pub email: Option<String>,
}

/// Set the caller's mail address
///
/// Used for messages only, never to log in.
#[utoipa::path(tag = "me", request_body = EmailChange, responses((status = 204)), security(("bearer" = [])))]
#[put("/me/email")]
pub async fn account_email_set(
    person: Person,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
    body: Body<EmailChange>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let email = body.email.as_deref().map(str::trim).filter(|e| !e.is_empty());
    if email.is_some_and(|e| !rules::is_email(e)) {
        return Err(ApiError::field("email", "invalid", "must be a mail address"));
    }
    let sealed = email.map(|e| secrets.seal("accounts.email", e.as_bytes()));
    db.write(move |c| {
        let account = live_account(c, &person, now)?.id;
        store::set_email(c, account, sealed.as_deref())?;
        let detail = json!({ "set": sealed.is_some() });
        record(
            c,
            Actor::Account(account),
            account,
            "email.set",
            detail,
            &request_id.0,
            now,
        )?;
        Ok::<_, ApiError>(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
