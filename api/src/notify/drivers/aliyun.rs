//! SMS by Aliyun: dysmsapi of 2017-05-25, signed with ACS3-HMAC-SHA256.

use super::http::{Http, hex, hmac_sha256, host, percent, sha256_hex};
use super::{Asked, Driver, Outgoing, TemplateIds};
use crate::config::AliyunConfig;
use crate::db::{Id, Ts};
use crate::notify::rules::{Failure, Found, Sent, words};
use crate::notify::{Channel, Receipt, Template};
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

const VERSION: &str = "2017-05-25";

pub struct Aliyun {
    config: AliyunConfig,
    templates: TemplateIds,
    http: Http,
}

impl Aliyun {
    pub fn new(config: &AliyunConfig) -> Result<Aliyun, String> {
        Ok(Aliyun {
            templates: TemplateIds::parse(&config.templates)?,
            config: config.clone(),
            http: Http::default(),
        })
    }

    fn request(&self, action: &str, query: &[(&str, String)], now: Ts) -> reqwest::RequestBuilder {
        let mut pairs: Vec<(String, String)> = query.iter().map(|(n, v)| (percent(n), percent(v))).collect();
        pairs.sort();
        let query = pairs
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect::<Vec<_>>()
            .join("&");
        let base = self.config.base_url.trim_end_matches('/');
        let parts = Signed {
            query: &query,
            host: host(base),
            action,
            version: VERSION,
            date: &now.0.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            nonce: &Id::new().0.simple().to_string(),
        };
        let key = self.config.access_key_secret.expose_secret();
        let authorization = parts.authorization(&self.config.access_key_id, key);
        let request = self.http.client().post(format!("{base}/?{query}"));
        let headers = parts.headers();
        let request = headers
            .into_iter()
            .fold(request, |r, (name, value)| r.header(name, value));
        request.header("authorization", authorization)
    }
}

/// What the signature covers; requests have no body.
struct Signed<'a> {
    /// Encoded and sorted.
    query: &'a str,
    host: &'a str,
    action: &'a str,
    version: &'a str,
    date: &'a str,
    nonce: &'a str,
}

impl Signed<'_> {
    /// In the order in which they are signed.
    fn headers(&self) -> [(&'static str, String); 6] {
        [
            ("host", self.host.to_owned()),
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-content-sha256", sha256_hex(b"")),
            ("x-acs-date", self.date.to_owned()),
            ("x-acs-signature-nonce", self.nonce.to_owned()),
            ("x-acs-version", self.version.to_owned()),
        ]
    }

    fn authorization(&self, key_id: &str, secret: &str) -> String {
        let headers = self.headers();
        let canonical: String = headers.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let names = headers.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(";");
        let request = format!("POST\n/\n{}\n{canonical}\n{names}\n{}", self.query, sha256_hex(b""));
        let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(request.as_bytes()));
        let signature = hex(&hmac_sha256(secret.as_bytes(), to_sign.as_bytes()));
        format!("ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}")
    }
}

/// Mainland numbers without country code, others without the plus.
fn number(to: &str) -> String {
    let digits = to.trim_start_matches('+');
    match digits.strip_prefix("86") {
        Some(local) if local.len() == 11 => local.to_owned(),
        _ => digits.to_owned(),
    }
}

/// What a code of the provider means for a message.
fn class(code: &str) -> Failure {
    match code {
        "isv.BUSINESS_LIMIT_CONTROL" | "isv.DAY_LIMIT_CONTROL" | "isp.SYSTEM_ERROR" | "SignatureNonceUsed" => {
            Failure::Temporary
        }
        c if c.starts_with("Throttling") || c == "ServiceUnavailable" || c == "InternalError" => Failure::Temporary,
        "isv.AMOUNT_NOT_ENOUGH" | "isv.OUT_OF_SERVICE" | "isv.ACCOUNT_ABNORMAL" | "isp.RAM_PERMISSION_DENY" => {
            Failure::Technical
        }
        c if c.starts_with("InvalidAccessKeyId")
            || c.starts_with("SignatureDoesNotMatch")
            || c.starts_with("Forbidden")
            || c.starts_with("InvalidTimeStamp") =>
        {
            Failure::Technical
        }
        _ => Failure::Permanent,
    }
}

#[derive(Deserialize)]
struct Pushed {
    success: bool,
    #[serde(default)]
    err_code: String,
    biz_id: String,
    #[serde(default)]
    out_id: Option<String>,
}

impl Driver for Aliyun {
    fn name(&self) -> &'static str {
        "aliyun"
    }
    fn channel(&self) -> Channel {
        Channel::Sms
    }
    fn takes(&self, template: Template) -> bool {
        self.templates.of(template).is_some()
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            let params: Value = message
                .values
                .iter()
                .map(|(n, v)| ((*n).to_owned(), json!(v)))
                .collect();
            let query = [
                ("PhoneNumbers", number(&message.to)),
                ("SignName", self.config.sign.clone()),
                (
                    "TemplateCode",
                    self.templates.of(message.template).unwrap_or_default().to_owned(),
                ),
                ("TemplateParam", params.to_string()),
                ("OutId", message.delivery_id.to_string()),
            ];
            let answer = match self.http.ask(self.request("SendSms", &query, message.now)).await {
                Ok(answer) => answer,
                Err(no) => return no.into(),
            };
            let Some(body) = answer.json() else {
                return Sent::unknown(answer.odd());
            };
            match body["Code"].as_str() {
                Some("OK") => Sent::Accepted {
                    provider_id: body["BizId"].as_str().map(str::to_owned),
                },
                Some(code) => {
                    let message = body["Message"].as_str().unwrap_or_default();
                    Sent::failed(class(code), words(&format!("{code} {message}")))
                }
                None => Sent::unknown(answer.odd()),
            }
        })
    }

    fn query<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            // The provider's day is Beijing's.
            let day = (asked.at + TimeDelta::hours(8)).0.format("%Y%m%d").to_string();
            let wanted = asked.delivery_id.to_string();
            for page in 1..=20 {
                let query = [
                    ("PhoneNumber", number(&asked.to)),
                    ("SendDate", day.clone()),
                    ("PageSize", "50".to_owned()),
                    ("CurrentPage", page.to_string()),
                ];
                let answer = self.http.ask(self.request("QuerySendDetails", &query, asked.now)).await;
                let Some(body) = answer.ok().and_then(|a| a.json()) else {
                    return Found::CannotTell;
                };
                if body["Code"] != "OK" {
                    return Found::CannotTell;
                }
                let Some(details) = body["SmsSendDetailDTOs"]["SmsSendDetailDTO"].as_array() else {
                    return Found::CannotTell;
                };
                if let Some(detail) = details.iter().find(|d| d["OutId"] == wanted.as_str()) {
                    let code = detail["ErrCode"].as_str().unwrap_or_default().to_owned();
                    // 1 waits for a receipt, 2 failed, 3 arrived.
                    return match detail["SendStatus"].as_i64() {
                        Some(1) => Found::Accepted { provider_id: None },
                        Some(2) => Found::Undelivered {
                            provider_id: None,
                            code,
                        },
                        Some(3) => Found::Delivered {
                            provider_id: None,
                            code,
                        },
                        _ => Found::CannotTell,
                    };
                }
                if details.len() < 50 {
                    return Found::NotThere;
                }
            }
            Found::CannotTell
        })
    }

    fn parse_receipt(&self, body: &[u8]) -> Result<Vec<Receipt>, String> {
        let pushed: Vec<Pushed> = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let receipt = |p: Pushed| Receipt {
            provider_id: p.biz_id,
            delivery_id: p.out_id.and_then(|id| id.parse().ok()),
            delivered: p.success,
            code: words(&p.err_code),
        };
        Ok(pushed.into_iter().map(receipt).collect())
    }
    fn receipt_answer(&self) -> Value {
        json!({ "code": 0, "msg": "OK" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_providers_example() {
        let signed = Signed {
            query: "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26",
            date: "2023-10-26T10:22:32Z",
            nonce: "3156853299f313e23d1673dc12e1703d",
        };
        let authorization = signed.authorization("YourAccessKeyId", "YourAccessKeySecret");
        assert!(
            authorization.ends_with("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"),
            "{authorization}"
        );
    }

    #[test]
    fn numbers_are_spelled_as_the_provider_wants() {
        assert_eq!(number("+8613800001234"), "13800001234");
        assert_eq!(number("+85291234567"), "85291234567");
    }
}
