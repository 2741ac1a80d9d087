//! Password hashes: Argon2id on a blocking thread, a few at a time.

use crate::web::{ApiError, ApiResult, ErrorCode};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::Semaphore;

/// A hash takes 19 MiB and tens of milliseconds of a core: more at once than there are cores only costs memory.
static AT_ONCE: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    Semaphore::new(cores.clamp(2, 8))
});
/// Who waits longer is told to come back: a flood of log-ins must not pile up.
const PATIENCE: Duration = Duration::from_secs(8);

/// Verified for unknown logins, with the same parameters, so that the time does not tell that they are unknown.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bHZ6aGkgZHVtbXkgc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password; for commands and other threads that may block.
pub fn hash_blocking(password: &str) -> ApiResult<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|h| h.to_string()).map_err(ApiError::internal)
}

/// Hashes a password.
pub async fn hash(password: String) -> ApiResult<String> {
    on_blocking_thread(move || hash_blocking(&password)).await?
}

/// Whether the password belongs to the hash; without a hash it takes as long and is false.
pub async fn verify(password: String, hash: Option<String>) -> ApiResult<bool> {
    on_blocking_thread(move || {
        let right = matches(&password, hash.as_deref().unwrap_or(DUMMY));
        right && hash.is_some()
    })
    .await
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
}

async fn on_blocking_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
    let turn = tokio::time::timeout(PATIENCE, LazyLock::force(&AT_ONCE).acquire())
        .await
        .map_err(|_| ApiError::new(ErrorCode::Overloaded).retry_after(2))?
        .map_err(ApiError::internal)?;
    tokio::task::spawn_blocking(move || {
        // Held by the thread: a caller who hangs up does not make room for more.
        let _turn = turn;
        f()
    })
    .await
    .map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_argon2id_and_the_dummy_costs_the_same() {
        let hash = hash_blocking("a long password").unwrap();
        let head = "$argon2id$v=19$m=19456,t=2,p=1$";
        assert!(hash.starts_with(head) && DUMMY.starts_with(head), "{hash}");
        assert!(matches("a long password", &hash));
        assert!(!matches("another password", &hash));
        // A dummy that does not parse would answer at once.
        assert!(PasswordHash::new(DUMMY).is_ok_and(|h| h.salt.is_some() && h.hash.is_some()));
        assert!(!matches("", DUMMY));
    }
}
