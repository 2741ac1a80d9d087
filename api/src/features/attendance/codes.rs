//! The codes that prove presence in the hall: a rotating token in the QR code, a short one to type, and the
//! ticket that a scanned token is exchanged for.

use crate::db::{Id, Ts};
use crate::secrets::{Secrets, b64, same, unb64};
use crate::web::ErrorCode;

/// Seconds for which a QR code is shown. The one before is accepted too, so a scan has at least this long.
pub const QR_STEP_S: i64 = 15;
/// Seconds for which a code to type is shown: typing takes longer than scanning.
pub const TYPED_STEP_S: i64 = 60;
/// Seconds a ticket is good for: enough to log in by SMS after scanning.
pub const TICKET_S: i64 = 300;
/// Bytes of the MAC in tokens: 96 bits cannot be guessed within a step.
const MAC: usize = 12;

fn step(now: Ts, length: i64) -> u32 {
    (now.secs() / length) as u32
}

/// The end of the step of `now`.
pub fn step_ends(now: Ts, length: i64) -> Ts {
    Ts::from_millis((now.secs() / length + 1) * length * 1000).expect("steps lie within the calendar")
}

/// The token in the QR code at `now`.
pub fn hall_token(secrets: &Secrets, sitting: Id, now: Ts) -> String {
    let step = step(now, QR_STEP_S).to_be_bytes();
    let mac = secrets.hall_mac(&[b"hall", sitting.bytes(), &step]);
    b64(&[sitting.bytes().as_slice(), &step, &mac[..MAC]].concat())
}

/// The sitting of a token that is genuine and not older than one step.
pub fn check_hall_token(secrets: &Secrets, token: &str, now: Ts) -> Result<Id, ErrorCode> {
    let bytes = unb64(token)
        .filter(|b| b.len() == 20 + MAC)
        .ok_or(ErrorCode::CodeInvalid)?;
    let (sitting, rest) = bytes.split_at(16);
    let (at, mac) = rest.split_at(4);
    if !same(&secrets.hall_mac(&[b"hall", sitting, at])[..MAC], mac) {
        return Err(ErrorCode::CodeInvalid);
    }
    let at = u32::from_be_bytes(at.try_into().expect("4 bytes"));
    let current = step(now, QR_STEP_S);
    // A step ahead can only come from another of our processes whose clock is a little faster.
    if at > current + 1 || at + 1 < current {
        return Err(ErrorCode::CodeExpired);
    }
    Ok(Id(uuid::Uuid::from_slice(sitting).expect("16 bytes")))
}

fn typed_at(secrets: &Secrets, sitting: Id, step: u32) -> String {
    let mac = secrets.hall_mac(&[b"typed", sitting.bytes(), &step.to_be_bytes()]);
    let n = u64::from_be_bytes(mac[..8].try_into().expect("8 bytes")) % 1_000_000;
    format!("{n:06}")
}

/// The six digits to type at `now`.
pub fn typed_code(secrets: &Secrets, sitting: Id, now: Ts) -> String {
    typed_at(secrets, sitting, step(now, TYPED_STEP_S))
}

/// Accepts the digits of this step and of the one before; spaces and full-width digits are forgiven.
pub fn check_typed_code(secrets: &Secrets, sitting: Id, typed: &str, now: Ts) -> Result<(), ErrorCode> {
    let digits: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c {
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            c => c,
        })
        .collect();
    let current = step(now, TYPED_STEP_S);
    let good = [current, current - 1]
        .iter()
        .any(|s| same(typed_at(secrets, sitting, *s).as_bytes(), digits.as_bytes()));
    if good { Ok(()) } else { Err(ErrorCode::CodeInvalid) }
}

/// A ticket for whoever scanned on `device`, and when it ends.
pub fn ticket(secrets: &Secrets, sitting: Id, device: &str, now: Ts) -> (String, Ts) {
    let ends = (now.secs() + TICKET_S) as u32;
    let mac = ticket_mac(secrets, sitting.bytes(), device, ends);
    let text = b64(&[sitting.bytes().as_slice(), &ends.to_be_bytes(), &mac[..MAC]].concat());
    (
        text,
        Ts::from_millis(i64::from(ends) * 1000).expect("within the calendar"),
    )
}

fn ticket_mac(secrets: &Secrets, sitting: &[u8], device: &str, ends: u32) -> [u8; 32] {
    secrets.hall_mac(&[b"ticket", sitting, &ends.to_be_bytes(), device.as_bytes()])
}

/// The sitting of a genuine ticket of this device.
pub fn check_ticket(secrets: &Secrets, ticket: &str, device: &str, now: Ts) -> Result<Id, ErrorCode> {
    let bytes = unb64(ticket)
        .filter(|b| b.len() == 20 + MAC)
        .ok_or(ErrorCode::CodeInvalid)?;
    let (sitting, rest) = bytes.split_at(16);
    let (ends, mac) = rest.split_at(4);
    let ends = u32::from_be_bytes(ends.try_into().expect("4 bytes"));
    if !same(&ticket_mac(secrets, sitting, device, ends)[..MAC], mac) {
        return Err(ErrorCode::CodeInvalid);
    }
    if i64::from(ends) <= now.secs() {
        return Err(ErrorCode::CodeExpired);
    }
    Ok(Id(uuid::Uuid::from_slice(sitting).expect("16 bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn secrets() -> Secrets {
        Secrets::new(b"a secret of at least thirty-two bytes")
    }
    fn at(secs: i64) -> Ts {
        Ts::from_millis(secs * 1000).unwrap()
    }

    proptest! {
        /// A code is good in its own step and the next, and never after.
        #[test]
        fn a_code_lives_for_its_step_and_the_next(start in 1_700_000_000i64..1_900_000_000, wait in 0i64..200) {
            let (s, sitting, now) = (secrets(), Id::new(), at(start));
            let later = now + TimeDelta::seconds(wait);
            let steps = (start + wait) / QR_STEP_S - start / QR_STEP_S;
            let answer = check_hall_token(&s, &hall_token(&s, sitting, now), later);
            prop_assert_eq!(answer, if steps <= 1 { Ok(sitting) } else { Err(ErrorCode::CodeExpired) });
            let typed = check_typed_code(&s, sitting, &typed_code(&s, sitting, now), later);
            let steps = (start + wait) / TYPED_STEP_S - start / TYPED_STEP_S;
            // A later step can show the same digits by chance, so only the living side is certain.
            if steps <= 1 { prop_assert_eq!(typed, Ok(())); }
        }

        /// No flipped bit is accepted.
        #[test]
        fn a_forged_code_is_refused(bit in 0usize..256) {
            let (s, now) = (secrets(), at(1_800_000_000));
            let mut bytes = unb64(&hall_token(&s, Id::new(), now)).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(check_hall_token(&s, &b64(&bytes), now), Err(ErrorCode::CodeInvalid));
            let mut bytes = unb64(&ticket(&s, Id::new(), "phone", now).0).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(check_ticket(&s, &b64(&bytes), "phone", now), Err(ErrorCode::CodeInvalid));
        }
    }

    #[test]
    fn a_ticket_is_bound_to_its_device_and_ends() {
        let (s, sitting, now) = (secrets(), Id::new(), at(1_800_000_000));
        let (text, ends) = ticket(&s, sitting, "phone", now);
        assert_eq!(check_ticket(&s, &text, "phone", now), Ok(sitting));
        assert_eq!(check_ticket(&s, &text, "other", now), Err(ErrorCode::CodeInvalid));
        assert_eq!(check_ticket(&s, &text, "phone", ends), Err(ErrorCode::CodeExpired));
        assert_eq!(check_hall_token(&s, &text, now), Err(ErrorCode::CodeInvalid));
    }

    #[test]
    fn typing_is_forgiven() {
        let (s, sitting, now) = (secrets(), Id::new(), at(1_800_000_000));
        let code = typed_code(&s, sitting, now);
        let wide: String = code
            .chars()
            .map(|c| char::from_u32('０' as u32 + (c as u32 - '0' as u32)).unwrap())
            .collect();
        assert_eq!(
            check_typed_code(&s, sitting, &format!(" {} {}", &code[..3], &code[3..]), now),
            Ok(())
        );
        assert_eq!(check_typed_code(&s, sitting, &wide, now), Ok(()));
        assert_eq!(check_typed_code(&s, sitting, "", now), Err(ErrorCode::CodeInvalid));
    }
}
