//! The codes shown in the halls: they change every fifteen seconds, so somebody has to keep looking at them.

use std::cell::RefCell;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::fixture::Fixture;
use crate::http::{Connection, Request};

/// A code is accepted for at least fifteen seconds after it was fetched; going round all halls takes far less.
const LOOK_EVERY: Duration = Duration::from_secs(7);

/// The present code of every sitting of a fixture.
pub struct CodeBoard {
    address: SocketAddr,
    fixture: Rc<Fixture>,
    codes: RefCell<Vec<String>>,
}

#[derive(Deserialize)]
struct Shown {
    code: String,
}

impl CodeBoard {
    pub fn new(address: SocketAddr, fixture: Rc<Fixture>) -> CodeBoard {
        CodeBoard {
            address,
            fixture,
            codes: RefCell::default(),
        }
    }

    /// Does `work` while the codes are kept fresh beside it.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        self.look().await?;
        let keep_looking = async {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                if let Err(error) = self.look().await {
                    return error;
                }
            }
        };
        tokio::select! {
            outcome = work => Ok(outcome),
            error = keep_looking => Err(error),
        }
    }

    /// The check-in of the representative on that seat with the code shown now.
    pub fn check_in(&self, seat: usize, bytes: &mut Vec<u8>) {
        let seat = &self.fixture.seats[seat];
        let path = format!("/api/v1/sittings/{}/check_ins", self.fixture.sittings[seat.sitting]);
        let body = format!(
            r#"{{"kind":"hall_code","code":"{}"}}"#,
            self.codes.borrow()[seat.sitting]
        );
        Request {
            method: "POST",
            path: &path,
            token: Some(&seat.token),
            body: Some(&body),
        }
        .write_to(bytes);
    }

    async fn look(&self) -> Result<()> {
        let mut connection = Connection::open(self.address).await?;
        let mut codes = Vec::with_capacity(self.fixture.sittings.len());
        let mut bytes = Vec::new();
        for sitting in &self.fixture.sittings {
            let path = format!("/api/v1/sittings/{sitting}/code");
            bytes.clear();
            Request {
                token: Some(&self.fixture.clerk_token),
                ..Request::get(&path)
            }
            .write_to(&mut bytes);
            let status = connection.exchange(&bytes).await?;
            ensure!(
                status == 200,
                "{path}: {status} {}",
                String::from_utf8_lossy(connection.body())
            );
            let shown: Shown = serde_json::from_slice(connection.body()).context("the code of a sitting")?;
            codes.push(shown.code);
        }
        *self.codes.borrow_mut() = codes;
        Ok(())
    }
}
