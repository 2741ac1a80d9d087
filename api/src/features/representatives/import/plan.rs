//! From rows to changes: compares a roster with the seats of the term, then writes what differs.

use super::check::{Checked, SeatRow};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::congresses::{self, UnitKind};
use crate::features::representatives::rules::Column;
use crate::features::representatives::store::{self, NewAccount, Representative};
use crate::features::representatives::{SeatStatus, pinyin};
use crate::secrets::Secrets;
use crate::sheets::Problems;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What an import will do.
#[derive(Debug, Default)]
pub struct Plan {
    pub problems: Problems,
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    /// Units that do not exist yet, by kind.
    pub new_units: BTreeMap<UnitKind, BTreeSet<String>>,
    new_accounts: Vec<NewAccount>,
    /// Rows to insert or to replace; units that do not exist yet are resolved when they are written.
    seats: Vec<(Representative, UnitNames)>,
}

/// The units of a row by name.
type UnitNames = Vec<(UnitKind, String)>;
type UnitIds = HashMap<(UnitKind, String), Id>;

const UNITS: [(Column, UnitKind); 3] = [
    (Column::Delegation, UnitKind::Delegation),
    (Column::Group, UnitKind::Group),
    (Column::District, UnitKind::District),
];

fn unit_name(row: &SeatRow, kind: UnitKind) -> Option<&String> {
    match kind {
        UnitKind::Delegation => row.delegation.as_ref(),
        UnitKind::Group => row.group.as_ref(),
        UnitKind::District => row.district.as_ref(),
        UnitKind::Station => None,
    }
}

fn unit_slot(seat: &mut Representative, kind: UnitKind) -> Option<&mut Option<Id>> {
    match kind {
        UnitKind::Delegation => Some(&mut seat.delegation_id),
        UnitKind::Group => Some(&mut seat.group_id),
        UnitKind::District => Some(&mut seat.district_id),
        UnitKind::Station => None,
    }
}

/// Where a roster goes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub congress_id: Id,
    pub term_id: Id,
    pub create_units: bool,
}

/// A row with what was worked out before the database was asked: index and spelling take a while for thousands.
pub struct Prepared {
    pub row: SeatRow,
    pub phone_index: String,
    pub pinyin: String,
}

pub fn prepare(rows: Vec<SeatRow>, secrets: &Secrets) -> Vec<Prepared> {
    rows.into_iter()
        .map(|row| Prepared {
            phone_index: secrets.blind_index(row.phone.as_str()),
            pinyin: pinyin::spell(&row.name),
            row,
        })
        .collect()
}

/// Works out what the rows change; reads only.
pub fn plan(
    c: &mut DbConn,
    target: Target,
    checked: &Checked,
    rows: &[Prepared],
    secrets: &Secrets,
    now: Ts,
) -> QueryResult<Plan> {
    let mut plan = Plan {
        problems: checked.problems.clone(),
        ..Plan::default()
    };
    let units: UnitIds = congresses::units(c, target.congress_id, None)?
        .into_iter()
        .map(|u| ((u.kind, u.name), u.id))
        .collect();
    let seats = store::all_of_term(c, target.term_id)?;
    let by_number: HashMap<&str, &Representative> = seats.iter().map(|s| (s.number.as_str(), s)).collect();
    let by_account: HashMap<Id, &Representative> = seats.iter().map(|s| (s.account_id, s)).collect();
    let indexes: Vec<&str> = rows.iter().map(|p| p.phone_index.as_str()).collect();
    let accounts: HashMap<String, Id> = store::accounts_by_index(c, &indexes)?.into_iter().collect();

    for prepared in rows {
        let row = &prepared.row;
        let account = accounts.get(&prepared.phone_index).copied();
        let names = units_of(row, target, &units, &mut plan);
        if let Some(holder) = account.and_then(|a| by_account.get(&a))
            && holder.number != row.number
        {
            let message = format!("手机号已由本届代表 {} {} 使用", holder.number, holder.name);
            plan.problems
                .add(row.row, Column::Phone.label(), "phone_taken", message);
            continue;
        }
        let old = by_number.get(row.number.as_str()).copied();
        if let Some(old) = old {
            // Another person and another phone: the number belongs to somebody else, and must not change hands silently.
            if old.name != row.name && account != Some(old.account_id) {
                let message = format!("代表证号 {} 已由本届代表 {} 使用", old.number, old.name);
                plan.problems
                    .add(row.row, Column::Number.label(), "number_taken", message);
                continue;
            }
        }
        let seat = seat(old, prepared, account, target, checked, now);
        let mut wanted = seat.clone();
        let known_units = resolve(&mut wanted, &names, &units);
        if known_units && old.is_some_and(|old| same(old, &wanted)) {
            plan.unchanged += 1;
            continue;
        }
        match old {
            Some(old) if old.status == SeatStatus::Ended => {
                let message = format!("{} 的代表资格已终止，不能再修改", old.name);
                plan.problems
                    .add(row.row, Column::Number.label(), "seat_ended", message);
                continue;
            }
            Some(_) => plan.updated += 1,
            None => plan.created += 1,
        }
        if account.is_none() {
            plan.new_accounts.push(NewAccount::new(
                seat.account_id,
                &row.name,
                &row.phone,
                &prepared.phone_index,
                secrets,
                now,
            ));
        }
        plan.seats.push((seat, names));
    }
    plan.problems.sort();
    Ok(plan)
}

/// The units that a row names; one that does not exist is planned or is a problem.
fn units_of(row: &SeatRow, target: Target, units: &UnitIds, plan: &mut Plan) -> UnitNames {
    let mut names = vec![];
    for (column, kind) in UNITS {
        let Some(name) = unit_name(row, kind) else { continue };
        if !units.contains_key(&(kind, name.clone())) {
            if !target.create_units {
                let message = format!("没有名为“{name}”的{}；请先建立，或选择自动建立", column.label());
                plan.problems.add(row.row, column.label(), "unknown_unit", message);
                continue;
            }
            plan.new_units.entry(kind).or_default().insert(name.clone());
        }
        names.push((kind, name.clone()));
    }
    names
}

/// The seat as the row wants it. Columns that the file does not have stay as they are; units that the row
/// names are filled in when it is written, those that it leaves empty are cleared.
fn seat(
    old: Option<&Representative>,
    prepared: &Prepared,
    account: Option<Id>,
    target: Target,
    checked: &Checked,
    now: Ts,
) -> Representative {
    let row = &prepared.row;
    let mut seat = old.cloned().unwrap_or_else(|| Representative {
        id: Id::new(),
        congress_id: target.congress_id,
        term_id: target.term_id,
        account_id: Id::new(),
        number: row.number.clone(),
        name: String::new(),
        name_pinyin: String::new(),
        gender: None,
        ethnicity: None,
        party: None,
        employer: None,
        job_title: None,
        delegation_id: None,
        group_id: None,
        district_id: None,
        status: SeatStatus::Active,
        ended_on: None,
        created_at: now,
        updated_at: now,
    });
    // A new phone belongs to another account: the old one may be used elsewhere and is left alone.
    seat.account_id = account.unwrap_or_default();
    if seat.name != row.name {
        seat.name.clone_from(&row.name);
        seat.name_pinyin.clone_from(&prepared.pinyin);
    }
    let has = |column| checked.columns.contains(&column);
    if has(Column::Gender) {
        seat.gender = row.gender;
    }
    for (column, slot, value) in [
        (Column::Ethnicity, &mut seat.ethnicity, &row.ethnicity),
        (Column::Party, &mut seat.party, &row.party),
        (Column::Employer, &mut seat.employer, &row.employer),
        (Column::JobTitle, &mut seat.job_title, &row.job_title),
    ] {
        if has(column) {
            slot.clone_from(value);
        }
    }
    for (column, kind) in UNITS {
        if has(column)
            && unit_name(row, kind).is_none()
            && let Some(slot) = unit_slot(&mut seat, kind)
        {
            *slot = None;
        }
    }
    seat
}

/// Puts units that are known by name into a seat; false when one does not exist yet.
fn resolve(seat: &mut Representative, names: &UnitNames, units: &UnitIds) -> bool {
    let mut all = true;
    for (kind, name) in names {
        let id = units.get(&(*kind, name.clone())).copied();
        all &= id.is_some();
        if let Some(slot) = unit_slot(seat, *kind) {
            *slot = id;
        }
    }
    all
}

/// Whether nothing but the moment of the change would be written.
fn same(old: &Representative, new: &Representative) -> bool {
    let values = |s: &Representative| {
        (
            (
                s.account_id,
                s.name.clone(),
                s.gender,
                s.ethnicity.clone(),
                s.party.clone(),
            ),
            (
                s.employer.clone(),
                s.job_title.clone(),
                s.delegation_id,
                s.group_id,
                s.district_id,
            ),
        )
    };
    values(old) == values(new)
}

/// Writes a plan without problems.
pub fn apply(c: &mut DbConn, target: Target, plan: Plan, now: Ts) -> QueryResult<()> {
    let mut units: UnitIds = congresses::units(c, target.congress_id, None)?
        .into_iter()
        .map(|u| ((u.kind, u.name), u.id))
        .collect();
    for (kind, names) in plan.new_units {
        let names: Vec<String> = names.into_iter().collect();
        let made = congresses::units_create(c, target.congress_id, kind, &names, now)?;
        units.extend(made.into_iter().map(|u| ((u.kind, u.name), u.id)));
    }
    store::accounts_insert(c, &plan.new_accounts)?;
    let seats: Vec<Representative> = plan
        .seats
        .into_iter()
        .map(|(mut seat, names)| {
            resolve(&mut seat, &names, &units);
            seat.updated_at = now;
            seat
        })
        .collect();
    store::seats_upsert(c, &seats)
}
