//! Lists of attendance: JSON, CSV, XLSX, a sheet to print.

use crate::auth::Allowed;
use crate::auth::access::ViewMeetings;
use crate::db::{Db, Id, Ts};
use crate::features::attendance::board::{Board, DelegationCount, Line};
use crate::features::attendance::{AttendanceState, Counts, Method, Quorum, export};
use crate::features::meetings::{SeatClass, Sitting, SittingState, utc_offset};
use crate::web::{ApiError, ApiResult, ErrorCode};
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use chrono::FixedOffset;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One seat of a sitting.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttendanceLine {
    pub entry_id: Id,
    pub representative_id: Option<Id>,
    pub name: String,
    pub name_pinyin: String,
    pub class: SeatClass,
    pub delegation_id: Option<Id>,
    pub delegation: Option<String>,
    pub seat_label: Option<String>,
    pub state: AttendanceState,
    /// First sign-in.
    pub at: Option<Ts>,
    pub method: Option<Method>,
    /// Signed in and not signed out.
    pub in_room: bool,
    pub checked_out_at: Option<Ts>,
    /// Has approved leave, whether or not the person came all the same.
    pub on_leave: bool,
    /// Flags still to be judged.
    pub open_flags: u32,
}

/// Attendance of a sitting. It comes whole: a sitting's seats are one document, at most some thousands of lines.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttendanceList {
    pub sitting_id: Id,
    pub title: String,
    pub meeting_title: String,
    pub congress_name: String,
    pub state: SittingState,
    pub counts: Counts,
    pub quorum: Quorum,
    pub delegations: Vec<DelegationCount>,
    /// In seat order, after the filters; the counts are of the whole sitting.
    pub items: Vec<AttendanceLine>,
}

/// Which seats to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttendanceQuery {
    pub state: Option<AttendanceState>,
    pub delegation_id: Option<Id>,
    pub class: Option<SeatClass>,
    /// Part of the name, in characters or pinyin.
    pub q: Option<String>,
}

impl AttendanceQuery {
    fn wants(&self, line: &Line) -> bool {
        self.state.is_none_or(|s| s == line.state)
            && self.delegation_id.is_none_or(|d| line.entry.delegation_id == Some(d))
            && self.class.is_none_or(|k| k == line.entry.class)
            && self.q.as_deref().is_none_or(|q| {
                let q = q.trim();
                line.entry.name.contains(q) || line.entry.name_pinyin.contains(&q.to_lowercase().replace(' ', ""))
            })
    }
}

/// List a sitting's attendance
///
/// Every seat on the roster with its state, and the counts and quorum of the whole sitting.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting"), AttendanceQuery),
    responses((status = 200, body = AttendanceList)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/attendance")]
pub async fn attendance_list(
    sitting: Allowed<Sitting, ViewMeetings>,
    query: Query<AttendanceQuery>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let id = sitting.id;
    let list = db
        .read(move |c| {
            let board = Board::load(c, id)?.ok_or(ErrorCode::NotFound)?;
            let counts = board.counts();
            Ok::<_, ApiError>(AttendanceList {
                sitting_id: board.sitting.id,
                title: board.sitting.title.clone(),
                meeting_title: board.meeting_title.clone(),
                congress_name: board.congress_name.clone(),
                state: board.sitting.state,
                quorum: board.quorum(&counts),
                delegations: board.by_delegation(),
                items: board
                    .lines
                    .iter()
                    .filter(|l| query.wants(l))
                    .map(|l| line(&board, l))
                    .collect(),
                counts,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(list))
}

fn line(board: &Board, line: &Line) -> AttendanceLine {
    AttendanceLine {
        entry_id: line.entry.id,
        representative_id: line.entry.representative_id,
        name: line.entry.name.clone(),
        name_pinyin: line.entry.name_pinyin.clone(),
        class: line.entry.class,
        delegation_id: line.entry.delegation_id,
        delegation: board.delegation_name(line.entry.delegation_id).map(str::to_owned),
        seat_label: line.entry.seat_label.clone(),
        state: line.state,
        at: line.presence.first_at,
        method: line.method,
        in_room: line.presence.in_room,
        checked_out_at: line.presence.left_at,
        on_leave: line.on_leave,
        open_flags: line.open_flags,
    }
}

/// Makes a file of a board on a thread that may take its time.
async fn file(
    sitting: &Sitting,
    db: &Db,
    make: impl FnOnce(&Board, FixedOffset) -> ApiResult<Vec<u8>> + Send + 'static,
    content_type: &str,
    extension: &str,
) -> ApiResult<HttpResponse> {
    let id = sitting.id;
    let bytes = db
        .read(move |c| {
            let board = Board::load(c, id)?.ok_or(ErrorCode::NotFound)?;
            let zone = utc_offset(c, board.sitting.congress_id)?;
            make(&board, zone)
        })
        .await?;
    let name = format!("attachment; filename=\"attendance-{id}.{extension}\"");
    Ok(HttpResponse::Ok()
        .insert_header(("content-disposition", name))
        .content_type(content_type)
        .body(bytes))
}

/// Take a sitting's attendance home as CSV
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, content_type = "text/csv", body = String)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/attendance.csv")]
pub async fn attendance_csv(sitting: Allowed<Sitting, ViewMeetings>, db: Data<Db>) -> ApiResult<HttpResponse> {
    file(&sitting, &db, export::csv, "text/csv; charset=utf-8", "csv").await
}

/// Take a sitting's attendance home as XLSX
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>)),
    security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/attendance.xlsx")]
pub async fn attendance_xlsx(sitting: Allowed<Sitting, ViewMeetings>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    file(&sitting, &db, export::xlsx, content_type, "xlsx").await
}

/// Print a sheet to sign by hand
///
/// A4, by delegation; who signed in already or has leave is marked.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")),
    responses((status = 200, content_type = "text/html", body = String)), security(("bearer" = [])))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/attendance/sheet")]
pub async fn attendance_sheet(sitting: Allowed<Sitting, ViewMeetings>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let id = sitting.id;
    let html = db
        .read(move |c| {
            let board = Board::load(c, id)?.ok_or(ErrorCode::NotFound)?;
            let zone = utc_offset(c, board.sitting.congress_id)?;
            Ok::<_, ApiError>(export::sheet(&board, zone))
        })
        .await?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}
