//! Old clients: those made for a contract that this server no longer keeps are told to update.

use super::error::ErrorCode;
use actix_web::dev::ServiceRequest;

/// Our own clients send the version of the contract they were made from; others need not.
const HEADER: &str = "lvzhi-client";

/// The oldest contract whose clients still work here. Raise it together with a breaking change of the contract.
const OLDEST: [u64; 3] = [0, 1, 0];

/// Refuses clients that say that they are too old.
pub fn check(request: &ServiceRequest) -> Result<(), ErrorCode> {
    let said = request.headers().get(HEADER).and_then(|v| v.to_str().ok());
    match said.and_then(version) {
        Some(version) if version < OLDEST => Err(ErrorCode::ClientOutdated),
        _ => Ok(()),
    }
}

fn version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.trim().splitn(3, '.').map(|part| part.parse().ok());
    let version = [parts.next()??, parts.next()??, parts.next()??];
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_versions_as_numbers() {
        assert!(version("0.0.99").unwrap() < OLDEST);
        assert!(version("0.10.0").unwrap() > version("0.9.9").unwrap());
        assert_eq!(version("1.2"), None);
        assert_eq!(version("1.2.x"), None);
        assert_eq!(version(""), None);
    }
}
