//! Finding proposals: for everybody, and for representatives before they file.

use crate::auth::access::ViewProposals;
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::{Person, staff_in};
use crate::db::{Db, Id, Ts};
use crate::features::Services;
use crate::features::congresses;
use crate::features::proposals::figures::import::columns::LONGEST;
use crate::features::proposals::figures::search::Hit;
use crate::features::proposals::{ProposalKind, ResultClass, State};
use crate::features::representatives;
use crate::web::{ApiError, ApiResult, Body, ErrorCode};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A proposal that was found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProposalHit {
    pub id: Id,
    #[schema(example = "17-6-建议-0001")]
    pub number: Option<String>,
    pub kind: ProposalKind,
    /// Null when it is redacted.
    #[schema(example = "关于增设老旧小区停车位的建议")]
    pub title: Option<String>,
    pub session_id: Id,
    pub state: State,
    pub class: Option<ResultClass>,
    pub registered_at: Option<Ts>,
    /// How much of what was asked it has, from 0 to 100, by the weight of the words.
    #[schema(example = 72, minimum = 0, maximum = 100)]
    pub score: u32,
    /// The words it shares with what was asked, the most telling first.
    #[schema(example = json!(["停车位", "老旧", "小区"]))]
    pub shared_words: Vec<String>,
}

/// Proposals that were found, the best first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProposalHits {
    pub items: Vec<ProposalHit>,
}

impl From<Vec<Hit>> for ProposalHits {
    fn from(hits: Vec<Hit>) -> ProposalHits {
        let item = |Hit {
                        document: d,
                        score,
                        shared,
                    }: Hit| ProposalHit {
            id: d.id,
            number: d.number,
            kind: d.kind,
            title: Some(d.title).filter(|t| !t.is_empty()),
            session_id: d.session_id,
            state: d.state,
            class: d.class,
            registered_at: d.registered_at,
            score,
            shared_words: shared.into_iter().take(10).collect(),
        };
        ProposalHits {
            items: hits.into_iter().map(item).collect(),
        }
    }
}

/// A text that somebody is about to file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct SimilarQuestion {
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "关于增设老旧小区停车位的建议", min_length = 1, max_length = 200)]
    pub title: String,
    #[serde(default)]
    #[garde(length(chars, max = LONGEST))]
    #[schema(example = "老旧小区停车难，建议利用边角地增设停车位。", max_length = 20000)]
    pub body: String,
}

/// Find proposals that resemble a text
///
/// Before it is filed: registered proposals of the congress that share its words, with the words. For representatives of
/// the congress and its staff. Nothing is kept of what is asked.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path)), request_body = SimilarQuestion,
    responses((status = 200, body = ProposalHits)), security(("bearer" = [])))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/proposals/similar")]
pub async fn proposal_similar(
    id: Path<Id>,
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<SimilarQuestion>,
    services: Data<Services>,
) -> ApiResult<HttpResponse> {
    let id = id.into_inner();
    let may = move |c: &mut crate::db::DbConn| {
        congresses::congress(c, id)?.ok_or(ErrorCode::NotFound)?;
        let seats = representatives::seats_of_account(c, person.account_id)?;
        if !seats.iter().any(|seat| seat.congress_id == id) {
            staff_in::<ViewProposals>(c, &person, id, policy)?;
        }
        Ok::<_, ApiError>(())
    };
    services.db.read(may).await?;
    let asked = body.value;
    let hits = services.finder.similar(id, asked.title, asked.body, 10).await?;
    // Two texts that share a tenth of their weight are about different things.
    let close: Vec<Hit> = hits.into_iter().filter(|hit| hit.score >= 10).collect();
    Ok(HttpResponse::Ok().json(ProposalHits::from(close)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, or a whole number.
    #[param(example = "停车位", min_length = 1, max_length = 64)]
    pub q: String,
    /// How many at most.
    #[param(minimum = 1, maximum = 50, default = 20)]
    pub limit: Option<usize>,
}

/// Search proposals
///
/// Registered proposals as the public may read them: redacted fields are not searched. Not found where the congress keeps
/// its timelines to itself.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path), SearchQuery),
    responses((status = 200, body = ProposalHits)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/proposals/search")]
pub async fn proposal_search(
    id: Path<Id>,
    query: Query<SearchQuery>,
    db: Data<Db>,
    services: Data<Services>,
) -> ApiResult<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let q = query.q.trim().to_owned();
    if q.is_empty() || q.chars().count() > 64 {
        return Err(ApiError::field("q", "invalid", "must have 1 to 64 characters"));
    }
    let limit = query.limit.unwrap_or(20);
    if !(1..=50).contains(&limit) {
        return Err(ApiError::field("limit", "invalid", "must lie between 1 and 50"));
    }
    db.read(move |c| {
        let congress = congresses::congress(c, id)?.ok_or(ErrorCode::NotFound)?;
        let public = congresses::settings(&congress).proposals.public_timeline;
        if public {
            Ok(())
        } else {
            Err(ApiError::from(ErrorCode::NotFound))
        }
    })
    .await?;
    let hits = services.finder.search(id, q, limit).await?;
    Ok(HttpResponse::Ok().json(ProposalHits::from(hits)))
}
