//! The pages the binary carries: the phone client, the staff console, the hall screen, the contract's reference, and
//! the front door of a demo.
//!
//! The clients are built by `make run` (Node); a program built without them says so at their addresses.

use crate::config::Config;
use actix_web::http::header;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::collections::HashMap;
use std::io::Write;
use std::sync::{LazyLock, Mutex};

/// Names the build of the clients, so that cargo embeds them anew when they change; `make run` sets it.
const _: Option<&str> = option_env!("CLIENTS_BUILD");

/// The mini-program's code base as web pages.
#[derive(RustEmbed)]
#[folder = "mobile-sdk/miniprogram/dist/build/h5/"]
#[allow_missing = true]
struct Phone;

/// The staff console and the hall screen.
#[derive(RustEmbed)]
#[folder = "mobile-sdk/console/dist/"]
#[allow_missing = true]
struct Desk;

/// One page per operation of the contract.
#[derive(RustEmbed)]
#[folder = "mobile-sdk/docs/dist/"]
#[allow_missing = true]
struct Reference;

/// What needs no build step.
#[derive(RustEmbed)]
#[folder = "api/pages/"]
struct Plain;

/// Nothing from other hosts, nothing inline. The scanner of the phone client is WebAssembly.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self' ws: wss:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Pages and their files; outside `/api/v1` and outside the contract.
pub fn routes(config: &mut web::ServiceConfig) {
    // Addresses that stand in QR codes, certificates and messages open the phone client.
    for path in ["/", "/c", "/c/{token}", "/certificate/{id}", "/gate"] {
        config.route(
            path,
            web::get().to(|r: HttpRequest| async move { page::<Phone>(&r, "index.html") }),
        );
    }
    config
        .route("/{folder:assets|static}/{file:.*}", web::get().to(phone_file))
        .route(
            "/screen/{sitting}",
            web::get().to(|r: HttpRequest| async move { page::<Desk>(&r, "screen.html") }),
        )
        .route(
            "/console",
            web::get().to(|r: HttpRequest| async move { page::<Desk>(&r, "index.html") }),
        )
        .route("/console/{file:.*}", web::get().to(desk_file))
        .route("/docs", web::get().to(|| async { redirect("/docs/") }))
        .route("/docs/{file:.*}", web::get().to(reference_file))
        .route("/demo", web::get().to(demo_door))
        .route("/demo/{file}", web::get().to(demo_file));
}

async fn phone_file(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (folder, file) = path.into_inner();
    found::<Phone>(&request, &format!("{folder}/{file}"))
}

/// Below `/console/` everything that is no file is a page of the one application.
async fn desk_file(request: HttpRequest, file: web::Path<String>) -> HttpResponse {
    if file.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        found::<Desk>(&request, &file)
    } else {
        page::<Desk>(&request, "index.html")
    }
}

/// A page per operation; without the built reference the interactive one, which needs no build, takes its place.
async fn reference_file(request: HttpRequest, file: web::Path<String>) -> HttpResponse {
    let file = file.trim_end_matches('/');
    if Reference::get("index.html").is_none() {
        return redirect("/docs/try/");
    }
    let candidates = [file.to_owned(), format!("{file}.html"), format!("{file}/index.html")];
    match candidates
        .iter()
        .map(|c| c.trim_start_matches('/'))
        .find(|c| Reference::get(c).is_some())
    {
        Some(name) => found::<Reference>(&request, name),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn demo_door(request: HttpRequest, config: Data<Config>) -> HttpResponse {
    if config.demo {
        found::<Plain>(&request, "demo.html")
    } else {
        HttpResponse::NotFound().finish()
    }
}

async fn demo_file(request: HttpRequest, file: web::Path<String>) -> HttpResponse {
    if file.ends_with(".html") {
        return HttpResponse::NotFound().finish();
    }
    found::<Plain>(&request, &file)
}

fn redirect(to: &'static str) -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, to)).finish()
}

/// A page of a client, or the word that this program was built without it.
fn page<F: RustEmbed>(request: &HttpRequest, name: &str) -> HttpResponse {
    match F::get(name) {
        Some(file) => send(request, name, file),
        None => {
            let file = Plain::get("unbuilt.html").expect("part of the source");
            let mut response = send(request, "unbuilt.html", file);
            *response.status_mut() = actix_web::http::StatusCode::SERVICE_UNAVAILABLE;
            response
        }
    }
}

fn found<F: RustEmbed>(request: &HttpRequest, name: &str) -> HttpResponse {
    match F::get(name) {
        Some(file) => send(request, name, file),
        None => HttpResponse::NotFound().finish(),
    }
}

fn send(request: &HttpRequest, name: &str, file: EmbeddedFile) -> HttpResponse {
    let hash = file.metadata.sha256_hash();
    let etag = format!("\"{}\"", crate::secrets::b64(&hash[..12]));
    let header_is = |name, test: &dyn Fn(&str) -> bool| {
        request
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .is_some_and(test)
    };
    let known = header_is(header::IF_NONE_MATCH, &|v| v == etag);
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    // The names of built files hold a hash of what is in them.
    let built = name.starts_with("assets/");
    response
        .insert_header((header::ETAG, etag))
        .insert_header((
            header::CACHE_CONTROL,
            if built {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            },
        ))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::VARY, "accept-encoding"))
        .content_type(content_type(name));
    if known {
        return response.finish();
    }
    if header_is(header::ACCEPT_ENCODING, &|v| v.contains("gzip")) && compresses(name) {
        return response
            .insert_header((header::CONTENT_ENCODING, "gzip"))
            .body(compressed(hash, &file.data));
    }
    response
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .body(file.data.into_owned())
}

/// Each file is compressed once, when it is first asked for: a hall opens the same page on a thousand phones.
fn compressed(hash: [u8; 32], data: &[u8]) -> Bytes {
    static DONE: LazyLock<Mutex<HashMap<[u8; 32], Bytes>>> = LazyLock::new(Mutex::default);
    let mut done = DONE.lock().expect("no panic under this lock");
    done.entry(hash)
        .or_insert_with(|| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(data).expect("memory takes every byte");
            encoder.finish().expect("memory takes every byte").into()
        })
        .clone()
}

fn ending(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

fn compresses(name: &str) -> bool {
    matches!(
        ending(name),
        "html" | "js" | "css" | "svg" | "json" | "wasm" | "txt" | "md"
    )
}

fn content_type(name: &str) -> &'static str {
    match ending(name) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "wav" => "audio/wav",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
