//! How uploads become one set: repeats, order and late arrivals leave no difference.

use super::super::GateOutcome;
use super::Checked;
use crate::db::{Id, Ts};
use std::collections::{BTreeMap, HashMap};

/// An event that was uploaded before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub hash: [u8; 32],
    pub entry_id: Option<Id>,
    pub outcome: GateOutcome,
}

/// What is to be done with one event of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To be judged and kept.
    Fresh,
    /// The same event was uploaded before: its first answer stands.
    Repeated(Known),
    /// The same event stands earlier in this upload, at this index.
    Same(usize),
    /// The number belongs to another event; nothing is changed.
    Conflict,
    /// Not the gate's own word: answered, and not kept.
    Strange,
}

/// Sorts an upload into what is new and what is not; `known` holds what was kept of the numbers in it.
pub fn sort_out(upload: &[Option<Checked>], known: &HashMap<i64, Known>) -> Vec<Step> {
    let mut here: HashMap<i64, usize> = HashMap::new();
    let step = |(index, event): (usize, &Option<Checked>)| {
        let Some(event) = event else { return Step::Strange };
        if let Some(known) = known.get(&event.seq) {
            return if known.hash == event.hash {
                Step::Repeated(*known)
            } else {
                Step::Conflict
            };
        }
        if !event.is_from_gate() {
            return Step::Strange;
        }
        match here.get(&event.seq) {
            None => {
                here.insert(event.seq, index);
                Step::Fresh
            }
            Some(&first) if upload[first].as_ref().is_some_and(|e| e.hash == event.hash) => Step::Same(first),
            Some(_) => Step::Conflict,
        }
    };
    upload.iter().enumerate().map(step).collect()
}

/// One scan that puts a seat into the hall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    pub at: Ts,
    pub seq: i64,
    /// Where it stands in the upload.
    pub index: usize,
}

/// The earliest scan of each seat, in the order of seats: the only one that matters for the attendance, and
/// always locked in the same order, so that uploads of two gates cannot wait for each other.
pub fn earliest(arrivals: impl IntoIterator<Item = (Id, Arrival)>) -> BTreeMap<Id, Arrival> {
    let mut seats: BTreeMap<Id, Arrival> = BTreeMap::new();
    for (entry, arrival) in arrivals {
        seats
            .entry(entry)
            .and_modify(|known| *known = (*known).min(arrival))
            .or_insert(arrival);
    }
    seats
}
