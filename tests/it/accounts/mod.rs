//! Tests of accounts: every way in, what keeps others out, and who manages whom.

mod password;
mod second_factor;
mod sessions;
mod sms;
mod staff;
mod support;
mod wechat;
mod wechat_double;
