//! The audit: append-only lines and sign-ins, sealed in batches into one signed hash chain by the worker.
//!
//! **What is sealed.** Rows of `audit_lines` and of `attendances`. A writer only inserts its row; it never waits for a
//! seal. `seal_key` is the number of the writing transaction on PostgreSQL and the row's own number on SQLite, and
//! `db::specific::seal_horizon` gives the first key that an unfinished transaction may still use. A batch is all
//! rows of one source with `from_key ≤ seal_key < to_key` below that horizon, in the order (key, id) for lines and
//! (key, sitting, entry) for sign-ins, about 5,000 of them, never splitting a key. The next batch of the source begins
//! at `to_key`, so every key belongs to exactly one seal or is not sealed yet.
//!
//! **The bytes of a row.** `lvzhi-audit-row-v1\0`, the source as text, then every column in the order of the table:
//! null is `00`; a number `01` and 8 bytes; an id `02` and 16 bytes; a time `03` and the microseconds since 1970 in 8
//! bytes; a text `04`, its length in 4 bytes and UTF-8; JSON `05` and the document, in which names are sorted and each
//! value has a tag (`n` `f` `t`, `i` `u` `d` and 8 bytes, `s` and length, `a` and `o` and their count). Numbers are
//! big-endian. The digest is the first 16 bytes of SHA-256 of that.
//!
//! **The bytes of a seal.** `digests` holds 32 bytes per row: its id (for a sign-in the roster entry) and its digest; the
//! id is there so that a row that was removed can still be named. `hash` = SHA-256 of `lvzhi-audit-seal-v1\0`,
//! previous hash, `no`, source, `from_key`, `to_key`, digests, `sealed_at` in microseconds (texts and bytes with a
//! length of 4 bytes before them). The first seal follows 32 zero bytes. The server's Ed25519 key `kid` signs
//! `lvzhi-audit-seal-v1\0` and the hash. `no` is the primary key: of two workers only one can write the next seal.
//!
//! **What that proves.** Whoever can write the database but has no master secret cannot change, remove or insert a sealed
//! row, nor a seal in the chain, without [`verify()`] naming it. Cutting off the newest seals leaves rows that wait too
//! long, or that were sealed too late ([`Verdict::late_seals`]); who noted a [`Verdict::head`] can tell for sure.

mod handlers;
mod jobs;
mod rules;
mod store;
mod verify;

use crate::auth::Resource;
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::text_enum;
use crate::web::Operations;

pub use jobs::seal_waiting;
pub use verify::{Broken, Verdict, verify};

text_enum! {
    /// Who did it.
    ActorKind { Account = "account", Gate = "gate", System = "system" }
}
text_enum! {
    /// The tables that are sealed.
    Source { Lines = "audit_lines", Attendances = "attendances" }
}
text_enum! {
    /// What is not as it was sealed.
    Breach {
        RowChanged = "row_changed",
        RowRemoved = "row_removed",
        RowInserted = "row_inserted",
        SealRemoved = "seal_removed",
        SealChanged = "seal_changed",
    }
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

/// The audit of one congress. Its own resource, because the feature of congresses stands above this one.
pub struct AuditOf(pub Id);

impl Resource for AuditOf {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        Ok(store::congress_exists(c, id)?.then_some(AuditOf(id)))
    }
    fn congress_id(&self) -> Id {
        self.0
    }
}

/// Writes a line in the transaction of the change it tells of.
pub fn record(c: &mut DbConn, line: Line<'_>, now: Ts) -> QueryResult<()> {
    let (actor_kind, actor_id) = match line.actor {
        Actor::Account(id) => (ActorKind::Account, Some(id)),
        Actor::Gate(id) => (ActorKind::Gate, Some(id)),
        Actor::System => (ActorKind::System, None),
    };
    let row = store::NewLine {
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
    store::line_insert(c, &row).map(drop)
}

pub fn routes(config: &mut impl Operations) {
    config.service(handlers::audit_list).service(handlers::audit_verify);
}
