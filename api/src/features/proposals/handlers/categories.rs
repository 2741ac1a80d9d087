//! The tree of categories of a congress.

use super::plain;
use crate::auth::Resource;
use crate::auth::access::RunProposals;
use crate::auth::{Allowed, Staff};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::congresses::Congress;
use crate::features::proposals::store::{self, Category};
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, RequestId};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// A category.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CategoryView {
    pub id: Id,
    pub congress_id: Id,
    pub parent_id: Option<Id>,
    #[schema(example = "城建交通")]
    pub name: String,
    /// Its place among its siblings.
    #[schema(example = 1)]
    pub position: i32,
}

fn view(k: Category) -> CategoryView {
    CategoryView {
        id: k.id,
        congress_id: k.congress_id,
        parent_id: k.parent_id,
        name: k.name,
        position: k.position,
    }
}

/// A category to be.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewCategory {
    #[garde(length(chars, min = 1, max = 30), custom(plain))]
    #[schema(example = "城建交通", min_length = 1, max_length = 30)]
    pub name: String,
    /// Null at the root.
    #[garde(skip)]
    pub parent_id: Option<Id>,
    #[serde(default)]
    #[garde(range(min = 0, max = 10_000))]
    #[schema(example = 1, minimum = 0, maximum = 10000)]
    pub position: i32,
}

/// All categories of a congress.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CategoryTree {
    /// In order; children name their parent.
    pub items: Vec<CategoryView>,
}

fn record(c: &mut DbConn, staff: &Staff, action: &str, k: &Category, request: &RequestId, now: Ts) -> ApiResult<()> {
    let line = Line {
        congress_id: Some(k.congress_id),
        actor: Actor::Account(staff.account_id),
        action,
        subject_kind: "category",
        subject_id: Some(k.id),
        detail: json!({ "name": k.name, "parent_id": k.parent_id }),
        request_id: Some(&request.0),
    };
    Ok(audit::record(c, line, now)?)
}

/// The deepest a tree may go.
const DEPTH: usize = 4;

/// A parent must be a category in use of the same congress, and not the category itself or one below it.
fn parent_fits(c: &mut DbConn, congress: Id, own: Option<Id>, parent: Option<Id>) -> ApiResult<()> {
    let bad = |why: &str| Err(ApiError::field("parent_id", "invalid", why));
    let all = store::categories_of(c, congress)?;
    let (mut at, mut depth) = (parent, 0);
    while let Some(id) = at {
        let Some(k) = all.iter().find(|k| k.id == id && k.retired_at.is_none()) else {
            return bad("is no category of this congress in use");
        };
        if Some(id) == own {
            return bad("a category cannot lie below itself");
        }
        depth += 1;
        if depth >= DEPTH {
            return bad("a tree has at most four levels");
        }
        at = k.parent_id;
    }
    Ok(())
}

/// List the categories of proposals of a congress
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress")),
    responses((status = 200, body = CategoryTree)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/categories")]
pub async fn category_list(id: Path<Id>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let id = id.into_inner();
    let items = db
        .read(move |c| {
            Congress::load(c, id)?.ok_or(ErrorCode::NotFound)?;
            let all = store::categories_of(c, id)?;
            Ok::<_, ApiError>(all.into_iter().filter(|k| k.retired_at.is_none()).map(view).collect())
        })
        .await?;
    Ok(HttpResponse::Ok().json(CategoryTree { items }))
}

/// Make a category
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Congress")), request_body = NewCategory,
    responses((status = 201, body = CategoryView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/categories")]
pub async fn category_create(
    congress: Allowed<Congress, RunProposals>,
    idem: Idempotency,
    body: Body<NewCategory>,
    db: Data<Db>,
    clock: Data<Clock>,
    request: RequestId,
) -> ApiResult<HttpResponse> {
    let Body { value: new, raw } = body;
    let (id, staff, now) = (congress.resource.id, congress.staff, clock.now());
    let made = db
        .write(move |c| {
            idem.run(c, staff.account_id, &raw, now, |c| {
                parent_fits(c, id, None, new.parent_id)?;
                let row = Category {
                    id: Id::new(),
                    congress_id: id,
                    parent_id: new.parent_id,
                    name: new.name,
                    position: new.position,
                    created_at: now,
                    retired_at: None,
                };
                store::category_insert(c, &row)?;
                record(c, &staff, "category.create", &row, &request, now)?;
                Ok(view(row))
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// Change a category
///
/// Its name, parent or place; proposals stay in it.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Category")), request_body = NewCategory,
    responses((status = 200, body = CategoryView)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["already_exists"]))))]
#[put("/categories/{id:[0-9A-Fa-f-]+}")]
pub async fn category_update(
    category: Allowed<Category, RunProposals>,
    body: Body<NewCategory>,
    db: Data<Db>,
    clock: Data<Clock>,
    request: RequestId,
) -> ApiResult<HttpResponse> {
    let (new, now, staff, mut row) = (body.value, clock.now(), category.staff, category.resource);
    let changed = db
        .write(move |c| {
            parent_fits(c, row.congress_id, Some(row.id), new.parent_id)?;
            (row.name, row.parent_id, row.position) = (new.name, new.parent_id, new.position);
            store::category_save(c, &row)?;
            record(c, &staff, "category.update", &row, &request, now)?;
            Ok::<_, ApiError>(view(row))
        })
        .await?;
    Ok(HttpResponse::Ok().json(changed))
}

/// Retire a category
///
/// Proposals stay in it; no more are put there. `conflict` while it has children in use.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Category")), responses((status = 204)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["conflict"]))))]
#[delete("/categories/{id:[0-9A-Fa-f-]+}")]
pub async fn category_delete(
    category: Allowed<Category, RunProposals>,
    db: Data<Db>,
    clock: Data<Clock>,
    request: RequestId,
) -> ApiResult<HttpResponse> {
    let (now, staff, mut row) = (clock.now(), category.staff, category.resource);
    db.write(move |c| {
        let all = store::categories_of(c, row.congress_id)?;
        if all
            .iter()
            .any(|k| k.parent_id == Some(row.id) && k.retired_at.is_none())
        {
            return Err(ApiError::from(ErrorCode::Conflict));
        }
        row.retired_at = row.retired_at.or(Some(now));
        store::category_save(c, &row)?;
        record(c, &staff, "category.retire", &row, &request, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
