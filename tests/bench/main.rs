//! `make bench`: measures the release server on this machine against the speed the project promises, and prints one
//! Markdown table in which every ratio was measured in the same run.
//!
//! It starts everything itself — a private PostgreSQL, the server, `pgbench` — and stops it again, whatever way it
//! ends. The load generator is this process, beside the server on the same cores, as a fair share of real machines
//! would have it. Rounds of the server and of its baseline alternate, and medians of the rounds are compared, so that
//! a neighbour's load hits both.
//!
//! `LVZHI_BENCH_QUICK=1` tries everything out in small sizes, `LVZHI_BENCH_ONLY=checkins-pg,crowd` picks suites,
//! `LVZHI_BENCH_DIR` says on which disk the databases live (otherwise the temporary folder).
//!
//! Where to read what: [`settings`] sizes · [`bed`], [`postgres`], [`server`], [`process`], [`fixture`] what is started ·
//! [`http`], [`load`], [`codes`], [`watchers`] the load generator · [`baselines`] what the server is compared with ·
//! [`checkins`], [`writes`], [`crowd`], [`growth`], [`footprint`], [`reminders`],
//! [`proposals`] one file per suite · [`machine`], [`report`] the output.

mod baselines;
mod bed;
mod checkins;
mod codes;
mod crowd;
mod fixture;
mod footprint;
mod growth;
mod http;
mod load;
mod machine;
mod postgres;
mod process;
mod proposals;
mod reminders;
mod report;
mod server;
mod settings;
mod watchers;
mod writes;

use std::process::ExitCode;

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};

use crate::bed::{Bed, Kind};
use crate::machine::Machine;
use crate::report::Report;
use crate::settings::{Settings, Suite};

fn main() -> ExitCode {
    // `cargo test --all-targets` starts bench targets too, without this argument and with a debug build.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing measured: start me with `cargo bench --bench load`");
        return ExitCode::SUCCESS;
    }
    // One thread drives the load, so that the server keeps the rest of the machine; whatever blocks goes to its own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a tokio runtime");
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = run() => outcome,
            outcome = interrupted() => outcome,
        }
    });
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Resolves when somebody asks us to stop; everything started is then dropped, which stops it.
async fn interrupted() -> Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    eprintln!("bench: interrupted, stopping what was started");
    Ok(ExitCode::from(130))
}

async fn run() -> Result<ExitCode> {
    process::raise_open_file_limit();
    let settings = Settings::from_environment()?;
    let bed = Bed::prepare(&settings)?;
    let mut report = Report::new(Machine::describe(&bed)?, settings.quick);
    for &suite in &settings.suites {
        eprintln!("== {}", suite.name());
        let sizes = &settings.sizes;
        let outcome = match suite {
            Suite::CheckinsPostgres => checkins::run(Kind::Postgres, sizes, &bed, &mut report).await,
            Suite::CheckinsSqlite => checkins::run(Kind::Sqlite, sizes, &bed, &mut report).await,
            Suite::Writes => writes::run(sizes, &bed, &mut report).await,
            Suite::Crowd => crowd::run(sizes, &bed, &mut report).await,
            Suite::Growth => growth::run(sizes, &bed, &mut report).await,
            Suite::Footprint => footprint::run(sizes, &bed, &mut report).await,
            Suite::Reminders => reminders::run(sizes, &bed, &mut report).await,
            Suite::Proposals => proposals::run(sizes, &bed, &mut report).await,
        };
        if let Err(error) = outcome {
            eprintln!("   {}: {error:#}", suite.name());
            report.failed(suite.name(), &error);
        }
    }
    // A neighbour on the same disk shows in the difference to the cost before the run.
    report.note(format!(
        "the disk after the run: {}.",
        machine::fdatasync_cost(bed.folder())?
    ));
    println!("{report}");
    Ok(if report.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
