//! A whole congress arriving within a minute while two thousand people watch the sitting.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;

use crate::bed::{Bed, Kind};
use crate::codes::CodeBoard;
use crate::fixture::Fixture;
use crate::load::{self, Errors, OpenLoop, Visit};
use crate::report::{Report, Row, thousands};
use crate::server::Server;
use crate::settings::{Crowd, Sizes};
use crate::watchers::{Board, View, Watchers};

pub async fn run(sizes: &Sizes, bed: &Bed, report: &mut Report) -> Result<()> {
    for kind in [Kind::Postgres, Kind::Sqlite] {
        run_on(kind, &sizes.crowd, bed, report).await?;
    }
    Ok(())
}

async fn run_on(kind: Kind, sizes: &Crowd, bed: &Bed, report: &mut Report) -> Result<()> {
    let database = bed.database(kind, "crowd")?;
    let fixture = Fixture::load(&database, 1, sizes.seats).await?;
    let server = Server::start(&database).await?;
    let sitting = fixture.sittings[0].clone();
    let token = fixture
        .screen_tokens
        .get(&sitting)
        .context("no screen token for the sitting")?
        .clone();
    let connecting = Instant::now();
    let watchers = Watchers::connect(
        View {
            address: server.address,
            sitting,
            token,
        },
        sizes.watchers,
        sizes.seats,
    )
    .await?;
    let connected = connecting.elapsed();
    let first_frames = watchers.board.frames();

    let board = CodeBoard::new(server.address, fixture.clone());
    let arrivals = OpenLoop {
        address: server.address,
        own_connections: true,
        expected: 201,
    };
    let moments = random_moments(sizes.seats, sizes.period);
    let request = |seat: usize| {
        let mut bytes = Vec::with_capacity(2048);
        board.check_in(seat, &mut bytes);
        bytes
    };
    let visits = board.during(arrivals.run(&moments, &request)).await?;
    // The last number is on its way; whoever does not have it by then counts as lost.
    tokio::time::sleep(Duration::from_secs(3)).await;

    let tally = load::tally(&visits);
    let mut errors = Errors::default();
    errors.merge(&tally.errors);
    for failure in watchers.board.failures() {
        errors.add(&format!("watcher: {failure}"));
    }
    let delays = delays_to_last_watcher(visits, &watchers.board, sizes.watchers, &mut errors);
    let (quantiles, delay_quantiles) = (quantiles(&tally.latency), quantiles(&delays));
    eprintln!("   {kind}: check-in {quantiles}; last watcher {delay_quantiles}; {errors}");

    let what = format!(
        "{} arrive within {} s, {} watch",
        thousands(sizes.seats as u64),
        sizes.period.as_secs(),
        thousands(sizes.watchers as u64)
    );
    let fine = errors.total() == 0;
    report.row(Row::plain(
        format!("{what}: errors"),
        kind,
        errors.total().to_string(),
        "none",
        Some(fine),
    ));
    report.row(Row::plain(
        format!("{what}: a check-in"),
        kind,
        quantiles,
        "measured",
        None,
    ));
    report.row(Row::plain(
        format!("{what}: from sending a check-in until the last watcher has the number"),
        kind,
        delay_quantiles,
        "measured",
        None,
    ));
    report.note(format!(
        "crowd on {kind}: {errors}; each check-in on a new connection, at moments drawn at random; watchers connected \
         in {:.1} s; {} frames delivered during the arrivals; memory at most {:.0} MiB.",
        connected.as_secs_f64(),
        thousands(watchers.board.frames() - first_frames),
        server.peak_memory_mib()?
    ));
    Ok(())
}

/// For each check-in, how long after it was sent the slowest watcher saw the number it made.
///
/// Numbers are dealt in the order of the answers: when the n-th answer came, at least n were present.
fn delays_to_last_watcher(
    mut visits: Vec<Visit>,
    board: &Board,
    watchers: usize,
    errors: &mut Errors,
) -> Histogram<u64> {
    let mut delays = load::Tally::new();
    visits.retain(|visit| visit.outcome.is_ok());
    visits.sort_by_key(|visit| visit.answered);
    for (number, visit) in (1..).zip(&visits) {
        match board.all_saw(number, watchers) {
            Some(at) => delays.record(&Ok(()), at.saturating_duration_since(visit.sent)),
            None => errors.add("number that a watcher never had"),
        }
    }
    delays.latency
}

/// Everybody comes at a moment of their own within the period: at times several at once, as in front of a real hall.
fn random_moments(count: usize, period: Duration) -> Vec<Duration> {
    // The same sequence in every run (Knuth's MMIX generator): runs have to be comparable.
    let mut state = 20_261_105_u64;
    let mut moments: Vec<Duration> = Vec::with_capacity(count);
    for _ in 0..count {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        moments.push(period.mul_f64((state >> 32) as f64 / f64::from(u32::MAX)));
    }
    moments.sort();
    moments
}

fn quantiles(histogram: &Histogram<u64>) -> String {
    let ms = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1000.0;
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        ms(0.5),
        ms(0.99),
        histogram.max() as f64 / 1000.0
    )
}
