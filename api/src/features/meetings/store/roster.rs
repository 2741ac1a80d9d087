//! Rows and queries of rosters.

use super::{RosterCounts, RosterEntry};
use crate::db::{DbConn, Id, QueryResult};
use crate::features::congresses::BodyKind;
use crate::features::meetings::SeatClass;
use crate::features::representatives::SeatStatus;
use crate::on_backend;
use crate::schema::{
    attendances, bodies, body_members, congress_sessions, representatives, roster_entries, terms, units,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::upsert::excluded;

/// Rows of one statement: far below the parameters either database allows.
const CHUNK: usize = 500;

/// A line of a roster with the name of its delegation.
pub type RosterRow = (RosterEntry, Option<String>);

pub fn roster(c: &mut DbConn, sitting: Id) -> QueryResult<Vec<RosterEntry>> {
    on_backend!(c, c => roster_entries::table.filter(roster_entries::sitting_id.eq(sitting))
        .order((roster_entries::position, roster_entries::id)).select(RosterEntry::as_select()).load(c))
}

/// One page in seat order; one more than `limit`. `q` is a part of the name or the beginning of its pinyin.
pub fn roster_page(
    c: &mut DbConn,
    sitting: Id,
    class: Option<SeatClass>,
    q: Option<&str>,
    after: Option<(i32, Id)>,
    limit: i64,
) -> QueryResult<Vec<RosterRow>> {
    on_backend!(c, c => {
        let mut query = roster_entries::table
            .left_join(units::table.on(roster_entries::delegation_id.eq(units::id.nullable())))
            .filter(roster_entries::sitting_id.eq(sitting))
            .select((RosterEntry::as_select(), units::name.nullable()))
            .order((roster_entries::position, roster_entries::id))
            .limit(limit + 1)
            .into_boxed();
        if let Some(class) = class { query = query.filter(roster_entries::class.eq(class)); }
        if let Some(q) = q {
            let literal: String = q.chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect();
            let (part, start) = (format!("%{literal}%"), format!("{}%", literal.to_lowercase()));
            query = query.filter(roster_entries::name.like(part).escape('!')
                .or(roster_entries::name_pinyin.like(start).escape('!')));
        }
        if let Some((position, id)) = after {
            query = query.filter(roster_entries::position.gt(position)
                .or(roster_entries::position.eq(position).and(roster_entries::id.gt(id))));
        }
        query.load(c)
    })
}

pub fn entry(c: &mut DbConn, sitting: Id, id: Id) -> QueryResult<Option<RosterEntry>> {
    on_backend!(c, c => roster_entries::table.find(id).filter(roster_entries::sitting_id.eq(sitting))
        .select(RosterEntry::as_select()).first(c).optional())
}

pub fn is_on_roster(c: &mut DbConn, sitting: Id, account: Id) -> QueryResult<bool> {
    on_backend!(c, c => diesel::select(diesel::dsl::exists(roster_entries::table
        .filter(roster_entries::sitting_id.eq(sitting).and(roster_entries::account_id.eq(account))))).get_result(c))
}

pub fn roster_counts(c: &mut DbConn, sitting: Id) -> QueryResult<RosterCounts> {
    let counted: Vec<(SeatClass, i64)> = on_backend!(c, c => roster_entries::table
        .filter(roster_entries::sitting_id.eq(sitting)).group_by(roster_entries::class)
        .select((roster_entries::class, diesel::dsl::count_star())).load(c))?;
    let of = |class| counted.iter().find(|(c, _)| *c == class).map_or(0, |(_, n)| *n);
    Ok(RosterCounts {
        voting: of(SeatClass::Voting),
        attendee: of(SeatClass::Attendee),
        observer: of(SeatClass::Observer),
    })
}

pub fn next_position(c: &mut DbConn, sitting: Id) -> QueryResult<i32> {
    let last: Option<i32> = on_backend!(c, c => roster_entries::table.filter(roster_entries::sitting_id.eq(sitting))
        .select(diesel::dsl::max(roster_entries::position)).first(c))?;
    Ok(last.map_or(0, |p| p.saturating_add(1)))
}

/// Writes lines: new ids are added, known ones get what may have changed since the roster was made.
pub fn roster_put(c: &mut DbConn, entries: &[RosterEntry]) -> QueryResult<()> {
    use roster_entries as r;
    for chunk in entries.chunks(CHUNK) {
        on_backend!(c, c => diesel::insert_into(r::table).values(chunk)
            .on_conflict(r::id).do_update().set((
                r::delegation_id.eq(excluded(r::delegation_id)), r::class.eq(excluded(r::class)), r::name.eq(excluded(r::name)),
                r::name_pinyin.eq(excluded(r::name_pinyin)), r::seat_label.eq(excluded(r::seat_label)),
                r::position.eq(excluded(r::position)), r::suspended.eq(excluded(r::suspended)),
                r::representative_id.eq(excluded(r::representative_id)), r::account_id.eq(excluded(r::account_id)),
            )).execute(c))?;
    }
    Ok(())
}

pub fn roster_remove(c: &mut DbConn, sitting: Id, entries: &[Id]) -> QueryResult<usize> {
    let mut removed = 0;
    for chunk in entries.chunks(CHUNK) {
        removed += on_backend!(c, c => diesel::delete(roster_entries::table
            .filter(roster_entries::sitting_id.eq(sitting).and(roster_entries::id.eq_any(chunk)))).execute(c))?;
    }
    Ok(removed)
}

/// Whether any of these lines has signed in.
pub fn has_attendance(c: &mut DbConn, sitting: Id, entries: &[Id]) -> QueryResult<bool> {
    for chunk in entries.chunks(CHUNK) {
        let found: bool = on_backend!(c, c => diesel::select(diesel::dsl::exists(attendances::table
            .filter(attendances::sitting_id.eq(sitting).and(attendances::entry_id.eq_any(chunk))))).get_result(c))?;
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A seat as a roster needs it.
#[derive(Debug, Clone, Queryable)]
pub struct Seat {
    pub id: Id,
    pub account_id: Id,
    pub name: String,
    pub name_pinyin: String,
    pub delegation_id: Option<Id>,
    pub status: SeatStatus,
}

/// Which seats a roster is made of.
#[derive(Debug, Clone)]
pub enum Seats {
    /// Those of a term.
    Term(Id),
    /// The members of a body; everybody of its term when it is the plenary.
    Body(Id),
    /// Those of a term that belong to a unit.
    Unit(Id, Id),
    /// The named ones.
    List(Vec<Id>),
}

/// Active and suspended seats of the congress, by delegation and number. Seats of a list come with ended ones,
/// so that the caller can say which those are.
pub fn seats(c: &mut DbConn, congress: Id, which: &Seats) -> QueryResult<Vec<Seat>> {
    use representatives as r;
    let which = match which {
        Seats::Body(body) => {
            let (kind, term): (BodyKind, Id) =
                on_backend!(c, c => bodies::table.find(*body).select((bodies::kind, bodies::term_id)).first(c))?;
            if kind == BodyKind::Plenary {
                &Seats::Term(term)
            } else {
                which
            }
        }
        _ => which,
    };
    let chunks: Vec<Option<&[Id]>> = match which {
        Seats::List(ids) => ids.chunks(CHUNK).map(Some).collect(),
        _ => vec![None],
    };
    let mut seats = vec![];
    for chunk in chunks {
        let found: Vec<Seat> = on_backend!(c, c => {
            let mut q = r::table
                .left_join(units::table.on(r::delegation_id.eq(units::id.nullable())))
                .filter(r::congress_id.eq(congress))
                .select((r::id, r::account_id, r::name, r::name_pinyin, r::delegation_id, r::status))
                // A database's own order of NULLs differs: seats without a delegation come last in both.
                .order((r::delegation_id.is_null(), units::position, units::id, r::number, r::id))
                .into_boxed();
            if let Some(ids) = chunk { q = q.filter(r::id.eq_any(ids)); } else { q = q.filter(r::status.ne(SeatStatus::Ended)); }
            match which {
                Seats::Term(term) => q = q.filter(r::term_id.eq(*term)),
                Seats::Body(body) => q = q.filter(r::id.eq_any(
                    body_members::table.filter(body_members::body_id.eq(*body)).select(body_members::representative_id))),
                Seats::Unit(unit, term) => q = q.filter(r::term_id.eq(*term)).filter(
                    r::delegation_id.eq(*unit).or(r::group_id.eq(*unit)).or(r::district_id.eq(*unit))),
                Seats::List(_) => (),
            }
            q.load(c)
        })?;
        seats.extend(found);
    }
    Ok(seats)
}

/// The term a meeting falls into: its congress session's, else the one of its day, else the latest.
pub fn term_of(c: &mut DbConn, congress: Id, session: Option<Id>, day: NaiveDate) -> QueryResult<Option<Id>> {
    if let Some(session) = session {
        return on_backend!(c, c => congress_sessions::table.find(session).select(congress_sessions::term_id).first(c).optional());
    }
    let known: Vec<(Id, NaiveDate, NaiveDate)> = on_backend!(c, c => terms::table.filter(terms::congress_id.eq(congress))
        .order(terms::number.desc()).select((terms::id, terms::starts_on, terms::ends_on)).load(c))?;
    let of_day = known.iter().find(|(_, from, to)| (*from..=*to).contains(&day));
    Ok(of_day.or(known.first()).map(|(id, _, _)| *id))
}
