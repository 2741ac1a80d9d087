//! The last steps of every log-in: lock, second factor, session, audit. One write, whose refusals count too.

use super::store::{self, Credentials};
use super::{record, rules};
use crate::auth::sessions::{self, Device, Owner, Tokens};
use crate::auth::{Keyring, phone::Phone};
use crate::config::AuthConfig;
use crate::db::{DbConn, Id, Ts};
use crate::features::audit::Actor;
use crate::secrets::{Secrets, same};
use crate::web::{ApiError, ApiResult, ErrorCode};
use chrono::TimeDelta;
use rules::{CodeVerdict, LockPolicy, SecondFactor, Verdict};
use serde_json::json;

/// Writers that meet look again this often; each round one of them gets through.
pub const ROUNDS: usize = 16;

/// What a caller proved first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Password,
    Sms,
    Wechat,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Method::Password => "password",
            Method::Sms => "sms",
            Method::Wechat => "wechat",
        }
    }
}

/// The answer to a log-in. A refusal is no error of the transaction: what it counted must be committed.
pub enum Outcome {
    In(Box<Tokens>),
    Refused(ApiError),
}

impl Outcome {
    pub fn answer(self) -> ApiResult<Tokens> {
        match self {
            Outcome::In(tokens) => Ok(*tokens),
            Outcome::Refused(error) => Err(error),
        }
    }
}

/// A log-in under way.
pub struct LogIn {
    pub method: Method,
    pub keys: Keyring,
    pub secrets: Secrets,
    pub auth: AuthConfig,
    pub device: Device,
    pub totp_code: Option<String>,
    pub request_id: String,
    pub now: Ts,
}

pub fn policy(auth: &AuthConfig) -> LockPolicy {
    LockPolicy {
        max_failures: auth.max_failures,
        lock: TimeDelta::minutes(auth.lock_minutes),
    }
}

pub fn locked(seconds: u64) -> ApiError {
    ApiError::new(ErrorCode::AccountLocked).retry_after(seconds)
}

/// The secret of a confirmed second factor.
pub fn totp_secret(secrets: &Secrets, account: &Credentials) -> ApiResult<Option<Vec<u8>>> {
    match (&account.totp_secret_sealed, account.totp_confirmed_at) {
        (Some(sealed), Some(_)) => secrets
            .open("accounts.totp", sealed)
            .map(Some)
            .ok_or_else(|| ApiError::internal("a second factor was sealed with another master secret")),
        _ => Ok(None),
    }
}

/// Counts a failed factor and audits the lock it may lead to; false means that another writer was faster.
pub fn count_failure(
    c: &mut DbConn,
    auth: &AuthConfig,
    account: &Credentials,
    request_id: &str,
    now: Ts,
) -> ApiResult<bool> {
    let (from, to) = (account.lock(), account.lock().after_failure(policy(auth), now));
    if !store::count_failure(c, account.id, from, to, now)? {
        return Ok(false);
    }
    if to.until.is_some() {
        let detail = json!({ "failures": to.failures, "minutes": auth.lock_minutes });
        record(c, Actor::System, account.id, "auth.lock", detail, request_id, now)?;
    }
    Ok(true)
}

impl LogIn {
    /// Opens a session for `account`, whose first factor was `first_right`.
    pub fn finish(&self, c: &mut DbConn, account: Id, first_right: bool) -> ApiResult<Outcome> {
        let refused = |code: ErrorCode| Ok(Outcome::Refused(code.into()));
        for _ in 0..ROUNDS {
            let Some(account) = store::credentials(c, account)? else {
                return refused(ErrorCode::BadCredentials);
            };
            let second = self.second_factor(&account)?;
            // The lock guards what can be guessed here. A sent code has its own count, and whoever types wrong
            // passwords for a representative's account must not keep the representative out.
            let guarded = self.method == Method::Password || second != SecondFactor::NotSetUp;
            let lock = if guarded { account.lock() } else { rules::Lock::CLEAR };
            let wrong = match rules::judge(lock, first_right, second, self.now) {
                Verdict::Locked { seconds } => return Ok(Outcome::Refused(locked(seconds))),
                Verdict::NeedsSecond => return refused(ErrorCode::SecondFactorRequired),
                Verdict::Accepted { .. } if account.disabled_at.is_some() => {
                    return refused(ErrorCode::AccountDisabled);
                }
                Verdict::Accepted { step } => {
                    if guarded && !store::accept(c, &account, step, self.now)? {
                        continue;
                    }
                    return self.open(c, account.id).map(|t| Outcome::In(Box::new(t)));
                }
                Verdict::WrongFirst => ErrorCode::BadCredentials,
                Verdict::WrongSecond => ErrorCode::BadSecondFactor,
            };
            if count_failure(c, &self.auth, &account, &self.request_id, self.now)? {
                return refused(wrong);
            }
        }
        Err(ApiError::new(ErrorCode::Conflict).retry_after(1))
    }

    fn second_factor(&self, account: &Credentials) -> ApiResult<SecondFactor> {
        let Some(secret) = totp_secret(&self.secrets, account)? else {
            return Ok(SecondFactor::NotSetUp);
        };
        let Some(code) = &self.totp_code else {
            return Ok(SecondFactor::Missing);
        };
        let step = rules::totp_step(&secret, code, account.totp_last_step, self.now);
        Ok(step.map_or(SecondFactor::Wrong, |step| SecondFactor::Right { step }))
    }

    fn open(&self, c: &mut DbConn, account: Id) -> ApiResult<Tokens> {
        let owner = Owner::Account(account);
        let tokens = sessions::open(c, &self.keys, &self.auth, owner, &self.device, self.now)?;
        let detail = json!({ "method": self.method.as_str(), "session_id": tokens.session_id });
        let actor = Actor::Account(account);
        record(c, actor, account, "auth.log_in", detail, &self.request_id, self.now)?;
        Ok(tokens)
    }

    /// Logs in who typed the code that was sent to `phone`. A wrong try is counted before it is answered.
    pub fn with_sent_code(&self, c: &mut DbConn, phone: &Phone, typed: &str) -> ApiResult<Outcome> {
        let index = self.secrets.blind_index(phone.as_str());
        for _ in 0..ROUNDS {
            let Some(sent) = store::newest_code(c, &index)? else {
                break;
            };
            let matches = same(&code_hash(&self.secrets, sent.id, typed), &sent.code_hash);
            match rules::judge_code(sent.state(), matches, self.auth.sms_code_tries, self.now) {
                CodeVerdict::Dead => break,
                CodeVerdict::Wrong if store::code_count_try(c, &sent)? => break,
                CodeVerdict::Wrong => continue,
                CodeVerdict::Right => {
                    let account =
                        super::account_for_phone(c, &self.secrets, phone, super::NAME_OF_STRANGERS, self.now)?;
                    let outcome = self.finish(c, account, true)?;
                    // Whoever still owes the second factor keeps the code; a wrong second factor counts on the account.
                    if let Outcome::In(_) = outcome
                        && !store::code_use(c, sent.id, self.auth.sms_code_tries, self.now)?
                    {
                        // Somebody used it a moment ago: nothing of this log-in stays.
                        return Err(ErrorCode::BadCode.into());
                    }
                    return Ok(outcome);
                }
            }
        }
        Ok(Outcome::Refused(ErrorCode::BadCode.into()))
    }

    /// Logs in whom WeChat named by `openid`; `phone` binds it to the account of that number.
    pub fn with_openid(&self, c: &mut DbConn, openid: &str, phone: Option<&Phone>) -> ApiResult<Outcome> {
        let (account, known) = match (store::account_by_openid(c, openid)?, phone) {
            (Some(account), _) => (account, true),
            (None, None) => return Ok(Outcome::Refused(ErrorCode::PhoneRequired.into())),
            (None, Some(phone)) => {
                let name = super::NAME_OF_STRANGERS;
                let account = super::account_for_phone(c, &self.secrets, phone, name, self.now)?;
                (account, false)
            }
        };
        let outcome = self.finish(c, account, true)?;
        if let Outcome::In(_) = outcome
            && !known
        {
            store::bind_openid(c, account, openid)?;
            let actor = Actor::Account(account);
            record(
                c,
                actor,
                account,
                "auth.bind_wechat",
                json!({}),
                &self.request_id,
                self.now,
            )?;
        }
        Ok(outcome)
    }
}

/// The kept form of a code, bound to its row.
pub fn code_hash(secrets: &Secrets, id: Id, code: &str) -> Vec<u8> {
    secrets.code_hash(&[b"log in by sms", id.bytes(), code.as_bytes()])
}
