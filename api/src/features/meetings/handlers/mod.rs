//! The operations on meetings, sittings and rosters.

mod meetings;
mod roster;
mod sittings;

use crate::auth::Staff;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::web::Operations;
use crate::web::RequestId;

pub fn routes(config: &mut impl Operations) {
    config
        .service(meetings::meeting_list)
        .service(meetings::meeting_create)
        .service(meetings::meeting_get)
        .service(meetings::meeting_update)
        .service(meetings::meeting_cancel)
        .service(sittings::sitting_list)
        .service(sittings::sitting_create)
        .service(sittings::sitting_get)
        .service(sittings::sitting_update)
        .service(sittings::sitting_open)
        .service(sittings::sitting_close)
        .service(roster::roster_list)
        .service(roster::roster_update)
        .service(roster::roster_entry_create)
        .service(roster::roster_entry_delete);
}

/// Who makes a change and in which request, for its audit line.
struct By {
    congress_id: Id,
    account_id: Id,
    request_id: String,
    at: Ts,
}

impl By {
    fn new(staff: &Staff, request: RequestId, at: Ts) -> By {
        By {
            congress_id: staff.congress_id,
            account_id: staff.account_id,
            request_id: request.0,
            at,
        }
    }

    /// Writes the audit line of a change; `action` is `kind.verb`.
    fn did(&self, c: &mut DbConn, action: &str, subject: Id, detail: serde_json::Value) -> QueryResult<()> {
        let kind = action.split('.').next().unwrap_or(action);
        let line = Line {
            congress_id: Some(self.congress_id),
            actor: Actor::Account(self.account_id),
            action,
            subject_kind: kind,
            subject_id: Some(subject),
            detail,
            request_id: Some(&self.request_id),
        };
        audit::record(c, line, self.at)
    }
}
