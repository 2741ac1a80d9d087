//! Workers that are killed in the middle of sending: nothing is lost, nothing is sent twice.

use super::gateway::{Gateway, KEY_ID, SECRET};
use super::scene::*;
use crate::harness::{Backend, TestApp};
use lvzhi::notify::Template;
use secrecy::ExposeSecret;
use serde_json::json;
use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const MESSAGES: usize = 400;

/// A worker process that does not outlive the test.
struct Worker(Child);

impl Worker {
    fn start(app: &TestApp, gateway: &Gateway) -> Worker {
        let config = &app.services.config;
        let mut command = Command::new(env!("CARGO_BIN_EXE_lvzhi"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LVZHI_")) {
            command.env_remove(name);
        }
        command
            .arg("worker")
            .env("LVZHI_DATA_DIR", &config.data_dir)
            .env("LVZHI_DATABASE_URL", config.database())
            .env("LVZHI_SECRET", config.secret.as_ref().unwrap().expose_secret())
            .env("LVZHI_LOG_LEVEL", "error")
            .env("LVZHI_NOTIFY_PARALLEL", "8")
            .env("LVZHI_NOTIFY_CALL_SECONDS", "5")
            .env("LVZHI_NOTIFY_LEASE_SECONDS", "10")
            .env("LVZHI_NOTIFY_SETTLE_SECONDS", "1")
            .env("LVZHI_SMS_ALIYUN_ACCESS_KEY_ID", KEY_ID)
            .env("LVZHI_SMS_ALIYUN_ACCESS_KEY_SECRET", SECRET)
            .env("LVZHI_SMS_ALIYUN_SIGN", "履职")
            .env("LVZHI_SMS_ALIYUN_TEMPLATES", "proposal_withdrawn=SMS_3")
            .env("LVZHI_SMS_ALIYUN_BASE_URL", &gateway.url)
            .stdin(Stdio::null());
        Worker(command.spawn().unwrap())
    }

    /// SIGKILL: no chance to finish anything.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM.
    fn ask_to_stop(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(asked.unwrap().success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < Duration::from_secs(90), "never {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[actix_web::test]
async fn killed_workers_lose_nothing_and_double_nothing() {
    let gateway = Gateway::start();
    gateway.state.lock().unwrap().latency = Duration::from_millis(30);
    let app = TestApp::start(Backend::Postgres, json!({})).await;
    let seats = app.seats(20).await;
    for n in 0..MESSAGES {
        let params = json!({ "title": format!("建议{n}") });
        write(&app, &seats[n % seats.len()], Template::ProposalWithdrawn, params)
            .await
            .unwrap();
    }
    let taken = || gateway.state.lock().unwrap().taken.len();
    for round in 1..=3 {
        let workers = [
            Worker::start(&app, &gateway),
            Worker::start(&app, &gateway),
            Worker::start(&app, &gateway),
        ];
        until("in the middle", || taken() >= round * MESSAGES / 5).await;
        workers.into_iter().for_each(Worker::kill);
    }
    assert!(
        app.count("outbox WHERE state = 'sending'") > 0,
        "the kill came in the middle of calls"
    );
    assert!(taken() < MESSAGES);
    let last = [Worker::start(&app, &gateway), Worker::start(&app, &gateway)];
    until("all sent", || {
        app.count("outbox WHERE state = 'sent'") == MESSAGES as i64
    })
    .await;
    drop(last);
    let mut times: HashMap<String, usize> = HashMap::new();
    for message in gateway.taken() {
        *times.entry(message.content["params"]["title"].to_string()).or_default() += 1;
    }
    assert_eq!(times.len(), MESSAGES, "none is lost");
    let doubled: Vec<_> = times.iter().filter(|(_, n)| **n != 1).collect();
    assert!(doubled.is_empty(), "sent twice: {doubled:?}");
    assert!(
        gateway.state.lock().unwrap().queries > 0,
        "doubts were settled by asking"
    );
    app.stop().await;
    gateway.stop().await;
}

#[actix_web::test]
async fn a_worker_that_is_asked_to_stop_finishes_its_calls() {
    let gateway = Gateway::start();
    gateway.state.lock().unwrap().latency = Duration::from_millis(500);
    let app = TestApp::start(Backend::Postgres, json!({})).await;
    let seats = app.seats(4).await;
    for n in 0..40 {
        let params = json!({ "title": format!("建议{n}") });
        write(&app, &seats[n % seats.len()], Template::ProposalWithdrawn, params)
            .await
            .unwrap();
    }
    let taken = || gateway.state.lock().unwrap().taken.len();
    let mut worker = Worker::start(&app, &gateway);
    until("at work", || taken() >= 8).await;
    worker.ask_to_stop();
    until("stopped", || worker.0.try_wait().unwrap().is_some()).await;
    assert!(worker.0.wait().unwrap().success());
    assert!(taken() < 40);
    assert_eq!(app.count("outbox WHERE state = 'sent'"), taken() as i64);
    assert_eq!(app.count("outbox WHERE state IN ('sending', 'uncertain')"), 0);
    app.stop().await;
    gateway.stop().await;
}
