//! Receipts that providers push to us: public addresses with a secret in them; what is not understood is refused.

use crate::features::Services;
use crate::notify;
use crate::secrets::same;
use crate::web::{ApiError, ApiResult, ErrorCode};
use actix_web::HttpResponse;
use actix_web::post;
use actix_web::web::{Bytes, Data, Query};
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::IntoParams;

/// What proves that a receipt comes from the provider.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReceiptToken {
    /// `notify.receipt_token` of the configuration.
    #[param(min_length = 1, max_length = 200)]
    pub token: String,
}

/// Keeps the receipts before it answers: a provider that hears "good" never sends them again.
async fn take(services: &Services, driver: &'static str, token: &str, body: &[u8]) -> ApiResult<HttpResponse> {
    let secret = services.config.notify.receipt_token.expose_secret();
    if secret.is_empty() || !same(secret.as_bytes(), token.as_bytes()) {
        return Err(ErrorCode::ReceiptRefused.into());
    }
    let found = services.courier.drivers().named(driver).cloned();
    let found = found.ok_or(ErrorCode::ReceiptRefused)?;
    let receipts = found
        .parse_receipt(body)
        .map_err(|why| ApiError::field("body", "invalid", why))?;
    let now = services.clock.now();
    services
        .db
        .write(move |c| Ok::<_, ApiError>(notify::apply_receipts(c, driver, &receipts, now)?))
        .await?;
    Ok(HttpResponse::Ok().json(found.receipt_answer()))
}

/// Take receipts of Aliyun
///
/// For the provider only: set `/api/v1/receipts/aliyun?token=…` as its callback. The same receipt may come again.
#[utoipa::path(tag = "messages", params(ReceiptToken), request_body(content = Vec<serde_json::Value>, content_type = "application/json"),
    responses((status = 200, body = serde_json::Value, description = "What the provider wants to hear")), security(()),
    extensions(("x-error-codes" = json!(["receipt_refused"]))))]
#[post("/receipts/aliyun")]
pub async fn receipt_aliyun(
    token: Query<ReceiptToken>,
    services: Data<Services>,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    take(&services, "aliyun", &token.token, &body).await
}

/// Take receipts of Tencent Cloud
///
/// For the provider only: set `/api/v1/receipts/tencent?token=…` as its callback. The same receipt may come again.
#[utoipa::path(tag = "messages", params(ReceiptToken), request_body(content = Vec<serde_json::Value>, content_type = "application/json"),
    responses((status = 200, body = serde_json::Value, description = "What the provider wants to hear")), security(()),
    extensions(("x-error-codes" = json!(["receipt_refused"]))))]
#[post("/receipts/tencent")]
pub async fn receipt_tencent(
    token: Query<ReceiptToken>,
    services: Data<Services>,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    take(&services, "tencent", &token.token, &body).await
}

/// Take receipts of 云MAS
///
/// For the provider only: set `/api/v1/receipts/mas?token=…` as its callback. The same receipt may come again.
#[utoipa::path(tag = "messages", params(ReceiptToken), request_body(content = Vec<serde_json::Value>, content_type = "application/json"),
    responses((status = 200, body = serde_json::Value, description = "What the provider wants to hear")), security(()),
    extensions(("x-error-codes" = json!(["receipt_refused"]))))]
#[post("/receipts/mas")]
pub async fn receipt_mas(token: Query<ReceiptToken>, services: Data<Services>, body: Bytes) -> ApiResult<HttpResponse> {
    take(&services, "mas", &token.token, &body).await
}
