//! The audit: append-only lines, sealed in batches into a signed hash chain by the worker.

use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::audit_lines;
use crate::text_enum;
use diesel::prelude::*;
use utoipa_actix_web::service_config::ServiceConfig;

text_enum! {
    /// Who did it.
    ActorKind { Account = "account", Gate = "gate", System = "system" }
}

/// One line to be: what was done, by whom, to what.
///
/// `detail` must hold no phone number, token or code.
pub struct Line<'a> {
    pub congress_id: Option<Id>,
    pub actor: Actor,
    /// `subject.verb`, for example `sitting.open`.
    pub action: &'a str,
    pub subject_kind: &'a str,
    pub subject_id: Option<Id>,
    pub detail: serde_json::Value,
    pub request_id: Option<&'a str>,
}

/// Who did it.
#[derive(Debug, Clone, Copy)]
pub enum Actor {
    Account(Id),
    Gate(Id),
    System,
}

#[derive(Insertable)]
#[diesel(table_name = audit_lines, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: Id,
    congress_id: Option<Id>,
    at: Ts,
    actor_kind: ActorKind,
    actor_id: Option<Id>,
    action: &'a str,
    subject_kind: &'a str,
    subject_id: Option<Id>,
    detail: Json,
    request_id: Option<&'a str>,
}

/// Writes a line in the transaction of the change it tells of.
pub fn record(c: &mut DbConn, line: Line<'_>, now: Ts) -> QueryResult<()> {
    let (actor_kind, actor_id) = match line.actor {
        Actor::Account(id) => (ActorKind::Account, Some(id)),
        Actor::Gate(id) => (ActorKind::Gate, Some(id)),
        Actor::System => (ActorKind::System, None),
    };
    let row = NewRow {
        id: Id::new(),
        congress_id: line.congress_id,
        at: now,
        actor_kind,
        actor_id,
        action: line.action,
        subject_kind: line.subject_kind,
        subject_id: line.subject_id,
        detail: Json(line.detail),
        request_id: line.request_id,
    };
    on_backend!(c, c => diesel::insert_into(audit_lines::table).values(&row).execute(c))?;
    Ok(())
}

pub fn routes(_config: &mut ServiceConfig) {}
