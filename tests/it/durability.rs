//! Acknowledged is durable: a server killed under load has every sign-in it answered for, on both databases.

use crate::harness::{Backend, Client, Database};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SEATS: usize = 600;
/// The server is killed as soon as so many were acknowledged.
const KILL_AT: usize = 200;

fn lvzhi(database: &Database, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lvzhi"));
    command
        .env("LVZHI_LISTEN", format!("127.0.0.1:{port}"))
        .env("LVZHI_DATABASE_URL", database.url())
        .env("LVZHI_DATA_DIR", database.folder())
        .env("LVZHI_AUTH_REQUIRE_SECOND_FACTOR", "false")
        .env("LVZHI_LOG_LEVEL", "warn")
        .stdin(Stdio::null());
    command
}

/// A running process that does not outlive the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn start(database: &Database, port: u16) -> Running {
    let running = Running(lvzhi(database, port).arg("serve").spawn().unwrap());
    let client = Client::new(&format!("http://127.0.0.1:{port}"), None);
    for _ in 0..600 {
        if client
            .try_send(client.request("GET", "//readyz"))
            .await
            .is_ok_and(|a| a.status == 200)
        {
            return running;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the server did not become ready");
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

async fn survives(backend: Backend) {
    let database = Database::create(backend);
    let tokens = database.folder().join("tokens.tsv");
    let fixture = lvzhi(&database, 1)
        .args([
            "admin",
            "load-fixture",
            "--sittings",
            "1",
            "--seats",
            &SEATS.to_string(),
            "--tokens",
            tokens.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    assert!(fixture.status.success(), "{}", String::from_utf8_lossy(&fixture.stderr));
    let printed = String::from_utf8(fixture.stdout).unwrap();
    let fixture: Value = serde_json::from_str(printed.lines().rfind(|l| l.starts_with('{')).unwrap()).unwrap();
    let sitting = fixture["sittings"][0].as_str().unwrap().to_owned();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let clerk = Client::new(&url, Some(fixture["clerk_token"].as_str().unwrap().to_owned()));
    let path = format!("/sittings/{sitting}/check_ins");

    let mut server = start(&database, port).await;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let lines = std::fs::read_to_string(&tokens).unwrap();
    let phones: Vec<(Client, String)> = lines
        .lines()
        .map(|line| {
            let mut columns = line.split('\t');
            let client = clerk.with_token(columns.next().map(str::to_owned));
            (client, columns.nth(1).unwrap().to_owned())
        })
        .collect();
    assert_eq!(phones.len(), SEATS);
    // A code lives for seconds: it is fetched when everybody is ready to scan it.
    let code = clerk.get(&format!("/sittings/{sitting}/code")).await.json(200)["code"].clone();
    let body = json!({ "kind": "hall_code", "code": code });
    let signing = futures_util::stream::iter(phones.into_iter().map(|(phone, entry)| {
        let (body, path, acknowledged) = (body.clone(), path.clone(), acknowledged.clone());
        async move {
            let answer = phone.try_send(phone.request("POST", &path).json(&body)).await.ok()?;
            let ok = answer.status == 201 || answer.status == 200;
            if ok {
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            ok.then_some(entry)
        }
    }))
    .buffer_unordered(48)
    .collect::<Vec<Option<String>>>();
    let killing = async {
        let begun = std::time::Instant::now();
        while acknowledged.load(Ordering::SeqCst) < KILL_AT {
            assert!(begun.elapsed().as_secs() < 60, "too few sign-ins were answered well");
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        // SIGKILL: no chance to finish anything.
        server.0.kill().unwrap();
        server.0.wait().unwrap();
    };
    let (answers, ()) = tokio::join!(signing, killing);
    let answered: Vec<String> = answers.into_iter().flatten().collect();
    assert!(
        answered.len() >= KILL_AT && answered.len() < SEATS,
        "{} answered: the kill came in the middle",
        answered.len()
    );

    let _server = start(&database, port).await;
    let list = clerk.get(&format!("/sittings/{sitting}/attendance")).await.json(200);
    let kept: std::collections::HashSet<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| !item["at"].is_null())
        .map(|item| item["entry_id"].as_str().unwrap())
        .collect();
    let lost: Vec<&String> = answered.iter().filter(|entry| !kept.contains(entry.as_str())).collect();
    assert!(
        lost.is_empty(),
        "{} of {} acknowledged sign-ins are lost",
        lost.len(),
        answered.len()
    );
    drop(_server);
    database.remove();
}

#[actix_web::test]
async fn a_killed_server_has_what_it_acknowledged_on_sqlite() {
    survives(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_killed_server_has_what_it_acknowledged_on_postgres() {
    survives(Backend::Postgres).await;
}
