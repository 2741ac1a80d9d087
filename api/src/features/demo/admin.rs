//! The first administrator of a congress, made on the command line because nobody could log in to make one.

use super::store::{self, NewStaff};
use crate::auth::Role;
use crate::db::{Id, Json};
use crate::features::congresses::{Congress, Level};
use crate::features::{Services, audit};
use crate::web::{ApiError, ApiResult, ErrorCode};

/// Whom to make.
#[derive(Debug, Clone)]
pub struct NewAdmin {
    pub congress: String,
    pub level: Level,
    pub region: String,
    pub login: String,
    pub password: String,
}

/// Makes the administrator, and the congress if no congress has the region code; gives the congress.
pub async fn create_admin(s: &Services, new: NewAdmin) -> ApiResult<Id> {
    if new.password.chars().count() < 12 {
        return Err(ApiError::field("password", "invalid", "needs at least 12 characters"));
    }
    if new.login.trim().is_empty() || new.congress.trim().is_empty() || new.region.trim().is_empty() {
        return Err(ApiError::new(ErrorCode::ValidationFailed).detail("congress, region and login must not be empty"));
    }
    let password_hash = store::hash_password(&new.password);
    let (secrets, now) = (s.secrets.clone(), s.clock.now());
    s.db.write(move |c| {
        if store::login_exists(c, &new.login)? {
            return Err(ApiError::new(ErrorCode::AlreadyExists).detail("an account has this login"));
        }
        let congress_id = match store::congress_by_region(c, &new.region)? {
            Some((id, level)) if level == new.level => id,
            Some((_, level)) => {
                let text = format!("the congress of {} is of level {level}", new.region);
                return Err(ApiError::new(ErrorCode::Conflict).detail(text));
            }
            None => {
                let congress = Congress {
                    id: Id::new(),
                    parent_id: None,
                    level: new.level,
                    short_name: new.congress.trim_end_matches("人民代表大会").to_owned(),
                    name: new.congress,
                    region_code: new.region,
                    settings: Json(serde_json::json!({})),
                    created_at: now,
                };
                let id = congress.id;
                store::insert_congresses(c, &[congress])?;
                record(c, id, "congress.create", "congress", id, now)?;
                id
            }
        };
        let staff = NewStaff {
            congress_id,
            name: &new.login,
            login: &new.login,
            password_hash: &password_hash,
            totp_secret: None,
            role: Role::Admin,
            organisation_id: None,
        };
        let account = store::staff_account(c, &secrets, &staff, now)?;
        record(c, congress_id, "staff.create", "account", account, now)?;
        Ok(congress_id)
    })
    .await
}

fn record(
    c: &mut crate::db::DbConn,
    congress: Id,
    action: &str,
    subject_kind: &str,
    subject: Id,
    now: crate::db::Ts,
) -> ApiResult<()> {
    let line = audit::Line {
        congress_id: Some(congress),
        actor: audit::Actor::System,
        action,
        subject_kind,
        subject_id: Some(subject),
        detail: serde_json::json!({ "by": "command line" }),
        request_id: None,
    };
    Ok(audit::record(c, line, now)?)
}
