//! Sends what is due, pass by pass.

use crate::features::{Services, calendars, congresses};
use crate::reminders::{self, Pass};
use crate::web::{ApiError, ErrorCode};

/// People whose reminders one transaction sends: enough to share its cost, few enough to keep no writer waiting.
const PEOPLE: i64 = 500;
/// Passes after which other jobs have their turn.
const PASSES: usize = 40;

/// Sends the reminders that are due. Several workers may do so at once.
pub async fn remind(s: &Services) -> Result<Pass, ApiError> {
    let mut sum = Pass::default();
    for _ in 0..PASSES {
        let now = s.clock.now();
        if !s
            .db
            .read(move |c| Ok::<_, ApiError>(reminders::is_any_due(c, now)?))
            .await?
        {
            break;
        }
        let secrets = s.secrets.clone();
        let pass = s.db.write(move |c| {
            let calendar = calendars::current(c)?;
            let sent = reminders::send_due(c, &secrets, &calendar, &mut congresses::local, PEOPLE, now)?;
            // A deadline ended or moved while this pass held its reminders: nothing of the pass may stand.
            sent.ok_or_else(|| ApiError::new(ErrorCode::Conflict))
        });
        match pass.await {
            Ok(pass) => {
                sum.add(pass);
                // What is due is held by other workers, or about to be disarmed.
                if pass.taken == 0 {
                    break;
                }
            }
            Err(e) if e.code == ErrorCode::Conflict => tracing::debug!("a pass of reminders begins anew"),
            Err(e) => return Err(e),
        }
    }
    metrics::counter!("lvzhi_reminders_sent_total").increment(sum.sent as u64);
    metrics::counter!("lvzhi_reminders_missed_total").increment(sum.missed as u64);
    Ok(sum)
}
