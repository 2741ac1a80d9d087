//! The two ways to load a server: as fast as it answers, and at a given pace whether it answers or not.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hdrhistogram::Histogram;

use crate::http::Connection;

/// Nobody waits longer than this in front of a door.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of a run.
pub struct Tally {
    /// Of the answers with the expected status, in microseconds.
    pub latency: Histogram<u64>,
    pub errors: Errors,
    pub elapsed: Duration,
}

/// How often what went wrong.
#[derive(Default)]
pub struct Errors(BTreeMap<String, u64>);

impl Tally {
    pub fn new() -> Tally {
        let latency = Histogram::new_with_bounds(1, 120_000_000, 3).expect("bounds that fit");
        Tally {
            latency,
            errors: Errors::default(),
            elapsed: Duration::ZERO,
        }
    }

    pub fn per_second(&self) -> f64 {
        self.latency.len() as f64 / self.elapsed.as_secs_f64().max(1e-6)
    }

    pub fn quantile_ms(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1000.0
    }

    pub fn record(&mut self, outcome: &Result<(), String>, took: Duration) {
        match outcome {
            Ok(()) => self.latency.saturating_record(took.as_micros() as u64),
            Err(what) => self.errors.add(what),
        }
    }

    fn merge(&mut self, other: &Tally) {
        self.latency.add(&other.latency).expect("equal bounds");
        self.errors.merge(&other.errors);
    }
}

impl Errors {
    pub fn add(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }

    pub fn merge(&mut self, other: &Errors) {
        for (what, times) in &other.0 {
            *self.0.entry(what.clone()).or_default() += times;
        }
    }

    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("no errors");
        }
        let texts: Vec<String> = self.0.iter().map(|(what, times)| format!("{times} × {what}")).collect();
        write!(out, "errors: {}", texts.join(", "))
    }
}

/// Each of `connections` clients asks again as soon as it was answered.
pub struct ClosedLoop {
    pub address: SocketAddr,
    pub connections: usize,
    /// Asked but not counted at first.
    pub warm_up: Duration,
    pub measure: Duration,
    pub expected: u16,
}

impl ClosedLoop {
    /// `next_request` writes a request no one sent before, or says that there are none left, which ends the run.
    pub async fn run(&self, next_request: &dyn Fn(&mut Vec<u8>) -> bool) -> Tally {
        let begin = Instant::now();
        let clients = (0..self.connections).map(|_| self.client(begin, next_request));
        let mut tally = Tally::new();
        for (one, last_answer) in join_all(clients).await {
            tally.merge(&one);
            tally.elapsed = tally
                .elapsed
                .max(last_answer.saturating_duration_since(begin + self.warm_up));
        }
        tally
    }

    async fn client(&self, begin: Instant, next_request: &dyn Fn(&mut Vec<u8>) -> bool) -> (Tally, Instant) {
        let mut tally = Tally::new();
        let mut connection = None;
        let mut request = Vec::with_capacity(2048);
        let mut last_answer = begin;
        while begin.elapsed() < self.warm_up + self.measure {
            request.clear();
            if !next_request(&mut request) {
                break;
            }
            let sent = Instant::now();
            let outcome = ask(self.address, &mut connection, &request, self.expected).await;
            last_answer = Instant::now();
            if sent >= begin + self.warm_up {
                tally.record(&outcome, last_answer - sent);
            }
        }
        (tally, last_answer)
    }
}

/// Clients that come at moments fixed beforehand, each independent of how the others fare.
pub struct OpenLoop {
    pub address: SocketAddr,
    /// A new connection for each, as phones have them; otherwise a free one is taken.
    pub own_connections: bool,
    pub expected: u16,
}

/// One client's visit.
pub struct Visit {
    pub sent: Instant,
    pub answered: Instant,
    pub outcome: Result<(), String>,
}

impl OpenLoop {
    /// `request(n)` is asked for when the n-th moment has come.
    pub async fn run(&self, moments: &[Duration], request: &dyn Fn(usize) -> Vec<u8>) -> Vec<Visit> {
        let begin = Instant::now();
        // The longest unused first: no connection idles until the server closes it.
        let idle = RefCell::new(VecDeque::new());
        let visits = moments.iter().enumerate().map(|(number, moment)| {
            let idle = &idle;
            async move {
                tokio::time::sleep_until((begin + *moment).into()).await;
                let request = request(number);
                // Counted from here: the timer rounds to milliseconds, which is not the server's doing.
                let sent = Instant::now();
                let mut connection = if self.own_connections {
                    None
                } else {
                    idle.borrow_mut().pop_front()
                };
                let outcome = ask(self.address, &mut connection, &request, self.expected).await;
                let answered = Instant::now();
                if let Some(connection) = connection.filter(|_| !self.own_connections) {
                    idle.borrow_mut().push_back(connection);
                }
                Visit {
                    sent,
                    answered,
                    outcome,
                }
            }
        });
        join_all(visits).await
    }
}

/// What the visits amount to.
pub fn tally(visits: &[Visit]) -> Tally {
    let mut tally = Tally::new();
    for visit in visits {
        tally.record(&visit.outcome, visit.answered - visit.sent);
    }
    if let (Some(first), Some(last)) = (visits.first(), visits.iter().map(|visit| visit.answered).max()) {
        tally.elapsed = last - first.sent;
    }
    tally
}

/// `per_second` equally spaced moments.
pub fn steady(per_second: f64, duration: Duration) -> Vec<Duration> {
    let count = (per_second * duration.as_secs_f64()) as usize;
    (0..count)
        .map(|number| Duration::from_secs_f64(number as f64 / per_second))
        .collect()
}

/// One exchange; the connection is opened when there is none and given up when it failed.
async fn ask(
    address: SocketAddr,
    connection: &mut Option<Connection>,
    request: &[u8],
    expected: u16,
) -> Result<(), String> {
    let exchange = async {
        if connection.is_none() {
            *connection = Some(Connection::open(address).await?);
        }
        connection.as_mut().expect("opened above").exchange(request).await
    };
    let outcome = tokio::time::timeout(PATIENCE, exchange).await;
    let failure = match outcome {
        Ok(Ok(status)) if status == expected => return Ok(()),
        // The connection is fine, the answer is not: keep the one, report the other.
        Ok(Ok(status)) => {
            let body = connection.as_ref().map_or(&[][..], Connection::body);
            return Err(format!("{status} {}", problem_code(body)).trim_end().to_owned());
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    *connection = None;
    Err(failure)
}

/// The stable `code` of a problem document, if the body is one.
fn problem_code(body: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    value["code"].as_str().unwrap_or("").to_owned()
}
