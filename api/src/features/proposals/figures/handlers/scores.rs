//! Anonymous scoring of handling units by representatives.

use crate::auth::access::ViewProposals;
use crate::auth::{Allowed, Person};
use crate::db::{Db, DbConn, Id};
use crate::features::congresses::{self, Congress, CongressSession};
use crate::features::proposals::figures::rules::mean;
use crate::features::proposals::figures::store::scores::{self as store, UnitScore};
use crate::features::proposals::rules::feedback::SMALLEST_BREAKDOWN;
use crate::features::representatives::{self, SeatStatus};
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, Body, ErrorCode};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// What a representative makes of a handling unit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewUnitScore {
    #[garde(skip)]
    pub congress_session_id: Id,
    /// A unit that handles a proposal of this session.
    #[garde(skip)]
    pub organisation_id: Id,
    /// From 0 to 100.
    #[garde(range(min = 0, max = 100))]
    #[schema(example = 92, minimum = 0, maximum = 100)]
    pub score: i32,
}

fn session(c: &mut DbConn, congress: Id, id: Id) -> ApiResult<CongressSession> {
    congresses::congress_session(c, id)?
        .filter(|s| s.congress_id == congress)
        .ok_or_else(|| ApiError::field("congress_session_id", "unknown", "is no session of this congress"))
}

/// Score a handling unit without giving one's name
///
/// By representatives of the session's term; a second score replaces the first. Neither the score nor the audit holds who
/// gave it.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path)), request_body = NewUnitScore,
    responses((status = 204)), security(("bearer" = [])))]
#[put("/congresses/{id:[0-9A-Fa-f-]+}/unit_scores")]
pub async fn unit_score_give(
    id: Path<Id>,
    person: Person,
    body: Body<NewUnitScore>,
    db: Data<Db>,
    secrets: Data<Secrets>,
) -> ApiResult<HttpResponse> {
    let (id, new) = (id.into_inner(), body.value);
    db.write(move |c| {
        let seats = representatives::seats_of_account(c, person.account_id)?;
        let active = seats
            .iter()
            .filter(|s| s.congress_id == id && s.status == SeatStatus::Active);
        let terms: Vec<Id> = active.map(|s| s.term_id).collect();
        if terms.is_empty() {
            return Err(ApiError::from(ErrorCode::NotFound));
        }
        let session = session(c, id, new.congress_session_id)?;
        if !terms.contains(&session.term_id) {
            let message = "belongs to a term in which you have no seat";
            return Err(ApiError::field("congress_session_id", "other_term", message));
        }
        if !store::units(c, session.id)?
            .iter()
            .any(|(unit, _)| *unit == new.organisation_id)
        {
            let message = "handles no proposal of this session";
            return Err(ApiError::field("organisation_id", "unknown", message));
        }
        let whose = format!(
            "unit_score:{}:{}:{}",
            session.id, new.organisation_id, person.account_id
        );
        let row = UnitScore {
            ballot: secrets.blind_index(&whose),
            congress_id: id,
            congress_session_id: session.id,
            organisation_id: new.organisation_id,
            score: new.score,
        };
        store::put(c, &row)?;
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnitScoreQuery {
    pub congress_session_id: Id,
}

/// What representatives make of one unit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UnitScoreView {
    pub organisation_id: Id,
    #[schema(example = "市住房和城乡建设局")]
    pub name: String,
    #[schema(example = 12)]
    pub scorers: usize,
    /// The mean, rounded half up to two digits; null with fewer than five scorers.
    #[schema(example = "91.67")]
    pub average: Option<String>,
}

/// Every unit of a session.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UnitScores {
    pub items: Vec<UnitScoreView>,
}

/// List the scores of handling units
///
/// Units that handle proposals of a session, by name. A mean is shown from five scorers on; single scores never are.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path), UnitScoreQuery),
    responses((status = 200, body = UnitScores)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/unit_scores")]
pub async fn unit_score_list(
    congress: Allowed<Congress, ViewProposals>,
    query: Query<UnitScoreQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (id, asked) = (congress.id, query.congress_session_id);
    let (units, ballots) = db
        .read(move |c| {
            let session = session(c, id, asked)?;
            Ok::<_, ApiError>((store::units(c, session.id)?, store::ballots(c, session.id)?))
        })
        .await?;
    let mut given: HashMap<Id, Vec<i32>> = HashMap::new();
    for (unit, score) in ballots {
        given.entry(unit).or_default().push(score);
    }
    let view = |(organisation_id, name): (Id, String)| {
        let scores = given.get(&organisation_id).map_or(&[][..], Vec::as_slice);
        let sum: i64 = scores.iter().map(|s| i64::from(*s)).sum();
        UnitScoreView {
            organisation_id,
            name,
            scorers: scores.len(),
            average: (scores.len() >= SMALLEST_BREAKDOWN)
                .then(|| mean(sum, scores.len() as i64))
                .flatten(),
        }
    };
    let items = units.into_iter().map(view).collect();
    Ok(HttpResponse::Ok().json(UnitScores { items }))
}
