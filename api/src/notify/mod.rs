//! Messages to people: written to the outbox with the change that caused them, delivered by the worker, closed by receipts.
//!
//! **States.** `created` waits for a worker. `sending`: a worker said so in a committed write and calls the provider. Then
//! `sent` (the provider has it) and, by its receipt, `delivered` or `undelivered`; `failed` (no channel took it: a dead
//! letter); `uncertain` (the answer was lost, by the network or by a worker's death: it is never sent again before provider,
//! receipt or a person said what became of it); `expired` (lost its sense); `captured` (never left the building).
//!
//! **Rooms.** `templates` the texts · `rules` pure decisions · `store` and `receipts` rows and queries · `courier`, `claim` and
//! `doubts` the worker's part · `drivers` one file for each provider · `views` what staff see.

mod claim;
pub mod courier;
mod doubts;
pub mod drivers;
mod receipts;
pub mod rules;
mod store;
pub mod templates;
mod views;

use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::secrets::Secrets;
use crate::text_enum;
use diesel::result::Error;
use tokio::sync::oneshot;

pub use courier::Courier;
pub use receipts::apply as apply_receipts;
pub use store::{MessageFilter, congress_of, retry, settle_by_person};
pub use templates::{Missing, Template};
pub use views::{Attempt, Message, MessageDetail, OutboxMessage, get, list, search};

text_enum! {
    /// How a message travels.
    Channel { Sms = "sms", Mail = "mail", Wechat = "wechat" }
}
text_enum! {
    /// Where a message is on its way.
    OutboxState {
        /// Waits for a worker.
        Created = "created",
        /// A provider is being called.
        Sending = "sending",
        /// The provider took it.
        Sent = "sent",
        Delivered = "delivered",
        Undelivered = "undelivered",
        /// No channel took it; staff may try again.
        Failed = "failed",
        /// The provider's answer was lost; it is not sent again before it is known what became of it.
        Uncertain = "uncertain",
        /// It had lost its sense before it could be sent.
        Expired = "expired",
        /// It never left the building: a test number, or an installation without providers.
        Captured = "captured",
    }
}
text_enum! {
    /// What came of an attempt.
    Outcome {
        Calling = "calling",
        Accepted = "accepted",
        Temporary = "temporary",
        Permanent = "permanent",
        Technical = "technical",
        Uncertain = "uncertain",
        /// The provider never got it, as it said when it was asked.
        NotThere = "not_there",
    }
}
text_enum! {
    /// The provider's last word.
    ReceiptKind { Delivered = "delivered", Undelivered = "undelivered" }
}

/// The last word of a provider about one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub provider_id: String,
    /// Our id, if the provider gives it back.
    pub delivery_id: Option<Id>,
    pub delivered: bool,
    /// The provider's word.
    pub code: String,
}

/// A receipt that came on a driver's own connection; `kept` is answered when it is committed.
pub struct Arrived {
    pub driver: &'static str,
    pub receipt: Receipt,
    pub kept: oneshot::Sender<()>,
}

/// A message to a given address: log-in codes, which go to a number that may have no account yet.
pub struct NewMessage<'a> {
    pub congress_id: Option<Id>,
    pub account_id: Option<Id>,
    pub channel: Channel,
    pub template: Template,
    /// Phone number or address.
    pub recipient: &'a str,
    pub params: serde_json::Value,
    /// Not sent from then on.
    pub expires_at: Option<Ts>,
}

/// A message to a person, by whatever reaches them.
pub struct Notice<'a> {
    pub congress_id: Option<Id>,
    pub account_id: Id,
    pub template: Template,
    pub params: serde_json::Value,
    /// What it is about: kind and id.
    pub subject: Option<(&'a str, Id)>,
    /// Not sent from then on: it will have lost its sense.
    pub expires_at: Option<Ts>,
}

/// Writes a message to a given address with the change that caused it.
///
/// Fails when a parameter of the template is missing.
pub fn enqueue(c: &mut DbConn, secrets: &Secrets, message: NewMessage<'_>, now: Ts) -> QueryResult<Id> {
    let mut row = store::NewRow::new(secrets, message.template, &message.params, now).map_err(missing)?;
    row.congress_id = message.congress_id;
    row.account_id = message.account_id;
    row.channel = Some(message.channel);
    row.recipient_sealed = Some(secrets.seal(store::RECIPIENT, message.recipient.as_bytes()));
    row.expires_at = message.expires_at;
    store::insert(c, &row)
}

/// Writes one message for a person; the channel is chosen when it is sent (WeChat, SMS, mail, by person and template).
///
/// Fails when a parameter of the template is missing.
pub fn notify(c: &mut DbConn, secrets: &Secrets, notice: Notice<'_>, now: Ts) -> QueryResult<Id> {
    store::insert(c, &row_of(secrets, notice, now)?)
}

/// Writes many messages in few statements; their ids, in order.
pub fn notify_all(c: &mut DbConn, secrets: &Secrets, notices: Vec<Notice<'_>>, now: Ts) -> QueryResult<Vec<Id>> {
    let rows = notices.into_iter().map(|notice| row_of(secrets, notice, now));
    let rows = rows.collect::<QueryResult<Vec<store::NewRow>>>()?;
    store::insert_all(c, &rows)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn row_of(secrets: &Secrets, notice: Notice<'_>, now: Ts) -> QueryResult<store::NewRow> {
    let mut row = store::NewRow::new(secrets, notice.template, &notice.params, now).map_err(missing)?;
    row.congress_id = notice.congress_id;
    row.account_id = Some(notice.account_id);
    row.expires_at = notice.expires_at;
    if let Some((kind, id)) = notice.subject {
        row.subject_kind = Some(kind.to_owned());
        row.subject_id = Some(id);
    }
    Ok(row)
}

/// The caller's transaction fails as a whole: a message with a hole in it is a mistake of the program.
fn missing(e: Missing) -> Error {
    Error::SerializationError(Box::new(e))
}
