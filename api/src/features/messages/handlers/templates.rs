//! Handlers of the approved texts: the list, and a preview with values.

use crate::auth::Person;
use crate::notify::Template;
use crate::web::{ApiError, ApiResult, Body, Page};
use actix_web::web::Json;
use actix_web::{get, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An approved text.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageTemplate {
    pub template: Template,
    /// Rises with every change of the wording.
    #[schema(example = 1)]
    pub version: i32,
    #[schema(example = "请假结果")]
    pub title: String,
    /// What it needs.
    #[schema(example = json!(["subject", "outcome", "note"]))]
    pub params: Vec<String>,
    /// The text with values as they might be.
    #[schema(example = "【履职】您的请假“第一次全体会议”已批准。")]
    pub example: String,
}

/// List the approved texts
///
/// All on one page.
#[utoipa::path(tag = "messages", responses((status = 200, body = Page<MessageTemplate>)), security(("bearer" = [])))]
#[get("/message_templates")]
pub async fn template_list(_person: Person) -> Json<Page<MessageTemplate>> {
    let template = |template: &Template| {
        let text = template.text();
        MessageTemplate {
            template: *template,
            version: text.version,
            title: text.title.to_owned(),
            params: text.params.iter().map(|p| (*p).to_owned()).collect(),
            example: template.render(&template.example()),
        }
    };
    Json(Page {
        items: Template::ALL.iter().map(template).collect(),
        next_cursor: None,
    })
}

/// A text and its values.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct TemplatePreview {
    #[garde(skip)]
    pub template: Template,
    /// Texts or numbers by the names of the template's parameters.
    #[garde(skip)]
    #[schema(value_type = Object, example = json!({"code": "204817", "minutes": "5"}))]
    pub params: serde_json::Value,
}

/// What people would read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RenderedText {
    #[schema(example = 1)]
    pub version: i32,
    #[schema(example = "登录验证码")]
    pub title: String,
    #[schema(example = "【履职】验证码 204817，5 分钟内有效。请勿告诉他人，工作人员不会索要验证码。")]
    pub text: String,
    /// Characters, which decide how many parts an SMS has.
    #[schema(example = 44)]
    pub characters: usize,
}

/// Show what a text says with some values
///
/// Nothing is sent. A missing parameter is named.
#[utoipa::path(tag = "messages", request_body = TemplatePreview, responses((status = 200, body = RenderedText)),
    security(("bearer" = [])))]
#[post("/message_templates/preview")]
pub async fn template_preview(_person: Person, body: Body<TemplatePreview>) -> ApiResult<Json<RenderedText>> {
    let values = body.template.values(&body.params);
    values.map_err(|e| ApiError::field(&format!("params.{}", e.param), "missing", e.to_string()))?;
    let text = body.template.render(&body.params);
    Ok(Json(RenderedText {
        version: body.template.text().version,
        title: body.template.text().title.to_owned(),
        characters: text.chars().count(),
        text,
    }))
}
