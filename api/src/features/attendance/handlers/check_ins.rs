//! Signing in with a code.

use super::moves::new_move;
use crate::auth::Person;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::check_in::Arriving;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::attendance::check_ins::{CheckIn, CheckIns, Outcome};
use crate::features::attendance::{
    AttendanceState, FlagKind, Method, MoveKind, Presence, announce, codes, presence_of, rules, store,
};
use crate::features::meetings::{self, SeatClass};
use crate::kv::Kv;
use crate::realtime::Hub;
use crate::secrets::Secrets;
use crate::text_enum;
use crate::web::{ApiError, ApiResult, Body, ErrorCode, limit};
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_enum! {
    /// What proves that the person is in the hall.
    CodeKind {
        /// The token of the QR code.
        HallCode = "hall_code",
        /// The six digits.
        TypedCode = "typed_code",
        /// What a scanned token was exchanged for.
        Ticket = "ticket",
    }
}

/// A sign-in.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewCheckIn {
    #[garde(skip)]
    pub kind: CodeKind,
    #[garde(length(bytes, min = 1, max = 200))]
    #[schema(example = "402817")]
    pub code: String,
    /// Only when the person agreed; kept as a distance, never as a place.
    #[garde(inner(range(min = -90.0, max = 90.0)))]
    pub latitude: Option<f64>,
    #[garde(inner(range(min = -180.0, max = 180.0)))]
    pub longitude: Option<f64>,
    /// How sure the phone is, in metres.
    #[garde(inner(range(min = 0.0, max = 100_000.0)))]
    pub accuracy_m: Option<f64>,
}

/// A seat's sign-in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckInView {
    pub sitting_id: Id,
    pub entry_id: Id,
    pub name: String,
    pub seat_label: Option<String>,
    pub delegation_id: Option<Id>,
    /// Name of the delegation.
    pub delegation: Option<String>,
    pub class: SeatClass,
    /// When the seat first signed in.
    pub at: Ts,
    pub state: AttendanceState,
    /// Signed in and not signed out. Signing in again after signing out is coming back.
    pub in_room: bool,
    /// False when the seat had signed in before: `at` is that first time.
    pub first: bool,
    /// Something a person will look at; the sign-in counts all the same.
    pub flags: Vec<FlagKind>,
}

type SignInServices = (
    Data<CheckIns>,
    Data<Db>,
    Data<Secrets>,
    Data<Clock>,
    Data<Kv>,
    Data<Hub>,
    Data<Config>,
);

/// Sign in
///
/// With the scanned code, the typed digits or a ticket. Repeating it is harmless: the seat itself is the key, the
/// answer is 201 the first time and 200 with the first time afterwards.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting")), request_body = NewCheckIn,
    responses((status = 201, description = "Signed in", body = CheckInView), (status = 200, description = "Had signed in", body = CheckInView)),
    security(("bearer" = [])),
    extensions(("x-natural-key" = json!(true)), ("x-error-codes" = json!(["code_invalid", "code_expired", "code_for_other_sitting",
        "sitting_not_open", "sitting_closed", "not_on_roster", "seat_suspended", "not_found"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/check_ins")]
pub async fn check_in_create(
    person: Person,
    id: Path<Id>,
    body: Body<NewCheckIn>,
    services: SignInServices,
) -> ApiResult<HttpResponse> {
    let (check_ins, db, secrets, clock, kv, hub, config) = services;
    let (sitting, now) = (*id, clock.now());
    check_code(
        &body.value,
        sitting,
        &person,
        &secrets,
        now,
        (&kv, config.limits.wrong_codes_per_minute),
    )
    .await?;
    let (distance_m, far) = distance(&db, sitting, &body.value).await?;
    let method = if body.kind == CodeKind::TypedCode {
        Method::TypedCode
    } else {
        Method::HallCode
    };
    let arriving = Arriving {
        sitting_id: sitting,
        account_id: person.account_id,
        at: now,
        method: method.as_str(),
        device_id: person.device_id,
        distance_m,
        known: None,
    };
    let outcome = check_ins.submit(CheckIn { arriving, method, far }).await?;
    answer(&db, &hub, sitting, outcome, method, now).await
}

async fn check_code(
    body: &NewCheckIn,
    sitting: Id,
    person: &Person,
    secrets: &Secrets,
    now: Ts,
    (kv, wrong_codes): (&Kv, u32),
) -> ApiResult<()> {
    let of = match body.kind {
        CodeKind::HallCode => codes::check_hall_token(secrets, &body.code, now)?,
        CodeKind::Ticket => codes::check_ticket(secrets, &body.code, &person.device_id, now)?,
        CodeKind::TypedCode => {
            // Six digits could be guessed; the MAC of the others cannot.
            let who = person.account_id.to_string();
            limit::check(kv, now, "typed_code", &who, wrong_codes, 60).await?;
            if let Err(code) = codes::check_typed_code(secrets, sitting, &body.code, now) {
                limit::hit(kv, now, "typed_code", &who, wrong_codes, 60).await?;
                return Err(code.into());
            }
            sitting
        }
    };
    if of == sitting {
        Ok(())
    } else {
        Err(ErrorCode::CodeForOtherSitting.into())
    }
}

/// Metres from the place, and whether that is outside its radius beyond the phone's own uncertainty.
async fn distance(db: &Db, sitting: Id, body: &NewCheckIn) -> ApiResult<(Option<i32>, bool)> {
    let (Some(latitude), Some(longitude)) = (body.latitude, body.longitude) else {
        return Ok((None, false));
    };
    let accuracy = body.accuracy_m.unwrap_or(0.0);
    let sitting = db
        .read(move |c| Ok::<_, ApiError>(meetings::sitting(c, sitting)?))
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let (Some(lat), Some(lon), Some(radius)) = (sitting.latitude, sitting.longitude, sitting.radius_m) else {
        return Ok((None, false));
    };
    let metres = rules::distance_m((lat, lon), (latitude, longitude));
    Ok((Some(metres.round() as i32), metres - accuracy > f64::from(radius)))
}

async fn answer(db: &Db, hub: &Hub, sitting: Id, outcome: Outcome, method: Method, now: Ts) -> ApiResult<HttpResponse> {
    let Outcome { found, flags } = outcome;
    let seat = match (found.sitting_state.as_deref(), found.seat) {
        (None, _) => return Err(ErrorCode::NotFound.into()),
        (Some(_), None) => return Err(ErrorCode::NotOnRoster.into()),
        (Some(_), Some(seat)) => seat,
    };
    let mut first = found.first;
    let (at, in_room) = match (found.at, found.sitting_state.as_deref()) {
        // The record stands; what became of it since is in its moves.
        (Some(_), state) if !first => {
            let (entry, congress, open) = (seat.entry_id, seat.congress_id, state == Some("open"));
            let stands = db
                .read(move |c| Ok::<_, ApiError>(presence_of(c, sitting, entry)?))
                .await?;
            match (stands.first_at, stands.in_room, open) {
                (None, _, false) => return Err(ErrorCode::SittingClosed.into()),
                (Some(at), in_room, open) if in_room || !open => (at, in_room),
                _ => {
                    let back = db
                        .write(move |c| again(c, (sitting, entry, congress), method, now))
                        .await?;
                    announce(hub, sitting).await;
                    first = stands.first_at.is_none();
                    (back.first_at.unwrap_or(now), back.in_room)
                }
            }
        }
        (Some(at), _) => (at, true),
        (None, Some("draft")) => return Err(ErrorCode::SittingNotOpen.into()),
        (None, Some("closed")) => return Err(ErrorCode::SittingClosed.into()),
        (None, _) => return Err(ErrorCode::SeatSuspended.into()),
    };
    let late = found.late_after.is_some_and(|late_after| at > late_after);
    let view = CheckInView {
        sitting_id: sitting,
        entry_id: seat.entry_id,
        name: seat.name,
        seat_label: seat.seat_label,
        delegation_id: seat.delegation_id,
        delegation: seat.delegation,
        class: seat.class.parse().map_err(ApiError::internal)?,
        at,
        state: if late {
            AttendanceState::Late
        } else {
            AttendanceState::Present
        },
        in_room,
        first,
        flags,
    };
    let mut response = if first {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response.json(view))
}

/// Scanning anew: who had left is back, and a voided sign-in is made again.
fn again(c: &mut DbConn, seat: (Id, Id, Id), method: Method, now: Ts) -> ApiResult<Presence> {
    let (sitting, entry, _) = seat;
    let before = presence_of(c, sitting, entry)?;
    let kind = match (before.first_at, before.in_room) {
        (Some(_), true) => return Ok(before),
        (Some(_), false) => MoveKind::Back,
        (None, _) => MoveKind::Again,
    };
    store::move_insert(c, &new_move(seat, kind, method, None, None, now))?;
    Ok(presence_of(c, sitting, entry)?)
}
