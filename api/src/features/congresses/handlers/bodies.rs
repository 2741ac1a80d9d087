//! Bodies of a congress and their members.

use super::super::rules::default_quorum;
use super::super::store::{self, Body as BodyRow, Congress, Term};
use super::super::{BodyKind, QuorumRule, current_term};
use super::structure::TermQuery;
use super::{Change, known, plain};
use crate::auth::Allowed;
use crate::auth::access::{ManageCongress, ViewRepresentatives};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id};
use crate::web::{ApiError, ApiResult, Body, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A term that a body names, which must belong to the congress.
pub fn term_of(c: &mut DbConn, congress: Id, term: Id) -> ApiResult<Term> {
    store::term(c, term)?
        .filter(|t| t.congress_id == congress)
        .ok_or_else(|| ApiError::field("term_id", "unknown", "is no term of this congress"))
}

/// List bodies
#[utoipa::path(tag = "congresses", params(("id" = Id, Path), TermQuery), responses((status = 200, body = Page<BodyRow>)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/bodies")]
pub async fn body_list(id: Path<Id>, query: Query<TermQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let (limit, after) = (page.limit()?, page.after()?);
    let rows = db
        .read(move |c| {
            known(c, id)?;
            Ok::<_, ApiError>(store::body_page(c, id, query.term_id, after, limit)?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |b| b.id, |b| b)))
}

/// A body to be made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewBody {
    /// Default: the current term.
    #[garde(skip)]
    pub term_id: Option<Id>,
    #[garde(skip)]
    pub kind: BodyKind,
    #[garde(length(chars, min = 1, max = 64), custom(plain))]
    #[schema(example = "区人大常委会", min_length = 1, max_length = 64)]
    pub name: String,
    /// Default by kind: two thirds for a plenary, a majority for the others.
    #[garde(skip)]
    pub quorum_rule: Option<QuorumRule>,
    /// All seats by law; absent: as many as there are members.
    #[garde(range(min = 1, max = 10_000))]
    #[schema(example = 29, minimum = 1, maximum = 10000)]
    pub seat_count: Option<i32>,
}

/// Make a body
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), request_body = NewBody, responses((status = 201, body = BodyRow)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/bodies")]
pub async fn body_create(
    congress: Allowed<Congress, ManageCongress>,
    idem: Idempotency,
    body: Body<NewBody>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let Body { value: new, raw } = body;
    let change = Change::new(&congress.staff, now, request_id);
    let congress = congress.resource;
    let made = db
        .write(move |c| {
            idem.run(c, change.account_id, &raw, now, |c| {
                let term = match new.term_id {
                    Some(term) => term_of(c, congress.id, term)?,
                    None => current_term(c, &congress, now)?
                        .ok_or_else(|| ApiError::field("term_id", "required", "the congress has no term yet"))?,
                };
                let body = BodyRow {
                    id: Id::new(),
                    congress_id: congress.id,
                    term_id: term.id,
                    kind: new.kind,
                    name: new.name,
                    quorum_rule: new.quorum_rule.unwrap_or_else(|| default_quorum(new.kind)),
                    seat_count: new.seat_count,
                    created_at: now,
                };
                store::body_insert(c, &body)?;
                let detail = json!({ "name": body.name, "kind": body.kind, "quorum_rule": body.quorum_rule });
                change.record(c, congress.id, "body.create", body.id, detail)?;
                Ok(body)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// A member of a body.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BodyMember {
    pub representative_id: Id,
    #[schema(example = "0012")]
    pub number: String,
    #[schema(example = "张三")]
    pub name: String,
    #[schema(example = "zhangsan zs")]
    pub name_pinyin: String,
    pub delegation_id: Option<Id>,
    /// `active`, `suspended` or `ended`.
    #[schema(example = "active")]
    pub status: String,
}

/// List the members of a body
///
/// By name.
#[utoipa::path(tag = "congresses", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<BodyMember>)),
    security(("bearer" = [])))]
#[get("/bodies/{id:[0-9A-Fa-f-]+}/members")]
pub async fn body_member_list(
    body: Allowed<BodyRow, ViewRepresentatives>,
    query: Query<PageQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (id, limit, after) = (body.resource.id, query.limit()?, query.after()?);
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::member_page(c, id, after, limit)?))
        .await?;
    let page = Page::of(
        rows,
        limit,
        |row| (row.3.clone(), row.0),
        |(representative_id, number, name, name_pinyin, delegation_id, status)| BodyMember {
            representative_id,
            number,
            name,
            name_pinyin,
            delegation_id,
            status,
        },
    );
    Ok(HttpResponse::Ok().json(page))
}

/// The members that a body is to have.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct BodyMembersChange {
    /// All of them: who is not named is no longer a member.
    #[garde(length(max = 5_000))]
    #[schema(max_items = 5000)]
    pub representative_ids: Vec<Id>,
}

/// What a change of members did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BodyMembersChanged {
    #[schema(example = 29)]
    pub members: usize,
    #[schema(example = 2)]
    pub added: usize,
    #[schema(example = 1)]
    pub removed: usize,
}

/// Replace the members of a body
///
/// They must hold seats in the term of the body that have not ended.
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), request_body = BodyMembersChange,
    responses((status = 200, body = BodyMembersChanged)), security(("bearer" = [])))]
#[put("/bodies/{id:[0-9A-Fa-f-]+}/members")]
pub async fn body_member_update(
    body: Allowed<BodyRow, ManageCongress>,
    members: Body<BodyMembersChange>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let change = Change::new(&body.staff, clock.now(), request_id);
    let (body, named) = (body.resource, members.value.representative_ids);
    let changed = db
        .write(move |c| {
            let wanted: BTreeSet<Id> = named.iter().copied().collect();
            let old: BTreeSet<Id> = store::member_ids(c, body.id)?.into_iter().collect();
            let added: Vec<Id> = wanted.difference(&old).copied().collect();
            let removed: Vec<Id> = old.difference(&wanted).copied().collect();
            let found: BTreeSet<Id> = store::seats_in_term(c, body.term_id, &added)?.into_iter().collect();
            if let Some(unknown) = added.iter().find(|id| !found.contains(id)) {
                let at = named.iter().position(|id| id == unknown).unwrap_or(0);
                let field = format!("representative_ids[{at}]");
                return Err(ApiError::field(
                    &field,
                    "unknown",
                    "holds no seat in the term of this body",
                ));
            }
            store::members_change(c, body.id, &added, &removed)?;
            let detail = json!({ "members": wanted.len(), "added": added, "removed": removed });
            change.record(c, body.congress_id, "body.members", body.id, detail)?;
            Ok(BodyMembersChanged {
                members: wanted.len(),
                added: added.len(),
                removed: removed.len(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(changed))
}
