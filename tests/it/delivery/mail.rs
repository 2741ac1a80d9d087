//! Mail through a real server into a mail folder.

use super::scene::*;
use crate::harness::{Backend, TestApp};
use lvzhi::notify::Template;
use serde_json::json;
use std::path::PathBuf;

/// `make test` starts OpenSMTPD and says where.
fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests with `make test`"))
}

/// The mails in the folder that are addressed so.
fn mails(to: &str) -> Vec<String> {
    let folder = PathBuf::from(required("LVZHI_TEST_MAILDIR")).join("new");
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let texts = entries.filter_map(|e| std::fs::read(e.unwrap().path()).ok());
    texts
        .map(|t| String::from_utf8_lossy(&t).into_owned())
        .filter(|t| t.contains(to))
        .collect()
}

/// Parts of a mail, decoded from base64 or quoted-printable.
fn decoded(mail: &str) -> String {
    use base64::Engine;
    let mut out = String::new();
    for part in mail.split("\n\n").flat_map(|p| p.split("\r\n\r\n")) {
        let joined: String = part.lines().take_while(|l| !l.starts_with("--")).collect();
        if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(joined.trim()) {
            out += &String::from_utf8_lossy(&bytes);
        }
        let mut bytes = vec![];
        let mut rest = part.replace("=\r\n", "").replace("=\n", "").into_bytes().into_iter();
        while let Some(b) = rest.next() {
            let hex = (b == b'=').then(|| [rest.next(), rest.next()]);
            match hex {
                Some([Some(a), Some(c)]) => {
                    let text = String::from_utf8_lossy(&[a, c]).into_owned();
                    bytes.extend(u8::from_str_radix(&text, 16));
                }
                _ => bytes.push(b),
            }
        }
        out += &String::from_utf8_lossy(&bytes);
    }
    out
}

async fn on(backend: Backend) {
    let config = json!({
        "public_url": "https://npc.example.com",
        "smtp": {
            "host": "127.0.0.1", "port": required("LVZHI_TEST_SMTP_PORT").parse::<u16>().unwrap(), "tls": "none",
            "from": "履职 <noreply@npc.local>",
        },
    });
    let app = TestApp::start(backend, config).await;
    let seats = app.seats(2).await;
    let to = format!("{}@example.com", seats[0].account_id);
    seats[0].client.put("/me/email", json!({ "email": to })).await.json(204);
    seats[1]
        .client
        .put("/me/email", json!({ "email": "somebody@elsewhere.example" }))
        .await
        .json(204);
    let params = json!({ "title": "<b>养老</b>服务" });
    let sent = write(&app, &seats[0], Template::ProposalWithdrawn, params.clone())
        .await
        .unwrap();
    let refused = write(&app, &seats[1], Template::ProposalWithdrawn, params)
        .await
        .unwrap();
    deliver(&app).await;
    let told = message(&app, sent).await;
    is(&told, "sent");
    assert_eq!((&told["channel"], &told["driver"]), (&json!("mail"), &json!("smtp")));
    let failed = message(&app, refused).await;
    is(&failed, "failed");
    assert!(
        failed["error"].as_str().unwrap().contains("Invalid recipient"),
        "{failed}"
    );
    // The server delivers on its own.
    let mut found = mails(&to);
    for _ in 0..600 {
        if !found.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        found = mails(&to);
    }
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains(told["provider_id"].as_str().unwrap()),
        "our Message-ID: {}",
        found[0]
    );
    assert!(found[0].contains("text/plain") && found[0].contains("text/html"));
    let text = decoded(&found[0]);
    assert!(text.contains("“<b>养老</b>服务”已撤回"), "{text}");
    assert!(text.contains("“&lt;b&gt;养老&lt;/b&gt;服务”已撤回"), "{text}");
    assert!(text.contains("https://npc.example.com"));
    app.stop().await;
}

#[actix_web::test]
async fn a_mail_arrives_as_text_and_html_on_sqlite() {
    on(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_mail_arrives_as_text_and_html_on_postgres() {
    on(Backend::Postgres).await;
}

#[actix_web::test]
async fn a_mail_server_that_is_down_is_tried_later() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let config = json!({ "smtp": { "host": "127.0.0.1", "port": port, "tls": "none", "from": "noreply@npc.local" } });
    let app = TestApp::start(Backend::Sqlite, config).await;
    let seat = app.seats(1).await.remove(0);
    seat.client
        .put("/me/email", json!({ "email": "a@example.com" }))
        .await
        .json(204);
    let id = tell(&app, &seat).await;
    deliver(&app).await;
    let waiting = message(&app, id).await;
    is(&waiting, "created");
    assert_eq!(waiting["error_class"], "technical");
    app.stop().await;
}
