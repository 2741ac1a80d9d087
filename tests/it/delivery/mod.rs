//! Delivery of messages: providers that check, refuse, keep silent and answer late; receipts; staff's word; workers that die.

mod channels;
mod gateway;
mod killed;
mod mail;
mod operations;
mod receipts;
mod scene;
mod smpp;
mod smsc;
mod uncertain;
