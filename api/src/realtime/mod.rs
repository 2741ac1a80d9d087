//! Live updates: topics with fan-out inside the process or through Redis, and the WebSocket session.

pub mod hub;
pub mod socket;

pub use hub::Hub;
