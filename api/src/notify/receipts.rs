//! Receipts: matched to their attempts whenever they come; one that is early is kept until its attempt is known.

use super::{OutboxState, Receipt, ReceiptKind};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{deliveries, early_receipts, outbox};
use chrono::TimeDelta;
use diesel::prelude::*;

/// The attempt a receipt may be about.
#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct Attempt {
    id: Id,
    message_id: Id,
    attempt: i32,
    receipt: Option<ReceiptKind>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = early_receipts, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
struct Early {
    driver: String,
    provider_id: String,
    receipt: ReceiptKind,
    code: String,
    at: Ts,
}

/// Kept for so long; providers do not take longer to tell.
const KEPT: TimeDelta = TimeDelta::days(4);

/// Closes the messages of these receipts. The same receipt may come again; one whose attempt is not known is kept.
pub fn apply(c: &mut DbConn, driver: &str, receipts: &[Receipt], now: Ts) -> QueryResult<()> {
    for receipt in receipts {
        let kind = match receipt.delivered {
            true => ReceiptKind::Delivered,
            false => ReceiptKind::Undelivered,
        };
        match find(c, driver, receipt)? {
            Some(attempt) => close(c, &attempt, kind, &receipt.code, now)?,
            None if receipt.provider_id.is_empty() => (),
            None => {
                let early = Early {
                    driver: driver.to_owned(),
                    provider_id: receipt.provider_id.clone(),
                    receipt: kind,
                    code: receipt.code.clone(),
                    at: now,
                };
                on_backend!(c, c => diesel::insert_into(early_receipts::table).values(&early).on_conflict_do_nothing().execute(c))?;
            }
        }
    }
    Ok(())
}

fn find(c: &mut DbConn, driver: &str, receipt: &Receipt) -> QueryResult<Option<Attempt>> {
    if let Some(id) = receipt.delivery_id {
        let found = on_backend!(c, c => deliveries::table.find(id).filter(deliveries::driver.eq(driver))
            .select(Attempt::as_select()).first(c).optional())?;
        if found.is_some() {
            return Ok(found);
        }
    }
    on_backend!(c, c => deliveries::table.filter(deliveries::provider_id.eq(&receipt.provider_id))
        .filter(deliveries::driver.eq(driver)).order(deliveries::id.desc())
        .select(Attempt::as_select()).first(c).optional())
}

fn close(c: &mut DbConn, attempt: &Attempt, kind: ReceiptKind, code: &str, now: Ts) -> QueryResult<()> {
    if attempt.receipt.is_some() {
        return Ok(());
    }
    on_backend!(c, c => diesel::update(deliveries::table.find(attempt.id).filter(deliveries::receipt.is_null()))
        .set((deliveries::receipt.eq(kind), deliveries::receipt_code.eq(code), deliveries::receipt_at.eq(now)))
        .execute(c))?;
    use OutboxState::{Created, Delivered, Expired, Failed, Sending, Sent, Uncertain, Undelivered};
    match kind {
        // It is there, whatever was thought of it in between: it must not be sent once more.
        ReceiptKind::Delivered => {
            let open = [Created, Sending, Sent, Uncertain, Failed, Expired, Undelivered];
            let target = outbox::table
                .filter(outbox::id.eq(attempt.message_id))
                .filter(outbox::state.eq_any(open))
                // A later attempt that is under way ends by itself.
                .filter(outbox::state.ne(Sending).or(outbox::attempts.eq(attempt.attempt)));
            on_backend!(c, c => diesel::update(target).set((outbox::state.eq(Delivered), outbox::due_at.eq(None::<Ts>),
                outbox::settled_at.eq(now), outbox::error_class.eq(None::<String>), outbox::error.eq(None::<String>))).execute(c))
        }
        ReceiptKind::Undelivered => {
            let target = outbox::table
                .filter(outbox::id.eq(attempt.message_id))
                .filter(outbox::attempts.eq(attempt.attempt))
                .filter(outbox::state.eq_any([Sending, Sent, Uncertain]));
            on_backend!(c, c => diesel::update(target).set((outbox::state.eq(Undelivered), outbox::due_at.eq(None::<Ts>),
                outbox::settled_at.eq(now), outbox::error_class.eq("permanent"), outbox::error.eq(code))).execute(c))
        }
    }
    .map(drop)
}

/// Attempts that early receipts are about; a macro, because it is built once per database.
macro_rules! matching {
    () => {
        early_receipts::table.inner_join(
            deliveries::table.on(deliveries::provider_id
                .eq(early_receipts::provider_id.nullable())
                .and(deliveries::driver.eq(early_receipts::driver))),
        )
    };
}

/// Whether an early receipt can be matched by now, or has to be forgotten.
pub fn any_early(c: &mut DbConn, now: Ts) -> QueryResult<bool> {
    let found: Option<Id> = on_backend!(c, c => matching!().select(deliveries::id).first(c).optional())?;
    if found.is_some() {
        return Ok(true);
    }
    let old: Option<String> = on_backend!(c, c => early_receipts::table.filter(early_receipts::at.lt(now - KEPT))
        .select(early_receipts::driver).first(c).optional())?;
    Ok(old.is_some())
}

/// Matches receipts that were early with attempts that are known by now, and forgets those that never had one.
pub fn match_early(c: &mut DbConn, now: Ts) -> QueryResult<usize> {
    let found: Vec<(Early, Attempt)> =
        on_backend!(c, c => matching!().limit(500).select((Early::as_select(), Attempt::as_select())).load(c))?;
    for (early, attempt) in &found {
        close(c, attempt, early.receipt, &early.code, early.at)?;
        on_backend!(c, c => diesel::delete(early_receipts::table.find((&early.driver, &early.provider_id))).execute(c))?;
    }
    on_backend!(c, c => diesel::delete(early_receipts::table.filter(early_receipts::at.lt(now - KEPT))).execute(c))?;
    Ok(found.len())
}
