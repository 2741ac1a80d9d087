//! What staff see of messages: who was told what, when, by which channel and provider, and whether it arrived.

use super::store::{MessageFilter, PARAMS, RECIPIENT};
use super::{Channel, OutboxState, Outcome, ReceiptKind, Template};
use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{accounts, deliveries, outbox};
use crate::secrets::Secrets;
use crate::web::{ApiResult, Page, PageQuery};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct Row {
    id: Id,
    account_id: Option<Id>,
    channel: Option<Channel>,
    template: Template,
    template_version: i32,
    recipient_sealed: Option<Vec<u8>>,
    params_sealed: Vec<u8>,
    state: OutboxState,
    created_at: Ts,
    subject_kind: Option<String>,
    subject_id: Option<Id>,
    expires_at: Option<Ts>,
    attempts: i32,
    due_at: Option<Ts>,
    driver: Option<String>,
    error_class: Option<Outcome>,
    error: Option<String>,
    sent_at: Option<Ts>,
    settled_at: Option<Ts>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct DeliveryRow {
    id: Id,
    attempt: i32,
    channel: Channel,
    driver: String,
    recipient_sealed: Vec<u8>,
    at: Ts,
    outcome: Outcome,
    ended_at: Option<Ts>,
    provider_id: Option<String>,
    error: Option<String>,
    receipt: Option<ReceiptKind>,
    receipt_code: Option<String>,
    receipt_at: Option<Ts>,
}

/// A message as it stands in the list of the outbox.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OutboxMessage {
    pub id: Id,
    /// Null until a channel was chosen.
    pub channel: Option<Channel>,
    pub template: Template,
    pub state: OutboxState,
    /// Masked: where it went, or before that the person's phone number.
    #[schema(example = "138****0000")]
    pub recipient: String,
    /// Only in demo mode: a code in it would open an account.
    pub text: Option<String>,
    pub created_at: Ts,
}

/// A message with what became of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Message {
    pub id: Id,
    pub account_id: Option<Id>,
    /// The account's present name.
    #[schema(example = "王建国")]
    pub account_name: Option<String>,
    pub template: Template,
    /// Version of the wording that was sent.
    #[schema(example = 1)]
    pub template_version: i32,
    pub state: OutboxState,
    /// What it is about.
    #[schema(example = "proposal")]
    pub subject_kind: Option<String>,
    pub subject_id: Option<Id>,
    pub created_at: Ts,
    /// Not sent from then on.
    pub expires_at: Option<Ts>,
    /// When it is tried next, or the provider is asked next.
    pub due_at: Option<Ts>,
    #[schema(example = 1)]
    pub attempts: i32,
    /// Of the last attempt.
    pub channel: Option<Channel>,
    /// The provider of the last attempt.
    #[schema(example = "aliyun")]
    pub driver: Option<String>,
    /// The provider's id of the last attempt.
    #[schema(example = "900619746936498440^0")]
    pub provider_id: Option<String>,
    /// When the provider took it.
    pub sent_at: Option<Ts>,
    /// The provider's last word about the last attempt.
    pub receipt: Option<ReceiptKind>,
    #[schema(example = "DELIVERED")]
    pub receipt_code: Option<String>,
    pub receipt_at: Option<Ts>,
    /// When the present state was reached, if it is a last one.
    pub settled_at: Option<Ts>,
    pub error_class: Option<Outcome>,
    /// The provider's words, without numbers.
    #[schema(example = "isv.MOBILE_NUMBER_ILLEGAL")]
    pub error: Option<String>,
}

/// One attempt to send a message.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// Our id of the attempt, which providers give back.
    pub id: Id,
    #[schema(example = 1)]
    pub attempt: i32,
    pub channel: Channel,
    #[schema(example = "aliyun")]
    pub driver: String,
    /// Masked.
    #[schema(example = "138****0000")]
    pub recipient: String,
    pub at: Ts,
    pub outcome: Outcome,
    pub ended_at: Option<Ts>,
    #[schema(example = "900619746936498440^0")]
    pub provider_id: Option<String>,
    #[schema(example = "isv.BUSINESS_LIMIT_CONTROL")]
    pub error: Option<String>,
    pub receipt: Option<ReceiptKind>,
    #[schema(example = "DELIVERED")]
    pub receipt_code: Option<String>,
    pub receipt_at: Option<Ts>,
}

/// A message with all attempts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MessageDetail {
    #[serde(flatten)]
    pub message: Message,
    /// What the person reads. Null for texts that open an account, except in demo mode.
    #[schema(example = "【履职】您的请假“第一次全体会议”已批准。")]
    pub text: Option<String>,
    /// Oldest first.
    pub attempts_made: Vec<Attempt>,
}

/// The attempt that counts; a macro, because it is built once per database.
macro_rules! last_attempt {
    () => {
        deliveries::table.on(deliveries::message_id
            .eq(outbox::id)
            .and(deliveries::attempt.eq(outbox::attempts)))
    };
}

/// A phone number or address as staff may see it.
fn masked(secrets: &Secrets, purpose: &str, sealed: &[u8]) -> String {
    let plain = secrets.open_text(purpose, sealed).unwrap_or_default();
    if let Some(phone) = Phone::parse(&plain) {
        return phone.masked();
    }
    match plain.split_once('@') {
        Some((name, domain)) => format!("{}****@{domain}", name.chars().next().unwrap_or('*')),
        None => "****".to_owned(),
    }
}

fn text(secrets: &Secrets, template: Template, params_sealed: &[u8]) -> Option<String> {
    let params = secrets.open(PARAMS, params_sealed)?;
    Some(template.render(&serde_json::from_slice(&params).ok()?))
}

/// Newest first; `congress_id` `None` lists all. The text is shown only when `show_text`.
pub fn list(
    c: &mut DbConn,
    secrets: &Secrets,
    congress_id: Option<Id>,
    query: &PageQuery,
    show_text: bool,
) -> ApiResult<Page<OutboxMessage>> {
    let (limit, after) = (query.limit()?, query.after::<Id>()?);
    type Listed = (Row, Option<DeliveryRow>, Option<Vec<u8>>);
    let rows: Vec<Listed> = on_backend!(c, c => {
        let mut q = outbox::table
            .left_join(last_attempt!())
            .left_join(accounts::table.on(accounts::id.nullable().eq(outbox::account_id)))
            .select((Row::as_select(), Option::<DeliveryRow>::as_select(), accounts::phone_sealed.nullable()))
            .order(outbox::id.desc()).limit(limit + 1).into_boxed();
        if let Some(congress_id) = congress_id { q = q.filter(outbox::congress_id.eq(congress_id)); }
        if let Some(after) = after { q = q.filter(outbox::id.lt(after)); }
        q.load(c)
    })?;
    let item = |(r, last, phone): Listed| {
        let given = r.recipient_sealed.or(last.map(|d| d.recipient_sealed));
        // Before it is sent it will most likely go to the phone.
        let recipient = given.map(|s| masked(secrets, RECIPIENT, &s));
        let phone = || Some(masked(secrets, "accounts.phone", &phone?));
        OutboxMessage {
            id: r.id,
            channel: r.channel,
            template: r.template,
            state: r.state,
            recipient: recipient.or_else(phone).unwrap_or_default(),
            text: if show_text {
                text(secrets, r.template, &r.params_sealed)
            } else {
                None
            },
            created_at: r.created_at,
        }
    };
    Ok(Page::of(rows, limit, |(r, _, _)| r.id, item))
}

type Joined = (Row, Option<DeliveryRow>, Option<String>);

/// A query of messages, their last attempt and the person's name; a macro, because it is built once per database.
macro_rules! joined {
    () => {
        outbox::table
            .left_join(
                deliveries::table.on(deliveries::message_id
                    .eq(outbox::id)
                    .and(deliveries::attempt.eq(outbox::attempts))),
            )
            .left_join(accounts::table.on(accounts::id.nullable().eq(outbox::account_id)))
            .select((
                Row::as_select(),
                Option::<DeliveryRow>::as_select(),
                accounts::name.nullable(),
            ))
    };
}

/// A congress's messages, newest first: one query answers "was this person warned?".
pub fn search(c: &mut DbConn, congress: Id, filter: MessageFilter, page: &PageQuery) -> ApiResult<Page<Message>> {
    let (limit, after) = (page.limit()?, page.after::<Id>()?);
    let rows: Vec<Joined> = on_backend!(c, c => {
        let mut q = joined!().filter(outbox::congress_id.eq(congress)).order(outbox::id.desc()).limit(limit + 1).into_boxed();
        if let Some(account) = filter.account_id { q = q.filter(outbox::account_id.eq(account)); }
        if let Some(subject) = filter.subject_id { q = q.filter(outbox::subject_id.eq(subject)); }
        if let Some(state) = filter.state { q = q.filter(outbox::state.eq(state)); }
        if let Some(after) = after { q = q.filter(outbox::id.lt(after)); }
        q.load(c)
    })?;
    Ok(Page::of(rows, limit, |(r, _, _)| r.id, message))
}

/// One message with all attempts.
pub fn get(c: &mut DbConn, secrets: &Secrets, id: Id, demo: bool) -> QueryResult<Option<MessageDetail>> {
    let row: Option<Joined> = on_backend!(c, c => joined!().filter(outbox::id.eq(id)).first(c).optional())?;
    let Some(row) = row else { return Ok(None) };
    let attempts: Vec<DeliveryRow> = on_backend!(c, c => deliveries::table.filter(deliveries::message_id.eq(id))
        .order(deliveries::attempt).select(DeliveryRow::as_select()).load(c))?;
    let shown = demo || row.0.template != Template::LoginCode;
    let text = if shown {
        text(secrets, row.0.template, &row.0.params_sealed)
    } else {
        None
    };
    Ok(Some(MessageDetail {
        text,
        message: message(row),
        attempts_made: attempts
            .into_iter()
            .map(|a| Attempt {
                id: a.id,
                attempt: a.attempt,
                channel: a.channel,
                driver: a.driver,
                recipient: masked(secrets, RECIPIENT, &a.recipient_sealed),
                at: a.at,
                outcome: a.outcome,
                ended_at: a.ended_at,
                provider_id: a.provider_id,
                error: a.error,
                receipt: a.receipt,
                receipt_code: a.receipt_code,
                receipt_at: a.receipt_at,
            })
            .collect(),
    }))
}

fn message((row, last, account_name): Joined) -> Message {
    let (provider_id, receipt, receipt_code, receipt_at) = match last {
        Some(d) => (d.provider_id, d.receipt, d.receipt_code, d.receipt_at),
        None => (None, None, None, None),
    };
    Message {
        id: row.id,
        account_id: row.account_id,
        account_name,
        template: row.template,
        template_version: row.template_version,
        state: row.state,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        created_at: row.created_at,
        expires_at: row.expires_at,
        due_at: row.due_at,
        attempts: row.attempts,
        channel: row.channel,
        driver: row.driver,
        provider_id,
        sent_at: row.sent_at,
        receipt,
        receipt_code,
        receipt_at,
        settled_at: row.settled_at,
        error_class: row.error_class,
        error: row.error,
    }
}
