//! Gates come with a one-time code and go by revocation.

use super::super::store::{self, Gate};
use super::super::{GateState, qr_svg, rules};
use super::{ServerKey, server_keys};
use crate::auth::access::ManageGates;
use crate::auth::sessions::{self, Owner};
use crate::auth::{Allowed, Device, Keyring, Tokens};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Id, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::congresses::Congress;
use crate::kv::Kv;
use crate::secrets::{Secrets, random_token};
use crate::web::request::ClientAddress;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery, RequestId, limit};
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get, post};
use chrono::TimeDelta;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// How long an enrolment code can be used.
const ENROL_MINUTES: i64 = 10;
/// What seals a code in the kept answer of an idempotent request: the database never holds it in the clear.
const SEALED: &str = "gates.enrol_code";

/// A gate as staff see it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateView {
    pub id: Id,
    #[schema(example = "东门签到点")]
    pub name: String,
    pub state: GateState,
    /// Until when its code can be used; meaningless once it is enrolled.
    pub enrol_expires_at: Option<Ts>,
    pub enrolled_at: Option<Ts>,
    pub revoked_at: Option<Ts>,
    pub created_at: Ts,
}

impl GateView {
    fn of(gate: Gate, now: Ts) -> GateView {
        GateView {
            state: gate.state(now),
            id: gate.id,
            name: gate.name,
            enrol_expires_at: gate.enrol_expires_at,
            enrolled_at: gate.enrolled_at,
            revoked_at: gate.revoked_at,
            created_at: gate.created_at,
        }
    }
}

/// List the gates of a congress
///
/// Newest first.
#[utoipa::path(tag = "gates", params(("id" = Id, Path, description = "Congress"), PageQuery),
    responses((status = 200, body = Page<GateView>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/gates")]
pub async fn gate_list(
    congress: Allowed<Congress, ManageGates>,
    query: Query<PageQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (limit, after) = (query.limit()?, query.after::<Id>()?);
    let (congress, now) = (congress.id, clock.now());
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::gates(c, congress, after, limit)?))
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |g| g.id, |g| GateView::of(g, now))))
}

/// A gate to be.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct NewGate {
    /// Where it stands.
    #[garde(length(chars, min = 1, max = 60), custom(plain))]
    #[schema(example = "东门签到点", min_length = 1, max_length = 60)]
    pub name: String,
}

/// The code with which one device becomes the gate. It is shown once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateCreated {
    pub id: Id,
    pub name: String,
    #[schema(example = "q1w2E3r4T5y6U7i8O9p0aA")]
    pub enrol_code: String,
    /// What the QR code holds; the code stands behind `#` and is never sent to a server in an address.
    #[schema(example = "https://lvzhi.example.gov.cn/gate#enrol=q1w2E3r4T5y6U7i8O9p0aA")]
    pub enrol_link: String,
    /// The link as a QR code, an SVG picture.
    pub qr_svg: String,
    pub expires_at: Ts,
}

/// What is kept for a repetition of the request.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: Id,
    name: String,
    sealed: Vec<u8>,
    expires_at: Ts,
}

/// Register a gate
///
/// The answer holds a code that one device can use once within ten minutes to become this gate.
#[utoipa::path(tag = "gates", params(("id" = Id, Path, description = "Congress")), request_body = NewGate,
    responses((status = 201, body = GateCreated)), security(("bearer" = [])))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/gates")]
#[allow(clippy::too_many_arguments)]
pub async fn gate_create(
    congress: Allowed<Congress, ManageGates>,
    body: Body<NewGate>,
    idem: Idempotency,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let (congress_id, account) = (congress.id, congress.staff.account_id);
    let (name, raw, s) = (body.name.clone(), body.raw.clone(), secrets.clone());
    let kept = db
        .write(move |c| {
            idem.run(c, account, &raw, now, |c| {
                let code = random_token::<16>();
                let gate = Gate {
                    id: Id::new(),
                    congress_id,
                    name,
                    enrol_hash: Some(s.code_hash(&[b"gate", code.as_bytes()])),
                    enrol_expires_at: Some(now + TimeDelta::minutes(ENROL_MINUTES)),
                    public_key: None,
                    enrolled_at: None,
                    revoked_at: None,
                    created_at: now,
                };
                store::gate_insert(c, &gate)?;
                let line = Line {
                    congress_id: Some(congress_id),
                    actor: Actor::Account(account),
                    action: "gate.create",
                    subject_kind: "gate",
                    subject_id: Some(gate.id),
                    detail: json!({ "name": gate.name }),
                    request_id: Some(&request.0),
                };
                audit::record(c, line, now)?;
                Ok(Kept {
                    id: gate.id,
                    name: gate.name,
                    sealed: s.seal(SEALED, code.as_bytes()),
                    expires_at: now + TimeDelta::minutes(ENROL_MINUTES),
                })
            })
        })
        .await?;
    let code = secrets.open_text(SEALED, &kept.sealed);
    let enrol_code = code.ok_or_else(|| ApiError::internal("a kept enrolment code does not open"))?;
    let enrol_link = format!("{}/gate#enrol={enrol_code}", config.public_url());
    Ok(HttpResponse::Created().json(GateCreated {
        id: kept.id,
        name: kept.name,
        qr_svg: qr_svg(&enrol_link),
        enrol_code,
        enrol_link,
        expires_at: kept.expires_at,
    }))
}

/// What a device sends to become a gate.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct GateEnrolment {
    /// From the link, behind `#enrol=`.
    #[garde(length(chars, min = 1, max = 64))]
    #[schema(example = "q1w2E3r4T5y6U7i8O9p0aA")]
    pub enrol_code: String,
    /// The gate's own Ed25519 key, 32 bytes in base64url; the secret half never leaves the device.
    #[garde(length(chars, min = 43, max = 43))]
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub public_key: String,
    #[garde(length(chars, min = 1, max = 100), custom(plain))]
    #[schema(example = "android-7f3a")]
    pub device_id: String,
    #[garde(length(chars, min = 1, max = 100), custom(plain))]
    #[schema(example = "Huawei MatePad")]
    pub device_name: String,
}

/// The gate's tokens, and what it needs to check signatures without a network.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateEnrolled {
    #[serde(flatten)]
    pub tokens: Tokens,
    pub gate_id: Id,
    pub congress_id: Id,
    #[schema(example = "滨江区人民代表大会")]
    pub congress_name: String,
    /// Snapshots are to be checked with these.
    pub server_keys: Vec<ServerKey>,
}

/// Become a gate with a one-time code
///
/// The code is used up. The gate refreshes its tokens like any session.
#[utoipa::path(tag = "gates", request_body = GateEnrolment,
    responses((status = 200, body = GateEnrolled)), security(()),
    extensions(("x-error-codes" = json!(["enrol_code_invalid"]))))]
#[post("/gates/enrol")]
#[allow(clippy::too_many_arguments)]
pub async fn gate_enrol(
    body: Body<GateEnrolment>,
    address: ClientAddress,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    keys: Data<Keyring>,
    kv: Data<Kv>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let most = config.limits.logins_per_minute;
    limit::check(&kv, now, "gate_enrol", &address.0, most, 60).await?;
    let key = rules::public_key(&body.public_key)
        .ok_or_else(|| ApiError::field("public_key", "invalid", "must be an Ed25519 public key in base64url"))?;
    let hash = secrets.code_hash(&[b"gate", body.enrol_code.as_bytes()]);
    let device = Device {
        id: body.device_id.clone(),
        name: body.device_name.clone(),
    };
    let (keys_, auth) = (keys.clone(), config.auth.clone());
    let enrolled = db
        .write(move |c| {
            let gate = store::gate_by_enrol_hash(c, &hash)?.ok_or(ErrorCode::EnrolCodeInvalid)?;
            if !store::gate_enrol(c, gate.id, &hash, &key, now)? {
                return Err(ErrorCode::EnrolCodeInvalid.into());
            }
            let tokens = sessions::open(c, &keys_, &auth, Owner::Gate(gate.id), &device, now)?;
            let line = Line {
                congress_id: Some(gate.congress_id),
                actor: Actor::Gate(gate.id),
                action: "gate.enrol",
                subject_kind: "gate",
                subject_id: Some(gate.id),
                detail: json!({ "device_name": device.name }),
                request_id: Some(&request.0),
            };
            audit::record(c, line, now)?;
            Ok::<_, ApiError>(GateEnrolled {
                tokens,
                gate_id: gate.id,
                congress_id: gate.congress_id,
                congress_name: store::congress_name(c, gate.congress_id)?,
                server_keys: server_keys(&keys_),
            })
        })
        .await;
    if enrolled.as_ref().is_err_and(|e| e.code == ErrorCode::EnrolCodeInvalid) {
        limit::hit(&kv, now, "gate_enrol", &address.0, most, 60).await?;
    }
    Ok(HttpResponse::Ok().json(enrolled?))
}

/// Revoke a gate
///
/// Its sessions end at once; what it uploaded stays. A gate that comes back is registered anew.
#[utoipa::path(tag = "gates", params(("id" = Id, Path, description = "Gate")),
    responses((status = 200, body = GateView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/gates/{id:[0-9A-Fa-f-]+}/revoke")]
pub async fn gate_revoke(
    gate: Allowed<Gate, ManageGates>,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let (id, congress_id, account) = (gate.id, gate.congress_id, gate.staff.account_id);
    let view = db
        .write(move |c| {
            if !store::gate_revoke(c, id, now)? {
                return Err(ErrorCode::WrongState.into());
            }
            let ended = sessions::revoke_all_of_gate(c, id, "gate_revoked", now)?;
            let line = Line {
                congress_id: Some(congress_id),
                actor: Actor::Account(account),
                action: "gate.revoke",
                subject_kind: "gate",
                subject_id: Some(id),
                detail: json!({ "sessions": ended }),
                request_id: Some(&request.0),
            };
            audit::record(c, line, now)?;
            let gate = store::gate(c, id)?.ok_or(ErrorCode::NotFound)?;
            Ok::<_, ApiError>(GateView::of(gate, now))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Control characters would let a name forge lines where it is shown.
fn plain(value: &str, _: &()) -> garde::Result {
    if value.chars().any(char::is_control) || value.trim().is_empty() {
        return Err(garde::Error::new("must be text without control characters"));
    }
    Ok(())
}
