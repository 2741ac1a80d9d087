//! Receipts that providers push to us: public addresses with a secret in them; what is not understood is refused.

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
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

/// What a receipt is worked on with.
struct Desk {
    services: Data<Services>,
    config: Data<Config>,
    db: Data<Db>,
    clock: Data<Clock>,
}

/// Keeps the receipts before it answers: a provider that hears "good" never sends them again.
async fn take(desk: Desk, driver: &'static str, token: &str, body: &[u8]) -> ApiResult<HttpResponse> {
    let secret = desk.config.notify.receipt_token.expose_secret();
    if secret.is_empty() || !same(secret.as_bytes(), token.as_bytes()) {
        return Err(ErrorCode::ReceiptRefused.into());
    }
    let found = desk.services.courier.drivers().named(driver).cloned();
    let found = found.ok_or(ErrorCode::ReceiptRefused)?;
    let receipts = found
        .parse_receipt(body)
        .map_err(|why| ApiError::field("body", "invalid", why))?;
    let now = desk.clock.now();
    desk.db
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
    config: Data<Config>,
    db: Data<Db>,
    clock: Data<Clock>,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    let desk = Desk {
        services,
        config,
        db,
        clock,
    };
    take(desk, "aliyun", &token.token, &body).await
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
    config: Data<Config>,
    db: Data<Db>,
    clock: Data<Clock>,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    let desk = Desk {
        services,
        config,
        db,
        clock,
    };
    take(desk, "tencent", &token.token, &body).await
}

/// Take receipts of 云MAS
///
/// For the provider only: set `/api/v1/receipts/mas?token=…` as its callback. The same receipt may come again.
#[utoipa::path(tag = "messages", params(ReceiptToken), request_body(content = Vec<serde_json::Value>, content_type = "application/json"),
    responses((status = 200, body = serde_json::Value, description = "What the provider wants to hear")), security(()),
    extensions(("x-error-codes" = json!(["receipt_refused"]))))]
#[post("/receipts/mas")]
pub async fn receipt_mas(
    token: Query<ReceiptToken>,
    services: Data<Services>,
    config: Data<Config>,
    db: Data<Db>,
    clock: Data<Clock>,
    body: Bytes,
) -> ApiResult<HttpResponse> {
    let desk = Desk {
        services,
        config,
        db,
        clock,
    };
    take(desk, "mas", &token.token, &body).await
}
