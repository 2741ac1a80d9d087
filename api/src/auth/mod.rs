//! Who is calling and what they may do: tokens, sessions, the table of roles, and the extractors that stand in handler signatures.

pub mod access;
pub mod caller;
pub mod keys;
pub mod phone;
pub mod sessions;

mod store;

pub use access::{Action, Role};
pub use caller::{Allowed, Claims, GateCaller, Person, Resource, Staff, TokenKind, staff_in};
pub use keys::Keyring;
pub use sessions::{Device, Tokens};
