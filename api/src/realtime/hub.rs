//! Topics and fan-out. A message published in one process reaches the subscribers of all of them.

use futures_util::StreamExt;
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// Messages a slow subscriber may fall behind before it is told that it missed some.
const BACKLOG: usize = 1024;

/// Fans messages out by topic; clones share the topics.
#[derive(Clone)]
pub struct Hub {
    local: Arc<Topics>,
    redis: Option<(ConnectionManager, Arc<str>)>,
}

#[derive(Default)]
struct Topics {
    senders: Mutex<HashMap<String, broadcast::Sender<Arc<str>>>>,
}

impl Topics {
    fn deliver(&self, topic: &str, message: Arc<str>) {
        let mut senders = self.senders.lock().expect("no panic under this lock");
        if let Some(sender) = senders.get(topic)
            && sender.send(message).is_err()
        {
            // Nobody listens any more.
            senders.remove(topic);
        }
    }
}

impl Hub {
    /// One process only.
    pub fn local() -> Hub {
        Hub {
            local: Default::default(),
            redis: None,
        }
    }

    /// Many processes: everything goes through Redis channels that begin with `prefix`.
    pub fn redis(client: redis::Client, manager: ConnectionManager, prefix: &str) -> Hub {
        let hub = Hub {
            local: Default::default(),
            redis: Some((manager, format!("{prefix}live:").into())),
        };
        tokio::spawn(listen(client, format!("{prefix}live:"), Arc::downgrade(&hub.local)));
        hub
    }

    /// Sends to every subscriber of the topic. Live updates may be lost when Redis is: whoever shows them
    /// reads the database again from time to time.
    pub async fn publish(&self, topic: &str, message: String) {
        if let Some((manager, prefix)) = &self.redis {
            let sent: redis::RedisResult<()> = manager.clone().publish(format!("{prefix}{topic}"), &message).await;
            match sent {
                Ok(()) => return,
                Err(e) => tracing::warn!(error = %e, "Redis did not take a live update; only this process has it"),
            }
        }
        self.local.deliver(topic, message.into());
    }

    /// False when nobody can be listening: then a message need not be made. With Redis other processes may be.
    pub fn has_listeners(&self, topic: &str) -> bool {
        self.redis.is_some()
            || self
                .local
                .senders
                .lock()
                .expect("no panic under this lock")
                .contains_key(topic)
    }

    /// Messages of the topic from now on.
    pub fn subscribe(&self, topic: &str) -> broadcast::Receiver<Arc<str>> {
        let mut senders = self.local.senders.lock().expect("no panic under this lock");
        senders
            .entry(topic.to_owned())
            .or_insert_with(|| broadcast::channel(BACKLOG).0)
            .subscribe()
    }
}

/// Hands on what Redis delivers; connects again when the connection is lost.
async fn listen(client: redis::Client, prefix: String, topics: std::sync::Weak<Topics>) {
    loop {
        let connected: redis::RedisResult<()> = async {
            let mut pubsub = client.get_async_pubsub().await?;
            pubsub.psubscribe(format!("{prefix}*")).await?;
            let mut messages = pubsub.on_message();
            while let Some(message) = messages.next().await {
                let Some(topics) = topics.upgrade() else { return Ok(()) };
                if let (Some(topic), Ok(text)) = (
                    message.get_channel_name().strip_prefix(&prefix),
                    message.get_payload::<String>(),
                ) {
                    topics.deliver(topic, text.into());
                }
            }
            Ok(())
        }
        .await;
        if topics.strong_count() == 0 {
            return;
        }
        if let Err(e) = connected {
            tracing::warn!(error = %e, "no live updates from Redis, trying again");
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}
