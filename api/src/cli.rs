//! The command line: what can be asked for, and which function does it.

use clap::{Args, Subcommand, ValueEnum};
use lvzhi::app::{self, StartError};
use lvzhi::auth::keys;
use lvzhi::calendar::CalendarYear;
use lvzhi::clock::Clock;
use lvzhi::config::Config;
use lvzhi::db::{self, Id};
use lvzhi::features::congresses::Level;
use lvzhi::features::proposals::figures;
use lvzhi::features::{Services, audit, calendars, demo};
use lvzhi::telemetry;
use lvzhi::web::ApiError;
use lvzhi::worker;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 履职: the duty platform for people's congresses.
#[derive(clap::Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What can be asked for.
#[derive(Subcommand)]
pub enum Command {
    /// Serve the API and the pages.
    Serve {
        /// Leave periodic work to `lvzhi worker`.
        #[arg(long)]
        no_worker: bool,
        /// Load demo data into an empty database and show messages on the console.
        #[arg(long)]
        demo: bool,
    },
    /// Do periodic work only.
    Worker,
    /// Bring the database to the schema of this program.
    Migrate,
    /// Print the API contract.
    Openapi,
    /// Load the demo city, or tell how to log in to it.
    Demo {
        /// Print the accounts as JSON.
        #[arg(long)]
        accounts: bool,
        /// Load the demo into an empty database, or open a sitting in it if none is open.
        #[arg(long)]
        load: bool,
    },
    /// What only the person at the server may do.
    #[command(subcommand)]
    Admin(Admin),
}

/// What only the person at the server may do.
#[derive(Subcommand)]
pub enum Admin {
    /// Make an administrator, and the congress if it does not exist. The password is read from standard input; a
    /// generated one is printed once if there is none.
    CreateAdmin(CreateAdmin),
    /// Check the whole audit; the exit code is 1 when something was touched.
    VerifyAudit,
    /// Make a new signing key; what older keys signed stays good.
    RotateKeys { purpose: Purpose },
    /// Import the calendar of a year: a JSON file with `year`, `published` and `days` (`name`, `date`, `off`).
    Calendar { file: PathBuf },
    /// Print the numbers of the annual report on proposals.
    Statistics {
        /// Id of the congress.
        #[arg(long)]
        congress: Id,
        /// Id of the congress session; all of them if absent.
        #[arg(long)]
        session: Option<Id>,
        /// Year of registration; all of them if absent.
        #[arg(long)]
        year: Option<i32>,
        /// Print JSON, with the text of every query.
        #[arg(long)]
        json: bool,
    },
    /// Load data for measurements: one congress with many open sittings, and a token for every seat.
    LoadFixture {
        /// Open sittings.
        #[arg(long)]
        sittings: usize,
        /// Seats per sitting, each another person.
        #[arg(long)]
        seats: usize,
        /// File for `access_token`, `sitting_id`, `entry_id`, separated by tabs.
        #[arg(long)]
        tokens: PathBuf,
    },
}

/// The administrator to make.
#[derive(Args)]
pub struct CreateAdmin {
    /// Full name, for example 昆州市人民代表大会.
    #[arg(long)]
    congress: String,
    /// `province`, `city`, `county` or `township`.
    #[arg(long)]
    level: Level,
    /// Code of the administrative division, for example 330108.
    #[arg(long)]
    region: String,
    /// The name to log in with.
    #[arg(long)]
    login: String,
}

/// What a key is for.
#[derive(Clone, Copy, ValueEnum)]
pub enum Purpose {
    /// Access tokens.
    Access,
    /// Seals, credentials, certificates and live snapshots.
    Server,
}

/// Does what was asked for.
pub async fn run(command: Command) -> Result<ExitCode, StartError> {
    if let Command::Openapi = command {
        print_json(&app::contract());
        return Ok(ExitCode::SUCCESS);
    }
    let mut config = Config::load().map_err(StartError::Config)?;
    // Everything that speaks TLS to others uses this one implementation.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let _telemetry = telemetry::init(&config).map_err(StartError::Config)?;
    match command {
        Command::Openapi => unreachable!("answered above"),
        Command::Migrate => {
            std::fs::create_dir_all(&config.data_dir)?;
            for name in db::migrate::up(&config.database())? {
                println!("applied {name}");
            }
        }
        Command::Worker => {
            let services = app::services(config, Clock::system()).await?;
            let (stop, stopped) = tokio::sync::watch::channel(false);
            let work = actix_web::rt::spawn(worker::run(services.clone(), stopped));
            app::until_signal().await;
            let _ = stop.send(true);
            let _ = work.await;
            services.db.shutdown();
        }
        Command::Serve { no_worker, demo } => {
            config.demo |= demo;
            app::run_server(config, !no_worker).await?;
        }
        Command::Demo { accounts, load } => {
            config.demo = true;
            let services = app::services(config, Clock::system()).await?;
            if load {
                demo::load(&services).await?;
            }
            if accounts || !load {
                print_json(&demo::accounts(&services).await?);
            }
            services.db.shutdown();
        }
        Command::Admin(command) => {
            let services = app::services(config, Clock::system()).await?;
            let done = admin(&services, command).await;
            services.db.shutdown();
            return done;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn admin(s: &Services, command: Admin) -> Result<ExitCode, StartError> {
    match command {
        Admin::CreateAdmin(new) => {
            let (password, generated) = password()?;
            let admin = demo::NewAdmin {
                congress: new.congress,
                level: new.level,
                region: new.region,
                login: new.login.clone(),
                password: password.clone(),
            };
            let congress_id = demo::create_admin(s, admin).await?;
            println!("congress {congress_id}");
            println!("login    {}", new.login);
            if generated {
                println!("password {password}");
            }
        }
        Admin::VerifyAudit => return verify_audit(s).await,
        Admin::RotateKeys { purpose } => {
            let purpose = match purpose {
                Purpose::Access => keys::ACCESS,
                Purpose::Server => keys::SERVER,
            };
            println!("{purpose} key {}", s.keys.rotate(purpose).await?);
        }
        Admin::Calendar { file } => import_calendar(s, &file).await?,
        Admin::Statistics {
            congress,
            session,
            year,
            json,
        } => {
            let now = s.clock.now();
            let report =
                s.db.read(move |c| figures::report(c, congress, session, year, now))
                    .await?;
            if json {
                print_json(&report);
            } else {
                report.lines().iter().for_each(|line| println!("{line}"));
            }
        }
        Admin::LoadFixture {
            sittings,
            seats,
            tokens,
        } => {
            let mut file = std::io::BufWriter::new(std::fs::File::create(tokens)?);
            let made = demo::fixture::load(s, sittings, seats, &mut file).await?;
            // One line: what calls this reads the last one.
            println!("{}", serde_json::to_string(&made).expect("plain data"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The password from standard input, or a fresh one and `true`.
fn password() -> Result<(String, bool), StartError> {
    let mut line = String::new();
    if std::io::stdin().is_terminal() {
        eprintln!("Password (12 characters or more; empty for a generated one; it is shown while you type):");
    }
    std::io::stdin().read_line(&mut line)?;
    let line = line.trim_end_matches(['\r', '\n']).to_owned();
    Ok(if line.is_empty() {
        (lvzhi::secrets::random_token::<15>(), true)
    } else {
        (line, false)
    })
}

async fn import_calendar(s: &Services, file: &Path) -> Result<(), StartError> {
    let text = std::fs::read_to_string(file)?;
    let year: CalendarYear =
        serde_json::from_str(&text).map_err(|e| StartError::Config(format!("{}: {e}", file.display())))?;
    let (secrets, now) = (s.secrets.clone(), s.clock.now());
    let import =
        s.db.write(move |c| calendars::import(c, &secrets, year, calendars::By::default(), now));
    let done = import.await?;
    if !done.changed {
        println!(
            "the calendar of {} says this already (version {})",
            done.year, done.version
        );
        return Ok(());
    }
    println!("calendar of {} imported as version {}", done.year, done.version);
    for moved in &done.moved {
        println!("moved {} -> {}  {}", moved.from, moved.to, moved.deadline.title);
    }
    println!("{} deadlines moved; their people are told", done.moved.len());
    Ok(())
}

async fn verify_audit(s: &Services) -> Result<ExitCode, StartError> {
    let (keys, now) = (s.keys.clone(), s.clock.now());
    let verdict =
        s.db.read(move |c| audit::verify(c, &keys, now).map_err(ApiError::from))
            .await?;
    println!(
        "{} seals over {} rows are good; {} rows wait for a seal",
        verdict.seals, verdict.rows, verdict.unsealed
    );
    if let Some((no, hash)) = &verdict.head {
        println!("newest good seal: {no} {hash}");
    }
    if verdict.late_seals > 0 {
        println!(
            "note: {} seals were made more than half an hour after their rows",
            verdict.late_seals
        );
    }
    if let Some(broken) = &verdict.broken {
        println!("BROKEN: {broken}");
        return Ok(ExitCode::FAILURE);
    }
    if verdict.overdue > 0 {
        println!(
            "BROKEN: {} rows wait for a seal for more than half an hour: no worker runs, or the newest seals were removed",
            verdict.overdue
        );
        return Ok(ExitCode::FAILURE);
    }
    println!("the audit is whole");
    Ok(ExitCode::SUCCESS)
}

fn print_json(value: &impl serde::Serialize) {
    println!("{}", serde_json::to_string_pretty(value).expect("plain data"));
}
