//! Showing the hall's codes, exchanging a scanned one for a ticket, and opening a screen without a log-in.

use crate::auth::access::RunMeetings;
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::auth::{Allowed, Claims, Keyring, Person, TokenKind, staff_in};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::attendance::{Rosters, codes, store};
use crate::features::audit::{self, Actor};
use crate::features::meetings::{self, Sitting, SittingState};
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, RequestId};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, get, post};
use chrono::TimeDelta;
use futures_util::future::LocalBoxFuture;
use garde::Validate;
use qrcode::{EcLevel, QrCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody who may show a sitting's code: staff who run meetings, or the hall's own screen.
pub struct Shower {
    pub sitting: Sitting,
}

impl FromRequest for Shower {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let claims = Claims::from_request(request, payload);
        let policy = SecondFactorPolicy::from_request(request, payload);
        let db = request
            .app_data::<Data<Db>>()
            .expect("app.rs registers the database")
            .clone();
        let id = path_id(request);
        Box::pin(async move {
            let (claims, policy, id) = (claims.await?, policy.await?, id?);
            db.read(move |c| {
                let sitting = meetings::sitting(c, id)?.ok_or(ErrorCode::NotFound)?;
                may_show(c, &claims, &sitting, policy)?;
                Ok(Shower { sitting })
            })
            .await
        })
    }
}

fn may_show(c: &mut DbConn, claims: &Claims, sitting: &Sitting, policy: SecondFactorPolicy) -> ApiResult<()> {
    match claims.kind {
        TokenKind::Screen if claims.sub == sitting.id => Ok(()),
        TokenKind::Person => {
            let person = Person {
                account_id: claims.sub,
                session_id: claims.sid,
                device_id: claims.did.clone(),
            };
            staff_in::<RunMeetings>(c, &person, sitting.congress_id, policy).map(drop)
        }
        _ => Err(ErrorCode::NotFound.into()),
    }
}

/// The codes of this moment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HallCode {
    /// What the QR code holds: an ordinary link, so that any camera can open it.
    #[schema(example = "https://lvzhi.example.gov.cn/c/AZMrbno8fBCbUz0PbIocQgczpO5kVjRkQmV0bEVmZA")]
    pub link: String,
    /// The token in the link.
    pub code: String,
    /// Six digits for those who cannot scan.
    #[schema(example = "402817")]
    pub typed_code: String,
    /// When the next QR code begins; this one is accepted for one step more.
    pub valid_until: Ts,
    pub typed_valid_until: Ts,
    /// Milliseconds until the next code, for a screen whose clock is off.
    pub refresh_in_ms: i64,
    pub server_time: Ts,
    pub state: SittingState,
}

/// Show the code of this moment
///
/// For the hall screen: ask again after `refresh_in_ms`. The code proves nothing before the sitting is open.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, body = HallCode)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/code")]
pub async fn code_get(
    shower: Shower,
    secrets: Data<Secrets>,
    clock: Data<Clock>,
    config: Data<Config>,
    rosters: Data<Rosters>,
) -> HttpResponse {
    let now = clock.now();
    // Where a code is shown, a hall will scan it.
    rosters.warm(shower.sitting.id);
    let code = codes::hall_token(&secrets, shower.sitting.id, now);
    let valid_until = codes::step_ends(now, codes::QR_STEP_S);
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(HallCode {
            link: link(&config, &code),
            code,
            typed_code: codes::typed_code(&secrets, shower.sitting.id, now),
            valid_until,
            typed_valid_until: codes::step_ends(now, codes::TYPED_STEP_S),
            refresh_in_ms: valid_until.millis() - now.millis(),
            server_time: now,
            state: shower.sitting.state,
        })
}

fn link(config: &Config, code: &str) -> String {
    format!("{}/c/{code}", config.public_url())
}

fn qr(config: &Config, secrets: &Secrets, sitting: Id, now: Ts) -> ApiResult<QrCode> {
    let link = link(config, &codes::hall_token(secrets, sitting, now));
    QrCode::with_error_correction_level(link, EcLevel::M).map_err(ApiError::internal)
}

/// Show the code as a picture (SVG)
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, content_type = "image/svg+xml", body = String)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/code.svg")]
pub async fn code_svg(
    shower: Shower,
    secrets: Data<Secrets>,
    clock: Data<Clock>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let svg = qr(&config, &secrets, shower.sitting.id, clock.now())?
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(400, 400)
        .build();
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .content_type("image/svg+xml")
        .body(svg))
}

/// Pixels per module of the PNG: about 500 pixels wide, sharp on a projector.
const PNG_MODULE: usize = 10;
/// Modules of white around, as ISO/IEC 18004 asks.
const QUIET: usize = 4;

/// Show the code as a picture (PNG)
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, content_type = "image/png", body = Vec<u8>)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/code.png")]
pub async fn code_png(
    shower: Shower,
    secrets: Data<Secrets>,
    clock: Data<Clock>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let code = qr(&config, &secrets, shower.sitting.id, clock.now())?;
    let width = (code.width() + 2 * QUIET) * PNG_MODULE;
    let dark = |x: usize, y: usize| {
        let (x, y) = ((x / PNG_MODULE).checked_sub(QUIET), (y / PNG_MODULE).checked_sub(QUIET));
        matches!((x, y), (Some(x), Some(y)) if x < code.width() && y < code.width() && code[(x, y)] == qrcode::Color::Dark)
    };
    let pixels: Vec<u8> = (0..width * width)
        .map(|n| if dark(n % width, n / width) { 0 } else { 255 })
        .collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width as u32, width as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(ApiError::internal)?;
    writer
        .write_image_data(&pixels)
        .and_then(|()| writer.finish())
        .map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .content_type("image/png")
        .body(out))
}

/// A scanned code and who scanned it.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
pub struct Scanned {
    /// The token from the scanned link.
    #[garde(length(bytes, min = 1, max = 200))]
    pub code: String,
    /// The device that will log in; the ticket is good on it only.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "6f1c0c2e-8f55-4a0f-9d0e-2f6c9f0a7b11")]
    pub device_id: String,
}

/// The sitting of a scanned code.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Resolved {
    pub sitting_id: Id,
    pub title: String,
    pub meeting_title: String,
    pub congress_name: String,
    pub place: String,
    pub state: SittingState,
    pub starts_at: Ts,
    pub late_after: Ts,
    /// Signs in within five minutes on this device, so that there is time to log in.
    pub ticket: String,
    pub ticket_expires_at: Ts,
    pub server_time: Ts,
}

/// Look up a scanned code
///
/// What a phone shows first. The scan is exchanged for a ticket at once, because the code on the screen will have
/// moved on before somebody has logged in by SMS.
#[utoipa::path(tag = "attendance", request_body = Scanned, responses((status = 200, body = Resolved)), security(()),
    extensions(("x-error-codes" = json!(["code_invalid", "code_expired"]))))]
#[post("/check_in_codes")]
pub async fn code_resolve(
    body: Body<Scanned>,
    db: Data<Db>,
    secrets: Data<Secrets>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let sitting = codes::check_hall_token(&secrets, &body.code, now)?;
    let (ticket, ticket_expires_at) = codes::ticket(&secrets, sitting, &body.device_id, now);
    let resolved = db
        .read(move |c| {
            let sitting = meetings::sitting(c, sitting)?.ok_or(ErrorCode::CodeInvalid)?;
            let meeting = meetings::meeting(c, sitting.meeting_id)?.ok_or(ErrorCode::CodeInvalid)?;
            Ok::<_, ApiError>(Resolved {
                congress_name: store::congress_name(c, sitting.congress_id)?,
                meeting_title: meeting.title,
                sitting_id: sitting.id,
                title: sitting.title,
                place: sitting.place,
                state: sitting.state,
                starts_at: sitting.starts_at,
                late_after: sitting.late_after,
                ticket,
                ticket_expires_at,
                server_time: now,
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(resolved))
}

/// How to open the hall screen.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Screen {
    /// Opens the screen; the token stands behind `#` and is never sent to a server by a browser.
    pub url: String,
    /// Shows this sitting's code and live counts, and nothing else.
    pub token: String,
    pub expires_at: Ts,
}

/// Open a hall screen
///
/// The hall's computer needs no one's log-in: the link shows one sitting and ends two hours after it.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, body = Screen)), security(("bearer" = [])))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/screens")]
pub async fn screen_create(
    sitting: Allowed<Sitting, RunMeetings>,
    request_id: RequestId,
    keys: Data<Keyring>,
    config: Data<Config>,
    clock: Data<Clock>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let screen = screen(&keys, &config, sitting.id, sitting.ends_at, now);
    let (id, congress, by) = (sitting.id, sitting.congress_id, sitting.staff.account_id);
    db.write(move |c| {
        let line = audit::Line {
            congress_id: Some(congress),
            actor: Actor::Account(by),
            action: "screen.create",
            subject_kind: "sitting",
            subject_id: Some(id),
            detail: serde_json::json!({}),
            request_id: Some(&request_id.0),
        };
        Ok::<_, ApiError>(audit::record(c, line, now)?)
    })
    .await?;
    Ok(HttpResponse::Ok().json(screen))
}

/// A screen's link and token.
pub fn screen(keys: &Keyring, config: &Config, sitting: Id, ends_at: Ts, now: Ts) -> Screen {
    let expires_at = ends_at.max(now) + TimeDelta::hours(2);
    let claims = Claims {
        sub: sitting,
        sid: Id::new(),
        did: "screen".into(),
        kind: TokenKind::Screen,
        iat: now.secs(),
        exp: expires_at.secs(),
    };
    let token = keys.sign_access(&claims);
    Screen {
        url: format!("{}/screen/{sitting}#token={token}", config.public_url()),
        token,
        expires_at,
    }
}
