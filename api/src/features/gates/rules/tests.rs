//! Every outcome from bytes made by hand, and that no changed bit passes.

use super::merge::{Arrival, Known, Step, earliest, sort_out};
use super::*;
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

const NOW: i64 = 1_772_413_500;

struct Scene {
    server: SigningKey,
    phone: SigningKey,
    gate: SigningKey,
    gate_id: Id,
    sitting: Id,
    credential: Credential,
}

fn scene() -> Scene {
    let key = |n: u8| SigningKey::from_bytes(&[n; 32]);
    let id = |n: u8| Id(uuid::Uuid::from_bytes([n; 16]));
    Scene {
        server: key(1),
        phone: key(2),
        gate: key(3),
        gate_id: id(4),
        sitting: id(5),
        credential: Credential {
            id: id(6),
            representative_id: id(7),
            term_id: id(8),
            device_key: key(2).verifying_key().to_bytes(),
            not_before: (NOW - 300) as u32,
            not_after: (NOW + 43_200) as u32,
        },
    }
}

fn ts(secs: i64) -> Ts {
    Ts::from_millis(secs * 1_000).unwrap()
}

impl Scene {
    fn code_by(&self, phone: &SigningKey, at: i64) -> String {
        let body = self.credential.body();
        let signature = self.server.sign(&Credential::message(&body)).to_bytes();
        let step = (at / STEP_S) as u32;
        let proof = phone.sign(&proof_message(self.credential.id, step)).to_bytes();
        let proof = [step.to_be_bytes().as_slice(), &proof].concat();
        format!("LZ1.{}.{}", Credential::text(&body, &signature), b64(&proof))
    }

    fn event(&self, at: i64, offset_ms: i64, code: String) -> Event {
        let event = Event {
            seq: 1,
            scanned_at_ms: at * 1_000,
            clock_offset_ms: offset_ms,
            code,
            signature: String::new(),
        };
        let signature = self.gate.sign(event.message(self.gate_id, self.sitting).as_bytes());
        Event {
            signature: b64(&signature.to_bytes()),
            ..event
        }
    }

    fn good(&self, at: i64) -> Event {
        self.event(at, 0, self.code_by(&self.phone, at))
    }

    fn check(&self, event: &Event) -> Option<Checked> {
        let gate_key = self.gate.verifying_key().to_bytes();
        let server = self.server.verifying_key().to_bytes();
        check(event, self.gate_id, &gate_key, self.sitting, |m, s| {
            signed_by(&server, m, s)
        })
    }

    fn judge(&self, event: &Event) -> Verdict {
        judge(
            &self.check(event).unwrap(),
            Some(&FRESH),
            Some(&seat()),
            &window(),
            ts(NOW + 1),
        )
    }

    fn outcome(&self, event: &Event) -> GateOutcome {
        outcome(self.judge(event))
    }
}

const FRESH: Issued = Issued { revoked_at: None };

fn seat() -> Seat {
    Seat {
        entry_id: Id(uuid::Uuid::from_bytes([9; 16])),
        suspended: false,
        on_leave: false,
    }
}

fn window() -> Window {
    Window {
        opened_at: Some(ts(NOW - 1_800)),
        closed_at: None,
        late_after: ts(NOW),
    }
}

fn outcome(verdict: Verdict) -> GateOutcome {
    match verdict {
        Verdict::Present { outcome, .. } | Verdict::Refused { outcome, .. } => outcome,
    }
}

#[test]
fn a_credential_has_153_bytes_and_a_code_300_characters() {
    let s = scene();
    let code = s.code_by(&s.phone, NOW);
    assert_eq!(code.len(), 300);
    assert_eq!(unb64(code.split('.').nth(1).unwrap()).unwrap().len(), 153);
    assert_eq!(unb64(code.split('.').nth(2).unwrap()).unwrap().len(), 68);
    assert_eq!(Code::parse(&code).unwrap().credential, s.credential);
}

#[test]
fn a_true_code_is_accepted_and_later_it_is_late() {
    let s = scene();
    let present = |outcome| Verdict::Present {
        entry_id: seat().entry_id,
        outcome,
    };
    assert_eq!(s.judge(&s.good(NOW)), present(GateOutcome::Accepted));
    assert_eq!(s.judge(&s.good(NOW + 1)), present(GateOutcome::Late));
    let checked = s.check(&s.good(NOW)).unwrap();
    let away = Seat {
        on_leave: true,
        ..seat()
    };
    let verdict = judge(&checked, Some(&FRESH), Some(&away), &window(), ts(NOW));
    assert_eq!(verdict, present(GateOutcome::OnLeave));
}

#[test]
fn a_code_lives_for_one_step_around_its_own() {
    let s = scene();
    let code = s.code_by(&s.phone, NOW);
    for (off, wanted) in [
        (-16, GateOutcome::ProofExpired),
        (-15, GateOutcome::Accepted),
        (0, GateOutcome::Accepted),
        (29, GateOutcome::Late),
        (30, GateOutcome::ProofExpired),
    ] {
        // NOW stands at the beginning of a step.
        assert_eq!(s.outcome(&s.event(NOW + off, 0, code.clone())), wanted, "{off}");
    }
}

#[test]
fn clocks_three_minutes_off() {
    let s = scene();
    for off in [-180, 180] {
        // The gate is off and knows it.
        let corrected = s.event(NOW + off, -off * 1_000, s.code_by(&s.phone, NOW));
        assert_eq!(s.outcome(&corrected), GateOutcome::Accepted);
        // The phone is off.
        assert_eq!(
            s.outcome(&s.event(NOW, 0, s.code_by(&s.phone, NOW + off))),
            GateOutcome::ProofExpired
        );
    }
    // Both are ahead by the same and nobody corrects it.
    assert_eq!(s.outcome(&s.good(NOW + 180)), GateOutcome::ClockWrong);
}

#[test]
fn what_is_not_signed_by_whom_it_should_be_is_refused() {
    let s = scene();
    let mut other = s.good(NOW);
    other.seq = 2;
    assert_eq!(s.outcome(&other), GateOutcome::BadSignature);
    assert!(!s.check(&other).unwrap().is_from_gate());
    other.signature = "no base64!".into();
    assert_eq!(s.outcome(&other), GateOutcome::BadSignature);
    let stranger = SigningKey::from_bytes(&[77; 32]);
    assert_eq!(
        s.outcome(&s.event(NOW, 0, s.code_by(&stranger, NOW))),
        GateOutcome::UnknownDevice
    );
    let forged = Scene {
        server: stranger,
        ..scene()
    };
    let code = forged.code_by(&forged.phone, NOW);
    assert_eq!(s.outcome(&s.event(NOW, 0, code)), GateOutcome::BadCredential);
    for text in [
        "",
        "LZ1.",
        "LZ1..",
        "LZ2.a.b",
        "https://example.com/c/abc",
        &"LZ1.".repeat(1_000),
    ] {
        assert_eq!(
            s.outcome(&s.event(NOW, 0, text.to_owned())),
            GateOutcome::Unreadable,
            "{text}"
        );
    }
}

#[test]
fn the_state_decides_what_signatures_cannot() {
    let s = scene();
    let checked = s.check(&s.good(NOW)).unwrap();
    let with = |issued: Option<Issued>, seat: Option<Seat>, window: Window| {
        outcome(judge(&checked, issued.as_ref(), seat.as_ref(), &window, ts(NOW + 1)))
    };
    let revoked = |at| {
        Some(Issued {
            revoked_at: Some(ts(at)),
        })
    };
    assert_eq!(with(None, Some(seat()), window()), GateOutcome::CredentialRevoked);
    assert_eq!(
        with(revoked(NOW), Some(seat()), window()),
        GateOutcome::CredentialRevoked
    );
    assert_eq!(with(revoked(NOW + 1), Some(seat()), window()), GateOutcome::Accepted);
    assert_eq!(with(Some(FRESH), None, window()), GateOutcome::NotOnRoster);
    let suspended = Seat {
        suspended: true,
        ..seat()
    };
    assert_eq!(with(Some(FRESH), Some(suspended), window()), GateOutcome::SeatSuspended);
    for (opened_at, closed_at, wanted) in [
        (None, None, GateOutcome::OutsideSitting),
        (Some(NOW + 1), None, GateOutcome::OutsideSitting),
        (Some(NOW), Some(NOW), GateOutcome::Accepted),
        (Some(NOW - 9), Some(NOW - 1), GateOutcome::OutsideSitting),
    ] {
        let window = Window {
            opened_at: opened_at.map(ts),
            closed_at: closed_at.map(ts),
            ..window()
        };
        assert_eq!(with(Some(FRESH), Some(seat()), window), wanted);
    }
}

#[test]
fn a_credential_is_good_from_its_first_second_to_before_its_last() {
    let s = scene();
    let (from, until) = (i64::from(s.credential.not_before), i64::from(s.credential.not_after));
    let at = |at: i64| {
        let checked = s.check(&s.good(at)).unwrap();
        outcome(judge(&checked, Some(&FRESH), Some(&seat()), &window(), ts(at)))
    };
    assert_eq!(at(from - 1), GateOutcome::CredentialExpired);
    assert_eq!(at(from), GateOutcome::Accepted);
    assert_eq!(at(until - 1), GateOutcome::Late);
    assert_eq!(at(until), GateOutcome::CredentialExpired);
}

#[test]
fn impossible_times_are_no_event() {
    let s = scene();
    for (at, offset) in [
        (i64::MAX, 0),
        (i64::MAX, 1),
        (0, i64::MIN),
        (-1, 0),
        (NOW * 1_000, i64::MAX),
    ] {
        let event = Event {
            scanned_at_ms: at,
            clock_offset_ms: offset,
            ..s.good(NOW)
        };
        assert_eq!(s.check(&event), None);
    }
}

#[test]
fn weak_and_wrong_keys_are_no_keys() {
    assert!(public_key(&b64(&SigningKey::from_bytes(&[2; 32]).verifying_key().to_bytes())).is_some());
    let identity = [[1u8].as_slice(), &[0; 31]].concat();
    let no_point = [[2u8].as_slice(), &[0; 31]].concat();
    for bad in [&identity, &no_point, &vec![0; 32], &vec![7; 31], &vec![7; 33]] {
        assert_eq!(public_key(&b64(bad)), None, "{bad:?}");
    }
}

#[test]
fn one_number_one_event() {
    let s = scene();
    let good = s.check(&s.good(NOW));
    let other = s.check(&s.good(NOW + 15));
    let forged = s.check(&Event {
        clock_offset_ms: 5,
        ..s.good(NOW)
    });
    let upload = [None, forged.clone(), good.clone(), good.clone(), other.clone()];
    let fresh = [Step::Strange, Step::Strange, Step::Fresh, Step::Same(2), Step::Conflict];
    assert_eq!(sort_out(&upload, &HashMap::new()), fresh);
    let known = Known {
        hash: good.as_ref().unwrap().hash,
        entry_id: None,
        outcome: GateOutcome::Late,
    };
    let step = Step::Repeated(known);
    assert_eq!(
        sort_out(&upload, &HashMap::from([(1, known)])),
        [Step::Strange, Step::Conflict, step, step, Step::Conflict]
    );
}

/// The whole merge without a database: what uploads leave behind.
#[derive(Default, Debug, PartialEq)]
struct Model {
    events: BTreeMap<i64, [u8; 32]>,
    seats: BTreeMap<Id, Ts>,
}

impl Model {
    fn upload(&mut self, events: &[(Id, Checked)]) {
        let known = |(seq, hash): (&i64, &[u8; 32])| {
            let known = Known {
                hash: *hash,
                entry_id: None,
                outcome: GateOutcome::Accepted,
            };
            (*seq, known)
        };
        let known = self.events.iter().map(known).collect();
        let checked: Vec<_> = events.iter().map(|(_, e)| Some(e.clone())).collect();
        let mut arrivals = vec![];
        for (index, step) in sort_out(&checked, &known).iter().enumerate() {
            let (entry, event) = &events[index];
            if *step == Step::Fresh {
                self.events.insert(event.seq, event.hash);
                let (at, seq) = (event.at, event.seq);
                arrivals.push((*entry, Arrival { at, seq, index }));
            }
        }
        for (entry, arrival) in earliest(arrivals) {
            let at = self.seats.entry(entry).or_insert(arrival.at);
            *at = (*at).min(arrival.at);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_flipped_bit_of_a_code_is_refused(bit in 0usize..(153 + 68) * 8) {
        let s = scene();
        let code = s.code_by(&s.phone, NOW);
        let mut parts = code.split('.').skip(1).map(|p| unb64(p).unwrap());
        let (mut credential, mut proof) = (parts.next().unwrap(), parts.next().unwrap());
        match bit.checked_sub(153 * 8) {
            None => credential[bit / 8] ^= 1 << (bit % 8),
            Some(bit) => proof[bit / 8] ^= 1 << (bit % 8),
        }
        let flipped = format!("LZ1.{}.{}", b64(&credential), b64(&proof));
        let found = s.outcome(&s.event(NOW, 0, flipped));
        let refused = [GateOutcome::Unreadable, GateOutcome::BadCredential, GateOutcome::UnknownDevice];
        prop_assert!(refused.contains(&found), "{found}");
    }

    #[test]
    fn any_flipped_bit_of_an_event_is_refused(byte in 0usize..300, bit in 0u32..7, field in 0u8..5) {
        let s = scene();
        let mut event = s.good(NOW);
        match field {
            0 => event.seq ^= 1 << bit,
            1 => event.scanned_at_ms ^= 1 << bit,
            2 => event.clock_offset_ms ^= 1 << bit,
            3 => {
                let mut code = event.code.into_bytes();
                code[byte] ^= 1 << bit;
                event.code = String::from_utf8(code).unwrap();
            }
            _ => {
                let mut signature = unb64(&event.signature).unwrap();
                signature[byte % 64] ^= 1 << bit;
                event.signature = b64(&signature);
            }
        }
        prop_assert_eq!(s.outcome(&event), GateOutcome::BadSignature);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "(LZ1\\.)?[A-Za-z0-9_.-]{0,320}") {
        let s = scene();
        prop_assert_eq!(s.outcome(&s.event(NOW, 0, text)), GateOutcome::Unreadable);
    }

    #[test]
    fn order_repeats_and_cuts_of_uploads_do_not_matter(
        scans in prop::collection::vec((0u8..6, 0i64..100), 1..20),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        cut in 1usize..7,
    ) {
        let event = |(n, (seat, at)): (usize, &(u8, i64))| {
            let checked = Checked {
                seq: n as i64,
                hash: sha256(&n.to_be_bytes()),
                scanned_at: ts(NOW + at),
                clock_offset_ms: 0,
                at: ts(NOW + at),
                scan: Err(GateOutcome::Unreadable),
            };
            (Id(uuid::Uuid::from_bytes([*seat; 16])), checked)
        };
        let events: Vec<_> = scans.iter().enumerate().map(event).collect();
        let mut once = Model::default();
        once.upload(&events);
        // Any events first, any number of times; then all of them, backwards.
        let mut shuffled: Vec<_> = picks.iter().map(|i| i.get(&events).clone()).collect();
        shuffled.extend(events.iter().rev().cloned());
        let mut often = Model::default();
        shuffled.chunks(cut).for_each(|upload| often.upload(upload));
        prop_assert_eq!(once, often);
    }
}
