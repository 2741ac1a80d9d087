//! Drivers: one file for each provider, behind one small trait; what they need to know of a message and what they tell.

pub mod aliyun;
mod http;
pub mod mas;
pub mod smpp;
pub mod smtp;
pub mod tencent;
pub mod wechat;

use super::rules::{Found, Sent};
use super::{Channel, Receipt, Template};
use crate::db::{Id, Ts};
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::Arc;

/// A message as a driver gets it.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Our id of the attempt: providers that can, give it back with receipts and when asked.
    pub delivery_id: Id,
    pub template: Template,
    /// In the template's order.
    pub values: Vec<(&'static str, String)>,
    /// Phone number (`+8613800000000`), mail address or openid.
    pub to: String,
    /// Without the sign.
    pub body: String,
    pub now: Ts,
}

/// An attempt that a provider is asked about.
#[derive(Debug, Clone)]
pub struct Asked {
    pub delivery_id: Id,
    pub provider_id: Option<String>,
    pub to: String,
    /// When the attempt was made.
    pub at: Ts,
    pub now: Ts,
}

/// A provider. No call may wait for ever: the caller gives it up after `notify.call_seconds`.
pub trait Driver: Send + Sync {
    /// Its name in tables, addresses of callbacks and settings.
    fn name(&self) -> &'static str;
    fn channel(&self) -> Channel;
    /// False when the provider has no approved text for this template.
    fn takes(&self, template: Template) -> bool;
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent>;
    /// What became of an attempt; providers without such a question cannot tell.
    fn query<'a>(&'a self, _asked: &'a Asked) -> BoxFuture<'a, Found> {
        Box::pin(std::future::ready(Found::CannotTell))
    }
    /// Reads what the provider pushed to us. The text of an error is for the log.
    fn parse_receipt(&self, _body: &[u8]) -> Result<Vec<Receipt>, String> {
        Err("this driver has no receipts by HTTP".to_owned())
    }
    /// What the provider wants to hear when its receipts were kept.
    fn receipt_answer(&self) -> serde_json::Value {
        serde_json::json!({})
    }
    /// Keeps up what has to be there between messages: a connection on which receipts come.
    fn keep_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
    /// Ends what was kept up.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// The drivers of this installation, in order of preference.
#[derive(Clone, Default)]
pub struct Drivers {
    all: Arc<Vec<Arc<dyn Driver>>>,
}

impl Drivers {
    pub fn new(all: Vec<Arc<dyn Driver>>) -> Drivers {
        Drivers { all: Arc::new(all) }
    }
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Driver>> {
        self.all.iter()
    }
    pub fn get(&self, n: usize) -> &Arc<dyn Driver> {
        &self.all[n]
    }
    pub fn named(&self, name: &str) -> Option<&Arc<dyn Driver>> {
        self.all.iter().find(|d| d.name() == name)
    }
}

/// Our templates as a provider knows them, from a setting such as `login_code=SMS_71390007,leave_decided=SMS_71390008`.
#[derive(Debug, Clone, Default)]
pub struct TemplateIds(HashMap<&'static str, String>);

impl TemplateIds {
    /// The reason of an error names the part that is wrong.
    pub fn parse(setting: &str) -> Result<TemplateIds, String> {
        let mut ids = HashMap::new();
        for part in setting.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (name, id) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not template=id"))?;
            let template: Template = name
                .trim()
                .parse()
                .map_err(|_| format!("there is no template `{}`", name.trim()))?;
            if id.trim().is_empty() {
                return Err(format!("`{part}` has no id"));
            }
            ids.insert(template.as_str(), id.trim().to_owned());
        }
        Ok(TemplateIds(ids))
    }
    pub fn of(&self, template: Template) -> Option<&str> {
        self.0.get(template.as_str()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_ids_are_read_and_mistakes_named() {
        let ids = TemplateIds::parse("login_code=SMS_1, leave_decided = SMS_2,").unwrap();
        assert_eq!(ids.of(Template::LoginCode), Some("SMS_1"));
        assert_eq!(ids.of(Template::LeaveDecided), Some("SMS_2"));
        assert_eq!(ids.of(Template::DeadlineNear), None);
        assert!(TemplateIds::parse("login=SMS_1").unwrap_err().contains("`login`"));
        assert!(TemplateIds::parse("login_code").is_err());
    }
}
