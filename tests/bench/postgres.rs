//! A private PostgreSQL that loses nothing it acknowledged, and the `pgbench` beside it.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::process::{self, Process};

const SETTINGS: [&str; 7] = [
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=256MB",
    "max_connections=200",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
];

pub struct Postgres {
    _process: Process,
    programs: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes a new cluster in `folder` and starts it on a free port.
    pub fn start(folder: &Path) -> Result<Postgres> {
        let programs = find_programs()?;
        let owner = Owner::of_the_server()?;
        let data = folder.join("postgres");
        fs::create_dir(&data)?;
        if let Some(owner) = owner {
            chown(&data, Some(owner.user), Some(owner.group))?;
        }

        let mut initdb = owned_command(&programs.join("initdb"), owner, folder);
        initdb
            .arg("-D")
            .arg(&data)
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        let made = initdb.output().context("cannot start initdb")?;
        ensure!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );

        let port = process::free_port()?;
        let log = fs::File::create(folder.join("postgres.log"))?;
        let mut command = owned_command(&programs.join("postgres"), owner, folder);
        command
            .arg("-D")
            .arg(&data)
            .arg("-p")
            .arg(port.to_string())
            .stdout(log.try_clone()?)
            .stderr(log);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        // Its files are thrown away, so it may stop at once.
        let mut process = Process::start(command, libc::SIGQUIT)?;

        let deadline = Instant::now() + Duration::from_secs(30);
        while PgConnection::establish(&url(port, "postgres")).is_err() {
            if process.ended().is_some() || Instant::now() > deadline {
                bail!(
                    "PostgreSQL did not start:\n{}",
                    fs::read_to_string(folder.join("postgres.log"))?
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(Postgres {
            _process: process,
            programs,
            port,
        })
    }

    /// For example `postgres (PostgreSQL) 17.2`.
    pub fn version(&self) -> Result<String> {
        let output = Command::new(self.programs.join("postgres")).arg("--version").output()?;
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim()
            .replace("postgres (PostgreSQL) ", ""))
    }

    pub fn create_database(&self, name: &str) -> Result<String> {
        let url = url(self.port, name);
        self.connect("postgres")?
            .batch_execute(&format!("CREATE DATABASE {name}"))?;
        Ok(url)
    }

    pub fn connect(&self, database: &str) -> Result<PgConnection> {
        Ok(PgConnection::establish(&url(self.port, database))?)
    }

    /// Writes what is dirty, so that nobody pays for what another wrote before.
    pub fn checkpoint(&self) -> Result<()> {
        Ok(self.connect("postgres")?.batch_execute("CHECKPOINT")?)
    }

    /// Runs `script` again and again from `clients` connections; answers with transactions per second.
    pub async fn pgbench(&self, run: PgBench<'_>) -> Result<f64> {
        let script = tempfile::Builder::new().suffix(".sql").tempfile()?;
        fs::write(script.path(), run.script)?;
        let threads = thread::available_parallelism()?.get().min(run.clients);
        let mut command = tokio::process::Command::new(self.programs.join("pgbench"));
        command.args(["-n", "-M", "prepared", "-h", "127.0.0.1", "-U", "postgres"]);
        command.args([
            "-p",
            &self.port.to_string(),
            "-c",
            &run.clients.to_string(),
            "-j",
            &threads.to_string(),
        ]);
        command.args(["-T", &run.duration.as_secs().max(1).to_string()]);
        for (name, value) in run.variables {
            command.args(["-D", &format!("{name}={value}")]);
        }
        command
            .arg("-f")
            .arg(script.path())
            .arg(run.database)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = command.output().await.context("cannot start pgbench")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let complaints = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench: {complaints}{text}");
        text.lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok())
            .with_context(|| format!("no rate in pgbench's output:\n{complaints}{text}"))
    }
}

pub struct PgBench<'a> {
    pub database: &'a str,
    pub script: &'a str,
    pub variables: &'a [(&'a str, u64)],
    pub clients: usize,
    pub duration: Duration,
}

/// PostgreSQL refuses to run as root: then it belongs to the user its package made.
#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    fn of_the_server() -> Result<Option<Owner>> {
        // SAFETY: only reads who we are.
        if unsafe { libc::geteuid() } != 0 {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd")?;
        let line = users
            .lines()
            .find(|line| line.starts_with("postgres:"))
            .context("no user postgres")?;
        let fields: Vec<&str> = line.split(':').collect();
        Ok(Some(Owner {
            user: fields[2].parse()?,
            group: fields[3].parse()?,
        }))
    }
}

fn owned_command(program: &Path, owner: Option<Owner>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
    if let Some(owner) = owner {
        command.uid(owner.user).gid(owner.group);
    }
    command
}

/// Through TCP for everyone: the server and `pgbench` pay the same for it.
fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

/// Debian keeps the server's programs off the PATH, one folder per version: take the newest.
fn find_programs() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = Vec::new();
    if let Ok(entries) = fs::read_dir("/usr/lib/postgresql") {
        for entry in entries.flatten() {
            let programs = entry.path().join("bin");
            let version = entry.file_name().to_string_lossy().parse().unwrap_or(0);
            if programs.join("postgres").exists() && programs.join("pgbench").exists() {
                versions.push((version, programs));
            }
        }
    }
    if let Some((_, programs)) = versions.into_iter().max() {
        return Ok(programs);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("postgres").exists() && folder.join("pgbench").exists())
        .context("PostgreSQL's programs (initdb, postgres, pgbench) are neither in /usr/lib/postgresql nor on the PATH")
}
