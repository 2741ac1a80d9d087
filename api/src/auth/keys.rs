//! Signing keys in the database, sealed by the master secret: they rotate by `kid` without a restart.
//!
//! Access tokens are HS256: issuer and verifier are the same program, and a check costs 1.3 µs against
//! 52 µs for EdDSA and 336 µs for ES256 (measured with `rust_crypto`), which is what lets a whole hall
//! sign in at once. What others must be able to check (credentials, snapshots, certificates, seals) is Ed25519.

use super::caller::Claims;
use super::store::{self, SigningKeyRow};
use crate::clock::Clock;
use crate::db::{Db, DbError};
use crate::secrets::{Secrets, b64, random_bytes, random_token};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, RwLock};

/// Purposes in the table `signing_keys`.
pub const ACCESS: &str = "access";
pub const SERVER: &str = "server";

/// The keys in force; clones share them.
#[derive(Clone)]
pub struct Keyring {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    secrets: Secrets,
    clock: Clock,
    keys: RwLock<Arc<Keys>>,
    /// Second of the last reload: an unknown `kid` must not let strangers make us read the database.
    reloaded_at: AtomicI64,
}

struct Keys {
    access_kid: String,
    access_key: EncodingKey,
    access: HashMap<String, DecodingKey>,
    server_kid: String,
    server_key: SigningKey,
    server: HashMap<String, VerifyingKey>,
    validation: Validation,
}

/// Why a token is not good.
#[derive(Debug, PartialEq)]
pub enum BadToken {
    Invalid,
    Expired,
    UnknownKey,
}

impl Keyring {
    /// Loads the keys, making the first ones.
    pub async fn open(db: &Db, secrets: &Secrets, clock: &Clock) -> Result<Keyring, DbError> {
        let keys = load(db, secrets, clock).await?;
        let inner = Inner {
            db: db.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            keys: RwLock::new(Arc::new(keys)),
            reloaded_at: AtomicI64::new(clock.now().secs()),
        };
        Ok(Keyring { inner: Arc::new(inner) })
    }

    fn keys(&self) -> Arc<Keys> {
        self.inner.keys.read().expect("no panic under this lock").clone()
    }

    /// Reads the keys again, at most once a second.
    pub async fn reload(&self) -> Result<(), DbError> {
        let now = self.inner.clock.now().secs();
        if self.inner.reloaded_at.swap(now, Ordering::Relaxed) != now {
            let keys = load(&self.inner.db, &self.inner.secrets, &self.inner.clock).await?;
            *self.inner.keys.write().expect("no panic under this lock") = Arc::new(keys);
        }
        Ok(())
    }

    /// Makes a new key for `purpose`; the older ones stay good for what they signed.
    pub async fn rotate(&self, purpose: &'static str) -> Result<String, DbError> {
        let row = fresh(purpose, &self.inner.secrets, &self.inner.clock);
        let kid = row.kid.clone();
        self.inner
            .db
            .write(move |c| store::signing_key_insert(c, &row).map_err(DbError::from))
            .await?;
        self.inner.reloaded_at.store(0, Ordering::Relaxed);
        self.reload().await?;
        Ok(kid)
    }

    pub fn sign_access(&self, claims: &Claims) -> String {
        let keys = self.keys();
        let header = Header {
            kid: Some(keys.access_kid.clone()),
            ..Header::new(Algorithm::HS256)
        };
        jsonwebtoken::encode(&header, claims, &keys.access_key).expect("claims are plain data")
    }

    pub fn check_access(&self, token: &str) -> Result<Claims, BadToken> {
        let keys = self.keys();
        let header = jsonwebtoken::decode_header(token).map_err(|_| BadToken::Invalid)?;
        let key = header
            .kid
            .as_deref()
            .and_then(|kid| keys.access.get(kid))
            .ok_or(BadToken::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &keys.validation)
            .map_err(|_| BadToken::Invalid)?
            .claims;
        if claims.exp <= self.inner.clock.now().secs() {
            Err(BadToken::Expired)
        } else {
            Ok(claims)
        }
    }

    /// Signs with the newest server key; returns its `kid`.
    pub fn sign(&self, message: &[u8]) -> (String, [u8; 64]) {
        let keys = self.keys();
        (keys.server_kid.clone(), keys.server_key.sign(message).to_bytes())
    }

    /// Checks what some server key signed.
    pub fn check(&self, kid: &str, message: &[u8], signature: &[u8]) -> bool {
        let keys = self.keys();
        let Some(key) = keys.server.get(kid) else { return false };
        Signature::from_slice(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
    }

    /// Checks what any server key signed, for formats too small to carry a `kid`.
    pub fn check_any(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else {
            return false;
        };
        self.keys()
            .server
            .values()
            .any(|key| key.verify(message, &signature).is_ok())
    }

    /// The public server keys as (`kid`, base64url of 32 bytes), for gates and other verifiers.
    pub fn server_keys(&self) -> Vec<(String, String)> {
        let mut keys: Vec<_> = self
            .keys()
            .server
            .iter()
            .map(|(kid, k)| (kid.clone(), b64(k.as_bytes())))
            .collect();
        keys.sort();
        keys
    }
}

fn fresh(purpose: &str, secrets: &Secrets, clock: &Clock) -> SigningKeyRow {
    let secret = random_bytes::<32>();
    let public_key = (purpose == SERVER).then(|| SigningKey::from_bytes(&secret).verifying_key().to_bytes().to_vec());
    SigningKeyRow {
        kid: random_token::<6>(),
        purpose: purpose.to_owned(),
        secret_sealed: secrets.seal("signing_keys.secret", &secret),
        public_key,
        created_at: clock.now(),
        retired_at: None,
    }
}

async fn load(db: &Db, secrets: &Secrets, clock: &Clock) -> Result<Keys, DbError> {
    let mut rows = db.read(|c| store::signing_keys(c).map_err(DbError::from)).await?;
    for purpose in [ACCESS, SERVER] {
        if !rows.iter().any(|r| r.purpose == purpose) {
            let row = fresh(purpose, secrets, clock);
            rows.push(row.clone());
            db.write(move |c| store::signing_key_insert(c, &row).map_err(DbError::from))
                .await?;
        }
    }
    rows.sort_by(|a, b| (a.created_at, &a.kid).cmp(&(b.created_at, &b.kid)));
    let opened = |row: &SigningKeyRow| -> Result<[u8; 32], DbError> {
        let secret = secrets.open("signing_keys.secret", &row.secret_sealed);
        secret.and_then(|s| s.try_into().ok()).ok_or_else(|| {
            DbError::Connection(
                "the configured secret is not the one this database was made with (LVZHI_SECRET)".into(),
            )
        })
    };
    let mut access = HashMap::new();
    let mut server = HashMap::new();
    let (mut newest_access, mut newest_server) = (None, None);
    for row in &rows {
        let secret = opened(row)?;
        if row.purpose == ACCESS {
            access.insert(row.kid.clone(), DecodingKey::from_secret(&secret));
            newest_access = Some((row.kid.clone(), EncodingKey::from_secret(&secret)));
        } else {
            let key = SigningKey::from_bytes(&secret);
            server.insert(row.kid.clone(), key.verifying_key());
            newest_server = Some((row.kid.clone(), key));
        }
    }
    let (access_kid, access_key) = newest_access.expect("made above");
    let (server_kid, server_key) = newest_server.expect("made above");
    // Expiry is compared with our own clock, which tests drive.
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    Ok(Keys {
        validation,
        access_kid,
        access_key,
        access,
        server_kid,
        server_key,
        server,
    })
}
