//! A congress with its staff and seats, written straight into the database, with a client for each.

use super::Client;
use diesel::prelude::*;
use lvzhi::auth::sessions::{self, Device, Owner};
use lvzhi::db::{DbConn, DbError, Id, Json, Ts};
use lvzhi::features::Services;
use lvzhi::on_backend;
use lvzhi::schema::{accounts, congresses, grants, meetings, representatives, roster_entries, sittings, terms, units};
use lvzhi::web::ApiError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A county-level congress with one delegation per ten seats or so.
pub struct Congress {
    pub id: Id,
    pub term_id: Id,
    pub name: String,
    pub delegations: Vec<Id>,
    pub admin: Client,
    pub clerk: Client,
    pub liaison: Client,
    pub supervisor: Client,
    pub handler: Client,
    /// A person without any role or seat.
    pub voter: Client,
    seats: AtomicUsize,
    region: String,
}

/// A representative with a client.
pub struct Seat {
    pub representative_id: Id,
    pub account_id: Id,
    pub name: String,
    pub number: String,
    pub phone: String,
    pub delegation_id: Id,
    pub client: Client,
}

const ROLES: [&str; 6] = ["admin", "clerk", "liaison", "supervisor", "handler", "voter"];

impl Congress {
    pub async fn create(services: &Services, url: &str, name: &str, region: &str) -> Congress {
        let s = services.clone();
        let now = services.clock.now();
        let (id, term_id) = (Id::new(), Id::new());
        let (name_, region_) = (name.to_owned(), region.to_owned());
        let (delegations, tokens) = services
            .db
            .write(move |c| {
                on_backend!(c, c => diesel::insert_into(congresses::table).values((
                    congresses::id.eq(id), congresses::parent_id.eq(None::<Id>), congresses::level.eq("county"),
                    congresses::name.eq(format!("{name_}人民代表大会")), congresses::short_name.eq(&name_),
                    congresses::region_code.eq(&region_), congresses::settings.eq(Json(serde_json::json!({}))),
                    congresses::created_at.eq(now),
                )).execute(c))?;
                let (starts, ends) = ("2022-01-01".parse::<chrono::NaiveDate>().unwrap(), "2026-12-31".parse::<chrono::NaiveDate>().unwrap());
                on_backend!(c, c => diesel::insert_into(terms::table).values((
                    terms::id.eq(term_id), terms::congress_id.eq(id), terms::number.eq(17),
                    terms::starts_on.eq(starts), terms::ends_on.eq(ends),
                )).execute(c))?;
                let mut delegations = vec![];
                for (n, name) in ["第一代表团", "第二代表团", "第三代表团"].iter().enumerate() {
                    let unit = Id::new();
                    on_backend!(c, c => diesel::insert_into(units::table).values((
                        units::id.eq(unit), units::congress_id.eq(id), units::kind.eq("delegation"), units::name.eq(*name),
                        units::position.eq(n as i32), units::created_at.eq(now),
                    )).execute(c))?;
                    delegations.push(unit);
                }
                let mut tokens = vec![];
                for role in ROLES {
                    let account = account(c, &s, &format!("{name_}{role}"), None, now)?;
                    if role != "voter" {
                        on_backend!(c, c => diesel::insert_into(grants::table).values((
                            grants::account_id.eq(account), grants::congress_id.eq(id), grants::role.eq(role),
                            grants::created_at.eq(now),
                        )).execute(c))?;
                    }
                    tokens.push(token(c, &s, account, &format!("device of {role}"), now)?);
                }
                Ok::<_, ApiError>((delegations, tokens))
            })
            .await
            .expect("the fixture is written");
        let client = |n: usize| Client::new(url, Some(tokens[n].clone()));
        Congress {
            id,
            term_id,
            name: format!("{name}人民代表大会"),
            delegations,
            admin: client(0),
            clerk: client(1),
            liaison: client(2),
            supervisor: client(3),
            handler: client(4),
            voter: client(5),
            seats: AtomicUsize::new(0),
            region: region.to_owned(),
        }
    }

    /// More seats, spread over the delegations.
    pub async fn seats(&self, services: &Services, url: &str, n: usize) -> Vec<Seat> {
        let s = services.clone();
        let now = services.clock.now();
        let first = self.seats.fetch_add(n, Ordering::SeqCst);
        let (congress, term, delegations, region) =
            (self.id, self.term_id, self.delegations.clone(), self.region.clone());
        let made = services
            .db
            .write(move |c| {
                (first..first + n)
                    .map(|k| {
                        let name = format!("代表{k:03}");
                        let number = format!("{:04}", k + 1);
                        let phone = format!("+861{}{:04}", &region[..6], k);
                        let account_id = account(c, &s, &name, Some(&phone), now)?;
                        let representative_id = Id::new();
                        let delegation_id = delegations[k % delegations.len()];
                        on_backend!(c, c => diesel::insert_into(representatives::table).values((
                            representatives::id.eq(representative_id), representatives::congress_id.eq(congress),
                            representatives::term_id.eq(term), representatives::account_id.eq(account_id),
                            representatives::number.eq(&number), representatives::name.eq(&name),
                            representatives::name_pinyin.eq(format!("daibiao{k:03}")), representatives::delegation_id.eq(delegation_id),
                            representatives::status.eq("active"), representatives::created_at.eq(now), representatives::updated_at.eq(now),
                        )).execute(c))?;
                        let token = token(c, &s, account_id, &format!("phone of {name}"), now)?;
                        Ok((representative_id, account_id, name, number, phone, delegation_id, token))
                    })
                    .collect::<Result<Vec<_>, ApiError>>()
            })
            .await
            .expect("the seats are written");
        made.into_iter()
            .map(
                |(representative_id, account_id, name, number, phone, delegation_id, token)| Seat {
                    representative_id,
                    account_id,
                    name,
                    number,
                    phone,
                    delegation_id,
                    client: Client::new(url, Some(token)),
                },
            )
            .collect()
    }
}

fn account(c: &mut DbConn, s: &Services, name: &str, phone: Option<&str>, now: Ts) -> Result<Id, DbError> {
    let id = Id::new();
    on_backend!(c, c => diesel::insert_into(accounts::table).values((
        accounts::id.eq(id), accounts::name.eq(name), accounts::totp_last_step.eq(0i64), accounts::failed_logins.eq(0),
        accounts::phone_sealed.eq(phone.map(|p| s.secrets.seal("accounts.phone", p.as_bytes()))),
        accounts::phone_index.eq(phone.map(|p| s.secrets.blind_index(p))), accounts::created_at.eq(now),
    )).execute(c))?;
    Ok(id)
}

fn token(c: &mut DbConn, s: &Services, account: Id, device: &str, now: Ts) -> Result<String, ApiError> {
    // Tests drive the clock by hours: their tokens last longer than a person's.
    let config = lvzhi::config::AuthConfig {
        access_minutes: 60 * 24 * 400,
        refresh_days: 400,
        ..s.config.auth.clone()
    };
    let device = Device {
        id: device.to_owned(),
        name: device.to_owned(),
    };
    Ok(sessions::open(c, &s.keys, &config, Owner::Account(account), &device, now)?.access_token)
}

/// A sitting with a roster.
pub struct OpenSitting {
    pub id: Id,
    pub meeting_id: Id,
    /// Roster entries in the order of the seats.
    pub entries: Vec<Id>,
}

impl Congress {
    /// An open sitting of a congress session: opened now, late after 15 minutes, ends after 3 hours.
    pub async fn open_sitting(&self, services: &Services, seats: &[Seat]) -> OpenSitting {
        let now = services.clock.now();
        let (id, meeting_id, congress) = (Id::new(), Id::new(), self.id);
        let date = now.0.date_naive();
        let seats: Vec<(Id, Id, Id, String)> = seats
            .iter()
            .map(|s| (s.account_id, s.representative_id, s.delegation_id, s.name.clone()))
            .collect();
        let entries: Vec<Id> = seats.iter().map(|_| Id::new()).collect();
        let made = entries.clone();
        services
            .db
            .write(move |c| {
                on_backend!(c, c => diesel::insert_into(meetings::table).values((
                    meetings::id.eq(meeting_id), meetings::congress_id.eq(congress), meetings::kind.eq("congress_session"),
                    meetings::title.eq("第五次会议"), meetings::starts_on.eq(date), meetings::ends_on.eq(date),
                    meetings::state.eq("planned"), meetings::created_at.eq(now),
                )).execute(c))?;
                on_backend!(c, c => diesel::insert_into(sittings::table).values((
                    sittings::id.eq(id), sittings::congress_id.eq(congress), sittings::meeting_id.eq(meeting_id),
                    sittings::title.eq("第一次全体会议"), sittings::place.eq("人民会堂"), sittings::starts_at.eq(now),
                    sittings::late_after.eq(now + chrono::TimeDelta::minutes(15)), sittings::ends_at.eq(now + chrono::TimeDelta::hours(3)),
                    sittings::state.eq("open"), sittings::quorum_rule.eq("two_thirds"), sittings::seats_total.eq(seats.len() as i32),
                    sittings::opened_at.eq(now), sittings::created_at.eq(now),
                )).execute(c))?;
                for (n, (account, representative, delegation, name)) in seats.iter().enumerate() {
                    on_backend!(c, c => diesel::insert_into(roster_entries::table).values((
                        roster_entries::id.eq(made[n]), roster_entries::sitting_id.eq(id), roster_entries::congress_id.eq(congress),
                        roster_entries::account_id.eq(*account), roster_entries::representative_id.eq(*representative),
                        roster_entries::delegation_id.eq(*delegation), roster_entries::class.eq("voting"), roster_entries::name.eq(name),
                        roster_entries::name_pinyin.eq("daibiao"), roster_entries::seat_label.eq(format!("{}排", n / 10 + 1)),
                        roster_entries::position.eq(n as i32), roster_entries::suspended.eq(false),
                    )).execute(c))?;
                }
                Ok::<_, ApiError>(())
            })
            .await
            .expect("the sitting is written");
        OpenSitting {
            id,
            meeting_id,
            entries,
        }
    }
}

pub async fn token_for(services: &Services, account: Id, device: &str) -> String {
    let (s, device, now) = (services.clone(), device.to_owned(), services.clock.now());
    services
        .db
        .write(move |c| token(c, &s, account, &device, now))
        .await
        .expect("the session is written")
}
