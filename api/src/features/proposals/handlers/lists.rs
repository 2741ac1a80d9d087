//! Lists of proposals, of requests and of promises of a congress.

use crate::auth::Allowed;
use crate::auth::Resource;
use crate::auth::access::ViewProposals;
use crate::db::{Db, Id};
use crate::features::congresses::{self, Congress, contains_pattern};
use crate::features::proposals::store::{self, ProposalFilter};
use crate::features::proposals::views::{self, CommitmentView, ProposalRequestView, ProposalView};
use crate::features::proposals::{ProposalKind, RedactedField, ResultClass, State};
use crate::web::{ApiError, ApiResult, ErrorCode, Page, PageQuery};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

/// What narrows a list of proposals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProposalQuery {
    state: Option<State>,
    kind: Option<ProposalKind>,
    session_id: Option<Id>,
    category_id: Option<Id>,
    /// Held, now or before, by this organisation.
    organisation_id: Option<Id>,
    class: Option<ResultClass>,
    is_key: Option<bool>,
    in_session: Option<bool>,
    /// Part of the title.
    #[param(max_length = 100)]
    title: Option<String>,
    /// The whole number.
    #[param(max_length = 100)]
    number: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl ProposalQuery {
    fn split(self) -> (ProposalFilter, PageQuery) {
        let filter = ProposalFilter {
            state: self.state,
            kind: self.kind,
            session_id: self.session_id,
            category_id: self.category_id,
            organisation_id: self.organisation_id,
            class: self.class,
            is_key: self.is_key,
            in_session: self.in_session,
            title: self.title.map(|t| contains_pattern(&t)),
            number: self.number,
            registered: false,
        };
        let page = PageQuery {
            limit: self.limit,
            cursor: self.cursor,
        };
        (filter, page)
    }
}

/// List the proposals of a congress
///
/// Those that were submitted, the newest first.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress"), ProposalQuery),
    responses((status = 200, body = Page<ProposalView>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/proposals")]
pub async fn congress_proposal_list(
    congress: Allowed<Congress, ViewProposals>,
    query: Query<ProposalQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (filter, page) = query.into_inner().split();
    let (limit, after, id) = (page.limit()?, page.after::<Id>()?, congress.resource.id);
    if filter.state == Some(State::Draft) {
        return Err(ApiError::field("state", "invalid", "drafts are their authors' own"));
    }
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::congress_page(c, id, &filter, after, limit)?))
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |(p, _)| p.id, views::item)))
}

/// List the proposals of a congress that the public may read
///
/// Registered ones, the newest first; redacted titles and names are left out.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress"), ProposalQuery),
    responses((status = 200, body = Page<ProposalView>)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/public_proposals")]
pub async fn public_proposal_list(id: Path<Id>, query: Query<ProposalQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let id = id.into_inner();
    let (mut filter, page) = query.into_inner().split();
    let (limit, after) = (page.limit()?, page.after::<Id>()?);
    filter.registered = true;
    // A search in titles would find what a redaction hides.
    filter.title = None;
    let rows = db
        .read(move |c| {
            let congress = Congress::load(c, id)?.ok_or(ErrorCode::NotFound)?;
            if !congresses::settings(&congress).proposals.public_timeline {
                return Err(ApiError::from(ErrorCode::NotFound));
            }
            let mut rows = store::congress_page(c, id, &filter, after, limit)?;
            let ids: Vec<Id> = rows.iter().map(|(p, _)| p.id).collect();
            let hidden = store::redactions_of(c, &ids)?;
            for (p, author) in &mut rows {
                let has = |field| hidden.iter().any(|(id, f, _)| *id == p.id && *f == field);
                if has(RedactedField::Signatories) {
                    author.clear();
                }
                if has(RedactedField::Title) {
                    p.title.clear();
                }
            }
            Ok(rows)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |(p, _)| p.id, views::item)))
}

/// List the open requests of handlers in a congress
///
/// For re-assignment and for more time, the oldest first.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress"), PageQuery),
    responses((status = 200, body = Page<ProposalRequestView>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/proposal_requests")]
pub async fn proposal_request_list(
    congress: Allowed<Congress, ViewProposals>,
    query: Query<PageQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (limit, after, id) = (query.limit()?, query.after::<Id>()?, congress.resource.id);
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::requests_open(c, id, after, limit)?))
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |r| r.id, views::request)))
}

/// List the open promises of a congress
///
/// Of whatever year, by due date.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress"), PageQuery),
    responses((status = 200, body = Page<CommitmentView>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/commitments")]
pub async fn commitment_list(
    congress: Allowed<Congress, ViewProposals>,
    query: Query<PageQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (limit, after) = (query.limit()?, query.after::<(NaiveDate, Id)>()?);
    let id = congress.resource.id;
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::commitments_open(c, id, after, limit)?))
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |m| (m.due_on, m.id), views::commitment)))
}
