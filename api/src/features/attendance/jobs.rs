//! What the worker looks for among new sign-ins: suspicions that no single sign-in can see.

use super::FlagKind;
use super::check_ins::new_flag;
use super::store::{self, sweep};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, QueryResult, Ts};
use crate::realtime::Hub;
use crate::web::ApiError;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// How far the sweep has come; after a start it begins where the audit was sealed.
#[derive(Clone, Default)]
pub struct FlagSweep {
    from: Arc<Mutex<Option<i64>>>,
}

impl FlagSweep {
    /// Looks at what was written since the last time and tells the screens of new flags.
    pub async fn run(&self, db: &Db, hub: &Hub, clock: &Clock) -> Result<(), ApiError> {
        let (from, now) = (*self.from.lock().expect("no panic under this lock"), clock.now());
        // An idle installation writes nothing.
        let news = db
            .read(move |c| Ok::<_, ApiError>(from.is_none_or(|from| matches!(sweep::horizon(c), Ok(to) if to > from))))
            .await?;
        if !news {
            return Ok(());
        }
        let (to, changed) = db.write(move |c| Ok::<_, ApiError>(sweep_flags(c, from, now)?)).await?;
        *self.from.lock().expect("no panic under this lock") = Some(to);
        for sitting in changed {
            super::announce(hub, sitting).await;
        }
        Ok(())
    }
}

/// Flags devices used for two seats (also when two processes wrote at the same moment), people signed in at two
/// open sittings, and sign-ins of people on leave, among the sign-ins since `from`. Returns where the next sweep
/// begins and the sittings that got new flags.
fn sweep_flags(c: &mut DbConn, from: Option<i64>, now: Ts) -> QueryResult<(i64, Vec<Id>)> {
    let from = match from {
        Some(from) => from,
        None => sweep::sealed_up_to(c)?,
    };
    let to = sweep::horizon(c)?;
    let mut changed = vec![];
    if to > from {
        for pair in sweep::ask(c, sweep::Question::SameDevice, from, to)? {
            // The later of the two is the one to explain.
            let (entry, other) = if (pair.at, pair.entry_id) > (pair.other_at, pair.other_id) {
                (pair.entry_id, pair.other_id)
            } else {
                (pair.other_id, pair.entry_id)
            };
            let seat = (pair.sitting_id, pair.congress_id, entry);
            let row = new_flag(seat, FlagKind::SameDevice, other.to_string(), json!({}), now);
            note(&mut changed, pair.sitting_id, store::flag_insert(c, &row)?);
        }
        for pair in sweep::ask(c, sweep::Question::TwoPlaces, from, to)? {
            let seat = (pair.sitting_id, pair.congress_id, pair.entry_id);
            let detail = json!({ "other_sitting_id": pair.other_id, "other_at": pair.other_at });
            let row = new_flag(seat, FlagKind::TwoPlaces, pair.other_id.to_string(), detail, now);
            note(&mut changed, pair.sitting_id, store::flag_insert(c, &row)?);
        }
        for pair in sweep::ask(c, sweep::Question::OnLeave, from, to)? {
            let seat = (pair.sitting_id, pair.congress_id, pair.entry_id);
            let row = new_flag(
                seat,
                FlagKind::OnLeave,
                String::new(),
                json!({ "leave_request_id": pair.other_id }),
                now,
            );
            note(&mut changed, pair.sitting_id, store::flag_insert(c, &row)?);
        }
    }
    Ok((to.max(from), changed))
}

fn note(changed: &mut Vec<Id>, sitting: Id, news: bool) {
    if news && !changed.contains(&sitting) {
        changed.push(sitting);
    }
}
