//! The program itself: wrong settings stop the start, nothing secret is logged, a signal ends it in order, spans are exported.

use crate::harness::{Client, Program};
use serde_json::json;
use std::io::{Read, Write};
use std::time::Duration;

#[actix_web::test]
async fn a_wrong_setting_stops_the_start_with_its_name_and_the_reason() {
    for (name, value, reason) in [
        ("LVZHI_NONSENSE", "1", "there is no such setting"),
        ("LVZHI_AUTH_NONSENSE", "1", "there is no such setting"),
        ("LVZHI_LISTEN", "nowhere", "no address with a port"),
        ("LVZHI_AUTH_ACCESS_MINUTES", "soon", "invalid type"),
        ("LVZHI_AUTH_ACCESS_MINUTES", "0", "greater than zero"),
        ("LVZHI_SECRET", "short", "at least 32 characters"),
        ("LVZHI_DATABASE_URL", "mysql://db/lvzhi", "must be postgres://"),
        ("LVZHI_REDIS_URL", "http://cache", "must start with redis://"),
        ("LVZHI_PUBLIC_URL", "duty.example.gov.cn", "must start with https://"),
        ("LVZHI_LOG_FORMAT", "yaml", "`text` or `json`"),
        ("LVZHI_WECHAT_APPID", "wx1", "wechat.secret"),
        (
            "LVZHI_NOTIFY_CHANNELS",
            "sms,pigeon",
            "`pigeon` is none of wechat, sms, mail",
        ),
        ("LVZHI_NOTIFY_RECEIPT_TOKEN", "short", "at least 24 characters"),
        ("LVZHI_NOTIFY_LEASE_SECONDS", "30", "at least twice notify.call_seconds"),
        ("LVZHI_NOTIFY_PARALLEL", "0", "must lie between 1 and 1000"),
        ("LVZHI_SMTP_TLS", "maybe", "`tls`, `starttls` or `none`"),
        ("LVZHI_CONFIG", "missing.toml", "there is no file"),
    ] {
        let program = Program::new();
        let output = program.command("serve").env(name, value).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name}={value} was accepted");
        let setting = name.strip_prefix("LVZHI_").unwrap();
        assert!(
            said.contains(reason) && said.contains(setting) || said.contains("LVZHI_WECHAT_SECRET"),
            "{name}={value}: {said}"
        );
    }
    let program = Program::new();
    let file = program.folder().join("wrong.toml");
    std::fs::write(&file, "[auth]\nacces_minutes = 3\n").unwrap();
    let output = program.command("serve").env("LVZHI_CONFIG", &file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("auth.acces_minutes (LVZHI_AUTH_ACCES_MINUTES): there is no such setting"),
        "{said}"
    );
}

#[actix_web::test]
async fn a_provider_that_is_set_up_by_half_stops_the_start() {
    let aliyun = [
        ("LVZHI_SMS_ALIYUN_ACCESS_KEY_ID", "id"),
        ("LVZHI_SMS_ALIYUN_ACCESS_KEY_SECRET", "secret"),
        ("LVZHI_SMS_ALIYUN_SIGN", "履职"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [aliyun.as_slice(), more].concat();
    for (settings, reason) in [
        (
            aliyun[..1].to_vec(),
            "sms_aliyun.access_key_secret (LVZHI_SMS_ALIYUN_ACCESS_KEY_SECRET): is needed when",
        ),
        (
            with(&[]),
            "sms_aliyun.templates (LVZHI_SMS_ALIYUN_TEMPLATES): is needed when",
        ),
        (
            with(&[("LVZHI_SMS_ALIYUN_TEMPLATES", "holiday=SMS_1")]),
            "there is no template `holiday`",
        ),
        (
            with(&[
                ("LVZHI_SMS_ALIYUN_TEMPLATES", "login_code=SMS_1"),
                ("LVZHI_SMS_ALIYUN_BASE_URL", "dysmsapi"),
            ]),
            "sms_aliyun.base_url (LVZHI_SMS_ALIYUN_BASE_URL): must start with https://",
        ),
        (vec![("LVZHI_SMS_TENCENT_SECRET_ID", "id")], "sms_tencent.secret_key"),
        (vec![("LVZHI_SMS_MAS_AP_ID", "1234")], "sms_mas.secret_key"),
        (vec![("LVZHI_SMTP_HOST", "mail.example")], "smtp.from"),
        (
            vec![("LVZHI_SMTP_HOST", "mail.example"), ("LVZHI_SMTP_FROM", "nobody")],
            "is no mail address",
        ),
        (
            vec![
                ("LVZHI_SMS_SMPP_URL", "smpp://127.0.0.1:2775"),
                ("LVZHI_SMS_SMPP_SYSTEM_ID", "npc"),
                ("LVZHI_SMS_SMPP_PASSWORD", "123456789"),
                ("LVZHI_SMS_SMPP_SOURCE", "10690001"),
            ],
            "password must be ASCII of less than 9 characters",
        ),
    ] {
        let program = Program::new();
        let output = program.command("worker").envs(settings.clone()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(reason),
            "{settings:?}: {said}"
        );
    }
}

/// The whole log-in of a representative at the most talkative level: none of what passed is in the log.
#[actix_web::test]
async fn no_token_phone_number_or_code_is_ever_logged() {
    let program = Program::new();
    let mut running = program
        .start(&["serve", "--demo"], &[("LVZHI_LOG_LEVEL", "trace")])
        .await;
    let client = Client::new(&running.url, None);
    let accounts = client.get("/demo/accounts").await.json(200);
    let accounts = accounts["items"].as_array().unwrap().clone();
    let phone = accounts.iter().find(|a| a["role"] == "representative").unwrap()["phone"]
        .as_str()
        .unwrap()
        .to_owned();
    client
        .post("/auth/sms_codes", json!({ "phone": phone }))
        .await
        .json(202);
    let messages = client.get("/demo/messages").await.json(200);
    let text = messages["items"][0]["text"].as_str().unwrap().to_owned();
    let code: String = text.split("验证码 ").nth(1).unwrap().chars().take(6).collect();
    let log_in = json!({ "phone": phone, "code": code, "device_id": "phone-1", "device_name": "phone" });
    let tokens = client.post("/auth/sms", log_in).await.json(200);
    let (access, refresh) = (
        tokens["access_token"].as_str().unwrap(),
        tokens["refresh_token"].as_str().unwrap(),
    );
    let me = Client::new(&running.url, Some(access.to_owned()));
    me.get("/me").await.json(200);
    me.get("/me/sittings?cursor=secret-in-the-query")
        .await
        .problem("validation_failed");
    client
        .post("/auth/refresh", json!({ "refresh_token": refresh }))
        .await
        .json(200);
    client
        .post(
            "/auth/password",
            json!({ "login": "clerk", "password": "wrong-password-1", "device_id": "d", "device_name": "d" }),
        )
        .await
        .problem("bad_credentials");
    let status = running.terminate(Duration::from_secs(15)).await;
    assert!(status.success(), "{status}");
    let log = running.log();
    assert!(
        log.contains("lvzhi::access"),
        "the log was at its most talkative: {log}"
    );
    for secret in [
        phone.as_str(),
        &code,
        access,
        refresh,
        "wrong-password-1",
        "secret-in-the-query",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// A collector that takes one request and gives its first line and body.
fn collector() -> (String, std::thread::JoinHandle<(String, Vec<u8>)>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut bytes, mut buffer) = (vec![], [0; 4096]);
        loop {
            let n = stream.read(&mut buffer).unwrap();
            bytes.extend_from_slice(&buffer[..n]);
            let Some(head) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
                continue;
            };
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let length: usize = text
                .split("content-length: ")
                .nth(1)
                .unwrap()
                .lines()
                .next()
                .unwrap()
                .trim()
                .parse()
                .unwrap();
            if bytes.len() >= head + 4 + length {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    .unwrap();
                return (text.lines().next().unwrap().to_owned(), bytes[head + 4..].to_vec());
            }
        }
    });
    (format!("http://{address}/v1/traces"), thread)
}

#[actix_web::test]
async fn spans_reach_an_opentelemetry_collector() {
    let (endpoint, collected) = collector();
    let program = Program::new();
    let mut running = program
        .start(&["serve"], &[("LVZHI_OTEL_ENDPOINT", endpoint.as_str())])
        .await;
    let client = Client::new(&running.url, None);
    client.get("/congresses").await.json(200);
    assert!(running.terminate(Duration::from_secs(15)).await.success());
    let (line, body) = collected.join().unwrap();
    assert_eq!(line, "post /v1/traces http/1.1");
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("lvzhi") && body.contains("/api/v1/congresses"), "{body}");
}
