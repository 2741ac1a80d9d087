//! Files of a proposal: told by their content, kept in the data folder, given only to those who may see the proposal.

use super::callers;
use crate::auth::Person;
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::proposals::rules::files;
use crate::features::proposals::rules::machine;
use crate::features::proposals::store::{self, Attachment, Proposal};
use crate::features::proposals::views::{self, AttachmentView, Seer};
use crate::features::proposals::{SignatoryRole, State};
use crate::secrets::sha256;
use crate::web::body::read_limited;
use crate::web::{ApiError, ApiResult, ErrorCode, RequestId};
use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path, Payload, Query, block};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;
use utoipa::{IntoParams, ToSchema};

/// What the bytes do not say.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttachmentQuery {
    /// The file's name, with the extension that fits its content.
    #[param(min_length = 1, max_length = 120, example = "调研报告.pdf")]
    name: String,
}

/// The bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct FileBytes(#[allow(dead_code)] Vec<u8>);

fn folder(config: &Config) -> PathBuf {
    config.data_dir.join("files")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Who may add and remove files: the author while the text is open, a handler while its part is.
fn may_attach(c: &mut DbConn, p: &Proposal, seer: &Seer) -> ApiResult<Option<Id>> {
    match seer {
        Seer::Signatory(s) if s.role == SignatoryRole::Author => match p.state {
            State::Draft | State::Returned => Ok(None),
            _ => Err(ErrorCode::WrongState.into()),
        },
        Seer::Handler(of) => {
            let parts = store::handlings(c, p.id)?;
            let own = parts
                .iter()
                .find(|h| of.contains(&h.organisation_id) && !machine::is_final(h.state));
            Ok(Some(own.ok_or(ErrorCode::WrongState)?.id))
        }
        _ => Err(ErrorCode::Forbidden.into()),
    }
}

fn record(
    c: &mut DbConn,
    person: &Person,
    action: &str,
    a: &Attachment,
    request: &RequestId,
    now: Ts,
) -> ApiResult<()> {
    let line = Line {
        congress_id: Some(a.congress_id),
        actor: Actor::Account(person.account_id),
        action,
        subject_kind: "proposal",
        subject_id: Some(a.proposal_id),
        detail: json!({ "attachment_id": a.id, "sha256": a.sha256, "size": a.size }),
        request_id: Some(&request.0),
    };
    Ok(audit::record(c, line, now)?)
}

/// Attach a file
///
/// PDF, OFD, DOCX, XLSX, PNG, JPEG, WebP or plain text, up to 20 MB, as the body. What it is is told by its content; a
/// name that says otherwise is refused, and so are macros. By the author while the text is open, by a handler while its part is.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal"), AttachmentQuery),
    request_body(content = FileBytes, content_type = "application/octet-stream"),
    responses((status = 201, body = AttachmentView)), security(("bearer" = [])),
    extensions(("x-natural-key" = json!(true)), ("x-error-codes" = json!(["wrong_state", "file_not_accepted", "body_too_large"]))))]
#[post("/proposals/{id:[0-9A-Fa-f-]+}/attachments")]
#[allow(clippy::too_many_arguments)]
pub async fn proposal_attachment_create(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    query: Query<AttachmentQuery>,
    payload: Payload,
    config: Data<Config>,
    (db, clock): (Data<Db>, Data<Clock>),
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let (id, name, now) = (path_id(&request)?, query.into_inner().name, clock.now());
    let length = name.chars().count();
    if !(1..=120).contains(&length) || name.contains(['/', '\\']) || super::plain(&name, &()).is_err() {
        return Err(ApiError::field(
            "name",
            "invalid",
            "must be a plain file name of at most 120 characters",
        ));
    }
    // Whoever may not attach must not make the server read twenty megabytes.
    let who = person.clone();
    let first = db.read(move |c| allowed(c, id, &who, policy)).await?;
    let bytes: Bytes = read_limited(&mut payload.into_inner(), files::LARGEST).await?;
    let kind = files::sniff(&bytes).filter(|kind| files::fits(&name, *kind));
    let kind = kind.ok_or(ErrorCode::FileNotAccepted)?;
    let row = Attachment {
        id: Id::new(),
        congress_id: first.0.congress_id,
        proposal_id: id,
        handling_id: first.1,
        name,
        media_type: kind.media_type.to_owned(),
        size: i32::try_from(bytes.len()).map_err(ApiError::internal)?,
        sha256: hex(&sha256(&bytes)),
        uploaded_by: person.account_id,
        uploaded_at: now,
        removed_at: None,
    };
    // The bytes come first: a row without its file would be a lie, a file without a row is only forgotten space.
    let path = folder(&config).join(row.id.to_string());
    let kept = path.clone();
    block(move || keep(&kept, &bytes))
        .await
        .map_err(ApiError::internal)?
        .map_err(ApiError::internal)?;
    let written = db
        .write(move |c| {
            store::hold(c, id)?.ok_or(ErrorCode::NotFound)?;
            allowed(c, id, &person, policy)?;
            if store::attachments(c, id)?.len() >= files::MOST {
                return Err(ApiError::new(ErrorCode::WrongState).detail("a proposal has at most 20 files"));
            }
            store::attachment_insert(c, &row)?;
            record(c, &person, "proposal.attach", &row, &request_id, now)?;
            Ok(views::attachment(row))
        })
        .await;
    if written.is_err() {
        // It was not acknowledged; what cannot be deleted is only space.
        let _ = block(move || std::fs::remove_file(path)).await;
    }
    Ok(HttpResponse::Created().json(written?))
}

fn keep(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().expect("a file lies in a folder");
    std::fs::create_dir_all(folder)?;
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(bytes)?;
    // Acknowledged means durable, for files too: the bytes, and the folder's entry for them.
    file.sync_all()?;
    std::fs::File::open(folder)?.sync_all()
}

fn allowed(c: &mut DbConn, id: Id, person: &Person, policy: SecondFactorPolicy) -> ApiResult<(Proposal, Option<Id>)> {
    let p = store::proposal(c, id)?.ok_or(ErrorCode::NotFound)?;
    let seer = callers::seer(c, &p, person, policy)?;
    let part = may_attach(c, &p, &seer)?;
    Ok((p, part))
}

/// Get an attached file
///
/// For everybody who may see the proposal.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal"), ("attachment_id" = Id, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = FileBytes)), security(("bearer" = [])))]
#[get("/proposals/{id:[0-9A-Fa-f-]+}/attachments/{attachment_id:[0-9A-Fa-f-]+}")]
pub async fn proposal_attachment_get(
    path: Path<(Id, Id)>,
    person: Person,
    policy: SecondFactorPolicy,
    config: Data<Config>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (id, attachment) = path.into_inner();
    let row = db
        .read(move |c| {
            let p = store::proposal(c, id)?.ok_or(ErrorCode::NotFound)?;
            callers::seer(c, &p, &person, policy)?;
            let all = store::attachments(c, id)?;
            Ok::<_, ApiError>(
                all.into_iter()
                    .find(|a| a.id == attachment)
                    .ok_or(ErrorCode::NotFound)?,
            )
        })
        .await?;
    let path = folder(&config).join(row.id.to_string());
    let bytes = block(move || std::fs::read(path))
        .await
        .map_err(ApiError::internal)?
        .map_err(|e| ApiError::internal(format!("the file of an attachment cannot be read: {e}")))?;
    let encoded: String = row.name.bytes().map(|b| format!("%{b:02X}")).collect();
    // Always a download, never a page: whatever the content is, it runs nowhere.
    Ok(HttpResponse::Ok()
        .content_type(row.media_type)
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{encoded}"),
        ))
        .body(bytes))
}

/// Remove an attached file
///
/// By the side that added it, as long as it may add files. The bytes are kept for the audit, and nobody gets them any more.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal"), ("attachment_id" = Id, Path)),
    responses((status = 204)), security(("bearer" = [])), extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[delete("/proposals/{id:[0-9A-Fa-f-]+}/attachments/{attachment_id:[0-9A-Fa-f-]+}")]
pub async fn proposal_attachment_delete(
    path: Path<(Id, Id)>,
    person: Person,
    policy: SecondFactorPolicy,
    (db, clock): (Data<Db>, Data<Clock>),
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let ((id, attachment), now) = (path.into_inner(), clock.now());
    db.write(move |c| {
        store::hold(c, id)?.ok_or(ErrorCode::NotFound)?;
        let (_, part) = allowed(c, id, &person, policy)?;
        let all = store::attachments(c, id)?;
        let row = all.into_iter().find(|a| a.id == attachment && a.handling_id == part);
        let row = row.ok_or(ErrorCode::NotFound)?;
        store::attachment_remove(c, row.id, now)?;
        record(c, &person, "proposal.detach", &row, &request_id, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
