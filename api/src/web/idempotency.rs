//! `Idempotency-Key`: the same key gives the same answer, and with another body it is an error.

use super::error::{ApiError, ErrorCode};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::idempotency_keys::dsl as k;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::{Ready, ready};

/// The key of a request, if it has one.
pub struct Idempotency {
    key: Option<String>,
    operation: String,
}

impl FromRequest for Idempotency {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = match request.headers().get("idempotency-key").map(|v| v.to_str()) {
            None => None,
            Some(Ok(key)) if (1..=128).contains(&key.len()) => Some(key.to_owned()),
            Some(_) => {
                let error = ApiError::field("Idempotency-Key", "invalid", "must be 1 to 128 ASCII characters");
                return ready(Err(error));
            }
        };
        ready(Ok(Idempotency {
            key,
            operation: format!("{} {}", request.method(), request.path()),
        }))
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = crate::schema::idempotency_keys, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct Row {
    owner: String,
    key: String,
    operation: String,
    request_hash: Vec<u8>,
    status: i32,
    body: String,
    created_at: Ts,
}

impl Idempotency {
    /// Runs `f` once per key inside the caller's transaction: a repetition gets the kept answer.
    /// `raw` is the body; its hash tells a repetition from a reuse.
    pub fn run<T: Serialize + DeserializeOwned>(
        self,
        conn: &mut DbConn,
        owner: Id,
        raw: &[u8],
        now: Ts,
        f: impl FnOnce(&mut DbConn) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let Some(key) = self.key else { return f(conn) };
        let owner = owner.to_string();
        let request_hash = crate::secrets::sha256(raw).to_vec();
        let kept: Option<Row> = on_backend!(conn, c => k::idempotency_keys
            .find((&owner, &key)).select(Row::as_select()).first(c).optional())?;
        if let Some(kept) = kept {
            if kept.operation != self.operation || kept.request_hash != request_hash {
                return Err(ErrorCode::IdempotencyKeyReused.into());
            }
            return serde_json::from_str(&kept.body).map_err(ApiError::internal);
        }
        let answer = f(conn)?;
        let body = serde_json::to_string(&answer).map_err(ApiError::internal)?;
        let row = Row {
            owner,
            key,
            operation: self.operation,
            request_hash,
            status: 200,
            body,
            created_at: now,
        };
        on_backend!(conn, c => diesel::insert_into(k::idempotency_keys).values(&row).execute(c)).map_err(|e| {
            let e = ApiError::from(e);
            // Two repetitions at once: the loser may ask again and gets the kept answer.
            if e.code == ErrorCode::AlreadyExists {
                ApiError::new(ErrorCode::Conflict).retry_after(1)
            } else {
                e
            }
        })?;
        Ok(answer)
    }
}

/// Forgets keys older than `before`.
pub fn forget(conn: &mut DbConn, before: Ts) -> QueryResult<usize> {
    on_backend!(conn, c => diesel::delete(k::idempotency_keys.filter(k::created_at.lt(before))).execute(c))
}
