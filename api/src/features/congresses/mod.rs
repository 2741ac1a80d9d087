//! Congresses and what they consist of: terms, congress sessions, bodies, units, organisations.

mod handlers;
mod proposal_rules;
mod rules;
mod settings;
mod store;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::reminders::Local;
use crate::text_enum;
use crate::web::Operations;
use chrono::NaiveDate;

pub use proposal_rules::ProposalRules;
pub use rules::{contains_pattern, is_invisible, is_plain};
pub use settings::{LeaveApprover, Settings};
pub use store::{Body, Congress, CongressSession, Organisation, Term, Unit};

text_enum! {
    /// 层级.
    Level { Province = "province", City = "city", County = "county", Township = "township" }
}
text_enum! {
    /// Where representatives belong, and where people find them.
    UnitKind {
        /// 代表团, during sessions.
        Delegation = "delegation",
        /// 代表小组, between sessions.
        Group = "group",
        /// 选区 / 选举单位.
        District = "district",
        /// 代表之家 / 联络站.
        Station = "station",
    }
}
text_enum! {
    /// Bodies of a congress.
    BodyKind {
        /// 全体会议 (all seats).
        Plenary = "plenary",
        /// 常委会.
        StandingCommittee = "standing_committee",
        /// 主席团.
        Presidium = "presidium",
        /// 专门委员会.
        Committee = "committee",
    }
}
text_enum! {
    /// The share of **all** seats that must be present (组织法; domain figures: 2/3 for a congress, more than half for a standing committee).
    QuorumRule { TwoThirds = "two_thirds", Majority = "majority", None = "none" }
}

impl Resource for Congress {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::congress(c, id)
    }
    fn congress_id(&self) -> Id {
        self.id
    }
}

impl Resource for Unit {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::unit(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}
impl Resource for Body {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::body(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}

/// The rules that a congress has set for itself, with defaults for the rest.
pub fn settings(congress: &Congress) -> Settings {
    Settings::from_stored(&congress.settings.0)
}

/// A congress by its id.
pub fn congress(c: &mut DbConn, id: Id) -> QueryResult<Option<Congress>> {
    store::congress(c, id)
}

/// Founds a congress without asking who may: for commands and demo data.
pub fn congress_insert(c: &mut DbConn, congress: &Congress) -> QueryResult<()> {
    store::congress_insert(c, congress).map(drop)
}

/// A term by its id.
pub fn term(c: &mut DbConn, id: Id) -> QueryResult<Option<Term>> {
    store::term(c, id)
}

/// Writes a term: for commands and demo data.
pub fn term_insert(c: &mut DbConn, term: &Term) -> QueryResult<()> {
    store::term_insert(c, term).map(drop)
}

/// The term that runs now: the one that began last. Before the first of all, the first.
pub fn current_term(c: &mut DbConn, congress: &Congress, now: Ts) -> QueryResult<Option<Term>> {
    store::current_term(c, congress.id, settings(congress).local_date(now))
}

/// A congress session by its id.
pub fn congress_session(c: &mut DbConn, id: Id) -> QueryResult<Option<CongressSession>> {
    store::congress_session(c, id)
}

/// Writes a congress session: for demo data.
pub fn congress_session_insert(c: &mut DbConn, session: &CongressSession) -> QueryResult<()> {
    store::session_insert(c, session).map(drop)
}

/// The sessions of a term, the latest first.
pub fn congress_sessions_of_term(c: &mut DbConn, term: &Term) -> QueryResult<Vec<CongressSession>> {
    store::session_page(c, term.congress_id, Some(term.id), None, 200)
}

/// The session a day belongs to: the one that runs then, or the last before it; and whether it runs.
pub fn session_of_day(c: &mut DbConn, congress: Id, day: NaiveDate) -> QueryResult<Option<(CongressSession, bool)>> {
    let session = store::session_begun(c, congress, day)?;
    Ok(session.map(|s| {
        let runs = (s.starts_on..=s.ends_on).contains(&day);
        (s, runs)
    }))
}

/// Organisations by their ids, in no order.
pub fn organisations(c: &mut DbConn, ids: &[Id]) -> QueryResult<Vec<Organisation>> {
    store::organisations_by_ids(c, ids)
}

/// A body by its id.
pub fn body(c: &mut DbConn, id: Id) -> QueryResult<Option<Body>> {
    store::body(c, id)
}

/// Writes a body with its members: for demo data.
pub fn body_insert(c: &mut DbConn, body: &Body, members: &[Id]) -> QueryResult<()> {
    store::body_insert(c, body)?;
    store::members_change(c, body.id, members, &[])
}

/// The seats that are members of a body.
pub fn body_members(c: &mut DbConn, body: Id) -> QueryResult<Vec<Id>> {
    store::member_ids(c, body)
}

/// A unit by its id.
pub fn unit(c: &mut DbConn, id: Id) -> QueryResult<Option<Unit>> {
    store::unit(c, id)
}

/// Every unit of a congress, of one kind or of all, in order.
pub fn units(c: &mut DbConn, congress: Id, kind: Option<UnitKind>) -> QueryResult<Vec<Unit>> {
    store::units(c, congress, kind)
}

/// Units of one kind with these names, placed after those that exist.
pub fn units_create(c: &mut DbConn, congress: Id, kind: UnitKind, names: &[String], now: Ts) -> QueryResult<Vec<Unit>> {
    let first = store::next_position(c, congress, kind)?;
    let units: Vec<Unit> = names
        .iter()
        .zip(first..)
        .map(|(name, position)| Unit {
            id: Id::new(),
            congress_id: congress,
            kind,
            name: name.clone(),
            position,
            head_account_id: None,
            address: None,
            latitude: None,
            longitude: None,
            created_at: now,
        })
        .collect();
    store::units_insert(c, &units)?;
    Ok(units)
}

/// The day it is in the congress's place.
pub fn local_date(congress: &Congress, now: Ts) -> NaiveDate {
    settings(congress).local_date(now)
}

/// Whether a congress is `top` or lies below it.
pub fn is_within(c: &mut DbConn, congress: Id, top: Id) -> QueryResult<bool> {
    let mut at = Some(congress);
    while let Some(id) = at {
        if id == top {
            return Ok(true);
        }
        at = store::congress(c, id)?.and_then(|c| c.parent_id);
    }
    Ok(false)
}

/// Reminder rules and local time of a congress, for whoever reminds its people; defaults if it does not exist.
pub fn local(c: &mut DbConn, congress: Id) -> QueryResult<Local> {
    let found = store::congress(c, congress)?;
    Ok(found
        .map_or_else(Settings::default, |congress| settings(&congress))
        .local())
}

pub fn routes(config: &mut impl Operations) {
    handlers::routes(config);
}
