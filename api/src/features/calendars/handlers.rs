//! The operations on the calendar.

use super::{By, Imported};
use crate::auth::Allowed;
use crate::auth::access::ManageCongress;
use crate::calendar::{self, CalendarDay, CalendarUsed, CalendarYear, LengthUnit, MAX_COUNT, Rule, SkippedDay};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id};
use crate::features::congresses::{self, Congress};
use crate::secrets::Secrets;
use crate::web::error::prefers_english;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, Page, PageQuery, RequestId};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, put};
use chrono::{Datelike, NaiveDate};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A year of the calendar without its days.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CalendarSummary {
    #[schema(example = 2026)]
    pub year: i32,
    /// The State Council's notice is out. Before that, due dates that reach into the year are provisional.
    pub published: bool,
    /// Which notice: 0 none yet, one more for each correction.
    #[schema(example = 1)]
    pub version: i32,
    /// Days that the notice names.
    #[schema(example = 39)]
    pub day_count: usize,
}

impl From<&CalendarYear> for CalendarSummary {
    fn from(year: &CalendarYear) -> CalendarSummary {
        CalendarSummary {
            year: year.year,
            published: year.published,
            version: year.version,
            day_count: year.days.len(),
        }
    }
}

/// List the years of the calendar
///
/// The oldest first. A year that is missing has no notice.
#[utoipa::path(tag = "calendars", params(PageQuery), responses((status = 200, body = Page<CalendarSummary>)), security(()))]
#[get("/calendars")]
pub async fn calendar_list(page: Query<PageQuery>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (limit, after) = (page.limit()?, page.after::<i32>()?);
    let calendar = db.read(|c| Ok::<_, ApiError>(super::current(c)?)).await?;
    let years = calendar.years().filter(|y| after.is_none_or(|after| y.year > after));
    let rows: Vec<CalendarSummary> = years.take(limit as usize + 1).map(CalendarSummary::from).collect();
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |y| y.year, |y| y)))
}

/// A year of the calendar.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CalendarView {
    #[schema(example = 2026)]
    pub year: i32,
    pub published: bool,
    #[schema(example = 1)]
    pub version: i32,
    /// Days off and make-up workdays, by date. Whatever is not named is a weekday and worked, or a weekend and off.
    pub days: Vec<CalendarDay>,
}

/// Get a year of the calendar
#[utoipa::path(tag = "calendars", params(("year" = i32, Path, example = 2026)), responses((status = 200, body = CalendarView)),
    security(()))]
#[get("/calendars/{year}")]
pub async fn calendar_get(year: Path<i32>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let calendar = db.read(|c| Ok::<_, ApiError>(super::current(c)?)).await?;
    let year = calendar.year(year.into_inner()).ok_or(ErrorCode::NotFound)?;
    Ok(HttpResponse::Ok().json(CalendarView {
        year: year.year,
        published: year.published,
        version: year.version,
        days: year.days.clone(),
    }))
}

/// A deadline to be computed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DueQuery {
    /// The day from which is counted, between 1950 and 2200; it does not count itself.
    #[param(example = "2025-07-01")]
    pub start: NaiveDate,
    pub unit: LengthUnit,
    #[param(minimum = 1, maximum = 3660, example = 3)]
    pub count: u32,
}

/// A due date and how it was reached.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DueView {
    #[schema(example = "2025-10-09")]
    pub due_on: NaiveDate,
    /// It depends on a year whose calendar is not published, and may move.
    pub provisional: bool,
    #[schema(example = "2025-07-01")]
    pub start_on: NaiveDate,
    pub unit: LengthUnit,
    #[schema(example = 3)]
    pub count: u32,
    /// Where the count ended, before moving over days off.
    #[schema(example = "2025-10-01")]
    pub counted_to: NaiveDate,
    /// Days off that did not count, or over which the end moved.
    pub skipped: Vec<SkippedDay>,
    /// Weekend days that counted because they are worked.
    pub made_up: Vec<NaiveDate>,
    pub calendars: Vec<CalendarUsed>,
    /// The explanation, in the language of `Accept-Language`.
    #[schema(example = json!(["自2025年7月1日起算，开始的当日不计入（《民法典》第二百零一条）。", "届满日为2025年10月9日。"]))]
    pub sentences: Vec<String>,
}

/// Compute a due date
///
/// By articles 201 to 203 of the Civil Code and the calendar as it is now, with every step explained.
#[utoipa::path(tag = "calendars", params(DueQuery), responses((status = 200, body = DueView)), security(()))]
#[get("/calendars/due")]
pub async fn calendar_due(query: Query<DueQuery>, request: HttpRequest, db: Data<Db>) -> ApiResult<HttpResponse> {
    let DueQuery { start, unit, count } = query.into_inner();
    if !(1950..=2200).contains(&start.year()) {
        return Err(ApiError::field(
            "start",
            "invalid",
            "the year must lie between 1950 and 2200",
        ));
    }
    if !(1..=MAX_COUNT).contains(&count) {
        let message = format!("must lie between 1 and {MAX_COUNT}");
        return Err(ApiError::field("count", "invalid", message));
    }
    let english = prefers_english(&request);
    let (name, article) = if english {
        ("Deadline", "Civil Code, articles 201 to 203")
    } else {
        ("所求期间", "《民法典》第二百零一条至第二百零三条")
    };
    let rule = Rule {
        name: name.into(),
        unit,
        count,
        article: article.into(),
    };
    let calendar = db.read(|c| Ok::<_, ApiError>(super::current(c)?)).await?;
    let due = calendar::due(&calendar, &rule, start);
    let sentences = due.derivation.sentences(english);
    let told = due.derivation;
    Ok(HttpResponse::Ok().json(DueView {
        due_on: due.on,
        provisional: due.provisional,
        start_on: told.start,
        unit,
        count,
        counted_to: told.counted_to,
        skipped: told.skipped,
        made_up: told.made_up,
        calendars: told.calendars,
        sentences,
    }))
}

/// A year's notice as it is imported.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
pub struct CalendarImport {
    /// The year of the path.
    #[garde(skip)]
    #[schema(example = 2027, minimum = 2000, maximum = 2100)]
    pub year: i32,
    /// Must be true: a year without a notice needs no import.
    #[garde(skip)]
    #[schema(example = true)]
    pub published: bool,
    /// Every day off and every make-up workday; days at the end of the December before may be among them.
    #[garde(length(max = 120))]
    #[schema(max_items = 120, example = json!([
        { "name": "元旦", "date": "2027-01-01", "off": true }, { "name": "春节", "date": "2027-02-05", "off": true },
        { "name": "春节", "date": "2027-02-14", "off": false }, { "name": "劳动节", "date": "2027-05-01", "off": true },
        { "name": "劳动节", "date": "2027-05-02", "off": true }, { "name": "国庆节", "date": "2027-10-01", "off": true },
        { "name": "国庆节", "date": "2027-10-02", "off": true }, { "name": "国庆节", "date": "2027-10-03", "off": true }
    ]))]
    pub days: Vec<CalendarDay>,
}

/// A deadline that moved.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MovedDeadline {
    pub deadline_id: Id,
    pub congress_id: Id,
    #[schema(example = "第0042号 关于增设社区养老服务站的建议")]
    pub title: String,
    #[schema(example = "2027-02-09")]
    pub from: NaiveDate,
    #[schema(example = "2027-02-15")]
    pub to: NaiveDate,
}

/// What an import did.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CalendarImported {
    #[schema(example = 2027)]
    pub year: i32,
    #[schema(example = 1)]
    pub version: i32,
    /// False when the calendar said this already; then nothing was done.
    pub changed: bool,
    /// Open deadlines of this congress and those below it whose date moved; their people were told.
    pub moved: Vec<MovedDeadline>,
    /// How many moved in other congresses.
    #[schema(example = 0)]
    pub moved_elsewhere: usize,
}

/// Import the calendar of a year
///
/// The calendar is the same for the whole country: only a congress without one above it imports it, and it counts for all.
/// Open deadlines that it touches are computed again, and the people whose date moved are told. The same calendar again
/// changes nothing.
#[utoipa::path(tag = "calendars", params(("id" = Id, Path), ("year" = i32, Path, example = 2027)), request_body = CalendarImport,
    responses((status = 200, body = CalendarImported)), security(("bearer" = [])),
    extensions(("x-error-codes" = json!(["conflict"]))))]
#[put("/congresses/{id:[0-9A-Fa-f-]+}/calendars/{year}")]
pub async fn calendar_import(
    congress: Allowed<Congress, ManageCongress>,
    path: Path<(Id, i32)>,
    body: Body<CalendarImport>,
    db: Data<Db>,
    secrets: Data<Secrets>,
    clock: Data<Clock>,
    request_id: RequestId,
) -> ApiResult<HttpResponse> {
    if congress.parent_id.is_some() {
        let detail = "the calendar is the same for the whole country: the congress at the top imports it for all";
        return Err(ApiError::new(ErrorCode::Forbidden).detail(detail));
    }
    let new = body.value;
    if new.year != path.into_inner().1 {
        return Err(ApiError::field("year", "invalid", "must be the year of the path"));
    }
    let (id, account, now) = (congress.resource.id, congress.staff.account_id, clock.now());
    let secrets = secrets.get_ref().clone();
    let answer = db
        .write(move |c| {
            let year = CalendarYear {
                year: new.year,
                published: new.published,
                version: 0,
                days: new.days,
            };
            let by = By {
                congress_id: Some(id),
                account_id: Some(account),
                request_id: Some(&request_id.0),
            };
            let imported = super::import(c, &secrets, year, by, now)?;
            told_to(c, id, imported)
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// Titles of other people's congresses stay theirs.
fn told_to(c: &mut DbConn, congress: Id, imported: Imported) -> ApiResult<CalendarImported> {
    let mut moved = vec![];
    let mut moved_elsewhere = 0;
    for m in imported.moved {
        if congresses::is_within(c, m.deadline.congress_id, congress)? {
            moved.push(MovedDeadline {
                deadline_id: m.deadline.id,
                congress_id: m.deadline.congress_id,
                title: m.deadline.title,
                from: m.from,
                to: m.to,
            });
        } else {
            moved_elsewhere += 1;
        }
    }
    Ok(CalendarImported {
        year: imported.year,
        version: imported.version,
        changed: imported.changed,
        moved,
        moved_elsewhere,
    })
}
