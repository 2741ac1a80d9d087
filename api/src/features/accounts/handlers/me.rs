//! The caller's own account: who am I, my sessions, my password, my second factor.

use super::super::store::Credentials;
use super::super::{log_in, open_phone, passwords, record, rules, store};
use crate::auth::sessions::{self, SessionView};
use crate::auth::{Person, Role};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::Actor;
use crate::secrets::{Secrets, random_bytes};
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Page, RequestId};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};
use garde::Validate;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// A role of the caller.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MyRole {
    pub role: Role,
    pub congress_id: Id,
    #[schema(example = "滨江区人民代表大会")]
    pub congress_name: String,
}

/// The caller's account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    pub account_id: Id,
    #[schema(example = "张三")]
    pub name: String,
    #[schema(example = "138****1234")]
    pub phone_masked: Option<String>,
    /// Where messages go that reach the phone neither by WeChat nor by SMS.
    #[schema(example = "z****@example.com")]
    pub email_masked: Option<String>,
    pub roles: Vec<MyRole>,
    /// A second factor is in force.
    pub second_factor: bool,
    pub password_set: bool,
    pub wechat_bound: bool,
    /// The server's time, for phones whose clock is off.
    pub server_time: Ts,
}

/// The account, if the session is still live: a token outlives its session by some minutes.
pub(super) fn live_account(c: &mut DbConn, person: &Person, now: Ts) -> ApiResult<Credentials> {
    if !sessions::is_live(c, person.session_id, now)? {
        return Err(ErrorCode::SessionRevoked.into());
    }
    match store::credentials(c, person.account_id)? {
        Some(account) if account.disabled_at.is_none() => Ok(account),
        _ => Err(ErrorCode::SessionRevoked.into()),
    }
}

/// Show who the caller is
#[utoipa::path(tag = "me", responses((status = 200, body = Me)), security(("bearer" = [])))]
#[get("/me")]
pub async fn me_get(
    person: Person,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let me = db
        .read(move |c| {
            let account = live_account(c, &person, now)?;
            let roles = store::roles_with_names(c, account.id)?;
            let phone = open_phone(&secrets, account.phone_sealed.as_deref());
            Ok::<_, ApiError>(Me {
                account_id: account.id,
                name: account.name,
                phone_masked: phone.map(|p| p.masked()),
                email_masked: account
                    .email_sealed
                    .and_then(|e| secrets.open_text("accounts.email", &e))
                    .map(|e| rules::masked_email(&e)),
                roles: roles
                    .into_iter()
                    .map(|(role, congress_id, congress_name)| MyRole {
                        role,
                        congress_id,
                        congress_name,
                    })
                    .collect(),
                second_factor: account.totp_confirmed_at.is_some(),
                password_set: account.password_hash.is_some(),
                wechat_bound: account.wechat_openid.is_some(),
                server_time: now,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(me))
}

/// List the caller's sessions
///
/// Newest first, at most 200, on one page.
#[utoipa::path(tag = "me", responses((status = 200, body = Page<SessionView>)), security(("bearer" = [])))]
#[get("/me/sessions")]
pub async fn session_list(person: Person, db: Data<Db>, clock: Data<Clock>) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let mut items = db
        .read(move |c| {
            live_account(c, &person, now)?;
            Ok::<_, ApiError>(sessions::list(c, person.account_id, person.session_id)?)
        })
        .await?;
    items.retain(|s| s.expires_at > now);
    Ok(HttpResponse::Ok().json(Page {
        items,
        next_cursor: None,
    }))
}

/// End one of the caller's sessions
#[utoipa::path(tag = "me", params(("id" = Id, Path, description = "The session")), responses((status = 204)),
    security(("bearer" = [])))]
#[delete("/me/sessions/{id:[0-9A-Fa-f-]+}")]
pub async fn session_revoke(
    person: Person,
    id: Path<Id>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let (now, session) = (clock.now(), id.into_inner());
    db.write(move |c| {
        let account = live_account(c, &person, now)?.id;
        if !sessions::revoke(c, account, session, "revoked_by_owner", now)? {
            return Err(ErrorCode::NotFound.into());
        }
        let detail = json!({ "session_id": session });
        record(
            c,
            Actor::Account(account),
            account,
            "session.revoke",
            detail,
            &request_id.0,
            now,
        )?;
        Ok::<_, ApiError>(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all sessions but this one.
fn revoke_others(c: &mut DbConn, person: &Person, reason: &str, now: Ts) -> ApiResult<()> {
    loop {
        let listed = sessions::list(c, person.account_id, person.session_id)?;
        let others: Vec<Id> = listed.iter().filter(|s| !s.current).map(|s| s.id).collect();
        if others.is_empty() {
            return Ok(());
        }
        for session in others {
            sessions::revoke(c, person.account_id, session, reason, now)?;
        }
    }
}

/// Old and new password.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct PasswordChange {
    #[garde(length(chars, min = 1, max = 128))]
    #[schema(example = "correct horse battery")]
    pub old_password: String,
    /// At least 10 characters, 5 of them different, without the login.
    #[garde(length(chars, max = 128))]
    #[schema(example = "staple 2026 履职", min_length = 10)]
    pub new_password: String,
}

/// Change the caller's password
///
/// Ends the other sessions. A wrong old password counts like a failed log-in.
#[utoipa::path(tag = "me", request_body = PasswordChange, responses((status = 204)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["bad_credentials", "account_locked", "wrong_state", "conflict"]))))]
#[post("/me/password")]
pub async fn password_change(
    person: Person,
    db: Data<Db>,
    clock: Data<Clock>,
    config: Data<Config>,
    request_id: RequestId,
    body: Body<PasswordChange>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let caller = person.clone();
    let account = db.read(move |c| live_account(c, &caller, now)).await?;
    if let Some(seconds) = account.lock().seconds_left(now) {
        return Err(log_in::locked(seconds));
    }
    let Some(old_hash) = account.password_hash.clone() else {
        return Err(ApiError::new(ErrorCode::WrongState).detail("the account has no password"));
    };
    let login = account.login.clone().unwrap_or_default();
    let problem = rules::password_problem(&body.new_password, &login)
        .or((body.new_password == body.old_password).then_some("must not be the old password"));
    if let Some(problem) = problem {
        return Err(ApiError::field("new_password", "invalid", problem));
    }
    let right = passwords::verify(body.old_password.clone(), Some(old_hash.clone())).await?;
    let new_hash = if right {
        Some(passwords::hash(body.new_password.clone()).await?)
    } else {
        None
    };
    db.write(move |c| {
        let Some(new_hash) = new_hash else {
            return count_wrong_password(c, &config, &person, &request_id.0, now);
        };
        live_account(c, &person, now)?;
        if !store::set_password(c, person.account_id, &old_hash, &new_hash)? {
            return Err(ErrorCode::Conflict.into());
        }
        revoke_others(c, &person, "password_changed", now)?;
        let (actor, id) = (Actor::Account(person.account_id), person.account_id);
        record(c, actor, id, "account.change_password", json!({}), &request_id.0, now)?;
        Ok(Ok(()))
    })
    .await??;
    Ok(HttpResponse::NoContent().finish())
}

/// The inner error is the answer; the outer one would undo the count.
fn count_wrong_password(
    c: &mut DbConn,
    config: &Config,
    person: &Person,
    request_id: &str,
    now: Ts,
) -> ApiResult<ApiResult<()>> {
    for _ in 0..log_in::ROUNDS {
        let account = live_account(c, person, now)?;
        if let Some(seconds) = account.lock().seconds_left(now) {
            return Ok(Err(log_in::locked(seconds)));
        }
        if log_in::count_failure(c, &config.auth, &account, request_id, now)? {
            return Ok(Err(ErrorCode::BadCredentials.into()));
        }
    }
    Err(ApiError::new(ErrorCode::Conflict).retry_after(1))
}

/// A second factor that is not yet in force.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TotpSetup {
    /// Base 32, for typing.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// For authenticator apps.
    #[schema(example = "otpauth://totp/lvzhi:zhang.san?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=lvzhi")]
    pub otpauth_url: String,
    /// The same as a picture.
    #[schema(example = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>")]
    pub qr_svg: String,
}

/// Begin to set up a second factor
///
/// It is in force only after `totp_confirm`. Beginning again gives another secret; once one is in force, only an
/// administrator can take it away.
#[utoipa::path(tag = "me", responses((status = 200, body = TotpSetup)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state"]))))]
#[post("/me/totp")]
pub async fn totp_begin(
    person: Person,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let secret = random_bytes::<20>();
    let sealed = secrets.seal("accounts.totp", &secret);
    let account = db
        .write(move |c| {
            let account = live_account(c, &person, now)?;
            if !store::begin_totp(c, account.id, &sealed)? {
                return Err(ApiError::new(ErrorCode::WrongState).detail("a second factor is in force already"));
            }
            Ok::<_, ApiError>(account)
        })
        .await?;
    let enrolment = rules::totp_enrolment(&secret, account.login.as_deref().unwrap_or(&account.name));
    let code = QrCode::new(&enrolment.url).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(TotpSetup {
            secret: enrolment.secret,
            qr_svg: code.render::<svg::Color>().min_dimensions(200, 200).build(),
            otpauth_url: enrolment.url,
        }))
}

/// A code of the authenticator app.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct TotpCode {
    #[garde(length(chars, min = 1, max = 16))]
    #[schema(example = "123456")]
    pub code: String,
}

/// Put the second factor in force
///
/// Ends the other sessions, which were opened without it.
#[utoipa::path(tag = "me", request_body = TotpCode, responses((status = 204)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["wrong_state", "bad_second_factor"]))))]
#[post("/me/totp/confirm")]
pub async fn totp_confirm(
    person: Person,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
    body: Body<TotpCode>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let code = body.value.code;
    db.write(move |c| {
        let account = live_account(c, &person, now)?;
        let (Some(sealed), None) = (&account.totp_secret_sealed, account.totp_confirmed_at) else {
            return Err(ErrorCode::WrongState.into());
        };
        let secret = secrets
            .open("accounts.totp", sealed)
            .ok_or_else(|| ApiError::internal("a second factor was sealed with another master secret"))?;
        let step =
            rules::totp_step(&secret, code.trim(), account.totp_last_step, now).ok_or(ErrorCode::BadSecondFactor)?;
        if !store::confirm_totp(c, account.id, sealed, step, now)? {
            return Err(ErrorCode::WrongState.into());
        }
        revoke_others(c, &person, "second_factor_confirmed", now)?;
        let (actor, action) = (Actor::Account(account.id), "account.confirm_second_factor");
        record(c, actor, account.id, action, json!({}), &request_id.0, now)?;
        Ok::<_, ApiError>(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
