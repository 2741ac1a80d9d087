//! What a seat's attendance is, from its record and what happened afterwards; counts and quorum. Pure.

use super::{AttendanceState, Method, MoveKind};
use crate::db::{Id, Ts};
use crate::features::congresses::QuorumRule;
use crate::features::meetings::{SeatClass, quorum_needed, quorum_reached};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A later fact about an attendance, in the order it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    pub id: Id,
    pub kind: MoveKind,
    pub at: Ts,
    pub method: Method,
}

/// Where a seat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Presence {
    /// When the seat first signed in; `None` when it did not, or when that was voided.
    pub first_at: Option<Ts>,
    /// Checked in and not checked out: only this counts for the quorum.
    pub in_room: bool,
    pub left_at: Option<Ts>,
}

/// Folds the record and its moves.
///
/// The earliest proven time wins, whatever the order in which gates upload. Whether somebody is in the room
/// is decided by the latest of leaving and coming back. Voiding forgets all that was before it.
pub fn presence(record: Option<Ts>, moves: &[Move]) -> Presence {
    let mut moves: Vec<&Move> = moves.iter().collect();
    moves.sort_by_key(|m| m.id);
    let mut first_at = record;
    let mut steps: Vec<(Ts, bool)> = vec![];
    for m in moves {
        match m.kind {
            MoveKind::Void => {
                first_at = None;
                steps.clear();
            }
            MoveKind::Earlier | MoveKind::Again => first_at = Some(first_at.map_or(m.at, |at| at.min(m.at))),
            MoveKind::Out => steps.push((m.at, false)),
            MoveKind::Back => steps.push((m.at, true)),
        }
    }
    let last = steps.into_iter().max_by_key(|(at, _)| *at);
    match (first_at, last) {
        (None, _) => Presence::default(),
        (Some(_), Some((left_at, false))) => Presence {
            first_at,
            in_room: false,
            left_at: Some(left_at),
        },
        (Some(_), _) => Presence {
            first_at,
            in_room: true,
            left_at: None,
        },
    }
}

/// The state people read. Before the close, who has not come is `expected`, after it `absent`.
pub fn state(presence: &Presence, late_after: Ts, suspended: bool, on_leave: bool, closed: bool) -> AttendanceState {
    match presence.first_at {
        _ if suspended => AttendanceState::Suspended,
        Some(at) if at > late_after => AttendanceState::Late,
        Some(_) => AttendanceState::Present,
        None if on_leave => AttendanceState::OnLeave,
        None if closed => AttendanceState::Absent,
        None => AttendanceState::Expected,
    }
}

/// How many of whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Voting seats on the roster (应到).
    pub voting_total: u32,
    /// Voting members in the room now (实到).
    pub voting_present: u32,
    /// Voting members who signed in at all, also those who left since.
    pub voting_signed: u32,
    /// People without vote (列席, 旁听) on the roster.
    pub attendee_total: u32,
    /// Of them in the room now.
    pub attendee_present: u32,
    pub late: u32,
    pub on_leave: u32,
    /// Absent without leave; counted after the close.
    pub absent: u32,
    pub suspended: u32,
    /// Open flags to judge.
    pub flags: u32,
}

/// Whether enough are present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quorum {
    pub rule: QuorumRule,
    /// All seats, also vacant ones: the fraction is of these, never of those present.
    pub total: u32,
    pub present: u32,
    pub needed: u32,
    pub reached: bool,
}

/// Counts one seat.
pub fn count(counts: &mut Counts, class: SeatClass, presence: &Presence, state: AttendanceState) {
    let voting = class == SeatClass::Voting;
    if voting {
        counts.voting_total += 1;
    } else {
        counts.attendee_total += 1;
    }
    if state == AttendanceState::Suspended {
        counts.suspended += 1;
        return;
    }
    if presence.in_room {
        *(if voting {
            &mut counts.voting_present
        } else {
            &mut counts.attendee_present
        }) += 1;
    }
    // The figures below are about those who have to come.
    if voting {
        counts.voting_signed += u32::from(presence.first_at.is_some());
        match state {
            AttendanceState::Late => counts.late += 1,
            AttendanceState::OnLeave => counts.on_leave += 1,
            AttendanceState::Absent => counts.absent += 1,
            _ => (),
        }
    }
}

/// The quorum of a sitting; `seats_total` is fixed when it opens, before that the roster counts.
pub fn quorum(rule: QuorumRule, seats_total: Option<i32>, counts: &Counts) -> Quorum {
    let total = seats_total.map_or(counts.voting_total, |n| n.max(0) as u32);
    let present = counts.voting_present;
    Quorum {
        rule,
        total,
        present,
        needed: quorum_needed(rule, total),
        reached: quorum_reached(rule, present, total),
    }
}

/// Metres between two places (haversine on a sphere; good to half a per cent).
pub fn distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half = |x: f64| (x / 2.0).sin().powi(2);
    let h = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half((b.1 - a.1).to_radians());
    2.0 * 6_371_000.0 * h.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(minutes: i64) -> Ts {
        Ts::from_millis(1_800_000_000_000).unwrap() + TimeDelta::minutes(minutes)
    }
    fn moved(kind: MoveKind, minutes: i64) -> Move {
        Move {
            id: Id::new(),
            kind,
            at: at(minutes),
            method: Method::Gate,
        }
    }

    proptest! {
        /// Gate scans are a set: neither order nor repetition changes when a seat arrived.
        #[test]
        fn scans_are_a_set(record in 0i64..100, scans in prop::collection::vec(0i64..100, 0..12), seed in any::<u64>()) {
            let mut shuffled: Vec<i64> = scans.iter().chain(&scans).copied().collect();
            let n = shuffled.len().max(1);
            for i in 0..shuffled.len() { shuffled.swap(i, (seed as usize).wrapping_mul(31).wrapping_add(i * 7) % n); }
            let fold = |s: &[i64]| presence(Some(at(record)), &s.iter().map(|m| moved(MoveKind::Earlier, *m)).collect::<Vec<_>>());
            prop_assert_eq!(fold(&scans), fold(&shuffled));
            let earliest = scans.iter().copied().chain([record]).min().unwrap();
            prop_assert_eq!(fold(&scans).first_at, Some(at(earliest)));
        }

        /// The latest of leaving and coming back decides, whatever the order of writing.
        #[test]
        fn the_last_step_decides(steps in prop::collection::vec((0i64..1000, any::<bool>()), 1..10)) {
            let mut steps = steps;
            steps.sort(); steps.dedup_by_key(|(t, _)| *t);
            let step = |(t, back): &(i64, bool)| moved(if *back { MoveKind::Back } else { MoveKind::Out }, *t);
            let written: Vec<Move> = steps.iter().map(step).collect();
            let written_backwards: Vec<Move> = steps.iter().rev().map(step).collect();
            let last = steps.last().unwrap().1;
            prop_assert_eq!(presence(Some(at(0)), &written).in_room, last);
            prop_assert_eq!(presence(Some(at(0)), &written_backwards), presence(Some(at(0)), &written));
        }

        /// Present never exceeds the roster, and every voting seat is counted exactly once.
        #[test]
        fn counts_add_up(seats in prop::collection::vec((0u8..3, any::<bool>(), any::<bool>(), prop::option::of(0i64..100), any::<bool>()), 0..60), closed in any::<bool>()) {
            let mut counts = Counts::default();
            let mut expected = 0;
            for (class, suspended, leave, signed, left) in &seats {
                let class = [SeatClass::Voting, SeatClass::Attendee, SeatClass::Observer][*class as usize];
                let moves = if *left { vec![moved(MoveKind::Out, 200)] } else { vec![] };
                let p = presence(signed.map(at), &moves);
                let s = state(&p, at(50), *suspended, *leave, closed);
                count(&mut counts, class, &p, s);
                expected += u32::from(class == SeatClass::Voting && s == AttendanceState::Expected);
            }
            prop_assert_eq!((counts.voting_total + counts.attendee_total) as usize, seats.len());
            prop_assert!(counts.voting_present <= counts.voting_signed);
            prop_assert!(counts.voting_signed <= counts.voting_total);
            let suspended_voting = seats.iter().filter(|s| s.0 == 0 && s.1).count() as u32;
            prop_assert_eq!(counts.voting_signed + counts.on_leave + counts.absent + expected + suspended_voting, counts.voting_total);
            prop_assert!(!closed || expected == 0);
        }
    }

    #[test]
    fn voiding_forgets_and_a_new_sign_in_counts() {
        let void = moved(MoveKind::Void, 10);
        assert_eq!(presence(Some(at(0)), std::slice::from_ref(&void)), Presence::default());
        let again = moved(MoveKind::Again, 20);
        let p = presence(Some(at(0)), &[void, again]);
        assert_eq!((p.first_at, p.in_room), (Some(at(20)), true));
    }

    #[test]
    fn late_is_after_the_minute() {
        let p = |minutes| presence(Some(at(minutes)), &[]);
        assert_eq!(state(&p(5), at(5), false, false, false), AttendanceState::Present);
        assert_eq!(state(&p(6), at(5), false, true, false), AttendanceState::Late);
        assert_eq!(state(&p(1), at(5), true, false, false), AttendanceState::Suspended);
        assert_eq!(
            state(&Presence::default(), at(5), false, true, true),
            AttendanceState::OnLeave
        );
    }

    #[test]
    fn distances_are_right() {
        // Tiananmen to the Great Hall of the People, about 450 m.
        let d = distance_m((39.9087, 116.3975), (39.9053, 116.3945));
        assert!((400.0..500.0).contains(&d), "{d}");
        assert_eq!(distance_m((30.0, 120.0), (30.0, 120.0)), 0.0);
    }
}
