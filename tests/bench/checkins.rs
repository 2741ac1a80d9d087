//! Check-ins per second: HTTP, token check and durable commit, against the database alone.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::baselines::{self, PgInserts, SqliteRates};
use crate::bed::{Bed, Kind};
use crate::codes::CodeBoard;
use crate::fixture::Fixture;
use crate::load::{ClosedLoop, Errors};
use crate::report::{Report, Row, Target, median, per_second, rounds_text};
use crate::server::Server;
use crate::settings::{Sizes, Throughput};

pub async fn run(kind: Kind, sizes: &Sizes, bed: &Bed, report: &mut Report) -> Result<()> {
    let sizes = &sizes.throughput;
    let database = bed.database(kind, "checkins")?;
    let fixture = Fixture::load(&database, sizes.checkin_sittings, sizes.seats_per_sitting).await?;
    let mut baseline = Baseline::prepare(kind, bed)?;
    let server = Server::start(&database).await?;
    let board = CodeBoard::new(server.address, fixture.clone());

    let (mut rates, mut p99s, mut errors) = (Vec::new(), Vec::new(), Errors::default());
    let mut settled = Duration::ZERO;
    let next_seat = Cell::new(0);
    for round in 1..=sizes.rounds {
        settled = settled.max(server.wait_until_quiet().await?);
        baseline.round(bed, sizes).await?;
        if kind == Kind::Postgres {
            bed.postgres()?.checkpoint()?;
        }

        // Nobody signs twice, so a round may use its share of the seats and no more.
        let last_seat = fixture.seats.len() * round / sizes.rounds;
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
                board.check_in(seat, bytes);
            }
            free
        };
        let tally = board.during(load.run(&next_request)).await?;
        eprintln!(
            "   round {round}: {} check-ins/s for {:.1} s, p99 {:.1} ms, {}; {}",
            per_second(tally.per_second()),
            tally.elapsed.as_secs_f64(),
            tally.quantile_ms(0.99),
            tally.errors,
            baseline.last_round()
        );
        errors.merge(&tally.errors);
        ensure!(
            !tally.latency.is_empty(),
            "no check-in was measured: {errors}\n{}",
            server.last_words()
        );
        rates.push(tally.per_second());
        p99s.push(tally.quantile_ms(0.99));
        next_seat.set(last_seat);
    }

    let rate = median(&rates);
    let (against, baseline_rate) = baseline.result();
    report.row(Row::ratio(
        "check-ins (HTTP + token + durable commit)",
        kind,
        format!("{}/s, p99 {:.1} ms", per_second(rate), median(&p99s)),
        against,
        rate / baseline_rate,
        Target::AtLeast(1.5),
        errors.total() == 0,
    ));
    report.note(format!(
        "check-ins on {kind}: {} connections, rounds {}; baseline rounds {}; {errors}; at most {:.1} s of background \
         work (sealing) after a round; memory at most {:.0} MiB.",
        sizes.connections,
        rounds_text(&rates),
        baseline.rounds(),
        settled.as_secs_f64(),
        server.peak_memory_mib()?
    ));
    Ok(())
}

/// The database without the server, measured between the server's rounds while it is quiet.
enum Baseline<'a> {
    Postgres(PgInserts<'a>, Vec<f64>),
    Sqlite(Vec<SqliteRates>),
}

impl<'a> Baseline<'a> {
    fn prepare(kind: Kind, bed: &'a Bed) -> Result<Baseline<'a>> {
        Ok(match kind {
            Kind::Postgres => Baseline::Postgres(PgInserts::prepare(bed.postgres()?)?, Vec::new()),
            Kind::Sqlite => Baseline::Sqlite(Vec::new()),
        })
    }

    async fn round(&mut self, bed: &Bed, sizes: &Throughput) -> Result<()> {
        match self {
            Baseline::Postgres(inserts, rates) => {
                rates.push(inserts.run(sizes.connections, sizes.baseline_round).await?);
            }
            Baseline::Sqlite(rates) => {
                let (folder, duration) = (bed.folder().to_owned(), sizes.baseline_round);
                let round = tokio::task::spawn_blocking(move || baselines::sqlite_inserts(&folder, duration));
                rates.push(round.await??);
            }
        }
        Ok(())
    }

    fn last_round(&self) -> String {
        match self {
            Baseline::Postgres(_, rates) => format!("pgbench {}/s", per_second(*rates.last().unwrap_or(&0.0))),
            Baseline::Sqlite(rates) => {
                let bare = rates.last().map_or(0.0, |rates| rates.bare);
                format!("one process {}/s", per_second(bare))
            }
        }
    }

    fn rounds(&self) -> String {
        match self {
            Baseline::Postgres(_, rates) => rounds_text(rates),
            Baseline::Sqlite(_) => rounds_text(&self.bare()),
        }
    }

    fn bare(&self) -> Vec<f64> {
        match self {
            Baseline::Postgres(_, rates) => rates.clone(),
            Baseline::Sqlite(rates) => rates.iter().map(|rates| rates.bare).collect(),
        }
    }

    /// What it was, in words, and the rate to compare with.
    fn result(&self) -> (String, f64) {
        let rate = median(&self.bare());
        let text = match self {
            Baseline::Postgres(..) => format!("`pgbench -M prepared`, one-row INSERT: {}/s", per_second(rate)),
            Baseline::Sqlite(rates) => {
                let same_shape: Vec<f64> = rates.iter().map(|rates| rates.same_shape).collect();
                format!(
                    "one process, one-row durable INSERT: {}/s (into a table like attendances: {}/s)",
                    per_second(rate),
                    per_second(median(&same_shape))
                )
            }
        };
        (text, rate)
    }
}
