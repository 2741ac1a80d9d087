//! The supervisor's desk: what is late, by organisation.

use crate::auth::Allowed;
use crate::auth::access::ViewProposals;
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::features::calendars;
use crate::features::congresses::{self, Congress};
use crate::features::proposals::store;
use crate::features::proposals::{DeadlineKind, HandlingRole};
use crate::web::{ApiError, ApiResult};
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One part that is late.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LatePart {
    pub handling_id: Id,
    pub proposal_id: Id,
    #[schema(example = "关于增加老旧小区电动自行车充电设施的建议")]
    pub title: String,
    pub role: HandlingRole,
    pub due_kind: Option<DeadlineKind>,
    #[schema(example = "2026-03-16")]
    pub due_on: NaiveDate,
    /// Working days.
    #[schema(example = 3)]
    pub late_days: i64,
}

/// What an organisation holds, and what of it is late.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OrganisationOverdue {
    pub organisation_id: Id,
    #[schema(example = "滨江区住房和城乡建设局")]
    pub organisation: String,
    /// Parts it holds now.
    #[schema(example = 24)]
    pub held: i64,
    #[schema(example = 1)]
    pub late: usize,
    /// The latest first.
    pub parts: Vec<LatePart>,
}

/// What is late in a congress.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Overdue {
    /// The local day for which it is told.
    #[schema(example = "2026-03-19")]
    pub on: NaiveDate,
    /// Every organisation that holds something, by name.
    pub organisations: Vec<OrganisationOverdue>,
}

/// List what is late, by organisation
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress")),
    responses((status = 200, body = Overdue)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/proposal_overdue")]
pub async fn congress_proposal_overdue(
    congress: Allowed<Congress, ViewProposals>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let congress = congress.resource;
    let on = congresses::local_date(&congress, clock.now());
    let organisations = db
        .read(move |c| {
            let calendar = calendars::current(c)?;
            let late = store::overdue(c, congress.id, on)?;
            let held = store::held_counts(c, congress.id)?;
            let of = |(organisation_id, organisation, held): (Id, String, i64)| {
                let parts: Vec<LatePart> = late
                    .iter()
                    .filter(|(h, _, _)| h.organisation_id == organisation_id)
                    .map(|(h, _, title)| LatePart {
                        handling_id: h.id,
                        proposal_id: h.proposal_id,
                        title: title.clone(),
                        role: h.role,
                        due_kind: h.due_kind,
                        due_on: h.due_on,
                        late_days: calendar.working_days_between(h.due_on, on),
                    })
                    .collect();
                OrganisationOverdue {
                    organisation_id,
                    organisation,
                    held,
                    late: parts.len(),
                    parts,
                }
            };
            Ok::<_, ApiError>(held.into_iter().map(of).collect())
        })
        .await?;
    Ok(HttpResponse::Ok().json(Overdue { on, organisations }))
}
