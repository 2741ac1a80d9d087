//! The worker's part of delivery: takes what is due, calls providers with no transaction open, records what they said.
//!
//! A message is marked `sending` in a committed write before its provider is called. A worker that dies after that leaves a
//! message that may have been sent: when its lease has run out it becomes `uncertain`, and its provider is asked.

use super::drivers::{Asked, Driver, Drivers, Outgoing};
use super::rules::{self, Breaker, Failure, Sent, Step, Way};
use super::store::{self, Due, Ended, NewDelivery, RECIPIENT, Reach};
use super::{Arrived, Channel, OutboxState, Outcome, receipts};
use crate::auth::phone::Phone;
use crate::clock::Clock;
use crate::config::{NotifyConfig, words};
use crate::db::{Db, Id, Ts};
use crate::secrets::{Secrets, random_token};
use crate::web::ApiError;
use chrono::TimeDelta;
use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How often a worker looks for what is due.
const EVERY: Duration = Duration::from_millis(500);

/// Delivers messages; clones share one worker's state.
#[derive(Clone)]
pub struct Courier {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Clock,
    secrets: Secrets,
    config: NotifyConfig,
    channels: Vec<Channel>,
    drivers: Drivers,
    /// One for each driver.
    breakers: Mutex<Vec<Breaker>>,
    /// Who holds a lease, for people who look into the table.
    owner: String,
    arrived: tokio::sync::Mutex<mpsc::Receiver<Arrived>>,
}

/// A call to be made.
struct Call {
    driver: Arc<dyn Driver>,
    index: usize,
    outgoing: Outgoing,
    message_id: Id,
    attempt: i32,
    tried: String,
}

impl Courier {
    /// `arrived` is where drivers put the receipts that come on connections of their own.
    pub fn new(
        db: &Db,
        clock: &Clock,
        secrets: &Secrets,
        config: &NotifyConfig,
        drivers: Drivers,
        arrived: mpsc::Receiver<Arrived>,
    ) -> Courier {
        let breakers = drivers.iter().map(|_| Breaker::default()).collect();
        Courier {
            inner: Arc::new(Inner {
                db: db.clone(),
                clock: clock.clone(),
                secrets: secrets.clone(),
                config: config.clone(),
                channels: words(&config.channels).filter_map(|w| w.parse().ok()).collect(),
                drivers,
                breakers: Mutex::new(breakers),
                owner: format!("{}-{}", std::process::id(), random_token::<6>()),
                arrived: tokio::sync::Mutex::new(arrived),
            }),
        }
    }

    pub fn drivers(&self) -> &Drivers {
        &self.inner.drivers
    }

    /// Works until `stop` turns true, then finishes the calls under way.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        let mut stopped = stop.clone();
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut n: u32 = 0;
        while !*stop.borrow() {
            tokio::select! {
                _ = tick.tick() => (),
                _ = stopped.changed() => break,
            }
            if n.is_multiple_of(10) {
                for driver in self.inner.drivers.iter() {
                    driver.keep_up().await;
                }
            }
            n = n.wrapping_add(1);
            if let Err(e) = self.work(Some(&stop)).await {
                tracing::error!(error = %e, "delivery failed; it goes on");
            }
        }
        for driver in self.inner.drivers.iter() {
            driver.close().await;
        }
        // What came while the connections were closed.
        if let Err(e) = self.take_receipts().await {
            tracing::error!(error = %e, "receipts were not kept; the operator sends them again");
        }
    }

    /// Does everything that is due now; gives how many messages were looked at.
    pub async fn work(&self, stop: Option<&watch::Receiver<bool>>) -> Result<usize, ApiError> {
        self.take_receipts().await?;
        let (inner, now) = (&self.inner, self.inner.clock.now());
        let found = inner
            .db
            .read(move |c| Ok::<_, ApiError>(receipts::any_early(c)?))
            .await?;
        if found {
            inner
                .db
                .write(move |c| Ok::<_, ApiError>(receipts::match_early(c, now)?))
                .await?;
        }
        let sent = self.send_due(stop).await?;
        let lost = inner
            .db
            .write(move |c| Ok::<_, ApiError>(store::recover(c, now)?))
            .await?;
        if lost > 0 {
            tracing::warn!(
                messages = lost,
                "a worker ended during its calls; the providers are asked"
            );
        }
        Ok(sent + lost + self.ask_about_doubts().await?)
    }

    /// Keeps the receipts that came on drivers' connections, and lets the operators know.
    async fn take_receipts(&self) -> Result<(), ApiError> {
        let mut queue = self.inner.arrived.lock().await;
        loop {
            let mut batch = vec![];
            while batch.len() < 200
                && let Ok(arrived) = queue.try_recv()
            {
                batch.push(arrived);
            }
            if batch.is_empty() {
                return Ok(());
            }
            let now = self.inner.clock.now();
            let kept: Vec<(&'static str, super::Receipt)> =
                batch.iter().map(|a| (a.driver, a.receipt.clone())).collect();
            self.inner
                .db
                .write(move |c| {
                    for (driver, receipt) in &kept {
                        receipts::apply(c, driver, std::slice::from_ref(receipt), now)?;
                    }
                    Ok::<_, ApiError>(())
                })
                .await?;
            for arrived in batch {
                // The connection may have ended meanwhile; then the operator sends it once more.
                let _ = arrived.kept.send(());
            }
        }
    }

    /// Sends what is due, so many at a time, until nothing is due or the worker has to stop.
    async fn send_due(&self, stop: Option<&watch::Receiver<bool>>) -> Result<usize, ApiError> {
        let most = self.inner.config.parallel;
        let (mut flying, mut more, mut handled) = (FuturesUnordered::new(), true, 0);
        let mut problem = None;
        loop {
            let stopping = stop.is_some_and(|s| *s.borrow());
            if more && !stopping && flying.len() <= most / 2 {
                match self.claim(most - flying.len()).await {
                    Ok((calls, looked_at)) => {
                        handled += looked_at;
                        more = looked_at > 0;
                        flying.extend(calls.into_iter().map(|call| self.call(call)));
                        // What was only set aside leaves room for more.
                        if flying.is_empty() && more {
                            continue;
                        }
                    }
                    // What is in the air must be recorded all the same.
                    Err(e) => {
                        more = false;
                        problem = Some(e);
                    }
                }
            }
            let Some(first) = flying.next().await else {
                break;
            };
            let mut ended = vec![first];
            while let Some(Some(next)) = flying.next().now_or_never() {
                ended.push(next);
            }
            if let Err(e) = self.record(ended).await {
                // The lease runs out and the provider is asked.
                more = false;
                problem = Some(e);
            }
            // A flood must not keep receipts waiting.
            self.take_receipts().await?;
        }
        problem.map_or(Ok(handled), Err)
    }

    /// Takes messages that are due: those that can be sent are marked `sending`. One write, whatever their number.
    async fn claim(&self, most: usize) -> Result<(Vec<Call>, usize), ApiError> {
        let (courier, now) = (self.clone(), self.inner.clock.now());
        let claimed = self
            .inner
            .db
            .write(move |c| {
                let (rows, people) = store::due(c, now, most as i64)?;
                let people: HashMap<Id, Reach> = people.into_iter().map(|p| (p.id, p)).collect();
                let looked_at = rows.len();
                let (mut calls, mut deliveries) = (vec![], vec![]);
                for row in rows {
                    let person = row.account_id.and_then(|id| people.get(&id));
                    match courier.step(&row, person, now) {
                        Step::Send {
                            channel,
                            address,
                            driver,
                        } => {
                            let call = courier.prepare(&row, address, driver, now);
                            deliveries.push(NewDelivery {
                                id: call.outgoing.delivery_id,
                                message_id: row.id,
                                congress_id: row.congress_id,
                                attempt: call.attempt,
                                channel,
                                driver: call.driver.name().to_owned(),
                                recipient_sealed: courier.inner.secrets.seal(RECIPIENT, call.outgoing.to.as_bytes()),
                                at: now,
                                outcome: Outcome::Calling,
                            });
                            calls.push(call);
                        }
                        Step::Wait { until } => {
                            store::set_aside(c, row.id, OutboxState::Created, Some(until), None, now)?;
                        }
                        Step::Capture => store::set_aside(c, row.id, OutboxState::Captured, None, None, now)?,
                        Step::Expire => store::set_aside(c, row.id, OutboxState::Expired, None, None, now)?,
                        Step::GiveUp { reason } => {
                            store::set_aside(c, row.id, OutboxState::Failed, None, Some(reason), now)?;
                        }
                    }
                }
                if !deliveries.is_empty() {
                    let until = now + TimeDelta::seconds(courier.inner.config.lease_seconds);
                    store::begin(c, &deliveries, &courier.inner.owner, until)?;
                }
                Ok::<_, ApiError>((calls, looked_at))
            })
            .await?;
        Ok(claimed)
    }

    /// The ways to the person of a message, in order, and what follows from them.
    fn step(&self, row: &Due, person: Option<&Reach>, now: Ts) -> Step {
        let secrets = &self.inner.secrets;
        let open = |purpose: &str, sealed: Option<&Vec<u8>>| secrets.open_text(purpose, sealed?);
        let phone = person.and_then(|p| open("accounts.phone", p.phone_sealed.as_ref()));
        let addresses: Vec<(Channel, String)> = match (row.channel, &row.recipient_sealed) {
            (Some(channel), Some(sealed)) => open(RECIPIENT, Some(sealed))
                .map(|to| (channel, to))
                .into_iter()
                .collect(),
            _ => {
                let of = |channel: Channel| match channel {
                    Channel::Sms => phone.clone(),
                    Channel::Wechat => person.and_then(|p| p.wechat_openid.clone()),
                    Channel::Mail => person.and_then(|p| open("accounts.email", p.email_sealed.as_ref())),
                };
                self.inner
                    .channels
                    .iter()
                    .filter_map(|ch| Some((*ch, of(*ch)?)))
                    .collect()
            }
        };
        let numbers = addresses.iter().filter(|(ch, _)| *ch == Channel::Sms).map(|(_, to)| to);
        let test_number = numbers.chain(&phone).any(|number| self.is_test_number(number));
        let breakers = self.inner.breakers.lock().expect("no panic under this lock").clone();
        let way = |(channel, address): (Channel, String)| {
            let drivers = self.inner.drivers.iter().enumerate();
            let able = drivers.filter(|(_, d)| d.channel() == channel && d.takes(row.template));
            Way {
                channel,
                address,
                drivers: able.map(|(n, _)| (n, breakers[n].resting(now))).collect(),
            }
        };
        let tried: Vec<Channel> = words(&row.tried).filter_map(|w| w.parse().ok()).collect();
        rules::step(
            rules::Due {
                expires_at: row.expires_at,
                disabled: person.is_some_and(|p| p.disabled_at.is_some()),
                test_number,
                any_driver: !self.inner.drivers.is_empty(),
                tried: &tried,
                ways: addresses.into_iter().map(way).collect(),
            },
            now,
        )
    }

    /// `199*` stands for every number that begins so; spellings do not matter.
    fn is_test_number(&self, number: &str) -> bool {
        let local = number.trim_start_matches("+86");
        words(&self.inner.config.test_numbers).any(|test| match test.strip_suffix('*') {
            Some(start) => local.starts_with(start) || number.starts_with(start),
            None => Phone::parse(test).is_some_and(|p| p.as_str() == number),
        })
    }

    fn prepare(&self, row: &Due, to: String, driver: usize, now: Ts) -> Call {
        let params = self.inner.secrets.open(store::PARAMS, &row.params_sealed);
        let params: serde_json::Value = params.and_then(|p| serde_json::from_slice(&p).ok()).unwrap_or_default();
        // Checked when it was written; a template may have learnt a parameter since.
        let values = row.template.values(&params).unwrap_or_default();
        Call {
            driver: self.inner.drivers.get(driver).clone(),
            index: driver,
            message_id: row.id,
            attempt: row.attempts + 1,
            tried: row.tried.clone(),
            outgoing: Outgoing {
                delivery_id: Id::new(),
                template: row.template,
                body: row.template.body(&values),
                values,
                to,
                now,
            },
        }
    }

    async fn call(&self, call: Call) -> Ended {
        let patience = Duration::from_secs(self.inner.config.call_seconds);
        let sent = if call.outgoing.body.is_empty() || call.outgoing.values.is_empty() {
            Sent::failed(Failure::Permanent, "its parameters cannot be read")
        } else {
            match tokio::time::timeout(patience, call.driver.send(&call.outgoing)).await {
                Ok(sent) => sent,
                Err(_) => Sent::unknown(format!("no answer in {} s", patience.as_secs())),
            }
        };
        let now = self.inner.clock.now();
        let again_at = now + rules::back_off(call.message_id, call.attempt.unsigned_abs());
        let again_at = match &sent {
            Sent::Failed {
                class: Failure::Technical,
                error,
            } => {
                tracing::warn!(
                    driver = call.driver.name(),
                    error,
                    "a driver does not work; it is rested"
                );
                self.breaker(call.index, |b| b.failed(now));
                // Another driver may take it at once; while all of them rest it only waits.
                now
            }
            Sent::Unknown { error } => {
                tracing::warn!(driver = call.driver.name(), error, message = %call.message_id, "an answer was lost");
                self.breaker(call.index, |b| b.failed(now));
                again_at
            }
            Sent::Failed { .. } => again_at,
            Sent::Accepted { .. } => {
                self.breaker(call.index, Breaker::succeeded);
                again_at
            }
        };
        metrics::counter!("lvzhi_deliveries_total", "driver" => call.driver.name(), "outcome" => outcome(&sent))
            .increment(1);
        Ended {
            delivery_id: call.outgoing.delivery_id,
            message_id: call.message_id,
            attempt: call.attempt,
            channel: call.driver.channel(),
            tried: call.tried,
            sent,
            again_at,
            max_attempts: self.inner.config.max_attempts,
            at: now,
        }
    }

    fn breaker(&self, index: usize, change: impl FnOnce(&mut Breaker)) {
        change(&mut self.inner.breakers.lock().expect("no panic under this lock")[index]);
    }

    async fn record(&self, ended: Vec<Ended>) -> Result<(), ApiError> {
        self.inner
            .db
            .write(move |c| Ok::<_, ApiError>(store::record(c, &ended)?))
            .await
    }

    /// Asks providers what became of messages whose answers were lost.
    async fn ask_about_doubts(&self) -> Result<usize, ApiError> {
        let inner = &self.inner;
        let now = inner.clock.now();
        let until = now + TimeDelta::seconds(inner.config.lease_seconds);
        let doubts = inner
            .db
            .write(move |c| Ok::<_, ApiError>(store::doubts(c, now, until, 32)?))
            .await?;
        let asked = doubts.len();
        let answers = doubts.into_iter().map(|doubt| async move {
            let asked = Asked {
                delivery_id: doubt.id,
                provider_id: doubt.provider_id.clone(),
                to: inner
                    .secrets
                    .open_text(RECIPIENT, &doubt.recipient_sealed)
                    .unwrap_or_default(),
                at: doubt.at,
                now,
            };
            let patience = Duration::from_secs(inner.config.call_seconds);
            let found = match inner.drivers.named(&doubt.driver) {
                Some(driver) => tokio::time::timeout(patience, driver.query(&asked)).await.ok(),
                None => None,
            };
            let found = found.unwrap_or(rules::Found::CannotTell);
            let settled = rules::settle(found, doubt.at, TimeDelta::seconds(inner.config.settle_seconds), now);
            (doubt, settled)
        });
        let answers = futures_util::future::join_all(answers).await;
        if asked > 0 {
            inner
                .db
                .write(move |c| {
                    for (doubt, settled) in &answers {
                        store::settle(c, doubt, settled, now)?;
                    }
                    Ok::<_, ApiError>(())
                })
                .await?;
        }
        Ok(asked)
    }
}

fn outcome(sent: &Sent) -> &'static str {
    match sent {
        Sent::Accepted { .. } => "accepted",
        Sent::Unknown { .. } => "uncertain",
        Sent::Failed {
            class: Failure::Temporary,
            ..
        } => "temporary",
        Sent::Failed {
            class: Failure::Permanent,
            ..
        } => "permanent",
        Sent::Failed {
            class: Failure::Technical,
            ..
        } => "technical",
    }
}
