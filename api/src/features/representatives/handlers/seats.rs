//! Seats one by one: list, enter, read, change.

use super::view::{RepresentativeView, full_view, open_phone, view};
use super::{Change, plain, plain_opt, search, term, unit_names};
use crate::auth::Allowed;
use crate::auth::access::{ManageRepresentatives, ViewRepresentatives};
use crate::auth::phone::Phone;
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id};
use crate::features::accounts;
use crate::features::congresses::{self, Congress, UnitKind};
use crate::features::representatives::store::{self, Representative, SeatFilter};
use crate::features::representatives::{Gender, SeatStatus, pinyin};
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, FieldError, Idempotency, Page, PageQuery, RequestId};
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get, post, put};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RepresentativeQuery {
    /// Part of the name, of its spelling (`zhangsan`) or initials (`zs`), or the beginning of the number.
    #[param(example = "zs", max_length = 64)]
    pub q: Option<String>,
    /// A delegation, group or district.
    pub unit_id: Option<Id>,
    pub status: Option<SeatStatus>,
    /// Default: the current term.
    pub term_id: Option<Id>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// List representatives for the staff
///
/// By spelling of the name. Phone numbers are masked.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path), RepresentativeQuery),
    responses((status = 200, body = Page<RepresentativeView>)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/representatives")]
pub async fn representative_list(
    congress: Allowed<Congress, ViewRepresentatives>,
    query: Query<RepresentativeQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
) -> ApiResult<HttpResponse> {
    let query = query.into_inner();
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    let (limit, after, search) = (page.limit()?, page.after()?, search(query.q)?);
    let (congress, now) = (congress.resource, clock.now());
    let (rows, units) = db
        .read(move |c| {
            let filter = SeatFilter {
                congress_id: congress.id,
                term_id: term(c, &congress, query.term_id, now)?.id,
                status: query.status,
                unit_id: query.unit_id,
                search,
            };
            Ok::<_, ApiError>((store::seat_page(c, &filter, after, limit)?, unit_names(c, congress.id)?))
        })
        .await?;
    let page = Page::of(
        rows,
        limit,
        |(seat, _)| (seat.name_pinyin.clone(), seat.id),
        |(seat, sealed)| view(seat, open_phone(&secrets, sealed.as_deref()), &units),
    );
    Ok(HttpResponse::Ok().json(page))
}

/// A seat to be entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct NewRepresentative {
    /// Default: the current term.
    #[garde(skip)]
    pub term_id: Option<Id>,
    /// 代表证号, unique in the term.
    #[garde(length(chars, min = 1, max = 32), custom(plain))]
    #[schema(example = "0012", min_length = 1, max_length = 32)]
    pub number: String,
    #[garde(length(chars, min = 1, max = 64), custom(plain))]
    #[schema(example = "张三", min_length = 1, max_length = 64)]
    pub name: String,
    /// The number with which the person logs in; never shown whole again.
    #[garde(length(chars, min = 5, max = 24))]
    #[schema(example = "13800001234", min_length = 5, max_length = 24)]
    pub phone: String,
    #[garde(skip)]
    pub gender: Option<Gender>,
    #[garde(length(chars, min = 1, max = 32), custom(plain_opt))]
    #[schema(example = "汉族", min_length = 1, max_length = 32)]
    pub ethnicity: Option<String>,
    #[garde(length(chars, min = 1, max = 64), custom(plain_opt))]
    #[schema(example = "中国共产党", min_length = 1, max_length = 64)]
    pub party: Option<String>,
    #[garde(length(chars, min = 1, max = 128), custom(plain_opt))]
    #[schema(example = "滨江区实验小学", min_length = 1, max_length = 128)]
    pub employer: Option<String>,
    #[garde(length(chars, min = 1, max = 128), custom(plain_opt))]
    #[schema(example = "校长", min_length = 1, max_length = 128)]
    pub job_title: Option<String>,
    #[garde(skip)]
    pub delegation_id: Option<Id>,
    #[garde(skip)]
    pub group_id: Option<Id>,
    #[garde(skip)]
    pub district_id: Option<Id>,
}

/// What can be changed of a seat; absent values are cleared, but for the phone number.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct RepresentativeChange {
    #[garde(length(chars, min = 1, max = 32), custom(plain))]
    #[schema(example = "0012", min_length = 1, max_length = 32)]
    pub number: String,
    #[garde(length(chars, min = 1, max = 64), custom(plain))]
    #[schema(example = "张三", min_length = 1, max_length = 64)]
    pub name: String,
    /// Absent: it stays. Another number moves the seat to the account of that number.
    #[garde(length(chars, min = 5, max = 24))]
    #[schema(example = "13800001234", min_length = 5, max_length = 24)]
    pub phone: Option<String>,
    #[garde(skip)]
    pub gender: Option<Gender>,
    #[garde(length(chars, min = 1, max = 32), custom(plain_opt))]
    #[schema(example = "汉族", min_length = 1, max_length = 32)]
    pub ethnicity: Option<String>,
    #[garde(length(chars, min = 1, max = 64), custom(plain_opt))]
    #[schema(example = "中国共产党", min_length = 1, max_length = 64)]
    pub party: Option<String>,
    #[garde(length(chars, min = 1, max = 128), custom(plain_opt))]
    #[schema(example = "滨江区实验小学", min_length = 1, max_length = 128)]
    pub employer: Option<String>,
    #[garde(length(chars, min = 1, max = 128), custom(plain_opt))]
    #[schema(example = "校长", min_length = 1, max_length = 128)]
    pub job_title: Option<String>,
    #[garde(skip)]
    pub delegation_id: Option<Id>,
    #[garde(skip)]
    pub group_id: Option<Id>,
    #[garde(skip)]
    pub district_id: Option<Id>,
}

fn phone(text: &str) -> ApiResult<Phone> {
    Phone::parse(text).ok_or_else(|| ApiError::field("phone", "invalid", "must be a phone number"))
}

/// Checks what a seat refers to and that its number and account are free in the term.
fn checked(c: &mut DbConn, seat: &Representative) -> ApiResult<()> {
    for (field, kind, id) in [
        ("delegation_id", UnitKind::Delegation, seat.delegation_id),
        ("group_id", UnitKind::Group, seat.group_id),
        ("district_id", UnitKind::District, seat.district_id),
    ] {
        let Some(id) = id else { continue };
        let unit = congresses::unit(c, id)?;
        if !unit.is_some_and(|u| u.congress_id == seat.congress_id && u.kind == kind) {
            return Err(ApiError::field(
                field,
                "unknown",
                format!("is no {kind} of this congress"),
            ));
        }
    }
    let taken = |field: &str, message: String| ApiError {
        errors: vec![FieldError {
            field: field.into(),
            code: "taken".into(),
            message,
        }],
        ..ApiError::new(ErrorCode::AlreadyExists)
    };
    let by_number = store::seat_by_number(c, seat.term_id, &seat.number)?;
    if let Some(other) = by_number.filter(|s| s.id != seat.id) {
        return Err(taken("number", format!("代表证号已由本届代表 {} 使用", other.name)));
    }
    let by_account = store::seat_by_account(c, seat.term_id, seat.account_id)?;
    if let Some(other) = by_account.filter(|s| s.id != seat.id) {
        return Err(taken(
            "phone",
            format!("手机号已由本届代表 {} {} 使用", other.number, other.name),
        ));
    }
    Ok(())
}

/// Enter a representative
///
/// The account of the phone number is made if there is none.
#[utoipa::path(tag = "representatives", params(("id" = Id, Path)), request_body = NewRepresentative,
    responses((status = 201, body = RepresentativeView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["already_exists"]))))]
#[post("/congresses/{id:[0-9A-Fa-f-]+}/representatives")]
#[allow(clippy::too_many_arguments)]
pub async fn representative_create(
    congress: Allowed<Congress, ManageRepresentatives>,
    idem: Idempotency,
    body: Body<NewRepresentative>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let Body { value: new, raw } = body;
    let phone = phone(&new.phone)?;
    let change = Change::new(&congress.staff, now, request_id);
    let congress = congress.resource;
    let made = db
        .write(move |c| {
            idem.run(c, change.account_id, &raw, now, |c| {
                let term = term(c, &congress, new.term_id, now)?;
                let seat = Representative {
                    id: Id::new(),
                    congress_id: congress.id,
                    term_id: term.id,
                    account_id: accounts::account_for_phone(c, &secrets, &phone, &new.name, now)?,
                    number: new.number,
                    name_pinyin: pinyin::spell(&new.name),
                    name: new.name,
                    gender: new.gender,
                    ethnicity: new.ethnicity,
                    party: new.party,
                    employer: new.employer,
                    job_title: new.job_title,
                    delegation_id: new.delegation_id,
                    group_id: new.group_id,
                    district_id: new.district_id,
                    status: SeatStatus::Active,
                    ended_on: None,
                    created_at: now,
                    updated_at: now,
                };
                checked(c, &seat)?;
                store::seats_upsert(c, std::slice::from_ref(&seat))?;
                let detail = json!({ "number": seat.number, "name": seat.name, "term_id": seat.term_id });
                change.record(c, "representative.create", Some(seat.id), detail)?;
                full_view(c, &secrets, seat)
            })
        })
        .await?;
    Ok(HttpResponse::Created().json(made))
}

/// Get a representative for the staff
#[utoipa::path(tag = "representatives", params(("id" = Id, Path)), responses((status = 200, body = RepresentativeView)),
    security(("bearer" = [])))]
#[get("/representatives/{id:[0-9A-Fa-f-]+}")]
pub async fn representative_get(
    seat: Allowed<Representative, ViewRepresentatives>,
    db: Data<Db>,
    secrets: Data<Secrets>,
) -> ApiResult<HttpResponse> {
    let seat = seat.resource;
    let view = db.read(move |c| full_view(c, &secrets, seat)).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Change a representative
#[utoipa::path(tag = "representatives", params(("id" = Id, Path)), request_body = RepresentativeChange,
    responses((status = 200, body = RepresentativeView)),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["already_exists", "wrong_state"]))))]
#[put("/representatives/{id:[0-9A-Fa-f-]+}")]
pub async fn representative_update(
    seat: Allowed<Representative, ManageRepresentatives>,
    body: Body<RepresentativeChange>,
    db: Data<Db>,
    clock: Data<Clock>,
    secrets: Data<Secrets>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    let now = clock.now();
    let new = body.value;
    let phone = new.phone.as_deref().map(phone).transpose()?;
    let change = Change::new(&seat.staff, now, request_id);
    let id = seat.resource.id;
    let changed = db
        .write(move |c| {
            let old = store::representative(c, id)?.ok_or(ErrorCode::NotFound)?;
            if old.status == SeatStatus::Ended {
                return Err(ErrorCode::WrongState.into());
            }
            let account_id = match &phone {
                Some(phone) => accounts::account_for_phone(c, &secrets, phone, &new.name, now)?,
                None => old.account_id,
            };
            let seat = Representative {
                account_id,
                number: new.number,
                name_pinyin: if new.name == old.name {
                    old.name_pinyin.clone()
                } else {
                    pinyin::spell(&new.name)
                },
                name: new.name,
                gender: new.gender,
                ethnicity: new.ethnicity,
                party: new.party,
                employer: new.employer,
                job_title: new.job_title,
                delegation_id: new.delegation_id,
                group_id: new.group_id,
                district_id: new.district_id,
                updated_at: now,
                ..old.clone()
            };
            checked(c, &seat)?;
            store::seats_upsert(c, std::slice::from_ref(&seat))?;
            let detail = json!({
                "number": { "from": old.number, "to": seat.number },
                "name": { "from": old.name, "to": seat.name },
                "account_id": { "from": old.account_id, "to": seat.account_id },
                "delegation_id": { "from": old.delegation_id, "to": seat.delegation_id },
            });
            change.record(c, "representative.update", Some(id), detail)?;
            full_view(c, &secrets, seat)
        })
        .await?;
    Ok(HttpResponse::Ok().json(changed))
}
