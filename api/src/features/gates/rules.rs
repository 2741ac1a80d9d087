//! What a gate's event says and whether it is to be believed: bytes in, outcome out, no database and no clock.
//!
//! The checks are in two parts. [`check`] looks only at the event, the gate's key and the server's keys: it is
//! the costly part and runs outside the transaction. [`judge`] compares what was found with the state of the
//! credential, the sitting and the roster, and is cheap.

pub mod merge;

use super::GateOutcome;
use crate::db::{Id, Ts};
use crate::secrets::{b64, sha256, unb64};
use ed25519_dalek::{Signature, VerifyingKey};

/// Length of one step of a code, in seconds: a screenshot is worthless after the next.
pub const STEP_S: i64 = 15;
/// A code is taken this many steps early or late: scanning takes time, and clocks differ by seconds.
const STEPS_OFF: i64 = 1;
/// An event may lie this far in the future of the server; more means that the gate's clock is not corrected.
const AHEAD_MS: i64 = 120_000;
/// Longest text of a code that is looked at; a good one has 300 characters.
const CODE_CHARS: usize = 512;

const CREDENTIAL_PREFIX: &[u8] = b"lvzhi-credential-v1\0";
const PROOF_PREFIX: &[u8] = b"lvzhi-proof-v1\0";
const VERSION: u8 = 1;
const BODY: usize = 89;
const CREDENTIAL: usize = BODY + 64;
const PROOF: usize = 4 + 64;

/// What the server vouches for: this seat, in this term, shows codes with this phone's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub id: Id,
    pub representative_id: Id,
    pub term_id: Id,
    pub device_key: [u8; 32],
    /// Seconds since 1970; good from this second on.
    pub not_before: u32,
    /// Seconds since 1970; no longer good from this second on.
    pub not_after: u32,
}

impl Credential {
    /// The bytes that travel, without the signature.
    pub fn body(&self) -> [u8; BODY] {
        let mut out = [0; BODY];
        out[0] = VERSION;
        out[1..17].copy_from_slice(self.id.bytes());
        out[17..33].copy_from_slice(self.representative_id.bytes());
        out[33..49].copy_from_slice(self.term_id.bytes());
        out[49..81].copy_from_slice(&self.device_key);
        out[81..85].copy_from_slice(&self.not_before.to_be_bytes());
        out[85..89].copy_from_slice(&self.not_after.to_be_bytes());
        out
    }

    /// What the server signs: the bytes that travel, behind the name of their purpose.
    pub fn message(body: &[u8; BODY]) -> Vec<u8> {
        [CREDENTIAL_PREFIX, body].concat()
    }

    /// The text a phone keeps and puts into its codes.
    pub fn text(body: &[u8; BODY], signature: &[u8; 64]) -> String {
        b64(&[body.as_slice(), signature].concat())
    }

    fn parse(body: &[u8; BODY]) -> Option<Credential> {
        if body[0] != VERSION {
            return None;
        }
        let id = |from: usize| Id(uuid::Uuid::from_bytes(array(&body[from..from + 16])));
        Some(Credential {
            id: id(1),
            representative_id: id(17),
            term_id: id(33),
            device_key: array(&body[49..81]),
            not_before: u32::from_be_bytes(array(&body[81..85])),
            not_after: u32::from_be_bytes(array(&body[85..89])),
        })
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the caller cut N bytes")
}

/// The text of a QR code, taken apart; nothing in it is proved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub credential: Credential,
    body: [u8; BODY],
    signature: [u8; 64],
    step: u32,
    proof: [u8; 64],
}

impl Code {
    /// `LZ1.<credential>.<proof>`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Code> {
        if text.len() > CODE_CHARS {
            return None;
        }
        let (credential, proof) = text.strip_prefix("LZ1.")?.split_once('.')?;
        let credential = unb64(credential).filter(|b| b.len() == CREDENTIAL)?;
        let proof = unb64(proof).filter(|b| b.len() == PROOF)?;
        let body = array(&credential[..BODY]);
        Some(Code {
            credential: Credential::parse(&body)?,
            body,
            signature: array(&credential[BODY..]),
            step: u32::from_be_bytes(array(&proof[..4])),
            proof: array(&proof[4..]),
        })
    }

    /// True when the phone that the credential was issued to made the proof.
    fn proved(&self) -> bool {
        let message = proof_message(self.credential.id, self.step);
        signed_by(&self.credential.device_key, &message, &self.proof)
    }
}

/// What a phone signs for one step.
pub fn proof_message(credential: Id, step: u32) -> Vec<u8> {
    [PROOF_PREFIX, credential.bytes(), &step.to_be_bytes()].concat()
}

/// A key of 32 bytes in base64url that can check signatures. Weak keys, for which one signature fits many
/// messages, are none.
pub fn public_key(text: &str) -> Option<[u8; 32]> {
    let bytes: [u8; 32] = unb64(text)?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok().filter(|k| !k.is_weak())?;
    Some(bytes)
}

fn signed_by(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify_strict(message, &signature).is_ok()
}

/// One scan as a gate uploads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub seq: i64,
    /// The gate's own clock.
    pub scanned_at_ms: i64,
    /// What the gate thinks the server's clock is ahead of its own.
    pub clock_offset_ms: i64,
    pub code: String,
    /// Base64url of 64 bytes.
    pub signature: String,
}

impl Event {
    /// What the gate signs. The code stands last, so nothing in it can look like another field.
    pub fn message(&self, gate: Id, sitting: Id) -> String {
        let Event {
            seq,
            scanned_at_ms,
            clock_offset_ms,
            code,
            ..
        } = self;
        format!("lvzhi-gate-event-v1\n{gate}\n{seq}\n{sitting}\n{scanned_at_ms}\n{clock_offset_ms}\n{code}")
    }
}

/// What the event alone tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub seq: i64,
    /// Tells a repetition from another event with the same number.
    pub hash: [u8; 32],
    /// The gate's own clock.
    pub scanned_at: Ts,
    pub clock_offset_ms: i64,
    /// When it happened by the server's clock: the gate's time corrected by its offset.
    pub at: Ts,
    /// The scan, or why there is none.
    pub scan: Result<Scan, GateOutcome>,
}

impl Checked {
    /// True when the gate itself said it. What anybody could have made up leaves no trace, or it would take
    /// the number of a true event.
    pub fn is_from_gate(&self) -> bool {
        self.scan != Err(GateOutcome::BadSignature)
    }
}

/// A credential with a good signature of the server, and what its proof is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    pub credential_id: Id,
    pub representative_id: Id,
    not_before: i64,
    not_after: i64,
    proof: Result<(), GateOutcome>,
}

/// The part that needs keys only. `None` when the times are no times; `server_signed` tells whether a server
/// key signed a message.
pub fn check(
    event: &Event,
    gate: Id,
    gate_key: &[u8; 32],
    sitting: Id,
    server_signed: impl Fn(&[u8], &[u8]) -> bool,
) -> Option<Checked> {
    let message = event.message(gate, sitting);
    let scanned_at = Ts::from_millis(event.scanned_at_ms)?;
    let at = Ts::from_millis(event.scanned_at_ms.checked_add(event.clock_offset_ms)?)?;
    let scan = || {
        let signature = unb64(&event.signature).ok_or(GateOutcome::BadSignature)?;
        if !signed_by(gate_key, message.as_bytes(), &signature) {
            return Err(GateOutcome::BadSignature);
        }
        let code = Code::parse(&event.code).ok_or(GateOutcome::Unreadable)?;
        if !server_signed(&Credential::message(&code.body), &code.signature) {
            return Err(GateOutcome::BadCredential);
        }
        let proof = if !code.proved() {
            Err(GateOutcome::UnknownDevice)
        } else if (i64::from(code.step) - at.secs().div_euclid(STEP_S)).abs() > STEPS_OFF {
            Err(GateOutcome::ProofExpired)
        } else {
            Ok(())
        };
        Ok(Scan {
            credential_id: code.credential.id,
            representative_id: code.credential.representative_id,
            not_before: code.credential.not_before.into(),
            not_after: code.credential.not_after.into(),
            proof,
        })
    };
    Some(Checked {
        seq: event.seq,
        hash: sha256(format!("{message}\n{}", event.signature).as_bytes()),
        scanned_at,
        clock_offset_ms: event.clock_offset_ms,
        at,
        scan: scan(),
    })
}

/// When the sitting took sign-ins.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub opened_at: Option<Ts>,
    pub closed_at: Option<Ts>,
    pub late_after: Ts,
}

/// A credential as the database knows it.
#[derive(Debug, Clone, Copy)]
pub struct Issued {
    /// When it was revoked, itself or with the log-in it was made in.
    pub revoked_at: Option<Ts>,
}

/// A seat on the roster.
#[derive(Debug, Clone, Copy)]
pub struct Seat {
    pub entry_id: Id,
    pub suspended: bool,
    pub on_leave: bool,
}

/// What a checked event means for the sitting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The seat is present; `outcome` holds if this is its first sign-in.
    Present {
        entry_id: Id,
        outcome: GateOutcome,
    },
    Refused {
        entry_id: Option<Id>,
        outcome: GateOutcome,
    },
}

/// The part that needs the state. A late upload is judged by when the scan happened, so an event that arrives
/// after the sitting closed counts if it was made before.
pub fn judge(
    checked: &Checked,
    issued: Option<&Issued>,
    seat: Option<&Seat>,
    window: &Window,
    received: Ts,
) -> Verdict {
    let at = checked.at;
    let refused = |outcome| Verdict::Refused {
        entry_id: None,
        outcome,
    };
    let scan = match &checked.scan {
        Ok(scan) => scan,
        Err(outcome) => return refused(*outcome),
    };
    if issued.is_none_or(|i| i.revoked_at.is_some_and(|revoked| revoked <= at)) {
        return refused(GateOutcome::CredentialRevoked);
    }
    if !(scan.not_before..scan.not_after).contains(&at.secs()) {
        return refused(GateOutcome::CredentialExpired);
    }
    if let Err(outcome) = scan.proof {
        return refused(outcome);
    }
    if at.millis() - received.millis() > AHEAD_MS {
        return refused(GateOutcome::ClockWrong);
    }
    if window.opened_at.is_none_or(|opened| at < opened) || window.closed_at.is_some_and(|closed| at > closed) {
        return refused(GateOutcome::OutsideSitting);
    }
    let Some(seat) = seat else {
        return refused(GateOutcome::NotOnRoster);
    };
    if seat.suspended {
        return Verdict::Refused {
            entry_id: Some(seat.entry_id),
            outcome: GateOutcome::SeatSuspended,
        };
    }
    let outcome = if seat.on_leave {
        GateOutcome::OnLeave
    } else if at > window.late_after {
        GateOutcome::Late
    } else {
        GateOutcome::Accepted
    };
    Verdict::Present {
        entry_id: seat.entry_id,
        outcome,
    }
}

#[cfg(test)]
mod tests;
