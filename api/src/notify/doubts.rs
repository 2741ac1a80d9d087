//! Doubts: messages whose answers were lost, and what their providers say when they are asked.

use super::courier::Courier;
use super::drivers::Asked;
use super::rules;
use super::store::{self, RECIPIENT};
use crate::web::ApiError;
use chrono::TimeDelta;
use std::time::Duration;

impl Courier {
    /// Asks providers what became of messages whose answers were lost.
    pub(super) async fn ask_about_doubts(&self) -> Result<usize, ApiError> {
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
        let max_attempts = inner.config.max_attempts;
        if asked > 0 {
            inner
                .db
                .write(move |c| {
                    for (doubt, settled) in &answers {
                        store::settle(c, doubt, settled, max_attempts, now)?;
                    }
                    Ok::<_, ApiError>(())
                })
                .await?;
        }
        Ok(asked)
    }
}
