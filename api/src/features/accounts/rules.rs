//! Decisions about log-in: when an account locks, when a second factor or a sent code is accepted, which logins and passwords are fit.

use crate::db::Ts;
use chrono::TimeDelta;
use totp_rs::{Builder, Totp};

/// Shortest password.
pub const PASSWORD_MIN: usize = 10;
/// Longest password: hashing must not be a way to keep the server busy.
pub const PASSWORD_MAX: usize = 128;
/// Two codes to one number are at least this far apart.
pub const SMS_GAP: TimeDelta = TimeDelta::seconds(60);
/// The same for staff and machines: RFC 6238 with SHA-1, six digits, thirty seconds, one step of skew.
const TOTP_STEP_S: u64 = 30;

/// Failures in a row and what they led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    pub failures: i32,
    pub until: Option<Ts>,
}

/// When to lock, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct LockPolicy {
    pub max_failures: i32,
    pub lock: TimeDelta,
}

impl Lock {
    /// Nothing failed.
    pub const CLEAR: Lock = Lock {
        failures: 0,
        until: None,
    };

    /// Seconds until the account opens again, at least one; `None` when it is open.
    pub fn seconds_left(self, now: Ts) -> Option<u64> {
        let left = self.until? - now;
        (left > TimeDelta::zero()).then(|| left.num_seconds().max(1) as u64)
    }

    /// One more failure. A lock that has passed begins a new count; a failure during a lock does not prolong it.
    pub fn after_failure(self, policy: LockPolicy, now: Ts) -> Lock {
        if self.seconds_left(now).is_some() {
            return self;
        }
        let before = if self.until.is_some() { 0 } else { self.failures };
        let failures = before.saturating_add(1);
        Lock {
            failures,
            until: (failures >= policy.max_failures).then(|| now + policy.lock),
        }
    }
}

/// What the caller showed beside the first factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// The account has none.
    NotSetUp,
    /// It has one, and no code came.
    Missing,
    Wrong,
    Right {
        step: i64,
    },
}

/// What follows from both factors and the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Locked { seconds: u64 },
    WrongFirst,
    NeedsSecond,
    WrongSecond,
    Accepted { step: Option<i64> },
}

/// Judges a log-in. During a lock nothing is said about the factors, and of a wrong first factor the second is not told.
pub fn judge(lock: Lock, first_right: bool, second: SecondFactor, now: Ts) -> Verdict {
    if let Some(seconds) = lock.seconds_left(now) {
        return Verdict::Locked { seconds };
    }
    match (first_right, second) {
        (false, _) => Verdict::WrongFirst,
        (true, SecondFactor::NotSetUp) => Verdict::Accepted { step: None },
        (true, SecondFactor::Missing) => Verdict::NeedsSecond,
        (true, SecondFactor::Wrong) => Verdict::WrongSecond,
        (true, SecondFactor::Right { step }) => Verdict::Accepted { step: Some(step) },
    }
}

fn totp(secret: &[u8]) -> Totp {
    // The builder's own checks are about lengths of secrets, which we make ourselves.
    Builder::new()
        .with_secret(secret)
        .with_step_duration(TOTP_STEP_S)
        .build_noncompliant()
}

/// The step a code belongs to, if it is right now and newer than the last accepted one: a code works once.
pub fn totp_step(secret: &[u8], code: &str, last_step: i64, now: Ts) -> Option<i64> {
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = u64::try_from(now.secs()).ok()?;
    let step = totp(secret).check(code, seconds)? as i64;
    (step > last_step).then_some(step)
}

/// What an authenticator app reads.
pub struct TotpEnrolment {
    /// Base 32.
    pub secret: String,
    pub url: String,
}

/// The secret as text and as a link for authenticator apps.
pub fn totp_enrolment(secret: &[u8], account: &str) -> TotpEnrolment {
    let account = account.replace(':', " ");
    let account = if account.trim().is_empty() { "lvzhi" } else { &account };
    let totp = Builder::new()
        .with_secret(secret)
        .with_issuer(Some("lvzhi"))
        .with_account_name(account)
        .build_noncompliant();
    TotpEnrolment {
        secret: totp.secret().to_base32(),
        url: totp
            .to_url()
            .expect("the account's name is neither empty nor has a colon"),
    }
}

/// A code that was sent, as it is kept.
#[derive(Debug, Clone, Copy)]
pub struct SentCode {
    pub tries: i32,
    pub expires_at: Ts,
    pub used: bool,
}

/// What a try at a sent code gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeVerdict {
    Right,
    /// It costs a try.
    Wrong,
    /// Used, expired or tried too often: even the right digits no longer help.
    Dead,
}

/// Judges a try at a sent code.
pub fn judge_code(code: SentCode, matches: bool, max_tries: i32, now: Ts) -> CodeVerdict {
    if code.used || code.expires_at <= now || code.tries >= max_tries {
        CodeVerdict::Dead
    } else if matches {
        CodeVerdict::Right
    } else {
        CodeVerdict::Wrong
    }
}

/// Seconds to wait before a number may get another code: the gap to the newest one, and the limit of the last hour.
///
/// `sent` are the moments of the last hour, newest first.
pub fn sms_wait(sent: &[Ts], per_hour: u32, now: Ts) -> Option<u64> {
    let gap = sent.first().map(|newest| *newest + SMS_GAP);
    let hour = (per_hour as usize)
        .checked_sub(1)
        .and_then(|n| sent.get(n))
        .map(|oldest| *oldest + TimeDelta::hours(1));
    let until = gap.max(hour)?;
    let left = (until - now).num_milliseconds();
    (left > 0).then(|| (left as u64).div_ceil(1000))
}

/// The one spelling of a login: trimmed, lower case.
pub fn normal_login(login: &str) -> String {
    login.trim().to_ascii_lowercase()
}

/// Why a login is not fit; `None` when it is.
pub fn login_problem(login: &str) -> Option<&'static str> {
    let fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-' | b'@');
    if !(3..=64).contains(&login.len()) {
        Some("must have 3 to 64 characters")
    } else if !login.bytes().all(fit) {
        Some("may hold letters a–z, digits and . _ - @")
    } else {
        None
    }
}

/// Why a new password is not fit; `None` when it is.
pub fn password_problem(password: &str, login: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Some("must have at least 10 characters");
    }
    if length > PASSWORD_MAX {
        return Some("may have at most 128 characters");
    }
    if password.chars().collect::<std::collections::HashSet<_>>().len() < 5 {
        return Some("must hold at least 5 different characters");
    }
    if !login.is_empty() && password.to_lowercase().contains(login) {
        return Some("must not contain the login");
    }
    None
}

/// Enough to keep typing mistakes out; whether it is read nobody can know.
pub fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let dots = |t: &str| !t.starts_with('.') && !t.ends_with('.') && !t.contains("..");
    (1..=64).contains(&name.len())
        && name.chars().all(plain)
        && dots(name)
        && domain.contains('.')
        && domain.split('.').all(label)
}

/// `z****@example.com`.
pub fn masked_email(email: &str) -> String {
    let (name, domain) = email.split_once('@').unwrap_or((email, ""));
    format!("{}****@{domain}", name.chars().next().unwrap_or('*'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICY: LockPolicy = LockPolicy {
        max_failures: 5,
        lock: TimeDelta::minutes(15),
    };

    fn at(second: i64) -> Ts {
        Ts::from_millis((1_770_000_000 + second) * 1000).unwrap()
    }

    #[test]
    fn five_failures_lock_for_a_quarter_of_an_hour() {
        let mut lock = Lock::CLEAR;
        for n in 0..4 {
            lock = lock.after_failure(POLICY, at(n));
            assert_eq!(lock.seconds_left(at(n)), None);
        }
        lock = lock.after_failure(POLICY, at(4));
        assert_eq!(lock.seconds_left(at(4)), Some(900));
        assert_eq!(lock.after_failure(POLICY, at(500)), lock, "not prolonged");
        assert_eq!(lock.seconds_left(at(903)), Some(1));
        assert_eq!(lock.seconds_left(at(904)), None);
        assert_eq!(
            lock.after_failure(POLICY, at(904)),
            Lock {
                failures: 1,
                until: None
            },
            "a new count"
        );
    }

    #[test]
    fn a_totp_code_works_once_and_one_step_aside() {
        let secret = b"12345678901234567890";
        let now = at(0);
        let step = now.secs() / 30;
        let code = |step: i64| totp(secret).generate(step as u64 * 30).to_string();
        for s in [step - 1, step, step + 1] {
            assert_eq!(totp_step(secret, &code(s), 0, now), Some(s));
            assert_eq!(totp_step(secret, &code(s), s, now), None, "used");
        }
        assert_eq!(
            totp_step(secret, &code(step - 1), step, now),
            None,
            "older than the last"
        );
        for s in [step - 2, step + 2] {
            assert_eq!(totp_step(secret, &code(s), 0, now), None);
        }
        for bad in ["", "12345", "1234567", "12a456", "１２３４５６"] {
            assert_eq!(totp_step(secret, bad, 0, now), None);
        }
        // RFC 6238, appendix B, cut to six digits.
        assert_eq!(
            totp_step(secret, "287082", 0, Ts::from_millis(59_000).unwrap()),
            Some(1)
        );
    }

    #[test]
    fn enrolment_survives_odd_names() {
        for name in ["张三", "a:b", "", " ", "x y&z"] {
            let enrolment = totp_enrolment(b"12345678901234567890", name);
            assert!(enrolment.url.starts_with("otpauth://totp/lvzhi"), "{}", enrolment.url);
            assert!(enrolment.url.contains(&enrolment.secret));
        }
    }

    #[test]
    fn codes_wait_for_the_gap_and_the_hour() {
        assert_eq!(sms_wait(&[], 5, at(0)), None);
        assert_eq!(sms_wait(&[at(0)], 5, at(0)), Some(60));
        assert_eq!(sms_wait(&[at(0)], 5, at(59)), Some(1));
        assert_eq!(sms_wait(&[at(0)], 5, at(60)), None);
        let five: Vec<Ts> = [400, 300, 200, 100, 0].map(at).to_vec();
        assert_eq!(sms_wait(&five, 5, at(1000)), Some(2600));
        assert_eq!(sms_wait(&five, 5, at(3600)), None);
        assert_eq!(sms_wait(&five[..4], 5, at(1000)), None);
    }

    #[test]
    fn logins_and_passwords_are_fit() {
        assert_eq!(normal_login("  Zhang.San "), "zhang.san");
        for bad in ["ab", "zhang san", "张三三", "a/b"] {
            assert!(login_problem(bad).is_some(), "{bad}");
        }
        assert_eq!(login_problem("zhang.san@bj"), None);
        for bad in [
            "short",
            "aaaaaaaaaaaa",
            "1212121212",
            "My-Zhang.San-1",
            &"长密码一二".repeat(30),
        ] {
            assert!(password_problem(bad, "zhang.san").is_some(), "{bad}");
        }
        assert_eq!(password_problem("履职平台的密码足够长了", "zhang.san"), None);
    }

    proptest! {
        /// Whatever comes in whatever order, an account takes at most `max` wrong factors per lock time.
        #[test]
        fn no_more_wrong_tries_than_the_policy_allows(steps in proptest::collection::vec((0i64..300, any::<bool>()), 1..200), max in 1i32..8) {
            let policy = LockPolicy { max_failures: max, ..POLICY };
            let (mut lock, mut second) = (Lock::CLEAR, 0);
            let mut judged_wrong: Vec<i64> = vec![];
            for (pause, second_factor) in steps {
                second += pause;
                let now = at(second);
                let (first, factor) = if second_factor { (true, SecondFactor::Wrong) } else { (false, SecondFactor::Missing) };
                match judge(lock, first, factor, now) {
                    Verdict::Locked { seconds } => prop_assert!((1..=900).contains(&seconds)),
                    Verdict::WrongFirst | Verdict::WrongSecond => {
                        judged_wrong.push(second);
                        lock = lock.after_failure(policy, now);
                        prop_assert!(lock.failures <= max);
                        prop_assert_eq!(lock.failures == max, lock.seconds_left(now).is_some());
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            // Of any max + 1 wrong tries in a row, the first and the last are a lock time apart.
            for run in judged_wrong.windows(max as usize + 1) {
                prop_assert!(run[max as usize] - run[0] >= 900);
            }
        }

        /// A code is good for `max` tries at most, never after its end, never twice.
        #[test]
        fn a_sent_code_is_guessed_at_most_max_times(tries in proptest::collection::vec((0i64..120, 0u8..10), 1..40), max in 1i32..6) {
            let mut code = SentCode { tries: 0, expires_at: at(300), used: false };
            let (mut second, mut looked, mut accepted) = (0, 0, 0);
            for (pause, digit) in tries {
                second += pause;
                match judge_code(code, digit == 0, max, at(second)) {
                    CodeVerdict::Right => { looked += 1; accepted += 1; code.used = true; prop_assert!(second < 300); }
                    CodeVerdict::Wrong => { looked += 1; code.tries += 1; prop_assert!(second < 300 && accepted == 0); }
                    CodeVerdict::Dead => prop_assert!(second >= 300 || accepted == 1 || looked == max),
                }
            }
            prop_assert!(looked <= max && accepted <= 1);
        }

        #[test]
        fn both_factors_are_needed(failures in 0i32..5, first in any::<bool>(), step in 1i64..1_000_000) {
            let lock = Lock { failures, until: None };
            let accepted = |v| matches!(v, Verdict::Accepted { .. });
            prop_assert_eq!(accepted(judge(lock, first, SecondFactor::Right { step }, at(0))), first);
            prop_assert!(!accepted(judge(lock, first, SecondFactor::Missing, at(0))));
            prop_assert!(!accepted(judge(lock, first, SecondFactor::Wrong, at(0))));
            let locked = Lock { failures, until: Some(at(1)) };
            let verdict = judge(locked, true, SecondFactor::Right { step }, at(0));
            prop_assert!(!accepted(verdict));
        }
    }
}
