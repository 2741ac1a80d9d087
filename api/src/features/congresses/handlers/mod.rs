//! The operations on congresses, by topic.

mod bodies;
mod congresses;
mod structure;
mod units;

use crate::auth::Staff;
use crate::db::{DbConn, Id, Ts};
use crate::features::audit::{self, Actor};
use crate::web::Operations;
use crate::web::{ApiError, ApiResult, ErrorCode, RequestId};
use chrono::NaiveDate;

pub fn routes(config: &mut impl Operations) {
    config
        .service(congresses::congress_list)
        .service(congresses::congress_get)
        .service(congresses::congress_create)
        .service(congresses::congress_update)
        .service(congresses::congress_settings_get)
        .service(structure::term_list)
        .service(structure::term_create)
        .service(structure::congress_session_list)
        .service(structure::congress_session_create)
        .service(structure::organisation_list)
        .service(structure::organisation_create)
        .service(bodies::body_list)
        .service(bodies::body_create)
        .service(bodies::body_member_list)
        .service(bodies::body_member_update)
        .service(units::unit_list)
        .service(units::unit_create)
        .service(units::unit_update);
}

/// Who changes something, at what moment, in which request: what every audit line begins with.
struct Change {
    account_id: Id,
    now: Ts,
    request_id: String,
}

impl Change {
    fn new(staff: &Staff, now: Ts, request_id: RequestId) -> Change {
        Change {
            account_id: staff.account_id,
            now,
            request_id: request_id.0,
        }
    }

    /// Writes the audit line of `action` (`kind.verb`).
    fn record(&self, c: &mut DbConn, congress: Id, action: &str, id: Id, detail: serde_json::Value) -> ApiResult<()> {
        let line = audit::Line {
            congress_id: Some(congress),
            actor: Actor::Account(self.account_id),
            action,
            subject_kind: action.split('.').next().unwrap_or(action),
            subject_id: Some(id),
            detail,
            request_id: Some(&self.request_id),
        };
        Ok(audit::record(c, line, self.now)?)
    }
}

/// Public lists answer `not_found` for a congress that does not exist, not an empty list.
fn known(c: &mut DbConn, congress: Id) -> ApiResult<()> {
    super::store::congress(c, congress)?
        .map(drop)
        .ok_or_else(|| ErrorCode::NotFound.into())
}

fn ordered(starts_on: NaiveDate, ends_on: NaiveDate) -> ApiResult<()> {
    if ends_on < starts_on {
        return Err(ApiError::field("ends_on", "invalid", "must not be before starts_on"));
    }
    let years = 1950..=2200;
    use chrono::Datelike;
    if !years.contains(&starts_on.year()) || !years.contains(&ends_on.year()) {
        return Err(ApiError::field(
            "starts_on",
            "invalid",
            "the year must lie between 1950 and 2200",
        ));
    }
    Ok(())
}

/// For garde: no control or invisible characters, no space around.
fn plain(text: &str, _: &()) -> garde::Result {
    if super::is_plain(text) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must not hold control or invisible characters, nor begin or end with a space",
        ))
    }
}

/// [`plain`] for what may be absent.
fn plain_opt(text: &Option<String>, context: &()) -> garde::Result {
    text.as_deref().map_or(Ok(()), |text| plain(text, context))
}
