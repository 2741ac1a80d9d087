//! A database per test: a copied SQLite file, or a PostgreSQL database made from a template.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::path::PathBuf;
use std::sync::OnceLock;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

pub enum Database {
    Sqlite { folder: tempfile::TempDir },
    Postgres { folder: tempfile::TempDir, name: String },
}

/// `make test` starts the servers and sets these; a missing one is a failure, never a skip.
fn required(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests with `make test`, which starts what they need"))
}

pub fn redis_url() -> String {
    required("LVZHI_TEST_REDIS_URL")
}

fn server_url() -> String {
    required("LVZHI_TEST_POSTGRES_URL")
}

fn url_of(name: &str) -> String {
    let server = server_url();
    let (base, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{base}/{name}")
}

fn on_server(statement: &str) {
    let mut conn = PgConnection::establish(&server_url()).expect("PostgreSQL answers");
    conn.batch_execute(statement)
        .unwrap_or_else(|e| panic!("{statement}: {e}"));
}

impl Database {
    pub fn create(backend: Backend) -> Database {
        let folder = tempfile::tempdir().unwrap();
        match backend {
            Backend::Sqlite => {
                static TEMPLATE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
                let (_, template) = TEMPLATE.get_or_init(|| {
                    let folder = tempfile::tempdir().unwrap();
                    let path = folder.path().join("template.db");
                    lvzhi::db::migrate::up(path.to_str().unwrap()).unwrap();
                    (folder, path)
                });
                std::fs::copy(template, folder.path().join("lvzhi.db")).unwrap();
                Database::Sqlite { folder }
            }
            Backend::Postgres => {
                static TEMPLATE: OnceLock<String> = OnceLock::new();
                let template = TEMPLATE.get_or_init(|| {
                    let name = format!("lvzhi_template_{}", std::process::id());
                    on_server(&format!("DROP DATABASE IF EXISTS {name}"));
                    on_server(&format!("CREATE DATABASE {name}"));
                    lvzhi::db::migrate::up(&url_of(&name)).unwrap();
                    name
                });
                let name = format!("lvzhi_{}", uuid::Uuid::now_v7().simple());
                on_server(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
                Database::Postgres { folder, name }
            }
        }
    }

    pub fn url(&self) -> String {
        match self {
            Database::Sqlite { folder } => folder.path().join("lvzhi.db").to_str().unwrap().to_owned(),
            Database::Postgres { name, .. } => url_of(name),
        }
    }

    pub fn folder(&self) -> PathBuf {
        match self {
            Database::Sqlite { folder } | Database::Postgres { folder, .. } => folder.path().to_owned(),
        }
    }

    pub fn execute(&self, statement: &str) {
        let mut conn = lvzhi::db::connect(&self.url()).unwrap();
        match &mut conn {
            lvzhi::db::DbConn::Pg(c) => c.batch_execute(statement),
            lvzhi::db::DbConn::Sqlite(c) => c.batch_execute(statement),
        }
        .unwrap_or_else(|e| panic!("{statement}: {e}"));
    }

    pub fn count(&self, rows: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let query = diesel::sql_query(format!("SELECT count(*) AS n FROM {rows}"));
        let count: Count = match lvzhi::db::connect(&self.url()).unwrap() {
            lvzhi::db::DbConn::Pg(mut c) => query.get_result(&mut c),
            lvzhi::db::DbConn::Sqlite(mut c) => query.get_result(&mut c),
        }
        .unwrap_or_else(|e| panic!("{rows}: {e}"));
        count.n
    }

    pub fn remove(self) {
        if let Database::Postgres { name, .. } = &self {
            on_server(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}
