//! Brings proposals of past years in: a preview first, then all or nothing.

use crate::auth::Allowed;
use crate::auth::access::{RunProposals, ViewProposals};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::{self, Actor};
use crate::features::calendars;
use crate::features::congresses::{self, Congress};
use crate::features::proposals::figures::import::check::{Checked, ProposalPreviewRow, check, is_header};
use crate::features::proposals::figures::import::columns::LONGEST;
use crate::features::proposals::figures::import::plan::{self, Plan, Target};
use crate::features::proposals::figures::import::template::template;
use crate::sheets::{self, ImportProblem, Limits};
use crate::web::files::{ImportForm, Workbook, XLSX, attachment, upload};
use crate::web::{ApiError, ApiResult, ErrorCode, RequestId};
use actix_web::web::{self, Data, Query, block};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProposalImportQuery {
    /// The congress session at which, or after which, the proposals were made. Their authors are looked up in its term.
    pub session_id: Id,
    /// Make organisations and categories that the sheet names and that do not exist.
    #[serde(default)]
    #[param(default = false)]
    pub create_missing: bool,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProposalImportReport {
    pub committed: bool,
    pub session_id: Id,
    /// Rows of data in the file.
    #[schema(example = 291)]
    pub rows: usize,
    #[schema(example = 291)]
    pub created: usize,
    #[schema(example = 57)]
    pub organisations_created: usize,
    #[schema(example = 7)]
    pub categories_created: usize,
    /// All problems; `problems` lists the first 500.
    #[schema(example = 0)]
    pub problem_count: usize,
    pub problems: Vec<ImportProblem>,
    /// The first 50 rows as they were read.
    pub preview: Vec<ProposalPreviewRow>,
}

impl ProposalImportReport {
    fn new(committed: bool, session_id: Id, checked: &Checked, plan: &Plan) -> ProposalImportReport {
        ProposalImportReport {
            committed,
            session_id,
            rows: checked.count,
            created: plan.created,
            organisations_created: plan.new_organisations.len(),
            categories_created: plan.new_categories.len(),
            problem_count: plan.problems.count,
            problems: plan.problems.list.clone(),
            preview: checked.preview.clone(),
        }
    }
}

/// Reads the file that came with a request.
async fn read(request: &HttpRequest, payload: web::Payload, config: &Config) -> ApiResult<Checked> {
    let file = upload(request, payload, config.limits.import_bytes).await?;
    let limits = Limits {
        rows: config.limits.import_rows,
        chars: LONGEST + 1,
    };
    // Reading thousands of rows must not hold up the thread that answers others.
    let checked = block(move || check(&sheets::read(&file, limits, is_header)?, limits));
    checked.await.map_err(ApiError::internal)?
}

fn target(
    c: &mut DbConn,
    congress: &Congress,
    query: ProposalImportQuery,
    account_id: Id,
    now: Ts,
) -> ApiResult<Target> {
    let session = congresses::congress_session(c, query.session_id)?
        .filter(|s| s.congress_id == congress.id)
        .ok_or_else(|| ApiError::field("session_id", "unknown", "is no session of this congress"))?;
    Ok(Target {
        congress_id: congress.id,
        term: congresses::term(c, session.term_id)?.ok_or(ErrorCode::NotFound)?,
        session,
        settings: congresses::settings(congress),
        calendar: calendars::current(c)?,
        account_id,
        create_missing: query.create_missing,
        now,
    })
}

/// Look what an import of past proposals would do
///
/// CSV (UTF-8, UTF-16 or GB18030; comma, semicolon or tab) or XLSX, as the field `file` of a form or as the body. Nothing
/// is written: the answer names every problem by row and column.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path), ProposalImportQuery),
    request_body(content(
        (ImportForm = "multipart/form-data"),
        (String = "text/csv"),
        (Workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )),
    responses((status = 200, body = ProposalImportReport)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["bad_request", "import_too_large", "import_unreadable"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/proposals/import/preview")]
pub async fn proposal_import_preview(
    congress: Allowed<Congress, RunProposals>,
    query: Query<ProposalImportQuery>,
    request: HttpRequest,
    payload: web::Payload,
    config: Data<Config>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let checked = read(&request, payload, &config).await?;
    let (query, now, by) = (query.into_inner(), clock.now(), congress.staff.account_id);
    let congress = congress.resource;
    let report = db
        .read(move |c| {
            let target = target(c, &congress, query, by, now)?;
            let plan = plan::plan(c, &target, &checked)?;
            Ok::<_, ApiError>(ProposalImportReport::new(false, target.session.id, &checked, &plan))
        })
        .await?;
    Ok(HttpResponse::Ok().json(report))
}

/// Import proposals of past years
///
/// Writes every row as a closed proposal with its parts, reply, grade and dates, or nothing when there is a problem. A
/// number that exists is a problem: what is past is brought in once.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path), ProposalImportQuery),
    request_body(content(
        (ImportForm = "multipart/form-data"),
        (String = "text/csv"),
        (Workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )),
    responses((status = 200, body = ProposalImportReport)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["bad_request", "import_too_large", "import_unreadable", "import_has_problems", "already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/proposals/import")]
#[allow(clippy::too_many_arguments)]
pub async fn proposal_import(
    congress: Allowed<Congress, RunProposals>,
    query: Query<ProposalImportQuery>,
    request: HttpRequest,
    payload: web::Payload,
    config: Data<Config>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let checked = read(&request, payload, &config).await?;
    let (query, now, by) = (query.into_inner(), clock.now(), congress.staff.account_id);
    let congress = congress.resource;
    let report = db
        .write(move |c| {
            let target = target(c, &congress, query, by, now)?;
            let plan = plan::plan(c, &target, &checked)?;
            if plan.problems.count > 0 {
                return Err(plan.problems.refusal());
            }
            plan::apply(c, &target, &plan)?;
            let report = ProposalImportReport::new(true, target.session.id, &checked, &plan);
            let line = audit::Line {
                congress_id: Some(congress.id),
                actor: Actor::Account(by),
                action: "proposal.import",
                subject_kind: "congress_session",
                subject_id: Some(target.session.id),
                detail: json!({
                    "rows": report.rows, "created": report.created,
                    "organisations_created": report.organisations_created, "categories_created": report.categories_created,
                }),
                request_id: Some(&request_id.0),
            };
            audit::record(c, line, now)?;
            Ok::<_, ApiError>(report)
        })
        .await?;
    Ok(HttpResponse::Ok().json(report))
}

/// Get the template for importing past proposals
///
/// An empty sheet with the columns, and a second sheet that explains them.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Workbook)),
    security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/proposals/import/template.xlsx")]
pub async fn proposal_import_template(_congress: Allowed<Congress, ViewProposals>) -> ApiResult<HttpResponse> {
    let bytes = block(template).await.map_err(ApiError::internal)??;
    Ok(attachment(XLSX, "past-proposals.xlsx", "历年建议模板.xlsx", bytes))
}
