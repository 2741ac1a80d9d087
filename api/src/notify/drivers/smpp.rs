//! SMS by SMPP 3.4 straight to an operator or gateway: one bound connection, on which the receipts come too.
//!
//! A text in Chinese of more than 70 characters leaves in parts; only the last part asks for a receipt, so that a message
//! has one. `query_sm` asks by the operator's id, which is just what is missing when an answer was lost: such a message is
//! settled by a person.

use super::{Driver, Outgoing};
use crate::config::SmppConfig;
use crate::notify::rules::{Failure, Sent, words};
use crate::notify::{Arrived, Channel, Receipt, Template};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use rusmpp::extra::concatenation::SubmitSmMultipartExt;
use rusmpp::extra::encoding::ucs2::Ucs2;
use rusmpp::pdus::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm};
use rusmpp::types::COctetString;
use rusmpp::values::{
    Ansi41Specific, EsmClass, GsmFeatures, InterfaceVersion, MessageType, MessagingMode, RegisteredDelivery,
};
use rusmpp::{CommandStatus, Pdu};
use rusmppc::{Client, ConnectionBuilder, Event};
use secrecy::ExposeSecret;
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};

/// How often a throttled part is tried again before the message goes back to the queue.
const THROTTLED_TRIES: u32 = 6;

pub struct Smpp {
    config: SmppConfig,
    call: Duration,
    /// The bound connection.
    client: Mutex<Option<Client>>,
    receipts: mpsc::Sender<Arrived>,
}

/// A text that the protocol limits.
fn text<const MAX: usize>(name: &str, value: &str) -> Result<COctetString<1, MAX>, String> {
    COctetString::from_str(value).map_err(|_| format!("{name} must be ASCII of less than {MAX} characters"))
}

impl Smpp {
    /// `receipts` is where those that come on the connection go; the operator is answered when they were kept.
    pub fn new(config: &SmppConfig, call_seconds: u64, receipts: mpsc::Sender<Arrived>) -> Result<Smpp, String> {
        text::<16>("system_id", &config.system_id)?;
        text::<9>("password", config.password.expose_secret())?;
        text::<21>("source", &config.source)?;
        Ok(Smpp {
            config: config.clone(),
            call: Duration::from_secs(call_seconds.max(1)),
            client: Mutex::new(None),
            receipts,
        })
    }

    /// The bound connection, made when there is none.
    async fn client(&self) -> Result<Client, String> {
        let mut held = self.client.lock().await;
        if let Some(client) = held.as_ref().filter(|c| c.is_active()) {
            return Ok(client.clone());
        }
        *held = None;
        let connecting = ConnectionBuilder::new()
            .enquire_link_interval(Duration::from_secs(30))
            .response_timeout(self.call)
            .disable_interface_version_check()
            .connect(&self.config.url);
        let connected = tokio::time::timeout(Duration::from_secs(5), connecting).await;
        let (client, events) = connected
            .map_err(|_| "no connection in 5 s".to_owned())?
            .map_err(|e| e.to_string())?;
        let bind = BindTransceiver::builder()
            .system_id(text("system_id", &self.config.system_id)?)
            .password(text("password", self.config.password.expose_secret())?)
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        if let Err(e) = client.bind_transceiver(bind).await {
            let _ = client.close().await;
            return Err(match status(&e) {
                Some(status) => format!("bind refused: {status:?}"),
                None => format!("bind: {e}"),
            });
        }
        tokio::spawn(listen(client.clone(), events, self.receipts.clone()));
        *held = Some(client.clone());
        Ok(client)
    }

    fn parts(&self, message: &Outgoing) -> Result<Vec<SubmitSm>, String> {
        // All zero: the crate's default sets a bit of ANSI-41, which operators refuse or take for an acknowledgement.
        let plain = EsmClass::new(
            MessagingMode::Default,
            MessageType::Default,
            Ansi41Specific::Other(0),
            GsmFeatures::NotSelected,
        );
        let submit = SubmitSm::builder()
            .source_addr(text("source", &self.config.source)?)
            .destination_addr(text("number", message.to.trim_start_matches('+'))?)
            .esm_class(plain)
            .registered_delivery(RegisteredDelivery::from(1))
            .build();
        let full = format!("【{}】{}", self.config.sign, message.body);
        let mut parts = submit
            .multipart(&full)
            .reference_u8(message.delivery_id.bytes()[15])
            .encoder(Ucs2::new())
            .build()
            .map_err(|e| e.to_string())?;
        let last = parts.len().saturating_sub(1);
        for part in &mut parts[..last] {
            part.registered_delivery = RegisteredDelivery::default();
        }
        Ok(parts)
    }

    /// Hands over one part; an operator that is throttled is asked again.
    async fn submit(&self, client: &Client, part: SubmitSm) -> Result<String, Sent> {
        let mut tries = 0;
        loop {
            let error = match client.submit_sm(part.clone()).await {
                Ok(answer) => return Ok(answer.message_id().to_string()),
                Err(error) => error,
            };
            let Some(status) = status(&error) else {
                // Written or not: after the connection was good a moment ago nobody can tell.
                return Err(Sent::unknown(words(&error.to_string())));
            };
            let why = format!("{status:?}");
            match status {
                CommandStatus::EsmeRthrottled | CommandStatus::EsmeRmsgqful if tries < THROTTLED_TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100 << tries)).await;
                }
                CommandStatus::EsmeRthrottled
                | CommandStatus::EsmeRmsgqful
                | CommandStatus::EsmeRsyserr
                | CommandStatus::EsmeRsubmitfail => return Err(Sent::failed(Failure::Temporary, why)),
                CommandStatus::EsmeRinvbndsts => return Err(Sent::failed(Failure::Technical, why)),
                _ => return Err(Sent::failed(Failure::Permanent, why)),
            }
        }
    }
}

/// The operator's refusal; none when no answer was understood.
fn status(error: &rusmppc::error::Error) -> Option<CommandStatus> {
    match error {
        rusmppc::error::Error::UnexpectedResponse { response } => Some(response.status()),
        _ => None,
    }
}

/// Takes receipts until the connection ends.
async fn listen(
    client: Client,
    mut events: impl futures_util::Stream<Item = Event> + Unpin,
    receipts: mpsc::Sender<Arrived>,
) {
    while let Some(event) = events.next().await {
        let command = match event {
            Event::Incoming(command) => command,
            Event::Error(e) => {
                tracing::warn!(error = %words(&e.to_string()), "SMPP connection");
                continue;
            }
        };
        let Some(Pdu::DeliverSm(deliver)) = command.pdu() else {
            continue;
        };
        let (client, receipts, sequence) = (client.clone(), receipts.clone(), command.sequence_number());
        let receipt = receipt(deliver);
        tokio::spawn(async move {
            if let Some(receipt) = receipt {
                let (kept, answer) = oneshot::channel();
                let arrived = Arrived {
                    driver: "smpp",
                    receipt,
                    kept,
                };
                // Not kept, not answered: the operator sends it again.
                if receipts.send(arrived).await.is_err() || answer.await.is_err() {
                    return;
                }
            }
            let _ = client.deliver_sm_resp(sequence, DeliverSmResp::default()).await;
        });
    }
}

/// A final receipt (SMPP 3.4, appendix B); anything else that is delivered to us, such as people's answers, is none.
fn receipt(deliver: &DeliverSm) -> Option<Receipt> {
    parse_receipt(&String::from_utf8_lossy(deliver.short_message().as_ref()))
}

fn parse_receipt(text: &str) -> Option<Receipt> {
    let field = |name: &str| {
        let mut words = text.split_ascii_whitespace();
        words
            .find_map(|w| w.strip_prefix(name)?.strip_prefix(':'))
            .map(str::to_owned)
    };
    let state = field("stat")?;
    let delivered = match state.as_str() {
        "DELIVRD" => true,
        "UNDELIV" | "EXPIRED" | "DELETED" | "REJECTD" => false,
        _ => return None,
    };
    let error = field("err")
        .filter(|e| !e.trim_matches('0').is_empty())
        .unwrap_or_default();
    Some(Receipt {
        provider_id: field("id")?,
        delivery_id: None,
        delivered,
        code: words(format!("{state} {error}").trim_end()),
    })
}

impl Driver for Smpp {
    fn name(&self) -> &'static str {
        "smpp"
    }
    fn channel(&self) -> Channel {
        Channel::Sms
    }
    fn takes(&self, _: Template) -> bool {
        true
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            let parts = match self.parts(message) {
                Ok(parts) => parts,
                Err(why) => return Sent::failed(Failure::Permanent, words(&why)),
            };
            let client = match self.client().await {
                Ok(client) => client,
                Err(why) => return Sent::failed(Failure::Technical, words(&why)),
            };
            let mut provider_id = None;
            for part in parts {
                match self.submit(&client, part).await {
                    Ok(id) => provider_id = Some(id),
                    Err(failed) => return failed,
                }
            }
            Sent::Accepted { provider_id }
        })
    }

    fn keep_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if let Err(why) = self.client().await {
                tracing::warn!(error = %words(&why), "no connection to the SMSC; receipts wait there");
            }
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if let Some(client) = self.client.lock().await.take() {
                let _ = tokio::time::timeout(Duration::from_secs(2), client.unbind()).await;
                let _ = client.close().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_read_and_other_messages_are_none() {
        let text = |stat: &str| {
            format!("id:M7 sub:001 dlvrd:001 submit date:2611220330 done date:2611220331 stat:{stat} err:000 text:")
        };
        let delivered = parse_receipt(&text("DELIVRD")).unwrap();
        assert_eq!((delivered.provider_id.as_str(), delivered.delivered), ("M7", true));
        assert_eq!(delivered.code, "DELIVRD");
        assert!(!parse_receipt(&text("UNDELIV")).unwrap().delivered);
        assert!(parse_receipt(&text("ENROUTE")).is_none());
        assert!(parse_receipt("收到，谢谢").is_none());
        assert!(parse_receipt("stat:DELIVRD").is_none());
    }
}
