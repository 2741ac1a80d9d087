//! The seats of the demo city: people, delegations, groups, districts, stations and bodies.

use super::people::someone;
use super::store::{self, AccountRow, BodyMemberRow, BodyRow, UnitRow};
use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::congresses::{BodyKind, QuorumRule, UnitKind};
use crate::features::representatives::{Representative, SeatStatus};
use crate::secrets::Secrets;

const SEATS: usize = 500;
/// The first seats sit on the standing committee.
pub const COMMITTEE_SEATS: usize = 41;
const SUSPENDED: usize = 76;

const DELEGATIONS: [&str; 12] = [
    "东江区",
    "西岭区",
    "云溪县",
    "安平县",
    "石屏县",
    "青河县",
    "龙泉县",
    "白塔县",
    "永宁县",
    "高原区",
    "解放军",
    "高校",
];
const STATIONS: [(&str, &str, f64, f64); 5] = [
    ("东江区青云代表之家", "东江区青云路 18 号", 25.0412, 102.7301),
    ("东江区江滨代表联络站", "东江区江滨大道 200 号", 25.0297, 102.7422),
    ("西岭区茶山代表之家", "西岭区茶山街 6 号", 25.0621, 102.6533),
    ("云溪镇代表之家", "云溪镇人民路 1 号", 24.9833, 102.6044),
    ("高原区代表联络站", "高原区创新路 88 号", 25.1006, 102.7719),
];
/// The phone of demo person number `n`.
pub fn phone(n: usize) -> Phone {
    Phone::parse(&format!("1380000{n:04}")).expect("a mainland number")
}

/// The seats of the term, with their people and the units they belong to.
pub fn seats(c: &mut DbConn, secrets: &Secrets, congress: Id, term: Id, now: Ts) -> QueryResult<Vec<Representative>> {
    let mut units: Vec<UnitRow> = vec![];
    let mut unit = |kind, name: String, position: usize, place: Option<(&str, f64, f64)>| {
        let id = Id::new();
        units.push(UnitRow {
            id,
            congress_id: congress,
            kind,
            name,
            position: position as i32,
            head_account_id: None,
            address: place.map(|(address, ..)| address.to_owned()),
            latitude: place.map(|(_, latitude, _)| latitude),
            longitude: place.map(|(.., longitude)| longitude),
            created_at: now,
        });
        id
    };
    let (mut delegations, mut groups, mut districts) = (vec![], vec![], vec![]);
    for (n, name) in DELEGATIONS.iter().enumerate() {
        delegations.push(unit(UnitKind::Delegation, format!("{name}代表团"), n, None));
        districts.push(unit(UnitKind::District, format!("{name}选举单位"), n, None));
        groups.push(unit(UnitKind::Group, format!("{name}第一代表小组"), 2 * n, None));
        groups.push(unit(UnitKind::Group, format!("{name}第二代表小组"), 2 * n + 1, None));
    }
    for (n, (name, address, latitude, longitude)) in STATIONS.iter().enumerate() {
        unit(
            UnitKind::Station,
            (*name).into(),
            n,
            Some((address, *latitude, *longitude)),
        );
    }
    let (mut accounts, mut seats) = (vec![], vec![]);
    for n in 0..SEATS {
        let person = someone(n);
        let account = AccountRow::person(Id::new(), &person.name, Some(&phone(n + 1)), secrets, now);
        let delegation = n * DELEGATIONS.len() / SEATS;
        seats.push(Representative {
            id: Id::new(),
            congress_id: congress,
            term_id: term,
            account_id: account.id,
            number: format!("{:04}", n + 1),
            name: person.name,
            name_pinyin: person.pinyin,
            gender: Some(person.gender),
            ethnicity: Some(person.ethnicity.into()),
            party: (n % 3 != 2).then(|| "中共党员".into()),
            employer: Some(person.employer.into()),
            job_title: Some(person.job_title.into()),
            delegation_id: Some(delegations[delegation]),
            group_id: Some(groups[2 * delegation + n % 2]),
            district_id: Some(districts[delegation]),
            status: if n == SUSPENDED {
                SeatStatus::Suspended
            } else {
                SeatStatus::Active
            },
            ended_on: None,
            created_at: now,
            updated_at: now,
        });
        accounts.push(account);
    }
    store::insert_accounts(c, &accounts)?;
    // The first of a delegation is its head (团长), who decides on leave during a session.
    for row in units.iter_mut().filter(|u| u.kind == UnitKind::Delegation) {
        let head = seats.iter().find(|s| s.delegation_id == Some(row.id));
        row.head_account_id = head.map(|s| s.account_id);
    }
    store::insert_units(c, &units)?;
    store::insert_representatives(c, &seats)?;
    Ok(seats)
}

/// The bodies of the term and their members; gives the standing committee.
pub fn bodies(c: &mut DbConn, congress_id: Id, term_id: Id, seats: &[Representative], now: Ts) -> QueryResult<Id> {
    let body = |kind, name: &str, quorum_rule, seats: usize| BodyRow {
        id: Id::new(),
        congress_id,
        term_id,
        kind,
        name: name.into(),
        quorum_rule,
        seat_count: Some(seats as i32),
        created_at: now,
    };
    let plenary = body(BodyKind::Plenary, "全体会议", QuorumRule::TwoThirds, SEATS);
    let committee = body(
        BodyKind::StandingCommittee,
        "常务委员会",
        QuorumRule::Majority,
        COMMITTEE_SEATS,
    );
    let member = |body_id, seat: &Representative| BodyMemberRow {
        body_id,
        representative_id: seat.id,
    };
    let members: Vec<BodyMemberRow> = seats
        .iter()
        .map(|seat| member(plenary.id, seat))
        .chain(seats[..COMMITTEE_SEATS].iter().map(|seat| member(committee.id, seat)))
        .collect();
    let committee_id = committee.id;
    store::insert_bodies(c, &[plenary, committee])?;
    store::insert_body_members(c, &members)?;
    Ok(committee_id)
}
