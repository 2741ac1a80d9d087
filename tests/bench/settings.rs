//! What to measure and in which sizes, as the environment asks.

use std::time::Duration;

use anyhow::{Result, bail};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    CheckinsPostgres,
    CheckinsSqlite,
    Writes,
    Crowd,
    Growth,
    Footprint,
    Reminders,
    Proposals,
}

impl Suite {
    const ALL: [Suite; 8] = [
        Suite::CheckinsPostgres,
        Suite::CheckinsSqlite,
        Suite::Writes,
        Suite::Crowd,
        Suite::Growth,
        Suite::Footprint,
        Suite::Reminders,
        Suite::Proposals,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Suite::CheckinsPostgres => "checkins-pg",
            Suite::CheckinsSqlite => "checkins-sqlite",
            Suite::Writes => "writes",
            Suite::Crowd => "crowd",
            Suite::Growth => "growth",
            Suite::Footprint => "footprint",
            Suite::Reminders => "reminders",
            Suite::Proposals => "proposals",
        }
    }
}

pub struct Settings {
    pub quick: bool,
    pub suites: Vec<Suite>,
    pub sizes: Sizes,
}

impl Settings {
    pub fn from_environment() -> Result<Settings> {
        let quick = std::env::var("LVZHI_BENCH_QUICK").is_ok_and(|value| !value.is_empty() && value != "0");
        let suites = match std::env::var("LVZHI_BENCH_ONLY") {
            Ok(names) if !names.trim().is_empty() => parse_suites(&names)?,
            _ => Suite::ALL.to_vec(),
        };
        Ok(Settings {
            quick,
            suites,
            sizes: if quick { Sizes::quick() } else { Sizes::full() },
        })
    }
}

fn parse_suites(names: &str) -> Result<Vec<Suite>> {
    let mut suites = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match Suite::ALL.into_iter().find(|suite| suite.name() == name) {
            Some(suite) => suites.push(suite),
            None => bail!(
                "LVZHI_BENCH_ONLY: no suite {name:?}; there are {}",
                Suite::ALL.map(Suite::name).join(",")
            ),
        }
    }
    Ok(suites)
}

pub struct Sizes {
    pub throughput: Throughput,
    pub crowd: Crowd,
    pub growth: Growth,
    pub footprint: Footprint,
    pub reminders: Reminders,
    pub proposals: Proposals,
}

/// Check-ins and other writes per second: as fast as `connections` clients get answers.
pub struct Throughput {
    pub connections: usize,
    pub rounds: usize,
    pub warm_up: Duration,
    /// How long one round is measured, unless the seats are used up before.
    pub round: Duration,
    /// How long each round of a baseline runs.
    pub baseline_round: Duration,
    pub seats_per_sitting: usize,
    /// Every request needs a seat of its own, so these bound how long the rounds can be.
    pub checkin_sittings: usize,
    pub write_sittings: usize,
}

/// One full hall arriving while people watch.
pub struct Crowd {
    pub seats: usize,
    pub watchers: usize,
    pub period: Duration,
}

/// The same requests on a small and on a large database, at rates far from saturation.
pub struct Growth {
    pub small_rows: u64,
    pub large_rows: u64,
    /// Pairs of rounds: one on each database, in alternating order. Many short ones, so that a busy moment of the
    /// machine spoils few of them.
    pub rounds: usize,
    pub round: Duration,
    pub checkins_per_second: f64,
    pub lists_per_second: f64,
    /// Signed seats in the attendance list that is fetched.
    pub list_seats: usize,
    pub seats_per_sitting: usize,
}

/// A server that does nothing, and one that starts.
pub struct Footprint {
    pub sittings: usize,
    pub seats_per_sitting: usize,
    pub starts: usize,
    pub idle: Duration,
}

/// Reminders that are due among many that are not.
pub struct Reminders {
    pub rows: u64,
    /// Sent in each round.
    pub due: u64,
    pub rounds: usize,
    /// Deadlines begun in each round.
    pub starts: usize,
}

/// A handler's inbox in a small and in a large congress, and steps with and without a message.
pub struct Proposals {
    pub small_rows: u64,
    pub large_rows: u64,
    pub rounds: usize,
    pub round: Duration,
    pub inboxes_per_second: f64,
}

impl Sizes {
    fn full() -> Sizes {
        Sizes {
            throughput: Throughput {
                connections: 64,
                rounds: 3,
                warm_up: Duration::from_millis(500),
                round: Duration::from_secs(4),
                baseline_round: Duration::from_secs(5),
                seats_per_sitting: 3000,
                checkin_sittings: 200,
                write_sittings: 60,
            },
            crowd: Crowd {
                seats: 3000,
                watchers: 2000,
                period: Duration::from_secs(60),
            },
            growth: Growth {
                small_rows: 10_000,
                large_rows: 10_000_000,
                rounds: 21,
                round: Duration::from_secs(4),
                checkins_per_second: 200.0,
                lists_per_second: 75.0,
                list_seats: 500,
                seats_per_sitting: 3000,
            },
            footprint: Footprint {
                sittings: 20,
                seats_per_sitting: 500,
                starts: 9,
                idle: Duration::from_secs(5),
            },
            reminders: Reminders {
                rows: 1_000_000,
                due: 50_000,
                rounds: 3,
                starts: 2_000,
            },
            proposals: Proposals {
                small_rows: 10_000,
                large_rows: 1_000_000,
                rounds: 11,
                round: Duration::from_secs(3),
                inboxes_per_second: 75.0,
            },
        }
    }

    fn quick() -> Sizes {
        Sizes {
            throughput: Throughput {
                connections: 64,
                rounds: 2,
                warm_up: Duration::from_millis(100),
                round: Duration::from_secs(1),
                baseline_round: Duration::from_secs(1),
                seats_per_sitting: 1000,
                checkin_sittings: 40,
                write_sittings: 20,
            },
            crowd: Crowd {
                seats: 300,
                watchers: 200,
                period: Duration::from_secs(6),
            },
            growth: Growth {
                small_rows: 1_000,
                large_rows: 100_000,
                rounds: 2,
                round: Duration::from_secs(2),
                checkins_per_second: 100.0,
                lists_per_second: 30.0,
                list_seats: 500,
                seats_per_sitting: 500,
            },
            footprint: Footprint {
                sittings: 5,
                seats_per_sitting: 100,
                starts: 3,
                idle: Duration::from_secs(2),
            },
            reminders: Reminders {
                rows: 20_000,
                due: 4_000,
                rounds: 2,
                starts: 200,
            },
            proposals: Proposals {
                small_rows: 10_000,
                large_rows: 50_000,
                rounds: 2,
                round: Duration::from_secs(1),
                inboxes_per_second: 30.0,
            },
        }
    }
}
