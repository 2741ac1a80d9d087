//! Handlers of the audit: the list of lines, and the check of the whole chain.

use super::store::{self, LineFilter, LineRow};
use super::{ActorKind, AuditOf, Breach, Source, verify};
use crate::auth::access::ReadAudit;
use crate::auth::{Allowed, Keyring};
use crate::clock::Clock;
use crate::db::{Db, DbError, Id, Ts};
use crate::kv::Kv;
use crate::web::{ApiError, ApiResult, Page, PageQuery, limit};
use actix_web::get;
use actix_web::web::{Data, Json, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// The account or gate that acted.
    pub actor_id: Option<Id>,
    /// The kind of thing, for example `sitting`.
    #[param(max_length = 100)]
    pub subject_kind: Option<String>,
    /// The thing itself.
    pub subject_id: Option<Id>,
    /// What was done, for example `sitting.open`.
    #[param(max_length = 100)]
    pub action: Option<String>,
    /// From this moment on.
    pub from: Option<Ts>,
    /// Before this moment.
    pub to: Option<Ts>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One thing that was done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditLine {
    pub id: Id,
    pub at: Ts,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Id>,
    /// The account's present name.
    #[schema(example = "王秘书")]
    pub actor_name: Option<String>,
    #[schema(example = "sitting.open")]
    pub action: String,
    #[schema(example = "sitting")]
    pub subject_kind: String,
    pub subject_id: Option<Id>,
    /// What else is worth knowing; depends on the action, never holds phone numbers or codes.
    #[schema(value_type = Object, example = json!({"seats_total": 523}))]
    pub detail: serde_json::Value,
    /// The request that did it, as in the log.
    pub request_id: Option<String>,
}

fn line((row, actor_name): (LineRow, Option<String>)) -> AuditLine {
    AuditLine {
        id: row.id,
        at: row.at,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        actor_name,
        action: row.action,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        detail: row.detail.0,
        request_id: row.request_id,
    }
}

/// List what was done in a congress.
///
/// Newest first. Sign-ins are their own audit lines and are listed with the attendance of their sitting.
#[utoipa::path(tag = "audit", params(("id" = Id, Path, description = "The congress"), AuditQuery),
    responses((status = 200, body = Page<AuditLine>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/audit")]
pub async fn audit_list(
    congress: Allowed<AuditOf, ReadAudit>,
    query: Query<AuditQuery>,
    db: Data<Db>,
) -> ApiResult<Json<Page<AuditLine>>> {
    let query = query.into_inner();
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let (limit, after) = (page.limit()?, page.after::<Id>()?);
    let filter = LineFilter {
        actor_id: query.actor_id,
        subject_kind: query.subject_kind,
        subject_id: query.subject_id,
        action: query.action,
        from: query.from,
        to: query.to,
    };
    let id = congress.0;
    let rows = db
        .read(move |c| store::lines(c, id, filter, after, limit + 1).map_err(DbError::from))
        .await?;
    Ok(Json(Page::of(rows, limit, |(r, _)| r.id, line)))
}

/// Whether the audit is as it was written.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AuditCheck {
    /// True when no sealed line, sign-in or seal was touched, removed or inserted.
    pub whole: bool,
    /// True when lines wait for a seal for more than half an hour: no worker runs, or the newest seals were removed.
    pub overdue: bool,
    pub checked_at: Ts,
    /// The first thing that was touched, if it belongs to this congress.
    #[schema(nullable = true)]
    pub first_touched: Option<TouchedRow>,
}

/// A row that is not as it was sealed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TouchedRow {
    pub breach: Breach,
    pub source: Source,
    /// The line, or the roster entry of the sign-in.
    pub row_id: Id,
    /// Number of the seal that proves it.
    pub seal: i64,
}

/// Check the sealed audit.
///
/// Walks through the whole chain of the installation: hashes, signatures and every row. It takes a while when there
/// are many; a congress may ask ten times a minute.
#[utoipa::path(tag = "audit", params(("id" = Id, Path, description = "The congress")),
    responses((status = 200, body = AuditCheck)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/audit/verify")]
pub async fn audit_verify(
    congress: Allowed<AuditOf, ReadAudit>,
    db: Data<Db>,
    keys: Data<Keyring>,
    clock: Data<Clock>,
    kv: Data<Kv>,
) -> ApiResult<Json<AuditCheck>> {
    let now = clock.now();
    limit::hit(&kv, now, "audit_verify", &congress.0.to_string(), 10, 60).await?;
    keys.reload().await?;
    let keys = keys.get_ref().clone();
    let verdict = db
        .read(move |c| verify::verify(c, &keys, now).map_err(ApiError::from))
        .await?;
    let whole = verdict.is_whole();
    let ours = verdict.broken.filter(|b| b.congress_id == Some(congress.0));
    Ok(Json(AuditCheck {
        whole,
        overdue: verdict.overdue > 0,
        checked_at: now,
        first_touched: ours.and_then(|b| {
            Some(TouchedRow {
                breach: b.breach,
                source: b.source?,
                row_id: b.row_id?,
                seal: b.seal,
            })
        }),
    }))
}
