//! The pages the binary serves itself: front door, hall screen, phone page, certificate. Plain HTML, no build step.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

#[derive(rust_embed::RustEmbed)]
#[folder = "api/pages/"]
struct Files;

/// Nothing from other hosts, nothing inline.
const CSP: &str = "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Pages and their assets; outside `/api/v1` and outside the contract.
pub fn routes(config: &mut web::ServiceConfig) {
    for (path, file) in [
        ("/", "index.html"),
        ("/screen/{sitting}", "screen.html"),
        ("/c", "phone.html"),
        ("/c/{token}", "phone.html"),
        ("/certificate/{id}", "certificate.html"),
    ] {
        config.route(
            path,
            web::get().to(move |request: HttpRequest| async move { page(&request, file) }),
        );
    }
    config.route("/assets/{file}", web::get().to(asset));
}

async fn asset(request: HttpRequest, file: web::Path<String>) -> HttpResponse {
    if file.ends_with(".html") {
        HttpResponse::NotFound().finish()
    } else {
        page(&request, &file)
    }
}

fn page(request: &HttpRequest, file: &str) -> HttpResponse {
    let Some(found) = Files::get(file) else {
        return HttpResponse::NotFound().finish();
    };
    let hash = found.metadata.sha256_hash();
    let etag = format!("\"{}\"", crate::secrets::b64(&hash[..12]));
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .is_some_and(|v| v.as_bytes() == etag.as_bytes());
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .content_type(content_type(file));
    if known {
        response.finish()
    } else {
        response.body(found.data.into_owned())
    }
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
