//! What the drivers over HTTP share: a client, hex and HMAC, and telling a lost answer from a request that never left.

use crate::notify::rules::{Failure, Sent, words};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;
use std::time::Duration;

/// An answer of more bytes is not one of ours.
const LARGEST: usize = 1 << 20;

/// A client of one driver, made when first needed: connections belong to the runtime of the worker.
#[derive(Default)]
pub struct Http {
    client: OnceLock<reqwest::Client>,
}

/// What a provider answered.
pub struct Answer {
    pub status: u16,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.bytes).ok()
    }
    /// For log and console when the answer makes no sense.
    pub fn odd(&self) -> String {
        words(&format!(
            "HTTP {} {}",
            self.status,
            String::from_utf8_lossy(&self.bytes)
        ))
    }
}

/// Why there is no answer.
pub enum NoAnswer {
    /// No connection: the request surely did not leave.
    NotSent(String),
    Lost(String),
}

impl From<NoAnswer> for Sent {
    fn from(no: NoAnswer) -> Sent {
        match no {
            NoAnswer::NotSent(why) => Sent::failed(Failure::Technical, why),
            NoAnswer::Lost(why) => Sent::unknown(why),
        }
    }
}

impl Http {
    pub fn client(&self) -> &reqwest::Client {
        self.client.get_or_init(|| {
            // reqwest is built without a default crypto provider; whoever comes first installs it.
            let _ = rustls::crypto::ring::default_provider().install_default();
            reqwest::Client::builder()
                .connect_timeout(Duration::from_secs(5))
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("a client without special settings can be built")
        })
    }

    pub async fn ask(&self, request: reqwest::RequestBuilder) -> Result<Answer, NoAnswer> {
        let mut response = request.send().await.map_err(|e| {
            // The address holds tokens: it must not be logged.
            let e = e.without_url();
            let why = words(&chain(&e));
            if e.is_connect() || e.is_builder() {
                NoAnswer::NotSent(why)
            } else {
                NoAnswer::Lost(why)
            }
        })?;
        let status = response.status().as_u16();
        let mut bytes = vec![];
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|e| NoAnswer::Lost(words(&chain(&e.without_url()))))?
        {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(NoAnswer::Lost("an answer of more than a megabyte".to_owned()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Answer { status, bytes })
    }
}

fn chain(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(e) = source {
        text = format!("{text}: {e}");
        source = e.source();
    }
    text
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn sha256_hex(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}

pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("any key length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Percent-encoding of RFC 3986: everything but letters, digits and `-_.~`.
pub fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(b as char),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// Host and port of a base URL as a `Host` header has them.
pub fn host(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
