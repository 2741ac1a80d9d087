//! What the server takes when it does nothing: memory, the time to start, its size on disk.

use std::time::Duration;

use anyhow::Result;

use crate::bed::{Bed, Kind};
use crate::fixture::Fixture;
use crate::report::{Report, Row, median};
use crate::server::{self, Server};
use crate::settings::Sizes;

const MEMORY_MIB: f64 = 30.0;
const START_UP: Duration = Duration::from_millis(200);

pub async fn run(sizes: &Sizes, bed: &Bed, report: &mut Report) -> Result<()> {
    let sizes = &sizes.footprint;
    for kind in [Kind::Postgres, Kind::Sqlite] {
        let database = bed.database(kind, "footprint")?;
        Fixture::load(&database, sizes.sittings, sizes.seats_per_sitting).await?;
        let (mut starts, mut memories) = (Vec::new(), Vec::new());
        for start in 1..=sizes.starts {
            let server = Server::start(&database).await?;
            starts.push(server.started_in.as_secs_f64() * 1000.0);
            // One long look is enough for the memory; the other starts are about time.
            if start == sizes.starts {
                tokio::time::sleep(sizes.idle).await;
                memories.push(server.memory_mib()?);
            }
        }
        let slowest = starts.iter().copied().fold(0.0, f64::max);
        let memory = memories.iter().copied().fold(0.0, f64::max);
        eprintln!(
            "   {kind}: idle {memory:.1} MiB, start median {:.0} ms, slowest {slowest:.0} ms",
            median(&starts)
        );
        report.row(Row::plain(
            format!("idle memory (resident, {} s after the start)", sizes.idle.as_secs()),
            kind,
            format!("{memory:.1} MiB"),
            format!("≤ {MEMORY_MIB:.0} MiB"),
            Some(memory <= MEMORY_MIB),
        ));
        report.row(Row::plain(
            format!(
                "start on an existing database until /readyz, slowest of {}",
                sizes.starts
            ),
            kind,
            format!("{slowest:.0} ms (median {:.0} ms)", median(&starts)),
            format!("≤ {} ms", START_UP.as_millis()),
            Some(slowest <= START_UP.as_secs_f64() * 1000.0),
        ));
    }
    let size = std::fs::metadata(server::BINARY)?.len() as f64 / (1024.0 * 1024.0);
    report.row(Row::plain(
        "size of the binary",
        "both",
        format!("{size:.1} MiB"),
        "measured",
        None,
    ));
    Ok(())
}
