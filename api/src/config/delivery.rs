//! Settings of delivery: order of channels, limits of the worker, and one struct for each provider.
//!
//! A provider is off while its first setting is empty. Our templates are named to a provider by a list such as
//! `login_code=SMS_71390007,leave_decided=SMS_71390008`; what has no entry is not sent by that provider.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

/// How messages are delivered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// Order in which a person is reached, of `wechat`, `sms`, `mail`; what is left out is not used.
    pub channels: String,
    /// Order in which SMS providers are used, of `aliyun`, `tencent`, `mas`, `smpp`; only those that are set up count.
    pub sms: String,
    /// Phone numbers, separated by commas, to whose people nothing is ever sent; `199*` stands for all that begin so.
    #[serde(deserialize_with = "text")]
    pub test_numbers: String,
    /// Part of the addresses to which providers push receipts (`/api/v1/receipts/aliyun?token=…`), 24 characters or more; none are taken while it is empty.
    #[serde(deserialize_with = "secret_text")]
    pub receipt_token: SecretString,
    /// Calls under way at a time, per worker.
    pub parallel: usize,
    /// Attempts before a message is left to a person.
    pub max_attempts: i32,
    /// Seconds a provider may take to answer.
    pub call_seconds: u64,
    /// Seconds after which a worker that took a message and said nothing counts as dead; at least twice `call_seconds`.
    pub lease_seconds: i64,
    /// Seconds for which a provider may not know yet what it was given: before that, "not there" proves nothing.
    pub settle_seconds: i64,
}

/// SMS by Aliyun.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AliyunConfig {
    pub access_key_id: String,
    #[serde(deserialize_with = "secret_text")]
    pub access_key_secret: SecretString,
    /// The approved sign, without brackets.
    pub sign: String,
    pub templates: String,
    pub base_url: String,
}

/// SMS by Tencent Cloud.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TencentConfig {
    pub secret_id: String,
    #[serde(deserialize_with = "secret_text")]
    pub secret_key: SecretString,
    /// `SmsSdkAppId`.
    #[serde(deserialize_with = "text")]
    pub app_id: String,
    /// The approved sign, without brackets.
    pub sign: String,
    pub templates: String,
    pub region: String,
    pub base_url: String,
}

/// SMS by 云MAS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MasConfig {
    #[serde(deserialize_with = "text")]
    pub ap_id: String,
    #[serde(deserialize_with = "secret_text")]
    pub secret_key: SecretString,
    /// The company's name as it was registered.
    #[serde(deserialize_with = "text")]
    pub ec_name: String,
    /// Code of the sign.
    #[serde(deserialize_with = "text")]
    pub sign_id: String,
    /// Extension of the sender's number; may be empty.
    #[serde(deserialize_with = "text")]
    pub add_serial: String,
    pub base_url: String,
}

/// SMS by SMPP 3.4.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmppConfig {
    /// `smpp://host:2775`.
    pub url: String,
    #[serde(deserialize_with = "text")]
    pub system_id: String,
    /// At most 8 characters.
    #[serde(deserialize_with = "secret_text")]
    pub password: SecretString,
    /// The sender's number.
    #[serde(deserialize_with = "text")]
    pub source: String,
    /// Stands in 【】 before every text.
    pub sign: String,
}

/// Mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    pub host: String,
    /// Default: 465 with `tls`, 587 with `starttls`, 25 with `none`.
    pub port: Option<u16>,
    /// `tls`, `starttls` or `none`.
    pub tls: String,
    /// May be empty: no log-in.
    #[serde(deserialize_with = "text")]
    pub user: String,
    #[serde(deserialize_with = "secret_text")]
    pub password: SecretString,
    /// `履职 <noreply@npc.example>`.
    pub from: String,
}

/// A text that may look like a number: the environment makes numbers of digits.
fn text<'de, D: serde::Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u64),
    }
    Either::deserialize(d).map(|either| match either {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

fn secret_text<'de, D: serde::Deserializer<'de>>(d: D) -> Result<SecretString, D::Error> {
    text(d).map(SecretString::from)
}

/// What these sections hold when nothing is set.
pub fn defaults() -> Value {
    json!({
        "notify": {
            "channels": "wechat,sms,mail", "sms": "aliyun,tencent,mas,smpp", "test_numbers": "", "receipt_token": "",
            "parallel": 32, "max_attempts": 10, "call_seconds": 20, "lease_seconds": 120, "settle_seconds": 90,
        },
        "sms_aliyun": {
            "access_key_id": "", "access_key_secret": "", "sign": "", "templates": "",
            "base_url": "https://dysmsapi.aliyuncs.com",
        },
        "sms_tencent": {
            "secret_id": "", "secret_key": "", "app_id": "", "sign": "", "templates": "", "region": "ap-guangzhou",
            "base_url": "https://sms.tencentcloudapi.com",
        },
        "sms_mas": { "ap_id": "", "secret_key": "", "ec_name": "", "sign_id": "", "add_serial": "", "base_url": "" },
        "sms_smpp": { "url": "", "system_id": "", "password": "", "source": "", "sign": "履职" },
        "smtp": { "host": "", "tls": "tls", "user": "", "password": "", "from": "" },
    })
}

/// The parts of the configuration that are checked here.
pub struct Parts<'a> {
    pub notify: &'a NotifyConfig,
    pub aliyun: &'a AliyunConfig,
    pub tencent: &'a TencentConfig,
    pub mas: &'a MasConfig,
    pub smpp: &'a SmppConfig,
    pub smtp: &'a SmtpConfig,
}

/// The first setting that is wrong, and why.
pub fn problem(parts: &Parts<'_>) -> Option<(String, String)> {
    let Parts {
        notify,
        aliyun,
        tencent,
        mas,
        smpp,
        smtp,
    } = parts;
    let wrong = |name: &str, why: &str| Some((name.to_owned(), why.to_owned()));
    let lists = [
        (
            "notify.channels",
            &notify.channels,
            ["wechat", "sms", "mail"].as_slice(),
        ),
        (
            "notify.sms",
            &notify.sms,
            ["aliyun", "tencent", "mas", "smpp"].as_slice(),
        ),
    ];
    for (name, list, known) in lists {
        if let Some(word) = words(list).find(|w| !known.contains(w)) {
            return wrong(name, &format!("`{word}` is none of {}", known.join(", ")));
        }
    }
    let token = notify.receipt_token.expose_secret();
    if !token.is_empty() && token.len() < 24 {
        return wrong("notify.receipt_token", "must have at least 24 characters");
    }
    if !(1..=1000).contains(&notify.parallel) {
        return wrong("notify.parallel", "must lie between 1 and 1000");
    }
    if !(1..=100).contains(&notify.max_attempts) {
        return wrong("notify.max_attempts", "must lie between 1 and 100");
    }
    if !(1..=300).contains(&notify.call_seconds) {
        return wrong("notify.call_seconds", "must lie between 1 and 300");
    }
    if notify.lease_seconds < 2 * notify.call_seconds as i64 || notify.lease_seconds > 86_400 {
        return wrong(
            "notify.lease_seconds",
            "must be at least twice notify.call_seconds, at most a day",
        );
    }
    if !(1..=86_400).contains(&notify.settle_seconds) {
        return wrong("notify.settle_seconds", "must lie between 1 and 86400");
    }
    // A provider that is set up needs all of these.
    let secret = |s: &SecretString| s.expose_secret().to_owned();
    let needed = [
        (
            "sms_aliyun.access_key_id",
            &aliyun.access_key_id,
            vec![
                ("sms_aliyun.access_key_secret", secret(&aliyun.access_key_secret)),
                ("sms_aliyun.sign", aliyun.sign.clone()),
                ("sms_aliyun.templates", aliyun.templates.clone()),
                ("sms_aliyun.base_url", aliyun.base_url.clone()),
            ],
        ),
        (
            "sms_tencent.secret_id",
            &tencent.secret_id,
            vec![
                ("sms_tencent.secret_key", secret(&tencent.secret_key)),
                ("sms_tencent.app_id", tencent.app_id.clone()),
                ("sms_tencent.sign", tencent.sign.clone()),
                ("sms_tencent.templates", tencent.templates.clone()),
                ("sms_tencent.base_url", tencent.base_url.clone()),
            ],
        ),
        (
            "sms_mas.ap_id",
            &mas.ap_id,
            vec![
                ("sms_mas.secret_key", secret(&mas.secret_key)),
                ("sms_mas.ec_name", mas.ec_name.clone()),
                ("sms_mas.sign_id", mas.sign_id.clone()),
                ("sms_mas.base_url", mas.base_url.clone()),
            ],
        ),
        (
            "sms_smpp.url",
            &smpp.url,
            vec![
                ("sms_smpp.system_id", smpp.system_id.clone()),
                ("sms_smpp.password", secret(&smpp.password)),
                ("sms_smpp.source", smpp.source.clone()),
                ("sms_smpp.sign", smpp.sign.clone()),
            ],
        ),
        ("smtp.host", &smtp.host, vec![("smtp.from", smtp.from.clone())]),
    ];
    for (switch, value, others) in needed {
        if value.is_empty() {
            continue;
        }
        for (name, other) in others {
            if other.is_empty() {
                return wrong(name, &format!("is needed when {switch} is set"));
            }
            if name.ends_with(".base_url") && !(other.starts_with("https://") || other.starts_with("http://")) {
                return wrong(name, "must start with https:// or http://");
            }
        }
    }
    if !smpp.url.is_empty() && !smpp.url.starts_with("smpp://") {
        return wrong("sms_smpp.url", "must start with smpp://");
    }
    if !["tls", "starttls", "none"].contains(&smtp.tls.as_str()) {
        return wrong("smtp.tls", "must be `tls`, `starttls` or `none`");
    }
    None
}

/// The words of a list in a setting.
pub fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|w| !w.is_empty())
}
