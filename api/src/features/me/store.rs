//! Queries of the caller's own things.

use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::meetings::{SeatClass, SittingState};
use crate::features::representatives::SeatStatus;
use crate::on_backend;
use crate::schema::{congresses, meetings, representatives, roster_entries, sittings, units};
use diesel::prelude::*;

/// A sitting on whose roster the account is.
#[derive(Debug, Queryable)]
pub struct MySitting {
    pub entry_id: Id,
    pub sitting_id: Id,
    pub title: String,
    pub meeting_id: Id,
    pub meeting_title: String,
    pub congress_name: String,
    pub place: String,
    pub state: SittingState,
    pub starts_at: Ts,
    pub late_after: Ts,
    pub ends_at: Ts,
    pub class: SeatClass,
    pub seat_label: Option<String>,
    pub suspended: bool,
    pub representative_id: Option<Id>,
}

/// What to list.
pub struct Filter {
    pub state: Option<SittingState>,
    /// Ended sittings too, newest first; otherwise what is to come, soonest first.
    pub past: bool,
    pub after: Option<(Ts, Id)>,
    pub limit: i64,
}

pub fn my_sittings(c: &mut DbConn, account: Id, filter: &Filter, now: Ts) -> QueryResult<Vec<MySitting>> {
    on_backend!(c, c => {
        let mut q = roster_entries::table
            .inner_join(sittings::table.inner_join(meetings::table))
            .inner_join(congresses::table.on(congresses::id.eq(roster_entries::congress_id)))
            .filter(roster_entries::account_id.eq(account).and(meetings::state.ne("cancelled")))
            .select((
                roster_entries::id, sittings::id, sittings::title, meetings::id, meetings::title, congresses::name,
                sittings::place, sittings::state, sittings::starts_at, sittings::late_after, sittings::ends_at,
                roster_entries::class, roster_entries::seat_label, roster_entries::suspended,
                roster_entries::representative_id,
            ))
            .limit(filter.limit)
            .into_boxed();
        if let Some(state) = filter.state { q = q.filter(sittings::state.eq(state)); }
        q = if filter.past {
            q = q.filter(sittings::state.eq(SittingState::Closed).or(sittings::ends_at.lt(now)));
            if let Some((at, id)) = filter.after {
                q = q.filter(sittings::starts_at.lt(at).or(sittings::starts_at.eq(at).and(sittings::id.lt(id))));
            }
            q.order((sittings::starts_at.desc(), sittings::id.desc()))
        } else {
            q = q.filter(sittings::state.ne(SittingState::Closed));
            if let Some((at, id)) = filter.after {
                q = q.filter(sittings::starts_at.gt(at).or(sittings::starts_at.eq(at).and(sittings::id.gt(id))));
            }
            q.order((sittings::starts_at.asc(), sittings::id.asc()))
        };
        q.load(c)
    })
}

/// A seat: representative, congress, its name, term, number, name, delegation, status.
pub type MySeat = (Id, Id, String, Id, String, String, Option<String>, SeatStatus);

pub fn my_seats(c: &mut DbConn, account: Id) -> QueryResult<Vec<MySeat>> {
    on_backend!(c, c => representatives::table
        .inner_join(congresses::table)
        .left_join(units::table.on(representatives::delegation_id.eq(units::id.nullable())))
        .filter(representatives::account_id.eq(account))
        .order(representatives::id)
        .select((representatives::id, congresses::id, congresses::name, representatives::term_id, representatives::number,
            representatives::name, units::name.nullable(), representatives::status))
        .load(c))
}
