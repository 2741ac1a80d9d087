//! Starts a server per test and gives clients by role; the only place in the tests that knows `app` and `db`.

#![allow(dead_code)] // features come with their tests, one by one

mod client;
mod database;
mod fixture;
mod program;

pub use client::{Answer, Client};
pub use database::{Backend, Database};
pub use fixture::{Congress, OpenSitting, Seat};
pub use program::Program;

use lvzhi::clock::Clock;
use lvzhi::config::Config;
use lvzhi::db::Ts;
use lvzhi::features::Services;
use serde_json::{Value, json};

/// Makes two tests of one: on SQLite and on PostgreSQL with Redis.
///
/// `both! { async fn name(app) { … } }`; the configuration can be changed: `async fn name(app, { "auth": {…} })`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident $(, $config:tt)?) $body:block)+) => {
        $(mod $name {
            #[allow(unused_imports)]
            use super::*;
            $(#[$meta])*
            async fn run($app: &mut $crate::harness::TestApp) $body

            async fn on(backend: $crate::harness::Backend) {
                #[allow(unused_mut, unused_assignments)]
                let mut config = serde_json::json!({});
                $(config = serde_json::json!($config);)?
                let mut app = $crate::harness::TestApp::start(backend, config).await;
                run(&mut app).await;
                app.stop().await;
            }
            #[actix_web::test]
            async fn sqlite() {
                on($crate::harness::Backend::Sqlite).await;
            }
            #[actix_web::test]
            async fn postgres() {
                on($crate::harness::Backend::Postgres).await;
            }
        })+
    };
}

/// The moment at which every test begins: a Monday morning in Beijing.
pub fn start_of_test() -> Ts {
    Ts("2026-03-02T01:00:00Z".parse().unwrap())
}

/// A running server with its own database.
pub struct TestApp {
    pub url: String,
    pub services: Services,
    pub clock: Clock,
    /// The congress most tests work in, with its staff.
    pub congress: Congress,
    /// Another congress, to prove that nothing leaks.
    pub other: Congress,
    server: actix_web::dev::ServerHandle,
    database: database::Database,
}

impl TestApp {
    /// Starts a server; `config` is merged over the test defaults, by the names of `lvzhi.toml`.
    pub async fn start(backend: Backend, config: Value) -> TestApp {
        let database = database::Database::create(backend);
        let clock = Clock::driven(start_of_test());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut values = json!({
            "listen": address.to_string(),
            "data_dir": database.folder(),
            "database_url": database.url(),
            "secret": format!("a secret of tests, different in each: {}", database.url()),
            "threads": 1,
            "database": { "read_connections": 2, "write_connections": 3, "batch_writers": 2 },
            "auth": { "require_second_factor": false },
        });
        if backend == Backend::Postgres {
            values["redis_url"] = json!(database::redis_url());
        }
        merge(&mut values, config);
        let config = Config::with(values).expect("the test's configuration is good");
        let services = lvzhi::app::services(config, clock.clone())
            .await
            .expect("the server's parts start");
        let server = lvzhi::app::serve(&services, listener).expect("the server starts");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let url = format!("http://{address}");
        let congress = Congress::create(&services, &url, "滨江区", "330108").await;
        let other = Congress::create(&services, &url, "西湖区", "330106").await;
        TestApp {
            url,
            services,
            clock,
            congress,
            other,
            server: handle,
            database,
        }
    }

    /// A client without a token.
    pub fn nobody(&self) -> Client {
        Client::new(&self.url, None)
    }

    /// A client with some token.
    pub fn with_token(&self, token: &str) -> Client {
        Client::new(&self.url, Some(token.to_owned()))
    }

    /// Seats in the test's congress, each with a client; the names differ.
    pub async fn seats(&self, n: usize) -> Vec<Seat> {
        self.congress.seats(&self.services, &self.url, n).await
    }

    /// An open sitting of the test's congress with these seats on its roster.
    pub async fn open_sitting(&self, seats: &[Seat]) -> OpenSitting {
        self.congress.open_sitting(&self.services, seats).await
    }

    /// A new session of an account on a device; gives the access token.
    pub async fn token_for(&self, account: lvzhi::db::Id, device: &str) -> String {
        fixture::token_for(&self.services, account, device).await
    }

    /// Another server process on the same stores, as behind a load balancer.
    pub async fn second_process(&self) -> SecondProcess {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let services = lvzhi::app::services(self.services.config.as_ref().clone(), self.clock.clone())
            .await
            .unwrap();
        let server = lvzhi::app::serve(&services, listener).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        SecondProcess {
            url,
            services,
            server: handle,
        }
    }

    /// Moves the server's clock.
    pub fn wait(&self, by: chrono::TimeDelta) {
        self.clock.advance(by);
    }

    /// Runs one statement past the server, for tests of what must be noticed (tampering, decay).
    pub fn sql(&self, statement: &str) {
        self.database.execute(statement);
    }

    /// Counts rows past the server: `table WHERE …`.
    pub fn count(&self, rows: &str) -> i64 {
        self.database.count(rows)
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
        let db = self.services.db.clone();
        tokio::task::spawn_blocking(move || db.shutdown()).await.unwrap();
        drop(self.services);
        self.database.remove();
    }
}

/// See [`TestApp::second_process`].
pub struct SecondProcess {
    pub url: String,
    pub services: Services,
    server: actix_web::dev::ServerHandle,
}

impl SecondProcess {
    pub async fn stop(self) {
        self.server.stop(false).await;
        let db = self.services.db.clone();
        tokio::task::spawn_blocking(move || db.shutdown()).await.unwrap();
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}
