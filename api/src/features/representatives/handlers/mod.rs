//! The operations on the roster, by topic.

mod files;
mod import;
mod public;
mod seats;
mod states;
mod view;

use crate::auth::Staff;
use crate::db::{DbConn, Id, Ts};
use crate::features::audit::{self, Actor};
use crate::features::congresses::{self, Congress, Term, UnitKind};
use crate::web::Operations;
use crate::web::{ApiError, ApiResult, RequestId};
use std::collections::HashMap;

pub fn routes(config: &mut impl Operations) {
    config
        .service(files::representative_export_csv)
        .service(files::representative_export_xlsx)
        .service(files::representative_template)
        .service(public::representative_public_list)
        .service(import::representative_import)
        .service(seats::representative_list)
        .service(seats::representative_create)
        .service(seats::representative_get)
        .service(seats::representative_update)
        .service(states::representative_suspend)
        .service(states::representative_resume)
        .service(states::representative_end);
}

/// Who changes something, at what moment, in which request.
struct Change {
    account_id: Id,
    congress_id: Id,
    now: Ts,
    request_id: String,
}

impl Change {
    fn new(staff: &Staff, now: Ts, request_id: RequestId) -> Change {
        Change {
            account_id: staff.account_id,
            congress_id: staff.congress_id,
            now,
            request_id: request_id.0,
        }
    }

    fn record(&self, c: &mut DbConn, action: &str, subject: Option<Id>, detail: serde_json::Value) -> ApiResult<()> {
        let line = audit::Line {
            congress_id: Some(self.congress_id),
            actor: Actor::Account(self.account_id),
            action,
            subject_kind: "representative",
            subject_id: subject,
            detail,
            request_id: Some(&self.request_id),
        };
        Ok(audit::record(c, line, self.now)?)
    }
}

/// The term that is asked for, or the current one.
fn term(c: &mut DbConn, congress: &Congress, asked: Option<Id>, now: Ts) -> ApiResult<Term> {
    match asked {
        Some(id) => congresses::term(c, id)?
            .filter(|t| t.congress_id == congress.id)
            .ok_or_else(|| ApiError::field("term_id", "unknown", "is no term of this congress")),
        None => congresses::current_term(c, congress, now)?
            .ok_or_else(|| ApiError::field("term_id", "required", "the congress has no term yet; enter one first")),
    }
}

/// The names of the units of a congress.
fn unit_names(c: &mut DbConn, congress: Id) -> ApiResult<HashMap<Id, String>> {
    let units = congresses::units(c, congress, None)?;
    Ok(units
        .into_iter()
        .filter(|u| u.kind != UnitKind::Station)
        .map(|u| (u.id, u.name))
        .collect())
}

/// For garde: no control or invisible characters, no space around.
fn plain(text: &str, _: &()) -> garde::Result {
    if congresses::is_plain(text) {
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

/// The patterns of a search; nothing when it is empty.
fn search(q: Option<String>) -> ApiResult<Option<super::store::Search>> {
    let Some(q) = q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty()) else {
        return Ok(None);
    };
    if q.chars().count() > 64 || q.contains('\0') {
        return Err(ApiError::field("q", "invalid", "must have at most 64 characters"));
    }
    let spelled: String = q.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    Ok(Some(super::store::Search {
        pinyin: congresses::contains_pattern(&spelled),
        number: congresses::contains_pattern(&q)[1..].to_owned(),
        name: congresses::contains_pattern(&q),
    }))
}
