//! Reminders: how many are armed, and how many go through the outbox to a provider that takes everything at once, while a
//! million rows lie in the table.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use futures_util::future::BoxFuture;
use lvzhi::calendar::{LengthUnit, Rule};
use lvzhi::clock::Clock;
use lvzhi::config::Config;
use lvzhi::db::{DbError, Id, Ts};
use lvzhi::features::{Services, calendars, congresses, deadlines};
use lvzhi::notify::drivers::{Driver, Drivers, Outgoing};
use lvzhi::notify::rules::Sent;
use lvzhi::notify::{Channel, Courier, Template};
use lvzhi::reminders::{self, NewDeadline, Part, Reminded, Subject};
use serde_json::json;

use crate::bed::{Bed, Kind};
use crate::report::{Report, Row, median, per_second, rounds_text};
use crate::settings::Sizes;

/// The moment of the run: a Wednesday, eight in the morning in Beijing.
const NOW: &str = "2026-03-11T00:00:00Z";

/// People of a deadline that is started in the run.
const PEOPLE: usize = 5;

/// Accounts, one deadline for every four reminders, and reminders: most were sent or are armed for later. Only the
/// last of them are due, two for each person, so that nobody gets a digest.
fn rows(rows: u64, due: u64, phone: &str) -> String {
    let people = due / 2;
    format!(
        "INSERT INTO congresses (id, level, name, short_name, region_code, settings, created_at)
           VALUES (md5('congress')::uuid, 'city', '昆州市人民代表大会', '昆州市', '539900', '{{}}', '{NOW}');
         INSERT INTO accounts (id, name, totp_last_step, failed_logins, phone_sealed, created_at)
           SELECT md5('account' || n)::uuid, '经办人' || n, 0, 0, '{phone}', '{NOW}' FROM generate_series(0, {people} - 1) n;
         INSERT INTO deadlines (id, congress_id, kind, subject_kind, subject_id, title, rule_name, start_on, due_on, provisional, derivation, state, late_days, round, created_at)
           SELECT md5('deadline' || n)::uuid, md5('congress')::uuid, 'reply', 'proposal', md5('proposal' || n)::uuid,
             '第' || n || '号 关于增设社区养老服务站的建议', '答复', '2026-03-02', '2026-03-16', false, '{{}}', 'running', 0, 1, '{NOW}'
           FROM generate_series(0, {rows} / 4) n;
         INSERT INTO reminders (id, congress_id, deadline_id, account_id, part, round, step, due_at, next_at, state, sent_at, message_id)
           SELECT md5('reminder' || n)::uuid, md5('congress')::uuid, md5('deadline' || n / 4)::uuid, md5('account' || n % {people})::uuid, 'handler', 1,
             CASE WHEN n >= {rows} - {due} THEN -3 ELSE (n % 4)::int * 5 - 10 END, t.at, t.at, t.state,
             CASE WHEN t.state = 'sent' THEN t.at END, CASE WHEN t.state = 'sent' THEN md5('message' || n)::uuid END
           FROM generate_series(0, {rows} - 1) n,
             LATERAL (SELECT CASE WHEN n >= {rows} - {due} THEN timestamptz '{NOW}'
                                  WHEN n % 3 = 0 THEN timestamptz '{NOW}' + (n % 90 + 1) * interval '1 day'
                                  ELSE timestamptz '{NOW}' - (n % 900 + 1) * interval '1 day' END AS at,
                             CASE WHEN n >= {rows} - {due} OR n % 3 = 0 THEN 'armed' ELSE 'sent' END AS state) t
           ON CONFLICT DO NOTHING;"
    )
}

pub async fn run(sizes: &Sizes, bed: &Bed, report: &mut Report) -> Result<()> {
    let sizes = &sizes.reminders;
    let postgres = bed.postgres()?;
    let database = bed.database(Kind::Postgres, "reminders")?;
    let config = Config::with(json!({
        "data_dir": database.data_dir, "database_url": database.url, "secret": "a secret of the benchmark of reminders",
    }))
    .map_err(|e| anyhow::anyhow!("{e}"))?;
    let now = Ts(NOW.parse().context("the moment of the run")?);
    let services = lvzhi::app::services(config, Clock::driven(now)).await?;
    let taken = Arc::new(AtomicUsize::new(0));
    let courier = null_courier(&services, &taken);
    // One number for all: it is sealed, and only the provider would mind.
    let sealed = services.secrets.seal("accounts.phone", b"+8613800000000");
    let phone = format!("\\x{}", sealed.iter().map(|b| format!("{b:02x}")).collect::<String>());
    postgres
        .connect("reminders")?
        .batch_execute(&rows(sizes.rows, sizes.due, &phone))?;
    postgres.connect("reminders")?.batch_execute("VACUUM ANALYZE")?;

    let who = Who::read(&mut postgres.connect("reminders")?)?;
    let (mut sent_rates, mut delivered_rates, mut armed_rates, mut errors) = (vec![], vec![], vec![], false);
    for round in 1..=sizes.rounds {
        postgres.connect("reminders")?.batch_execute(AGAIN)?;
        postgres
            .connect("reminders")?
            .batch_execute("VACUUM ANALYZE reminders")?;
        postgres.checkpoint()?;
        let (began, mut sent) = (Instant::now(), 0);
        loop {
            let pass = deadlines::remind(&services).await?;
            if pass.taken == 0 {
                break;
            }
            sent += pass.sent;
            errors |= pass.missed + pass.postponed > 0 || pass.messages != pass.sent;
        }
        let rate = sent as f64 / began.elapsed().as_secs_f64();
        let before = taken.load(Ordering::Relaxed);
        while courier.work(None).await? > 0 {}
        let delivered = taken.load(Ordering::Relaxed) - before;
        let delivered_rate = delivered as f64 / began.elapsed().as_secs_f64();
        errors |= delivered as u64 != sizes.due;
        ensure!(sent > 0, "no reminder was due");
        errors |= sent as u64 != sizes.due;

        let (began, mut armed) = (Instant::now(), 0);
        for chunk in 0..sizes.starts / 50 {
            armed += start(&services, round, chunk, &who, now).await?;
        }
        let armed_rate = armed as f64 / began.elapsed().as_secs_f64();
        eprintln!(
            "   round {round}: {sent} written at {}/s, {delivered} written and delivered at {}/s, {armed} armed at {}/s",
            per_second(rate),
            per_second(delivered_rate),
            per_second(armed_rate)
        );
        sent_rates.push(rate);
        delivered_rates.push(delivered_rate);
        armed_rates.push(armed_rate);
    }
    services.db.shutdown();
    let (sent, armed) = (median(&sent_rates), median(&armed_rates));
    report.row(Row::plain(
        format!("reminders to the outbox, {} rows in the table", sizes.rows),
        Kind::Postgres,
        format!("{}/s", per_second(sent)),
        "≥ 5,000/s",
        Some(sent >= 5_000.0 && !errors),
    ));
    let delivered = median(&delivered_rates);
    report.row(Row::plain(
        "reminders from due to a provider that takes all, outbox and records between",
        Kind::Postgres,
        format!("{}/s", per_second(delivered)),
        "≥ 5,000/s",
        Some(delivered >= 5_000.0 && !errors),
    ));
    report.row(Row::plain(
        "reminders armed, 50 deadlines in a transaction",
        Kind::Postgres,
        format!("{}/s", per_second(armed)),
        "≥ 5,000/s",
        Some(armed >= 5_000.0),
    ));
    report.note(format!(
        "reminders: one worker, {} due in each round, rounds {}; armed {}.",
        sizes.due,
        rounds_text(&sent_rates),
        rounds_text(&armed_rates)
    ));
    Ok(())
}

/// A provider that takes everything at once and keeps nothing.
struct Null(Arc<AtomicUsize>);

impl Driver for Null {
    fn name(&self) -> &'static str {
        "null"
    }
    fn channel(&self) -> Channel {
        Channel::Sms
    }
    fn takes(&self, _template: Template) -> bool {
        true
    }
    fn send<'a>(&'a self, _message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(Sent::Accepted {
            provider_id: Some(format!("null-{n}")),
        }))
    }
}

fn null_courier(s: &Services, taken: &Arc<AtomicUsize>) -> Courier {
    let drivers = Drivers::new(vec![Arc::new(Null(taken.clone()))]);
    let (_, receipts) = tokio::sync::mpsc::channel(1);
    Courier::new(&s.db, &s.clock, &s.secrets, &s.config.notify, drivers, receipts)
}

/// Those of the database of the run.
struct Who {
    congress_id: Id,
    accounts: Vec<Id>,
}

impl Who {
    fn read(c: &mut PgConnection) -> Result<Who> {
        use lvzhi::schema::{accounts, congresses};
        Ok(Who {
            congress_id: congresses::table.select(congresses::id).first(c)?,
            accounts: accounts::table.select(accounts::id).limit(1000).load(c)?,
        })
    }
}

/// What was sent in the round before is due again.
const AGAIN: &str = "
    UPDATE reminders SET state = 'armed', sent_at = NULL, message_id = NULL WHERE state = 'sent' AND sent_at = '2026-03-11T00:00:00Z';
    TRUNCATE outbox CASCADE;";

/// Fifty deadlines of five people each; gives how many reminders were armed.
async fn start(s: &Services, round: usize, chunk: usize, who: &Who, now: Ts) -> Result<usize> {
    let (congress_id, accounts) = (who.congress_id, &who.accounts);
    let people: Vec<Reminded> = (0..PEOPLE)
        .map(|n| Reminded {
            account_id: accounts[(chunk * PEOPLE + n) % accounts.len()],
            part: Part::Handler,
        })
        .collect();
    let write = s.db.write(move |c| {
        let calendar = calendars::current(c)?;
        let place = congresses::local(c, congress_id)?;
        let mut armed = 0;
        for n in 0..50 {
            let new = NewDeadline {
                congress_id,
                kind: "sign_for",
                subject: Subject {
                    kind: "proposal",
                    id: Id::new(),
                },
                holder_id: None,
                title: &format!("第{round}-{chunk}-{n}号 关于增设社区养老服务站的建议"),
                rule: Rule {
                    name: "签收".into(),
                    unit: LengthUnit::WorkingDays,
                    count: 30,
                    article: "办法第八条".into(),
                },
                start: place.day(now),
                people: people.clone(),
            };
            reminders::start(c, &calendar, &place, new, now)?;
            armed += people.len() * 5;
        }
        Ok::<_, DbError>(armed)
    });
    Ok(write.await?)
}
