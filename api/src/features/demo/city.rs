//! The demo city: congresses, structure, seats, staff and voters of 昆州市, which does not exist.

use super::sittings::{self, Progress};
use super::store::{self, AccountRow, CongressSessionRow, GateRow, NewStaff, OrganisationRow, TermRow};
use super::structure;
use crate::auth::Role;
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::features::attendance::Method;
use crate::features::audit;
use crate::features::congresses::{Congress, Level, QuorumRule};
use crate::features::meetings::{Meeting, MeetingKind, MeetingState, SittingState};
use crate::features::representatives::Representative;
use crate::secrets::Secrets;
use chrono::{Datelike, NaiveDate, TimeDelta};

/// The code that tells the demo city from real ones; no region has it.
pub const REGION: &str = "539900";
/// The password of every demo account.
pub const PASSWORD: &str = "lvzhi-demo-2026";
/// The second factor of every demo account, as authenticator apps take it.
pub const TOTP_SECRET: &str = "LVZHIDEMOLVZHIDEMOLVZHIDEMO23456";

const ORGANISATIONS: [(&str, &str); 4] = [
    ("昆州市住房和城乡建设局", "市住建局"),
    ("昆州市交通运输局", "市交通局"),
    ("昆州市教育体育局", "市教体局"),
    ("昆州市生态环境局", "市生态环境局"),
];
/// Role, login, name, and which of the organisations.
const STAFF: [(Role, &str, &str, Option<usize>); 6] = [
    (Role::Admin, "admin", "管理员 赵明", None),
    (Role::Clerk, "clerk", "会务 钱雨", None),
    (Role::Liaison, "liaison", "代工委 孙静", None),
    (Role::Supervisor, "supervisor", "督办 李正", None),
    (Role::Handler, "handler", "市住建局 周强", Some(0)),
    (Role::Handler, "handler2", "市交通局 吴敏", Some(1)),
];

/// The time of a day as people in the city read it.
pub fn local(at: Ts) -> chrono::DateTime<chrono::FixedOffset> {
    let beijing = chrono::FixedOffset::east_opt(8 * 3600).expect("a valid offset");
    at.0.with_timezone(&beijing)
}

/// The bytes of the second factor.
pub fn totp_secret() -> Vec<u8> {
    let secret = totp_rs::Secret::try_from_base32(TOTP_SECRET).expect("the constant is base 32");
    secret.as_bytes().to_vec()
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a valid date")
}

/// Writes everything. `password_hash` is made outside: hashing is slow, and this is one transaction.
pub fn load(c: &mut DbConn, secrets: &Secrets, password_hash: &str, now: Ts) -> QueryResult<()> {
    let today = local(now).date_naive();
    let city = congresses(c, now)?;
    // Terms last five years; the one that began in 2022 is the fifteenth.
    let first_year = today.year() - (today.year() - 2022).rem_euclid(5);
    let number = 15 + (first_year - 2022) / 5;
    let terms: Vec<TermRow> = city
        .iter()
        .map(|congress| TermRow {
            id: Id::new(),
            congress_id: congress.id,
            number,
            starts_on: date(first_year, 1, 1),
            ends_on: date(first_year + 4, 12, 31),
        })
        .collect();
    store::insert_terms(c, &terms)?;
    let (congress, term) = (city[0].id, terms[0].id);
    let staff = staff(c, secrets, congress, password_hash, now)?;
    let (clerk, liaison) = (staff[1], staff[2]);
    let seats = structure::seats(c, secrets, congress, term, now)?;
    let committee = structure::bodies(c, congress, term, &seats, now)?;
    let session = CongressSessionRow {
        id: Id::new(),
        congress_id: congress,
        term_id: term,
        number: today.year() - first_year + 1,
        title: format!(
            "第{}届人民代表大会第{}次会议",
            chinese(number),
            chinese(today.year() - first_year + 1)
        ),
        starts_on: today - TimeDelta::days(1),
        ends_on: today + TimeDelta::days(4),
    };
    let meeting = Meeting {
        id: Id::new(),
        congress_id: congress,
        kind: MeetingKind::CongressSession,
        title: format!("昆州市{}", session.title),
        body_id: None,
        unit_id: None,
        congress_session_id: Some(session.id),
        starts_on: session.starts_on,
        ends_on: session.ends_on,
        state: MeetingState::Planned,
        created_at: now - TimeDelta::days(30),
    };
    store::insert_congress_sessions(c, &[session])?;
    store::insert_meetings(c, std::slice::from_ref(&meeting))?;
    let gate = Id::new();
    store::insert_gates(
        c,
        &[GateRow {
            id: gate,
            congress_id: congress,
            name: "大会堂东门",
            created_at: now - TimeDelta::days(3),
        }],
    )?;
    finished_sitting(c, &meeting, &seats, gate, liaison, now)?;
    open_sitting(c, &meeting, &seats, clerk, liaison, "第二次全体会议", now)?;
    planned_meeting(c, congress, committee, &seats[..structure::COMMITTEE_SEATS], now)?;
    let voters: Vec<AccountRow> = ["选民 张桂芳", "选民 陈志远", "选民 何小燕"]
        .iter()
        .enumerate()
        .map(|(n, name)| AccountRow::person(Id::new(), name, Some(&structure::phone(9001 + n)), secrets, now))
        .collect();
    store::insert_accounts(c, &voters)?;
    let line = audit::Line {
        congress_id: Some(congress),
        actor: audit::Actor::System,
        action: "demo.load",
        subject_kind: "congress",
        subject_id: Some(congress),
        detail: serde_json::json!({ "seats": seats.len() }),
        request_id: None,
    };
    audit::record(c, line, now)
}

/// The city first, then its districts and a township.
fn congresses(c: &mut DbConn, now: Ts) -> QueryResult<Vec<Congress>> {
    let made = |parent_id, level, short_name: &str, region_code: &str| Congress {
        id: Id::new(),
        parent_id,
        level,
        name: format!("{short_name}人民代表大会"),
        short_name: short_name.to_owned(),
        region_code: region_code.to_owned(),
        settings: Json(serde_json::json!({})),
        created_at: now,
    };
    let city = made(None, Level::City, "昆州市", REGION);
    let east = made(Some(city.id), Level::County, "东江区", "539902");
    let west = made(Some(city.id), Level::County, "西岭区", "539903");
    let town = made(Some(west.id), Level::Township, "云溪镇", "539903100");
    let all = vec![city, east, west, town];
    store::insert_congresses(c, &all)?;
    Ok(all)
}

fn staff(c: &mut DbConn, secrets: &Secrets, congress: Id, password_hash: &str, now: Ts) -> QueryResult<Vec<Id>> {
    let organisations: Vec<OrganisationRow> = ORGANISATIONS
        .iter()
        .map(|(name, short_name)| OrganisationRow {
            id: Id::new(),
            congress_id: congress,
            name: (*name).into(),
            short_name: (*short_name).into(),
        })
        .collect();
    store::insert_organisations(c, &organisations)?;
    let totp = totp_secret();
    STAFF
        .iter()
        .map(|(role, login, name, organisation)| {
            let staff = NewStaff {
                congress_id: congress,
                name,
                login,
                password_hash,
                totp_secret: Some(&totp),
                role: *role,
                organisation_id: organisation.map(|n| organisations[n].id),
            };
            store::staff_account(c, secrets, &staff, now)
        })
        .collect()
}

/// Yesterday's first plenary. Everybody came through the gate: its clock, not the moment of loading, tells when.
fn finished_sitting(
    c: &mut DbConn,
    meeting: &Meeting,
    seats: &[Representative],
    gate: Id,
    liaison: Id,
    now: Ts,
) -> QueryResult<()> {
    let nine = local(now)
        .date_naive()
        .and_hms_opt(1, 0, 0)
        .expect("a valid time")
        .and_utc();
    let starts_at = Ts::from_utc(nine) - TimeDelta::days(1);
    let mut sitting = sittings::sitting(
        meeting.congress_id,
        meeting.id,
        "第一次全体会议（开幕会）",
        starts_at,
        now,
    );
    sitting.state = SittingState::Closed;
    sitting.seats_total = Some(seats.len() as i32);
    sitting.opened_at = Some(starts_at - TimeDelta::minutes(60));
    sitting.closed_at = Some(sitting.ends_at);
    let progress = Progress {
        signed_in: 95,
        from: starts_at - TimeDelta::minutes(55),
        over: TimeDelta::minutes(58),
        method: Method::Gate,
        gate_id: Some(gate),
        liaison,
    };
    let roster = sittings::roster(&sitting, seats, true);
    sittings::write(c, &sitting, &roster, Some(&progress))
}

/// The sitting of now: opened twenty minutes ago, and going on for three hours.
pub fn open_sitting(
    c: &mut DbConn,
    meeting: &Meeting,
    seats: &[Representative],
    clerk: Id,
    liaison: Id,
    title: &str,
    now: Ts,
) -> QueryResult<()> {
    let opened_at = now - TimeDelta::minutes(20);
    let mut sitting = sittings::sitting(
        meeting.congress_id,
        meeting.id,
        title,
        now + TimeDelta::minutes(25),
        now,
    );
    sitting.state = SittingState::Open;
    sitting.late_after = now + TimeDelta::minutes(30);
    sitting.ends_at = now + TimeDelta::hours(3);
    sitting.seats_total = Some(seats.len() as i32);
    sitting.opened_at = Some(opened_at);
    let progress = Progress {
        signed_in: 60,
        from: opened_at + TimeDelta::seconds(20),
        over: TimeDelta::minutes(19),
        method: Method::HallCode,
        gate_id: None,
        liaison,
    };
    let roster = sittings::roster(&sitting, seats, true);
    sittings::write(c, &sitting, &roster, Some(&progress))?;
    let line = audit::Line {
        congress_id: Some(meeting.congress_id),
        actor: audit::Actor::Account(clerk),
        action: "sitting.open",
        subject_kind: "sitting",
        subject_id: Some(sitting.id),
        detail: serde_json::json!({ "seats_total": seats.len() }),
        request_id: None,
    };
    audit::record(c, line, opened_at)
}

/// A meeting of the standing committee in a week.
fn planned_meeting(c: &mut DbConn, congress: Id, body: Id, members: &[Representative], now: Ts) -> QueryResult<()> {
    let day = local(now).date_naive() + TimeDelta::days(7);
    let meeting = Meeting {
        id: Id::new(),
        congress_id: congress,
        kind: MeetingKind::StandingCommittee,
        title: "昆州市人大常委会会议".into(),
        body_id: Some(body),
        unit_id: None,
        congress_session_id: None,
        starts_on: day,
        ends_on: day,
        state: MeetingState::Planned,
        created_at: now,
    };
    store::insert_meetings(c, std::slice::from_ref(&meeting))?;
    let nine = Ts::from_utc(day.and_hms_opt(1, 0, 0).expect("a valid time").and_utc());
    let mut sitting = sittings::sitting(congress, meeting.id, "全体会议", nine, now);
    sitting.place = "市人大常委会会议厅".into();
    sitting.quorum_rule = QuorumRule::Majority;
    let roster = sittings::roster(&sitting, members, false);
    sittings::write(c, &sitting, &roster, None)
}

/// A small number as it is written in titles: 十五.
fn chinese(n: i32) -> String {
    let digit = |n: i32| ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"][n as usize % 10];
    match (n / 10, n % 10) {
        (0, ones) => digit(ones).to_owned(),
        (1, ones) => format!("十{}", digit(ones)),
        (tens, ones) => format!("{}十{}", digit(tens), digit(ones)),
    }
}
