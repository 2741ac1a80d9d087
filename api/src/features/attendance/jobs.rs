//! What the worker looks for among new sign-ins: suspicions that no single sign-in can see.

use super::check_ins::new_flag;
use super::store::{self, sweep};
use super::{FlagKind, SeenDevices};
use crate::clock::Clock;
use crate::db::{Db, DbConn, QueryResult, Ts};
use crate::realtime::Hub;
use crate::web::ApiError;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Sign-ins that one sweep looks at: several times what the fullest hall writes between two sweeps. A flood is looked at
/// afterwards and does not wait for it.
const ROWS: i64 = 2_000;

/// How far the sweep has come; after a start it begins where the audit was sealed.
#[derive(Clone)]
pub struct FlagSweep {
    from: Arc<Mutex<Option<i64>>>,
    devices: SeenDevices,
}

impl FlagSweep {
    pub fn new(devices: &SeenDevices) -> FlagSweep {
        FlagSweep {
            from: Arc::default(),
            devices: devices.clone(),
        }
    }

    /// Looks at what was written since the last time and tells the screens of new flags.
    ///
    /// The looking is done by a reader: only what was found meets the writers.
    pub async fn run(&self, db: &Db, hub: &Hub, clock: &Clock) -> Result<(), ApiError> {
        let (from, now) = (*self.from.lock().expect("no panic under this lock"), clock.now());
        let devices = self.devices.clone();
        let (to, found) = db
            .read(move |c| Ok::<_, ApiError>(look(c, &devices, from, now)?))
            .await?;
        let mut changed = vec![];
        if !found.is_empty() {
            changed = db
                .write(move |c| {
                    let mut changed = vec![];
                    for flag in &found {
                        if store::flag_insert(c, flag)? && !changed.contains(&flag.sitting_id) {
                            changed.push(flag.sitting_id);
                        }
                    }
                    Ok::<_, ApiError>(changed)
                })
                .await?;
        }
        *self.from.lock().expect("no panic under this lock") = Some(to);
        for sitting in changed {
            super::announce(hub, sitting).await;
        }
        Ok(())
    }
}

/// Suspects devices used for two seats (also when two processes wrote at the same moment), people signed in at two
/// open sittings, and sign-ins of people on leave, among the sign-ins since `from`. Returns where the next sweep
/// begins, and the flags.
fn look(c: &mut DbConn, devices: &SeenDevices, from: Option<i64>, now: Ts) -> QueryResult<(i64, Vec<store::Flag>)> {
    let from = match from {
        Some(from) => from,
        None => sweep::sealed_up_to(c)?,
    };
    let horizon = sweep::horizon(c)?;
    let to = sweep::end_of(c, from, ROWS)?.map_or(horizon, |end| end.min(horizon));
    let mut flags = vec![];
    if to > from {
        for a in sweep::on_devices(c, from, to)? {
            if let Some((later, earlier)) = devices.note(c, a.sitting_id, &a.device_id, (a.at, a.entry_id))? {
                let seat = (a.sitting_id, a.congress_id, later);
                flags.push(new_flag(
                    seat,
                    FlagKind::SameDevice,
                    earlier.to_string(),
                    json!({}),
                    now,
                ));
            }
        }
        for pair in sweep::ask(c, sweep::Question::TwoPlaces, from, to)? {
            let seat = (pair.sitting_id, pair.congress_id, pair.entry_id);
            let detail = json!({ "other_sitting_id": pair.other_id, "other_at": pair.other_at });
            flags.push(new_flag(
                seat,
                FlagKind::TwoPlaces,
                pair.other_id.to_string(),
                detail,
                now,
            ));
        }
        for pair in sweep::ask(c, sweep::Question::OnLeave, from, to)? {
            let seat = (pair.sitting_id, pair.congress_id, pair.entry_id);
            let detail = json!({ "leave_request_id": pair.other_id });
            flags.push(new_flag(seat, FlagKind::OnLeave, String::new(), detail, now));
        }
    }
    Ok((to.max(from), flags))
}
