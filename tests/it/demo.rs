//! Tests of the demo and of the commands: the program itself is run, on a database of its own.

use diesel::connection::SimpleConnection;
use lvzhi::db::DbConn;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

/// The program with an empty database.
struct Program {
    folder: tempfile::TempDir,
    url: String,
    listen: String,
    postgres: Option<String>,
}

impl Program {
    fn new(postgres: bool) -> Program {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let name = postgres.then(|| format!("lvzhi_demo_{}", uuid::Uuid::now_v7().simple()));
        let url = match &name {
            None => folder.path().join("demo.db").to_str().unwrap().to_owned(),
            Some(name) => {
                let server = std::env::var("LVZHI_TEST_POSTGRES_URL").expect("run the tests with `make test`");
                sql(&server, &format!("CREATE DATABASE {name}"));
                format!("{}/{name}", server.rsplit_once('/').unwrap().0)
            }
        };
        Program {
            folder,
            url,
            listen: format!("127.0.0.1:{port}"),
            postgres: name,
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lvzhi"));
        command
            .args(args)
            .env("LVZHI_DATABASE_URL", &self.url)
            .env("LVZHI_DATA_DIR", self.folder.path())
            .env("LVZHI_LISTEN", &self.listen)
            .current_dir(self.folder.path());
        command
    }

    fn run(&self, args: &[&str], input: &str) -> Output {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The standard output of a command that must succeed.
    #[track_caller]
    fn ok(&self, args: &[&str], input: &str) -> String {
        let output = self.run(args, input);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{args:?}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    fn sql(&self, statement: &str) {
        sql(&self.url, statement);
    }

    async fn get(&self, path: &str, token: Option<&str>) -> (u16, Value) {
        let client = crate::harness::Client::new(&format!("http://{}", self.listen), token.map(str::to_owned));
        let answer = client.get(path).await;
        (answer.status, serde_json::from_slice(&answer.bytes).unwrap_or_default())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(name) = &self.postgres {
            sql(
                &std::env::var("LVZHI_TEST_POSTGRES_URL").unwrap(),
                &format!("DROP DATABASE {name} WITH (FORCE)"),
            );
        }
    }
}

/// A running server; ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Serving {
    /// Starts the demo and gives what it printed in its box.
    fn demo(program: &Program) -> (Serving, String) {
        let mut child = program
            .command(&["serve", "--demo"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut text = String::new();
        for line in lines.by_ref() {
            let line = line.unwrap();
            text += &format!("{line}\n");
            if line.starts_with('╚') {
                break;
            }
        }
        // Somebody must read on, or the server would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        (Serving(child), text)
    }
}

fn sql(url: &str, statement: &str) {
    match &mut lvzhi::db::connect(url).unwrap() {
        DbConn::Pg(c) => c.batch_execute(statement),
        DbConn::Sqlite(c) => c.batch_execute(statement),
    }
    .unwrap_or_else(|e| panic!("{statement}: {e}"));
}

fn of_role<'a>(accounts: &'a Value, role: &str) -> Vec<&'a Value> {
    accounts
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a["role"] == role)
        .collect()
}

async fn demo_lives_on(postgres: bool) {
    let program = Program::new(postgres);
    let (serving, text) = Serving::demo(&program);
    for part in [
        format!("http://{}/\n", program.listen),
        "/docs".into(),
        "/screen/".into(),
        "clerk".into(),
        "13800000".into(),
    ] {
        assert!(text.contains(&part), "{part} is missing:\n{text}");
    }
    let accounts: Value = serde_json::from_str(&program.ok(&["demo", "--accounts"], "")).unwrap();
    for role in ["admin", "clerk", "liaison", "supervisor", "handler"] {
        let account = of_role(&accounts, role)[0];
        assert_eq!(account["login"], role);
        assert_eq!(account["password"], "lvzhi-demo-2026");
        assert_eq!(account["totp_code"].as_str().unwrap().len(), 6);
    }
    let screen = of_role(&accounts, "screen")[0];
    let representatives = of_role(&accounts, "representative");
    assert_eq!(representatives.len(), 3);
    assert!(
        representatives
            .iter()
            .all(|r| r["sitting_id"] == screen["sitting_id"] && r["phone"].is_string())
    );
    assert_eq!(of_role(&accounts, "voter").len(), 3);
    let prefix = format!(
        "http://{}/screen/{}#token=",
        program.listen,
        screen["sitting_id"].as_str().unwrap()
    );
    assert!(screen["url"].as_str().unwrap().starts_with(&prefix), "{screen}");
    let (status, messages) = program.get("/demo/messages", None).await;
    assert_eq!((status, &messages["items"]), (200, &json!([])));
    drop(serving);

    // A start on the same day finds the sitting; one after it has ended opens another.
    program.ok(&["demo", "--load"], "");
    let same: Value = serde_json::from_str(&program.ok(&["demo"], "")).unwrap();
    assert_eq!(of_role(&same, "screen")[0]["sitting_id"], screen["sitting_id"]);
    program.sql("UPDATE sittings SET ends_at = '2026-01-05T00:00:00.000000Z' WHERE state = 'open'");
    program.ok(&["demo", "--load"], "");
    let later: Value = serde_json::from_str(&program.ok(&["demo"], "")).unwrap();
    assert_eq!(of_role(&later, "screen").len(), 1);
    assert_ne!(of_role(&later, "screen")[0]["sitting_id"], screen["sitting_id"]);
}

async fn commands_work(postgres: bool) {
    let program = Program::new(postgres);
    let create = |login: &str, input: &str| {
        let args = [
            "admin",
            "create-admin",
            "--congress",
            "昆州市人民代表大会",
            "--level",
            "city",
            "--region",
            "530100",
            "--login",
            login,
        ];
        program.run(&args, input)
    };
    let made = String::from_utf8(create("root", "").stdout).unwrap();
    assert!(made.contains("password "), "a generated password is shown: {made}");
    let congress = |text: &str| {
        text.lines()
            .find_map(|l| l.strip_prefix("congress "))
            .unwrap()
            .to_owned()
    };
    let second = String::from_utf8(create("second", "correct horse battery\n").stdout).unwrap();
    assert_eq!(congress(&second), congress(&made), "the congress is made once");
    assert!(!second.contains("battery"), "{second}");
    assert!(
        !create("root", "correct horse battery\n").status.success(),
        "the login is taken"
    );
    let short = create("third", "short\n");
    assert!(
        String::from_utf8_lossy(&short.stderr).contains("12 characters"),
        "{short:?}"
    );

    let kid = program.ok(&["admin", "rotate-keys", "access"], "");
    assert!(kid.starts_with("access key "), "{kid}");
    program.ok(&["admin", "rotate-keys", "server"], "");

    let tokens = program.folder.path().join("tokens.tsv");
    let args = [
        "admin",
        "load-fixture",
        "--sittings",
        "2",
        "--seats",
        "30",
        "--tokens",
        tokens.to_str().unwrap(),
    ];
    let fixture: Value = serde_json::from_str(&program.ok(&args, "")).unwrap();
    assert_eq!(fixture["sittings"].as_array().unwrap().len(), 2);
    let sittings: Vec<&str> = fixture["sittings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s.as_str().unwrap())
        .collect();
    assert!(sittings.iter().all(|s| fixture["screen_tokens"][s].is_string()));
    let lines = std::fs::read_to_string(&tokens).unwrap();
    let rows: Vec<Vec<&str>> = lines.lines().map(|l| l.split('\t').collect()).collect();
    assert_eq!(rows.len(), 60);
    assert!(
        rows.iter().all(|r| r.len() == 3 && sittings.contains(&r[1])),
        "{:?}",
        rows[0]
    );

    // Two start times in one: the server takes the fixture's tokens, and its worker seals.
    let (serving, text) = Serving::demo(&program);
    assert!(
        !text.contains("/screen/"),
        "nothing is loaded into a database that is not empty"
    );
    let audit = format!("/congresses/{}/audit", fixture["congress_id"].as_str().unwrap());
    assert_eq!(
        program.get(&audit, fixture["clerk_token"].as_str()).await.1["code"],
        "second_factor_missing"
    );
    assert_eq!(program.get(&audit, Some(rows[0][0])).await.1["code"], "not_found");
    let mut verdict = String::new();
    for _ in 0..60 {
        verdict = program.ok(&["admin", "verify-audit"], "");
        if !verdict.contains("; 3 rows wait") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert!(verdict.contains("over 3 rows are good; 0 rows wait"), "{verdict}");
    drop(serving);
    program.sql("UPDATE audit_lines SET detail = '{}' WHERE action = 'congress.create'");
    let broken = program.run(&["admin", "verify-audit"], "");
    let text = String::from_utf8(broken.stdout).unwrap();
    assert_eq!(broken.status.code(), Some(1), "{text}");
    assert!(
        text.contains("BROKEN: row_changed at seal 1 of audit_lines, row "),
        "{text}"
    );
}

#[actix_web::test]
async fn the_demo_lives_on_sqlite() {
    demo_lives_on(false).await;
}
#[actix_web::test]
async fn the_demo_lives_on_postgres() {
    demo_lives_on(true).await;
}
#[actix_web::test]
async fn the_commands_work_on_sqlite() {
    commands_work(false).await;
}
#[actix_web::test]
async fn the_commands_work_on_postgres() {
    commands_work(true).await;
}

both! {
    async fn messages_are_shown_in_a_demo(app, { "demo": true }) {
        let (secrets, now) = (app.services.secrets.clone(), app.clock.now());
        app.services.db.write(move |c| {
            let message = lvzhi::notify::NewMessage { congress_id: None, account_id: None, channel: lvzhi::notify::Channel::Sms,
                template: lvzhi::notify::Template::LoginCode, recipient: "+8613800000001",
                params: json!({ "code": "246810", "minutes": "5" }), expires_at: None };
            lvzhi::notify::enqueue(c, &secrets, message, now).map_err(lvzhi::db::DbError::from)
        }).await.unwrap();
        let messages = app.nobody().get("/demo/messages").await.json(200);
        assert_eq!(messages["items"][0]["to"], "13800000001");
        assert!(messages["items"][0]["text"].as_str().unwrap().contains("246810"), "{messages}");
    }

    async fn messages_are_hidden_elsewhere(app) {
        app.nobody().get("/demo/messages").await.problem("not_found");
    }
}
