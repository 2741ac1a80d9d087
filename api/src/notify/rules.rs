//! Pure decisions of delivery: what to try next, when to try again, when to rest a driver, what an answer means.

use super::Channel;
use crate::db::{Id, Ts};
use chrono::TimeDelta;

/// Why a provider did not take a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The same message may pass later: throttled, quota of the hour used up.
    Temporary,
    /// This message never passes here: no such number, refused, not subscribed.
    Permanent,
    /// The driver does not work at all, and the message surely did not leave: no connection, wrong password.
    Technical,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The provider has it; its own id, if it gave one.
    Accepted {
        provider_id: Option<String>,
    },
    Failed {
        class: Failure,
        error: String,
    },
    /// The answer was lost: it may have been sent or not.
    Unknown {
        error: String,
    },
}

impl Sent {
    pub fn failed(class: Failure, error: impl Into<String>) -> Sent {
        Sent::Failed {
            class,
            error: error.into(),
        }
    }
    pub fn unknown(error: impl Into<String>) -> Sent {
        Sent::Unknown { error: error.into() }
    }
}

/// How long to wait before a message is tried for the `attempt`th time again: doubles from half a minute to two hours,
/// and up to a quarter more by the message's id, so that what failed together does not come back together.
pub fn back_off(id: Id, attempt: u32) -> TimeDelta {
    let seconds = (30_i64 << attempt.saturating_sub(1).min(16)).min(7200);
    let last = u16::from_be_bytes([id.bytes()[14], id.bytes()[15]]);
    TimeDelta::milliseconds(seconds * 1000 + seconds * 250 * i64::from(last) / i64::from(u16::MAX))
}

/// A driver that fails is rested, longer each time; then one message tries it, and one success makes it as good as new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    rests_until: Option<Ts>,
    /// A message is trying it; the others wait for what comes of it.
    trial_until: Option<Ts>,
}

impl Breaker {
    pub fn succeeded(&mut self) {
        *self = Breaker::default();
    }
    /// Calls that were under way together fail together: only the first of them makes the rest longer.
    pub fn failed(&mut self, now: Ts) {
        if self.rests_until.is_some_and(|until| until > now) {
            return;
        }
        self.failures += 1;
        self.trial_until = None;
        let seconds = (5_i64 << (self.failures - 1).min(10)).min(300);
        self.rests_until = Some(now + TimeDelta::seconds(seconds));
    }
    /// A message goes there. After a rest it is the only one for a while.
    pub fn used(&mut self, now: Ts) {
        if self.failures > 0 {
            self.trial_until = Some(now + TimeDelta::seconds(5));
        }
    }
    /// Until when it must not be called.
    pub fn resting(&self, now: Ts) -> Option<Ts> {
        self.rests_until.max(self.trial_until).filter(|until| *until > now)
    }
}

/// A way to a person: a channel and the drivers that could take this message there, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    pub channel: Channel,
    pub address: String,
    /// Index of the driver and until when it rests.
    pub drivers: Vec<(usize, Option<Ts>)>,
}

/// What to do with a message that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Send {
        channel: Channel,
        address: String,
        driver: usize,
    },
    /// Every driver that could take it rests.
    Wait { until: Ts },
    /// It must not leave the building.
    Capture,
    /// It has lost its sense.
    Expire,
    /// Nobody can be reached this way.
    GiveUp { reason: &'static str },
}

/// What is known about a message that is due.
pub struct Due<'a> {
    pub expires_at: Option<Ts>,
    pub disabled: bool,
    pub test_number: bool,
    /// False in an installation that sends nothing at all.
    pub any_driver: bool,
    pub tried: &'a [Channel],
    pub ways: Vec<Way>,
}

/// Decides about one message. The order of `ways` is the order of preference.
pub fn step(due: Due<'_>, now: Ts) -> Step {
    if due.expires_at.is_some_and(|at| at <= now) {
        return Step::Expire;
    }
    if due.test_number || !due.any_driver {
        return Step::Capture;
    }
    if due.disabled {
        return Step::GiveUp {
            reason: "account_disabled",
        };
    }
    if due.ways.is_empty() {
        return Step::GiveUp { reason: "no_address" };
    }
    let untried: Vec<Way> = due
        .ways
        .into_iter()
        .filter(|w| !due.tried.contains(&w.channel))
        .collect();
    let mut first_back: Option<Ts> = None;
    for way in untried {
        for (driver, resting) in way.drivers {
            match resting {
                None => {
                    return Step::Send {
                        channel: way.channel,
                        address: way.address,
                        driver,
                    };
                }
                Some(until) => first_back = Some(first_back.map_or(until, |t| t.min(until))),
            }
        }
    }
    match first_back {
        Some(until) => Step::Wait { until },
        None if due.tried.is_empty() => Step::GiveUp { reason: "no_driver" },
        None => Step::GiveUp {
            reason: "every_channel_failed",
        },
    }
}

/// What the provider says when it is asked about an attempt whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Delivered {
        provider_id: Option<String>,
        code: String,
    },
    Undelivered {
        provider_id: Option<String>,
        code: String,
    },
    /// It has it, and does not know yet what becomes of it.
    Accepted {
        provider_id: Option<String>,
    },
    /// It never got it.
    NotThere,
    /// It cannot say, or not now.
    CannotTell,
}

/// What becomes of an uncertain message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    Delivered {
        provider_id: Option<String>,
        code: String,
    },
    Undelivered {
        provider_id: Option<String>,
        code: String,
    },
    Sent {
        provider_id: Option<String>,
    },
    /// It surely was not sent.
    SendAgain,
    /// Ask again then; never again, when none: a receipt or a person has to settle it.
    Ask {
        at: Option<Ts>,
    },
}

/// After a day a provider that could not tell will not tell any more.
const ASK_FOR: TimeDelta = TimeDelta::hours(24);

/// Decides about an attempt made at `called_at`. `settle_after` is how long "not there" may still be wrong.
pub fn settle(found: Found, called_at: Ts, settle_after: TimeDelta, now: Ts) -> Settled {
    let age = now - called_at;
    let ask = || {
        let wait = (age / 2).max(settle_after / 4).max(TimeDelta::seconds(1));
        Settled::Ask {
            at: (age < ASK_FOR).then_some(now + wait),
        }
    };
    match found {
        Found::Delivered { provider_id, code } => Settled::Delivered { provider_id, code },
        Found::Undelivered { provider_id, code } => Settled::Undelivered { provider_id, code },
        Found::Accepted { provider_id } => Settled::Sent { provider_id },
        Found::NotThere if age >= settle_after => Settled::SendAgain,
        Found::NotThere | Found::CannotTell => ask(),
    }
}

/// A provider's words for log and console: without what looks like a phone number, on one short line.
pub fn words(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    let flush = |digits: &mut String, out: &mut String| {
        out.push_str(if digits.len() >= 7 { "…" } else { digits.as_str() });
        digits.clear();
    };
    for c in text.chars().take(400) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        flush(&mut digits, &mut out);
        out.push(if c.is_control() { ' ' } else { c });
    }
    flush(&mut digits, &mut out);
    out.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Ts {
        Ts::from_millis(1_772_413_200_000 + seconds * 1000).unwrap()
    }

    fn way(channel: Channel, drivers: &[(usize, Option<Ts>)]) -> Way {
        Way {
            channel,
            address: channel.as_str().into(),
            drivers: drivers.to_vec(),
        }
    }

    fn due<'a>(tried: &'a [Channel], ways: Vec<Way>) -> Due<'a> {
        Due {
            expires_at: None,
            disabled: false,
            test_number: false,
            any_driver: true,
            tried,
            ways,
        }
    }

    #[test]
    fn the_first_channel_whose_driver_works_is_taken() {
        let ways = || {
            vec![
                way(Channel::Wechat, &[(0, Some(at(60)))]),
                way(Channel::Sms, &[(1, Some(at(30))), (2, None)]),
                way(Channel::Mail, &[(3, None)]),
            ]
        };
        let driver = |tried: &[Channel]| match step(due(tried, ways()), at(0)) {
            Step::Send { driver, .. } => driver,
            other => panic!("{other:?}"),
        };
        assert_eq!(driver(&[]), 2);
        assert_eq!(driver(&[Channel::Sms]), 3);
        let all = [Channel::Sms, Channel::Mail];
        assert_eq!(step(due(&all, ways()), at(0)), Step::Wait { until: at(60) });
        let all = [Channel::Sms, Channel::Mail, Channel::Wechat];
        assert_eq!(
            step(due(&all, ways()), at(0)),
            Step::GiveUp {
                reason: "every_channel_failed"
            }
        );
    }

    #[test]
    fn what_may_not_or_cannot_be_sent_is_not() {
        let sms = || vec![way(Channel::Sms, &[(0, None)])];
        let with = |change: fn(&mut Due<'_>)| {
            let mut due = due(&[], sms());
            change(&mut due);
            step(due, at(10))
        };
        assert_eq!(with(|d| d.test_number = true), Step::Capture);
        assert_eq!(with(|d| d.any_driver = false), Step::Capture);
        assert_eq!(with(|d| d.expires_at = Some(at(10))), Step::Expire);
        assert!(matches!(with(|d| d.expires_at = Some(at(11))), Step::Send { .. }));
        assert_eq!(
            with(|d| d.disabled = true),
            Step::GiveUp {
                reason: "account_disabled"
            }
        );
        assert_eq!(with(|d| d.ways.clear()), Step::GiveUp { reason: "no_address" });
        assert_eq!(
            with(|d| d.ways[0].drivers.clear()),
            Step::GiveUp { reason: "no_driver" }
        );
    }

    #[test]
    fn a_failing_driver_rests_longer_each_time_and_recovers_at_once() {
        let mut breaker = Breaker::default();
        breaker.failed(at(0));
        assert_eq!(breaker.resting(at(0)), Some(at(5)));
        // One of the calls that were under way with it.
        breaker.failed(at(1));
        assert_eq!(breaker.resting(at(1)), Some(at(5)));
        assert_eq!(breaker.resting(at(5)), None);
        // One message tries it, the others wait.
        breaker.used(at(5));
        assert_eq!(breaker.resting(at(5)), Some(at(10)));
        breaker.failed(at(5));
        assert_eq!(breaker.resting(at(5)), Some(at(15)));
        breaker.succeeded();
        assert_eq!(breaker, Breaker::default());
        breaker.used(at(20));
        assert_eq!(breaker.resting(at(20)), None);
    }

    #[test]
    fn a_message_is_sent_again_only_when_it_surely_was_not_sent() {
        let grace = TimeDelta::seconds(90);
        assert_eq!(settle(Found::NotThere, at(0), grace, at(90)), Settled::SendAgain);
        assert!(matches!(
            settle(Found::NotThere, at(0), grace, at(89)),
            Settled::Ask { at: Some(_) }
        ));
        for age in [0, 90, 3600, 86_399] {
            assert!(matches!(
                settle(Found::CannotTell, at(0), grace, at(age)),
                Settled::Ask { at: Some(_) }
            ));
        }
        assert_eq!(
            settle(Found::CannotTell, at(0), grace, at(86_400)),
            Settled::Ask { at: None }
        );
    }

    #[test]
    fn words_hold_no_phone_number() {
        assert_eq!(words("13800001234 号码 1234\n错误"), "… 号码 1234 错误");
        assert_eq!(words("code 1069 for +8613800001234"), "code 1069 for +…");
    }

    proptest! {
        #[test]
        fn back_off_grows_and_stays_within_two_and_a_half_hours(bytes: [u8; 16], attempt in 1_u32..200) {
            let id = Id(uuid::Uuid::from_bytes(bytes));
            let (this, next) = (back_off(id, attempt), back_off(id, attempt + 1));
            prop_assert!(this <= next);
            prop_assert!(this >= TimeDelta::seconds(30) && this <= TimeDelta::seconds(9000));
            prop_assert_eq!(this, back_off(id, attempt));
        }
    }
}
