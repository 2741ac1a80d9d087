//! The operations of certificates.

use super::rules::{Attended, CertificateItem, Statement};
use super::store::{self, Certificate, Scope};
use crate::auth::access::IssueCertificates;
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::{Allowed, Keyring, Person, Resource, sessions, staff_in};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, Id, Json, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::gates::qr_svg;
use crate::features::meetings;
use crate::features::representatives::Representative;
use crate::secrets::b64;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, RequestId};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Whose attendance of what.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct NewCertificate {
    #[garde(skip)]
    pub representative_id: Id,
    /// One sitting; either this or `meeting_id`.
    #[garde(skip)]
    pub sitting_id: Option<Id>,
    /// All sittings of a meeting that were attended.
    #[garde(skip)]
    pub meeting_id: Option<Id>,
}

/// A certificate with everything needed to check it. What a bad signature covers is not shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CertificateView {
    pub id: Id,
    /// True while its signature is good and it is not revoked.
    pub valid: bool,
    pub revoked: bool,
    #[schema(example = "滨江区人民代表大会")]
    pub congress_name: Option<String>,
    #[schema(example = "张伟")]
    pub representative_name: Option<String>,
    #[schema(example = "0042")]
    pub representative_number: Option<String>,
    /// The meeting.
    #[schema(example = "十七届六次会议")]
    pub title: Option<String>,
    pub items: Vec<CertificateItem>,
    pub issued_at: Option<Ts>,
    /// Where anyone can check it.
    #[schema(example = "https://lvzhi.example.gov.cn/certificate/01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42")]
    pub url: String,
    /// The address as a QR code, an SVG picture.
    pub qr_svg: String,
    #[schema(example = "Zk3pQ9aB")]
    pub kid: String,
    /// The server's key `kid`, Ed25519, 32 bytes in base64url; null when the server does not have it.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub public_key: Option<String>,
    /// The signed JSON text.
    #[schema(example = "{\"type\":\"lvzhi-certificate-v1\",\"id\":\"01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42\"}")]
    pub payload: String,
    /// Ed25519 over the UTF-8 bytes of `payload`, 64 bytes in base64url.
    pub signature: String,
}

/// Issue an attendance certificate
///
/// By the representative for their own seat, or by staff. It holds the sittings that were attended.
#[utoipa::path(tag = "certificates", request_body = NewCertificate,
    responses((status = 201, body = CertificateView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["not_found"]))))]
#[post("/certificates")]
#[allow(clippy::too_many_arguments)]
pub async fn certificate_create(
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<NewCertificate>,
    idem: Idempotency,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    keys: Data<Keyring>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let scope = match (body.sitting_id, body.meeting_id) {
        (Some(sitting), None) => Scope::Sitting(sitting),
        (None, Some(meeting)) => Scope::Meeting(meeting),
        _ => {
            let message = "name either a sitting or a meeting";
            return Err(ApiError::field("sitting_id", "invalid", message));
        }
    };
    let (raw, representative, ring, url) = (body.raw.clone(), body.representative_id, keys, config.public_url());
    let view = db
        .write(move |c| {
            let seat = Representative::load(c, representative)?.ok_or(ErrorCode::NotFound)?;
            if seat.account_id != person.account_id {
                staff_in::<IssueCertificates>(c, &person, seat.congress_id, policy)?;
            } else if !sessions::is_live(c, person.session_id, now)? {
                return Err(ErrorCode::SessionRevoked.into());
            }
            idem.run(c, person.account_id, &raw, now, |c| {
                let row = issue(c, &ring, &person, &seat, scope, now)?;
                let line = Line {
                    congress_id: Some(row.congress_id),
                    actor: Actor::Account(person.account_id),
                    action: "certificate.issue",
                    subject_kind: "certificate",
                    subject_id: Some(row.id),
                    detail: json!({ "representative_id": row.representative_id }),
                    request_id: Some(&request.0),
                };
                audit::record(c, line, now)?;
                Ok(view(&row, &ring, &url))
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(view))
}

fn issue(
    c: &mut DbConn,
    keys: &Keyring,
    person: &Person,
    seat: &Representative,
    scope: Scope,
    now: Ts,
) -> ApiResult<Certificate> {
    let meeting_id = match scope {
        Scope::Meeting(id) => id,
        Scope::Sitting(id) => meetings::sitting(c, id)?.ok_or(ErrorCode::NotFound)?.meeting_id,
    };
    let meeting = meetings::meeting(c, meeting_id)?
        .filter(|m| m.congress_id == seat.congress_id)
        .ok_or(ErrorCode::NotFound)?;
    let items = store::attended(c, seat.id, scope)?;
    if items.is_empty() {
        return Err(ApiError::new(ErrorCode::NotFound).detail("this seat attended none of it"));
    }
    let attended = Attended {
        congress_id: seat.congress_id,
        congress_name: store::congress_name(c, seat.congress_id)?,
        representative_id: seat.id,
        representative_name: seat.name.clone(),
        representative_number: seat.number.clone(),
        title: meeting.title,
        items,
    };
    let id = Id::new();
    let text = Statement::new(id, attended, now).text();
    let (kid, signature) = keys.sign(text.as_bytes());
    let row = Certificate {
        id,
        congress_id: seat.congress_id,
        representative_id: seat.id,
        body: Json(Value::String(text)),
        kid,
        signature: signature.to_vec(),
        issued_by: person.account_id,
        created_at: now,
        revoked_at: None,
    };
    store::certificate_insert(c, &row)?;
    Ok(row)
}

/// Checks the certificate anew, from what is kept.
fn view(row: &Certificate, keys: &Keyring, public_url: &str) -> CertificateView {
    // Whatever else somebody wrote into the column is shown as it is, and not valid.
    let payload = row
        .body
        .0
        .as_str()
        .map_or_else(|| row.body.0.to_string(), str::to_owned);
    let signed = keys.check(&row.kid, payload.as_bytes(), &row.signature);
    let statement = Some(&payload)
        .filter(|_| signed)
        .and_then(|p| Statement::read(p, row.id));
    let url = format!("{public_url}/certificate/{}", row.id);
    let revoked = row.revoked_at.is_some();
    let mut view = CertificateView {
        id: row.id,
        valid: statement.is_some() && !revoked,
        revoked,
        congress_name: None,
        representative_name: None,
        representative_number: None,
        title: None,
        items: vec![],
        issued_at: None,
        qr_svg: qr_svg(&url),
        url,
        kid: row.kid.clone(),
        public_key: keys
            .server_keys()
            .into_iter()
            .find(|(kid, _)| *kid == row.kid)
            .map(|(_, key)| key),
        payload,
        signature: b64(&row.signature),
    };
    if let Some(s) = statement {
        view.congress_name = Some(s.congress_name);
        view.representative_name = Some(s.representative_name);
        view.representative_number = Some(s.representative_number);
        view.title = Some(s.title);
        view.items = s.items;
        view.issued_at = Some(s.issued_at);
    }
    view
}

/// Check a certificate
///
/// Public: whoever has the address can see what it says and whether it is good. The signature is checked anew each
/// time, and can be checked without this server.
#[utoipa::path(tag = "certificates", params(("id" = Id, Path, description = "Certificate")),
    responses((status = 200, body = CertificateView)), security(()))]
#[get("/certificates/{id:[0-9A-Fa-f-]+}")]
pub async fn certificate_get(
    id: Path<String>,
    db: Data<Db>,
    keys: Data<Keyring>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let id: Id = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let found = db.read(move |c| Ok::<_, ApiError>(Certificate::load(c, id)?)).await?;
    let row = found.ok_or(ErrorCode::NotFound)?;
    if !keys.server_keys().iter().any(|(kid, _)| *kid == row.kid) {
        // Another process may have made this key a moment ago.
        keys.reload().await?;
    }
    Ok(HttpResponse::Ok().json(view(&row, &keys, &config.public_url())))
}

/// Revoke a certificate
///
/// Its address keeps working and says that it is revoked.
#[utoipa::path(tag = "certificates", params(("id" = Id, Path, description = "Certificate")),
    responses((status = 200, body = CertificateView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/certificates/{id:[0-9A-Fa-f-]+}/revoke")]
pub async fn certificate_revoke(
    certificate: Allowed<Certificate, IssueCertificates>,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    keys: Data<Keyring>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let (id, congress_id, account) = (certificate.id, certificate.congress_id, certificate.staff.account_id);
    db.write(move |c| {
        if !store::certificate_revoke(c, id, now)? {
            return Err(ErrorCode::WrongState.into());
        }
        let line = Line {
            congress_id: Some(congress_id),
            actor: Actor::Account(account),
            action: "certificate.revoke",
            subject_kind: "certificate",
            subject_id: Some(id),
            detail: json!({}),
            request_id: Some(&request.0),
        };
        audit::record(c, line, now)?;
        Ok::<_, ApiError>(())
    })
    .await?;
    let row = Certificate {
        revoked_at: Some(now),
        ..certificate.resource
    };
    Ok(HttpResponse::Ok().json(view(&row, &keys, &config.public_url())))
}
