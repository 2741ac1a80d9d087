//! The WeChat mini-program's server API: who holds a log-in code, and which phone number was shown to us.

use crate::auth::phone::Phone;
use crate::config::WechatConfig;
use crate::db::Ts;
use crate::web::{ApiError, ApiResult, ErrorCode};
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// A token is given up this long before its end, so that no request leaves with one that ends on the way.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// The provider's answers about tokens that are no longer good.
const BAD_TOKEN: [i64; 3] = [40001, 40014, 42001];
/// About codes: invalid, used, of a blocked user.
const BAD_CODE: [i64; 3] = [40029, 40163, 40226];

/// Client and access token, made when first needed.
#[derive(Default)]
pub struct Wechat {
    client: OnceLock<reqwest::Client>,
    token: Mutex<Option<(String, Ts)>>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: i64,
}

// The session key that comes with it would decrypt things of the mini-program; we have no use for it and keep it nowhere.
#[derive(Deserialize)]
struct Session {
    openid: String,
}

#[derive(Deserialize)]
struct PhoneAnswer {
    phone_info: PhoneInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    pure_phone_number: String,
    country_code: String,
}

/// Why the provider gave nothing.
enum Refusal {
    BadCode,
    BadToken,
    Other(String),
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        match refusal {
            Refusal::BadCode => ErrorCode::WechatBadCode.into(),
            Refusal::BadToken => unavailable("the access token was refused twice"),
            Refusal::Other(why) => unavailable(&why),
        }
    }
}

fn unavailable(why: &str) -> ApiError {
    ApiError {
        source: Some(format!("WeChat: {why}")),
        ..ApiError::new(ErrorCode::WechatUnavailable)
    }
}

impl Wechat {
    /// The user behind a code of `wx.login`. A code is good once.
    pub async fn openid(&self, config: &WechatConfig, js_code: &str) -> ApiResult<String> {
        let request = self
            .client(config)?
            .get(format!("{}/sns/jscode2session", base(config)))
            .query(&[
                ("appid", config.appid.as_str()),
                ("secret", config.secret.expose_secret()),
                ("js_code", js_code),
                ("grant_type", "authorization_code"),
            ]);
        let session: Session = answer(request).await?;
        if session.openid.is_empty() {
            return Err(unavailable("an empty openid"));
        }
        Ok(session.openid)
    }

    /// The number behind a code of the phone button. A code is good once.
    pub async fn phone(&self, config: &WechatConfig, phone_code: &str, now: Ts) -> ApiResult<Phone> {
        let info = match self.ask_phone(config, phone_code, now).await {
            Err(Refusal::BadToken) => {
                // Another process may have renewed it; the provider gives the one in force, unforced.
                *self.token.lock().expect("no panic under this lock") = None;
                self.ask_phone(config, phone_code, now).await
            }
            other => other,
        }?;
        let number = format!(
            "+{}{}",
            info.country_code.trim_start_matches('+'),
            info.pure_phone_number
        );
        Phone::parse(&number).ok_or_else(|| unavailable("a phone number of unknown form"))
    }

    async fn ask_phone(&self, config: &WechatConfig, phone_code: &str, now: Ts) -> Result<PhoneInfo, Refusal> {
        let token = self.token(config, now).await?;
        let request = self
            .client(config)
            .map_err(|e| Refusal::Other(e.to_string()))?
            .post(format!("{}/wxa/business/getuserphonenumber", base(config)))
            .query(&[("access_token", token.as_str())])
            .json(&json!({ "code": phone_code }));
        answer::<PhoneAnswer>(request).await.map(|a| a.phone_info)
    }

    async fn token(&self, config: &WechatConfig, now: Ts) -> Result<String, Refusal> {
        if let Some((token, until)) = &*self.token.lock().expect("no panic under this lock")
            && *until > now
        {
            return Ok(token.clone());
        }
        let request = self
            .client(config)
            .map_err(|e| Refusal::Other(e.to_string()))?
            .post(format!("{}/cgi-bin/stable_token", base(config)))
            .json(&json!({
                "grant_type": "client_credential", "appid": config.appid,
                "secret": config.secret.expose_secret(), "force_refresh": false,
            }));
        let fresh: Token = answer(request).await?;
        let until = now + TimeDelta::seconds(fresh.expires_in.clamp(0, 86_400)) - MARGIN;
        *self.token.lock().expect("no panic under this lock") = Some((fresh.access_token.clone(), until));
        Ok(fresh.access_token)
    }

    fn client(&self, config: &WechatConfig) -> ApiResult<&reqwest::Client> {
        if config.appid.is_empty() {
            return Err(ErrorCode::WechatOff.into());
        }
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // reqwest is built without a crypto provider; an error only means that one is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(8))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|e| unavailable(&e.to_string()))?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn base(config: &WechatConfig) -> &str {
    config.base_url.trim_end_matches('/')
}

/// Sends and reads an answer; errors come with status 200 and an `errcode`. The address holds secrets and is in no error text.
async fn answer<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, Refusal> {
    let other = |e: reqwest::Error| Refusal::Other(e.without_url().to_string());
    let response = request.send().await.map_err(other)?;
    if !response.status().is_success() {
        return Err(Refusal::Other(format!("status {}", response.status())));
    }
    let bytes = response.bytes().await.map_err(other)?;
    let failure: Failure = serde_json::from_slice(&bytes).map_err(|_| Refusal::Other("no JSON".into()))?;
    match failure.errcode {
        0 => serde_json::from_slice(&bytes).map_err(|_| Refusal::Other("an answer of unknown form".into())),
        code if BAD_CODE.contains(&code) => Err(Refusal::BadCode),
        code if BAD_TOKEN.contains(&code) => Err(Refusal::BadToken),
        code => {
            let words: String = failure.errmsg.chars().filter(|c| !c.is_control()).take(120).collect();
            Err(Refusal::Other(format!("errcode {code} {words}")))
        }
    }
}
