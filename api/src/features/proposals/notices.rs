//! Messages about proposals: who is told what, written with the change that they tell of.

use super::SignatoryState;
use super::flow::Flow;
use super::store::{self, Handling, NOTHING_DUE};
use crate::auth::Role;
use crate::db::Id;
use crate::features::congresses;
use crate::notify::{self, Notice, Template};
use crate::web::ApiResult;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Writes a message to each of these accounts once; number and title are added to the parameters.
pub fn tell(flow: &mut Flow<'_>, to: impl IntoIterator<Item = Id>, template: Template, params: Value) -> ApiResult<()> {
    let mut all = json!({ "number": flow.p.number.clone().unwrap_or_default(), "title": flow.p.title });
    if let (Some(all), Some(params)) = (all.as_object_mut(), params.as_object()) {
        all.extend(params.clone());
    }
    for account_id in to.into_iter().collect::<BTreeSet<Id>>() {
        let notice = Notice {
            congress_id: Some(flow.p.congress_id),
            account_id,
            template,
            params: all.clone(),
            subject: Some(("proposal", flow.p.id)),
            expires_at: None,
        };
        notify::notify(flow.c, flow.secrets, notice, flow.now)?;
    }
    Ok(())
}

/// Everybody who signed.
pub fn signers(flow: &mut Flow<'_>) -> ApiResult<Vec<Id>> {
    let all = store::signatories(flow.c, flow.p.id)?;
    let signed = all.into_iter().filter(|(s, _)| s.state == SignatoryState::Signed);
    Ok(signed.map(|(s, _)| s.account_id).collect())
}

/// The author alone.
pub fn author(flow: &mut Flow<'_>) -> ApiResult<Vec<Id>> {
    Ok(store::author_account(flow.c, flow.p.author_id)?.into_iter().collect())
}

/// Those who handle a part.
pub fn handlers(flow: &mut Flow<'_>, h: &Handling) -> ApiResult<Vec<Id>> {
    let handlers = store::handlers_of(flow.c, h.congress_id, h.organisation_id)?;
    Ok(handlers.into_iter().map(|(account, _)| account).collect())
}

/// 督办.
pub fn supervisors(flow: &mut Flow<'_>) -> ApiResult<Vec<Id>> {
    Ok(store::staff_with(flow.c, flow.p.congress_id, &[Role::Supervisor])?)
}

/// The name of an organisation.
pub fn organisation(flow: &mut Flow<'_>, id: Id) -> ApiResult<String> {
    let found = congresses::organisations(flow.c, &[id])?.pop();
    Ok(found.map(|o| o.name).unwrap_or_default())
}

/// A due date as a parameter; empty when nothing is due.
pub fn due(h: &Handling) -> String {
    if h.due_on == NOTHING_DUE {
        String::new()
    } else {
        h.due_on.to_string()
    }
}
