//! The capabilities, in dependency order: each may use those above it, and only their `mod.rs`.

pub mod audit;

pub mod congresses;

pub mod accounts;

pub mod calendars;

pub mod deadlines;

pub mod messages;

pub mod representatives;

pub mod meetings;

pub mod leave;

pub mod attendance;

pub mod gates;

pub mod certificates;

pub mod proposals;

pub mod me;

pub mod pages;

pub mod demo;

use crate::auth::Keyring;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::kv::Kv;
use crate::notify::Courier;
use crate::realtime::Hub;
use crate::secrets::Secrets;
use crate::web::Operations;
use std::sync::Arc;

/// What `app.rs` has put together and features work with.
#[derive(Clone)]
pub struct Services {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Clock,
    pub secrets: Secrets,
    pub keys: Keyring,
    pub kv: Kv,
    pub hub: Hub,
    pub check_ins: attendance::CheckIns,
    pub rooms: attendance::Rooms,
    pub rosters: attendance::Rosters,
    pub flag_sweep: attendance::FlagSweep,
    pub courier: Courier,
    pub finder: proposals::figures::Finder,
}

/// Every operation of the contract, under `/api/v1`.
pub fn routes(config: &mut impl Operations) {
    // Routes are tried one after the other: the one that five hundred people need in the same minute comes first.
    attendance::first_routes(config);
    config
        .configure(audit::routes)
        .configure(congresses::routes)
        .configure(accounts::routes)
        .configure(calendars::routes)
        .configure(deadlines::routes)
        .configure(messages::routes)
        .configure(representatives::routes)
        .configure(meetings::routes)
        .configure(leave::routes)
        .configure(attendance::routes)
        .configure(gates::routes)
        .configure(certificates::routes)
        .configure(proposals::routes)
        .configure(proposals::figures::routes)
        .configure(me::routes)
        .configure(demo::routes);
}
