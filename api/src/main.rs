//! The command line of lvzhi.

use clap::{Parser, Subcommand};
use lvzhi::clock::Clock;
use lvzhi::config::Config;
use lvzhi::{app, db, worker};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// 履职: the duty platform for people's congresses.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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
}

#[actix_web::main]
async fn main() -> ExitCode {
    match run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("lvzhi: {e}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), app::StartError> {
    if let Command::Openapi = command {
        println!(
            "{}",
            serde_json::to_string_pretty(&app::contract()).expect("plain data")
        );
        return Ok(());
    }
    let mut config = Config::load().map_err(app::StartError::Config)?;
    match command {
        Command::Openapi => unreachable!("answered above"),
        Command::Migrate => {
            std::fs::create_dir_all(&config.data_dir)?;
            for name in db::migrate::up(&config.database())? {
                println!("applied {name}");
            }
            Ok(())
        }
        Command::Worker => {
            let services = app::services(config, Clock::system()).await?;
            let (stop, stopped) = tokio::sync::watch::channel(false);
            let work = actix_web::rt::spawn(worker::run(services.clone(), stopped));
            app::until_signal().await;
            let _ = stop.send(true);
            let _ = work.await;
            services.db.shutdown();
            Ok(())
        }
        Command::Serve { no_worker, demo } => {
            config.demo |= demo;
            app::run_server(config, !no_worker).await
        }
    }
}
