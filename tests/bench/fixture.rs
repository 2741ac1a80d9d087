//! Halls full of representatives, made by the server's own `admin load-fixture`.

use std::collections::HashMap;
use std::fs;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde::Deserialize;

use crate::bed::{Database, Kind};
use crate::server;

/// One congress with open sittings; all representatives are different people with tokens of their own.
pub struct Fixture {
    pub congress_id: String,
    pub clerk_token: String,
    pub screen_tokens: HashMap<String, String>,
    pub sittings: Vec<String>,
    /// Neighbours sit in different halls: taking seats in this order fills all sittings evenly.
    pub seats: Vec<Seat>,
}

/// One representative, expected at one sitting.
pub struct Seat {
    pub token: Box<str>,
    /// Position in [`Fixture::sittings`].
    pub sitting: usize,
}

/// What `load-fixture` prints.
#[derive(Deserialize)]
struct Printed {
    congress_id: String,
    sittings: Vec<String>,
    clerk_token: String,
    screen_tokens: HashMap<String, String>,
}

impl Fixture {
    /// Adds a congress to the database, which it migrates if needed. No server may be running on an SQLite file yet.
    pub async fn load(database: &Database, sittings: usize, seats: usize) -> Result<Rc<Fixture>> {
        let begin = Instant::now();
        let tokens = database.data_dir.join("tokens.tsv");
        let mut command = tokio::process::Command::from(server::lvzhi(database));
        command.args([
            "admin",
            "load-fixture",
            "--sittings",
            &sittings.to_string(),
            "--seats",
            &seats.to_string(),
        ]);
        command.arg("--tokens").arg(&tokens).kill_on_drop(true);
        let output = command
            .output()
            .await
            .with_context(|| format!("cannot start {}", server::BINARY))?;
        let complaints = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "load-fixture: {complaints}");
        if database.kind == Kind::Postgres {
            // So much at once brings PostgreSQL's own housekeeping a moment later, in the middle of what is measured.
            PgConnection::establish(&database.url)?.batch_execute("VACUUM ANALYZE")?;
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text
            .lines()
            .rfind(|line| line.starts_with('{'))
            .context("load-fixture printed no JSON line")?;
        let printed: Printed = serde_json::from_str(line).context("load-fixture's JSON line")?;
        ensure!(
            printed.sittings.len() == sittings,
            "load-fixture made {} sittings",
            printed.sittings.len()
        );

        let seats_made = read_seats(&fs::read_to_string(&tokens)?, &printed.sittings)?;
        fs::remove_file(&tokens)?;
        ensure!(
            seats_made.len() == sittings * seats,
            "load-fixture wrote {} tokens",
            seats_made.len()
        );
        eprintln!(
            "   {sittings} sittings × {seats} seats made in {:.1} s",
            begin.elapsed().as_secs_f64()
        );
        Ok(Rc::new(Fixture {
            congress_id: printed.congress_id,
            clerk_token: printed.clerk_token,
            screen_tokens: printed.screen_tokens,
            sittings: printed.sittings,
            seats: seats_made,
        }))
    }
}

/// Lines of `access_token TAB sitting_id TAB entry_id`, dealt round the sittings.
fn read_seats(text: &str, sittings: &[String]) -> Result<Vec<Seat>> {
    let positions: HashMap<&str, usize> = sittings.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let mut halls: Vec<Vec<Seat>> = sittings.iter().map(|_| Vec::new()).collect();
    for line in text.lines() {
        let mut columns = line.split('\t');
        let token = columns.next().context("no token")?.into();
        let sitting = columns
            .next()
            .and_then(|id| positions.get(id))
            .context("a token of an unknown sitting")?;
        halls[*sitting].push(Seat {
            token,
            sitting: *sitting,
        });
    }
    let largest = halls.iter().map(Vec::len).max().unwrap_or(0);
    let mut halls: Vec<_> = halls.into_iter().map(Vec::into_iter).collect();
    let mut seats = Vec::new();
    for _ in 0..largest {
        seats.extend(halls.iter_mut().filter_map(Iterator::next));
    }
    Ok(seats)
}
