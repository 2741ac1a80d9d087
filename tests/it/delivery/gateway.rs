//! Stand-ins for the providers over HTTP: they check signatures as the provider would, count, and misbehave on demand.

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use hmac::{Hmac, Mac};
use md5::Md5;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

pub const KEY_ID: &str = "test-key-id";
pub const SECRET: &str = "test-key-secret";
pub const TENCENT_SECRET: &str = "tencent-secret";
pub const MAS_SECRET: &str = "mas-secret";
pub const APPID: &str = "wx0123456789abcdef";
pub const APP_SECRET: &str = "secret-of-the-mini-program";

/// What the next request of a provider meets.
#[derive(Debug, Clone)]
pub enum Mood {
    /// Refused with the provider's code.
    Refuse(&'static str),
    /// HTTP status and bytes that make no sense; `taken` tells whether the message was taken all the same.
    Garbage { status: u16, taken: bool },
    /// No answer at all.
    Silent { taken: bool },
}

/// A message that a provider took.
#[derive(Debug, Clone)]
pub struct Taken {
    pub provider: &'static str,
    pub to: String,
    /// Template and parameters, or the text.
    pub content: Value,
    /// Our id of the attempt.
    pub our_id: String,
    pub provider_id: String,
}

#[derive(Default)]
pub struct State {
    pub taken: Vec<Taken>,
    pub moods: BTreeMap<&'static str, VecDeque<Mood>>,
    /// Requests whose signature was wrong.
    pub forged: usize,
    pub requests: usize,
    pub queries: usize,
    /// Number of the WeChat token in force.
    pub token: u32,
    pub tokens_given: usize,
    /// Between taking a message and answering.
    pub latency: std::time::Duration,
}

#[derive(Clone)]
pub struct Gateway {
    pub url: String,
    pub state: Arc<Mutex<State>>,
    handle: actix_web::dev::ServerHandle,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
fn sha256(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request
        .headers()
        .get(name)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
}

/// The part of an authorization after `name`.
fn part<'a>(authorization: &'a str, name: &str) -> &'a str {
    let rest = authorization.split_once(name).map_or("", |(_, rest)| rest);
    rest.split([',', ' ']).next().unwrap_or_default()
}

/// Signs what came as the provider's documents say, from the headers that the request names.
fn is_aliyun(request: &HttpRequest, body: &[u8]) -> bool {
    let authorization = header(request, "authorization");
    let names = part(authorization, "SignedHeaders=");
    let needed = [
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-version",
    ];
    if names.split(';').collect::<Vec<_>>() != needed || header(request, "x-acs-content-sha256") != sha256(body) {
        return false;
    }
    let headers: String = names
        .split(';')
        .map(|n| format!("{n}:{}\n", header(request, n).trim()))
        .collect();
    let mut query: Vec<&str> = request.query_string().split('&').collect();
    query.sort_unstable();
    let canonical = format!("POST\n/\n{}\n{headers}\n{names}\n{}", query.join("&"), sha256(body));
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256(canonical.as_bytes()));
    authorization.starts_with(&format!("ACS3-HMAC-SHA256 Credential={KEY_ID},"))
        && part(authorization, "Signature=") == hex(&hmac(SECRET.as_bytes(), to_sign.as_bytes()))
}

fn is_tencent(request: &HttpRequest, body: &[u8]) -> bool {
    let authorization = header(request, "authorization");
    let names = part(authorization, "SignedHeaders=");
    let headers: String = names
        .split(';')
        .map(|n| format!("{n}:{}\n", header(request, n).to_lowercase()))
        .collect();
    let canonical = format!("POST\n/\n\n{headers}\n{names}\n{}", sha256(body));
    let timestamp = header(request, "x-tc-timestamp");
    let Ok(seconds) = timestamp.parse() else { return false };
    let day = chrono::DateTime::from_timestamp(seconds, 0)
        .unwrap()
        .format("%Y-%m-%d")
        .to_string();
    let scope = format!("{day}/sms/tc3_request");
    let to_sign = format!(
        "TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{}",
        sha256(canonical.as_bytes())
    );
    let key = hmac(format!("TC3{TENCENT_SECRET}").as_bytes(), day.as_bytes());
    let key = hmac(&hmac(&key, b"sms"), b"tc3_request");
    names.split(';').any(|n| n == "host")
        && names.split(';').any(|n| n == "content-type")
        && authorization.starts_with(&format!("TC3-HMAC-SHA256 Credential={KEY_ID}/{scope},"))
        && part(authorization, "Signature=") == hex(&hmac(&key, to_sign.as_bytes()))
        && header(request, "x-tc-version") == "2021-01-11"
}

fn query(request: &HttpRequest) -> BTreeMap<String, String> {
    web::Query::<BTreeMap<String, String>>::from_query(request.query_string())
        .unwrap()
        .into_inner()
}

impl State {
    fn take(&mut self, provider: &'static str, to: &str, content: Value, our_id: &str) -> String {
        let provider_id = format!("{provider}-{}^0", self.taken.len());
        self.taken.push(Taken {
            provider,
            to: to.to_owned(),
            content,
            our_id: our_id.to_owned(),
            provider_id: provider_id.clone(),
        });
        provider_id
    }
    fn mood(&mut self, provider: &'static str) -> Option<Mood> {
        self.moods.get_mut(provider)?.pop_front()
    }
}

/// Answers a message: takes it unless the mood is bad; `good` and `bad` speak the provider's language.
async fn answer(
    state: &Mutex<State>,
    provider: &'static str,
    (to, content, our_id): (&str, Value, &str),
    good: impl Fn(&str) -> Value,
    bad: impl Fn(&str) -> Value,
) -> HttpResponse {
    let (mood, id, latency) = {
        let mut state = state.lock().unwrap();
        let mood = state.mood(provider);
        let taken = matches!(
            mood,
            None | Some(Mood::Garbage { taken: true, .. } | Mood::Silent { taken: true })
        );
        let id = taken.then(|| state.take(provider, to, content, our_id));
        (mood, id, state.latency)
    };
    let Some(mood) = mood else {
        if !latency.is_zero() {
            actix_web::rt::time::sleep(latency).await;
        }
        return HttpResponse::Ok().json(good(&id.expect("it was taken")));
    };
    match mood {
        Mood::Refuse(code) => HttpResponse::Ok().json(bad(code)),
        Mood::Garbage { status, .. } => HttpResponse::build(status.try_into().unwrap()).body("<html>\u{1}13800001234"),
        Mood::Silent { .. } => std::future::pending().await,
    }
}

async fn cloud(request: HttpRequest, state: Data<Mutex<State>>, body: Bytes) -> HttpResponse {
    state.lock().unwrap().requests += 1;
    match header(&request, "x-acs-action") {
        "" => tencent(request, state, body).await,
        action => aliyun(&request, &state, &body, action).await,
    }
}

async fn aliyun(request: &HttpRequest, state: &Mutex<State>, body: &[u8], action: &str) -> HttpResponse {
    if !is_aliyun(request, body) {
        state.lock().unwrap().forged += 1;
        return HttpResponse::BadRequest().json(json!({ "Code": "SignatureDoesNotMatch", "Message": "no" }));
    }
    let query = query(request);
    let get = |name: &str| query.get(name).cloned().unwrap_or_default();
    if action == "QuerySendDetails" {
        let mut state = state.lock().unwrap();
        state.queries += 1;
        let of_number = |t: &&Taken| t.provider == "aliyun" && t.to == get("PhoneNumber");
        let details: Vec<Value> = state
            .taken
            .iter()
            .filter(of_number)
            .map(|t| json!({ "OutId": t.our_id, "SendStatus": 1, "ErrCode": "", "PhoneNum": t.to }))
            .collect();
        return HttpResponse::Ok().json(json!({
            "Code": "OK", "Message": "OK", "TotalCount": details.len(), "SmsSendDetailDTOs": { "SmsSendDetailDTO": details },
        }));
    }
    assert_eq!(action, "SendSms");
    let params: Value = serde_json::from_str(&get("TemplateParam")).unwrap();
    let content = json!({ "sign": get("SignName"), "template": get("TemplateCode"), "params": params });
    let good = |id: &str| json!({ "Code": "OK", "Message": "OK", "RequestId": "r", "BizId": id });
    let bad = |code: &str| json!({ "Code": code, "Message": "号码 13800001234 有误", "RequestId": "r" });
    answer(
        state,
        "aliyun",
        (&get("PhoneNumbers"), content, &get("OutId")),
        good,
        bad,
    )
    .await
}

async fn tencent(request: HttpRequest, state: Data<Mutex<State>>, body: Bytes) -> HttpResponse {
    if !is_tencent(&request, &body) {
        state.lock().unwrap().forged += 1;
        return HttpResponse::Ok()
            .json(json!({ "Response": { "Error": { "Code": "AuthFailure.SignatureFailure", "Message": "no" } } }));
    }
    let asked: Value = serde_json::from_slice(&body).unwrap();
    if header(&request, "x-tc-action") == "PullSmsSendStatusByPhoneNumber" {
        let mut state = state.lock().unwrap();
        state.queries += 1;
        let set: Vec<Value> = state.taken.iter().filter(|t| t.provider == "tencent" && t.to == asked["PhoneNumber"])
            .map(|t| json!({ "SerialNo": t.provider_id, "SessionContext": t.our_id, "ReportStatus": "SUCCESS", "Description": "DELIVRD" }))
            .collect();
        return HttpResponse::Ok().json(json!({ "Response": { "PullSmsSendStatusSet": set } }));
    }
    let content =
        json!({ "sign": asked["SignName"], "template": asked["TemplateId"], "params": asked["TemplateParamSet"] });
    let one = |code: &str, serial: &str| json!({ "Response": { "SendStatusSet": [{ "SerialNo": serial, "Code": code, "Message": "m" }], "RequestId": "r" } });
    let to = asked["PhoneNumberSet"][0].as_str().unwrap();
    let our_id = asked["SessionContext"].as_str().unwrap();
    answer(
        &state,
        "tencent",
        (to, content, our_id),
        |id| one("Ok", id),
        |code| one(code, ""),
    )
    .await
}

async fn mas(state: Data<Mutex<State>>, body: Bytes) -> HttpResponse {
    let json = base64::engine::general_purpose::STANDARD.decode(&body).unwrap();
    let asked: Value = serde_json::from_slice(&json).unwrap();
    let text = |name: &str| asked[name].as_str().unwrap().to_owned();
    let bad = |code: &str| json!({ "rspcod": code, "msgGroup": "", "success": false });
    let fields = ["ecName", "apId"].map(text).concat()
        + MAS_SECRET
        + &["mobiles", "content", "sign", "addSerial"].map(text).concat();
    if hex(&Md5::digest(fields.as_bytes())) != text("mac") {
        state.lock().unwrap().forged += 1;
        return HttpResponse::Ok().json(bad("IllegalMac"));
    }
    let good = |id: &str| json!({ "rspcod": "success", "msgGroup": id, "success": true });
    answer(&state, "mas", (&text("mobiles"), json!(text("content")), ""), good, bad).await
}

async fn stable_token(state: Data<Mutex<State>>, body: web::Json<Value>) -> HttpResponse {
    let wanted =
        json!({ "grant_type": "client_credential", "appid": APPID, "secret": APP_SECRET, "force_refresh": false });
    assert_eq!(body.0, wanted);
    let mut state = state.lock().unwrap();
    state.tokens_given += 1;
    HttpResponse::Ok().json(json!({ "access_token": format!("token-{}", state.token), "expires_in": 7200 }))
}

async fn subscribe(request: HttpRequest, state: Data<Mutex<State>>, body: web::Json<Value>) -> HttpResponse {
    let token = query(&request).remove("access_token").unwrap_or_default();
    if token != format!("token-{}", state.lock().unwrap().token) {
        return HttpResponse::Ok().json(json!({ "errcode": 40001, "errmsg": "invalid credential" }));
    }
    if !body["data"].is_object() {
        return HttpResponse::Ok().json(json!({ "errcode": 47003, "errmsg": "argument invalid" }));
    }
    let content = json!({ "template": body["template_id"], "data": body["data"], "page": body["page"] });
    let to = body["touser"].as_str().unwrap().to_owned();
    let good = |_: &str| json!({ "errcode": 0, "errmsg": "ok", "msgid": 1 });
    let bad = |code: &str| json!({ "errcode": code.parse::<i64>().unwrap(), "errmsg": "refused" });
    answer(&state, "wechat", (&to, content, ""), good, bad).await
}

impl Gateway {
    pub fn start() -> Gateway {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state: Data<Mutex<State>> = Data::new(Mutex::new(State::default()));
        let shared = state.clone().into_inner();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .route("/", web::post().to(cloud))
                .route("/sms/norsubmit", web::post().to(mas))
                .route("/cgi-bin/stable_token", web::post().to(stable_token))
                .route("/cgi-bin/message/subscribe/send", web::post().to(subscribe))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Gateway {
            url,
            state: shared,
            handle,
        }
    }

    pub fn will(&self, provider: &'static str, mood: Mood) {
        self.state
            .lock()
            .unwrap()
            .moods
            .entry(provider)
            .or_default()
            .push_back(mood);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}
