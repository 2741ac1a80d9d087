//! Which device signed in whom, so that a second seat on a device is noticed without an index that every sign-in
//! would have to keep up to date.

use super::store;
use crate::db::{DbConn, Id, QueryResult, Ts};
use chrono::TimeDelta;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};

/// A sitting that nobody signed in to for so long is forgotten; it is read again when somebody does.
const KEPT: TimeDelta = TimeDelta::hours(6);

/// What this process has seen; clones share it.
#[derive(Clone, Default)]
pub struct SeenDevices {
    sittings: Arc<Mutex<HashMap<Id, Seen>>>,
    hasher: RandomState,
}

struct Seen {
    last: Ts,
    /// The first sign-in on each device, whose name is kept as a keyed hash of 64 bits.
    first: HashMap<u64, (Ts, Id)>,
}

impl SeenDevices {
    /// Notes that `entry` signed in on `device`. When another seat had done so, the answer is the pair of them: the
    /// later one, which is the one to explain, and the earlier one.
    ///
    /// Should the transaction be rolled back afterwards, what was noted stays: at worst a person is asked to look at
    /// something that is in order.
    pub fn note(
        &self,
        c: &mut DbConn,
        sitting: Id,
        device: &str,
        (at, entry): (Ts, Id),
    ) -> QueryResult<Option<(Id, Id)>> {
        let key = self.hasher.hash_one(device);
        let mut sittings = self.sittings.lock().expect("no panic under this lock");
        if !sittings.contains_key(&sitting) {
            sittings.retain(|_, seen| at - seen.last < KEPT);
            let mut first = HashMap::new();
            for (device, at, entry) in store::devices(c, sitting)? {
                first.entry(self.hasher.hash_one(device)).or_insert((at, entry));
            }
            sittings.insert(sitting, Seen { last: at, first });
        }
        let seen = sittings.get_mut(&sitting).expect("just inserted");
        seen.last = seen.last.max(at);
        let before = seen.first.entry(key).or_insert((at, entry));
        let known = *before;
        *before = known.min((at, entry));
        Ok((known.1 != entry).then(|| {
            let (earlier, later) = (known.min((at, entry)), known.max((at, entry)));
            (later.1, earlier.1)
        }))
    }
}
