//! SMS by 云MAS of China Mobile: base64 of JSON, signed with MD5; it takes free text.

use super::http::Http;
use super::{Driver, Outgoing};
use crate::config::MasConfig;
use crate::notify::rules::{Failure, Sent, words};
use crate::notify::{Channel, Receipt, Template};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use md5::{Digest, Md5};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

pub struct Mas {
    config: MasConfig,
    http: Http,
}

impl Mas {
    pub fn new(config: &MasConfig) -> Mas {
        Mas {
            config: config.clone(),
            http: Http::default(),
        }
    }
}

/// MD5 of the fields without anything between them, in lower case.
fn mac(fields: [&str; 7]) -> String {
    super::http::hex(&Md5::digest(fields.concat().as_bytes()))
}

fn class(code: &str) -> Failure {
    match code {
        "IllegalMac" | "InvalidUsrOrPwd" | "IllegalSignId" | "NoValidLogin" => Failure::Technical,
        "TooManyRequests" | "SystemBusy" => Failure::Temporary,
        _ => Failure::Permanent,
    }
}

#[derive(Deserialize)]
struct Pushed {
    #[serde(rename = "reportStatus")]
    report_status: String,
    #[serde(rename = "errorCode", default)]
    error_code: String,
    #[serde(rename = "msgGroup")]
    msg_group: String,
}

impl Driver for Mas {
    fn name(&self) -> &'static str {
        "mas"
    }
    fn channel(&self) -> Channel {
        Channel::Sms
    }
    fn takes(&self, _: Template) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            let c = &self.config;
            let secret = c.secret_key.expose_secret();
            let mobile = message.to.trim_start_matches("+86");
            let mac = mac([
                &c.ec_name,
                &c.ap_id,
                secret,
                mobile,
                &message.body,
                &c.sign_id,
                &c.add_serial,
            ]);
            let body = json!({
                "ecName": c.ec_name, "apId": c.ap_id, "mobiles": mobile, "content": message.body,
                "sign": c.sign_id, "addSerial": c.add_serial, "mac": mac,
            });
            let url = format!("{}/sms/norsubmit", c.base_url.trim_end_matches('/'));
            let request = self.http.client().post(url).body(STANDARD.encode(body.to_string()));
            let answer = match self.http.ask(request).await {
                Ok(answer) => answer,
                Err(no) => return no.into(),
            };
            let body = answer.json().unwrap_or_default();
            match (body["rspcod"].as_str(), &body["success"]) {
                (Some("success"), Value::Bool(true)) => Sent::Accepted {
                    provider_id: body["msgGroup"].as_str().filter(|g| !g.is_empty()).map(str::to_owned),
                },
                (Some(code), Value::Bool(false)) => Sent::failed(class(code), words(code)),
                _ => Sent::unknown(answer.odd()),
            }
        })
    }

    /// One receipt or a list of them.
    fn parse_receipt(&self, body: &[u8]) -> Result<Vec<Receipt>, String> {
        let value: Value = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let list = if value.is_array() { value } else { json!([value]) };
        let pushed: Vec<Pushed> = serde_json::from_value(list).map_err(|e| e.to_string())?;
        let receipt = |p: Pushed| Receipt {
            provider_id: p.msg_group,
            delivery_id: None,
            delivered: p.report_status == "CM:0000" || p.error_code == "DELIVRD",
            code: words(&p.error_code),
        };
        Ok(pushed.into_iter().map(receipt).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_covers_every_field_in_order() {
        // As md5sum says of `ecapkey13800001234textsign1`.
        let fields = ["ec", "ap", "key", "13800001234", "text", "sign", "1"];
        assert_eq!(mac(fields), "6f86aced686787a4d6790c906ba15ab9");
        assert_eq!(mac(["", "", "", "", "", "", ""]), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
