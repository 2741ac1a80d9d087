//! WeChat subscribe messages: one access token for all processes; who did not subscribe is reached by the next channel.

use super::http::Http;
use super::{Driver, Outgoing};
use crate::config::WechatConfig;
use crate::kv::Kv;
use crate::notify::rules::{Failure, Sent, words};
use crate::notify::{Channel, Template};
use crate::secrets::{Secrets, b64, unb64};
use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The provider's answers about tokens that are no longer good.
const BAD_TOKEN: [i64; 3] = [40001, 40014, 42001];
/// A token is given up this many seconds before its end, so that no request leaves with one that ends on the way.
const MARGIN: i64 = 300;
const KEY: &str = "wechat token";

pub struct Wechat {
    config: WechatConfig,
    templates: HashMap<&'static str, Subscribed>,
    kv: Kv,
    secrets: Secrets,
    http: Http,
}

/// A template of the mini-program and which of our parameters fill its fields.
struct Subscribed {
    id: String,
    /// Field of the provider, our parameter.
    fields: Vec<(String, &'static str)>,
}

enum Answer {
    BadToken,
    Told(Sent),
}

/// Reads `leave_decided=ID|thing1=subject|phrase2=outcome`, several separated by commas.
fn parse(setting: &str) -> Result<HashMap<&'static str, Subscribed>, String> {
    let mut all = HashMap::new();
    for part in setting.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let mut pieces = part.split('|');
        let first = pieces.next().and_then(|p| p.split_once('='));
        let (name, id) = first.ok_or_else(|| format!("`{part}` is not template=id|field=parameter"))?;
        let template: Template = name.parse().map_err(|_| format!("there is no template `{name}`"))?;
        let mut fields = vec![];
        for piece in pieces {
            let (field, param) = piece
                .split_once('=')
                .ok_or_else(|| format!("`{piece}` is not field=parameter"))?;
            let known = template.text().params.iter().find(|p| **p == param);
            let param = known.ok_or_else(|| format!("template `{name}` has no parameter `{param}`"))?;
            fields.push((field.to_owned(), *param));
        }
        if id.is_empty() || fields.is_empty() {
            return Err(format!("`{part}` needs an id and fields"));
        }
        all.insert(
            template.as_str(),
            Subscribed {
                id: id.to_owned(),
                fields,
            },
        );
    }
    Ok(all)
}

/// The provider refuses longer values: 20 characters in a `thing`, 5 in a `phrase`.
fn fit(field: &str, value: &str) -> String {
    let most = match field.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "thing" => 20,
        "phrase" => 5,
        _ => 32,
    };
    if value.chars().count() <= most {
        return value.to_owned();
    }
    let mut cut: String = value.chars().take(most - 1).collect();
    cut.push('…');
    cut
}

impl Wechat {
    pub fn new(config: &WechatConfig, kv: &Kv, secrets: &Secrets) -> Result<Wechat, String> {
        Ok(Wechat {
            templates: parse(&config.templates)?,
            config: config.clone(),
            kv: kv.clone(),
            secrets: secrets.clone(),
            http: Http::default(),
        })
    }

    fn base(&self) -> &str {
        self.config.base_url.trim_end_matches('/')
    }

    /// The token that all processes share; it is sealed, because whoever has it can write to every user.
    async fn token(&self, now: i64) -> Result<String, Sent> {
        let kept = self.kv.kept(KEY, now).await.and_then(|t| unb64(&t));
        if let Some(token) = kept.and_then(|t| self.secrets.open_text("wechat.token", &t)) {
            return Ok(token);
        }
        let request = self
            .http
            .client()
            .post(format!("{}/cgi-bin/stable_token", self.base()))
            .json(&json!({
                "grant_type": "client_credential", "appid": self.config.appid,
                "secret": self.config.secret.expose_secret(), "force_refresh": false,
            }));
        // Nothing was sent yet, so whatever goes wrong here is no lost message.
        let technical = |why: String| Sent::failed(Failure::Technical, why);
        let answer = match self.http.ask(request).await.map_err(Sent::from) {
            Ok(answer) => answer,
            Err(Sent::Failed { error, .. } | Sent::Unknown { error }) => return Err(technical(error)),
            Err(other) => return Err(other),
        };
        let body = answer.json().unwrap_or_default();
        let (token, lives) = match (body["access_token"].as_str(), body["expires_in"].as_i64()) {
            (Some(token), Some(lives)) => (token.to_owned(), lives),
            _ => {
                return Err(technical(words(&format!(
                    "no token: {} {}",
                    body["errcode"], body["errmsg"]
                ))));
            }
        };
        let sealed = b64(&self.secrets.seal("wechat.token", token.as_bytes()));
        self.kv.keep(KEY, &sealed, (lives - MARGIN).max(1), now).await;
        Ok(token)
    }

    async fn try_once(&self, token: &str, body: &Value) -> Answer {
        let url = format!("{}/cgi-bin/message/subscribe/send", self.base());
        let request = self
            .http
            .client()
            .post(url)
            .query(&[("access_token", token)])
            .json(body);
        let answer = match self.http.ask(request).await {
            Ok(answer) => answer,
            Err(no) => return Answer::Told(no.into()),
        };
        let body = answer.json().unwrap_or_default();
        let why = || {
            words(&format!(
                "{} {}",
                body["errcode"],
                body["errmsg"].as_str().unwrap_or_default()
            ))
        };
        Answer::Told(match body["errcode"].as_i64() {
            Some(0) => Sent::Accepted {
                provider_id: body["msgid"].as_i64().map(|id| id.to_string()),
            },
            Some(code) if BAD_TOKEN.contains(&code) => return Answer::BadToken,
            // Busy; called too often.
            Some(-1 | 45009 | 45011) => Sent::failed(Failure::Temporary, why()),
            // The account of the mini-program is wrong, not the message.
            Some(40013 | 40125 | 48001) => Sent::failed(Failure::Technical, why()),
            // 43101 among them: not subscribed, or the subscription was used up.
            Some(_) => Sent::failed(Failure::Permanent, why()),
            None => Sent::unknown(answer.odd()),
        })
    }
}

impl Driver for Wechat {
    fn name(&self) -> &'static str {
        "wechat"
    }
    fn channel(&self) -> Channel {
        Channel::Wechat
    }
    fn takes(&self, template: Template) -> bool {
        self.templates.contains_key(template.as_str())
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            let Some(template) = self.templates.get(message.template.as_str()) else {
                return Sent::failed(Failure::Permanent, "no template");
            };
            // An object: the provider refuses a text here.
            let mut data = Map::new();
            for (field, param) in &template.fields {
                let value = message.values.iter().find(|(n, _)| n == param).map_or("", |(_, v)| v);
                data.insert(field.clone(), json!({ "value": fit(field, value) }));
            }
            let body = json!({
                "touser": message.to, "template_id": template.id, "page": self.config.page, "data": data,
                "miniprogram_state": "formal", "lang": "zh_CN",
            });
            let now = message.now.secs();
            for _ in 0..2 {
                let token = match self.token(now).await {
                    Ok(token) => token,
                    Err(failed) => return failed,
                };
                match self.try_once(&token, &body).await {
                    Answer::Told(sent) => return sent,
                    // Another process may have renewed it; the provider gives the one in force, unforced.
                    Answer::BadToken => self.kv.forget(KEY).await,
                }
            }
            Sent::failed(Failure::Technical, "the access token was refused twice")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_read_and_mistakes_named() {
        let all = parse("leave_decided=abc|thing1=subject|phrase2=outcome, login_code=def|code1=code").unwrap();
        assert_eq!(all["leave_decided"].id, "abc");
        assert_eq!(all["leave_decided"].fields[1], ("phrase2".to_owned(), "outcome"));
        assert_eq!(all["login_code"].fields.len(), 1);
        let mistake = |text| parse(text).err().unwrap();
        assert!(mistake("leave_decided=abc|thing1=nobody").contains("`nobody`"));
        assert!(mistake("holiday=abc|thing1=subject").contains("`holiday`"));
        assert!(mistake("leave_decided=abc").contains("fields"));
    }

    #[test]
    fn values_fit_the_fields() {
        assert_eq!(fit("thing1", &"字".repeat(20)), "字".repeat(20));
        assert_eq!(fit("thing12", &"字".repeat(21)), format!("{}…", "字".repeat(19)));
        assert_eq!(fit("phrase2", "未获批准了吧"), "未获批准…");
    }
}
