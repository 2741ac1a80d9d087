//! The operations on deadlines.

use crate::auth::access::ViewDeadlines;
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::{Person, staff_in};
use crate::calendar::Calendar;
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, QueryResult, Ts};
use crate::features::{calendars, congresses};
use crate::notify::Channel;
use crate::reminders::{self, Deadline, DeadlineState, Light, Part, ReminderLine, ReminderState, light};
use crate::web::error::prefers_english;
use crate::web::{ApiError, ApiResult, ErrorCode, Page, PageQuery};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A reminder of a deadline.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReminderView {
    pub id: Id,
    /// Who is reminded.
    #[schema(example = "李明")]
    pub name: String,
    pub part: Part,
    /// Working days from the due day: -3 is three before it, 5 five late.
    #[schema(example = -3)]
    pub step: i32,
    /// How often the date had been set when it was armed; the newest round is the one in force.
    #[schema(example = 1)]
    pub round: i32,
    pub due_at: Ts,
    pub state: ReminderState,
    pub sent_at: Option<Ts>,
    /// The message, once sent; several reminders may share one.
    pub message_id: Option<Id>,
    pub channel: Option<Channel>,
}

impl From<ReminderLine> for ReminderView {
    fn from(r: ReminderLine) -> ReminderView {
        ReminderView {
            id: r.id,
            name: r.account_name,
            part: r.part,
            step: r.step,
            round: r.round,
            due_at: r.due_at,
            state: r.state,
            sent_at: r.sent_at,
            message_id: r.message_id,
            channel: r.channel,
        }
    }
}

/// A deadline with how its date was reached and who was reminded.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeadlineView {
    pub id: Id,
    pub congress_id: Id,
    /// A word of the feature to which it belongs.
    #[schema(example = "reply")]
    pub kind: String,
    /// What has to be done.
    #[schema(example = "答复代表")]
    pub name: String,
    #[schema(example = "proposal")]
    pub subject_kind: String,
    pub subject_id: Id,
    /// The organisation or representative that must act.
    pub holder_id: Option<Id>,
    #[schema(example = "第0042号 关于增设社区养老服务站的建议")]
    pub title: String,
    #[schema(example = "2026-03-02")]
    pub start_on: NaiveDate,
    #[schema(example = "2026-06-02")]
    pub due_on: NaiveDate,
    /// It depends on a year whose calendar is not published, and may move.
    pub provisional: bool,
    pub state: DeadlineState,
    /// While it runs.
    pub light: Option<Light>,
    pub ended_at: Option<Ts>,
    /// Working days late: so far while it runs, in the end when it was done.
    #[schema(example = 0)]
    pub late_days: i64,
    /// How the date was reached, in the language of `Accept-Language`.
    #[schema(example = json!(["答复代表：期限3个月（代表法第四十二条）。", "届满日为2026年6月2日。"]))]
    pub sentences: Vec<String>,
    /// By their moment; those of earlier dates among them.
    pub reminders: Vec<ReminderView>,
}

/// Get a deadline
///
/// With how its date was reached, and who was reminded when. For staff, and for those who must act or are reminded.
#[utoipa::path(tag = "deadlines", params(("id" = Id, Path)), responses((status = 200, body = DeadlineView)),
    security(("bearer" = [])))]
#[get("/deadlines/{id:[0-9A-Fa-f-]+}")]
pub async fn deadline_get(
    person: Person,
    policy: SecondFactorPolicy,
    id: Path<Id>,
    request: HttpRequest,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (id, english, now) = (id.into_inner(), prefers_english(&request), clock.now());
    let view = db
        .read(move |c| {
            let deadline = reminders::deadline(c, id)?.ok_or(ErrorCode::NotFound)?;
            if !reminders::has_part(c, &deadline, person.account_id)? {
                staff_in::<ViewDeadlines>(c, &person, deadline.congress_id, policy).map_err(hidden)?;
            }
            view(c, deadline, english, now)
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// A handler of another organisation does not learn that it exists.
fn hidden(e: ApiError) -> ApiError {
    if e.code == ErrorCode::Forbidden {
        ErrorCode::NotFound.into()
    } else {
        e
    }
}

fn view(c: &mut DbConn, d: Deadline, english: bool, now: Ts) -> ApiResult<DeadlineView> {
    let calendar = calendars::current(c)?;
    let today = congresses::local(c, d.congress_id)?.day(now);
    let runs = d.state == DeadlineState::Running;
    let lines = reminders::reminders_of(c, d.id)?;
    Ok(DeadlineView {
        light: runs.then(|| light(&calendar, d.due_on, today)),
        late_days: late_days(&calendar, &d, today),
        sentences: d.derivation().map(|d| d.sentences(english)).unwrap_or_default(),
        reminders: lines.into_iter().map(ReminderView::from).collect(),
        id: d.id,
        congress_id: d.congress_id,
        kind: d.kind,
        name: d.rule_name,
        subject_kind: d.subject_kind,
        subject_id: d.subject_id,
        holder_id: d.holder_id,
        title: d.title,
        start_on: d.start_on,
        due_on: d.due_on,
        provisional: d.provisional,
        state: d.state,
        ended_at: d.ended_at,
    })
}

fn late_days(calendar: &Calendar, d: &Deadline, today: NaiveDate) -> i64 {
    if d.state == DeadlineState::Running {
        reminders::late_days(calendar, d.due_on, today)
    } else {
        d.late_days.into()
    }
}

/// Something the caller has to do by a day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MyDeadlineView {
    pub id: Id,
    pub congress_id: Id,
    #[schema(example = "reply")]
    pub kind: String,
    /// What has to be done.
    #[schema(example = "答复代表")]
    pub name: String,
    #[schema(example = "proposal")]
    pub subject_kind: String,
    pub subject_id: Id,
    #[schema(example = "第0042号 关于增设社区养老服务站的建议")]
    pub title: String,
    /// In what capacity the caller is concerned.
    pub part: Part,
    #[schema(example = "2026-06-02")]
    pub due_on: NaiveDate,
    pub provisional: bool,
    pub light: Light,
    /// Working days left; negative when late.
    #[schema(example = 12)]
    pub days_left: i64,
}

/// List my deadlines
///
/// What still has to be done and reminds me, the nearest due day first, so that what is late comes before everything else.
#[utoipa::path(tag = "me", params(PageQuery), responses((status = 200, body = Page<MyDeadlineView>)), security(("bearer" = [])))]
#[get("/me/deadlines")]
pub async fn my_deadline_list(
    person: Person,
    page: Query<PageQuery>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (limit, after, now) = (page.limit()?, page.after::<(NaiveDate, Id)>()?, clock.now());
    let page = db
        .read(move |c| {
            let rows = reminders::mine(c, person.account_id, after, limit)?;
            let calendar = calendars::current(c)?;
            let mut days: HashMap<Id, NaiveDate> = HashMap::new();
            let views = rows
                .into_iter()
                .map(|(d, part)| {
                    let today = match days.get(&d.congress_id) {
                        Some(day) => *day,
                        None => {
                            let day = congresses::local(c, d.congress_id)?.day(now);
                            days.insert(d.congress_id, day);
                            day
                        }
                    };
                    Ok(mine(&calendar, d, part, today))
                })
                .collect::<QueryResult<Vec<_>>>()?;
            Ok::<_, ApiError>(Page::of(views, limit, |v| (v.due_on, v.id), |v| v))
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

fn mine(calendar: &Calendar, d: Deadline, part: Part, today: NaiveDate) -> MyDeadlineView {
    let late = reminders::late_days(calendar, d.due_on, today);
    MyDeadlineView {
        light: light(calendar, d.due_on, today),
        days_left: if late > 0 {
            -late
        } else {
            calendar.working_days_between(today, d.due_on)
        },
        id: d.id,
        congress_id: d.congress_id,
        kind: d.kind,
        name: d.rule_name,
        subject_kind: d.subject_kind,
        subject_id: d.subject_id,
        title: d.title,
        part,
        due_on: d.due_on,
        provisional: d.provisional,
    }
}
