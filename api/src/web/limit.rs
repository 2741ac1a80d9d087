//! Rate limits on named things, counted in the shared store.

use super::error::{ApiError, ErrorCode};
use crate::db::Ts;
use crate::kv::Kv;

/// Counts one event of `what` for `who` and refuses it above `most` per window of `seconds`.
pub async fn hit(kv: &Kv, now: Ts, what: &str, who: &str, most: u32, seconds: i64) -> Result<(), ApiError> {
    let n = kv.count(&format!("{what}:{who}"), seconds, now.secs()).await;
    if n > u64::from(most) {
        Err(too_many(now, seconds))
    } else {
        Ok(())
    }
}

/// Refuses when the limit was already reached, without counting: for things that count only when they fail.
pub async fn check(kv: &Kv, now: Ts, what: &str, who: &str, most: u32, seconds: i64) -> Result<(), ApiError> {
    let n = kv.peek(&format!("{what}:{who}"), seconds, now.secs()).await;
    if n >= u64::from(most) {
        Err(too_many(now, seconds))
    } else {
        Ok(())
    }
}

fn too_many(now: Ts, seconds: i64) -> ApiError {
    let left = seconds - now.secs().rem_euclid(seconds);
    ApiError::new(ErrorCode::RateLimited).retry_after(left.max(1) as u64)
}
