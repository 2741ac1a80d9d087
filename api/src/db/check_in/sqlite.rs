//! Sign-ins on SQLite: short statements for each row.

use super::{Arriving, Found, Known, SeatColumns, SeatTypes, seat};
use crate::db::types::sql::{DbId, DbTs};
use crate::db::{Id, QueryResult, Ts};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types as st;
use diesel::sqlite::Sqlite;

struct Look<'a> {
    item: &'a Arriving,
}

impl Query for Look<'_> {
    type SqlType = (st::Text, DbTs, SeatTypes, st::Nullable<DbTs>, st::Nullable<st::Text>);
}
impl diesel::RunQueryDsl<SqliteConnection> for Look<'_> {}
// The text never changes, so the statement is prepared once per connection.
impl QueryId for Look<'_> {
    type QueryId = Look<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Sqlite> for Look<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "SELECT s.state, s.late_after, r.id, r.congress_id, r.suspended, r.name, r.seat_label, r.delegation_id, g.name, r.class,
                    a.at, a.device_id
             FROM sittings s
             LEFT JOIN roster_entries r ON r.sitting_id = s.id AND r.account_id = ",
        );
        out.push_bind_param::<DbId, _>(&self.item.account_id)?;
        out.push_sql(" LEFT JOIN units g ON g.id = r.delegation_id");
        out.push_sql(" LEFT JOIN attendances a ON a.sitting_id = s.id AND a.entry_id = r.id WHERE s.id = ");
        out.push_bind_param::<DbId, _>(&self.item.sitting_id)?;
        Ok(())
    }
}

struct InsertOne<'a> {
    item: &'a Arriving,
    entry_id: Id,
    congress_id: Id,
    /// The roster's version that must still be so.
    version: Option<i64>,
}

impl diesel::RunQueryDsl<SqliteConnection> for InsertOne<'_> {}
// The text never changes, so the statement is prepared once per connection.
impl QueryId for InsertOne<'_> {
    type QueryId = InsertOne<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Sqlite> for InsertOne<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method, device_id, distance_m)
             SELECT s.id, ",
        );
        out.push_bind_param::<DbId, _>(&self.entry_id)?;
        out.push_sql(", ");
        out.push_bind_param::<DbId, _>(&self.congress_id)?;
        out.push_sql(", ");
        out.push_bind_param::<DbTs, _>(&self.item.at)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Text, _>(&self.item.method)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Text, _>(&self.item.device_id)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Nullable<st::Integer>, _>(&self.item.distance_m)?;
        out.push_sql(" FROM sittings s WHERE s.id = ");
        out.push_bind_param::<DbId, _>(&self.item.sitting_id)?;
        out.push_sql(" AND s.state = 'open' AND s.roster_version = coalesce(");
        out.push_bind_param::<st::Nullable<st::BigInt>, _>(&self.version)?;
        out.push_sql(", s.roster_version) ON CONFLICT DO NOTHING");
        Ok(())
    }
}

/// The short way; false when it is not as remembered, or the seat signed in before.
pub fn write_known(c: &mut SqliteConnection, item: &Arriving, known: Known) -> QueryResult<bool> {
    let insert = InsertOne {
        item,
        entry_id: known.entry_id,
        congress_id: known.congress_id,
        version: Some(known.version),
    };
    Ok(insert.execute(c)? == 1)
}

type LookRow = (String, Ts, SeatColumns, Option<Ts>, Option<String>);

/// The long way.
pub fn write(c: &mut SqliteConnection, item: &Arriving) -> QueryResult<Found> {
    let found: Option<LookRow> = Look { item }.get_result(c).optional()?;
    let Some((state, late_after, seat_columns, at, device_id)) = found else {
        return Ok(Found {
            sitting_state: None,
            late_after: None,
            seat: None,
            first: false,
            at: None,
            device_id: None,
        });
    };
    let mut answer = Found {
        seat: seat(seat_columns),
        first: false,
        at,
        device_id,
        late_after: Some(late_after),
        sitting_state: Some(state),
    };
    let open = answer.sitting_state.as_deref() == Some("open");
    if let (Some(seat), true, None) = (&answer.seat, open, at)
        && !seat.suspended
    {
        InsertOne {
            item,
            entry_id: seat.entry_id,
            congress_id: seat.congress_id,
            version: None,
        }
        .execute(c)?;
        answer.first = true;
        (answer.at, answer.device_id) = (Some(item.at), Some(item.device_id.clone()));
    }
    Ok(answer)
}
