//! The black-box tests: HTTP and WebSocket against a whole server, a database per test, both databases always.

#[macro_use]
mod harness;

mod access;
mod accounts;
mod attendance;
mod audit;
mod certificates;
mod congresses;
mod deadlines;
mod delivery;
mod demo;
mod durability;
mod gates;
mod leave;
mod me;
mod meetings;
mod migrations;
mod openapi;
mod proposal_figures;
mod proposals;
mod representatives;
mod service;
mod startup;
mod tidy;
