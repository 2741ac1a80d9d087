//! The server under test: the release binary in its own process, on a port of its own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::bed::Database;
use crate::http::{Connection, Request};
use crate::process::{self, Process};

pub const BINARY: &str = env!("CARGO_BIN_EXE_lvzhi");

/// Enough for every key the server derives; `load-fixture` and `serve` have to agree on it.
const SECRET: &str = "bench-only-secret-0123456789abcdef0123456789abcdef";

/// `lvzhi` with the environment of one database and nothing of ours.
pub fn lvzhi(database: &Database) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LVZHI_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(&database.data_dir)
        .env("LVZHI_DATABASE_URL", &database.url)
        .env("LVZHI_DATA_DIR", &database.data_dir)
        .env("LVZHI_SECRET", SECRET)
        .env("LVZHI_LOG_LEVEL", "warn")
        // The fixture's clerk has a token but no phone with an authenticator.
        .env("LVZHI_AUTH_REQUIRE_SECOND_FACTOR", "false")
        .stdin(Stdio::null());
    command
}

pub struct Server {
    process: Process,
    pub address: SocketAddr,
    /// From the start of the program to its first good answer on /readyz.
    pub started_in: Duration,
    log: PathBuf,
}

impl Server {
    pub async fn start(database: &Database) -> Result<Server> {
        let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()?));
        let log = database.data_dir.join(format!("server-{}.log", address.port()));
        let output = File::create(&log)?;
        let mut command = lvzhi(database);
        command
            .arg("serve")
            .env("LVZHI_LISTEN", address.to_string())
            .stdout(output.try_clone()?)
            .stderr(output);
        let begin = Instant::now();
        let process = Process::start(command, libc::SIGTERM)?;
        let mut server = Server {
            process,
            address,
            started_in: Duration::ZERO,
            log,
        };
        while !is_ready(address).await {
            if server.process.ended().is_some() || begin.elapsed() > Duration::from_secs(60) {
                bail!("the server did not become ready:\n{}", server.last_words());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.started_in = begin.elapsed();
        Ok(server)
    }

    /// Resident memory now, in MiB.
    pub fn memory_mib(&self) -> Result<f64> {
        Ok(process::status_kib(self.process.id(), "VmRSS")? as f64 / 1024.0)
    }

    /// The most resident memory it ever had, in MiB.
    pub fn peak_memory_mib(&self) -> Result<f64> {
        Ok(process::status_kib(self.process.id(), "VmHWM")? as f64 / 1024.0)
    }

    /// Waits until nothing is left to do in the background (sealing, for one), so that a baseline is not measured
    /// against it. Says how long that took; gives up after a minute, and then says so.
    pub async fn wait_until_quiet(&self) -> Result<Duration> {
        const LOOK_EVERY: Duration = Duration::from_millis(400);
        let begin = Instant::now();
        let mut before = process::cpu_time(self.process.id())?;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = process::cpu_time(self.process.id())?;
            if now - before <= LOOK_EVERY / 20 {
                return Ok(begin.elapsed() - LOOK_EVERY);
            }
            if begin.elapsed() > Duration::from_secs(60) {
                eprintln!("   the server is still busy a minute after the last request; measuring on");
                return Ok(begin.elapsed());
            }
            before = now;
        }
    }

    /// Why it may have failed: the end of its log.
    pub fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut connection) = Connection::open(address).await else {
        return false;
    };
    let mut bytes = Vec::new();
    Request::get("/readyz").write_to(&mut bytes);
    matches!(connection.exchange(&bytes).await, Ok(200))
}
