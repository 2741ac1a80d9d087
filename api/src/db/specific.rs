//! The only queries that differ between the two databases.

use super::types::sql::DbId;
use super::{DbConn, Id, QueryResult, Ts};
use crate::schema::outbox;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    key: i64,
}

/// The first seal key that an unfinished transaction may still use: every auditable row below it is
/// committed or will never be.
pub fn seal_horizon(conn: &mut DbConn, source: &str) -> QueryResult<i64> {
    match conn {
        // The base is whatever `lvzhi_seal_key()` adds to the number of its transaction.
        DbConn::Pg(c) => diesel::sql_query(
            "SELECT lvzhi_seal_key() - pg_current_xact_id()::text::bigint
                    + pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS key",
        )
        .get_result::<Key>(c),
        // One writer: what is visible is all there is below.
        DbConn::Sqlite(c) => diesel::sql_query(format!("SELECT COALESCE(max(seal_key), 0) + 1 AS key FROM {source}"))
            .get_result::<Key>(c),
    }
    .map(|k| k.key)
}

/// Makes everybody who wants to hold the same row wait until the end of this transaction; on SQLite, with its one
/// writer, they wait anyway.
pub fn hold_row(conn: &mut DbConn, table: &'static str, id: Id) -> QueryResult<()> {
    match conn {
        DbConn::Pg(c) => diesel::sql_query(format!("SELECT FROM {table} WHERE id = $1 FOR NO KEY UPDATE"))
            .bind::<DbId, _>(id)
            .execute(c)
            .map(drop),
        DbConn::Sqlite(_) => Ok(()),
    }
}

/// Messages in `state` whose time has come, oldest first. On PostgreSQL they are locked, and those that another worker
/// has locked are passed over, so that workers share them; on SQLite there is one writer.
pub fn lock_due_messages(conn: &mut DbConn, state: &str, now: Ts, limit: i64) -> QueryResult<Vec<Id>> {
    macro_rules! due {
        () => {
            outbox::table
                .filter(outbox::state.eq(state))
                .filter(outbox::due_at.le(now))
                .order((outbox::due_at, outbox::id))
                .limit(limit)
                .select(outbox::id)
        };
    }
    match conn {
        DbConn::Pg(c) => due!().for_update().skip_locked().load(c),
        DbConn::Sqlite(c) => due!().load(c),
    }
}

/// The cheapest question a database can answer.
pub fn ping(conn: &mut DbConn) -> QueryResult<()> {
    crate::on_backend!(conn, c => diesel::select(1.into_sql::<diesel::sql_types::Integer>()).get_result::<i32>(c))
        .map(drop)
}
