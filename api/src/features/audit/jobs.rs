//! Sealing: what the worker does every few seconds with the rows that were written since.

use super::Source;
use super::rules::{Entry, SealContent, signed};
use super::store::{self, SealRow, Sealable};
use crate::auth::Keyring;
use crate::db::{Db, DbConn, DbError, QueryResult, Ts, specific};
use crate::features::Services;
use crate::web::ApiError;

/// Rows per seal, unless one transaction wrote more.
const ROWS: i64 = 5_000;
/// Seals per source and run, so that a long queue does not hold up the other jobs, nor the hall that writes it.
const BATCHES: usize = 4;

/// Seals what is waiting, in whole batches.
pub async fn seal_waiting(s: &Services) -> Result<(), ApiError> {
    for source in Source::ALL {
        for _ in 0..BATCHES {
            if !seal_next(&s.db, &s.keys, *source, s.clock.now()).await? {
                break;
            }
        }
    }
    Ok(())
}

struct Batch {
    no: i64,
    previous_hash: Vec<u8>,
    from_key: i64,
    to_key: i64,
    rows: Vec<Sealable>,
}

/// Seals the next batch of a source; false when nothing waits or another worker was faster.
///
/// The rows are read and hashed outside of the write: only one small insert meets the writers.
async fn seal_next(db: &Db, keys: &Keyring, source: Source, now: Ts) -> Result<bool, ApiError> {
    let batch = db.read(move |c| next_batch(c, source).map_err(DbError::from)).await?;
    let Some(batch) = batch else { return Ok(false) };
    let entries = Entry::join(batch.rows.iter().map(|r| r.entry));
    let hash = SealContent {
        previous_hash: &batch.previous_hash,
        no: batch.no,
        source: source.as_str(),
        from_key: batch.from_key,
        to_key: batch.to_key,
        entries: &entries,
        sealed_at: now,
    }
    .hash();
    let (kid, signature) = keys.sign(&signed(&hash));
    let seal = SealRow {
        no: batch.no,
        source,
        from_key: batch.from_key,
        to_key: batch.to_key,
        row_count: batch.rows.len() as i32,
        digests: entries,
        previous_hash: batch.previous_hash,
        hash: hash.to_vec(),
        kid,
        signature: signature.to_vec(),
        sealed_at: now,
    };
    let written = db
        .write(move |c| store::seal_insert(c, &seal).map_err(DbError::from))
        .await;
    match written {
        Ok(_) => {
            metrics::counter!("lvzhi_audit_rows_sealed_total").increment(batch.rows.len() as u64);
            Ok(true)
        }
        // The number was taken: another worker sealed these rows.
        Err(e) if e.is_unique_violation() => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// The newest seal is read first: if another one is made meanwhile, its number is the one we would use,
/// and our insert fails.
fn next_batch(c: &mut DbConn, source: Source) -> QueryResult<Option<Batch>> {
    let (last, previous_hash) = store::last_seal(c)?.unwrap_or((0, vec![0; 32]));
    let from_key = store::sealed_to(c, source)?;
    let horizon = specific::seal_horizon(c, source.as_str())?;
    let mut rows = store::rows(c, source, from_key, horizon, ROWS + 1)?;
    if rows.len() as i64 > ROWS {
        // A transaction's rows share a key on PostgreSQL and must not be split: the last key may be cut off.
        let cut = rows.pop().expect("more than none").key;
        rows.retain(|r| r.key < cut);
        if rows.is_empty() {
            rows = store::rows(c, source, from_key, cut + 1, i64::MAX)?;
        }
    }
    let Some(newest) = rows.last() else { return Ok(None) };
    Ok(Some(Batch {
        no: last + 1,
        previous_hash,
        from_key,
        to_key: newest.key + 1,
        rows,
    }))
}
