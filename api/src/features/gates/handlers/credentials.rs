//! What a phone needs to show codes.

use super::super::rules::{self, Credential};
use super::super::store::{self, CredentialRow, SeatRow};
use crate::auth::access::ManageGates;
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::{Keyring, Person, sessions, staff_in};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::representatives::SeatStatus;
use crate::kv::Kv;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, RequestId, limit};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use chrono::TimeDelta;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// How long a credential is good for: a day of meetings.
const VALID_HOURS: i64 = 12;
/// It is good a little before it is made, for gates whose clock is behind.
const EARLY_MINUTES: i64 = 5;
/// Live credentials of one seat: a person has a phone, perhaps a tablet and a new phone.
const MOST_LIVE: usize = 3;
/// Credentials that one account may ask for in an hour.
const PER_HOUR: u32 = 60;

/// A phone that wants to show codes.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct NewCredential {
    /// Whose code; may be left out by who has one active seat.
    #[garde(skip)]
    pub representative_id: Option<Id>,
    /// The phone's own Ed25519 key, 32 bytes in base64url; the secret half never leaves the phone.
    #[garde(length(chars, min = 43, max = 43))]
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub device_key: String,
}

/// What the phone puts into its codes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CredentialIssued {
    pub id: Id,
    /// 153 bytes in base64url, signed by the server.
    pub credential: String,
    pub representative_id: Id,
    pub valid_from: Ts,
    pub valid_until: Ts,
    /// A phone whose clock is off reckons the step of its codes from this.
    pub server_time: Ts,
    #[schema(example = "Zk3pQ9aB")]
    pub kid: String,
    /// The key that signed it, 32 bytes in base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub server_key: String,
}

/// Get a credential for this phone
///
/// Good for twelve hours and made for the key of one phone. A seat has at most three; the oldest ends when a
/// fourth is made, and each ends with the log-in it was made in.
#[utoipa::path(tag = "gates", request_body = NewCredential,
    responses((status = 201, body = CredentialIssued)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["seat_suspended", "not_found"]))))]
#[post("/me/credential")]
#[allow(clippy::too_many_arguments)]
pub async fn credential_create(
    person: Person,
    body: Body<NewCredential>,
    idem: Idempotency,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    keys: Data<Keyring>,
    kv: Data<Kv>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let device_key = rules::public_key(&body.device_key)
        .ok_or_else(|| ApiError::field("device_key", "invalid", "must be an Ed25519 public key in base64url"))?;
    let who = person.account_id.to_string();
    limit::hit(&kv, now, "credential", &who, PER_HOUR, 3_600).await?;
    let (raw, wanted) = (body.raw.clone(), body.representative_id);
    let issued = db
        .write(move |c| {
            if !sessions::is_live(c, person.session_id, now)? {
                return Err(ErrorCode::SessionRevoked.into());
            }
            idem.run(c, person.account_id, &raw, now, |c| {
                let seat = seat_of(c, &person, wanted)?;
                issue(c, &keys, &person, &seat, device_key, &request, now)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(issued))
}

fn seat_of(c: &mut DbConn, person: &Person, wanted: Option<Id>) -> ApiResult<SeatRow> {
    let seats = store::seats_of(c, person.account_id)?;
    let seat = match wanted {
        Some(id) => seats.into_iter().find(|s| s.id == id).ok_or(ErrorCode::NotFound)?,
        None => {
            let none_active = seats.iter().all(|s| s.status != SeatStatus::Active);
            if none_active && seats.iter().any(|s| s.status == SeatStatus::Suspended) {
                return Err(ErrorCode::SeatSuspended.into());
            }
            let mut active = seats.into_iter().filter(|s| s.status == SeatStatus::Active);
            match (active.next(), active.next()) {
                (Some(seat), None) => seat,
                _ => {
                    let message = "name the seat: you have none, or more than one, that is active";
                    return Err(ApiError::field("representative_id", "required", message));
                }
            }
        }
    };
    if seat.status != SeatStatus::Active {
        return Err(ErrorCode::SeatSuspended.into());
    }
    Ok(seat)
}

fn issue(
    c: &mut DbConn,
    keys: &Keyring,
    person: &Person,
    seat: &SeatRow,
    device_key: [u8; 32],
    request: &RequestId,
    now: Ts,
) -> ApiResult<CredentialIssued> {
    let (valid_from, valid_until) = (
        now - TimeDelta::minutes(EARLY_MINUTES),
        now + TimeDelta::hours(VALID_HOURS),
    );
    let credential = Credential {
        id: Id::new(),
        representative_id: seat.id,
        term_id: seat.term_id,
        device_key,
        not_before: seconds(valid_from)?,
        not_after: seconds(valid_until)?,
    };
    let body = credential.body();
    let (kid, signature) = keys.sign(&Credential::message(&body));
    let server_key = keys.server_keys().into_iter().find(|(k, _)| *k == kid);
    let row = CredentialRow {
        id: credential.id,
        congress_id: seat.congress_id,
        representative_id: seat.id,
        session_id: person.session_id,
        device_key: device_key.to_vec(),
        valid_from,
        valid_until,
        revoked_at: None,
        created_at: now,
    };
    let live = store::credentials_live(c, seat.id, now)?;
    let oldest = live.get(MOST_LIVE - 1..).unwrap_or_default();
    let ended = store::credentials_revoke(c, oldest, now)?;
    store::credential_insert(c, &row)?;
    let line = Line {
        congress_id: Some(seat.congress_id),
        actor: Actor::Account(person.account_id),
        action: "credential.issue",
        subject_kind: "credential",
        subject_id: Some(row.id),
        detail: json!({ "representative_id": seat.id, "revoked": ended }),
        request_id: Some(&request.0),
    };
    audit::record(c, line, now)?;
    Ok(CredentialIssued {
        id: row.id,
        credential: Credential::text(&body, &signature),
        representative_id: seat.id,
        valid_from,
        valid_until,
        server_time: now,
        server_key: server_key.map(|(_, key)| key).unwrap_or_default(),
        kid,
    })
}

fn seconds(at: Ts) -> ApiResult<u32> {
    at.secs().try_into().map_err(ApiError::internal)
}

/// Revoke a credential
///
/// By its owner, or by staff who manage gates. Scans made before stay good.
#[utoipa::path(tag = "gates", params(("id" = Id, Path, description = "Credential")),
    responses((status = 204)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/credentials/{id:[0-9A-Fa-f-]+}/revoke")]
pub async fn credential_revoke(
    person: Person,
    policy: SecondFactorPolicy,
    id: Path<String>,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let id: Id = id.parse().map_err(|_| ErrorCode::NotFound)?;
    db.write(move |c| {
        let (row, owner) = store::credential(c, id)?.ok_or(ErrorCode::NotFound)?;
        if owner != person.account_id {
            staff_in::<ManageGates>(c, &person, row.congress_id, policy)?;
        } else if !sessions::is_live(c, person.session_id, now)? {
            return Err(ErrorCode::SessionRevoked.into());
        }
        if store::credentials_revoke(c, &[id], now)? != 1 {
            return Err(ErrorCode::WrongState.into());
        }
        let line = Line {
            congress_id: Some(row.congress_id),
            actor: Actor::Account(person.account_id),
            action: "credential.revoke",
            subject_kind: "credential",
            subject_id: Some(id),
            detail: json!({ "representative_id": row.representative_id }),
            request_id: Some(&request.0),
        };
        audit::record(c, line, now)?;
        Ok::<_, ApiError>(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
