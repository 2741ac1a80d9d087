//! One WebSocket: frames out, pings, and an end when the peer stops reading.

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::Message;
use bytestring::ByteString;
use futures_util::StreamExt;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const PING: Duration = Duration::from_secs(20);
/// Sent with each ping: scripts cannot see pings, and have to know a quiet line from a dead one.
const TICK: &str = r#"{"type":"tick"}"#;
/// A peer that sent nothing for this long, not even a pong, is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// A frame that cannot be written for this long means the peer does not read.
const STUCK: Duration = Duration::from_secs(10);

/// Upgrades the request and sends what arrives on `frames` until either side ends; `guard` is dropped then.
pub fn serve<G: 'static>(
    request: &HttpRequest,
    body: web::Payload,
    mut frames: mpsc::Receiver<ByteString>,
    guard: G,
) -> Result<HttpResponse, actix_web::Error> {
    let (mut response, mut session, mut incoming) = actix_ws::handle(request, body)?;
    if request.headers().contains_key("sec-websocket-protocol") {
        // Only our own protocol is confirmed, never the one that carries the token.
        let ours = actix_web::http::header::HeaderValue::from_static("lvzhi.v1");
        response
            .headers_mut()
            .insert(actix_web::http::header::SEC_WEBSOCKET_PROTOCOL, ours);
    }
    actix_web::rt::spawn(async move {
        let mut ping = tokio::time::interval_at(tokio::time::Instant::now() + PING, PING);
        let mut heard = Instant::now();
        let reason = loop {
            let sent = tokio::select! {
                frame = frames.recv() => match frame {
                    Some(frame) => tokio::time::timeout(STUCK, session.text(frame)).await,
                    None => break Some(actix_ws::CloseCode::Away.into()),
                },
                message = incoming.next() => match message {
                    Some(Ok(Message::Ping(bytes))) => {
                        heard = Instant::now();
                        tokio::time::timeout(STUCK, session.pong(&bytes)).await
                    }
                    Some(Ok(Message::Close(reason))) => break reason,
                    // Watchers have nothing to say; whatever they send counts as a sign of life.
                    Some(Ok(_)) => { heard = Instant::now(); continue }
                    Some(Err(_)) | None => break None,
                },
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE {
                        break Some(actix_ws::CloseCode::Policy.into());
                    }
                    let beat = async {
                        session.ping(b"").await?;
                        session.text(TICK).await
                    };
                    tokio::time::timeout(STUCK, beat).await
                }
            };
            if !matches!(sent, Ok(Ok(()))) {
                break None;
            }
        };
        let _ = session.close(reason).await;
        drop(guard);
    });
    Ok(response)
}
