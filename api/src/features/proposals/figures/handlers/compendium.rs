//! The compendium of replies as an operation.

use super::statistics::StatisticsQuery;
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::features::congresses;
use crate::features::proposals::figures::compendium;
use crate::features::proposals::figures::statistics::Asked;
use crate::web::{ApiResult, ErrorCode};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};

/// Read the year's replies as one document
///
/// HTML for reading and printing on A4: cover, table of contents, and each answered proposal with its number and issued
/// replies. What is redacted is replaced by the reason; telephone numbers are never printed. Not found where the congress
/// keeps its timelines to itself.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path), StatisticsQuery),
    responses((status = 200, content_type = "text/html", body = String)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/proposals/compendium.html")]
pub async fn proposal_compendium(
    id: Path<Id>,
    query: Query<StatisticsQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), clock.now());
    let asked = Asked {
        session_id: query.session_id,
        year: query.year,
    };
    let html = db
        .read(move |c| {
            let congress = congresses::congress(c, id)?.ok_or(ErrorCode::NotFound)?;
            compendium::document(c, &congress, asked, now)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        // Texts of others are shown here: nothing in them may run or load anything.
        .insert_header((
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .body(html))
}
