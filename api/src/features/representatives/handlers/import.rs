//! Brings a roster in: a preview first, then all or nothing.

use super::{Change, term};
use crate::auth::Allowed;
use crate::auth::access::ManageRepresentatives;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Id};
use crate::features::congresses::Congress;
use crate::features::representatives::import::check::{ImportPreviewRow, check, is_header};
use crate::features::representatives::import::plan::{self, Prepared, Target};
use crate::secrets::Secrets;
use crate::sheets::{self, ImportProblem, Limits};
use crate::web::files::{ImportForm, Workbook, upload};
use crate::web::{ApiError, ApiResult, RequestId};
use actix_web::web::{self, Data, Query, block};
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Default: the current term.
    pub term_id: Option<Id>,
    /// False: only a preview, nothing is written.
    #[serde(default)]
    #[param(default = false)]
    pub commit: bool,
    /// Make delegations, groups and districts that the roster names and that do not exist.
    #[serde(default)]
    #[param(default = false)]
    pub create_units: bool,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    pub committed: bool,
    pub term_id: Id,
    /// Rows of data in the file.
    #[schema(example = 300)]
    pub rows: usize,
    #[schema(example = 12)]
    pub created: usize,
    #[schema(example = 3)]
    pub updated: usize,
    /// Rows that say what is already known.
    #[schema(example = 285)]
    pub unchanged: usize,
    /// Delegations, groups and districts made.
    #[schema(example = 0)]
    pub units_created: usize,
    /// All problems; `problems` lists the first 500.
    #[schema(example = 0)]
    pub problem_count: usize,
    pub problems: Vec<ImportProblem>,
    /// The first 50 rows as they were read.
    pub preview: Vec<ImportPreviewRow>,
}

/// Import a roster
///
/// CSV (UTF-8, UTF-16 or GB18030; comma, semicolon or tab) or XLSX, as the field `file` of a form or as the
/// body. Without `commit` nothing is written: the answer is a preview with every problem by row and column.
/// With `commit` all rows are written or none. A 代表证号 that exists in the term is changed, another is
/// created; columns that the file does not have stay as they are.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path), ImportQuery),
    request_body(content(
        (ImportForm = "multipart/form-data"),
        (String = "text/csv"),
        (Workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )),
    responses((status = 200, body = ImportReport)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["bad_request", "import_too_large", "import_unreadable", "import_has_problems", "already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/representatives/import")]
#[allow(clippy::too_many_arguments)]
pub async fn representative_import(
    congress: Allowed<Congress, ManageRepresentatives>,
    query: Query<ImportQuery>,
    request: HttpRequest,
    payload: web::Payload,
    config: Data<Config>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let query = query.into_inner();
    let file = upload(&request, payload, config.limits.import_bytes).await?;
    let limits = Limits {
        rows: config.limits.import_rows,
        chars: 300,
    };
    // Reading thousands of rows must not hold up the thread that answers others.
    let sealing = secrets.clone();
    let (checked, rows) = block(move || {
        let table = sheets::read(&file, limits, is_header)?;
        drop(file);
        let mut checked = check(&table, limits)?;
        let rows = plan::prepare(std::mem::take(&mut checked.rows), &sealing);
        Ok::<_, ApiError>((checked, Arc::<[Prepared]>::from(rows)))
    })
    .await
    .map_err(ApiError::internal)??;

    let now = clock.now();
    let change = Change::new(&congress.staff, now, request_id);
    let congress = congress.resource;
    let job = move |c: &mut crate::db::DbConn| {
        let target = Target {
            congress_id: congress.id,
            term_id: term(c, &congress, query.term_id, now)?.id,
            create_units: query.create_units,
        };
        let plan = plan::plan(c, target, &checked, &rows, &secrets, now)?;
        let report = ImportReport {
            committed: query.commit,
            term_id: target.term_id,
            rows: checked.count,
            created: plan.created,
            updated: plan.updated,
            unchanged: plan.unchanged,
            units_created: plan.new_units.values().map(|names| names.len()).sum(),
            problem_count: plan.problems.count,
            problems: plan.problems.list.clone(),
            preview: checked.preview,
        };
        if !query.commit {
            return Ok(report);
        }
        if plan.problems.count > 0 {
            return Err(plan.problems.refusal());
        }
        plan::apply(c, target, plan, now)?;
        let detail = json!({
            "term_id": report.term_id, "rows": report.rows, "created": report.created, "updated": report.updated,
            "unchanged": report.unchanged, "units_created": report.units_created,
        });
        change.record(c, "representative.import", None, detail)?;
        Ok(report)
    };
    let report = if query.commit {
        db.write(job).await?
    } else {
        db.read(job).await?
    };
    Ok(HttpResponse::Ok().json(report))
}
