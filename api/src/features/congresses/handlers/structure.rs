//! Terms, congress sessions and organisations.

use super::super::rules::{session_title, within};
use super::super::store::{self, Congress, CongressSession, Organisation, Term};
use super::{Change, known, ordered, plain, plain_opt};
use crate::auth::Allowed;
use crate::auth::access::ManageCongress;
use crate::clock::Clock;
use crate::db::{Db, Id};
use crate::web::{ApiError, ApiResult, Body, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// List terms
///
/// The latest first.
#[utoipa::path(tag = "congresses", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<Term>)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/terms")]
pub async fn term_list(id: Path<Id>, query: Query<PageQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (id, limit, before) = (id.into_inner(), query.limit()?, query.after()?);
    let rows = db
        .read(move |c| {
            known(c, id)?;
            Ok::<_, ApiError>(store::term_page(c, id, before, limit)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |t| t.number, |t| t)))
}

/// A term to be entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewTerm {
    /// 第几届.
    #[garde(range(min = 1, max = 99))]
    #[schema(example = 18, minimum = 1, maximum = 99)]
    pub number: i32,
    #[garde(skip)]
    #[schema(example = "2027-01-01")]
    pub starts_on: NaiveDate,
    #[garde(skip)]
    #[schema(example = "2031-12-31")]
    pub ends_on: NaiveDate,
}

/// Enter a term
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), request_body = NewTerm, responses((status = 201, body = Term)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/terms")]
pub async fn term_create(
    congress: Allowed<Congress, ManageCongress>,
    idem: Idempotency,
    body: Body<NewTerm>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let Body { value: new, raw } = body;
    ordered(new.starts_on, new.ends_on)?;
    let change = Change::new(&congress.staff, now, request_id);
    let id = congress.resource.id;
    let made = db
        .write(move |c| {
            idem.run(c, change.account_id, &raw, now, |c| {
                let term = Term {
                    id: Id::new(),
                    congress_id: id,
                    number: new.number,
                    starts_on: new.starts_on,
                    ends_on: new.ends_on,
                };
                store::term_insert(c, &term)?;
                change.record(c, id, "term.create", term.id, json!({ "number": term.number }))?;
                Ok(term)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TermQuery {
    /// Only those of this term.
    pub term_id: Option<Id>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List congress sessions
///
/// The latest first.
#[utoipa::path(tag = "congresses", params(("id" = Id, Path), TermQuery), responses((status = 200, body = Page<CongressSession>)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/sessions")]
pub async fn congress_session_list(id: Path<Id>, query: Query<TermQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = db
        .read(move |c| {
            known(c, id)?;
            Ok::<_, ApiError>(store::session_page(c, id, query.term_id, before, limit)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |s| (s.starts_on, s.id), |s| s)))
}

/// A congress session to be entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewCongressSession {
    #[garde(skip)]
    pub term_id: Id,
    /// 第几次会议, within the term.
    #[garde(range(min = 1, max = 99))]
    #[schema(example = 6, minimum = 1, maximum = 99)]
    pub number: i32,
    /// Default: 十七届人大六次会议, from the numbers.
    #[garde(length(chars, min = 1, max = 128), custom(plain_opt))]
    #[schema(example = "滨江区第十七届人民代表大会第六次会议", min_length = 1, max_length = 128)]
    pub title: Option<String>,
    /// Must lie within the term, as must the end.
    #[garde(skip)]
    #[schema(example = "2026-02-03")]
    pub starts_on: NaiveDate,
    #[garde(skip)]
    #[schema(example = "2026-02-06")]
    pub ends_on: NaiveDate,
}

/// Enter a congress session
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), request_body = NewCongressSession,
    responses((status = 201, body = CongressSession)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/sessions")]
pub async fn congress_session_create(
    congress: Allowed<Congress, ManageCongress>,
    idem: Idempotency,
    body: Body<NewCongressSession>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let Body { value: new, raw } = body;
    ordered(new.starts_on, new.ends_on)?;
    let change = Change::new(&congress.staff, now, request_id);
    let id = congress.resource.id;
    let made = db
        .write(move |c| {
            idem.run(c, change.account_id, &raw, now, |c| {
                let term = super::bodies::term_of(c, id, new.term_id)?;
                if !within((new.starts_on, new.ends_on), (term.starts_on, term.ends_on)) {
                    let span = format!("must lie within the term: {} to {}", term.starts_on, term.ends_on);
                    return Err(ApiError::field("starts_on", "invalid", span));
                }
                let session = CongressSession {
                    id: Id::new(),
                    congress_id: id,
                    term_id: term.id,
                    number: new.number,
                    title: new.title.unwrap_or_else(|| session_title(term.number, new.number)),
                    starts_on: new.starts_on,
                    ends_on: new.ends_on,
                };
                store::session_insert(c, &session)?;
                change.record(
                    c,
                    id,
                    "congress_session.create",
                    session.id,
                    json!({ "title": session.title }),
                )?;
                Ok(session)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// List organisations that handle proposals
#[utoipa::path(tag = "congresses", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<Organisation>)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/organisations")]
pub async fn organisation_list(id: Path<Id>, query: Query<PageQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (id, limit, after) = (id.into_inner(), query.limit()?, query.after()?);
    let rows = db
        .read(move |c| {
            known(c, id)?;
            Ok::<_, ApiError>(store::organisation_page(c, id, after, limit)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |o| o.id, |o| o)))
}

/// An organisation to be entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewOrganisation {
    #[garde(length(chars, min = 1, max = 64), custom(plain))]
    #[schema(example = "滨江区住房和城乡建设局", min_length = 1, max_length = 64)]
    pub name: String,
    /// Default: the name.
    #[garde(length(chars, min = 1, max = 32), custom(plain_opt))]
    #[schema(example = "区住建局", min_length = 1, max_length = 32)]
    pub short_name: Option<String>,
}

/// Enter an organisation that handles proposals
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), request_body = NewOrganisation,
    responses((status = 201, body = Organisation)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/organisations")]
pub async fn organisation_create(
    congress: Allowed<Congress, ManageCongress>,
    idem: Idempotency,
    body: Body<NewOrganisation>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let Body { value: new, raw } = body;
    let change = Change::new(&congress.staff, now, request_id);
    let id = congress.resource.id;
    let made = db
        .write(move |c| {
            idem.run(c, change.account_id, &raw, now, |c| {
                let organisation = Organisation {
                    id: Id::new(),
                    congress_id: id,
                    short_name: new.short_name.unwrap_or_else(|| new.name.clone()),
                    name: new.name,
                };
                store::organisation_insert(c, &organisation)?;
                change.record(
                    c,
                    id,
                    "organisation.create",
                    organisation.id,
                    json!({ "name": organisation.name }),
                )?;
                Ok(organisation)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}
