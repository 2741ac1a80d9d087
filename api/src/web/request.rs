//! Around every request: its id, its log line, its metrics, and its errors as problem documents.

use super::error::{ApiError, ErrorCode, prefers_english};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::{Ready, ready};
use std::time::Instant;
use tracing::Instrument;

/// The id of a request: the caller's `X-Request-Id` when it is sane, else a fresh one.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Requests slower than this are worth a line in the log.
const SLOW_MS: u128 = 1_000;

impl FromRequest for RequestId {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request
            .extensions()
            .get::<RequestId>()
            .cloned()
            .unwrap_or_else(|| RequestId(String::new()))))
    }
}

/// The outermost middleware.
pub async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = given_id(&request).unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    // Exported to OpenTelemetry when that is configured; otherwise the span is never made.
    let span = tracing::info_span!(target: "lvzhi::trace", "request", request_id = %id, http.request.method = %request.method(),
        http.route = tracing::field::Empty, http.response.status_code = tracing::field::Empty, otel.kind = "server");
    let mut response = match super::client::check(&request) {
        Ok(()) => next.call(request).instrument(span.clone()).await?.map_into_boxed_body(),
        Err(code) => request.error_response(ApiError::new(code)),
    };
    let route = route(response.request());
    if !span.is_disabled() {
        span.record("http.route", &route)
            .record("http.response.status_code", response.status().as_u16());
    }
    if response.status().is_client_error() || response.status().is_server_error() {
        response = as_problem(response, &id);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    record(&response, &id, route, started);
    Ok(response)
}

fn given_id(request: &ServiceRequest) -> Option<String> {
    let id = request.headers().get(&REQUEST_ID)?.to_str().ok()?;
    let sane = (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    sane.then(|| id.to_owned())
}

/// Every error leaves as a problem document, also those that the framework made.
fn as_problem(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let known = response
        .response()
        .error()
        .and_then(|e| e.as_error::<ApiError>())
        .cloned();
    let is_problem = response
        .response()
        .headers()
        .get("content-type")
        .is_some_and(|t| t.as_bytes().starts_with(b"application/problem+json"));
    let error = match known {
        Some(error) => error,
        None if is_problem => return response,
        None => ApiError::new(code_for(response.status().as_u16())),
    };
    if response.status().is_server_error() {
        tracing::error!(request_id = id, error = %error, "request failed");
    }
    let allow = response.response().headers().get("allow").cloned();
    let (request, _) = response.into_parts();
    let mut problem = error.respond(prefers_english(&request), id.to_owned());
    if let Some(allow) = allow {
        problem.headers_mut().insert(actix_web::http::header::ALLOW, allow);
    }
    ServiceResponse::new(request, problem)
}

fn code_for(status: u16) -> ErrorCode {
    match status {
        401 => ErrorCode::NotLoggedIn,
        403 => ErrorCode::Forbidden,
        404 => ErrorCode::NotFound,
        405 => ErrorCode::MethodNotAllowed,
        406 => ErrorCode::NotAcceptable,
        413 => ErrorCode::BodyTooLarge,
        415 => ErrorCode::UnsupportedMediaType,
        503 => ErrorCode::Unavailable,
        400..=499 => ErrorCode::BadRequest,
        _ => ErrorCode::Internal,
    }
}

/// The pattern of the route, such as `/api/v1/sittings/{id}`. It is put together from what the match left behind:
/// asking the router would match the path against every route a second time.
fn route(request: &HttpRequest) -> String {
    let found = request.match_info();
    if found.is_empty() {
        return request.match_pattern().unwrap_or_else(|| "unmatched".into());
    }
    let path = found.as_str();
    let mut pattern = String::with_capacity(path.len());
    let mut copied = 0;
    for (name, value) in found.iter() {
        // A value is a piece of the path, so its place is the distance between the two.
        let start = value.as_ptr() as usize - path.as_ptr() as usize;
        pattern.push_str(&path[copied..start]);
        pattern.extend(["{", name, "}"]);
        copied = start + value.len();
    }
    pattern.push_str(&path[copied..]);
    pattern
}

/// The meters of one kind of request. Finding them by their labels costs more than counting.
struct Meters {
    method: &'static str,
    class: &'static str,
    requests: metrics::Counter,
    seconds: metrics::Histogram,
}

thread_local! {
    /// By route.
    static METERS: RefCell<HashMap<String, Vec<Meters>>> = RefCell::default();
}

/// Paths and queries hold tokens: the log and the metrics see only the route's pattern.
fn record(response: &ServiceResponse<BoxBody>, id: &str, route: String, started: Instant) {
    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    let method = method_name(response.request().method());
    if elapsed.as_millis() > SLOW_MS {
        tracing::warn!(target: "lvzhi::access", request_id = id, method, route, status, ms = elapsed.as_millis() as u64, "slow");
    } else {
        tracing::debug!(target: "lvzhi::access", request_id = id, method, route, status, us = elapsed.as_micros() as u64);
    }
    METERS.with_borrow_mut(|meters| {
        let class = status_class(status);
        if !meters.contains_key(&route) {
            meters.insert(route.clone(), vec![]);
        }
        let of_route = meters.get_mut(&route).expect("just inserted");
        let known = of_route.iter().position(|m| m.class == class && m.method == method);
        let position = known.unwrap_or_else(|| {
            of_route.push(Meters {
                method,
                class,
                requests: metrics::counter!("lvzhi_http_requests_total", "method" => method, "route" => route.clone(),
                    "status" => class),
                seconds: metrics::histogram!("lvzhi_http_request_seconds", "route" => route),
            });
            of_route.len() - 1
        });
        of_route[position].requests.increment(1);
        of_route[position].seconds.record(elapsed.as_secs_f64());
    });
}

/// A caller may invent methods, and each would be a series of its own.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn status_class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// The address of the caller; behind a trusted proxy the one it forwards.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

/// Whether `X-Forwarded-For` is to be believed.
#[derive(Clone, Copy)]
pub struct TrustProxy(pub bool);

impl FromRequest for ClientAddress {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let trusted = request.app_data::<TrustProxy>().is_some_and(|t| t.0);
        // The last entry is the one our own proxy wrote; earlier ones are whatever the caller claimed.
        let forwarded = request
            .headers()
            .get("x-forwarded-for")
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.rsplit(',').next())
            .map(|v| v.trim().to_owned());
        let peer = || {
            request
                .peer_addr()
                .map_or_else(|| "unknown".into(), |a| a.ip().to_string())
        };
        ready(Ok(ClientAddress(if trusted {
            forwarded.unwrap_or_else(peer)
        } else {
            peer()
        })))
    }
}
