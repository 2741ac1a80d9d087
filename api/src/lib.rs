//! 履职 lvzhi: the duty platform for people's congresses.
//!
//! `ARCHITECTURE.md` has the bird's-eye view, the code map and the invariants. Layers, each importing only
//! from those to its right: `main → cli → app → worker → features → reminders → notify → realtime → auth → sheets → web → kv → calendar → clock → db`.

// The documentation is always built with private items: it is for those who work on the program.
#![allow(rustdoc::private_intra_doc_links)]

pub mod app;
pub mod auth;
pub mod calendar;
pub mod clock;
pub mod config;
pub mod db;
pub mod features;
pub mod kv;
pub mod memory;
pub mod notify;
pub mod realtime;
pub mod reminders;
pub mod schema;
pub mod secrets;
pub mod sheets;
pub mod telemetry;
pub mod web;
pub mod worker;
