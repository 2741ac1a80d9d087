//! Congresses themselves and their settings.

use super::super::rules::below;
use super::super::settings::Settings;
use super::super::store::{self, Congress, CongressFilter};
use super::super::{Level, contains_pattern};
use super::{Change, plain};
use crate::auth::access::{ManageCongress, ViewMeetings};
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::{Allowed, Person, staff_in};
use crate::clock::Clock;
use crate::db::{Db, Id, Json};
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// A congress as everyone sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CongressView {
    pub id: Id,
    #[schema(example = "杭州市滨江区人民代表大会")]
    pub name: String,
    #[schema(example = "滨江区")]
    pub short_name: String,
    pub level: Level,
    /// The congress above it; null at the top.
    pub parent_id: Option<Id>,
    /// Administrative division (GB/T 2260).
    #[schema(example = "330108")]
    pub region_code: String,
}

impl From<Congress> for CongressView {
    fn from(c: Congress) -> CongressView {
        CongressView {
            id: c.id,
            name: c.name,
            short_name: c.short_name,
            level: c.level,
            parent_id: c.parent_id,
            region_code: c.region_code,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CongressQuery {
    /// Only those directly below this one.
    pub parent_id: Option<Id>,
    pub level: Option<Level>,
    /// Part of the name.
    #[param(example = "滨江", max_length = 64)]
    pub q: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List congresses
///
/// By region code: a place comes before those within it.
#[utoipa::path(tag = "congresses", params(CongressQuery), responses((status = 200, body = Page<CongressView>)), security(()))]
#[get("/congresses")]
pub async fn congress_list(query: Query<CongressQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let query = query.into_inner();
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let (limit, after) = (page.limit()?, page.after::<String>()?);
    let filter = CongressFilter {
        parent_id: query.parent_id,
        level: query.level,
        name: search_text(query.q)?.map(|q| contains_pattern(&q)),
    };
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::congress_page(c, &filter, after, limit)?))
        .await?;
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |c| c.region_code.clone(), CongressView::from)))
}

/// What someone searches for, without the space around; nothing when empty.
fn search_text(q: Option<String>) -> ApiResult<Option<String>> {
    let q = q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty());
    if q.as_ref().is_some_and(|q| q.chars().count() > 64 || q.contains('\0')) {
        return Err(ApiError::field("q", "invalid", "must have at most 64 characters"));
    }
    Ok(q)
}

/// Get a congress
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), responses((status = 200, body = CongressView)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}")]
pub async fn congress_get(id: Path<Id>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let id = id.into_inner();
    let found = db.read(move |c| Ok::<_, ApiError>(store::congress(c, id)?)).await?;
    Ok(HttpResponse::Ok().json(CongressView::from(found.ok_or(ErrorCode::NotFound)?)))
}

/// A congress to be founded.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewCongress {
    /// The congress above; the caller must manage it.
    #[garde(skip)]
    pub parent_id: Id,
    /// Must be below the level of the parent.
    #[garde(skip)]
    pub level: Level,
    #[garde(length(chars, min = 1, max = 64), custom(plain))]
    #[schema(example = "滨江区长河街道人民代表大会", min_length = 1, max_length = 64)]
    pub name: String,
    #[garde(length(chars, min = 1, max = 32), custom(plain))]
    #[schema(example = "长河街道", min_length = 1, max_length = 32)]
    pub short_name: String,
    /// Administrative division: 6 to 12 digits, not used by another congress.
    #[garde(custom(is_region_code))]
    #[schema(example = "330108002", pattern = "^[0-9]{6,12}$")]
    pub region_code: String,
    #[garde(dive)]
    #[serde(default)]
    pub settings: Settings,
}

fn is_region_code(code: &str, _: &()) -> garde::Result {
    if (6..=12).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err(garde::Error::new("must be 6 to 12 digits"))
    }
}

/// Found a congress below another
///
/// The caller becomes its first administrator.
#[utoipa::path(tag = "congresses", request_body = NewCongress, responses((status = 201, body = CongressView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["not_found", "already_exists"]))))]
#[post("/congresses")]
#[allow(clippy::too_many_arguments)]
pub async fn congress_create(
    person: Person,
    policy: SecondFactorPolicy,
    idem: Idempotency,
    body: Body<NewCongress>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let Body { value: new, raw } = body;
    let made = db
        .write(move |c| {
            let staff = staff_in::<ManageCongress>(c, &person, new.parent_id, policy)?;
            let parent = store::congress(c, new.parent_id)?.ok_or(ErrorCode::NotFound)?;
            if !below(new.level, parent.level) {
                return Err(ApiError::field(
                    "level",
                    "invalid",
                    format!("must be below {}", parent.level),
                ));
            }
            idem.run(c, staff.account_id, &raw, now, |c| {
                let congress = Congress {
                    id: Id::new(),
                    parent_id: Some(parent.id),
                    level: new.level,
                    name: new.name,
                    short_name: new.short_name,
                    region_code: new.region_code,
                    settings: stored(&new.settings),
                    created_at: now,
                };
                store::congress_insert(c, &congress)?;
                store::grant_admin(c, staff.account_id, congress.id, now)?;
                let change = Change::new(&staff, now, request_id);
                let detail = json!({ "name": congress.name, "parent_id": parent.id, "first_admin": staff.account_id });
                change.record(c, congress.id, "congress.create", congress.id, detail)?;
                Ok(CongressView::from(congress))
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

fn stored(settings: &Settings) -> Json {
    Json(serde_json::to_value(settings).expect("settings are plain data"))
}

/// What can be changed of a congress.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct CongressChange {
    #[garde(length(chars, min = 1, max = 64), custom(plain))]
    #[schema(example = "杭州市滨江区人民代表大会", min_length = 1, max_length = 64)]
    pub name: String,
    #[garde(length(chars, min = 1, max = 32), custom(plain))]
    #[schema(example = "滨江区", min_length = 1, max_length = 32)]
    pub short_name: String,
    /// Absent: the settings stay as they are. Present: they replace the old ones whole.
    #[garde(dive)]
    pub settings: Option<Settings>,
}

/// A congress with its settings.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CongressSettings {
    pub congress_id: Id,
    #[schema(example = "杭州市滨江区人民代表大会")]
    pub name: String,
    #[schema(example = "滨江区")]
    pub short_name: String,
    pub settings: Settings,
}

impl From<&Congress> for CongressSettings {
    fn from(congress: &Congress) -> CongressSettings {
        CongressSettings {
            congress_id: congress.id,
            name: congress.name.clone(),
            short_name: congress.short_name.clone(),
            settings: super::super::settings(congress),
        }
    }
}

/// Get the settings of a congress
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), responses((status = 200, body = CongressSettings)),
    security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/settings")]
pub async fn congress_settings_get(congress: Allowed<Congress, ViewMeetings>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(CongressSettings::from(&congress.resource)))
}

/// Change the name and settings of a congress
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), request_body = CongressChange,
    responses((status = 200, body = CongressSettings)), security(("bearer" = [])))]
#[put("/congresses/{id:[0-9A-Fa-f-]+}")]
pub async fn congress_update(
    congress: Allowed<Congress, ManageCongress>,
    body: Body<CongressChange>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let change = Change::new(&congress.staff, clock.now(), request_id);
    let (id, new) = (congress.resource.id, body.value);
    let changed = db
        .write(move |c| {
            let old = store::congress(c, id)?.ok_or(ErrorCode::NotFound)?;
            let congress = Congress {
                name: new.name,
                short_name: new.short_name,
                settings: new.settings.as_ref().map_or_else(|| old.settings.clone(), stored),
                ..old.clone()
            };
            store::congress_update(c, &congress)?;
            let detail = json!({
                "name": { "from": old.name, "to": congress.name },
                "settings": new.settings.map(|new| json!({ "from": old.settings.0, "to": new })),
            });
            change.record(c, id, "congress.update", id, detail)?;
            Ok::<_, ApiError>(CongressSettings::from(&congress))
        })
        .await?;
    Ok(HttpResponse::Ok().json(changed))
}
