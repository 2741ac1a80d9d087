//! How a roster becomes what it shall be: who stays keeps the line, and with it the attendance.

use super::store::{RosterEntry, Seat};
use super::{SeatClass, Sitting};
use crate::db::Id;
use crate::features::representatives::SeatStatus;
use pinyin::ToPinyin;
use std::collections::{HashMap, HashSet, VecDeque};

/// A guest with the account of the phone number, if there is one.
#[derive(Debug, Clone)]
pub struct Guest {
    pub name: String,
    pub class: SeatClass,
    pub seat_label: Option<String>,
    pub account_id: Option<Id>,
}

/// The steps from the roster that is to the one that shall be.
#[derive(Debug, Default)]
pub struct Plan {
    /// Lines to write: new ones and those that stay but differ.
    pub put: Vec<RosterEntry>,
    pub remove: Vec<Id>,
    pub added: usize,
    pub kept: usize,
    pub suspended: usize,
}

/// Somebody would be on the roster twice: the index in `voting` or in `guests`.
#[derive(Debug, PartialEq, Eq)]
pub enum Twice {
    Seat(usize),
    Guest(usize),
}

/// Seats in their order, then guests in theirs. A line stays when its account does, or for guests without
/// an account when the name does; it keeps its id, and a seat keeps its label.
pub fn plan(sitting: &Sitting, current: &[RosterEntry], voting: &[Seat], guests: &[Guest]) -> Result<Plan, Twice> {
    let mut by_account: HashMap<Id, &RosterEntry> = HashMap::new();
    let mut by_name: HashMap<&str, VecDeque<&RosterEntry>> = HashMap::new();
    for entry in current {
        match entry.account_id {
            Some(account) => drop(by_account.insert(account, entry)),
            None => by_name.entry(&entry.name).or_default().push_back(entry),
        }
    }
    let mut wanted = vec![];
    let mut accounts = HashSet::new();
    for (n, seat) in voting.iter().enumerate() {
        if !accounts.insert(seat.account_id) {
            return Err(Twice::Seat(n));
        }
        let old = by_account.get(&seat.account_id).copied();
        let row = RosterEntry {
            id: old.map_or_else(Id::new, |e| e.id),
            account_id: Some(seat.account_id),
            representative_id: Some(seat.id),
            delegation_id: seat.delegation_id,
            name_pinyin: seat.name_pinyin.clone(),
            seat_label: old.and_then(|e| e.seat_label.clone()),
            suspended: seat.status == SeatStatus::Suspended,
            ..line(sitting, &seat.name, SeatClass::Voting)
        };
        wanted.push((old, row));
    }
    for (n, guest) in guests.iter().enumerate() {
        if guest.account_id.is_some_and(|account| !accounts.insert(account)) {
            return Err(Twice::Guest(n));
        }
        let old = guest.account_id.and_then(|account| by_account.get(&account).copied());
        let old = old.or_else(|| by_name.get_mut(guest.name.as_str()).and_then(VecDeque::pop_front));
        let id = old.map_or_else(Id::new, |e| e.id);
        wanted.push((old, guest_line(sitting, guest, id)));
    }
    let mut plan = Plan::default();
    let mut stays = HashSet::new();
    for (position, (old, row)) in wanted.into_iter().enumerate() {
        let row = RosterEntry {
            position: position as i32,
            ..row
        };
        plan.suspended += usize::from(row.suspended);
        stays.insert(row.id);
        match old {
            None => plan.added += 1,
            Some(_) => plan.kept += 1,
        }
        if old != Some(&row) {
            plan.put.push(row);
        }
    }
    plan.remove = current.iter().map(|e| e.id).filter(|id| !stays.contains(id)).collect();
    Ok(plan)
}

/// The line of a guest; the caller sets the position.
pub fn guest_line(sitting: &Sitting, guest: &Guest, id: Id) -> RosterEntry {
    RosterEntry {
        id,
        account_id: guest.account_id,
        seat_label: guest.seat_label.clone(),
        ..line(sitting, &guest.name, guest.class)
    }
}

fn line(sitting: &Sitting, name: &str, class: SeatClass) -> RosterEntry {
    RosterEntry {
        id: Id(uuid::Uuid::nil()),
        sitting_id: sitting.id,
        congress_id: sitting.congress_id,
        account_id: None,
        representative_id: None,
        delegation_id: None,
        class,
        name: name.to_owned(),
        name_pinyin: pinyin_of(name),
        seat_label: None,
        position: 0,
        suspended: false,
    }
}

/// Plain pinyin in one word, other characters as they are, without spaces.
fn pinyin_of(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && *c != '·')
        .map(|c| {
            c.to_pinyin()
                .map_or_else(|| c.to_lowercase().collect(), |p| p.plain().to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Ts;
    use crate::features::congresses::QuorumRule;
    use crate::features::meetings::SittingState;
    use proptest::prelude::*;

    fn sitting() -> Sitting {
        let at = Ts(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        Sitting {
            id: Id::new(),
            congress_id: Id::new(),
            meeting_id: Id::new(),
            title: "t".into(),
            place: "p".into(),
            latitude: None,
            longitude: None,
            radius_m: None,
            starts_at: at,
            late_after: at,
            ends_at: at,
            state: SittingState::Draft,
            quorum_rule: QuorumRule::None,
            seats_total: None,
            opened_at: None,
            closed_at: None,
            created_at: at,
        }
    }

    fn id(n: u8, kind: u8) -> Id {
        Id(uuid::Uuid::from_bytes([
            kind, n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]))
    }

    fn seat(n: u8) -> Seat {
        Seat {
            id: id(n, 1),
            account_id: id(n, 2),
            name: format!("代表{n}"),
            name_pinyin: format!("daibiao{n}"),
            delegation_id: None,
            status: SeatStatus::Active,
        }
    }

    fn guest(n: u8) -> Guest {
        Guest {
            name: format!("来宾{}", n % 4),
            class: SeatClass::Attendee,
            seat_label: None,
            account_id: n.is_multiple_of(3).then(|| id(n, 3)),
        }
    }

    fn after(current: &[RosterEntry], plan: &Plan) -> Vec<RosterEntry> {
        let mut rows: HashMap<Id, RosterEntry> = current.iter().map(|e| (e.id, e.clone())).collect();
        plan.remove.iter().for_each(|id| drop(rows.remove(id)));
        plan.put.iter().for_each(|e| drop(rows.insert(e.id, e.clone())));
        let mut rows: Vec<_> = rows.into_values().collect();
        rows.sort_by_key(|e| (e.position, e.id));
        rows
    }

    fn numbers() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::hash_set(0u8..30, 0..20).prop_map(|s| s.into_iter().collect())
    }

    proptest! {
        // From any roster to any other: exactly those wanted are on it, in their order, and who was on both kept the line.
        #[test]
        fn leads_to_what_is_wanted(v1 in numbers(), g1 in numbers(), v2 in numbers(), g2 in numbers()) {
            let s = sitting();
            let make = |v: &[u8], g: &[u8]| (v.iter().map(|n| seat(*n)).collect::<Vec<_>>(), g.iter().map(|n| guest(*n)).collect::<Vec<_>>());
            let (seats, guests) = make(&v1, &g1);
            let first = after(&[], &plan(&s, &[], &seats, &guests).unwrap());
            let (seats, guests) = make(&v2, &g2);
            let step = plan(&s, &first, &seats, &guests).unwrap();
            let second = after(&first, &step);
            prop_assert_eq!(second.len(), v2.len() + g2.len());
            prop_assert_eq!(step.added + step.kept, second.len());
            let expected: Vec<String> = seats.iter().map(|s| s.name.clone()).chain(guests.iter().map(|g| g.name.clone())).collect();
            prop_assert_eq!(second.iter().map(|e| e.name.clone()).collect::<Vec<_>>(), expected);
            prop_assert!(second.iter().enumerate().all(|(n, e)| e.position == n as i32));
            for e in &second {
                if let Some(old) = first.iter().find(|o| o.account_id.is_some() && o.account_id == e.account_id) {
                    prop_assert_eq!(old.id, e.id);
                }
            }
            // Once there, nothing is left to do.
            let again = plan(&s, &second, &seats, &guests).unwrap();
            prop_assert!(again.put.is_empty() && again.remove.is_empty(), "{:?}", again);
        }
    }

    #[test]
    fn nobody_is_on_it_twice() {
        let s = sitting();
        assert_eq!(plan(&s, &[], &[seat(1), seat(1)], &[]).unwrap_err(), Twice::Seat(1));
        let same = Guest {
            account_id: Some(seat(1).account_id),
            ..guest(1)
        };
        assert_eq!(
            plan(&s, &[], &[seat(1)], &[guest(2), same]).unwrap_err(),
            Twice::Guest(1)
        );
    }

    #[test]
    fn a_guest_who_gets_a_phone_keeps_the_line() {
        let s = sitting();
        let (without, with) = (
            guest(1),
            Guest {
                account_id: Some(id(9, 3)),
                ..guest(1)
            },
        );
        let first = after(&[], &plan(&s, &[], &[], &[without]).unwrap());
        let second = after(&first, &plan(&s, &first, &[], &[with]).unwrap());
        assert_eq!(first[0].id, second[0].id);
        assert_eq!(second[0].account_id, Some(id(9, 3)));
    }

    #[test]
    fn pinyin_finds_people() {
        assert_eq!(pinyin_of("王芳"), "wangfang");
        assert_eq!(pinyin_of("李娜·K Li"), "linakli");
    }
}
