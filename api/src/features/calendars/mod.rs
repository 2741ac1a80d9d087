//! The national calendar of working days: published to everybody, imported by hand, and applied to open deadlines.
//!
//! The program holds the years it was built with; a year that was imported lies over it. When a calendar changes, every open
//! deadline that it may touch is computed again in the same transaction, and the people whose date moved are told.
//! A deadline that was started beside an import, or before an upgrade that brought a new year, is found by the job.

mod handlers;
mod jobs;
mod store;

use crate::calendar::{Calendar, CalendarDay, CalendarYear};
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::congresses;
use crate::notify::{self, Notice, Template};
use crate::reminders::{self, Moved};
use crate::secrets::Secrets;
use crate::web::Operations;
use crate::web::{ApiError, ApiResult, ErrorCode, FieldError};
use chrono::NaiveDate;
use serde_json::json;
use std::collections::BTreeMap;

pub use jobs::settle_provisional;

/// The calendar as it is now: what the program holds, overlaid with what was imported.
pub fn current(c: &mut DbConn) -> QueryResult<Calendar> {
    let mut calendar = Calendar::built_in();
    for row in store::years(c)? {
        match serde_json::from_value(row.days.0) {
            Ok(days) => {
                calendar = calendar.with(CalendarYear {
                    year: row.year,
                    published: row.published,
                    version: row.version,
                    days,
                });
            }
            Err(e) => {
                tracing::error!(year = row.year, error = %e, "an imported calendar is unreadable; the held one is used")
            }
        }
    }
    Ok(calendar)
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct Imported {
    pub year: i32,
    pub version: i32,
    /// False when the calendar says this already; then nothing was written.
    pub changed: bool,
    pub moved: Vec<Moved>,
}

/// Who imports: `congress_id` and account of a request, neither at the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct By<'a> {
    pub congress_id: Option<Id>,
    pub account_id: Option<Id>,
    pub request_id: Option<&'a str>,
}

/// Takes a year's notice over, computes again what it touches and tells the people whose dates moved.
///
/// Whatever version the given year names is ignored: each notice that differs from the one before it is the next.
pub fn import(c: &mut DbConn, secrets: &Secrets, mut year: CalendarYear, by: By<'_>, now: Ts) -> ApiResult<Imported> {
    let problems = year.problems();
    if !problems.is_empty() {
        let field = |p: crate::calendar::YearProblem| FieldError {
            field: p.field,
            code: "invalid".into(),
            message: p.message,
        };
        return Err(ApiError {
            errors: problems.into_iter().map(field).collect(),
            ..ApiError::new(ErrorCode::ValidationFailed)
        });
    }
    year.days.sort_by_key(|d| d.date);
    let calendar = current(c)?;
    let (old_version, same) = calendar.year(year.year).map_or((0, false), |old| {
        (old.version, old.published && sorted(&old.days) == year.days)
    });
    year.version = if same { old_version } else { old_version + 1 };
    let mut imported = Imported {
        year: year.year,
        version: year.version,
        changed: !same,
        moved: vec![],
    };
    if same {
        return Ok(imported);
    }
    let row = store::YearRow {
        year: year.year,
        published: true,
        version: year.version,
        days: Json(serde_json::to_value(&year.days).map_err(ApiError::internal)?),
        imported_at: now,
        imported_by: by.account_id,
    };
    // Two imports at once: whoever comes second sees another version than it built on.
    if !store::put(c, &row, old_version)? {
        return Err(ErrorCode::Conflict.into());
    }
    let first_day = year.first_day();
    imported.moved = apply(c, secrets, &calendar.with(year), first_day, now)?;
    let line = Line {
        congress_id: by.congress_id,
        actor: by.account_id.map_or(Actor::System, Actor::Account),
        action: "calendar.import",
        subject_kind: "calendar",
        subject_id: None,
        detail: json!({ "year": imported.year, "version": imported.version, "moved": imported.moved.len() }),
        request_id: by.request_id,
    };
    audit::record(c, line, now)?;
    Ok(imported)
}

fn sorted(days: &[CalendarDay]) -> Vec<CalendarDay> {
    let mut days = days.to_vec();
    days.sort_by_key(|d| d.date);
    days
}

/// Computes again what a calendar that speaks of days from `first_day` on may touch, and tells the people.
fn apply(
    c: &mut DbConn,
    secrets: &Secrets,
    calendar: &Calendar,
    first_day: NaiveDate,
    now: Ts,
) -> QueryResult<Vec<Moved>> {
    let moved = reminders::recompute(c, calendar, first_day, &mut congresses::local, now)?;
    let mut by_person: BTreeMap<(Id, Id), Vec<&Moved>> = BTreeMap::new();
    for m in &moved {
        for who in reminders::people(c, m.deadline.id)? {
            let of_person = by_person.entry((who.account_id, m.deadline.congress_id));
            of_person.or_default().push(m);
        }
    }
    let mut notices = vec![];
    for ((account_id, congress_id), of_person) in by_person {
        let most = congresses::local(c, congress_id)?.rules.digest_from as usize;
        let notice = |template, params, subject| Notice {
            congress_id: Some(congress_id),
            account_id,
            template,
            params,
            subject,
            expires_at: None,
        };
        if of_person.len() >= most {
            let first = of_person.iter().map(|m| m.to).min().unwrap_or(first_day);
            let params = json!({ "count": of_person.len().to_string(), "first_due": first.to_string() });
            notices.push(notice(Template::DeadlineMovedMany, params, None));
        } else {
            notices.extend(of_person.into_iter().map(|m| {
                let params = json!({ "title": m.deadline.title, "from": m.from.to_string(), "to": m.to.to_string() });
                let subject = (m.deadline.subject_kind.as_str(), m.deadline.subject_id);
                notice(Template::DeadlineMoved, params, Some(subject))
            }));
        }
    }
    notify::notify_all(c, secrets, notices, now)?;
    Ok(moved)
}

pub fn routes(config: &mut impl Operations) {
    config
        .service(handlers::calendar_list)
        // Before `/calendars/{year}`, which would take it for a year.
        .service(handlers::calendar_due)
        .service(handlers::calendar_get)
        .service(handlers::calendar_import);
}
