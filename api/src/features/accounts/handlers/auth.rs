//! Log-in, refresh and log-out.

use super::super::log_in::{self, Method, Outcome};
use super::super::wechat::Wechat;
use super::super::{passwords, record, rules, store};
use super::{Desk, DeviceFields, plain, retry_if_taken};
use crate::auth::phone::Phone;
use crate::auth::sessions::{self, Owner, Refreshed};
use crate::auth::{Keyring, Person, Tokens};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::notify::{self, Channel, NewMessage, Template};
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, RequestId, limit};
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use chrono::TimeDelta;
use garde::Validate;
use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Login and password.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct PasswordLogIn {
    #[garde(length(chars, min = 1, max = 64))]
    #[schema(example = "zhang.san")]
    pub login: String,
    #[garde(length(chars, min = 1, max = 128))]
    #[schema(example = "correct horse battery")]
    pub password: String,
    /// Six digits, for accounts with a second factor.
    #[garde(length(chars, max = 16))]
    #[schema(example = "123456")]
    pub totp_code: Option<String>,
    /// Chosen once by the device and kept.
    #[garde(length(chars, min = 1, max = 128), custom(plain))]
    #[schema(example = "5b1c1e0a-console")]
    pub device_id: String,
    /// What the owner sees in the list of sessions.
    #[garde(length(chars, min = 1, max = 100), custom(plain))]
    #[schema(example = "会务办公室电脑")]
    pub device_name: String,
}

/// Log in by password
///
/// For staff. An account with a second factor needs `totp_code`: `second_factor_required` asks for it, and each
/// code works once. Wrong passwords and wrong second factors count together; too many lock the account for a while.
#[utoipa::path(tag = "auth", request_body = PasswordLogIn, responses((status = 200, body = Tokens)), security(()),
    extensions(("x-error-codes" = json!(["bad_credentials", "account_locked", "second_factor_required", "bad_second_factor", "account_disabled", "conflict"]))))]
#[post("/auth/password")]
pub async fn auth_password(desk: Desk, db: Data<Db>, body: Body<PasswordLogIn>) -> ApiResult<HttpResponse> {
    desk.check_address().await?;
    let answer = by_password(&desk, &db, &body).await;
    Ok(no_store(&desk.count_failure(answer).await?))
}

async fn by_password(desk: &Desk, db: &Db, body: &PasswordLogIn) -> ApiResult<Tokens> {
    let now = desk.now();
    let login = rules::normal_login(&body.login);
    let account = db
        .read(move |c| Ok::<_, ApiError>(store::credentials_by_login(c, &login)?))
        .await?;
    // A locked account costs no hash.
    if let Some(seconds) = account.as_ref().and_then(|a| a.lock().seconds_left(now)) {
        return Err(log_in::locked(seconds));
    }
    let hash = account.as_ref().and_then(|a| a.password_hash.clone());
    let right = passwords::verify(body.password.clone(), hash).await?;
    let Some(account) = account else {
        return Err(ErrorCode::BadCredentials.into());
    };
    let device = DeviceFields {
        id: &body.device_id,
        name: &body.device_name,
    };
    let log_in = desk.log_in(Method::Password, &device, body.totp_code.as_ref());
    db.write(move |c| log_in.finish(c, account.id, right)).await?.answer()
}

/// Tokens must not stay in anybody's cache.
fn no_store(tokens: &Tokens) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("cache-control", "no-store"))
        .json(tokens)
}

/// A number that wants a code.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct SmsCodeRequest {
    /// A mainland mobile number, or one with its country code.
    #[garde(length(chars, min = 1, max = 32))]
    #[schema(example = "13800001234")]
    pub phone: String,
}

/// A code is on its way.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SmsCodeSent {
    /// Seconds the code is good for.
    #[schema(example = 300)]
    pub expires_in_s: i64,
    /// Seconds before another may be asked for.
    #[schema(example = 60)]
    pub resend_after_s: i64,
}

/// Send a log-in code by SMS
///
/// The answer is the same whether the number is known or not. Only the newest code of a number counts.
#[utoipa::path(tag = "auth", request_body = SmsCodeRequest, responses((status = 202, body = SmsCodeSent)), security(()))]
#[post("/auth/sms_codes")]
pub async fn auth_sms_code_create(desk: Desk, db: Data<Db>, body: Body<SmsCodeRequest>) -> ApiResult<HttpResponse> {
    let phone = phone(&body.phone)?;
    let (now, auth) = (desk.now(), desk.config.auth.clone());
    let most = auth.sms_per_address_hour;
    limit::hit(&desk.kv, now, "sms_address", &desk.address.0, most, 3600).await?;
    let (secrets, index) = (desk.secrets.get_ref().clone(), desk.secrets.blind_index(phone.as_str()));
    let recent_index = index.clone();
    let recent = db
        .read(move |c| Ok::<_, ApiError>(store::codes_since(c, &recent_index, now - TimeDelta::hours(1))?))
        .await?;
    if let Some(seconds) = rules::sms_wait(&recent, auth.sms_per_number_hour, now) {
        return Err(ApiError::new(ErrorCode::RateLimited).retry_after(seconds));
    }
    // Two requests at the same moment both find no code in the table; the counter lets one through.
    let gap = rules::SMS_GAP.num_seconds();
    limit::hit(&desk.kv, now, "sms_number", &index, 1, gap).await?;
    db.write(move |c| send_code(c, &secrets, &phone, index, auth.sms_code_minutes, now))
        .await?;
    Ok(HttpResponse::Accepted().json(SmsCodeSent {
        expires_in_s: auth.sms_code_minutes * 60,
        resend_after_s: gap,
    }))
}

/// The same steps for every number, whether an account has it or not.
fn send_code(c: &mut DbConn, secrets: &Secrets, phone: &Phone, index: String, minutes: i64, now: Ts) -> ApiResult<()> {
    let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
    let account_id = store::account_by_phone(c, &index)?;
    let congress_id = store::seat_congress_of_phone(c, &index)?;
    let id = Id::new();
    let row = store::SmsCode {
        id,
        phone_index: index,
        code_hash: log_in::code_hash(secrets, id, &code),
        tries: 0,
        created_at: now,
        expires_at: now + TimeDelta::minutes(minutes),
        used_at: None,
    };
    store::code_insert(c, &row)?;
    let message = NewMessage {
        congress_id,
        account_id,
        channel: Channel::Sms,
        template: Template::LoginCode,
        recipient: phone.as_str(),
        params: json!({ "code": code, "minutes": minutes.to_string() }),
        expires_at: Some(now + TimeDelta::minutes(minutes)),
    };
    notify::enqueue(c, secrets, message, now)?;
    Ok(())
}

fn phone(text: &str) -> ApiResult<Phone> {
    Phone::parse(text).ok_or_else(|| ApiError::field("phone", "invalid", "must be a mobile phone number"))
}

/// Phone number and the code that came by SMS.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct SmsLogIn {
    #[garde(length(chars, min = 1, max = 32))]
    #[schema(example = "13800001234")]
    pub phone: String,
    #[garde(length(chars, min = 1, max = 16))]
    #[schema(example = "123456")]
    pub code: String,
    /// Six digits, for accounts with a second factor.
    #[garde(length(chars, max = 16))]
    #[schema(example = "123456")]
    pub totp_code: Option<String>,
    /// Chosen once by the device and kept.
    #[garde(length(chars, min = 1, max = 128), custom(plain))]
    #[schema(example = "0f3d6c52-phone")]
    pub device_id: String,
    /// What the owner sees in the list of sessions.
    #[garde(length(chars, min = 1, max = 100), custom(plain))]
    #[schema(example = "华为 Mate 60")]
    pub device_name: String,
}

/// Log in by SMS code
///
/// Makes an account when the number has none. A code takes a few tries, works once and only until the next is sent.
#[utoipa::path(tag = "auth", request_body = SmsLogIn, responses((status = 200, body = Tokens)), security(()),
    extensions(("x-error-codes" = json!(["bad_code", "account_locked", "second_factor_required", "bad_second_factor", "account_disabled", "conflict"]))))]
#[post("/auth/sms")]
pub async fn auth_sms(desk: Desk, db: Data<Db>, body: Body<SmsLogIn>) -> ApiResult<HttpResponse> {
    let phone = phone(&body.phone)?;
    desk.check_address().await?;
    let device = DeviceFields {
        id: &body.device_id,
        name: &body.device_name,
    };
    let log_in = desk.log_in(Method::Sms, &device, body.totp_code.as_ref());
    let code = body.code.trim().to_owned();
    let answer = db
        .write(move |c| log_in.with_sent_code(c, &phone, &code))
        .await
        .map_err(retry_if_taken)
        .and_then(Outcome::answer);
    Ok(no_store(&desk.count_failure(answer).await?))
}

/// Codes of the mini-program.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct WechatLogIn {
    /// From `wx.login`.
    #[garde(length(chars, min = 1, max = 256))]
    #[schema(example = "0a3Xy7000mYbDL1Yqs000Xyz7m0Xy70n")]
    pub js_code: String,
    /// From the phone number button; needed once per WeChat user.
    #[garde(length(chars, min = 1, max = 256))]
    #[schema(example = "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144")]
    pub phone_code: Option<String>,
    /// Six digits, for accounts with a second factor.
    #[garde(length(chars, max = 16))]
    #[schema(example = "123456")]
    pub totp_code: Option<String>,
    /// Chosen once by the device and kept.
    #[garde(length(chars, min = 1, max = 128), custom(plain))]
    #[schema(example = "0f3d6c52-phone")]
    pub device_id: String,
    /// What the owner sees in the list of sessions.
    #[garde(length(chars, min = 1, max = 100), custom(plain))]
    #[schema(example = "微信 · 华为 Mate 60")]
    pub device_name: String,
}

/// Log in by WeChat
///
/// A WeChat user we do not know yet gets `phone_required`: let the person press the phone number button, call
/// `wx.login` again (its code was used up) and send both codes.
#[utoipa::path(tag = "auth", request_body = WechatLogIn, responses((status = 200, body = Tokens)), security(()),
    extensions(("x-error-codes" = json!(["wechat_bad_code", "wechat_unavailable", "wechat_off", "phone_required", "account_locked", "second_factor_required", "bad_second_factor", "account_disabled", "conflict"]))))]
#[post("/auth/wechat")]
pub async fn auth_wechat(
    desk: Desk,
    db: Data<Db>,
    wechat: Data<Wechat>,
    body: Body<WechatLogIn>,
) -> ApiResult<HttpResponse> {
    desk.check_address().await?;
    let answer = by_wechat(&desk, &db, &wechat, &body).await;
    Ok(no_store(&desk.count_failure(answer).await?))
}

async fn by_wechat(desk: &Desk, db: &Db, wechat: &Wechat, body: &WechatLogIn) -> ApiResult<Tokens> {
    let config = &desk.config.wechat;
    let openid = wechat.openid(config, &body.js_code).await?;
    let looked_up = openid.clone();
    let known = db
        .read(move |c| Ok::<_, ApiError>(store::account_by_openid(c, &looked_up)?.is_some()))
        .await?;
    let phone = match &body.phone_code {
        Some(code) if !known => Some(wechat.phone(config, code, desk.now()).await?),
        _ => None,
    };
    let device = DeviceFields {
        id: &body.device_id,
        name: &body.device_name,
    };
    let log_in = desk.log_in(Method::Wechat, &device, body.totp_code.as_ref());
    db.write(move |c| log_in.with_openid(c, &openid, phone.as_ref()))
        .await
        .map_err(retry_if_taken)?
        .answer()
}

/// A refresh token.
#[derive(Debug, Serialize, Deserialize, ToSchema, Validate)]
pub struct Refresh {
    #[garde(length(chars, min = 1, max = 256))]
    #[schema(example = "AZMrbno8fBCbUz0Pb4ocQkJ5dGVzIG9mIGEgc2VjcmV0IHRoYXQgaXMgbm90IG9uZQ")]
    pub refresh_token: String,
}

/// Refresh the tokens
///
/// A refresh token works once; each answer brings the next. An old one that comes back means that somebody
/// else has it: the whole session ends.
#[utoipa::path(tag = "auth", request_body = Refresh, responses((status = 200, body = Tokens)), security(()),
    extensions(("x-error-codes" = json!(["session_revoked", "conflict"]))))]
#[post("/auth/refresh")]
pub async fn auth_refresh(
    db: Data<Db>,
    clock: Data<Clock>,
    keys: Data<Keyring>,
    config: Data<Config>,
    request_id: RequestId,
    body: Body<Refresh>,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let token = body.value.refresh_token;
    let tokens = db
        .write(move |c| {
            let refreshed = sessions::refresh(c, &keys, &config.auth, &token, now)?;
            if let Refreshed::Reused { session_id, owner } = &refreshed {
                audit_reuse(c, *session_id, *owner, &request_id.0, now)?;
            }
            Ok::<_, ApiError>(refreshed)
        })
        .await?;
    match tokens {
        Refreshed::Tokens(tokens) => Ok(no_store(&tokens)),
        Refreshed::Reused { .. } => Err(ErrorCode::SessionRevoked.into()),
    }
}

fn audit_reuse(c: &mut DbConn, session: Id, owner: Option<Owner>, request_id: &str, now: Ts) -> ApiResult<()> {
    let (action, detail) = ("auth.refresh_reused", json!({ "session_id": session }));
    // Whoever it was, the owner or a thief: the line does not accuse the owner.
    if let Some(Owner::Account(account)) = owner {
        return Ok(record(c, Actor::System, account, action, detail, request_id, now)?);
    }
    let gate = match owner {
        Some(Owner::Gate(gate)) => Some(gate),
        _ => None,
    };
    let congress_id = match gate {
        Some(gate) => store::congress_of_gate(c, gate)?,
        None => None,
    };
    let line = Line {
        congress_id,
        actor: Actor::System,
        action,
        subject_kind: "gate",
        subject_id: gate,
        detail,
        request_id: Some(request_id),
    };
    Ok(audit::record(c, line, now)?)
}

/// Log out
///
/// Ends the session; its access token ends at the latest with its own time.
#[utoipa::path(tag = "auth", responses((status = 204)), security(("bearer" = [])))]
#[post("/auth/logout")]
pub async fn auth_logout(
    person: Person,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    db.write(move |c| {
        let (account, session) = (person.account_id, person.session_id);
        if sessions::revoke(c, account, session, "logged_out", now)? {
            let detail = json!({ "session_id": session });
            record(
                c,
                Actor::Account(account),
                account,
                "auth.log_out",
                detail,
                &request_id.0,
                now,
            )?;
        }
        Ok::<_, ApiError>(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
