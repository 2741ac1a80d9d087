//! Whether a request costs more when the database has grown a thousandfold.
//!
//! Two databases with a server each, one small and one large; rounds of the same modest load alternate between them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, ensure};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::bed::{Bed, Database, Kind};
use crate::codes::CodeBoard;
use crate::fixture::Fixture;
use crate::http::Request;
use crate::load::{self, ClosedLoop, Errors, OpenLoop, Tally};
use crate::report::{Report, Row, Target, median, milliseconds_text, thousands};
use crate::server::Server;
use crate::settings::{Growth, Sizes};

pub async fn run(sizes: &Sizes, bed: &Bed, report: &mut Report) -> Result<()> {
    for kind in [Kind::Postgres, Kind::Sqlite] {
        run_on(kind, &sizes.growth, bed, report).await?;
    }
    Ok(())
}

async fn run_on(kind: Kind, sizes: &Growth, bed: &Bed, report: &mut Report) -> Result<()> {
    let small = House::build(kind, "growth_small", sizes.small_rows, sizes, bed).await?;
    let large = House::build(kind, "growth_large", sizes.large_rows, sizes, bed).await?;
    let (mut check_ins, mut lists) = (Pair::default(), Pair::default());
    let mut errors = Errors::default();

    // The first pair of rounds fills caches and does not count.
    for round in 0..=sizes.rounds {
        // Whoever comes second may suffer from what the first left behind, so they take turns.
        let order = if round % 2 == 0 {
            [&small, &large]
        } else {
            [&large, &small]
        };
        for house in order {
            house.server.wait_until_quiet().await?;
            if kind == Kind::Postgres {
                bed.postgres()?.checkpoint()?;
            }
            let check_in = house.check_ins(sizes).await?;
            let list = house.lists(sizes).await;
            errors.merge(&check_in.errors);
            errors.merge(&list.errors);
            ensure!(
                !check_in.latency.is_empty(),
                "no check-in succeeded: {errors}\n{}",
                house.server.last_words()
            );
            ensure!(
                !list.latency.is_empty(),
                "no list was fetched: {errors}\n{}",
                house.server.last_words()
            );
            let (check_in, list) = (check_in.quantile_ms(0.99), list.quantile_ms(0.99));
            eprintln!(
                "   round {round}, {} rows: p99 of a check-in {check_in:.2} ms, of the list {list:.2} ms",
                thousands(house.rows)
            );
            if round > 0 {
                check_ins.of(house.rows == sizes.large_rows).push(check_in);
                lists.of(house.rows == sizes.large_rows).push(list);
            }
        }
    }

    let list_name = format!("attendance list of {} signed seats, p99", sizes.list_seats);
    for (what, rate, pair) in [
        ("check-in, p99", sizes.checkins_per_second, &check_ins),
        (list_name.as_str(), sizes.lists_per_second, &lists),
    ] {
        let (small_p99, large_p99) = (median(&pair.small), median(&pair.large));
        report.row(Row::ratio(
            format!("growth: {what} (at {rate:.0}/s)"),
            kind,
            format!("with {} rows: {large_p99:.2} ms", thousands(sizes.large_rows)),
            format!("with {} rows: {small_p99:.2} ms", thousands(sizes.small_rows)),
            large_p99 / small_p99,
            Target::AtMost(1.2),
            errors.total() == 0,
        ));
        report.note(format!(
            "growth on {kind}, {what}, ms per round: small {}, large {}.",
            milliseconds_text(&pair.small),
            milliseconds_text(&pair.large)
        ));
    }
    report.note(format!(
        "growth on {kind}: {errors}; both databases grew by the {} check-ins that were measured.",
        thousands(small.next_seat.get() as u64)
    ));
    Ok(())
}

/// The p99 of every round, in milliseconds.
#[derive(Default)]
struct Pair {
    small: Vec<f64>,
    large: Vec<f64>,
}

impl Pair {
    fn of(&mut self, large: bool) -> &mut Vec<f64> {
        if large { &mut self.large } else { &mut self.small }
    }
}

/// A database of a certain size with a running server.
struct House {
    rows: u64,
    server: Server,
    board: CodeBoard,
    seats: usize,
    next_seat: Cell<usize>,
    list_request: Vec<u8>,
}

impl House {
    async fn build(kind: Kind, name: &str, rows: u64, sizes: &Growth, bed: &Bed) -> Result<House> {
        let database = bed.database(kind, name)?;
        let hall = Fixture::load(&database, 1, sizes.list_seats).await?;
        let rounds = sizes.rounds + 1;
        let check_ins = load::steady(sizes.checkins_per_second, sizes.round).len() * rounds;
        let sittings = check_ins.div_ceil(sizes.seats_per_sitting);
        let fixture = Fixture::load(&database, sittings, sizes.seats_per_sitting).await?;
        fill(&database, &fixture.congress_id, rows - sizes.list_seats as u64).await?;
        let server = Server::start(&database).await?;
        sign_all(&server, &hall).await?;

        let mut list_request = Vec::new();
        let path = format!("/api/v1/sittings/{}/attendance", hall.sittings[0]);
        Request {
            token: Some(&hall.clerk_token),
            ..Request::get(&path)
        }
        .write_to(&mut list_request);
        let board = CodeBoard::new(server.address, fixture.clone());
        Ok(House {
            rows,
            server,
            board,
            seats: fixture.seats.len(),
            next_seat: Cell::new(0),
            list_request,
        })
    }

    async fn check_ins(&self, sizes: &Growth) -> Result<Tally> {
        let moments = load::steady(sizes.checkins_per_second, sizes.round);
        let first = self.next_seat.replace(self.next_seat.get() + moments.len());
        ensure!(self.next_seat.get() <= self.seats, "not enough seats for all rounds");
        let load = OpenLoop {
            address: self.server.address,
            own_connections: false,
            expected: 201,
        };
        let request = |number: usize| {
            let mut bytes = Vec::with_capacity(2048);
            self.board.check_in(first + number, &mut bytes);
            bytes
        };
        Ok(load::tally(&self.board.during(load.run(&moments, &request)).await?))
    }

    async fn lists(&self, sizes: &Growth) -> Tally {
        let moments = load::steady(sizes.lists_per_second, sizes.round);
        let load = OpenLoop {
            address: self.server.address,
            own_connections: false,
            expected: 200,
        };
        load::tally(&load.run(&moments, &|_| self.list_request.clone()).await)
    }
}

/// Everybody of a fixture signs in.
async fn sign_all(server: &Server, fixture: &Rc<Fixture>) -> Result<()> {
    let board = CodeBoard::new(server.address, fixture.clone());
    let load = ClosedLoop {
        address: server.address,
        connections: 8,
        warm_up: std::time::Duration::ZERO,
        measure: std::time::Duration::from_secs(60),
        expected: 201,
    };
    let next_seat = Cell::new(0);
    let next_request = |bytes: &mut Vec<u8>| {
        let seat = next_seat.replace(next_seat.get() + 1);
        let free = seat < fixture.seats.len();
        if free {
            board.check_in(seat, bytes);
        }
        free
    };
    let tally = board.during(load.run(&next_request)).await?;
    ensure!(
        tally.errors.total() == 0,
        "signing for the list: {}\n{}",
        tally.errors,
        server.last_words()
    );
    Ok(())
}

/// Attendances of five hundred people at each of many sittings of the past, straight into the table.
///
/// Their seal keys are negative: sealing begins at zero, and sealing ten million made-up rows is not the question.
const FILL_POSTGRES: &str = "
    INSERT INTO attendances (seal_key, sitting_id, entry_id, congress_id, at, method, device_id)
    SELECT
        i - {total} - 1,
        ('00000000-0000-7000-8000-' || lpad(to_hex(i / 500), 12, '0'))::uuid,
        ('00000000-0000-7000-9000-' || lpad(to_hex(i), 12, '0'))::uuid,
        '{congress}',
        TIMESTAMPTZ '2020-01-01 00:00:00Z' + i * INTERVAL '10 seconds',
        'hall_code',
        '00000000-0000-7000-a000-' || lpad(to_hex(i), 12, '0')
    FROM generate_series({from}::bigint, {to}::bigint) AS i";

const FILL_SQLITE: &str = "
    WITH RECURSIVE numbers (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM numbers WHERE i < {to})
    INSERT INTO attendances (seal_key, sitting_id, entry_id, congress_id, at, method, device_id)
    SELECT
        i - {total} - 1,
        printf('00000000-0000-7000-8000-%012x', i / 500),
        printf('00000000-0000-7000-9000-%012x', i),
        '{congress}',
        strftime('%Y-%m-%dT%H:%M:%S', '2020-01-01', (i * 10) || ' seconds') || '.000000Z',
        'hall_code',
        printf('00000000-0000-7000-a000-%012x', i)
    FROM numbers";

const FILL_AT_ONCE: u64 = 500_000;

async fn fill(database: &Database, congress: &str, rows: u64) -> Result<()> {
    let begin = Instant::now();
    let (kind, url, congress) = (database.kind, database.url.clone(), congress.to_owned());
    let filling = tokio::task::spawn_blocking(move || match kind {
        Kind::Postgres => {
            let mut connection = PgConnection::establish(&url)?;
            let ready = ["SET synchronous_commit = off"];
            let done = ["VACUUM (ANALYZE) attendances", "CHECKPOINT"];
            fill_with(&mut connection, FILL_POSTGRES, &congress, rows, &ready, &done)
        }
        Kind::Sqlite => {
            let mut connection = SqliteConnection::establish(&url)?;
            let ready = ["PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000"];
            let done = ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"];
            fill_with(&mut connection, FILL_SQLITE, &congress, rows, &ready, &done)
        }
    });
    filling.await??;
    eprintln!(
        "   {} rows put into {kind} in {:.1} s",
        thousands(rows),
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

fn fill_with(
    connection: &mut impl SimpleConnection,
    statement: &str,
    congress: &str,
    rows: u64,
    ready: &[&str],
    done: &[&str],
) -> Result<()> {
    for statement in ready {
        connection.batch_execute(statement)?;
    }
    let statement = statement
        .replace("{total}", &rows.to_string())
        .replace("{congress}", congress);
    let mut from = 1;
    while from <= rows {
        let to = rows.min(from + FILL_AT_ONCE - 1);
        connection.batch_execute(
            &statement
                .replace("{from}", &from.to_string())
                .replace("{to}", &to.to_string()),
        )?;
        from = to + 1;
    }
    for statement in done {
        connection.batch_execute(statement)?;
    }
    Ok(())
}
