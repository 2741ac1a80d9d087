//! The demo: a city that does not exist, accounts for every role, messages in the clear; and data made on the command line.
//!
//! Demo data is loaded once, into an empty database only. Each later start opens a new sitting when none is open,
//! so that the demo does not die of age.

mod accounts;
mod admin;
mod city;
mod console;
mod handlers;
mod people;
mod sittings;
mod store;
mod structure;

pub mod fixture;

use crate::auth::Role;
use crate::db::{DbConn, Id, Ts};
use crate::features::Services;
use crate::features::meetings::{Meeting, MeetingKind, MeetingState};
use crate::web::Operations;
use crate::web::{ApiError, ApiResult};
use chrono::TimeDelta;

pub use accounts::{DemoAccount, accounts};
pub use admin::{NewAdmin, create_admin};

/// A sitting that ends sooner than this is as good as over.
const STILL_OPEN: TimeDelta = TimeDelta::minutes(30);

/// Readies `serve --demo`: loads or freshens the data, tells the person who started it, and goes on to print messages.
pub async fn prepare(s: &Services) -> ApiResult<()> {
    load(s).await?;
    console::welcome(s, &accounts(s).await?);
    tokio::spawn(console::follow_messages(s.clone()));
    Ok(())
}

/// Loads the demo city into an empty database, or opens a sitting in it when none is open.
pub async fn load(s: &Services) -> ApiResult<()> {
    let is_empty = s.db.read(|c| Ok::<_, ApiError>(!store::any_congress(c)?)).await?;
    let (secrets, now) = (s.secrets.clone(), s.clock.now());
    if is_empty {
        let password_hash = tokio::task::spawn_blocking(|| store::hash_password(city::PASSWORD))
            .await
            .map_err(ApiError::internal)?;
        return s
            .db
            .write(move |c| city::load(c, &secrets, &password_hash, now).map_err(ApiError::from))
            .await;
    }
    s.db.write(move |c| match store::congress_by_region(c, city::REGION)? {
        Some((congress, _)) => freshen(c, congress, now),
        None => {
            tracing::warn!("the database is not empty: no demo data is loaded into it");
            Ok(())
        }
    })
    .await
}

/// Opens a sitting for today when none is open any more.
fn freshen(c: &mut DbConn, congress: Id, now: Ts) -> ApiResult<()> {
    store::close_ended(c, congress, now)?;
    if store::open_sitting(c, congress, now + STILL_OPEN)?.is_some() {
        return Ok(());
    }
    let clerk = store::staff_with_role(c, congress, Role::Clerk)?;
    let liaison = store::staff_with_role(c, congress, Role::Liaison)?;
    let (Some((clerk, ..)), Some((liaison, ..))) = (clerk.first(), liaison.first()) else {
        tracing::warn!("the demo city has lost its staff: no sitting is opened");
        return Ok(());
    };
    let term = store::newest_term(c, congress)?;
    let seats = store::representatives(c, term)?;
    let session = store::newest_congress_session(c, congress)?;
    let today = city::local(now).date_naive();
    let meeting = Meeting {
        id: Id::new(),
        congress_id: congress,
        kind: MeetingKind::CongressSession,
        title: session.as_ref().map_or_else(
            || "昆州市人民代表大会会议".to_owned(),
            |(_, title)| format!("昆州市{title}（{}）", today.format("%-m月%-d日")),
        ),
        body_id: None,
        unit_id: None,
        congress_session_id: session.map(|(id, _)| id),
        starts_on: today,
        ends_on: today,
        state: MeetingState::Planned,
        created_at: now,
    };
    store::insert_meetings(c, std::slice::from_ref(&meeting))?;
    Ok(city::open_sitting(
        c,
        &meeting,
        &seats,
        *clerk,
        *liaison,
        "全体会议",
        now,
    )?)
}

pub fn routes(config: &mut impl Operations) {
    config
        .service(handlers::demo_message_list)
        .service(handlers::demo_account_list);
}
