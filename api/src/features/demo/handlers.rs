//! The messages of a demo, so that a person can read the code that a real phone would get.

use super::accounts::{DemoAccount, accounts};
use super::store;
use crate::config::Config;
use crate::db::{Db, DbError, Ts};
use crate::features::Services;
use crate::secrets::Secrets;
use crate::web::{ApiResult, ErrorCode};
use actix_web::get;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A message as the phone would show it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DemoMessage {
    #[schema(example = "13800000001")]
    pub to: String,
    #[schema(example = "【履职】验证码 123456，5 分钟内有效。请勿告诉他人，工作人员不会索要验证码。")]
    pub text: String,
    pub at: Ts,
}

/// The newest messages.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DemoMessages {
    pub items: Vec<DemoMessage>,
}

/// List the newest messages of a demo.
///
/// In demo mode no message leaves the server; the newest twenty can be read here. Anywhere else this does not exist.
#[utoipa::path(tag = "demo", responses((status = 200, body = DemoMessages)), security(()),
    extensions(("x-error-codes" = json!(["not_found"]))))]
#[get("/demo/messages")]
pub async fn demo_message_list(
    config: Data<Config>,
    db: Data<Db>,
    secrets: Data<Secrets>,
) -> ApiResult<Json<DemoMessages>> {
    if !config.demo {
        return Err(ErrorCode::NotFound.into());
    }
    let messages = db
        .read(move |c| store::messages(c, &secrets, 20).map_err(DbError::from))
        .await?;
    let item = |m: store::Message| DemoMessage {
        to: m.to,
        text: m.text,
        at: m.at,
    };
    Ok(Json(DemoMessages {
        items: messages.into_iter().map(item).collect(),
    }))
}

/// The accounts of a demo.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemoAccounts {
    pub items: Vec<DemoAccount>,
}

/// List the accounts of a demo.
///
/// How to log in as each role, and where the hall screen is. Anywhere but in demo mode this does not exist.
#[utoipa::path(tag = "demo", responses((status = 200, body = DemoAccounts)), security(()),
    extensions(("x-error-codes" = json!(["not_found"]))))]
#[get("/demo/accounts")]
pub async fn demo_account_list(services: Data<Services>) -> ApiResult<Json<DemoAccounts>> {
    if !services.config.demo {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(Json(DemoAccounts {
        items: accounts(&services).await?,
    }))
}
