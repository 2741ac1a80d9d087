//! The JSON body of a request: limited in size, valid UTF-8 JSON, then checked by its own rules.

use super::error::{ApiError, ErrorCode, FieldError};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use garde::Validate;
use serde::de::DeserializeOwned;

/// Largest body of JSON, from the configuration.
#[derive(Clone, Copy)]
pub struct BodyLimit(pub usize);

/// A parsed and validated body, with the bytes it came from.
pub struct Body<T> {
    pub value: T,
    pub raw: Bytes,
}

impl<T> std::ops::Deref for Body<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> FromRequest for Body<T>
where
    T: DeserializeOwned + Validate + 'static,
    T::Context: Default,
{
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = request.app_data::<BodyLimit>().map_or(256 * 1024, |l| l.0);
        // An absent type is accepted: some phones drop it on empty objects.
        let json = request.headers().get(header::CONTENT_TYPE).is_none()
            || request
                .mime_type()
                .ok()
                .flatten()
                .is_some_and(|m| m.subtype() == "json" || m.suffix().is_some_and(|s| s == "json"));
        let mut payload = payload.take();
        Box::pin(async move {
            if !json {
                return Err(ApiError::new(ErrorCode::UnsupportedMediaType).detail("send application/json"));
            }
            let raw = read_limited(&mut payload, limit).await?;
            let value = parse(&raw)?;
            Ok(Body { value, raw })
        })
    }
}

/// Reads a body up to `limit` bytes.
pub async fn read_limited(payload: &mut Payload, limit: usize) -> Result<Bytes, ApiError> {
    let mut raw = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|e| ApiError::new(ErrorCode::BadRequest).detail(e.to_string()))?;
        if raw.len() + chunk.len() > limit {
            return Err(ApiError::new(ErrorCode::BodyTooLarge).detail(format!("at most {limit} bytes")));
        }
        raw.extend_from_slice(&chunk);
    }
    Ok(raw.freeze())
}

/// Parses JSON and applies the type's rules; the error names the field.
pub fn parse<T>(raw: &[u8]) -> Result<T, ApiError>
where
    T: DeserializeOwned + Validate,
    T::Context: Default,
{
    let mut deserializer = serde_json::Deserializer::from_slice(raw);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|e| {
        use serde_json::error::Category;
        let field = e.path().to_string();
        let inner = e.into_inner();
        match inner.classify() {
            Category::Data => ApiError::field(&field, "invalid", clean(&inner.to_string())),
            // A number where a word is expected counts as bad syntax there, although it is good JSON.
            _ if is_json(raw) => ApiError::field(&field, "invalid", clean(&inner.to_string())),
            _ => ApiError::new(ErrorCode::BodyNotJson).detail(clean(&inner.to_string())),
        }
    })?;
    deserializer
        .end()
        .map_err(|e| ApiError::new(ErrorCode::BodyNotJson).detail(clean(&e.to_string())))?;
    check(&value)?;
    Ok(value)
}

fn is_json(raw: &[u8]) -> bool {
    std::str::from_utf8(raw).is_ok() && serde_json::from_slice::<serde::de::IgnoredAny>(raw).is_ok()
}

/// Applies the rules of a value that came another way than by a body.
pub fn check<T>(value: &T) -> Result<(), ApiError>
where
    T: Validate,
    T::Context: Default,
{
    value.validate().map_err(|report| ApiError {
        errors: report
            .iter()
            .map(|(path, error)| FieldError {
                field: path.to_string(),
                code: "invalid".into(),
                message: error.to_string(),
            })
            .collect(),
        ..ApiError::new(ErrorCode::ValidationFailed)
    })
}

/// Control characters would let a value forge log lines or terminals.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
