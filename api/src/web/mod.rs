//! What every handler stands on: errors, bodies, paging, idempotency, limits, request ids and the contract.

pub mod body;
mod client;
pub mod error;
pub mod files;
pub mod idempotency;
pub mod limit;
pub mod openapi;
mod operations;
pub mod paging;
pub mod request;

pub use body::Body;
pub use error::{ApiError, ErrorCode, FieldError, Problem};
pub use idempotency::Idempotency;
pub use operations::Operations;
pub use paging::{Cursor, Page, PageQuery};
pub use request::RequestId;

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;
