//! What a person sees of their own duty.

use super::store::{self, Filter, MySitting};
use crate::auth::Person;
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, QueryResult, Ts};
use crate::features::attendance::{AttendanceState, standing_of};
use crate::features::leave;
use crate::features::meetings::{self, SeatClass, SittingState};
use crate::features::representatives::SeatStatus;
use crate::web::{ApiError, ApiResult, Page, PageQuery};
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A sitting the caller is expected at.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MySittingView {
    pub sitting_id: Id,
    pub entry_id: Id,
    pub title: String,
    pub meeting_id: Id,
    pub meeting_title: String,
    pub congress_name: String,
    pub place: String,
    pub state: SittingState,
    pub starts_at: Ts,
    pub late_after: Ts,
    pub ends_at: Ts,
    pub class: SeatClass,
    pub seat_label: Option<String>,
    /// The caller's own attendance.
    pub attendance: AttendanceState,
    /// First sign-in.
    pub at: Option<Ts>,
    /// Signed in and not signed out.
    pub in_room: bool,
    pub on_leave: bool,
}

/// Which of one's own sittings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MySittingQuery {
    pub state: Option<SittingState>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

/// List the sittings I am expected at
///
/// Planned and open ones, soonest first.
#[utoipa::path(tag = "me", params(MySittingQuery), responses((status = 200, body = Page<MySittingView>)), security(("bearer" = [])))]
#[get("/me/sittings")]
pub async fn my_sitting_list(
    person: Person,
    query: Query<MySittingQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let query = query.into_inner();
    let page = PageQuery {
        limit: query.limit,
        cursor: query.cursor,
    };
    list(person, query.state, page, false, &db, clock.now()).await
}

/// List my attendance
///
/// Sittings that are over, newest first.
#[utoipa::path(tag = "me", params(PageQuery), responses((status = 200, body = Page<MySittingView>)), security(("bearer" = [])))]
#[get("/me/attendance")]
pub async fn my_attendance_list(
    person: Person,
    page: Query<PageQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    list(person, None, page.into_inner(), true, &db, clock.now()).await
}

async fn list(
    person: Person,
    state: Option<SittingState>,
    page: PageQuery,
    past: bool,
    db: &Db,
    now: Ts,
) -> ApiResult<HttpResponse> {
    let limit = page.limit()?;
    let filter = Filter {
        state,
        past,
        after: page.after()?,
        limit: limit + 1,
    };
    let page = db
        .read(move |c| {
            let rows = store::my_sittings(c, person.account_id, &filter, now)?;
            let rows = rows
                .into_iter()
                .map(|row| view(c, row))
                .collect::<QueryResult<Vec<_>>>()?;
            Ok::<_, ApiError>(Page::of(rows, limit, |v| (v.starts_at, v.sitting_id), |v| v))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

fn view(c: &mut DbConn, row: MySitting) -> QueryResult<MySittingView> {
    let sitting = meetings::sitting(c, row.sitting_id)?;
    let on_leave = match (&sitting, row.representative_id) {
        (Some(sitting), Some(representative)) => leave::on_leave(c, sitting)?.contains(&representative),
        _ => false,
    };
    let closed = row.state == SittingState::Closed;
    let (attendance, presence) = standing_of(
        c,
        row.sitting_id,
        row.entry_id,
        row.late_after,
        (row.suspended, on_leave, closed),
    )?;
    Ok(MySittingView {
        sitting_id: row.sitting_id,
        entry_id: row.entry_id,
        title: row.title,
        meeting_id: row.meeting_id,
        meeting_title: row.meeting_title,
        congress_name: row.congress_name,
        place: row.place,
        state: row.state,
        starts_at: row.starts_at,
        late_after: row.late_after,
        ends_at: row.ends_at,
        class: row.class,
        seat_label: row.seat_label,
        attendance,
        at: presence.first_at,
        in_room: presence.in_room,
        on_leave,
    })
}

/// One of the caller's seats.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MySeatView {
    pub representative_id: Id,
    pub congress_id: Id,
    pub congress_name: String,
    pub term_id: Id,
    /// 代表证号.
    pub number: String,
    pub name: String,
    pub delegation: Option<String>,
    pub status: SeatStatus,
}

/// The caller's seats.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MySeatList {
    pub items: Vec<MySeatView>,
}

/// List my seats
///
/// The same person may hold seats at several levels.
#[utoipa::path(tag = "me", responses((status = 200, body = MySeatList)), security(("bearer" = [])))]
#[get("/me/seats")]
pub async fn my_seat_list(person: Person, db: Data<Db>) -> ApiResult<HttpResponse> {
    let rows = db
        .read(move |c| Ok::<_, ApiError>(store::my_seats(c, person.account_id)?))
        .await?;
    let items = rows
        .into_iter()
        .map(
            |(representative_id, congress_id, congress_name, term_id, number, name, delegation, status)| MySeatView {
                representative_id,
                congress_id,
                congress_name,
                term_id,
                number,
                name,
                delegation,
                status,
            },
        )
        .collect();
    Ok(HttpResponse::Ok().json(MySeatList { items }))
}
