//! Load for measurements: many open sittings with many seats, and a session for each seat.

use super::people::someone;
use super::store::{self, AccountRow, GrantRow, SessionRow, TermRow, UnitRow};
use crate::auth::{Claims, Role, TokenKind};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::features::Services;
use crate::features::congresses::{Congress, Level, QuorumRule, UnitKind};
use crate::features::meetings::{Meeting, MeetingKind, MeetingState, RosterEntry, SeatClass, Sitting, SittingState};
use crate::features::representatives::{Representative, SeatStatus};
use crate::secrets::{random_bytes, sha256};
use crate::web::{ApiError, ApiResult};
use chrono::TimeDelta;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;

/// How long the tokens are good for.
const VALID: TimeDelta = TimeDelta::hours(12);
const DELEGATIONS: usize = 10;

/// What was made, besides the file of tokens.
#[derive(Debug, Serialize)]
pub struct Fixture {
    pub congress_id: Id,
    pub sittings: Vec<Id>,
    pub clerk_token: String,
    pub screen_tokens: BTreeMap<String, String>,
}

/// Makes a congress with `sittings` open sittings of `seats` seats each, every seat another person, and writes a line
/// `access_token`, `sitting_id`, `entry_id` per seat.
pub async fn load(s: &Services, sittings: usize, seats: usize, tokens: &mut impl Write) -> ApiResult<Fixture> {
    let now = s.clock.now();
    let ground = s.db.write(move |c| ground(c, now).map_err(ApiError::from)).await?;
    let clerk_token = token(
        s,
        ground.clerk,
        ground.clerk_session,
        "fixture-clerk",
        TokenKind::Person,
        now,
    );
    let mut fixture = Fixture {
        congress_id: ground.congress,
        sittings: vec![],
        clerk_token,
        screen_tokens: BTreeMap::new(),
    };
    // A transaction per sitting; on PostgreSQL a few run side by side.
    let mut written = stream::iter(0..sittings)
        .map(|n| {
            let ground = ground.clone();
            s.db.write(move |c| sitting(c, &ground, n, seats, now).map_err(ApiError::from))
        })
        .buffered(4);
    while let Some((sitting, made)) = written.try_next().await? {
        for seat in made {
            let token = token(s, seat.account, seat.session, &seat.device, TokenKind::Person, now);
            writeln!(tokens, "{token}\t{sitting}\t{}", seat.entry).map_err(ApiError::internal)?;
        }
        fixture.sittings.push(sitting);
        let screen = token(s, sitting, Id::new(), "screen", TokenKind::Screen, now);
        fixture.screen_tokens.insert(sitting.to_string(), screen);
    }
    tokens.flush().map_err(ApiError::internal)?;
    Ok(fixture)
}

/// What all sittings share.
#[derive(Clone)]
struct Ground {
    congress: Id,
    term: Id,
    meeting: Id,
    delegations: Vec<Id>,
    clerk: Id,
    clerk_session: Id,
}

/// A seat that has a session.
struct Seat {
    account: Id,
    session: Id,
    entry: Id,
    device: String,
}

fn token(s: &Services, sub: Id, sid: Id, device: &str, kind: TokenKind, now: Ts) -> String {
    s.keys.sign_access(&Claims {
        sub,
        sid,
        did: device.to_owned(),
        kind,
        iat: now.secs(),
        exp: (now + VALID).secs(),
    })
}

fn session(id: Id, account_id: Id, device: &str, now: Ts) -> SessionRow {
    SessionRow {
        id,
        account_id,
        device_id: device.to_owned(),
        device_name: device.to_owned(),
        refresh_hash: sha256(&random_bytes::<32>()).to_vec(),
        rotated_at: now,
        created_at: now,
        expires_at: now + VALID,
    }
}

fn account(name: &str, now: Ts) -> AccountRow {
    AccountRow {
        id: Id::new(),
        name: name.to_owned(),
        login: None,
        password_hash: None,
        totp_secret_sealed: None,
        totp_confirmed_at: None,
        totp_last_step: 0,
        failed_logins: 0,
        phone_sealed: None,
        phone_index: None,
        created_at: now,
    }
}

fn ground(c: &mut DbConn, now: Ts) -> QueryResult<Ground> {
    // Random, so that a database can be loaded more than once; no region begins with 99.
    let region = format!("99{:04}", u32::from_be_bytes(random_bytes::<4>()) % 10_000);
    let congress = Congress {
        id: Id::new(),
        parent_id: None,
        level: Level::City,
        name: format!("压测市{region}人民代表大会"),
        short_name: format!("压测市{region}"),
        region_code: region,
        settings: Json(serde_json::json!({})),
        created_at: now,
    };
    let today = now.0.date_naive();
    let term = TermRow {
        id: Id::new(),
        congress_id: congress.id,
        number: 1,
        starts_on: today - TimeDelta::days(365),
        ends_on: today + TimeDelta::days(4 * 365),
    };
    let units: Vec<UnitRow> = (0..DELEGATIONS)
        .map(|n| UnitRow {
            id: Id::new(),
            congress_id: congress.id,
            kind: UnitKind::Delegation,
            name: format!("第{}代表团", n + 1),
            position: n as i32,
            head_account_id: None,
            address: None,
            latitude: None,
            longitude: None,
            created_at: now,
        })
        .collect();
    let meeting = Meeting {
        id: Id::new(),
        congress_id: congress.id,
        kind: MeetingKind::CongressSession,
        title: "压力测试会议".into(),
        body_id: None,
        unit_id: None,
        congress_session_id: None,
        starts_on: today,
        ends_on: today,
        state: MeetingState::Planned,
        created_at: now,
    };
    let clerk = account("压测会务", now);
    let grant = GrantRow {
        account_id: clerk.id,
        congress_id: congress.id,
        role: Role::Clerk,
        organisation_id: None,
        heads_organisation: false,
        created_at: now,
    };
    let ground = Ground {
        congress: congress.id,
        term: term.id,
        meeting: meeting.id,
        delegations: units.iter().map(|u| u.id).collect(),
        clerk: clerk.id,
        clerk_session: Id::new(),
    };
    store::insert_congresses(c, &[congress])?;
    store::insert_terms(c, &[term])?;
    store::insert_units(c, &units)?;
    store::insert_meetings(c, &[meeting])?;
    store::insert_accounts(c, &[clerk])?;
    store::insert_grants(c, &[grant])?;
    store::insert_sessions(c, &[session(ground.clerk_session, ground.clerk, "fixture-clerk", now)])?;
    Ok(ground)
}

fn sitting(c: &mut DbConn, ground: &Ground, n: usize, seats: usize, now: Ts) -> QueryResult<(Id, Vec<Seat>)> {
    let opened_at = now - TimeDelta::hours(1);
    let sitting = Sitting {
        id: Id::new(),
        congress_id: ground.congress,
        meeting_id: ground.meeting,
        title: format!("第 {} 场", n + 1),
        place: "会堂".into(),
        latitude: None,
        longitude: None,
        radius_m: None,
        starts_at: opened_at,
        late_after: now + TimeDelta::hours(6),
        ends_at: now + TimeDelta::hours(8),
        state: SittingState::Open,
        quorum_rule: QuorumRule::TwoThirds,
        seats_total: Some(seats as i32),
        opened_at: Some(opened_at),
        closed_at: None,
        created_at: now,
    };
    let (mut accounts, mut people, mut roster, mut sessions, mut made) = (vec![], vec![], vec![], vec![], vec![]);
    for k in 0..seats {
        let number = n * seats + k;
        let person = someone(number);
        let account = account(&person.name, now);
        let delegation_id = Some(ground.delegations[k % DELEGATIONS]);
        let seat = Seat {
            account: account.id,
            session: Id::new(),
            entry: Id::new(),
            device: format!("fixture-{number}"),
        };
        let representative = Representative {
            id: Id::new(),
            congress_id: ground.congress,
            term_id: ground.term,
            account_id: account.id,
            number: format!("{number:06}"),
            name: person.name.clone(),
            name_pinyin: person.pinyin.clone(),
            gender: None,
            ethnicity: None,
            party: None,
            employer: None,
            job_title: None,
            delegation_id,
            group_id: None,
            district_id: None,
            status: SeatStatus::Active,
            ended_on: None,
            created_at: now,
            updated_at: now,
        };
        roster.push(RosterEntry {
            id: seat.entry,
            sitting_id: sitting.id,
            congress_id: ground.congress,
            account_id: Some(account.id),
            representative_id: Some(representative.id),
            delegation_id,
            class: SeatClass::Voting,
            name: person.name,
            name_pinyin: person.pinyin,
            seat_label: Some(format!("{}排{}座", k / 50 + 1, k % 50 + 1)),
            position: k as i32,
            suspended: false,
        });
        sessions.push(session(seat.session, account.id, &seat.device, now));
        accounts.push(account);
        people.push(representative);
        made.push(seat);
    }
    let id = sitting.id;
    store::insert_sittings(c, &[sitting])?;
    store::insert_accounts(c, &accounts)?;
    store::insert_representatives(c, &people)?;
    store::insert_roster(c, &roster)?;
    store::insert_sessions(c, &sessions)?;
    Ok((id, made))
}
