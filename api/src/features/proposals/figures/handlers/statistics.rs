//! The annual report as an operation.

use crate::auth::Allowed;
use crate::auth::access::ViewProposals;
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::features::congresses::Congress;
use crate::features::proposals::figures::statistics::{Asked, Statistics, statistics};
use crate::web::ApiResult;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatisticsQuery {
    /// Only proposals made at this congress session, or between it and the next.
    pub session_id: Option<Id>,
    /// Only proposals registered in this year, by the congress's own clock.
    #[param(example = 2021, minimum = 1900, maximum = 2998)]
    pub year: Option<i32>,
}

/// Get the numbers of the annual report
///
/// Proposals that were registered and neither withdrawn nor merged, with shares rounded half up to two digits. `queries`
/// tells for every number the query that it comes from, as it was run.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path), StatisticsQuery),
    responses((status = 200, body = Statistics)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/proposals/statistics")]
pub async fn proposal_statistics(
    congress: Allowed<Congress, ViewProposals>,
    query: Query<StatisticsQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (congress, now) = (congress.resource, clock.now());
    let asked = Asked {
        session_id: query.session_id,
        year: query.year,
    };
    let report = db.read(move |c| statistics(c, &congress, asked, now)).await?;
    Ok(HttpResponse::Ok().json(report))
}
