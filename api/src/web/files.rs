//! Files that come with a request, as a form or as the body, and files to take away.

use super::body::read_limited;
use super::{ApiError, ApiResult, ErrorCode};
use actix_multipart::{Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use utoipa::ToSchema;

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub const CSV: &str = "text/csv; charset=utf-8";

/// A workbook, for the contract.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code)]
pub struct Workbook(Vec<u8>);

/// The file, sent as a form.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct ImportForm {
    /// CSV or XLSX.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// A file to take away; `ascii` is its name for clients that know no other.
pub fn attachment(content_type: &str, ascii: &str, name: &str, bytes: Vec<u8>) -> HttpResponse {
    let encoded: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
    let disposition = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(("content-disposition", disposition))
        .insert_header(("cache-control", "no-store"))
        .body(bytes)
}

/// The bytes of the file, from a form or from the body.
pub async fn upload(request: &HttpRequest, payload: web::Payload, limit: usize) -> ApiResult<Bytes> {
    let mime = request.mime_type().ok().flatten();
    match mime.as_ref().map(|m| (m.type_().as_str(), m.subtype().as_str())) {
        Some(("multipart", "form-data")) => form_file(Multipart::new(request.headers(), payload), limit).await,
        Some((_, "json")) | Some(("multipart", _)) => {
            Err(ApiError::new(ErrorCode::UnsupportedMediaType).detail("send multipart/form-data, text/csv or XLSX"))
        }
        _ => {
            let mut payload: Payload = payload.into_inner();
            read_limited(&mut payload, limit).await.map_err(too_large)
        }
    }
}

fn too_large(e: ApiError) -> ApiError {
    if e.code == ErrorCode::BodyTooLarge {
        ErrorCode::ImportTooLarge.into()
    } else {
        e
    }
}

async fn form_file(mut form: Multipart, limit: usize) -> ApiResult<Bytes> {
    let broken = |e: MultipartError| ApiError::new(ErrorCode::BadRequest).detail(e.to_string());
    let mut left = limit;
    let mut file = None;
    while let Some(field) = form.next().await {
        let mut field = field.map_err(broken)?;
        let wanted = field.name() == Some("file") && file.is_none();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = field.next().await {
            let chunk = chunk.map_err(broken)?;
            left = left.checked_sub(chunk.len()).ok_or(ErrorCode::ImportTooLarge)?;
            if wanted {
                bytes.extend_from_slice(&chunk);
            }
        }
        if wanted {
            file = Some(bytes.freeze());
        }
    }
    file.ok_or_else(|| ApiError::field("file", "required", "the form has no field `file`"))
}
