//! The folder everything lives in, and a fresh database of either kind for whoever asks.

use std::fmt;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::postgres::Postgres;
use crate::settings::{Settings, Suite};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    Sqlite,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::Postgres => "PostgreSQL",
            Kind::Sqlite => "SQLite",
        })
    }
}

/// The fields are dropped in this order: the folder goes after the server that works in it.
pub struct Bed {
    postgres: Option<Postgres>,
    folder: TempDir,
}

/// A database of the server under test, with the folder for its other files.
pub struct Database {
    pub kind: Kind,
    pub url: String,
    pub data_dir: PathBuf,
}

impl Bed {
    pub fn prepare(settings: &Settings) -> Result<Bed> {
        let parent = std::env::var_os("LVZHI_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = tempfile::Builder::new().prefix("lvzhi-bench-").tempdir_in(&parent);
        let folder = folder.with_context(|| format!("no folder in {}", parent.display()))?;
        // PostgreSQL may run as another user and has to reach its own folder inside.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        let postgres = match settings.suites.as_slice() {
            [Suite::CheckinsSqlite] => None,
            _ => Some(Postgres::start(folder.path())?),
        };
        Ok(Bed { postgres, folder })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn postgres(&self) -> Result<&Postgres> {
        self.postgres
            .as_ref()
            .context("PostgreSQL was not started for these suites")
    }

    /// Makes an empty database; the server migrates it.
    pub fn database(&self, kind: Kind, name: &str) -> Result<Database> {
        let data_dir = self.folder().join(format!("{name}-{kind}").to_lowercase());
        fs::create_dir(&data_dir)?;
        let url = match kind {
            Kind::Sqlite => data_dir
                .join("lvzhi.db")
                .to_str()
                .context("a folder name in UTF-8")?
                .to_owned(),
            Kind::Postgres => self.postgres()?.create_database(name)?,
        };
        Ok(Database { kind, url, data_dir })
    }
}
