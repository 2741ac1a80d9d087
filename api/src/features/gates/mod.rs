//! Gates at the door, the codes that representatives show there, and what gates saw while they were offline.
//!
//! A gate is enrolled once with a one-time code and its own key. It takes a signed snapshot of a roster, checks
//! codes without a network, and uploads what it saw as signed events. The server believes nothing of an event but
//! what its three signatures prove: the gate's, the server's own under the credential, and the phone's under the
//! current step. Uploads merge as a set.

mod handlers;
mod rules;
mod store;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::text_enum;
use crate::web::Operations;

pub use store::Gate;

text_enum! {
    /// Whether a gate may work.
    GateState {
        /// Its enrolment code has not been used yet.
        Waiting = "waiting",
        /// Its enrolment code was not used in time.
        Expired = "expired",
        Enrolled = "enrolled",
        Revoked = "revoked",
    }
}

text_enum! {
    /// What became of one event of a gate.
    GateOutcome {
        /// The seat is present.
        Accepted = "accepted",
        /// The seat is present, and late.
        Late = "late",
        /// The seat is present though it has approved leave: somebody should look.
        OnLeave = "on_leave",
        /// The seat had signed in already.
        Duplicate = "duplicate",
        /// The event lacks a field or holds an impossible value; it was not kept.
        Malformed = "malformed",
        /// Not signed by this gate; it was not kept.
        BadSignature = "bad_signature",
        /// The code is not one of this platform.
        Unreadable = "unreadable",
        /// The credential was not issued by this server, or was changed.
        BadCredential = "bad_credential",
        /// The credential had been revoked, or the log-in it was made in had ended.
        CredentialRevoked = "credential_revoked",
        /// The credential was not good at that time.
        CredentialExpired = "credential_expired",
        /// The code was not made by the phone that the credential was issued to.
        UnknownDevice = "unknown_device",
        /// The code was not of that moment: a picture of a code, or a clock that is off.
        ProofExpired = "proof_expired",
        /// The event lies in the future: the gate's clock is off and its offset does not correct it.
        ClockWrong = "clock_wrong",
        /// The sitting did not take sign-ins at that time.
        OutsideSitting = "outside_sitting",
        /// The representative is not expected at this sitting.
        NotOnRoster = "not_on_roster",
        /// The seat is suspended.
        SeatSuspended = "seat_suspended",
        /// The number was used for another event; nothing was changed.
        SequenceConflict = "sequence_conflict",
    }
}

impl Gate {
    /// What the gate is now.
    pub fn state(&self, now: Ts) -> GateState {
        if self.revoked_at.is_some() {
            GateState::Revoked
        } else if self.enrolled_at.is_some() {
            GateState::Enrolled
        } else if self.enrol_expires_at.is_some_and(|until| now < until) {
            GateState::Waiting
        } else {
            GateState::Expired
        }
    }
}

impl Resource for Gate {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::gate(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}

/// A QR code of a link as an SVG picture.
pub fn qr_svg(text: &str) -> String {
    qrcode::QrCode::new(text.as_bytes())
        .map(|code| {
            code.render::<qrcode::render::svg::Color<'_>>()
                .min_dimensions(240, 240)
                .build()
        })
        // Only texts of more than 2,900 bytes do not fit into a code; links are far shorter.
        .unwrap_or_default()
}

/// Gates, their snapshots and events, and representatives' credentials.
pub fn routes(config: &mut impl Operations) {
    handlers::routes(config);
}
