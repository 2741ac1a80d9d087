//! Short-lived state that all processes share: counters for limits, a few values. In process by default, in Redis when configured.

use redis::aio::ConnectionManager;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Counters and values that are forgotten.
#[derive(Clone)]
pub enum Kv {
    Memory(
        Arc<Mutex<HashMap<String, (u64, i64)>>>,
        Arc<Mutex<HashMap<String, (String, i64)>>>,
    ),
    Redis(ConnectionManager, Arc<str>),
}

/// Entries after which expired ones are swept out.
const SWEEP_AT: usize = 50_000;

impl Kv {
    pub fn memory() -> Kv {
        Kv::Memory(Default::default(), Default::default())
    }

    /// `prefix` keeps several installations on one Redis apart.
    pub fn redis(manager: ConnectionManager, prefix: &str) -> Kv {
        Kv::Redis(manager, prefix.into())
    }

    /// Adds one to the counter of the current window of `seconds` and returns the sum. When Redis does not
    /// answer, the count is zero: a limit that cannot be checked must not stop a meeting.
    pub async fn count(&self, key: &str, seconds: i64, now: i64) -> u64 {
        let window = now.div_euclid(seconds);
        match self {
            Kv::Memory(map, _) => {
                let mut map = map.lock().expect("no panic under this lock");
                if map.len() > SWEEP_AT {
                    map.retain(|_, (_, until)| *until > now);
                }
                let entry = map
                    .entry(format!("{key}:{window}"))
                    .or_insert((0, (window + 1) * seconds));
                entry.0 += 1;
                entry.0
            }
            Kv::Redis(manager, prefix) => {
                let key = format!("{prefix}count:{key}:{window}");
                let answer: redis::RedisResult<(u64,)> = redis::pipe()
                    .incr(&key, 1)
                    .expire(&key, seconds + 1)
                    .ignore()
                    .query_async(&mut manager.clone())
                    .await;
                answer.map(|(n,)| n).unwrap_or_else(|e| {
                    tracing::warn!(error = %e, "Redis did not count; the limit is not checked");
                    0
                })
            }
        }
    }

    /// The counter without adding.
    pub async fn peek(&self, key: &str, seconds: i64, now: i64) -> u64 {
        let window = now.div_euclid(seconds);
        match self {
            Kv::Memory(map, _) => {
                let map = map.lock().expect("no panic under this lock");
                map.get(&format!("{key}:{window}")).map_or(0, |(n, _)| *n)
            }
            Kv::Redis(manager, prefix) => {
                let key = format!("{prefix}count:{key}:{window}");
                let answer: redis::RedisResult<Option<u64>> =
                    redis::cmd("GET").arg(&key).query_async(&mut manager.clone()).await;
                answer.ok().flatten().unwrap_or(0)
            }
        }
    }

    /// Keeps a value for `seconds`. When Redis does not answer it is not kept, and whoever needs it makes it again.
    pub async fn keep(&self, key: &str, value: &str, seconds: i64, now: i64) {
        match self {
            Kv::Memory(_, values) => {
                let mut values = values.lock().expect("no panic under this lock");
                values.retain(|_, (_, until)| *until > now);
                values.insert(key.to_owned(), (value.to_owned(), now + seconds));
            }
            Kv::Redis(manager, prefix) => {
                let mut command = redis::cmd("SET");
                command
                    .arg(format!("{prefix}value:{key}"))
                    .arg(value)
                    .arg("EX")
                    .arg(seconds);
                if let Err(e) = command.query_async::<()>(&mut manager.clone()).await {
                    tracing::warn!(error = %e, "Redis did not keep a value");
                }
            }
        }
    }

    /// A value that was kept and is not too old.
    pub async fn kept(&self, key: &str, now: i64) -> Option<String> {
        match self {
            Kv::Memory(_, values) => {
                let values = values.lock().expect("no panic under this lock");
                values
                    .get(key)
                    .filter(|(_, until)| *until > now)
                    .map(|(value, _)| value.clone())
            }
            Kv::Redis(manager, prefix) => {
                let mut command = redis::cmd("GET");
                command.arg(format!("{prefix}value:{key}"));
                command.query_async(&mut manager.clone()).await.ok().flatten()
            }
        }
    }

    pub async fn forget(&self, key: &str) {
        match self {
            Kv::Memory(_, values) => {
                values.lock().expect("no panic under this lock").remove(key);
            }
            Kv::Redis(manager, prefix) => {
                let mut command = redis::cmd("DEL");
                command.arg(format!("{prefix}value:{key}"));
                let _ = command.query_async::<()>(&mut manager.clone()).await;
            }
        }
    }

    /// True when the store answers.
    pub async fn ready(&self) -> bool {
        match self {
            Kv::Memory(..) => true,
            Kv::Redis(manager, _) => redis::cmd("PING")
                .query_async::<String>(&mut manager.clone())
                .await
                .is_ok(),
        }
    }
}
