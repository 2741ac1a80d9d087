//! Brings a database to the schema of this program.

use super::{DbConn, DbError, connect};
use crate::on_backend;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Any number will do, as long as no other program on the cluster uses it.
const MIGRATION_LOCK: i64 = 0x6c76_7a68_6900;

/// Applies what is missing and returns the names of what was applied. Several processes may call it at once.
pub fn up(url: &str) -> Result<Vec<String>, DbError> {
    let mut conn = connect(url)?;
    if let DbConn::Pg(c) = &mut conn {
        c.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
    }
    let applied = pending(&mut conn);
    if let DbConn::Pg(c) = &mut conn {
        raise_seal_base(c)?;
        c.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
    }
    applied
}

fn pending(conn: &mut DbConn) -> Result<Vec<String>, DbError> {
    on_backend!(conn, pg c => c.run_pending_migrations(POSTGRES), sqlite c => c.run_pending_migrations(SQLITE))
        .map(|done| done.iter().map(|m| m.to_string()).collect())
        .map_err(|e| DbError::Connection(format!("migration failed: {e}")))
}

/// Undoes the newest migration; for the tests of migrations.
pub fn down(conn: &mut DbConn) -> Result<String, DbError> {
    on_backend!(conn, pg c => c.revert_last_migration(POSTGRES), sqlite c => c.revert_last_migration(SQLITE))
        .map(|m| m.to_string())
        .map_err(|e| DbError::Connection(format!("migration failed: {e}")))
}

/// Applies one migration; for the tests of migrations.
pub fn up_one(conn: &mut DbConn) -> Result<Option<String>, DbError> {
    let more =
        on_backend!(conn, pg c => c.has_pending_migration(POSTGRES), sqlite c => c.has_pending_migration(SQLITE));
    if !more.map_err(|e| DbError::Connection(e.to_string()))? {
        return Ok(None);
    }
    on_backend!(conn, pg c => c.run_next_migration(POSTGRES), sqlite c => c.run_next_migration(SQLITE))
        .map(|m| Some(m.to_string()))
        .map_err(|e| DbError::Connection(format!("migration failed: {e}")))
}

/// After a restore into another cluster transaction numbers start low again; seals would overlap. The
/// function that makes seal keys gets a higher base.
fn raise_seal_base(c: &mut PgConnection) -> Result<(), DbError> {
    #[derive(diesel::QueryableByName)]
    struct Keys {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        sealed: i64,
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        next: i64,
    }
    let keys: Keys =
        diesel::sql_query("SELECT COALESCE(max(to_key), 0) AS sealed, lvzhi_seal_key() AS next FROM audit_seals")
            .get_result(c)?;
    if keys.next >= keys.sealed {
        return Ok(());
    }
    tracing::warn!("transaction numbers went back (a restore into another cluster): raising the base of seal keys");
    c.batch_execute(&format!(
        "CREATE OR REPLACE FUNCTION lvzhi_seal_key() RETURNS BIGINT LANGUAGE sql VOLATILE
           AS 'SELECT {}::bigint + pg_current_xact_id()::text::bigint'",
        keys.sealed
    ))?;
    Ok(())
}
