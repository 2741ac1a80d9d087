//! Rows of the outbox and their changes; each change names the state it comes from, so that of two workers one wins.

use super::rules::{Failure, Sent, Settled};
use super::{Channel, OutboxState, Outcome, Template, templates::Missing};
use crate::db::{DbConn, Id, QueryResult, Ts, specific};
use crate::on_backend;
use crate::schema::{accounts, deliveries, outbox};
use crate::secrets::Secrets;
use diesel::prelude::*;

/// What recipients and parameters are sealed for.
pub const RECIPIENT: &str = "outbox.recipient";
pub const PARAMS: &str = "outbox.params";

/// A message to be.
#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
pub struct NewRow {
    pub id: Id,
    pub congress_id: Option<Id>,
    pub account_id: Option<Id>,
    pub channel: Option<Channel>,
    template: Template,
    template_version: i32,
    pub recipient_sealed: Option<Vec<u8>>,
    params_sealed: Vec<u8>,
    state: OutboxState,
    created_at: Ts,
    pub subject_kind: Option<String>,
    pub subject_id: Option<Id>,
    pub expires_at: Option<Ts>,
    attempts: i32,
    tried: String,
    due_at: Option<Ts>,
}

impl NewRow {
    /// Keeps just what the template needs, cut to size.
    pub fn new(secrets: &Secrets, template: Template, params: &serde_json::Value, now: Ts) -> Result<NewRow, Missing> {
        let values = template.values(params)?;
        let params: serde_json::Map<String, serde_json::Value> =
            values.into_iter().map(|(n, v)| (n.to_owned(), v.into())).collect();
        let params = serde_json::Value::Object(params).to_string();
        Ok(NewRow {
            id: Id::new(),
            congress_id: None,
            account_id: None,
            channel: None,
            template,
            template_version: template.text().version,
            recipient_sealed: None,
            params_sealed: secrets.seal(PARAMS, params.as_bytes()),
            state: OutboxState::Created,
            created_at: now,
            subject_kind: None,
            subject_id: None,
            expires_at: None,
            attempts: 0,
            tried: String::new(),
            due_at: Some(now),
        })
    }
}

pub fn insert(c: &mut DbConn, row: &NewRow) -> QueryResult<Id> {
    on_backend!(c, c => diesel::insert_into(outbox::table).values(row).execute(c))?;
    Ok(row.id)
}

/// Rows in one statement: SQLite takes 32,766 values in one.
const ROWS: usize = 1000;

pub fn insert_all(c: &mut DbConn, rows: &[NewRow]) -> QueryResult<()> {
    for rows in rows.chunks(ROWS) {
        on_backend!(c, c => diesel::insert_into(outbox::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// A message as a worker needs it.
#[derive(Queryable, Selectable, Clone)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct Due {
    pub id: Id,
    pub congress_id: Option<Id>,
    pub account_id: Option<Id>,
    pub channel: Option<Channel>,
    pub template: Template,
    pub recipient_sealed: Option<Vec<u8>>,
    pub params_sealed: Vec<u8>,
    pub expires_at: Option<Ts>,
    pub attempts: i32,
    pub tried: String,
}

/// Where a person can be reached.
#[derive(Queryable, Selectable, Clone)]
#[diesel(table_name = accounts, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct Reach {
    pub id: Id,
    pub phone_sealed: Option<Vec<u8>>,
    pub wechat_openid: Option<String>,
    pub email_sealed: Option<Vec<u8>>,
    pub disabled_at: Option<Ts>,
}

/// The messages that are due, locked until the end of the transaction, and their people.
pub fn due(c: &mut DbConn, now: Ts, limit: i64) -> QueryResult<(Vec<Due>, Vec<Reach>)> {
    let ids = specific::lock_due_messages(c, OutboxState::Created.as_str(), now, limit)?;
    if ids.is_empty() {
        return Ok((vec![], vec![]));
    }
    let rows: Vec<Due> = on_backend!(c, c => outbox::table.filter(outbox::id.eq_any(&ids)).order((outbox::due_at, outbox::id))
        .select(Due::as_select()).load(c))?;
    let people: Vec<Id> = rows.iter().filter_map(|r| r.account_id).collect();
    let reach =
        on_backend!(c, c => accounts::table.filter(accounts::id.eq_any(&people)).select(Reach::as_select()).load(c))?;
    Ok((rows, reach))
}

/// What a worker has to look at.
pub struct Waiting {
    pub due: bool,
    pub early_receipts: bool,
}

/// Whether anything waits: an idle worker writes nothing.
pub fn waiting(c: &mut DbConn, now: Ts) -> QueryResult<Waiting> {
    let states = [OutboxState::Created, OutboxState::Sending, OutboxState::Uncertain];
    let due: Option<Id> = on_backend!(c, c => outbox::table.filter(outbox::state.eq_any(states)).filter(outbox::due_at.le(now))
        .select(outbox::id).first(c).optional())?;
    Ok(Waiting {
        due: due.is_some(),
        early_receipts: super::receipts::any_early(c, now)?,
    })
}

/// An attempt to be.
#[derive(Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub struct NewDelivery {
    pub id: Id,
    pub message_id: Id,
    pub congress_id: Option<Id>,
    pub attempt: i32,
    pub channel: Channel,
    pub driver: String,
    pub recipient_sealed: Vec<u8>,
    pub at: Ts,
    pub outcome: Outcome,
}

/// Says of messages that their providers are about to be called: once this is committed they may have been sent. `until`
/// is when their worker counts as dead.
pub fn begin(c: &mut DbConn, new: &[NewDelivery], owner: &str, until: Ts) -> QueryResult<()> {
    on_backend!(c, c => diesel::insert_into(deliveries::table).values(new).execute(c))?;
    let mut ways: Vec<(Channel, &str)> = new.iter().map(|d| (d.channel, d.driver.as_str())).collect();
    ways.sort_unstable();
    ways.dedup();
    for (channel, driver) in ways {
        let same = |d: &&NewDelivery| d.channel == channel && d.driver == driver;
        let ids: Vec<Id> = new.iter().filter(same).map(|d| d.message_id).collect();
        let moved = on_backend!(c, c => diesel::update(outbox::table.filter(outbox::id.eq_any(&ids))
            .filter(outbox::state.eq(OutboxState::Created)))
            .set((outbox::state.eq(OutboxState::Sending), outbox::lease_owner.eq(owner), outbox::due_at.eq(until),
                outbox::channel.eq(channel), outbox::driver.eq(driver), outbox::attempts.eq(outbox::attempts + 1)))
            .execute(c))?;
        if moved != ids.len() {
            // Another worker was faster with some of them: nothing of this may stay.
            return Err(diesel::result::Error::RollbackTransaction);
        }
    }
    Ok(())
}

/// Ends a message that was not given to any provider, or puts it off.
pub fn set_aside(
    c: &mut DbConn,
    id: Id,
    to: OutboxState,
    due_at: Option<Ts>,
    error: Option<&str>,
    now: Ts,
) -> QueryResult<()> {
    let class = (to == OutboxState::Failed).then_some(Outcome::Permanent.as_str());
    let settled = (to != OutboxState::Created).then_some(now);
    let target = || {
        outbox::table
            .filter(outbox::id.eq(id))
            .filter(outbox::state.eq(OutboxState::Created))
    };
    match error {
        // The provider's reason says more than that no channel is left.
        Some("every_channel_failed") | None => on_backend!(c, c => diesel::update(target())
            .set((outbox::state.eq(to), outbox::due_at.eq(due_at), outbox::settled_at.eq(settled))).execute(c)),
        Some(error) => on_backend!(c, c => diesel::update(target())
            .set((outbox::state.eq(to), outbox::due_at.eq(due_at), outbox::settled_at.eq(settled),
                outbox::error_class.eq(class), outbox::error.eq(error))).execute(c)),
    }
    .map(drop)
}

/// An attempt that ended.
#[derive(Clone)]
pub struct Ended {
    pub delivery_id: Id,
    pub message_id: Id,
    pub attempt: i32,
    pub channel: Channel,
    pub tried: String,
    pub sent: Sent,
    /// When to try again after a temporary or technical failure.
    pub again_at: Ts,
    pub max_attempts: i32,
    pub at: Ts,
}

/// Records what came of attempts. A message that was settled in between (by a receipt that was faster) stays as it is.
pub fn record(c: &mut DbConn, ended: &[Ended]) -> QueryResult<()> {
    for e in ended {
        let (outcome, provider_id, error) = match &e.sent {
            Sent::Accepted { provider_id } => (Outcome::Accepted, provider_id.as_deref(), None),
            Sent::Unknown { error } => (Outcome::Uncertain, None, Some(error.as_str())),
            Sent::Failed { class, error } => (outcome_of(*class), None, Some(error.as_str())),
        };
        on_backend!(c, c => diesel::update(deliveries::table.find(e.delivery_id))
            .set((deliveries::outcome.eq(outcome), deliveries::provider_id.eq(provider_id), deliveries::error.eq(error),
                deliveries::ended_at.eq(e.at))).execute(c))?;
    }
    // Nearly all are accepted at the first attempt: one statement for these.
    let first = |e: &&Ended| matches!(e.sent, Sent::Accepted { .. }) && e.attempt == 1;
    let ids: Vec<Id> = ended.iter().filter(first).map(|e| e.message_id).collect();
    if let Some(any) = ended.iter().find(first) {
        accepted(c, &ids, 1, any.at)?;
    }
    for e in ended.iter().filter(|e| !first(e)) {
        match &e.sent {
            Sent::Accepted { .. } => accepted(c, &[e.message_id], e.attempt, e.at)?,
            Sent::Unknown { error } => {
                let target = outbox::table
                    .filter(outbox::id.eq(e.message_id))
                    .filter(outbox::attempts.eq(e.attempt))
                    .filter(outbox::state.eq(OutboxState::Sending));
                on_backend!(c, c => diesel::update(target).set((outbox::state.eq(OutboxState::Uncertain),
                    outbox::due_at.eq(e.at), outbox::error_class.eq(Outcome::Uncertain.as_str()),
                    outbox::error.eq(error), outbox::lease_owner.eq(None::<String>), outbox::settled_at.eq(e.at)))
                    .execute(c))?;
            }
            Sent::Failed { class, error } => failed(c, e, *class, error)?,
        }
    }
    Ok(())
}

fn outcome_of(class: Failure) -> Outcome {
    match class {
        Failure::Temporary => Outcome::Temporary,
        Failure::Permanent => Outcome::Permanent,
        Failure::Technical => Outcome::Technical,
    }
}

fn accepted(c: &mut DbConn, ids: &[Id], attempt: i32, now: Ts) -> QueryResult<()> {
    let target = outbox::table
        .filter(outbox::id.eq_any(ids))
        .filter(outbox::attempts.eq(attempt))
        .filter(outbox::state.eq_any([OutboxState::Sending, OutboxState::Uncertain]));
    on_backend!(c, c => diesel::update(target).set((outbox::state.eq(OutboxState::Sent), outbox::due_at.eq(None::<Ts>),
        outbox::lease_owner.eq(None::<String>), outbox::sent_at.eq(now), outbox::settled_at.eq(now),
        outbox::error_class.eq(None::<String>), outbox::error.eq(None::<String>))).execute(c))
    .map(drop)
}

/// Back to the queue, on to the next channel, or to the dead letters.
fn failed(c: &mut DbConn, e: &Ended, class: Failure, error: &str) -> QueryResult<()> {
    let dead = class != Failure::Permanent && e.attempt >= e.max_attempts;
    let (state, due) = match (dead, class) {
        (true, _) => (OutboxState::Failed, None),
        (false, Failure::Permanent) => (OutboxState::Created, Some(e.at)),
        (false, _) => (OutboxState::Created, Some(e.again_at)),
    };
    let mut tried = e.tried.clone();
    if class == Failure::Permanent {
        tried = [tried.as_str(), e.channel.as_str()]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(",");
    }
    let target = outbox::table
        .filter(outbox::id.eq(e.message_id))
        .filter(outbox::attempts.eq(e.attempt))
        .filter(outbox::state.eq_any([OutboxState::Sending, OutboxState::Uncertain]));
    on_backend!(c, c => diesel::update(target).set((outbox::state.eq(state), outbox::due_at.eq(due), outbox::tried.eq(&tried),
        outbox::lease_owner.eq(None::<String>), outbox::error_class.eq(outcome_of(class).as_str()), outbox::error.eq(error),
        outbox::settled_at.eq(dead.then_some(e.at)))).execute(c))
    .map(drop)
}

/// Messages whose worker died with a call under way: nobody knows whether they were sent.
pub fn recover(c: &mut DbConn, now: Ts) -> QueryResult<usize> {
    let ids = specific::lock_due_messages(c, OutboxState::Sending.as_str(), now, 500)?;
    if ids.is_empty() {
        return Ok(0);
    }
    on_backend!(c, c => diesel::update(deliveries::table.filter(deliveries::message_id.eq_any(&ids))
        .filter(deliveries::outcome.eq(Outcome::Calling)))
        .set((deliveries::outcome.eq(Outcome::Uncertain), deliveries::error.eq("the worker ended during the call")))
        .execute(c))?;
    on_backend!(c, c => diesel::update(outbox::table.filter(outbox::id.eq_any(&ids)).filter(outbox::state.eq(OutboxState::Sending)))
        .set((outbox::state.eq(OutboxState::Uncertain), outbox::lease_owner.eq(None::<String>), outbox::due_at.eq(now),
            outbox::error_class.eq(Outcome::Uncertain.as_str()), outbox::error.eq("the worker ended during the call"),
            outbox::settled_at.eq(now)))
        .execute(c))
}

/// The attempt that an uncertain message is uncertain about.
#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct Doubt {
    pub id: Id,
    pub message_id: Id,
    pub attempt: i32,
    pub driver: String,
    pub recipient_sealed: Vec<u8>,
    pub provider_id: Option<String>,
    pub at: Ts,
}

/// Uncertain messages about which a provider has to be asked now; nobody else asks before `until`.
pub fn doubts(c: &mut DbConn, now: Ts, until: Ts, limit: i64) -> QueryResult<Vec<Doubt>> {
    let ids = specific::lock_due_messages(c, OutboxState::Uncertain.as_str(), now, limit)?;
    if ids.is_empty() {
        return Ok(vec![]);
    }
    on_backend!(c, c => diesel::update(outbox::table.filter(outbox::id.eq_any(&ids))).set(outbox::due_at.eq(until)).execute(c))?;
    on_backend!(c, c => deliveries::table
        .inner_join(outbox::table.on(outbox::id.eq(deliveries::message_id).and(outbox::attempts.eq(deliveries::attempt))))
        .filter(deliveries::message_id.eq_any(&ids)).select(Doubt::as_select()).load(c))
}

/// Writes what was found out about a doubt.
pub fn settle(c: &mut DbConn, doubt: &Doubt, settled: &Settled, max_attempts: i32, now: Ts) -> QueryResult<()> {
    let target = || {
        outbox::table
            .filter(outbox::id.eq(doubt.message_id))
            .filter(outbox::attempts.eq(doubt.attempt))
            .filter(outbox::state.eq(OutboxState::Uncertain))
    };
    match settled {
        Settled::Ask { at } => {
            on_backend!(c, c => diesel::update(target()).set(outbox::due_at.eq(*at)).execute(c)).map(drop)
        }
        Settled::SendAgain => {
            on_backend!(c, c => diesel::update(deliveries::table.find(doubt.id))
                .set((deliveries::outcome.eq(Outcome::NotThere), deliveries::ended_at.eq(now))).execute(c))?;
            let (state, due, settled) = match doubt.attempt >= max_attempts {
                true => (OutboxState::Failed, None, Some(now)),
                false => (OutboxState::Created, Some(now), None),
            };
            on_backend!(c, c => diesel::update(target()).set((outbox::state.eq(state), outbox::due_at.eq(due),
                outbox::settled_at.eq(settled))).execute(c))
            .map(drop)
        }
        Settled::Sent { provider_id } => {
            set_accepted(c, doubt.id, provider_id.as_deref(), now)?;
            accepted(c, &[doubt.message_id], doubt.attempt, now)
        }
        Settled::Delivered { provider_id, code } | Settled::Undelivered { provider_id, code } => {
            set_accepted(c, doubt.id, provider_id.as_deref(), now)?;
            let receipt = super::Receipt {
                provider_id: provider_id.clone().unwrap_or_default(),
                delivery_id: Some(doubt.id),
                delivered: matches!(settled, Settled::Delivered { .. }),
                code: code.clone(),
            };
            super::receipts::apply(c, &doubt.driver, &[receipt], now)
        }
    }
}

fn set_accepted(c: &mut DbConn, delivery: Id, provider_id: Option<&str>, now: Ts) -> QueryResult<()> {
    let target = deliveries::table.find(delivery);
    on_backend!(c, c => diesel::update(target).set((deliveries::outcome.eq(Outcome::Accepted), deliveries::ended_at.eq(now),
        deliveries::error.eq(None::<String>))).execute(c))?;
    if let Some(id) = provider_id {
        on_backend!(c, c => diesel::update(target).set(deliveries::provider_id.eq(id)).execute(c))?;
    }
    Ok(())
}

/// What a list is narrowed to.
#[derive(Debug, Default, Clone)]
pub struct MessageFilter {
    pub account_id: Option<Id>,
    pub subject_id: Option<Id>,
    pub state: Option<OutboxState>,
}

/// The congress of a message, and its state.
pub fn congress_of(c: &mut DbConn, id: Id) -> QueryResult<Option<(Id, OutboxState)>> {
    let row: Option<(Option<Id>, OutboxState)> = on_backend!(c, c => outbox::table.find(id)
        .select((outbox::congress_id, outbox::state)).first(c).optional())?;
    Ok(row.and_then(|(congress, state)| Some((congress?, state))))
}

/// Tries a dead letter again, from the first channel on; false when it is none.
pub fn retry(c: &mut DbConn, id: Id, now: Ts) -> QueryResult<bool> {
    let target = outbox::table
        .filter(outbox::id.eq(id))
        .filter(outbox::state.eq_any([OutboxState::Failed, OutboxState::Undelivered]));
    on_backend!(c, c => diesel::update(target).set((outbox::state.eq(OutboxState::Created), outbox::due_at.eq(now),
        outbox::tried.eq(""), outbox::settled_at.eq(None::<Ts>))).execute(c))
    .map(|n| n == 1)
}

/// What a person found out about an uncertain message; false when it is none.
pub fn settle_by_person(c: &mut DbConn, id: Id, arrived: bool, now: Ts) -> QueryResult<bool> {
    let (state, due, settled) = if arrived {
        (OutboxState::Delivered, None, Some(now))
    } else {
        (OutboxState::Created, Some(now), None)
    };
    let target = outbox::table
        .filter(outbox::id.eq(id))
        .filter(outbox::state.eq(OutboxState::Uncertain));
    on_backend!(c, c => diesel::update(target).set((outbox::state.eq(state), outbox::due_at.eq(due),
        outbox::settled_at.eq(settled))).execute(c))
    .map(|n| n == 1)
}
