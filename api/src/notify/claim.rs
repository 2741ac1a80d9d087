//! Taking what is due: by which way each message goes, and the mark that its provider is about to be called.

use super::courier::Courier;
use super::drivers::{Driver, Outgoing};
use super::rules::{self, Step, Way};
use super::store::{self, Due, NewDelivery, RECIPIENT, Reach};
use super::{Channel, OutboxState, Outcome};
use crate::auth::phone::Phone;
use crate::config::words;
use crate::db::{Id, Ts};
use crate::web::ApiError;
use chrono::TimeDelta;
use std::collections::HashMap;
use std::sync::Arc;

/// A call to be made.
pub(super) struct Call {
    pub driver: Arc<dyn Driver>,
    pub index: usize,
    pub outgoing: Outgoing,
    pub message_id: Id,
    pub attempt: i32,
    pub tried: String,
}

impl Courier {
    /// Takes messages that are due: those that can be sent are marked `sending`. One write, whatever their number.
    pub(super) async fn claim(&self, most: usize) -> Result<(Vec<Call>, usize), ApiError> {
        let (courier, now) = (self.clone(), self.inner.clock.now());
        let claimed = self
            .inner
            .db
            .write(move |c| {
                let (rows, people) = store::due(c, now, most as i64)?;
                let people: HashMap<Id, Reach> = people.into_iter().map(|p| (p.id, p)).collect();
                let looked_at = rows.len();
                let (mut calls, mut deliveries) = (vec![], vec![]);
                for row in rows {
                    let person = row.account_id.and_then(|id| people.get(&id));
                    match courier.step(&row, person, now) {
                        Step::Send {
                            channel,
                            address,
                            driver,
                        } => {
                            courier.breaker(driver, |b| b.used(now));
                            let call = courier.prepare(&row, address, driver, now);
                            deliveries.push(NewDelivery {
                                id: call.outgoing.delivery_id,
                                message_id: row.id,
                                congress_id: row.congress_id,
                                attempt: call.attempt,
                                channel,
                                driver: call.driver.name().to_owned(),
                                recipient_sealed: courier.inner.secrets.seal(RECIPIENT, call.outgoing.to.as_bytes()),
                                at: now,
                                outcome: Outcome::Calling,
                            });
                            calls.push(call);
                        }
                        Step::Wait { until } => {
                            store::set_aside(c, row.id, OutboxState::Created, Some(until), None, now)?;
                        }
                        Step::Capture => store::set_aside(c, row.id, OutboxState::Captured, None, None, now)?,
                        Step::Expire => store::set_aside(c, row.id, OutboxState::Expired, None, None, now)?,
                        Step::GiveUp { reason } => {
                            store::set_aside(c, row.id, OutboxState::Failed, None, Some(reason), now)?;
                        }
                    }
                }
                if !deliveries.is_empty() {
                    let until = now + TimeDelta::seconds(courier.inner.config.lease_seconds);
                    store::begin(c, &deliveries, &courier.inner.owner, until)?;
                }
                Ok::<_, ApiError>((calls, looked_at))
            })
            .await?;
        Ok(claimed)
    }

    /// The ways to the person of a message, in order, and what follows from them.
    fn step(&self, row: &Due, person: Option<&Reach>, now: Ts) -> Step {
        let secrets = &self.inner.secrets;
        let open = |purpose: &str, sealed: Option<&Vec<u8>>| secrets.open_text(purpose, sealed?);
        let phone = person.and_then(|p| open("accounts.phone", p.phone_sealed.as_ref()));
        let addresses: Vec<(Channel, String)> = match (row.channel, &row.recipient_sealed) {
            (Some(channel), Some(sealed)) => open(RECIPIENT, Some(sealed))
                .map(|to| (channel, to))
                .into_iter()
                .collect(),
            _ => {
                let of = |channel: Channel| match channel {
                    Channel::Sms => phone.clone(),
                    Channel::Wechat => person.and_then(|p| p.wechat_openid.clone()),
                    Channel::Mail => person.and_then(|p| open("accounts.email", p.email_sealed.as_ref())),
                };
                self.inner
                    .channels
                    .iter()
                    .filter_map(|ch| Some((*ch, of(*ch)?)))
                    .collect()
            }
        };
        let numbers = addresses.iter().filter(|(ch, _)| *ch == Channel::Sms).map(|(_, to)| to);
        let test_number = numbers.chain(&phone).any(|number| self.is_test_number(number));
        let breakers = self.inner.breakers.lock().expect("no panic under this lock").clone();
        let way = |(channel, address): (Channel, String)| {
            let drivers = self.inner.drivers.iter().enumerate();
            let able = drivers.filter(|(_, d)| d.channel() == channel && d.takes(row.template));
            Way {
                channel,
                address,
                drivers: able.map(|(n, _)| (n, breakers[n].resting(now))).collect(),
            }
        };
        let tried: Vec<Channel> = words(&row.tried).filter_map(|w| w.parse().ok()).collect();
        rules::step(
            rules::Due {
                expires_at: row.expires_at,
                disabled: person.is_some_and(|p| p.disabled_at.is_some()),
                test_number,
                any_driver: !self.inner.drivers.is_empty(),
                tried: &tried,
                ways: addresses.into_iter().map(way).collect(),
            },
            now,
        )
    }

    /// `199*` stands for every number that begins so; spellings do not matter.
    fn is_test_number(&self, number: &str) -> bool {
        let local = number.trim_start_matches("+86");
        words(&self.inner.config.test_numbers).any(|test| match test.strip_suffix('*') {
            Some(start) => local.starts_with(start) || number.starts_with(start),
            None => Phone::parse(test).is_some_and(|p| p.as_str() == number),
        })
    }

    fn prepare(&self, row: &Due, to: String, driver: usize, now: Ts) -> Call {
        let params = self.inner.secrets.open(store::PARAMS, &row.params_sealed);
        let params: serde_json::Value = params.and_then(|p| serde_json::from_slice(&p).ok()).unwrap_or_default();
        // Checked when it was written; a template may have learnt a parameter since.
        let values = row.template.values(&params).unwrap_or_default();
        Call {
            driver: self.inner.drivers.get(driver).clone(),
            index: driver,
            message_id: row.id,
            attempt: row.attempts + 1,
            tried: row.tried.clone(),
            outgoing: Outgoing {
                delivery_id: Id::new(),
                template: row.template,
                body: row.template.body(&values),
                values,
                to,
                now,
            },
        }
    }
}
