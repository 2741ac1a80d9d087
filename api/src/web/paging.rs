//! Cursor paging: `?limit=&cursor=`, answered with `items` and `next_cursor`.

use super::error::ApiError;
use crate::secrets::{b64, unb64};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

/// The two parameters of every list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    pub fn limit(&self) -> Result<i64, ApiError> {
        match self.limit.unwrap_or(50) {
            n @ 1..=200 => Ok(n),
            _ => Err(ApiError::field("limit", "invalid", "must lie between 1 and 200")),
        }
    }

    /// The position after which to go on; `None` on the first page.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, ApiError> {
        self.cursor.as_deref().map(Cursor::decode).transpose()
    }
}

/// A position in a list, opaque to callers.
pub struct Cursor;

impl Cursor {
    pub fn encode(key: &impl Serialize) -> String {
        b64(&serde_json::to_vec(key).expect("cursor keys are plain data"))
    }
    pub fn decode<K: DeserializeOwned>(text: &str) -> Result<K, ApiError> {
        unb64(text)
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| ApiError::field("cursor", "invalid", "is not a cursor of this list"))
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// `rows` holds one more than `limit` when there is a next page; `key` is the position of an item.
    pub fn of<R, K: Serialize>(
        mut rows: Vec<R>,
        limit: i64,
        key: impl Fn(&R) -> K,
        item: impl FnMut(R) -> T,
    ) -> Page<T> {
        let more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let next_cursor = if more {
            rows.last().map(|r| Cursor::encode(&key(r)))
        } else {
            None
        };
        Page {
            items: rows.into_iter().map(item).collect(),
            next_cursor,
        }
    }
}
