//! The operations of gates: enrolment, snapshots, events, credentials.

mod credentials;
mod enrolment;
mod events;
mod snapshot;

use super::store::{self, Gate};
use crate::auth::{GateCaller, Keyring, sessions};
use crate::db::{DbConn, Id, Ts};
use crate::features::meetings::{self, Sitting};
use crate::web::Operations;
use crate::web::{ApiResult, ErrorCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub fn routes(config: &mut impl Operations) {
    config
        .service(enrolment::gate_list)
        .service(enrolment::gate_create)
        .service(enrolment::gate_enrol)
        .service(enrolment::gate_revoke)
        .service(snapshot::gate_sitting_list)
        .service(snapshot::gate_snapshot_get)
        .service(events::gate_event_create)
        .service(credentials::credential_create)
        .service(credentials::credential_revoke);
}

/// A public key of the server, for whoever checks what it signed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ServerKey {
    #[schema(example = "Zk3pQ9aB")]
    pub kid: String,
    /// Ed25519, 32 bytes in base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub key: String,
}

fn server_keys(keys: &Keyring) -> Vec<ServerKey> {
    let key = |(kid, key)| ServerKey { kid, key };
    keys.server_keys().into_iter().map(key).collect()
}

/// The gate that is calling, from the database and not from the token: a revoked one is refused at once.
fn live_gate(c: &mut DbConn, caller: &GateCaller, now: Ts) -> ApiResult<(Gate, [u8; 32])> {
    let gate = store::gate(c, caller.gate_id)?.ok_or(ErrorCode::GateRevoked)?;
    if gate.revoked_at.is_some() || !sessions::is_live(c, caller.session_id, now)? {
        return Err(ErrorCode::GateRevoked.into());
    }
    let key = gate.public_key.as_deref().and_then(|k| k.try_into().ok());
    let key = key.ok_or(ErrorCode::GateRevoked)?;
    Ok((gate, key))
}

/// A sitting of the gate's congress; of others the gate learns nothing.
fn sitting_of(c: &mut DbConn, gate: &Gate, id: Id) -> ApiResult<Sitting> {
    meetings::sitting(c, id)?
        .filter(|s| s.congress_id == gate.congress_id)
        .ok_or_else(|| ErrorCode::NotFound.into())
}
