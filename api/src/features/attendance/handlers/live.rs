//! Watching a sitting live.

use crate::auth::access::ViewMeetings;
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::{Claims, Person, TokenKind, staff_in};
use crate::config::Config;
use crate::db::{Db, DbConn, Id};
use crate::features::attendance::live::{Resume, Rooms};
use crate::features::attendance::store;
use crate::features::meetings;
use crate::realtime::socket;
use crate::web::{ApiError, ApiResult, ErrorCode};
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Deserialize;
use std::sync::atomic::{AtomicUsize, Ordering};
use utoipa::IntoParams;

/// Where a watcher left off.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// `epoch` of the last snapshot.
    pub epoch: Option<String>,
    /// `seq` of the last frame.
    pub since: Option<u64>,
}

static WATCHERS: AtomicUsize = AtomicUsize::new(0);

/// Watch a sitting live (WebSocket)
///
/// For staff, people on the roster and the hall screen. The token comes in the header or, from a browser, as
/// sub-protocols `lvzhi.v1, bearer.<token>`. The first frame is a `snapshot`, signed by the server key `kid` over the
/// text of the frame without its last member `signature`; then `update` frames, at most ten a second, with `seq`
/// counting up. A `tick` every 20 s says that the line is alive. With `epoch` and `since` a watcher who was away gets what was missed, or a new snapshot.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Sitting"), LiveQuery),
    responses((status = 101, description = "Switched to WebSocket")),
    security(("bearer" = [])), extensions(("x-error-codes" = json!(["bad_request"]))))]
#[get("/sittings/{id:[0-9A-Fa-f-]+}/live")]
pub async fn live_watch(
    request: HttpRequest,
    claims: Claims,
    policy: SecondFactorPolicy,
    id: Path<Id>,
    query: Query<LiveQuery>,
    services: (Data<Db>, Data<Rooms>, Data<Config>),
    body: Payload,
) -> ApiResult<HttpResponse> {
    let (db, rooms, config) = services;
    let sitting = *id;
    db.read(move |c| may_watch(c, &claims, sitting, policy)).await?;
    if !request.headers().contains_key("upgrade") {
        return Err(ApiError::new(ErrorCode::BadRequest).detail("this address speaks WebSocket"));
    }
    if WATCHERS.load(Ordering::Relaxed) >= config.limits.live_watchers {
        return Err(ApiError::new(ErrorCode::Overloaded).retry_after(5));
    }
    let query = query.into_inner();
    let resume = Resume {
        epoch: query.epoch,
        since: query.since,
    };
    let frames = rooms.watch(sitting, resume).await?.ok_or(ErrorCode::NotFound)?;
    let response = socket::serve(&request, body, frames, Watching::begin())
        .map_err(|e| ApiError::new(ErrorCode::BadRequest).detail(e.to_string()))?;
    Ok(response)
}

/// Counts a watcher for as long as its socket lives.
struct Watching;

impl Watching {
    fn begin() -> Watching {
        metrics::gauge!("lvzhi_live_watchers").set((WATCHERS.fetch_add(1, Ordering::Relaxed) + 1) as f64);
        Watching
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        metrics::gauge!("lvzhi_live_watchers").set((WATCHERS.fetch_sub(1, Ordering::Relaxed) - 1) as f64);
    }
}

fn may_watch(c: &mut DbConn, claims: &Claims, id: Id, policy: SecondFactorPolicy) -> ApiResult<()> {
    let sitting = meetings::sitting(c, id)?.ok_or(ErrorCode::NotFound)?;
    match claims.kind {
        TokenKind::Screen if claims.sub == id => Ok(()),
        TokenKind::Person if store::entry_of_account(c, id, claims.sub)?.is_some() => Ok(()),
        TokenKind::Person => {
            let person = Person {
                account_id: claims.sub,
                session_id: claims.sid,
                device_id: claims.did.clone(),
            };
            staff_in::<ViewMeetings>(c, &person, sitting.congress_id, policy).map(drop)
        }
        _ => Err(ErrorCode::NotFound.into()),
    }
}
