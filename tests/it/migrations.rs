//! Tests of the migrations: each goes up over data and down again, and both databases end up with the same columns.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use lvzhi::db::{DbConn, connect, migrate};
use std::collections::BTreeSet;

/// An empty database.
struct Empty {
    url: String,
    _folder: tempfile::TempDir,
    postgres: Option<String>,
}

fn server() -> String {
    std::env::var("LVZHI_TEST_POSTGRES_URL").expect("run the tests with `make test`, which starts what they need")
}

impl Empty {
    fn new(postgres: bool) -> Empty {
        let folder = tempfile::tempdir().unwrap();
        let name = postgres.then(|| format!("lvzhi_migrations_{}", uuid::Uuid::now_v7().simple()));
        let url = match &name {
            None => folder.path().join("empty.db").to_str().unwrap().to_owned(),
            Some(name) => {
                execute(&mut connect(&server()).unwrap(), &format!("CREATE DATABASE {name}"));
                format!("{}/{name}", server().rsplit_once('/').unwrap().0)
            }
        };
        Empty {
            url,
            _folder: folder,
            postgres: name,
        }
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        if let Some(name) = &self.postgres {
            execute(
                &mut connect(&server()).unwrap(),
                &format!("DROP DATABASE {name} WITH (FORCE)"),
            );
        }
    }
}

fn execute(c: &mut DbConn, statements: &str) {
    match c {
        DbConn::Pg(c) => c.batch_execute(statements),
        DbConn::Sqlite(c) => c.batch_execute(statements),
    }
    .unwrap_or_else(|e| panic!("{statements}: {e}"));
}

/// Rows that exist when the next migration comes, by the number of the migration after which they can exist. A new
/// migration gets its own.
const SAMPLES: &[(&str, &str)] = &[
    (
        "0001",
        "INSERT INTO congresses VALUES ('01932b6e-7a3c-7c10-9b53-000000000001', NULL, 'city', '昆州市人民代表大会', '昆州市', '539900', '{}', '2026-03-02T01:00:00.000000Z');
         INSERT INTO terms VALUES ('01932b6e-7a3c-7c10-9b53-000000000002', '01932b6e-7a3c-7c10-9b53-000000000001', 15, '2022-01-01', '2026-12-31');
         INSERT INTO accounts (id, name, totp_last_step, failed_logins, created_at)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000003', '王代表', 0, 0, '2026-03-02T01:00:00.000000Z');
         INSERT INTO grants VALUES ('01932b6e-7a3c-7c10-9b53-000000000003', '01932b6e-7a3c-7c10-9b53-000000000001', 'clerk', NULL, '2026-03-02T01:00:00.000000Z');
         INSERT INTO representatives (id, congress_id, term_id, account_id, number, name, name_pinyin, status, created_at, updated_at)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000004', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000002',
             '01932b6e-7a3c-7c10-9b53-000000000003', '0001', '王代表', 'wangdaibiao', 'active', '2026-03-02T01:00:00.000000Z', '2026-03-02T01:00:00.000000Z');
         INSERT INTO outbox (id, congress_id, channel, template, recipient_sealed, params_sealed, state, created_at)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000009', '01932b6e-7a3c-7c10-9b53-000000000001', 'sms', 'login_code', '', '', 'created', '2026-03-02T01:00:00.000000Z');
         INSERT INTO audit_lines (id, at, actor_kind, action, subject_kind, detail)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000005', '2026-03-02T01:00:00.000000Z', 'system', 'test.sample', 'test', '{}');",
    ),
    (
        "0002",
        "INSERT INTO meetings (id, congress_id, kind, title, starts_on, ends_on, state, created_at)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000006', '01932b6e-7a3c-7c10-9b53-000000000001', 'congress_session', '大会', '2026-03-02', '2026-03-06', 'planned', '2026-03-02T01:00:00.000000Z');
         INSERT INTO sittings (id, congress_id, meeting_id, title, place, starts_at, late_after, ends_at, state, quorum_rule, created_at)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000007', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000006', '第一次全体会议', '大会堂',
             '2026-03-02T01:00:00.000000Z', '2026-03-02T01:00:00.000000Z', '2026-03-02T04:00:00.000000Z', 'open', 'two_thirds', '2026-03-02T01:00:00.000000Z');
         INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000007', '01932b6e-7a3c-7c10-9b53-000000000008', '01932b6e-7a3c-7c10-9b53-000000000001', '2026-03-02T01:00:00.000000Z', 'hall_code');",
    ),
    (
        "0003",
        "INSERT INTO calendar_years VALUES (2027, true, 1, '[]', '2026-03-02T01:00:00.000000Z', NULL);
         INSERT INTO deadlines (id, congress_id, kind, subject_kind, subject_id, title, rule_name, start_on, due_on, provisional, derivation, state, late_days, round, created_at)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000009', '01932b6e-7a3c-7c10-9b53-000000000001', 'reply', 'proposal', '01932b6e-7a3c-7c10-9b53-000000000010',
             '第12号建议', '答复代表', '2026-03-02', '2026-06-02', false, '{}', 'running', 0, 1, '2026-03-02T01:00:00.000000Z');
         INSERT INTO deadline_people VALUES ('01932b6e-7a3c-7c10-9b53-000000000009', '01932b6e-7a3c-7c10-9b53-000000000003', '01932b6e-7a3c-7c10-9b53-000000000001', 'handler');
         INSERT INTO reminders (id, congress_id, deadline_id, account_id, part, round, step, due_at, next_at, state)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000011', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000009',
             '01932b6e-7a3c-7c10-9b53-000000000003', 'handler', 1, -3, '2026-05-28T00:00:00.000000Z', '2026-05-28T00:00:00.000000Z', 'armed');",
    ),
    (
        "0004",
        "INSERT INTO outbox (id, congress_id, template, template_version, params_sealed, state, created_at, attempts, tried, due_at)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000040', '01932b6e-7a3c-7c10-9b53-000000000001', 'leave_decided', 1, '', 'sending', '2026-03-02T01:00:00.000000Z', 1, 'wechat', '2026-03-02T01:00:00.000000Z');
         INSERT INTO deliveries (id, message_id, attempt, channel, driver, recipient_sealed, at, outcome)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000041', '01932b6e-7a3c-7c10-9b53-000000000040', 1, 'sms', 'aliyun', '', '2026-03-02T01:00:00.000000Z', 'calling');
         INSERT INTO early_receipts VALUES ('aliyun', '1234^1', 'delivered', 'DELIVERED', '2026-03-02T01:00:00.000000Z');",
    ),
    (
        "0005",
        "INSERT INTO congress_sessions VALUES ('01932b6e-7a3c-7c10-9b53-000000000020', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000002', 6, '六次会议', '2026-03-02', '2026-03-06');
         INSERT INTO organisations VALUES ('01932b6e-7a3c-7c10-9b53-000000000021', '01932b6e-7a3c-7c10-9b53-000000000001', '市住建局', '住建局');
         INSERT INTO categories VALUES ('01932b6e-7a3c-7c10-9b53-000000000022', '01932b6e-7a3c-7c10-9b53-000000000001', NULL, '城建交通', 0, '2026-03-02T01:00:00.000000Z', NULL);
         INSERT INTO proposals (id, congress_id, session_id, author_id, kind, in_session, title, body, category_id, seq, number, state, round, is_key, created_at, updated_at, version)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000023', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000020', '01932b6e-7a3c-7c10-9b53-000000000004', 'suggestion', true, '关于停车的建议', '正文', '01932b6e-7a3c-7c10-9b53-000000000022', 1, '15-6-建议-0001', 'assigned', 1, false, '2026-03-02T01:00:00.000000Z', '2026-03-02T01:00:00.000000Z', 3);
         INSERT INTO proposal_counters VALUES ('01932b6e-7a3c-7c10-9b53-000000000020', 'suggestion', 1);
         INSERT INTO proposal_signatories VALUES ('01932b6e-7a3c-7c10-9b53-000000000024', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000023', '01932b6e-7a3c-7c10-9b53-000000000004', '01932b6e-7a3c-7c10-9b53-000000000003', 'author', 'signed', '2026-03-02T01:00:00.000000Z', '2026-03-02T01:00:00.000000Z');
         INSERT INTO proposal_handlings (id, congress_id, proposal_id, organisation_id, role, state, round, round_on, extended, assigned_by, assigned_at, due_on, due_provisional)
           VALUES ('01932b6e-7a3c-7c10-9b53-000000000025', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000023', '01932b6e-7a3c-7c10-9b53-000000000021', 'lead', 'assigned', 1, '2026-03-02', false, '01932b6e-7a3c-7c10-9b53-000000000003', '2026-03-02T01:00:00.000000Z', '2026-03-16', false);
         INSERT INTO proposal_steps VALUES ('01932b6e-7a3c-7c10-9b53-000000000026', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000023', '01932b6e-7a3c-7c10-9b53-000000000025', 'assign', 'classified', 'assigned', 'staff', '01932b6e-7a3c-7c10-9b53-000000000003', NULL, '2026-03-02T01:00:00.000000Z', 0, NULL, '{}');",
    ),
    (
        "0006",
        "INSERT INTO unit_scores VALUES ('ballot', '01932b6e-7a3c-7c10-9b53-000000000001', '01932b6e-7a3c-7c10-9b53-000000000020', '01932b6e-7a3c-7c10-9b53-000000000021', 90);",
    ),
    ("0007", "UPDATE grants SET heads_organisation = TRUE;"),
];

/// All migrations, with the samples in between; gives their names.
fn up_with_data(c: &mut DbConn) -> Vec<String> {
    let mut names = vec![];
    while let Some(name) = migrate::up_one(c).unwrap() {
        let sample = SAMPLES.iter().find(|(of, _)| name.starts_with(of));
        let (_, sample) = sample.unwrap_or_else(|| panic!("SAMPLES has no rows for {name}"));
        execute(c, sample);
        names.push(name);
    }
    names
}

fn up_down_up(postgres: bool) {
    let database = Empty::new(postgres);
    let mut c = connect(&database.url).unwrap();
    let names = up_with_data(&mut c);
    let before = columns(&mut c);
    for name in names.iter().rev() {
        assert_eq!(&migrate::down(&mut c).unwrap(), name);
    }
    let left = columns(&mut c);
    assert!(left.is_empty(), "going down leaves {left:?}");
    assert_eq!(up_with_data(&mut c), names);
    assert_eq!(columns(&mut c), before);
    drop(c);
    assert_eq!(
        migrate::up(&database.url).unwrap(),
        Vec::<String>::new(),
        "nothing is missing"
    );
}

#[test]
fn go_up_down_and_up_on_sqlite() {
    up_down_up(false);
}

#[test]
fn go_up_down_and_up_on_postgres() {
    up_down_up(true);
}

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

/// Every column of ours.
fn columns(c: &mut DbConn) -> BTreeSet<Column> {
    let rows: Vec<Column> = match c {
        DbConn::Pg(c) => diesel::sql_query(
            "SELECT table_name::text, column_name::text, is_nullable = 'YES' AS nullable
               FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
        )
        .load(c),
        DbConn::Sqlite(c) => diesel::sql_query(
            "SELECT t.name AS table_name, i.name AS column_name, i.\"notnull\" = 0 AS nullable
               FROM sqlite_schema t, pragma_table_info(t.name) i
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
        )
        .load(c),
    }
    .unwrap();
    rows.into_iter().collect()
}

#[test]
fn both_databases_have_the_same_columns() {
    let (sqlite, postgres) = (Empty::new(false), Empty::new(true));
    let found = [&sqlite, &postgres].map(|database| {
        migrate::up(&database.url).unwrap();
        columns(&mut connect(&database.url).unwrap())
    });
    let only = |a: usize, b: usize| found[a].difference(&found[b]).collect::<Vec<_>>();
    assert!(
        found[0] == found[1],
        "only in SQLite: {:?}\nonly in PostgreSQL: {:?}",
        only(0, 1),
        only(1, 0)
    );
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |backend: &str| -> BTreeSet<String> {
        let folder = format!("{}/migrations/{backend}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn a_second_start_finds_nothing_to_do() {
    let database = Empty::new(false);
    assert!(!migrate::up(&database.url).unwrap().is_empty());
    assert!(migrate::up(&database.url).unwrap().is_empty());
}
