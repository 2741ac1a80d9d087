//! The statement that writes a hall's sign-ins: one for a whole batch on PostgreSQL, two short ones per row on SQLite.
//!
//! It joins the sitting and the roster, so that a sign-in to a closed sitting or by somebody who is not on the
//! roster is refused by the very statement that would write it, whatever other processes are doing.

use super::types::sql::{DbId, DbTs};
use super::{DbConn, Id, QueryResult, Ts};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types as st;
use diesel::sqlite::Sqlite;
use std::collections::HashMap;

/// One person who signs in.
#[derive(Debug, Clone)]
pub struct Arriving {
    pub sitting_id: Id,
    pub account_id: Id,
    pub at: Ts,
    pub method: &'static str,
    pub device_id: String,
    pub distance_m: Option<i32>,
}

/// What the database knows after the statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// State of the sitting; `None` when there is no such sitting.
    pub sitting_state: Option<String>,
    pub late_after: Option<Ts>,
    /// The place on the roster; `None` when the account is not on it.
    pub seat: Option<ArrivedSeat>,
    /// True when this sign-in made the record.
    pub first: bool,
    /// The record as it stands: when and on which device the seat first signed in.
    pub at: Option<Ts>,
    pub device_id: Option<String>,
    /// Another seat of this sitting that signed in on the same device.
    pub same_device_entry: Option<Id>,
}

/// The roster's line.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrivedSeat {
    pub entry_id: Id,
    pub congress_id: Id,
    pub suspended: bool,
    pub name: String,
    pub seat_label: Option<String>,
    pub delegation_id: Option<Id>,
    pub delegation: Option<String>,
    pub class: String,
}

/// Writes a batch; one answer per item, in order.
pub fn arrive(conn: &mut DbConn, items: &[Arriving]) -> QueryResult<Vec<Arrived>> {
    match conn {
        DbConn::Pg(c) => on_postgres(c, items),
        DbConn::Sqlite(c) => items.iter().map(|item| on_sqlite(c, item)).collect(),
    }
}

type SeatColumns = (
    Option<Id>,
    Option<Id>,
    Option<bool>,
    Option<String>,
    Option<String>,
    Option<Id>,
    Option<String>,
    Option<String>,
);
type SeatTypes = (
    st::Nullable<DbId>,
    st::Nullable<DbId>,
    st::Nullable<st::Bool>,
    st::Nullable<st::Text>,
    st::Nullable<st::Text>,
    st::Nullable<DbId>,
    st::Nullable<st::Text>,
    st::Nullable<st::Text>,
);

fn seat(columns: SeatColumns) -> Option<ArrivedSeat> {
    let (entry_id, congress_id, suspended, name, seat_label, delegation_id, delegation, class) = columns;
    Some(ArrivedSeat {
        entry_id: entry_id?,
        congress_id: congress_id?,
        suspended: suspended?,
        name: name?,
        seat_label,
        delegation_id,
        delegation,
        class: class?,
    })
}

/// The whole batch as arrays, so that one prepared statement serves every batch size.
#[derive(QueryId)]
struct BatchInsert {
    sittings: Vec<Id>,
    accounts: Vec<Id>,
    at: Vec<Ts>,
    methods: Vec<&'static str>,
    devices: Vec<String>,
    distances: Vec<Option<i32>>,
}

impl Query for BatchInsert {
    type SqlType = (
        st::BigInt,
        st::Nullable<st::Text>,
        st::Nullable<DbTs>,
        SeatTypes,
        st::Bool,
        st::Nullable<DbTs>,
        st::Nullable<st::Text>,
        st::Nullable<DbId>,
    );
}
impl diesel::RunQueryDsl<PgConnection> for BatchInsert {}

impl QueryFragment<Pg> for BatchInsert {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH input AS (SELECT * FROM unnest(");
        out.push_bind_param::<st::Array<DbId>, _>(&self.sittings)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<DbId>, _>(&self.accounts)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<DbTs>, _>(&self.at)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<st::Text>, _>(&self.methods)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<st::Text>, _>(&self.devices)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<st::Nullable<st::Integer>>, _>(&self.distances)?;
        // DISTINCT ON: a person whose phone sent the request twice must not make the statement insert the key twice.
        // The order by key lets two writers lock in the same order.
        out.push_sql(
            ") WITH ORDINALITY AS u(sitting_id, account_id, at, method, device_id, distance_m, n)),
            found AS (
              SELECT u.*, s.state, s.late_after, r.id AS entry_id, r.congress_id, r.suspended, r.name, r.seat_label,
                     r.delegation_id, g.name AS delegation, r.class
              FROM input u
              LEFT JOIN sittings s ON s.id = u.sitting_id
              LEFT JOIN roster_entries r ON r.sitting_id = u.sitting_id AND r.account_id = u.account_id
              LEFT JOIN units g ON g.id = r.delegation_id),
            made AS (
              INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method, device_id, distance_m)
              SELECT DISTINCT ON (sitting_id, entry_id)
                     sitting_id, entry_id, congress_id, at, method, device_id, distance_m
              FROM found WHERE state = 'open' AND entry_id IS NOT NULL AND NOT suspended
              ORDER BY sitting_id, entry_id, n
              ON CONFLICT DO NOTHING RETURNING entry_id)
            SELECT f.n, f.state, f.late_after, f.entry_id, f.congress_id, f.suspended, f.name, f.seat_label,
                   f.delegation_id, f.delegation, f.class, m.entry_id IS NOT NULL, a.at, a.device_id,
                   (SELECT d.entry_id FROM attendances d
                    WHERE d.sitting_id = f.sitting_id AND d.device_id = f.device_id AND d.entry_id <> f.entry_id LIMIT 1)
            FROM found f
            LEFT JOIN made m ON m.entry_id = f.entry_id
            LEFT JOIN attendances a ON a.sitting_id = f.sitting_id AND a.entry_id = f.entry_id
            ORDER BY f.n",
        );
        Ok(())
    }
}

type BatchRow = (
    i64,
    Option<String>,
    Option<Ts>,
    SeatColumns,
    bool,
    Option<Ts>,
    Option<String>,
    Option<Id>,
);

fn on_postgres(c: &mut PgConnection, items: &[Arriving]) -> QueryResult<Vec<Arrived>> {
    let query = BatchInsert {
        sittings: items.iter().map(|i| i.sitting_id).collect(),
        accounts: items.iter().map(|i| i.account_id).collect(),
        at: items.iter().map(|i| i.at).collect(),
        methods: items.iter().map(|i| i.method).collect(),
        devices: items.iter().map(|i| i.device_id.clone()).collect(),
        distances: items.iter().map(|i| i.distance_m).collect(),
    };
    let rows: Vec<BatchRow> = query.get_results(c)?;
    let mut answers: Vec<Arrived> = Vec::with_capacity(rows.len());
    // The statement sees the table as it was before: what happened inside the batch is added here.
    let mut signed: HashMap<Id, usize> = HashMap::new();
    let mut devices: HashMap<(Id, &str), Id> = HashMap::new();
    for (n, (row, item)) in rows.into_iter().zip(items).enumerate() {
        let (_, sitting_state, late_after, seat_columns, made, at, device_id, same_device_entry) = row;
        let mut answer = Arrived {
            sitting_state,
            late_after,
            seat: seat(seat_columns),
            first: made,
            at,
            device_id,
            same_device_entry,
        };
        if let (Some(seat), true) = (&answer.seat, made) {
            let entry = seat.entry_id;
            match signed.get(&entry) {
                Some(earlier) => {
                    let earlier = &answers[*earlier];
                    (answer.first, answer.at, answer.device_id) = (false, earlier.at, earlier.device_id.clone());
                }
                None => {
                    signed.insert(entry, n);
                    (answer.at, answer.device_id) = (Some(item.at), Some(item.device_id.clone()));
                    let before = *devices.entry((item.sitting_id, &item.device_id)).or_insert(entry);
                    if before != entry {
                        answer.same_device_entry = Some(before);
                    }
                }
            }
        }
        answers.push(answer);
    }
    complete(c, items, &mut answers)?;
    Ok(answers)
}

/// A seat that another writer signed in at the same moment: our statement waited for that commit and made nothing,
/// but it had looked before. A second look sees the record.
fn complete(c: &mut PgConnection, items: &[Arriving], answers: &mut [Arrived]) -> QueryResult<()> {
    use crate::schema::attendances::dsl as a;
    for (answer, item) in answers.iter_mut().zip(items) {
        let open = answer.sitting_state.as_deref() == Some("open");
        let Some(seat) = answer
            .seat
            .as_ref()
            .filter(|s| open && !s.suspended && answer.at.is_none())
        else {
            continue;
        };
        let record: Option<(Ts, Option<String>)> = a::attendances
            .filter(a::sitting_id.eq(item.sitting_id).and(a::entry_id.eq(seat.entry_id)))
            .select((a::at, a::device_id))
            .first(c)
            .optional()?;
        if let Some((at, device_id)) = record {
            (answer.at, answer.device_id) = (Some(at), device_id);
        }
    }
    Ok(())
}

struct Look<'a> {
    item: &'a Arriving,
}

impl Query for Look<'_> {
    type SqlType = (
        st::Text,
        DbTs,
        SeatTypes,
        st::Nullable<DbTs>,
        st::Nullable<st::Text>,
        st::Nullable<DbId>,
    );
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
                    a.at, a.device_id,
                    (SELECT d.entry_id FROM attendances d
                     WHERE d.sitting_id = s.id AND d.device_id = ",
        );
        out.push_bind_param::<st::Text, _>(&self.item.device_id)?;
        out.push_sql(
            " AND d.entry_id <> r.id LIMIT 1)
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
            "INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method, device_id, distance_m) VALUES (",
        );
        out.push_bind_param::<DbId, _>(&self.item.sitting_id)?;
        out.push_sql(", ");
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
        out.push_sql(")");
        Ok(())
    }
}

type LookRow = (String, Ts, SeatColumns, Option<Ts>, Option<String>, Option<Id>);

fn on_sqlite(c: &mut SqliteConnection, item: &Arriving) -> QueryResult<Arrived> {
    let found: Option<LookRow> = Look { item }.get_result(c).optional()?;
    let Some((state, late_after, seat_columns, at, device_id, same_device_entry)) = found else {
        return Ok(Arrived {
            sitting_state: None,
            late_after: None,
            seat: None,
            first: false,
            at: None,
            device_id: None,
            same_device_entry: None,
        });
    };
    let mut answer = Arrived {
        seat: seat(seat_columns),
        first: false,
        at,
        device_id,
        same_device_entry,
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
        }
        .execute(c)?;
        answer.first = true;
        (answer.at, answer.device_id) = (Some(item.at), Some(item.device_id.clone()));
    }
    Ok(answer)
}
