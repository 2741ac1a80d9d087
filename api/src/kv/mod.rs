//! Short-lived state that all processes share: counters for limits. In process by default, in Redis when configured.

use redis::aio::ConnectionManager;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Counters that forget.
#[derive(Clone)]
pub enum Kv {
    Memory(Arc<Mutex<HashMap<String, (u64, i64)>>>),
    Redis(ConnectionManager, Arc<str>),
}

/// Entries after which expired ones are swept out.
const SWEEP_AT: usize = 50_000;

impl Kv {
    pub fn memory() -> Kv {
        Kv::Memory(Default::default())
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
            Kv::Memory(map) => {
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
            Kv::Memory(map) => {
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

    /// True when the store answers.
    pub async fn ready(&self) -> bool {
        match self {
            Kv::Memory(_) => true,
            Kv::Redis(manager, _) => redis::cmd("PING")
                .query_async::<String>(&mut manager.clone())
                .await
                .is_ok(),
        }
    }
}
