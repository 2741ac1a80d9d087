//! From rows to closed proposals: resolves people, units and categories, then writes everything that belongs to them.

use super::check::{Checked, PastRow, duplicates};
use super::columns::Column;
use super::history;
use crate::calendar::{self, Calendar, LengthUnit, Rule};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::congresses::{CongressSession, Organisation, Settings, Term};
use crate::features::proposals::figures::store::import as store;
use crate::features::proposals::rules::motion;
use crate::features::proposals::store::{self as proposals, Category};
use crate::features::proposals::{ProposalKind, ResultClass};
use crate::sheets::Problems;
use chrono::NaiveDate;
use std::collections::HashMap;

/// Where past proposals go, and by which rules their lateness is told.
pub struct Target {
    pub congress_id: Id,
    pub session: CongressSession,
    pub term: Term,
    pub settings: Settings,
    pub calendar: Calendar,
    /// Who brings them.
    pub account_id: Id,
    /// Make organisations and categories that do not exist.
    pub create_missing: bool,
    pub now: Ts,
}

impl Target {
    /// The rule by which a reply was due, when the sheet does not say.
    pub fn reply_due(&self, assigned_on: NaiveDate) -> NaiveDate {
        let rule = Rule {
            name: "答复".into(),
            unit: LengthUnit::Months,
            count: self.settings.proposals.reply_months,
            article: "代表法第五十一条".into(),
        };
        calendar::due(&self.calendar, &rule, assigned_on).on
    }

    /// Noon of a day in the congress's place: the hour of what happened long ago is not known.
    pub fn noon(&self, day: NaiveDate) -> Ts {
        let noon = day.and_hms_opt(12, 0, 0).expect("noon exists").and_utc();
        Ts(noon - chrono::TimeDelta::minutes(self.settings.timezone_offset_minutes.into()))
    }
}

/// A row with everything it names.
pub struct Resolved<'a> {
    pub row: &'a PastRow,
    pub number: String,
    pub seq: Option<i32>,
    pub category_id: Id,
    pub author: store::SeatName,
    pub cosigners: Vec<store::SeatName>,
    pub leads: Vec<Id>,
    pub cos: Vec<Id>,
}

/// What an import will do.
#[derive(Default)]
pub struct Plan {
    pub problems: Problems,
    pub created: usize,
    pub new_organisations: Vec<Organisation>,
    pub new_categories: Vec<Category>,
    pub rows: store::Rows,
    /// The highest number of each kind that was given.
    last: HashMap<ProposalKind, i32>,
}

/// Works out what the rows mean; reads only.
pub fn plan(c: &mut DbConn, target: &Target, checked: &Checked) -> QueryResult<Plan> {
    let mut plan = Plan {
        problems: checked.problems.clone(),
        ..Plan::default()
    };
    let numbers: Vec<(String, Option<i32>)> = checked.rows.iter().map(|r| numbered(target, r)).collect();
    let lines = checked
        .rows
        .iter()
        .map(|r| r.row)
        .zip(numbers.iter().map(|(n, _)| n.as_str()));
    duplicates(lines, &mut plan.problems);
    let all: Vec<String> = numbers.iter().map(|(number, _)| number.clone()).collect();
    let taken: std::collections::HashSet<String> =
        store::numbers_taken(c, target.congress_id, &all)?.into_iter().collect();
    let mut names = Names::load(c, target)?;
    for (row, (number, seq)) in checked.rows.iter().zip(numbers) {
        if taken.contains(&number) {
            let message = format!("已有编号为 {number} 的建议；历年建议不能重复导入");
            plan.problems
                .add(row.row, Column::Number.label(), "number_taken", message);
            continue;
        }
        let Some(resolved) = resolve(&mut names, target, row, number, seq, &mut plan) else {
            continue;
        };
        if let Some(seq) = seq {
            let last = plan.last.entry(row.kind).or_default();
            *last = seq.max(*last);
        }
        history::write(target, &resolved, &mut plan.rows);
        plan.created += 1;
    }
    plan.problems.sort();
    Ok(plan)
}

/// Writes a plan without problems.
pub fn apply(c: &mut DbConn, target: &Target, plan: &Plan) -> QueryResult<()> {
    store::organisations_insert(c, &plan.new_organisations)?;
    for category in &plan.new_categories {
        proposals::category_insert(c, category)?;
    }
    store::insert(c, &plan.rows)?;
    for (kind, last) in &plan.last {
        store::counter_raise(c, target.session.id, *kind, *last)?;
    }
    Ok(())
}

/// The whole number, and its place among its kind when it has the form that the system gives.
fn numbered(target: &Target, row: &PastRow) -> (String, Option<i32>) {
    let whole = |seq| motion::number(target.term.number, target.session.number, row.kind, seq);
    let digits = row.number.rsplit('-').next().unwrap_or_default();
    let seq = Some(digits)
        .filter(|d| !d.is_empty() && d.len() <= 6 && d.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|d| d.parse().ok())
        .filter(|seq| *seq > 0)
        .filter(|seq| digits == row.number || whole(*seq) == row.number);
    match seq {
        Some(seq) => (whole(seq), Some(seq)),
        None => (row.number.clone(), None),
    }
}

fn resolve<'a>(
    names: &mut Names,
    target: &Target,
    row: &'a PastRow,
    number: String,
    seq: Option<i32>,
    plan: &mut Plan,
) -> Option<Resolved<'a>> {
    let before = plan.problems.count;
    if row.class == ResultClass::D && !target.settings.proposals.class_d {
        let message = "本级人大不使用 D 类；请先在设置中允许";
        plan.problems
            .add(row.row, Column::Class.label(), "class_not_used", message);
    }
    let author = names.seat(&row.author, row.row, Column::Author, &mut plan.problems);
    let mut cosigners = vec![];
    for name in &row.cosigners {
        let seat = names.seat(name, row.row, Column::Cosigners, &mut plan.problems);
        cosigners.extend(seat.filter(|s| author.as_ref().is_none_or(|a| a.id != s.id)));
    }
    let category_id = names.category(target, row, plan);
    let mut units = |of: &[String], column| -> Vec<Id> {
        of.iter()
            .filter_map(|name| names.organisation(target, name, row.row, column, plan))
            .collect()
    };
    let (leads, cos) = (units(&row.leads, Column::Lead), units(&row.cos, Column::Co));
    if plan.problems.count > before {
        return None;
    }
    Some(Resolved {
        row,
        number,
        seq,
        category_id: category_id?,
        author: author?,
        cosigners,
        leads,
        cos,
    })
}

/// Everything that rows can name, by name.
struct Names {
    /// By name and by 代表证号; several seats when a name is not enough.
    seats: HashMap<String, Vec<store::SeatName>>,
    organisations: HashMap<String, Id>,
    categories: HashMap<(Option<Id>, String), Id>,
    next_position: i32,
}

impl Names {
    fn load(c: &mut DbConn, target: &Target) -> QueryResult<Names> {
        let mut seats: HashMap<String, Vec<store::SeatName>> = HashMap::new();
        for seat in store::seats(c, target.term.id)? {
            seats.entry(seat.number.clone()).or_default().push(seat.clone());
            if seat.name != seat.number {
                seats.entry(seat.name.clone()).or_default().push(seat);
            }
        }
        let mut organisations = HashMap::new();
        let known = store::organisations(c, target.congress_id)?;
        organisations.extend(known.iter().map(|o| (o.short_name.clone(), o.id)));
        organisations.extend(known.iter().map(|o| (o.name.clone(), o.id)));
        let mut known = proposals::categories_of(c, target.congress_id)?;
        // One that is in use stands before one of the same name that was retired.
        known.sort_by_key(|k| k.retired_at.is_none());
        Ok(Names {
            seats,
            organisations,
            next_position: known.iter().map(|k| k.position + 1).max().unwrap_or(0),
            categories: known.into_iter().map(|k| ((k.parent_id, k.name), k.id)).collect(),
        })
    }

    fn seat(&self, name: &str, row: usize, column: Column, problems: &mut Problems) -> Option<store::SeatName> {
        match self.seats.get(name).map(Vec::as_slice) {
            Some([seat]) => return Some(seat.clone()),
            Some(_) => {
                let message = format!("本届有多位代表叫“{name}”，请改填代表证号");
                problems.add(row, column.label(), "ambiguous_representative", message);
            }
            None => {
                let message = format!("该次会议所属届别的名册中没有“{name}”，请先导入代表名册");
                problems.add(row, column.label(), "unknown_representative", message);
            }
        }
        None
    }

    fn organisation(&mut self, target: &Target, name: &str, row: usize, column: Column, plan: &mut Plan) -> Option<Id> {
        if let Some(id) = self.organisations.get(name) {
            return Some(*id);
        }
        if !target.create_missing || name.chars().count() > 64 {
            let message = format!("没有名为“{name}”的承办单位；请先建立，或选择自动建立");
            plan.problems.add(row, column.label(), "unknown_organisation", message);
            return None;
        }
        let new = Organisation {
            id: Id::new(),
            congress_id: target.congress_id,
            name: name.to_owned(),
            short_name: name.chars().take(32).collect(),
        };
        let id = new.id;
        self.organisations.insert(name.to_owned(), id);
        plan.new_organisations.push(new);
        Some(id)
    }

    /// `上级/下级`, or one name.
    fn category(&mut self, target: &Target, row: &PastRow, plan: &mut Plan) -> Option<Id> {
        let mut parent = None;
        for name in row.category.split(['/', '／']).map(str::trim) {
            let key = (parent, name.to_owned());
            if let Some(id) = self.categories.get(&key) {
                parent = Some(*id);
                continue;
            }
            if !target.create_missing || name.is_empty() || name.chars().count() > 64 {
                let message = format!("没有名为“{}”的分类；请先建立，或选择自动建立", row.category);
                plan.problems
                    .add(row.row, Column::Category.label(), "unknown_category", message);
                return None;
            }
            let new = Category {
                id: Id::new(),
                congress_id: target.congress_id,
                parent_id: parent,
                name: name.to_owned(),
                position: self.next_position,
                created_at: target.now,
                retired_at: None,
            };
            self.next_position += 1;
            parent = Some(new.id);
            self.categories.insert(key, new.id);
            plan.new_categories.push(new);
        }
        parent
    }
}
