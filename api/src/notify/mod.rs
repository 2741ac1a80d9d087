//! Messages to people: written to the outbox with the change that caused them; drivers deliver later.

use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::outbox;
use crate::secrets::Secrets;
use crate::text_enum;
use crate::web::{ApiResult, Page, PageQuery};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_enum! {
    /// How a message travels.
    Channel { Sms = "sms", Mail = "mail", Wechat = "wechat" }
}
text_enum! {
    /// Where a message is on its way. Drivers, which come with the reminders, move it on.
    OutboxState { Created = "created", Sent = "sent", Failed = "failed" }
}
text_enum! {
    /// The approved texts.
    Template {
        /// A log-in code: `code`, `minutes`.
        LoginCode = "login_code",
        /// The outcome of a leave request: `subject`, `outcome`, `note`.
        LeaveDecided = "leave_decided",
        /// A seat missed a congress session without leave, and the next is near: `name`, `session`.
        AbsenceWarning = "absence_warning",
        /// A proposal came back for completion: `title`, `reason`.
        ProposalReturned = "proposal_returned",
        /// A proposal got its number: `number`, `title`.
        ProposalRegistered = "proposal_registered",
        /// A proposal was given to an organisation: `number`, `title`, `role`, `due`.
        ProposalAssigned = "proposal_assigned",
        /// Another organisation took a proposal over: `number`, `title`, `from`, `to`.
        ProposalReassigned = "proposal_reassigned",
        /// A handler offers times to meet: `number`, `title`, `organisation`, `place`.
        ProposalConsultationOffered = "proposal_consultation_offered",
        /// A proposal was answered: `number`, `title`, `organisation`, `due`.
        ProposalReplied = "proposal_replied",
        /// An answer did not satisfy: `number`, `title`, `round`, `due`.
        ProposalSecondRound = "proposal_second_round",
        /// Somebody asks to sign a proposal together: `title`, `author`.
        ProposalCosignInvited = "proposal_cosign_invited",
        /// A proposal was merged into another: `title`, `into`.
        ProposalMerged = "proposal_merged",
        /// Its author withdrew a proposal: `number`, `title`.
        ProposalWithdrawn = "proposal_withdrawn",
        /// A promise was made with a reply: `number`, `title`, `due`.
        CommitmentDue = "commitment_due",
    }
}

impl Template {
    /// The text as the person reads it.
    pub fn render(self, params: &serde_json::Value) -> String {
        let p = |name: &str| params.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        match self {
            Template::LoginCode => {
                format!(
                    "【履职】验证码 {}，{} 分钟内有效。请勿告诉他人，工作人员不会索要验证码。",
                    p("code"),
                    p("minutes")
                )
            }
            Template::LeaveDecided => {
                let note = p("note");
                let note = if note.is_empty() { note } else { format!("（{note}）") };
                format!("【履职】您的请假“{}”{}{note}。", p("subject"), p("outcome"))
            }
            Template::ProposalReturned
            | Template::ProposalRegistered
            | Template::ProposalAssigned
            | Template::ProposalReassigned
            | Template::ProposalConsultationOffered
            | Template::ProposalReplied
            | Template::ProposalSecondRound
            | Template::ProposalCosignInvited
            | Template::ProposalMerged
            | Template::ProposalWithdrawn
            | Template::CommitmentDue => format!("【履职】{}：{params}", self.as_str()),
            Template::AbsenceWarning => {
                format!(
                    "【履职】{} 代表未经批准缺席 {}，再次缺席将终止代表资格，请提前联系。",
                    p("name"),
                    p("session")
                )
            }
        }
    }
}

/// A message for a person; the channel is chosen when it is sent.
pub struct Notice<'a> {
    pub congress_id: Option<Id>,
    pub account_id: Id,
    pub template: Template,
    pub params: serde_json::Value,
    pub subject: Option<(&'a str, Id)>,
    /// Not sent after it lost its sense.
    pub expires_at: Option<Ts>,
}

/// Writes one message for a person.
pub fn notify(c: &mut DbConn, secrets: &Secrets, notice: Notice<'_>, now: Ts) -> QueryResult<Id> {
    let message = NewMessage {
        congress_id: notice.congress_id,
        account_id: Some(notice.account_id),
        channel: Channel::Sms,
        template: notice.template,
        recipient: "",
        params: notice.params,
    };
    enqueue(c, secrets, message, now)
}

/// A message to be.
pub struct NewMessage<'a> {
    pub congress_id: Option<Id>,
    pub account_id: Option<Id>,
    pub channel: Channel,
    pub template: Template,
    /// Phone number or address.
    pub recipient: &'a str,
    pub params: serde_json::Value,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
struct Row {
    id: Id,
    congress_id: Option<Id>,
    account_id: Option<Id>,
    channel: Channel,
    template: Template,
    recipient_sealed: Vec<u8>,
    params_sealed: Vec<u8>,
    state: OutboxState,
    created_at: Ts,
}

/// A message as staff see it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OutboxMessage {
    pub id: Id,
    pub channel: Channel,
    pub template: Template,
    pub state: OutboxState,
    /// Masked.
    #[schema(example = "138****0000")]
    pub recipient: String,
    /// Only in demo mode: a code in it would open an account.
    pub text: Option<String>,
    pub created_at: Ts,
}

/// Writes a message with the change that caused it.
pub fn enqueue(c: &mut DbConn, secrets: &Secrets, message: NewMessage<'_>, now: Ts) -> QueryResult<Id> {
    let row = Row {
        id: Id::new(),
        congress_id: message.congress_id,
        account_id: message.account_id,
        channel: message.channel,
        template: message.template,
        recipient_sealed: secrets.seal("outbox.recipient", message.recipient.as_bytes()),
        params_sealed: secrets.seal("outbox.params", message.params.to_string().as_bytes()),
        state: OutboxState::Created,
        created_at: now,
    };
    on_backend!(c, c => diesel::insert_into(outbox::table).values(&row).execute(c))?;
    Ok(row.id)
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
    let rows: Vec<Row> = on_backend!(c, c => {
        let mut q = outbox::table.select(Row::as_select()).order(outbox::id.desc()).limit(limit + 1).into_boxed();
        if let Some(congress_id) = congress_id { q = q.filter(outbox::congress_id.eq(congress_id)); }
        if let Some(after) = after { q = q.filter(outbox::id.lt(after)); }
        q.load(c)
    })?;
    Ok(Page::of(rows, limit, |r| r.id, |r| view(secrets, r, show_text)))
}

fn view(secrets: &Secrets, row: Row, show_text: bool) -> OutboxMessage {
    let recipient = secrets
        .open_text("outbox.recipient", &row.recipient_sealed)
        .unwrap_or_default();
    let params = || {
        secrets
            .open("outbox.params", &row.params_sealed)
            .and_then(|p| serde_json::from_slice(&p).ok())
    };
    OutboxMessage {
        id: row.id,
        channel: row.channel,
        template: row.template,
        state: row.state,
        recipient: crate::auth::phone::Phone::parse(&recipient).map_or_else(|| "****".into(), |p| p.masked()),
        text: if show_text {
            params().map(|p| row.template.render(&p))
        } else {
            None
        },
        created_at: row.created_at,
    }
}
