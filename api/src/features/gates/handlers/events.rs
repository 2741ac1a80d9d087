//! Uploads of what gates saw.

use super::super::GateOutcome;
use super::super::rules::merge::{self, Arrival, Step};
use super::super::rules::{self, Checked, Event, Verdict, Window};
use super::super::store::{self, EventRow};
use super::{live_gate, sitting_of};
use crate::auth::{GateCaller, Keyring, sessions};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::attendance::{self, GateArrival, GateArrived};
use crate::features::audit::{self, Actor, Line};
use crate::features::meetings::Sitting;
use crate::realtime::Hub;
use crate::web::body::{parse, read_limited};
use crate::web::{ApiError, ApiResult, ErrorCode, RequestId};
use actix_web::web::{Bytes, Data, Path, Payload};
use actix_web::{HttpResponse, post};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// Room for one event in a body: a good one has about 550 bytes.
const EVENT_BYTES: usize = 2_048;

/// Events of one gate in one sitting.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
pub struct GateEventUpload {
    /// Taken one by one: what is wrong with one of them is told in its result.
    #[garde(length(min = 1))]
    #[schema(value_type = Vec<GateEvent>, min_items = 1, max_items = 1000)]
    pub events: Vec<Value>,
}

/// One scan, signed by the gate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateEvent {
    /// The gate's own number of the event; never used twice, in whatever sitting.
    #[schema(example = 17, minimum = 0)]
    pub seq: i64,
    /// Milliseconds since 1970 by the gate's own clock.
    #[schema(example = 1772413512345i64)]
    pub scanned_at_ms: i64,
    /// Server's time minus the gate's, in milliseconds.
    #[schema(example = -180250)]
    pub clock_offset_ms: i64,
    /// The text of the scanned QR code, whatever it was.
    #[schema(example = "LZ1.AQGTK2….AAAAAA…")]
    pub code: String,
    /// Ed25519 by the gate's key over `lvzhi-gate-event-v1`, gate id, `seq`, sitting id, `scanned_at_ms`,
    /// `clock_offset_ms` and `code`, separated by line feeds; 64 bytes in base64url.
    pub signature: String,
}

/// What became of each event, in the order of the upload.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateEventResults {
    pub results: Vec<GateEventResult>,
    /// The server's time, to correct `clock_offset_ms` by.
    pub server_time: Ts,
}

/// What became of one event.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GateEventResult {
    /// Null when the event had no usable number.
    #[schema(example = 17)]
    pub seq: Option<i64>,
    pub outcome: GateOutcome,
    /// The event was uploaded before; this is its first answer.
    pub repeated: bool,
    pub entry_id: Option<Id>,
    #[schema(example = "张伟")]
    pub name: Option<String>,
}

/// Upload what a gate saw
///
/// Each event has its own outcome, and the upload succeeds whatever they are. Uploads can be repeated, come in any
/// order and long after the sitting closed: an event counts by when it happened.
#[utoipa::path(tag = "gates", params(("id" = Id, Path, description = "Sitting")), request_body = GateEventUpload,
    responses((status = 200, body = GateEventResults)), security(("bearer" = [])),
    extensions(("x-natural-key" = json!(true)), ("x-error-codes" = json!(["gate_revoked", "batch_too_large"]))))]
#[post("/sittings/{id:[0-9A-Fa-f-]+}/gate_events")]
#[allow(clippy::too_many_arguments)]
pub async fn gate_event_create(
    caller: GateCaller,
    id: Path<String>,
    payload: Payload,
    request: RequestId,
    db: Data<Db>,
    clock: Data<Clock>,
    keys: Data<Keyring>,
    hub: Data<Hub>,
    config: Data<Config>,
) -> ApiResult<HttpResponse> {
    let id: Id = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let most = config.limits.gate_events;
    let room = config.limits.body_bytes.max(most * EVENT_BYTES);
    let raw = read_limited(&mut payload.into_inner(), room).await?;
    let now = clock.now();
    let gate_caller = caller.clone();
    let (gate, key) = db
        .read(move |c| {
            let (gate, key) = live_gate(c, &gate_caller, now)?;
            sitting_of(c, &gate, id)?;
            Ok::<_, ApiError>((gate, key))
        })
        .await?;
    let ring = keys.get_ref().clone();
    let first = check_all(raw.clone(), most, gate.id, key, id, ring.clone()).await?;
    let doubted = |e: &Option<Checked>| e.as_ref().is_some_and(|e| e.scan == Err(GateOutcome::BadCredential));
    let checked = if first.1.iter().any(doubted) {
        // Another process may have made a new key a moment ago, and the answer would stand for ever.
        ring.reload().await?;
        check_all(raw, most, gate.id, key, id, ring).await?
    } else {
        first
    };
    let (results, arrived) = db
        .write(move |c| {
            if !store::gate_hold(c, gate.id)? || !sessions::is_live(c, caller.session_id, now)? {
                return Err(ErrorCode::GateRevoked.into());
            }
            let sitting = sitting_of(c, &gate, id)?;
            let (results, arrived) = take(c, gate.id, &sitting, &checked.0, &checked.1, now)?;
            record(c, gate.id, &sitting, &results, &request, now)?;
            Ok::<_, ApiError>((results, arrived))
        })
        .await?;
    if arrived {
        attendance::announce(&hub, id).await;
    }
    let server_time = now;
    Ok(HttpResponse::Ok().json(GateEventResults { results, server_time }))
}

/// The numbers of the events, and what their signatures tell; `None` for what is no event.
type CheckedUpload = (Vec<Option<i64>>, Vec<Option<Checked>>);

/// Parsing and three signatures per event: too much for the threads that answer requests.
async fn check_all(
    raw: Bytes,
    most: usize,
    gate: Id,
    key: [u8; 32],
    sitting: Id,
    ring: Keyring,
) -> ApiResult<CheckedUpload> {
    let work = move || {
        let upload: GateEventUpload = parse(&raw)?;
        if upload.events.len() > most {
            return Err(ApiError::new(ErrorCode::BatchTooLarge).detail(format!("at most {most} events")));
        }
        let one = |event: Value| {
            let seq = event.get("seq").and_then(Value::as_i64);
            let event: Option<GateEvent> = serde_json::from_value(event).ok().filter(|e: &GateEvent| e.seq >= 0);
            let checked = event.and_then(|e| {
                let event = Event {
                    seq: e.seq,
                    scanned_at_ms: e.scanned_at_ms,
                    clock_offset_ms: e.clock_offset_ms,
                    code: e.code,
                    signature: e.signature,
                };
                rules::check(&event, gate, &key, sitting, |m, s| ring.check_any(m, s))
            });
            (seq, checked)
        };
        Ok(upload.events.into_iter().map(one).unzip())
    };
    actix_web::web::block(work).await.map_err(ApiError::internal)?
}

/// Merges an upload into what is known; tells whether anybody arrived.
fn take(
    c: &mut DbConn,
    gate: Id,
    sitting: &Sitting,
    seqs: &[Option<i64>],
    upload: &[Option<Checked>],
    now: Ts,
) -> ApiResult<(Vec<GateEventResult>, bool)> {
    let numbers: Vec<i64> = upload.iter().flatten().map(|e| e.seq).collect();
    let steps = merge::sort_out(upload, &store::events_known(c, gate, &numbers)?);
    let verdicts = judge_fresh(c, sitting, upload, &steps, now)?;
    let present = |(index, verdict): (usize, &Option<Verdict>)| match (verdict, &upload[index]) {
        (Some(Verdict::Present { entry_id, .. }), Some(event)) => {
            let (at, seq) = (event.at, event.seq);
            Some((*entry_id, Arrival { at, seq, index }))
        }
        _ => None,
    };
    let earliest = merge::earliest(verdicts.iter().enumerate().filter_map(present));
    let mut first: HashMap<usize, GateArrived> = HashMap::new();
    for (entry_id, arrival) in &earliest {
        let arrival_of_seat = GateArrival {
            sitting_id: sitting.id,
            entry_id: *entry_id,
            congress_id: sitting.congress_id,
            at: arrival.at,
            gate_id: gate,
        };
        first.insert(arrival.index, attendance::arrive_at_gate(c, &arrival_of_seat, now)?);
    }
    let mut answers: Vec<(GateOutcome, bool, Option<Id>)> = vec![];
    let mut rows = vec![];
    for (index, step) in steps.iter().enumerate() {
        let answer = match step {
            Step::Repeated(known) => (known.outcome, true, known.entry_id),
            Step::Same(earlier) => {
                let (outcome, _, entry) = answers[*earlier];
                (outcome, true, entry)
            }
            Step::Conflict => (GateOutcome::SequenceConflict, false, None),
            Step::Strange if upload[index].is_none() => (GateOutcome::Malformed, false, None),
            Step::Strange => (GateOutcome::BadSignature, false, None),
            Step::Fresh => match verdicts[index] {
                Some(Verdict::Present { entry_id, outcome }) if first.get(&index) == Some(&GateArrived::First) => {
                    (outcome, false, Some(entry_id))
                }
                Some(Verdict::Present { entry_id, .. }) => (GateOutcome::Duplicate, false, Some(entry_id)),
                Some(Verdict::Refused { entry_id, outcome }) => (outcome, false, entry_id),
                None => (GateOutcome::Malformed, false, None),
            },
        };
        if let (Step::Fresh, Some(event)) = (step, &upload[index]) {
            rows.push(EventRow {
                gate_id: gate,
                seq: event.seq,
                sitting_id: sitting.id,
                entry_id: answer.2,
                event_hash: event.hash.to_vec(),
                scanned_at: event.scanned_at,
                clock_offset_ms: event.clock_offset_ms,
                outcome: answer.0,
                received_at: now,
            });
        }
        answers.push(answer);
    }
    store::events_insert(c, &rows)?;
    let entries: Vec<Id> = answers.iter().filter_map(|a| a.2).collect();
    let names = store::entry_names(c, &entries)?;
    let result =
        |(seq, (outcome, repeated, entry_id)): (&Option<i64>, (GateOutcome, bool, Option<Id>))| GateEventResult {
            seq: *seq,
            outcome,
            repeated,
            entry_id,
            name: entry_id.and_then(|id| names.get(&id).cloned()),
        };
    let results = seqs.iter().zip(answers).map(result).collect();
    Ok((results, !earliest.is_empty()))
}

/// Judges what is new by the state of credentials, roster and sitting.
fn judge_fresh(
    c: &mut DbConn,
    sitting: &Sitting,
    upload: &[Option<Checked>],
    steps: &[Step],
    now: Ts,
) -> ApiResult<Vec<Option<Verdict>>> {
    let scans = || upload.iter().flatten().filter_map(|e| e.scan.as_ref().ok());
    let credentials: Vec<Id> = scans().map(|s| s.credential_id).collect();
    let representatives: Vec<Id> = scans().map(|s| s.representative_id).collect();
    let issued = store::credentials_issued(c, &credentials)?;
    let seats = store::seats(c, sitting, Some(&representatives))?;
    let seats: HashMap<Id, rules::Seat> = seats.iter().map(|s| (s.representative_id, s.seat())).collect();
    let window = Window {
        opened_at: sitting.opened_at,
        closed_at: sitting.closed_at,
        late_after: sitting.late_after,
    };
    let verdict = |(event, step): (&Option<Checked>, &Step)| {
        let event = event.as_ref().filter(|_| *step == Step::Fresh)?;
        let scan = event.scan.as_ref().ok();
        let issued = scan.and_then(|s| issued.get(&s.credential_id));
        let seat = scan.and_then(|s| seats.get(&s.representative_id));
        Some(rules::judge(event, issued, seat, &window, now))
    };
    Ok(upload.iter().zip(steps).map(verdict).collect())
}

/// One line per upload, with how often each outcome was given.
fn record(
    c: &mut DbConn,
    gate: Id,
    sitting: &Sitting,
    results: &[GateEventResult],
    request: &RequestId,
    now: Ts,
) -> ApiResult<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for result in results {
        let what = if result.repeated {
            "repeated"
        } else {
            result.outcome.as_str()
        };
        *counts.entry(what).or_default() += 1;
    }
    let line = Line {
        congress_id: Some(sitting.congress_id),
        actor: Actor::Gate(gate),
        action: "gate_events.upload",
        subject_kind: "sitting",
        subject_id: Some(sitting.id),
        detail: serde_json::json!({ "events": results.len(), "outcomes": counts }),
        request_id: Some(&request.0),
    };
    Ok(audit::record(c, line, now)?)
}
