//! Sign-ins on PostgreSQL: one statement for a batch.

use super::{Arriving, Found, Known, SeatColumns, SeatTypes, seat};
use crate::db::types::sql::{DbId, DbTs};
use crate::db::{Id, QueryResult, Ts};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types as st;
use std::collections::{HashMap, HashSet};

/// The short way: writes what is remembered, as far as it still is so. The answer is the entries that signed in.
pub fn write_known(c: &mut PgConnection, items: &[&Arriving]) -> QueryResult<HashSet<Id>> {
    let mut known: Vec<(&Arriving, Known)> = items.iter().filter_map(|i| Some((*i, i.known?))).collect();
    if known.is_empty() {
        return Ok(HashSet::new());
    }
    // In the order of the key, so that two writers lock in the same order; of two by one person the first stays first.
    known.sort_by_key(|(item, known)| (item.sitting_id, known.entry_id));
    let query = KnownInsert {
        sittings: known.iter().map(|(i, _)| i.sitting_id).collect(),
        versions: known.iter().map(|(_, k)| k.version).collect(),
        entries: known.iter().map(|(_, k)| k.entry_id).collect(),
        congresses: known.iter().map(|(_, k)| k.congress_id).collect(),
        at: known.iter().map(|(i, _)| i.at).collect(),
        methods: known.iter().map(|(i, _)| i.method).collect(),
        devices: known.iter().map(|(i, _)| i.device_id.as_str()).collect(),
        distances: known.iter().map(|(i, _)| i.distance_m).collect(),
    };
    Ok(query.get_results(c)?.into_iter().collect())
}

struct KnownInsert<'a> {
    sittings: Vec<Id>,
    versions: Vec<i64>,
    entries: Vec<Id>,
    congresses: Vec<Id>,
    at: Vec<Ts>,
    methods: Vec<&'static str>,
    devices: Vec<&'a str>,
    distances: Vec<Option<i32>>,
}

// The text never changes, so the statement is prepared once per connection.
impl QueryId for KnownInsert<'_> {
    type QueryId = KnownInsert<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for KnownInsert<'_> {
    type SqlType = DbId;
}
impl diesel::RunQueryDsl<PgConnection> for KnownInsert<'_> {}

impl QueryFragment<Pg> for KnownInsert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method, device_id, distance_m)
             SELECT u.sitting_id, u.entry_id, u.congress_id, u.at, u.method, u.device_id, u.distance_m FROM unnest(",
        );
        out.push_bind_param::<st::Array<DbId>, _>(&self.sittings)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<st::BigInt>, _>(&self.versions)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<DbId>, _>(&self.entries)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<DbId>, _>(&self.congresses)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<DbTs>, _>(&self.at)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<st::Text>, _>(&self.methods)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<st::Text>, _>(&self.devices)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<st::Nullable<st::Integer>>, _>(&self.distances)?;
        // LATERAL with LIMIT is a look-up by index for each row whatever the planner knows of the tables.
        out.push_sql(
            ") AS u(sitting_id, version, entry_id, congress_id, at, method, device_id, distance_m),
             LATERAL (SELECT FROM sittings s
                      WHERE s.id = u.sitting_id AND s.state = 'open' AND s.roster_version = u.version LIMIT 1) open
             ON CONFLICT DO NOTHING RETURNING entry_id",
        );
        Ok(())
    }
}

/// The whole batch as arrays, so that one prepared statement serves every batch size.
struct BatchInsert<'a> {
    sittings: Vec<Id>,
    accounts: Vec<Id>,
    at: Vec<Ts>,
    methods: Vec<&'static str>,
    devices: Vec<&'a str>,
    distances: Vec<Option<i32>>,
}

// The text never changes, so the statement is prepared once per connection.
impl QueryId for BatchInsert<'_> {
    type QueryId = BatchInsert<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for BatchInsert<'_> {
    type SqlType = (
        st::BigInt,
        st::Nullable<st::Text>,
        st::Nullable<DbTs>,
        SeatTypes,
        st::Bool,
    );
}
impl diesel::RunQueryDsl<PgConnection> for BatchInsert<'_> {}

impl QueryFragment<Pg> for BatchInsert<'_> {
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
        // LATERAL with LIMIT is a look-up by index for each row whatever the planner knows of the tables. DISTINCT ON: a
        // person whose phone sent the request twice must not make the statement insert the key twice. The order by
        // key lets two writers lock in the same order.
        out.push_sql(
            ") WITH ORDINALITY AS u(sitting_id, account_id, at, method, device_id, distance_m, n)),
            found AS (
              SELECT u.*, s.state, s.late_after, r.entry_id, r.congress_id, r.suspended, r.name, r.seat_label, r.delegation_id,
                     (SELECT g.name FROM units g WHERE g.id = r.delegation_id) AS delegation, r.class
              FROM input u
              LEFT JOIN LATERAL (SELECT * FROM sittings WHERE id = u.sitting_id LIMIT 1) s ON true
              LEFT JOIN LATERAL (
                SELECT id AS entry_id, congress_id, suspended, name, seat_label, delegation_id, class FROM roster_entries
                WHERE sitting_id = u.sitting_id AND account_id = u.account_id LIMIT 1) r ON true),
            made AS (
              INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method, device_id, distance_m)
              SELECT DISTINCT ON (sitting_id, entry_id)
                     sitting_id, entry_id, congress_id, at, method, device_id, distance_m
              FROM found WHERE state = 'open' AND entry_id IS NOT NULL AND NOT suspended
              ORDER BY sitting_id, entry_id, n
              ON CONFLICT DO NOTHING RETURNING entry_id)
            SELECT f.n, f.state, f.late_after, f.entry_id, f.congress_id, f.suspended, f.name, f.seat_label,
                   f.delegation_id, f.delegation, f.class, m.entry_id IS NOT NULL
            FROM found f LEFT JOIN made m ON m.entry_id = f.entry_id
            ORDER BY f.n",
        );
        Ok(())
    }
}

type BatchRow = (i64, Option<String>, Option<Ts>, SeatColumns, bool);

/// The long way, for a whole batch.
pub fn write(c: &mut PgConnection, items: &[&Arriving]) -> QueryResult<Vec<Found>> {
    let query = BatchInsert {
        sittings: items.iter().map(|i| i.sitting_id).collect(),
        accounts: items.iter().map(|i| i.account_id).collect(),
        at: items.iter().map(|i| i.at).collect(),
        methods: items.iter().map(|i| i.method).collect(),
        devices: items.iter().map(|i| i.device_id.as_str()).collect(),
        distances: items.iter().map(|i| i.distance_m).collect(),
    };
    let rows: Vec<BatchRow> = query.get_results(c)?;
    let mut answers: Vec<Found> = Vec::with_capacity(rows.len());
    // The statement sees the table as it was before: what happened inside the batch is added here.
    let mut signed: HashMap<Id, usize> = HashMap::new();
    for (n, (row, item)) in rows.into_iter().zip(items).enumerate() {
        let (_, sitting_state, late_after, seat_columns, made) = row;
        let mut answer = Found {
            sitting_state,
            late_after,
            seat: seat(seat_columns),
            first: made,
            at: None,
            device_id: None,
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
                }
            }
        }
        answers.push(answer);
    }
    complete(c, items, &mut answers)?;
    Ok(answers)
}

/// The records of seats that were made before, be it a moment ago by another writer whose commit our statement
/// waited for: a second look sees them.
fn complete(c: &mut PgConnection, items: &[&Arriving], answers: &mut [Found]) -> QueryResult<()> {
    let (mut places, mut sittings, mut entries) = (vec![], vec![], vec![]);
    for (n, (answer, item)) in answers.iter().zip(items).enumerate() {
        if let (Some(seat), None) = (&answer.seat, answer.at) {
            places.push(n);
            sittings.push(item.sitting_id);
            entries.push(seat.entry_id);
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    let found: Vec<(i64, Ts, Option<String>)> = Records { sittings, entries }.get_results(c)?;
    for (n, at, device_id) in found {
        let answer = &mut answers[places[n as usize - 1]];
        (answer.at, answer.device_id) = (Some(at), device_id);
    }
    Ok(())
}

/// When and on which device seats have signed in.
#[derive(QueryId)]
struct Records {
    sittings: Vec<Id>,
    entries: Vec<Id>,
}

impl Query for Records {
    type SqlType = (st::BigInt, DbTs, st::Nullable<st::Text>);
}
impl diesel::RunQueryDsl<PgConnection> for Records {}

impl QueryFragment<Pg> for Records {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT u.n, a.at, a.device_id FROM unnest(");
        out.push_bind_param::<st::Array<DbId>, _>(&self.sittings)?;
        out.push_sql(", ");
        out.push_bind_param::<st::Array<DbId>, _>(&self.entries)?;
        out.push_sql(
            ") WITH ORDINALITY AS u(sitting_id, entry_id, n),
            LATERAL (SELECT at, device_id FROM attendances WHERE sitting_id = u.sitting_id AND entry_id = u.entry_id LIMIT 1) a",
        );
        Ok(())
    }
}
