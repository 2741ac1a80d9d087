//! The worker's part of delivery: takes what is due, calls providers with no transaction open, records what they said.
//!
//! A message is marked `sending` in a committed write before its provider is called. A worker that dies after that leaves a
//! message that may have been sent: when its lease has run out it becomes `uncertain`, and its provider is asked.

use super::claim::Call;
use super::drivers::Drivers;
use super::rules::{self, Breaker, Failure, Sent};
use super::store::{self, Ended};
use super::{Arrived, Channel, receipts};
use crate::clock::Clock;
use crate::config::{NotifyConfig, words};
use crate::db::Db;
use crate::secrets::{Secrets, random_token};
use crate::web::ApiError;
use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How often a worker looks for what is due.
const EVERY: Duration = Duration::from_millis(500);

/// Delivers messages; clones share one worker's state.
#[derive(Clone)]
pub struct Courier {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub db: Db,
    pub clock: Clock,
    pub secrets: Secrets,
    pub config: NotifyConfig,
    pub channels: Vec<Channel>,
    pub drivers: Drivers,
    /// One for each driver.
    pub breakers: Mutex<Vec<Breaker>>,
    /// Who holds a lease, for people who look into the table.
    pub owner: String,
    pub arrived: tokio::sync::Mutex<mpsc::Receiver<Arrived>>,
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
        let (mut n, mut keeping_up): (u32, Option<tokio::task::JoinHandle<()>>) = (0, None);
        while !*stop.borrow() {
            tokio::select! {
                _ = tick.tick() => (),
                _ = stopped.changed() => break,
            }
            // Beside the deliveries: a centre that is not there lets a connection wait for seconds.
            if n.is_multiple_of(10) && keeping_up.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
                let drivers = self.inner.drivers.clone();
                keeping_up = Some(tokio::spawn(async move {
                    for driver in drivers.iter() {
                        driver.keep_up().await;
                    }
                }));
            }
            n = n.wrapping_add(1);
            if let Err(e) = self.work(Some(&stop)).await {
                tracing::error!(error = %e, "delivery failed; it goes on");
            }
        }
        if let Some(keeping_up) = keeping_up {
            keeping_up.abort();
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
        let waiting = inner
            .db
            .read(move |c| Ok::<_, ApiError>(store::waiting(c, now)?))
            .await?;
        if waiting.early_receipts {
            inner
                .db
                .write(move |c| Ok::<_, ApiError>(receipts::match_early(c, now)?))
                .await?;
        }
        if !waiting.due {
            return Ok(0);
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
            if let Err(e) = self.take_receipts().await {
                more = false;
                problem = Some(e);
            }
        }
        problem.map_or(Ok(handled), Err)
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

    pub(super) fn breaker(&self, index: usize, change: impl FnOnce(&mut Breaker)) {
        change(&mut self.inner.breakers.lock().expect("no panic under this lock")[index]);
    }

    async fn record(&self, ended: Vec<Ended>) -> Result<(), ApiError> {
        self.inner
            .db
            .write(move |c| Ok::<_, ApiError>(store::record(c, &ended)?))
            .await
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
