//! Finds provisional deadlines whose year is published by now: after an upgrade, or started beside an import.

use super::{apply, current};
use crate::features::Services;
use crate::reminders::ReminderRules;
use crate::web::ApiError;
use chrono::NaiveDate;

/// Beijing, whose night is the night of every congress.
const TZ_MINUTES: i32 = 480;

/// Computes provisional deadlines again with the calendar of today; people are told, but not at night.
pub async fn settle_provisional(s: &Services) -> Result<(), ApiError> {
    let (secrets, now) = (s.secrets.clone(), s.clock.now());
    if ReminderRules::default().allowed_from(TZ_MINUTES, now) > now {
        return Ok(());
    }
    let settle = s.db.write(move |c| {
        let calendar = current(c)?;
        // No deadline is that late: only what is provisional is looked at.
        let never = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX);
        Ok::<_, ApiError>(apply(c, &secrets, &calendar, never, now)?)
    });
    let moved = settle.await?;
    if !moved.is_empty() {
        tracing::info!(
            deadlines = moved.len(),
            "provisional deadlines moved to the published calendar"
        );
    }
    Ok(())
}
