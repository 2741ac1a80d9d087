//! The program `lvzhi`: parses the command line and does what it says.

mod cli;

use clap::Parser;
use std::process::ExitCode;

#[actix_web::main]
async fn main() -> ExitCode {
    match cli::run(cli::Cli::parse().command).await {
        Ok(code) => code,
        Err(e) => {
            eprintln!("lvzhi: {e}");
            ExitCode::FAILURE
        }
    }
}
