//! SMS by Tencent Cloud: API of 2021-01-11, signed with TC3-HMAC-SHA256.

use super::http::{Http, hex, hmac_sha256, host, sha256_hex};
use super::{Asked, Driver, Outgoing, TemplateIds};
use crate::config::TencentConfig;
use crate::db::Ts;
use crate::notify::rules::{Failure, Found, Sent, words};
use crate::notify::{Channel, Receipt, Template};
use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

const VERSION: &str = "2021-01-11";
const CONTENT_TYPE: &str = "application/json; charset=utf-8";

pub struct Tencent {
    config: TencentConfig,
    templates: TemplateIds,
    http: Http,
}

impl Tencent {
    pub fn new(config: &TencentConfig) -> Result<Tencent, String> {
        Ok(Tencent {
            templates: TemplateIds::parse(&config.templates)?,
            config: config.clone(),
            http: Http::default(),
        })
    }

    fn request(&self, action: &str, body: &Value, now: Ts) -> reqwest::RequestBuilder {
        let base = self.config.base_url.trim_end_matches('/');
        let payload = body.to_string();
        let key = self.config.secret_key.expose_secret();
        let authorization = authorization(&self.config.secret_id, key, "sms", host(base), &payload, now);
        self.http
            .client()
            .post(format!("{base}/"))
            .header("host", host(base))
            .header("content-type", CONTENT_TYPE)
            .header("x-tc-action", action)
            .header("x-tc-version", VERSION)
            .header("x-tc-region", &self.config.region)
            .header("x-tc-timestamp", now.secs().to_string())
            .header("authorization", authorization)
            .body(payload)
    }
}

/// Signs content type and host, which is all the provider demands.
fn authorization(id: &str, key: &str, service: &str, host: &str, payload: &str, now: Ts) -> String {
    let day = now.0.format("%Y-%m-%d").to_string();
    let headers = format!("content-type:{CONTENT_TYPE}\nhost:{host}\n");
    let names = "content-type;host";
    let request = format!("POST\n/\n\n{headers}\n{names}\n{}", sha256_hex(payload.as_bytes()));
    let scope = format!("{day}/{service}/tc3_request");
    let to_sign = format!(
        "TC3-HMAC-SHA256\n{}\n{scope}\n{}",
        now.secs(),
        sha256_hex(request.as_bytes())
    );
    let day_key = hmac_sha256(format!("TC3{key}").as_bytes(), day.as_bytes());
    let service_key = hmac_sha256(&day_key, service.as_bytes());
    let signing_key = hmac_sha256(&service_key, b"tc3_request");
    let signature = hex(&hmac_sha256(&signing_key, to_sign.as_bytes()));
    format!("TC3-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

fn class(code: &str) -> Failure {
    match code {
        "FailedOperation.InsufficientBalanceInSmsPackage" => Failure::Technical,
        c if c.starts_with("LimitExceeded")
            || c.starts_with("RequestLimitExceeded")
            || c.starts_with("InternalError") =>
        {
            Failure::Temporary
        }
        c if c.starts_with("AuthFailure") || c.starts_with("UnauthorizedOperation") => Failure::Technical,
        _ => Failure::Permanent,
    }
}

#[derive(Deserialize)]
struct Pushed {
    report_status: String,
    #[serde(default)]
    errmsg: String,
    sid: String,
}

impl Driver for Tencent {
    fn name(&self) -> &'static str {
        "tencent"
    }
    fn channel(&self) -> Channel {
        Channel::Sms
    }
    fn takes(&self, template: Template) -> bool {
        self.templates.of(template).is_some()
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            let values: Vec<&str> = message.values.iter().map(|(_, v)| v.as_str()).collect();
            let body = json!({
                "PhoneNumberSet": [message.to],
                "SmsSdkAppId": self.config.app_id,
                "SignName": self.config.sign,
                "TemplateId": self.templates.of(message.template).unwrap_or_default(),
                "TemplateParamSet": values,
                "SessionContext": message.delivery_id,
            });
            let answer = match self.http.ask(self.request("SendSms", &body, message.now)).await {
                Ok(answer) => answer,
                Err(no) => return no.into(),
            };
            let Some(body) = answer.json() else {
                return Sent::unknown(answer.odd());
            };
            // The whole request is refused by `Error`; each number has a code of its own.
            let status = &body["Response"]["SendStatusSet"][0];
            let told = [&body["Response"]["Error"], status];
            let Some(told) = told.into_iter().find(|t| t["Code"].is_string()) else {
                return Sent::unknown(answer.odd());
            };
            match told["Code"].as_str().unwrap_or_default() {
                "Ok" => Sent::Accepted {
                    provider_id: told["SerialNo"].as_str().filter(|s| !s.is_empty()).map(str::to_owned),
                },
                code => {
                    let message = told["Message"].as_str().unwrap_or_default();
                    Sent::failed(class(code), words(&format!("{code} {message}")))
                }
            }
        })
    }

    fn query<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            let body = json!({
                "BeginTime": asked.at.secs() - 60,
                "Offset": 0,
                "Limit": 100,
                "PhoneNumber": asked.to,
                "SmsSdkAppId": self.config.app_id,
            });
            let request = self.request("PullSmsSendStatusByPhoneNumber", &body, asked.now);
            let Some(body) = self.http.ask(request).await.ok().and_then(|a| a.json()) else {
                return Found::CannotTell;
            };
            let wanted = asked.delivery_id.to_string();
            let set = body["Response"]["PullSmsSendStatusSet"].as_array();
            let found = set.into_iter().flatten().find(|s| {
                s["SessionContext"] == wanted.as_str()
                    || asked.provider_id.as_deref().is_some_and(|id| s["SerialNo"] == id)
            });
            // Only finished messages are listed: one that is missing may still be on its way.
            let Some(found) = found else {
                return Found::CannotTell;
            };
            let provider_id = found["SerialNo"].as_str().map(str::to_owned);
            let code = words(found["Description"].as_str().unwrap_or_default());
            match found["ReportStatus"].as_str() {
                Some("SUCCESS") => Found::Delivered { provider_id, code },
                Some("FAIL") => Found::Undelivered { provider_id, code },
                _ => Found::CannotTell,
            }
        })
    }

    fn parse_receipt(&self, body: &[u8]) -> Result<Vec<Receipt>, String> {
        let pushed: Vec<Pushed> = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let receipt = |p: Pushed| Receipt {
            provider_id: p.sid,
            delivery_id: None,
            delivered: p.report_status == "SUCCESS",
            code: words(&p.errmsg),
        };
        Ok(pushed.into_iter().map(receipt).collect())
    }
    fn receipt_answer(&self) -> Value {
        json!({ "result": 0, "errmsg": "OK" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_providers_example() {
        let payload = r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let now = Ts::from_millis(1_551_113_065_000).unwrap();
        let key = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";
        let signed = authorization("id", key, "cvm", "cvm.tencentcloudapi.com", payload, now);
        assert!(
            signed.ends_with("Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"),
            "{signed}"
        );
    }
}
