//! Messages as staff see them: was this person warned; dead letters tried again, doubts settled; texts; providers' receipts.

mod handlers;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult};
use crate::notify::{self, OutboxState};
use crate::web::Operations;

/// A message of a congress. Log-in codes of people without a seat belong to none and are nobody's business.
pub struct MessageOf {
    pub id: Id,
    pub congress_id: Id,
    pub state: OutboxState,
}

impl Resource for MessageOf {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        let found = notify::congress_of(c, id)?;
        Ok(found.map(|(congress_id, state)| MessageOf { id, congress_id, state }))
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}

pub fn routes(config: &mut impl Operations) {
    handlers::routes(config);
}
