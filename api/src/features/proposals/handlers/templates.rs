//! Texts that handlers begin a reply with: kept by the staff for all, by an organisation for itself.

use super::{plain, readable};
use crate::auth::access::{HandleProposals, RunProposals};
use crate::auth::caller::{SecondFactorPolicy, path_id};
use crate::auth::{Person, staff_in};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::proposals::ResultClass;
use crate::features::proposals::store::{self, ReplyTemplate};
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// A template.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReplyTemplateView {
    pub id: Id,
    pub congress_id: Id,
    /// Null: for every organisation of the congress.
    pub organisation_id: Option<Id>,
    pub class: Option<ResultClass>,
    #[schema(example = "B 类答复")]
    pub title: String,
    #[schema(example = "您提出的建议收悉。目前正在推进……，计划于……前完成。")]
    pub body: String,
    pub updated_at: Ts,
}

fn view(t: ReplyTemplate) -> ReplyTemplateView {
    ReplyTemplateView {
        id: t.id,
        congress_id: t.congress_id,
        organisation_id: t.organisation_id,
        class: t.class,
        title: t.title,
        body: t.body,
        updated_at: t.updated_at,
    }
}

/// A template to be. Made by a handler it belongs to the own organisation, made by the staff to all.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewReplyTemplate {
    #[garde(length(chars, min = 1, max = 60), custom(plain))]
    #[schema(example = "B 类答复", min_length = 1, max_length = 60)]
    pub title: String,
    #[garde(length(chars, min = 1, max = 20000), custom(readable))]
    #[schema(
        example = "您提出的建议收悉。目前正在推进……，计划于……前完成。",
        min_length = 1,
        max_length = 20000
    )]
    pub body: String,
    #[garde(skip)]
    pub class: Option<ResultClass>,
}

/// Whose templates somebody keeps: the congress's as staff, else those of the own organisation.
fn keeper(c: &mut DbConn, congress: Id, person: &Person, policy: SecondFactorPolicy) -> ApiResult<Option<Id>> {
    match staff_in::<RunProposals>(c, person, congress, policy) {
        Ok(_) => Ok(None),
        Err(no) if no.code != ErrorCode::Forbidden => Err(no),
        Err(_) => {
            staff_in::<HandleProposals>(c, person, congress, policy)?;
            let own = store::organisations_of(c, person.account_id)?;
            let here = own.into_iter().find(|(at, _)| *at == congress);
            Ok(Some(here.ok_or(ErrorCode::Forbidden)?.1))
        }
    }
}

/// A template that somebody keeps; handlers of others are told that it does not exist, or not theirs when it is for all.
fn kept(c: &mut DbConn, id: Id, person: &Person, policy: SecondFactorPolicy) -> ApiResult<ReplyTemplate> {
    let row = store::reply_template(c, id)?.ok_or(ErrorCode::NotFound)?;
    match (keeper(c, row.congress_id, person, policy)?, row.organisation_id) {
        (None, _) => Ok(row),
        (own, of) if own == of => Ok(row),
        (Some(_), None) => Err(ErrorCode::Forbidden.into()),
        _ => Err(ErrorCode::NotFound.into()),
    }
}

fn record(
    c: &mut DbConn,
    person: &Person,
    action: &str,
    t: &ReplyTemplate,
    request: &RequestId,
    now: Ts,
) -> ApiResult<()> {
    let line = Line {
        congress_id: Some(t.congress_id),
        actor: Actor::Account(person.account_id),
        action,
        subject_kind: "reply_template",
        subject_id: Some(t.id),
        detail: json!({ "title": t.title, "organisation_id": t.organisation_id }),
        request_id: Some(&request.0),
    };
    Ok(audit::record(c, line, now)?)
}

/// List templates of replies
///
/// Staff see all of the congress, a handler the own organisation's and those for all.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress"), PageQuery),
    responses((status = 200, body = Page<ReplyTemplateView>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/reply_templates")]
pub async fn reply_template_list(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    query: Query<PageQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (id, limit, after) = (path_id(&request)?, query.limit()?, query.after::<Id>()?);
    let rows = db
        .read(move |c| {
            let of = keeper(c, id, &person, policy)?;
            Ok::<_, ApiError>(store::reply_templates(c, id, of, after, limit)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |t| t.id, view)))
}

/// Make a template of a reply
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress")), request_body = NewReplyTemplate,
    responses((status = 201, body = ReplyTemplateView)), security(("bearer" = [])))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/reply_templates")]
pub async fn reply_template_create(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    idem: Idempotency,
    body: Body<NewReplyTemplate>,
    (db, clock): (Data<Db>, Data<Clock>),
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let (id, now) = (path_id(&request)?, clock.now());
    let Body { value: new, raw } = body;
    let made = db
        .write(move |c| {
            let organisation_id = keeper(c, id, &person, policy)?;
            idem.run(c, person.account_id, &raw, now, |c| {
                let row = ReplyTemplate {
                    id: Id::new(),
                    congress_id: id,
                    organisation_id,
                    class: new.class,
                    title: new.title,
                    body: new.body,
                    created_at: now,
                    updated_at: now,
                };
                store::reply_template_insert(c, &row)?;
                record(c, &person, "reply_template.create", &row, &request_id, now)?;
                Ok(view(row))
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// Change a template of a reply
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Template")), request_body = NewReplyTemplate,
    responses((status = 200, body = ReplyTemplateView)), security(("bearer" = [])))]
#[put("/reply_templates/{id:[0-9A-Fa-f-]+}")]
pub async fn reply_template_update(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    body: Body<NewReplyTemplate>,
    (db, clock): (Data<Db>, Data<Clock>),
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let (id, now, new) = (path_id(&request)?, clock.now(), body.value);
    let changed = db
        .write(move |c| {
            let mut row = kept(c, id, &person, policy)?;
            (row.title, row.body, row.class, row.updated_at) = (new.title, new.body, new.class, now);
            store::reply_template_save(c, &row)?;
            record(c, &person, "reply_template.update", &row, &request_id, now)?;
            Ok::<_, ApiError>(view(row))
        })
        .await?;
    Ok(HttpResponse::Ok().json(changed))
}

/// Remove a template of a reply
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Template")), responses((status = 204)),
    security(("bearer" = [])))]
#[delete("/reply_templates/{id:[0-9A-Fa-f-]+}")]
pub async fn reply_template_delete(
    request: HttpRequest,
    person: Person,
    policy: SecondFactorPolicy,
    (db, clock): (Data<Db>, Data<Clock>),
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let (id, now) = (path_id(&request)?, clock.now());
    db.write(move |c| {
        let row = kept(c, id, &person, policy)?;
        store::reply_template_delete(c, id)?;
        record(c, &person, "reply_template.delete", &row, &request_id, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
