//! What the server's throughput is compared with: the database alone, doing the same durable writes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::postgres::{PgBench, Postgres};

const PG_TABLE: &str = "
    CREATE TABLE bench_checkins (
        meeting_id uuid NOT NULL, person_id uuid NOT NULL, at timestamptz NOT NULL, method text NOT NULL,
        PRIMARY KEY (meeting_id, person_id)
    )";

const PG_INSERT: &str = "
INSERT INTO bench_checkins (meeting_id, person_id, at, method) VALUES \
('01890000-0000-7000-8000-000000000001', gen_random_uuid(), now(), 'qr') ON CONFLICT DO NOTHING;
";

/// `pgbench` with one durable row per transaction, into a table with nothing but its key.
pub struct PgInserts<'a> {
    postgres: &'a Postgres,
}

impl PgInserts<'_> {
    const DATABASE: &'static str = "baseline";

    pub fn prepare(postgres: &Postgres) -> Result<PgInserts<'_>> {
        postgres.create_database(Self::DATABASE)?;
        postgres.connect(Self::DATABASE)?.batch_execute(PG_TABLE)?;
        Ok(PgInserts { postgres })
    }

    /// Rows per second into the emptied table.
    pub async fn run(&self, clients: usize, duration: Duration) -> Result<f64> {
        self.postgres
            .connect(Self::DATABASE)?
            .batch_execute("TRUNCATE bench_checkins")?;
        self.postgres.checkpoint()?;
        let run = PgBench {
            database: Self::DATABASE,
            script: PG_INSERT,
            variables: &[],
            clients,
            duration,
        };
        self.postgres.pgbench(run).await
    }
}

diesel::table! {
    bare (sitting_id, entry_id) {
        sitting_id -> Text,
        entry_id -> Text,
        at -> Text,
        method -> Text,
    }
}

diesel::table! {
    attendances (seal_key) {
        seal_key -> BigInt,
        sitting_id -> Text,
        entry_id -> Text,
        congress_id -> Text,
        at -> Text,
        method -> Text,
        device_id -> Nullable<Text>,
    }
}

const SQLITE_DURABLE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";

const SQLITE_BARE_TABLE: &str = "
    CREATE TABLE bare (
        sitting_id TEXT NOT NULL, entry_id TEXT NOT NULL, at TEXT NOT NULL, method TEXT NOT NULL,
        PRIMARY KEY (sitting_id, entry_id)
    ) WITHOUT ROWID;";

const AT: &str = "2026-11-05T01:02:03.456789Z";

/// SQLite rows per second from one process with one connection, a durable transaction for each.
pub struct SqliteRates {
    /// Into a table of four columns and its key: the harder comparison.
    pub bare: f64,
    /// Into a table like the server's `attendances`, with its keys and indexes.
    pub same_shape: f64,
}

/// Measures both in a new file in `folder`; blocks.
pub fn sqlite_inserts(folder: &Path, duration: Duration) -> Result<SqliteRates> {
    let folder = tempfile::tempdir_in(folder)?;
    let file = folder.path().join("baseline.db");
    let mut connection = SqliteConnection::establish(file.to_str().context("a folder name in UTF-8")?)?;
    connection.batch_execute(SQLITE_DURABLE)?;
    connection.batch_execute(SQLITE_BARE_TABLE)?;
    connection.batch_execute(&attendances_of_the_server()?)?;

    let sitting = Uuid::now_v7().to_string();
    let congress = Uuid::now_v7().to_string();
    let bare = rate(duration, || {
        let entry = Uuid::now_v7().to_string();
        let row = (
            bare::sitting_id.eq(&sitting),
            bare::entry_id.eq(&entry),
            bare::at.eq(AT),
            bare::method.eq("qr"),
        );
        diesel::insert_into(bare::table).values(row).execute(&mut connection)
    })?;
    let same_shape = rate(duration, || {
        let entry = Uuid::now_v7().to_string();
        let device = Uuid::now_v7().to_string();
        let row = (
            attendances::sitting_id.eq(&sitting),
            attendances::entry_id.eq(&entry),
            attendances::congress_id.eq(&congress),
            attendances::at.eq(AT),
            attendances::method.eq("hall_code"),
            attendances::device_id.eq(Some(&device)),
        );
        diesel::insert_into(attendances::table)
            .values(row)
            .execute(&mut connection)
    })?;
    Ok(SqliteRates { bare, same_shape })
}

fn rate(duration: Duration, mut insert: impl FnMut() -> QueryResult<usize>) -> Result<f64> {
    let begin = Instant::now();
    let mut rows = 0_u64;
    while begin.elapsed() < duration {
        insert()?;
        rows += 1;
    }
    Ok(rows as f64 / begin.elapsed().as_secs_f64())
}

/// The table and its indexes as the migration has them, so that the comparison follows it.
fn attendances_of_the_server() -> Result<String> {
    let migration = include_str!("../../migrations/sqlite/0002_meetings/up.sql");
    let mut statements = String::new();
    for begin in ["CREATE TABLE attendances (", "CREATE INDEX attendances_"] {
        for (at, _) in migration.match_indices(begin) {
            let end = migration[at..].find(';').context("a statement without an end")?;
            statements.push_str(&migration[at..=at + end]);
        }
    }
    Ok(statements)
}
