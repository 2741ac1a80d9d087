//! The roster as a file to take away, and the template to bring one.

use super::view::open_phone;
use super::{Change, term, unit_names};
use crate::auth::Allowed;
use crate::auth::access::{ManageRepresentatives, ViewRepresentatives};
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::features::congresses::Congress;
use crate::features::representatives::export::{self, Line};
use crate::features::representatives::store;
use crate::secrets::Secrets;
use crate::web::files::{CSV, Workbook, XLSX, attachment};
use crate::web::{ApiError, ApiResult, RequestId};
use actix_web::web::{Data, Query, block};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// Default: the current term.
    pub term_id: Option<Id>,
}

/// Reads the roster and records that its personal data left the house.
async fn lines(
    congress: Allowed<Congress, ManageRepresentatives>,
    query: ExportQuery,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
    format: &'static str,
) -> ApiResult<impl FnOnce(&Secrets) -> Vec<Line> + Send + 'static> {
    let now = clock.now();
    let change = Change::new(&congress.staff, now, request_id);
    let congress = congress.resource;
    let (seats, units) = db
        .write(move |c| {
            let term = term(c, &congress, query.term_id, now)?;
            let seats = store::seats_with_phones(c, term.id)?;
            let detail = json!({ "term_id": term.id, "rows": seats.len(), "format": format });
            change.record(c, "representative.export", None, detail)?;
            Ok::<_, ApiError>((seats, unit_names(c, congress.id)?))
        })
        .await?;
    Ok(move |secrets: &Secrets| {
        let line =
            |(seat, sealed): (_, Option<Vec<u8>>)| Line::new(seat, open_phone(secrets, sealed.as_deref()), &units);
        seats.into_iter().map(line).collect()
    })
}

/// Export the roster as CSV
///
/// UTF-8 with a byte order mark, so that spreadsheets open it; with whole phone numbers. The file can be
/// imported again. A value that a spreadsheet would take for a formula begins with an apostrophe.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path), ExportQuery),
    responses((status = 200, content_type = "text/csv", body = String)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/representatives/export.csv")]
pub async fn representative_export_csv(
    congress: Allowed<Congress, ManageRepresentatives>,
    query: Query<ExportQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let lines = lines(congress, query.into_inner(), db, clock, request_id, "csv").await?;
    let bytes = block(move || export::csv(&lines(&secrets)))
        .await
        .map_err(ApiError::internal)??;
    Ok(attachment(CSV, "representatives.csv", "代表名册.csv", bytes))
}

/// Export the roster as XLSX
///
/// All cells are text. The file can be imported again.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path), ExportQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Workbook)),
    security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/representatives/export.xlsx")]
pub async fn representative_export_xlsx(
    congress: Allowed<Congress, ManageRepresentatives>,
    query: Query<ExportQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let lines = lines(congress, query.into_inner(), db, clock, request_id, "xlsx").await?;
    let bytes = block(move || export::xlsx(&lines(&secrets)))
        .await
        .map_err(ApiError::internal)??;
    Ok(attachment(XLSX, "representatives.xlsx", "代表名册.xlsx", bytes))
}

/// Get the template for importing a roster
///
/// An empty sheet with the columns, and a second sheet that explains them.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Workbook)),
    security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/representatives/template.xlsx")]
pub async fn representative_template(_congress: Allowed<Congress, ViewRepresentatives>) -> ApiResult<HttpResponse> {
    let bytes = block(export::template).await.map_err(ApiError::internal)??;
    Ok(attachment(XLSX, "representatives.xlsx", "代表名册模板.xlsx", bytes))
}
