//! Claiming work that several workers share: what one holds, another passes over instead of waiting for it.

use super::types::sql::{DbId, DbTs};
use super::{DbConn, Id, QueryResult, Ts};
use crate::schema::reminders;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = DbId)]
    id: Id,
}

/// Among how many due reminders people are looked for: more than several workers hold at a time.
const LOOK_AT: i64 = 20_000;

/// Every due reminder of at most `people` people whom no other worker holds; they are held until the commit.
pub fn due_reminders(conn: &mut DbConn, people: i64, now: Ts) -> QueryResult<Vec<Id>> {
    let found: Vec<Found> = match conn {
        DbConn::Pg(c) => {
            // A person is taken whole. FOR NO KEY UPDATE leaves alone who only refers to the account.
            let held: Vec<Found> = diesel::sql_query(
                "SELECT a.id FROM accounts a
                  WHERE a.id IN (SELECT r.account_id FROM
                    (SELECT account_id FROM reminders WHERE state = 'armed' AND next_at <= $1 ORDER BY next_at, account_id LIMIT $2) r)
                  LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED",
            )
            .bind::<DbTs, _>(now)
            .bind::<BigInt, _>(LOOK_AT.max(people * 4))
            .bind::<BigInt, _>(people)
            .load(c)?;
            let held: Vec<Id> = held.into_iter().map(|f| f.id).collect();
            // Rows that somebody is about to disarm are passed over as well.
            diesel::sql_query(
                "SELECT id FROM reminders WHERE account_id = ANY($1) AND state = 'armed' AND next_at <= $2
                    FOR UPDATE SKIP LOCKED",
            )
            .bind::<Array<DbId>, _>(held)
            .bind::<DbTs, _>(now)
            .load(c)?
        }
        DbConn::Sqlite(c) => diesel::sql_query(
            "SELECT id FROM reminders WHERE state = 'armed' AND next_at <= ?1 AND account_id IN
               (SELECT DISTINCT account_id FROM reminders WHERE state = 'armed' AND next_at <= ?1 LIMIT ?2)",
        )
        .bind::<DbTs, _>(now)
        .bind::<BigInt, _>(people)
        .load(c)?,
    };
    Ok(found.into_iter().map(|f| f.id).collect())
}

/// Marks reminders as sent, each with its message; the answer is how many still were armed.
pub fn mark_sent(conn: &mut DbConn, sent: &[(Id, Id)], now: Ts) -> QueryResult<usize> {
    match conn {
        DbConn::Pg(c) => {
            let (ids, messages): (Vec<Id>, Vec<Id>) = sent.iter().copied().unzip();
            diesel::sql_query(
                "UPDATE reminders SET state = 'sent', sent_at = $1, message_id = s.message_id
                   FROM unnest($2, $3) AS s(id, message_id) WHERE reminders.id = s.id AND reminders.state = 'armed'",
            )
            .bind::<DbTs, _>(now)
            .bind::<Array<DbId>, _>(ids)
            .bind::<Array<DbId>, _>(messages)
            .execute(c)
        }
        DbConn::Sqlite(c) => sent
            .iter()
            .map(|(id, message)| {
                diesel::update(reminders::table.find(*id).filter(reminders::state.eq("armed")))
                    .set((
                        reminders::state.eq("sent"),
                        reminders::sent_at.eq(now),
                        reminders::message_id.eq(*message),
                    ))
                    .execute(c)
            })
            .sum(),
    }
}
