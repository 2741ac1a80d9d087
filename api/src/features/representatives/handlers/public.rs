//! Representatives as voters see them.

use super::{search, term, unit_names};
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::features::congresses;
use crate::features::representatives::SeatStatus;
use crate::features::representatives::store::{self, SeatFilter};
use crate::web::{ApiError, ApiResult, ErrorCode, Page, PageQuery};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A representative as everyone sees them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PublicRepresentative {
    pub id: Id,
    #[schema(example = "0012")]
    pub number: String,
    #[schema(example = "张三")]
    pub name: String,
    #[schema(example = "滨江区实验小学校长")]
    pub job_title: Option<String>,
    #[schema(example = "第一代表团")]
    pub delegation: Option<String>,
    #[schema(example = "第一代表小组")]
    pub group: Option<String>,
    #[schema(example = "第 12 选区")]
    pub district: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PublicQuery {
    /// Part of the name, of its spelling or initials, or the beginning of the number.
    #[param(example = "zs", max_length = 64)]
    pub q: Option<String>,
    /// Only those elected by this district.
    pub district_id: Option<Id>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List representatives for voters
///
/// Active seats of the current term, by spelling of the name.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path), PublicQuery),
    responses((status = 200, body = Page<PublicRepresentative>)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/representatives/public")]
pub async fn representative_public_list(
    id: Path<Id>,
    query: Query<PublicQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (id, query, now) = (id.into_inner(), query.into_inner(), clock.now());
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let (limit, after, search) = (page.limit()?, page.after()?, search(query.q)?);
    let (rows, units) = db
        .read(move |c| {
            let congress = congresses::congress(c, id)?.ok_or(ErrorCode::NotFound)?;
            let filter = SeatFilter {
                congress_id: id,
                term_id: match term(c, &congress, None, now) {
                    Ok(term) => term.id,
                    // Before its first term a congress has nobody to show, and that is no fault of the voter.
                    Err(e) if e.code == ErrorCode::ValidationFailed => return Ok((vec![], Default::default())),
                    Err(e) => return Err(e),
                },
                status: Some(SeatStatus::Active),
                unit_id: query.district_id,
                search,
            };
            Ok::<_, ApiError>((store::seat_page(c, &filter, after, limit)?, unit_names(c, id)?))
        })
        .await?;
    let name = |id: Option<Id>| id.and_then(|id| units.get(&id).cloned());
    let page = Page::of(
        rows,
        limit,
        |(seat, _)| (seat.name_pinyin.clone(), seat.id),
        |(seat, _)| PublicRepresentative {
            id: seat.id,
            delegation: name(seat.delegation_id),
            group: name(seat.group_id),
            district: name(seat.district_id),
            number: seat.number,
            name: seat.name,
            job_title: seat.job_title,
        },
    );
    Ok(HttpResponse::Ok().json(page))
}
