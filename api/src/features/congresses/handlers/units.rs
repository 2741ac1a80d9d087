//! Delegations, groups, districts and stations.

use super::super::UnitKind;
use super::super::store::{self, Congress, Unit};
use super::{Change, known, plain, plain_opt};
use crate::auth::Allowed;
use crate::auth::access::ManageCongress;
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id};
use crate::web::{ApiError, ApiResult, Body, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

/// A unit as everyone sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct UnitView {
    pub id: Id,
    pub congress_id: Id,
    pub kind: UnitKind,
    #[schema(example = "第一代表团")]
    pub name: String,
    /// Its place among units of its kind.
    #[schema(example = 0)]
    pub position: i32,
    /// 团长 / 组长 / 站长.
    pub head_account_id: Option<Id>,
    #[schema(example = "王建国")]
    pub head_name: Option<String>,
    #[schema(example = "江南大道 100 号")]
    pub address: Option<String>,
    #[schema(example = 30.2084)]
    pub latitude: Option<f64>,
    #[schema(example = 120.2119)]
    pub longitude: Option<f64>,
}

fn view(unit: Unit, head_name: Option<String>) -> UnitView {
    UnitView {
        id: unit.id,
        congress_id: unit.congress_id,
        kind: unit.kind,
        name: unit.name,
        position: unit.position,
        head_account_id: unit.head_account_id,
        head_name,
        address: unit.address,
        latitude: unit.latitude,
        longitude: unit.longitude,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnitQuery {
    /// Only units of this kind.
    pub kind: Option<UnitKind>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List units
///
/// By kind, and in the order that the staff gave them.
#[utoipa::path(tag = "congresses", params(("id" = Id, Path), UnitQuery), responses((status = 200, body = Page<UnitView>)), security(()))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/units")]
pub async fn unit_list(id: Path<Id>, query: Query<UnitQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (id, query) = (id.into_inner(), query.into_inner());
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let (limit, after) = (page.limit()?, page.after()?);
    let rows = db
        .read(move |c| {
            known(c, id)?;
            Ok::<_, ApiError>(store::unit_page(c, id, query.kind, after, limit)?)
        })
        .await?;
    let key = |row: &(Unit, Option<String>)| (row.0.kind.as_str(), row.0.position, row.0.id);
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, key, |(unit, head)| view(unit, head))))
}

/// A unit to be made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewUnit {
    #[garde(skip)]
    pub kind: UnitKind,
    #[garde(length(chars, min = 1, max = 64), custom(plain))]
    #[schema(example = "第一代表团", min_length = 1, max_length = 64)]
    pub name: String,
    /// Its place among units of its kind; absent: after the last.
    #[garde(range(min = 0, max = 1_000_000))]
    #[schema(example = 0, minimum = 0, maximum = 1000000)]
    pub position: Option<i32>,
    /// 团长 / 组长 / 站长: someone with a seat or a role in this congress.
    #[garde(skip)]
    pub head_account_id: Option<Id>,
    /// Only for stations, as is the position on the map.
    #[garde(length(chars, min = 1, max = 128), custom(plain_opt))]
    #[schema(example = "江南大道 100 号", min_length = 1, max_length = 128)]
    pub address: Option<String>,
    #[garde(range(min = -90.0, max = 90.0))]
    #[schema(example = 30.2084, minimum = -90, maximum = 90)]
    pub latitude: Option<f64>,
    #[garde(range(min = -180.0, max = 180.0))]
    #[schema(example = 120.2119, minimum = -180, maximum = 180)]
    pub longitude: Option<f64>,
}

/// What can be changed of a unit; absent values are cleared.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct UnitChange {
    #[garde(length(chars, min = 1, max = 64), custom(plain))]
    #[schema(example = "第一代表团", min_length = 1, max_length = 64)]
    pub name: String,
    /// Its place among units of its kind; absent: where it is.
    #[garde(range(min = 0, max = 1_000_000))]
    #[schema(example = 0, minimum = 0, maximum = 1000000)]
    pub position: Option<i32>,
    /// 团长 / 组长 / 站长: someone with a seat or a role in this congress.
    #[garde(skip)]
    pub head_account_id: Option<Id>,
    /// Only for stations, as is the position on the map.
    #[garde(length(chars, min = 1, max = 128), custom(plain_opt))]
    #[schema(example = "江南大道 100 号", min_length = 1, max_length = 128)]
    pub address: Option<String>,
    #[garde(range(min = -90.0, max = 90.0))]
    #[schema(example = 30.2084, minimum = -90, maximum = 90)]
    pub latitude: Option<f64>,
    #[garde(range(min = -180.0, max = 180.0))]
    #[schema(example = 120.2119, minimum = -180, maximum = 180)]
    pub longitude: Option<f64>,
}

impl From<NewUnit> for UnitChange {
    fn from(new: NewUnit) -> UnitChange {
        UnitChange {
            name: new.name,
            position: new.position,
            head_account_id: new.head_account_id,
            address: new.address,
            latitude: new.latitude,
            longitude: new.longitude,
        }
    }
}

/// Checks what the kind allows, and gives the name of the head.
fn checked(c: &mut DbConn, congress: Id, kind: UnitKind, values: &UnitChange) -> ApiResult<Option<String>> {
    let placed = values.latitude.is_some() || values.longitude.is_some();
    if kind != UnitKind::Station && (placed || values.address.is_some()) {
        let field = if values.address.is_some() {
            "address"
        } else {
            "latitude"
        };
        return Err(ApiError::field(field, "invalid", "only a station has a place"));
    }
    if values.latitude.is_some() != values.longitude.is_some() {
        return Err(ApiError::field(
            "longitude",
            "invalid",
            "give latitude and longitude together",
        ));
    }
    let Some(head) = values.head_account_id else {
        return Ok(None);
    };
    let name = store::name_of_member(c, congress, head)?;
    name.map(Some)
        .ok_or_else(|| ApiError::field("head_account_id", "unknown", "has no seat and no role in this congress"))
}

/// Make a unit
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), request_body = NewUnit, responses((status = 201, body = UnitView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/units")]
pub async fn unit_create(
    congress: Allowed<Congress, ManageCongress>,
    idem: Idempotency,
    body: Body<NewUnit>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let Body { value: new, raw } = body;
    let (kind, new) = (new.kind, UnitChange::from(new));
    let change = Change::new(&congress.staff, now, request_id);
    let id = congress.resource.id;
    let made = db
        .write(move |c| {
            idem.run(c, change.account_id, &raw, now, |c| {
                let head_name = checked(c, id, kind, &new)?;
                let position = match new.position {
                    Some(position) => position,
                    None => store::next_position(c, id, kind)?,
                };
                let unit = Unit {
                    id: Id::new(),
                    congress_id: id,
                    kind,
                    name: new.name,
                    position,
                    head_account_id: new.head_account_id,
                    address: new.address,
                    latitude: new.latitude,
                    longitude: new.longitude,
                    created_at: now,
                };
                store::units_insert(c, std::slice::from_ref(&unit))?;
                change.record(
                    c,
                    id,
                    "unit.create",
                    unit.id,
                    json!({ "kind": unit.kind, "name": unit.name }),
                )?;
                Ok(view(unit, head_name))
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// Change a unit
#[utoipa::path(tag = "congresses", params(("id" = Id, Path)), request_body = UnitChange, responses((status = 200, body = UnitView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["already_exists"]))))]
#[put("/units/{id:[0-9A-Fa-f-]+}")]
pub async fn unit_update(
    unit: Allowed<Unit, ManageCongress>,
    body: Body<UnitChange>,
    db: Data<Db>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let change = Change::new(&unit.staff, clock.now(), request_id);
    let (old, new) = (unit.resource, body.value);
    let changed = db
        .write(move |c| {
            let head_name = checked(c, old.congress_id, old.kind, &new)?;
            let unit = Unit {
                name: new.name,
                position: new.position.unwrap_or(old.position),
                head_account_id: new.head_account_id,
                address: new.address,
                latitude: new.latitude,
                longitude: new.longitude,
                ..old.clone()
            };
            store::unit_update(c, &unit)?;
            let detail = json!({
                "name": { "from": old.name, "to": unit.name },
                "head_account_id": { "from": old.head_account_id, "to": unit.head_account_id },
            });
            change.record(c, unit.congress_id, "unit.update", unit.id, detail)?;
            Ok::<_, ApiError>(view(unit, head_name))
        })
        .await?;
    Ok(HttpResponse::Ok().json(changed))
}
