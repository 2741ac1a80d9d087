//! The machine the figures belong to; without it they mean nothing.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use diesel::prelude::*;

use crate::bed::Bed;

pub struct Machine {
    processor: String,
    cores: usize,
    memory_gib: f64,
    kernel: String,
    postgres: String,
    sqlite: String,
    file_system: String,
    fdatasync: SyncCost,
    load_before: String,
}

/// What it costs to make 4 KiB durable, in milliseconds.
pub struct SyncCost {
    p50: f64,
    p99: f64,
}

impl Machine {
    /// Looks around; the disk is the one the databases live on.
    pub fn describe(bed: &Bed) -> Result<Machine> {
        let processor = value_of("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        let memory = value_of("/proc/meminfo", "MemTotal").unwrap_or_default();
        let memory_kib: f64 = memory.trim_end_matches(" kB").parse().unwrap_or(0.0);
        Ok(Machine {
            processor,
            cores: thread::available_parallelism()?.get(),
            memory_gib: memory_kib / (1024.0 * 1024.0),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            postgres: bed
                .postgres()
                .and_then(|postgres| postgres.version())
                .unwrap_or_else(|_| "not started".to_owned()),
            sqlite: sqlite_version()?,
            file_system: file_system_of(bed.folder())?,
            fdatasync: fdatasync_cost(bed.folder())?,
            load_before: fs::read_to_string("/proc/loadavg")?
                .split(' ')
                .next()
                .unwrap_or("?")
                .to_owned(),
        })
    }
}

impl fmt::Display for SyncCost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "fdatasync of 4 KiB p50 {:.3} ms, p99 {:.3} ms", self.p50, self.p99)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "Machine: {}, {} cores, {:.0} GiB memory, Linux {}; PostgreSQL {} (fsync on, synchronous_commit on, \
             shared_buffers 256 MB), SQLite {} (WAL, synchronous FULL).",
            self.processor, self.cores, self.memory_gib, self.kernel, self.postgres, self.sqlite
        )?;
        write!(
            out,
            "Disk: {}, {}. Load of the machine before the run: {}. The load \
             generator runs beside the server on the same cores.",
            self.file_system, self.fdatasync, self.load_before
        )
    }
}

/// The first `name: value` in a file of the kernel.
fn value_of(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn sqlite_version() -> Result<String> {
    let mut connection = SqliteConnection::establish(":memory:")?;
    Ok(diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("sqlite_version()")).get_result(&mut connection)?)
}

/// The type of the mount the folder is on.
fn file_system_of(folder: &Path) -> Result<String> {
    let mounts = fs::read_to_string("/proc/mounts")?;
    let mut best = ("", "unknown");
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(1);
        if let (Some(point), Some(kind)) = (fields.next(), fields.next())
            && folder.starts_with(point)
            && point.len() >= best.0.len()
        {
            best = (point, kind);
        }
    }
    Ok(match best.1 {
        "tmpfs" | "ramfs" => format!("{} (MEMORY, NOT A DISK: set LVZHI_BENCH_DIR)", best.1),
        kind => kind.to_owned(),
    })
}

/// Overwrites blocks of a file that has its size already, as both databases do with their logs.
pub fn fdatasync_cost(folder: &Path) -> Result<SyncCost> {
    const BLOCK: usize = 4096;
    const BLOCKS: usize = 500;
    let path = folder.join("fdatasync");
    let file = OpenOptions::new().create_new(true).write(true).open(&path)?;
    file.write_all_at(&vec![1; BLOCK * BLOCKS], 0)?;
    file.sync_all()?;
    let begin = Instant::now();
    let mut costs = Vec::with_capacity(BLOCKS);
    for number in 0..BLOCKS {
        let before = Instant::now();
        file.write_all_at(&[2; BLOCK], (number * BLOCK) as u64)?;
        file.sync_data()?;
        costs.push(before.elapsed().as_secs_f64() * 1000.0);
        if begin.elapsed() > Duration::from_secs(3) {
            break;
        }
    }
    fs::remove_file(path)?;
    costs.sort_by(f64::total_cmp);
    Ok(SyncCost {
        p50: costs[costs.len() / 2],
        p99: costs[costs.len() * 99 / 100],
    })
}
