//! Handlers of accounts, by topic, and what their bodies have in common.

mod auth;
mod email;
mod me;
mod staff;

use super::log_in::{LogIn, Method};
use crate::auth::{Device, Keyring};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Ts;
use crate::kv::Kv;
use crate::secrets::Secrets;
use crate::web::Operations;
use crate::web::request::ClientAddress;
use crate::web::{ApiError, ApiResult, ErrorCode, RequestId, limit};
use actix_web::FromRequest;
use actix_web::dev::Payload;
use actix_web::web::Data;
use std::future::{Ready, ready};

pub fn routes(config: &mut impl Operations) {
    config
        .service(auth::auth_password)
        .service(auth::auth_sms_code_create)
        .service(auth::auth_sms)
        .service(auth::auth_wechat)
        .service(auth::auth_refresh)
        .service(auth::auth_logout)
        .service(me::me_get)
        .service(me::session_list)
        .service(me::session_revoke)
        .service(me::password_change)
        .service(me::totp_begin)
        .service(me::totp_confirm)
        .service(email::account_email_set)
        .service(staff::staff_list)
        .service(staff::staff_create)
        .service(staff::staff_update)
        .service(staff::staff_reset)
        .service(staff::outbox_list);
}

/// What a log-in works with.
struct Desk {
    config: Data<Config>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    keys: Data<Keyring>,
    kv: Data<Kv>,
    address: ClientAddress,
    request_id: RequestId,
}

impl FromRequest for Desk {
    type Error = ApiError;
    type Future = Ready<ApiResult<Desk>>;
    fn from_request(request: &actix_web::HttpRequest, payload: &mut Payload) -> Self::Future {
        fn part<T: 'static>(request: &actix_web::HttpRequest) -> Data<T> {
            request
                .app_data::<Data<T>>()
                .expect("app.rs registers every service")
                .clone()
        }
        let (address, request_id) = (
            ClientAddress::from_request(request, payload).into_inner(),
            RequestId::from_request(request, payload).into_inner(),
        );
        ready(Ok(Desk {
            config: part(request),
            clock: part(request),
            secrets: part(request),
            keys: part(request),
            kv: part(request),
            address: match address {
                Ok(address) => address,
                Err(e) => return ready(Err(e)),
            },
            request_id: match request_id {
                Ok(id) => id,
                Err(e) => return ready(Err(e)),
            },
        }))
    }
}

impl Desk {
    fn now(&self) -> Ts {
        self.clock.now()
    }

    fn log_in(&self, method: Method, device: &DeviceFields<'_>, totp_code: Option<&String>) -> LogIn {
        LogIn {
            method,
            keys: self.keys.get_ref().clone(),
            secrets: self.secrets.get_ref().clone(),
            auth: self.config.auth.clone(),
            device: Device {
                id: device.id.to_owned(),
                name: device.name.to_owned(),
            },
            totp_code: totp_code.cloned(),
            request_id: self.request_id.0.clone(),
            now: self.now(),
        }
    }

    /// Refuses an address that failed too often within the minute.
    async fn check_address(&self) -> ApiResult<()> {
        let most = self.config.limits.logins_per_minute;
        limit::check(&self.kv, self.now(), "log_in", &self.address.0, most, 60).await
    }

    /// Counts a failed log-in for the address, and passes every answer on.
    async fn count_failure<T>(&self, answer: ApiResult<T>) -> ApiResult<T> {
        if let Err(e) = &answer
            && matches!(
                e.code,
                ErrorCode::BadCredentials | ErrorCode::BadSecondFactor | ErrorCode::BadCode | ErrorCode::WechatBadCode
            )
        {
            let most = self.config.limits.logins_per_minute;
            // This try was within the limit; the next one may not be.
            let _ = limit::hit(&self.kv, self.now(), "log_in", &self.address.0, most, 60).await;
        }
        answer
    }
}

/// The device of a log-in.
struct DeviceFields<'a> {
    id: &'a str,
    name: &'a str,
}

/// Two first log-ins of one person at the same moment: the loser may simply try again.
fn retry_if_taken(e: ApiError) -> ApiError {
    match e.code {
        ErrorCode::AlreadyExists => ApiError::new(ErrorCode::Conflict).retry_after(1),
        _ => e,
    }
}

/// Names go to logs, lists and screens: no control characters.
fn plain(value: &str, _: &()) -> garde::Result {
    if value.chars().any(char::is_control) {
        return Err(garde::Error::new("must not hold control characters"));
    }
    Ok(())
}

/// [`person_name`], when there is a value.
fn optional_name(value: &Option<String>, context: &()) -> garde::Result {
    value.as_deref().map_or(Ok(()), |v| person_name(v, context))
}

/// [`plain`] and not only spaces.
fn person_name(value: &str, context: &()) -> garde::Result {
    if value.trim().is_empty() {
        return Err(garde::Error::new("must not be empty"));
    }
    plain(value, context)
}
