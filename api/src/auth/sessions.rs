//! Sessions: a family of rotating refresh tokens on one device, with short access tokens beside them.

use super::access::Role;
use super::caller::{Claims, TokenKind};
use super::keys::Keyring;
use super::store::{self, SessionRow};
use crate::config::AuthConfig;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::secrets::{b64, random_bytes, same, sha256, unb64};
use crate::web::{ApiError, ApiResult, ErrorCode};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An old refresh token is taken once more this long after its rotation: the answer may have been lost on the way.
const GRACE: TimeDelta = TimeDelta::seconds(20);

/// The device a person or gate logs in from.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: String,
    pub name: String,
}

/// What a successful log-in gives.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// Sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// Seconds until the access token ends.
    pub access_expires_in_s: i64,
    /// Good for one refresh; each refresh gives the next.
    pub refresh_token: String,
    pub session_id: Id,
    /// The account, or the gate.
    pub account_id: Id,
    pub name: String,
    pub roles: Vec<GrantedRole>,
    /// The server's time, for phones whose clock is off.
    pub server_time: Ts,
}

/// A role in a congress.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GrantedRole {
    pub role: Role,
    pub congress_id: Id,
}

/// Whose session it is.
#[derive(Debug, Clone, Copy)]
pub enum Owner {
    Account(Id),
    Gate(Id),
}

/// Opens a session and gives its first tokens.
pub fn open(
    c: &mut DbConn,
    keys: &Keyring,
    config: &AuthConfig,
    owner: Owner,
    device: &Device,
    now: Ts,
) -> ApiResult<Tokens> {
    let secret = random_bytes::<32>();
    let row = SessionRow {
        id: Id::new(),
        account_id: if let Owner::Account(id) = owner { Some(id) } else { None },
        gate_id: if let Owner::Gate(id) = owner { Some(id) } else { None },
        device_id: device.id.clone(),
        device_name: device.name.clone(),
        refresh_hash: sha256(&secret).to_vec(),
        previous_hash: None,
        rotated_at: now,
        created_at: now,
        expires_at: now + TimeDelta::days(config.refresh_days),
        revoked_at: None,
        revoked_reason: None,
    };
    store::session_insert(c, &row)?;
    tokens(c, keys, config, &row, &secret, now)
}

/// What became of a refresh token.
pub enum Refreshed {
    Tokens(Box<Tokens>),
    /// Somebody used a token that was already rotated: the session was ended. The caller audits it.
    Reused {
        session_id: Id,
        owner: Option<Owner>,
    },
}

/// Rotates a refresh token.
pub fn refresh(c: &mut DbConn, keys: &Keyring, config: &AuthConfig, token: &str, now: Ts) -> ApiResult<Refreshed> {
    let bytes = unb64(token)
        .filter(|b| b.len() == 48)
        .ok_or(ErrorCode::SessionRevoked)?;
    let (id, secret) = bytes.split_at(16);
    let id = Id(uuid::Uuid::from_slice(id).expect("16 bytes"));
    let old = store::session(c, id)?.ok_or(ErrorCode::SessionRevoked)?;
    if old.revoked_at.is_some() || old.expires_at <= now {
        return Err(ErrorCode::SessionRevoked.into());
    }
    let hash = sha256(secret).to_vec();
    let current = same(&hash, &old.refresh_hash);
    let lost_answer = old.previous_hash.as_deref().is_some_and(|p| same(p, &hash)) && now - old.rotated_at <= GRACE;
    if !current && !lost_answer {
        store::session_revoke(c, id, "refresh_token_reused", now)?;
        let owner = old.account_id.map(Owner::Account).or(old.gate_id.map(Owner::Gate));
        return Ok(Refreshed::Reused { session_id: id, owner });
    }
    let next = random_bytes::<32>();
    let row = SessionRow {
        refresh_hash: sha256(&next).to_vec(),
        previous_hash: Some(hash),
        // The grace is not prolonged by using it.
        rotated_at: if current { now } else { old.rotated_at },
        expires_at: now + TimeDelta::days(config.refresh_days),
        ..old.clone()
    };
    if !store::session_rotate(c, id, &old.refresh_hash, &row)? {
        return Err(ApiError::new(ErrorCode::Conflict).retry_after(1));
    }
    Ok(Refreshed::Tokens(Box::new(tokens(c, keys, config, &row, &next, now)?)))
}

fn tokens(
    c: &mut DbConn,
    keys: &Keyring,
    config: &AuthConfig,
    row: &SessionRow,
    secret: &[u8],
    now: Ts,
) -> ApiResult<Tokens> {
    let (kind, sub, found, roles) = match (row.account_id, row.gate_id) {
        (Some(account), _) => (
            TokenKind::Person,
            account,
            store::account_name(c, account)?,
            store::grants_of(c, account)?,
        ),
        (None, Some(gate)) => (TokenKind::Gate, gate, store::gate_name(c, gate)?, vec![]),
        (None, None) => return Err(ErrorCode::SessionRevoked.into()),
    };
    let Some((name, None)) = found else {
        return Err(ErrorCode::SessionRevoked.into());
    };
    let exp = (now + TimeDelta::minutes(config.access_minutes)).secs();
    let claims = Claims {
        sub,
        sid: row.id,
        did: row.device_id.clone(),
        kind,
        iat: now.secs(),
        exp,
    };
    Ok(Tokens {
        access_token: keys.sign_access(&claims),
        access_expires_in_s: config.access_minutes * 60,
        refresh_token: b64(&[row.id.bytes().as_slice(), secret].concat()),
        session_id: row.id,
        account_id: sub,
        name,
        roles: roles
            .into_iter()
            .map(|(congress_id, role)| GrantedRole { role, congress_id })
            .collect(),
        server_time: now,
    })
}

/// A session as its owner sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    pub id: Id,
    pub device_name: String,
    pub created_at: Ts,
    /// When its tokens were last refreshed.
    pub used_at: Ts,
    pub expires_at: Ts,
    /// The session of this very request.
    pub current: bool,
}

/// The live sessions of an account.
pub fn list(c: &mut DbConn, account: Id, current: Id) -> QueryResult<Vec<SessionView>> {
    let view = |s: SessionRow| SessionView {
        current: s.id == current,
        id: s.id,
        device_name: s.device_name,
        created_at: s.created_at,
        used_at: s.rotated_at,
        expires_at: s.expires_at,
    };
    Ok(store::sessions_of_account(c, account)?.into_iter().map(view).collect())
}

/// Ends one session of an account; false when it is not theirs or has ended.
pub fn revoke(c: &mut DbConn, account: Id, session: Id, reason: &str, now: Ts) -> QueryResult<bool> {
    let theirs = store::session(c, session)?.is_some_and(|s| s.account_id == Some(account));
    Ok(theirs && store::session_revoke(c, session, reason, now)?)
}

/// Ends every session of an account.
pub fn revoke_all_of_account(c: &mut DbConn, account: Id, reason: &str, now: Ts) -> QueryResult<usize> {
    store::revoke_all(c, Some(account), None, reason, now)
}

/// Ends every session of a gate.
pub fn revoke_all_of_gate(c: &mut DbConn, gate: Id, reason: &str, now: Ts) -> QueryResult<usize> {
    store::revoke_all(c, None, Some(gate), reason, now)
}

/// True while the session is live.
pub fn is_live(c: &mut DbConn, session: Id, now: Ts) -> QueryResult<bool> {
    Ok(store::session(c, session)?.is_some_and(|s| s.revoked_at.is_none() && s.expires_at > now))
}
