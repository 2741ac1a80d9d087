//! Proposals: a handler's inbox when a million lie in the table, and what a message costs the write that causes it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use futures_util::future::join_all;
use lvzhi::clock::Clock;
use lvzhi::config::Config;
use lvzhi::db::{DbError, Id};
use lvzhi::features::Services;
use lvzhi::features::audit::{self, Actor, Line};
use lvzhi::notify::{self, Notice, Template};
use serde_json::json;

use crate::bed::{Bed, Database, Kind};
use crate::fixture::Fixture;
use crate::http::Request;
use crate::load::{self, Errors, OpenLoop};
use crate::report::{Report, Row, Target, median, milliseconds_text, per_second, rounds_text, thousands};
use crate::server::Server;
use crate::settings::{Proposals, Sizes};

/// Units of the congress; each holds as many proposals.
const UNITS: u64 = 40;

pub async fn run(sizes: &Sizes, bed: &Bed, report: &mut Report) -> Result<()> {
    let sizes = &sizes.proposals;
    for kind in [Kind::Postgres, Kind::Sqlite] {
        inbox(kind, sizes, bed, report).await?;
    }
    outbox(sizes, bed, report).await
}

/// A congress with proposals, of which every fourth is still held, and a server.
struct Desk {
    rows: u64,
    server: Server,
    request: Vec<u8>,
}

impl Desk {
    async fn build(kind: Kind, name: &str, rows: u64, bed: &Bed) -> Result<Desk> {
        let database = bed.database(kind, name)?;
        let fixture = Fixture::load(&database, 1, 500).await?;
        let began = Instant::now();
        fill(&database, &fixture.congress_id, rows).await?;
        eprintln!(
            "   {} proposals put into {kind} in {:.1} s",
            thousands(rows),
            began.elapsed().as_secs_f64()
        );
        let server = Server::start(&database).await?;
        let mut request = Vec::new();
        Request {
            token: Some(&fixture.clerk_token),
            ..Request::get("/api/v1/me/proposal_inbox")
        }
        .write_to(&mut request);
        Ok(Desk { rows, server, request })
    }

    async fn p99(&self, sizes: &Proposals, errors: &mut Errors) -> Result<f64> {
        self.server.wait_until_quiet().await?;
        let load = OpenLoop {
            address: self.server.address,
            own_connections: false,
            expected: 200,
        };
        let moments = load::steady(sizes.inboxes_per_second, sizes.round);
        let tally = load::tally(&load.run(&moments, &|_| self.request.clone()).await);
        errors.merge(&tally.errors);
        ensure!(
            !tally.latency.is_empty(),
            "no inbox was fetched: {errors}\n{}",
            self.server.last_words()
        );
        Ok(tally.quantile_ms(0.99))
    }
}

async fn inbox(kind: Kind, sizes: &Proposals, bed: &Bed, report: &mut Report) -> Result<()> {
    let small = Desk::build(kind, "inbox_small", sizes.small_rows, bed).await?;
    let large = Desk::build(kind, "inbox_large", sizes.large_rows, bed).await?;
    let (mut small_p99, mut large_p99, mut errors) = (vec![], vec![], Errors::default());
    // The first pair of rounds fills caches and does not count.
    for round in 0..=sizes.rounds {
        let order = if round % 2 == 0 {
            [&small, &large]
        } else {
            [&large, &small]
        };
        for desk in order {
            if kind == Kind::Postgres {
                bed.postgres()?.checkpoint()?;
            }
            let p99 = desk.p99(sizes, &mut errors).await?;
            eprintln!(
                "   round {round}, {} proposals: p99 of an inbox {p99:.2} ms",
                thousands(desk.rows)
            );
            if round > 0 {
                let of = if desk.rows == sizes.large_rows {
                    &mut large_p99
                } else {
                    &mut small_p99
                };
                of.push(p99);
            }
        }
    }
    let (of_small, of_large) = (median(&small_p99), median(&large_p99));
    report.row(Row::ratio(
        format!("a handler's inbox, p99 (at {:.0}/s)", sizes.inboxes_per_second),
        kind,
        format!("with {} proposals: {of_large:.2} ms", thousands(sizes.large_rows)),
        format!("with {} proposals: {of_small:.2} ms", thousands(sizes.small_rows)),
        of_large / of_small,
        Target::AtMost(1.2),
        errors.total() == 0,
    ));
    report.note(format!(
        "inbox on {kind}, ms per round: small {}, large {}; {errors}.",
        milliseconds_text(&small_p99),
        milliseconds_text(&large_p99)
    ));
    Ok(())
}

/// Units, proposals and their parts, straight into the tables; the clerk of the fixture handles for the first unit.
///
/// `{id:x:n}` is an id of a kind and a number, written as the database likes it.
const FILL: &str = "
    INSERT INTO congress_sessions (id, congress_id, term_id, number, title, starts_on, ends_on)
      SELECT {id:1:0}, '{congress}', id, 1, '第一次会议', '2026-03-01', '2026-03-06' FROM terms WHERE congress_id = '{congress}';
    INSERT INTO organisations (id, congress_id, name, short_name)
      SELECT {id:2:i}, '{congress}', '单位' || i, '单位' || i FROM ({numbers:0:{units}}) AS numbers;
    INSERT INTO grants (account_id, congress_id, role, organisation_id, created_at)
      SELECT account_id, congress_id, 'handler', {id:2:0}, created_at FROM grants WHERE congress_id = '{congress}' AND role = 'clerk';
    INSERT INTO proposals (id, congress_id, session_id, author_id, kind, in_session, title, body, seq, number, state, round, is_key,
        created_at, updated_at, submitted_at, registered_at, assigned_at, version)
      SELECT {id:3:i}, '{congress}', {id:1:0}, seat.id, 'suggestion', true, '关于增加老旧小区充电设施的建议' || i,
        '近年来电动自行车保有量快速增长，充电难问题突出。', i, '17-1-建议-' || i, CASE WHEN i / {units} % 4 = 0 THEN 'handling' ELSE 'closed' END, 1, false,
        '{at}', '{at}', '{at}', '{at}', '{at}', 1
      FROM ({numbers:0:{rows}}) AS numbers, (SELECT id FROM representatives WHERE congress_id = '{congress}' LIMIT 1) AS seat;
    INSERT INTO proposal_handlings (id, congress_id, proposal_id, organisation_id, role, state, round, round_on, extended, assigned_by,
        assigned_at, ended_at, due_on, due_kind, due_provisional)
      SELECT {id:4:i}, '{congress}', {id:3:i}, {id:2:i % {units}}, 'lead', CASE WHEN i / {units} % 4 = 0 THEN 'handling' ELSE 'closed' END,
        1, '2026-03-09', false, clerk.account_id, '{at}', CASE WHEN i / {units} % 4 = 0 THEN NULL ELSE {moment} END,
        CASE WHEN i / {units} % 4 = 0 THEN '2026-06-09' ELSE '9999-12-31' END{date}, CASE WHEN i / {units} % 4 = 0 THEN 'reply' END, false
      FROM ({numbers:0:{rows}}) AS numbers,
        (SELECT account_id FROM grants WHERE congress_id = '{congress}' AND role = 'clerk') AS clerk;";

const AT: &str = "2026-03-09T01:00:00.000000Z";

/// The statement in the words of a database.
fn fill_text(kind: Kind, congress: &str, rows: u64) -> String {
    let text = FILL
        .replace("{units}", &UNITS.to_string())
        .replace("{rows}", &rows.to_string())
        .replace("{congress}", congress)
        .replace("{at}", AT);
    let (mut out, mut rest) = (String::new(), text.as_str());
    while let Some(start) = rest.find('{') {
        let end = start + rest[start..].find('}').expect("the braces of FILL are closed");
        out.push_str(&rest[..start]);
        let parts: Vec<&str> = rest[start + 1..end].split(':').collect();
        out.push_str(&match (parts.as_slice(), kind) {
            (["id", family, n], Kind::Postgres) => {
                format!("('00000000-0000-7000-b00{family}-' || lpad(to_hex({n}), 12, '0'))::uuid")
            }
            (["id", family, n], Kind::Sqlite) => format!("printf('00000000-0000-7000-b00{family}-%012x', {n})"),
            (["numbers", from, to], Kind::Postgres) => format!("SELECT generate_series({from}, {to} - 1) AS i"),
            (["numbers", from, to], Kind::Sqlite) => {
                format!("WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to} - 1) SELECT i FROM n")
            }
            (["moment"], Kind::Postgres) => format!("timestamptz '{AT}'"),
            (["moment"], Kind::Sqlite) => format!("'{AT}'"),
            (["date"], Kind::Postgres) => "::date".to_owned(),
            (["date"], Kind::Sqlite) => String::new(),
            (other, _) => unreachable!("FILL holds {other:?}"),
        });
        rest = &rest[end + 1..];
    }
    out + rest
}

async fn fill(database: &Database, congress: &str, rows: u64) -> Result<()> {
    let (kind, url, text) = (
        database.kind,
        database.url.clone(),
        fill_text(database.kind, congress, rows),
    );
    let filling = tokio::task::spawn_blocking(move || {
        match kind {
            Kind::Postgres => {
                let mut c = PgConnection::establish(&url)?;
                c.batch_execute("SET synchronous_commit = off")?;
                c.batch_execute(&text)?;
                c.batch_execute("VACUUM (ANALYZE)")?;
                c.batch_execute("CHECKPOINT")?;
            }
            Kind::Sqlite => {
                let mut c = SqliteConnection::establish(&url)?;
                c.batch_execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA foreign_keys = OFF")?;
                c.batch_execute(&text)?;
                c.batch_execute("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")?;
            }
        }
        Ok::<_, anyhow::Error>(())
    });
    filling.await?
}

/// The same step of a proposal with a message and without, in rounds that take turns.
async fn outbox(sizes: &Proposals, bed: &Bed, report: &mut Report) -> Result<()> {
    let postgres = bed.postgres()?;
    let database = bed.database(Kind::Postgres, "outbox")?;
    let fixture = Fixture::load(&database, 1, 500).await?;
    fill(&database, &fixture.congress_id, sizes.small_rows).await?;
    let congress: Id = fixture.congress_id.parse().context("the id of the congress")?;
    let config = Config::with(json!({
        "data_dir": database.data_dir, "database_url": database.url, "secret": "a secret of the benchmark of messages",
    }))
    .map_err(|e| anyhow::anyhow!("{e}"))?;
    let services = lvzhi::app::services(config, Clock::system()).await?;
    let who: (Id, Vec<Id>) = {
        use lvzhi::schema::{grants, proposals};
        let mut c = postgres.connect("outbox")?;
        let account = grants::table.select(grants::account_id).first(&mut c)?;
        (account, proposals::table.select(proposals::id).load(&mut c)?)
    };
    let (mut plain, mut with) = (vec![], vec![]);
    for round in 0..=sizes.rounds {
        for message in if round % 2 == 0 { [false, true] } else { [true, false] } {
            postgres.connect("outbox")?.batch_execute("VACUUM ANALYZE")?;
            postgres.checkpoint()?;
            let rate = steps(&services, congress, &who, message, sizes.round).await?;
            eprintln!(
                "   round {round}: {} steps/s {}",
                per_second(rate),
                if message { "with a message" } else { "without" }
            );
            if round > 0 {
                if message { &mut with } else { &mut plain }.push(rate);
            }
        }
    }
    services.db.shutdown();
    let (of_plain, of_with) = (median(&plain), median(&with));
    report.row(Row::ratio(
        "a step of a proposal with its message",
        Kind::Postgres,
        format!("{}/s", per_second(of_with)),
        format!("the same without the message: {}/s", per_second(of_plain)),
        of_with / of_plain,
        Target::AtLeast(0.9),
        true,
    ));
    report.note(format!(
        "steps with a message {}, without {}; 32 at once.",
        rounds_text(&with),
        rounds_text(&plain)
    ));
    Ok(())
}

/// Takes steps, 32 at once, for a time; gives how many in a second.
async fn steps(s: &Services, congress: Id, who: &(Id, Vec<Id>), message: bool, during: Duration) -> Result<f64> {
    let began = Instant::now();
    let writers = (0..32usize).map(|writer| async move {
        let mut done = 0usize;
        while began.elapsed() < during {
            let proposal = who.1[(writer + 32 * done) % who.1.len()];
            step(s, congress, who.0, proposal, message).await?;
            done += 1;
        }
        Ok::<_, anyhow::Error>(done)
    });
    let done: Vec<usize> = join_all(writers).await.into_iter().collect::<Result<_>>()?;
    Ok(done.iter().sum::<usize>() as f64 / began.elapsed().as_secs_f64())
}

/// What every step writes: the hold, the state, the step, the audit line; and the message.
async fn step(s: &Services, congress: Id, account: Id, proposal: Id, message: bool) -> Result<()> {
    let (secrets, now) = (s.secrets.clone(), s.clock.now());
    let write = s.db.write(move |c| {
        use lvzhi::db::{DbConn, Json};
        use lvzhi::schema::{congresses, proposal_steps as t, proposals as p};
        let DbConn::Pg(pg) = &mut *c else {
            unreachable!("the run is on PostgreSQL")
        };
        let title: String = diesel::update(p::table.find(proposal))
            .set(p::version.eq(p::version + 1))
            .returning(p::title)
            .get_result(pg)?;
        congresses::table
            .find(congress)
            .select(congresses::settings)
            .first::<Json>(pg)?;
        diesel::update(p::table.find(proposal))
            .set((p::state.eq("handling"), p::updated_at.eq(now)))
            .execute(pg)?;
        diesel::insert_into(t::table)
            .values((
                t::id.eq(Id::new()),
                t::congress_id.eq(congress),
                t::proposal_id.eq(proposal),
                t::action.eq("contact"),
                t::to_state.eq("handling"),
                t::who.eq("handler"),
                t::at.eq(now),
                t::late_days.eq(0),
                t::data.eq(Json(json!({}))),
            ))
            .execute(pg)?;
        let line = Line {
            congress_id: Some(congress),
            actor: Actor::Account(account),
            action: "proposal.contact",
            subject_kind: "proposal",
            subject_id: Some(proposal),
            detail: json!({ "from": "handling", "to": "handling", "late_days": 0 }),
            request_id: Some("bench"),
        };
        audit::record(c, line, now)?;
        if message {
            let notice = Notice {
                congress_id: Some(congress),
                account_id: account,
                template: Template::ProposalWithdrawn,
                params: json!({ "number": "17-1-建议-1", "title": title }),
                subject: Some(("proposal", proposal)),
                expires_at: None,
            };
            notify::notify(c, &secrets, notice, now)?;
        }
        Ok::<_, DbError>(())
    });
    Ok(write.await?)
}
