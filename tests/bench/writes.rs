//! Any other write — a request for leave — against `pgbench` running the same statements in one transaction.

use std::cell::Cell;

use anyhow::{Result, ensure};
use diesel::connection::SimpleConnection;

use crate::bed::{Bed, Kind};
use crate::fixture::Fixture;
use crate::http::Request;
use crate::load::{ClosedLoop, Errors};
use crate::postgres::PgBench;
use crate::report::{Report, Row, Target, median, per_second, rounds_text};
use crate::server::Server;
use crate::settings::Sizes;

/// The statements the server runs for `POST /leave_requests`, one transaction. Keep them equal to the feature's store.
///
/// `bench_seats` stands in for the token and the request.
const LEAVE_REQUEST: &[&str] = &[
    "BEGIN;",
    "SELECT * FROM sittings WHERE id = :sitting_id;",
    "SELECT id AS meeting_id, congress_id FROM meetings WHERE id = (SELECT meeting_id FROM sittings WHERE id = :sitting_id) \\gset",
    "SELECT settings FROM congresses WHERE id = :congress_id;",
    "SELECT r.id AS representative_id, t.starts_on, t.ends_on FROM representatives r JOIN terms t ON t.id = r.term_id \
     WHERE r.account_id = :account_id AND r.congress_id = :congress_id AND r.status <> 'ended' ORDER BY t.number DESC \\gset",
    "SELECT * FROM representatives WHERE id = :representative_id;",
    "SELECT FROM representatives WHERE id = :representative_id FOR NO KEY UPDATE;",
    "SELECT EXISTS (SELECT 1 FROM leave_requests WHERE representative_id = :representative_id AND grain = 'sitting' \
     AND sitting_id = :sitting_id AND state IN ('requested', 'approved'));",
    "INSERT INTO leave_requests (id, congress_id, representative_id, grain, sitting_id, kind, reason, state, approver, \
     requested_by, requested_at) VALUES (gen_random_uuid(), :congress_id, :representative_id, 'sitting', :sitting_id, \
     'personal', 'family matter', 'requested', 'delegation_head', :account_id, now());",
    "INSERT INTO audit_lines (id, congress_id, at, actor_kind, actor_id, action, subject_kind, subject_id, detail, \
     request_id) VALUES (gen_random_uuid(), :congress_id, now(), 'account', :account_id, 'leave_request.create', \
     'leave_request', gen_random_uuid(), '{\"grain\":\"sitting\",\"kind\":\"personal\"}', 'bench');",
    "SELECT r.id, r.name, r.delegation_id, u.name FROM representatives r LEFT JOIN units u ON u.id = r.delegation_id \
     WHERE r.id = ANY(ARRAY[:representative_id]::uuid[]);",
    "SELECT s.id, m.title, s.title FROM sittings s JOIN meetings m ON m.id = s.meeting_id \
     WHERE s.id = ANY(ARRAY[:sitting_id]::uuid[]);",
    "COMMIT;",
];

/// What the server takes from the token and the request; outside of the transaction and not counted.
const WHO: &str = "SELECT account_id, sitting_id FROM bench_seats WHERE n = :n \\gset";

const SEATS: &str = "
    CREATE TABLE bench_seats AS
        SELECT row_number() OVER (ORDER BY position, sitting_id)::bigint AS n, account_id, sitting_id
        FROM roster_entries WHERE account_id IS NOT NULL;
    ALTER TABLE bench_seats ADD PRIMARY KEY (n);
    ANALYZE";

pub async fn run(sizes: &Sizes, bed: &Bed, report: &mut Report) -> Result<()> {
    let sizes = &sizes.throughput;
    let postgres = bed.postgres()?;
    let database = bed.database(Kind::Postgres, "writes")?;
    let fixture = Fixture::load(&database, sizes.write_sittings, sizes.seats_per_sitting).await?;
    postgres.connect("writes")?.batch_execute(SEATS)?;
    let server = Server::start(&database).await?;
    // The server gets the first half of the seats, `pgbench` the other: who asked already is refused.
    let half = fixture.seats.len() / 2;
    let script = format!("\\set n random(:first, :last)\n{WHO}\n{}\n", LEAVE_REQUEST.join("\n"));

    let (mut rates, mut baseline_rates, mut p99s) = (Vec::new(), Vec::new(), Vec::new());
    let mut errors = Errors::default();
    let next_seat = Cell::new(0);
    for round in 1..=sizes.rounds {
        server.wait_until_quiet().await?;
        postgres.checkpoint()?;
        let run = PgBench {
            database: "writes",
            script: &script,
            variables: &[("first", half as u64 + 1), ("last", fixture.seats.len() as u64)],
            clients: sizes.connections,
            duration: sizes.baseline_round,
        };
        let baseline = postgres.pgbench(run).await?;

        // The audit lines that pgbench wrote want to be sealed, too.
        server.wait_until_quiet().await?;
        postgres.checkpoint()?;
        let last_seat = half * round / sizes.rounds;
        let load = ClosedLoop {
            address: server.address,
            connections: sizes.connections,
            warm_up: sizes.warm_up,
            measure: sizes.round,
            expected: 201,
        };
        let next_request = |bytes: &mut Vec<u8>| {
            let seat = next_seat.get();
            next_seat.set(seat + 1);
            let free = seat < last_seat;
            if free {
                write_leave_request(&fixture, seat, bytes);
            }
            free
        };
        let tally = load.run(&next_request).await;
        eprintln!(
            "   round {round}: {} requests/s for {:.1} s, p99 {:.1} ms, {}; pgbench {}/s",
            per_second(tally.per_second()),
            tally.elapsed.as_secs_f64(),
            tally.quantile_ms(0.99),
            tally.errors,
            per_second(baseline)
        );
        errors.merge(&tally.errors);
        ensure!(
            !tally.latency.is_empty(),
            "no leave request was measured: {errors}\n{}",
            server.last_words()
        );
        rates.push(tally.per_second());
        p99s.push(tally.quantile_ms(0.99));
        baseline_rates.push(baseline);
        next_seat.set(last_seat);
    }

    let (rate, baseline_rate) = (median(&rates), median(&baseline_rates));
    let statements = LEAVE_REQUEST.len();
    report.row(Row::ratio(
        "another write: a request for leave",
        Kind::Postgres,
        format!("{}/s, p99 {:.1} ms", per_second(rate), median(&p99s)),
        format!(
            "`pgbench -M prepared`, the same {statements} statements (BEGIN and COMMIT among them): {}/s",
            per_second(baseline_rate)
        ),
        rate / baseline_rate,
        Target::AtLeast(0.7),
        errors.total() == 0,
    ));
    report.note(format!(
        "requests for leave: {} connections, rounds {}; pgbench rounds {}; {errors}.",
        sizes.connections,
        rounds_text(&rates),
        rounds_text(&baseline_rates)
    ));
    Ok(())
}

fn write_leave_request(fixture: &Fixture, seat: usize, bytes: &mut Vec<u8>) {
    let seat = &fixture.seats[seat];
    let sitting = &fixture.sittings[seat.sitting];
    let body = format!(r#"{{"grain":"sitting","sitting_id":"{sitting}","kind":"personal","reason":"family matter"}}"#);
    let path = "/api/v1/leave_requests";
    Request {
        method: "POST",
        path,
        token: Some(&seat.token),
        body: Some(&body),
    }
    .write_to(bytes);
}
