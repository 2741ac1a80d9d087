//! A stand-in for WeChat's API that checks what the provider would: appid, secret, grant type, tokens, single use of codes.

use actix_web::web::{Data, Json, Query};
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

pub const APPID: &str = "wx0123456789abcdef";
pub const SECRET: &str = "secret-of-the-mini-program";

#[derive(Default)]
pub struct State {
    /// js_code → openid.
    pub users: HashMap<String, String>,
    /// phone code → number without country code.
    pub phones: HashMap<String, String>,
    used: HashSet<String>,
    /// The number of the token in force.
    token: u32,
    /// How often a token was handed out.
    pub tokens_given: u32,
    /// Answers every request with this `errcode`.
    pub failing: Option<i64>,
    /// Answers with this HTTP status.
    pub status: Option<u16>,
}

#[derive(Clone)]
pub struct Double {
    pub url: String,
    pub state: Arc<Mutex<State>>,
    handle: actix_web::dev::ServerHandle,
}

fn error(code: i64) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "errcode": code, "errmsg": format!("error {code} rid: 1") }))
}

fn broken(state: &State) -> Option<HttpResponse> {
    if let Some(status) = state.status {
        return Some(HttpResponse::build(status.try_into().unwrap()).body("<html>"));
    }
    state.failing.map(error)
}

async fn jscode2session(state: Data<Mutex<State>>, query: Query<HashMap<String, String>>) -> HttpResponse {
    let mut state = state.lock().unwrap();
    if let Some(answer) = broken(&state) {
        return answer;
    }
    let get = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if get("appid") != APPID {
        return error(40013);
    }
    if get("secret") != SECRET {
        return error(40125);
    }
    if get("grant_type") != "authorization_code" {
        return error(40002);
    }
    let code = get("js_code").to_owned();
    let Some(openid) = state.users.get(&code).cloned() else {
        return error(40029);
    };
    if !state.used.insert(format!("js {code}")) {
        return error(40163);
    }
    HttpResponse::Ok().json(json!({ "openid": openid, "session_key": "c2Vzc2lvbiBrZXk=", "unionid": "u-1" }))
}

async fn stable_token(state: Data<Mutex<State>>, body: Json<Value>) -> HttpResponse {
    let mut state = state.lock().unwrap();
    if let Some(answer) = broken(&state) {
        return answer;
    }
    let wanted = json!({
        "grant_type": "client_credential", "appid": APPID, "secret": SECRET, "force_refresh": false,
    });
    if body.0 != wanted {
        return error(40125);
    }
    state.tokens_given += 1;
    HttpResponse::Ok().json(json!({ "access_token": format!("token-{}", state.token), "expires_in": 7200 }))
}

async fn phone(
    state: Data<Mutex<State>>,
    query: Query<HashMap<String, String>>,
    body: Json<HashMap<String, String>>,
) -> HttpResponse {
    let mut state = state.lock().unwrap();
    if let Some(answer) = broken(&state) {
        return answer;
    }
    if query.get("access_token") != Some(&format!("token-{}", state.token)) {
        return error(40001);
    }
    let code = body.get("code").cloned().unwrap_or_default();
    let Some(number) = state.phones.get(&code).cloned() else {
        return error(40029);
    };
    if !state.used.insert(format!("phone {code}")) {
        return error(40163);
    }
    HttpResponse::Ok().json(json!({
        "errcode": 0, "errmsg": "ok",
        "phone_info": {
            "phoneNumber": number, "purePhoneNumber": number, "countryCode": "86",
            "watermark": { "timestamp": 1, "appid": APPID },
        },
    }))
}

impl Double {
    pub fn start() -> Double {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state: Data<Mutex<State>> = Data::new(Mutex::new(State::default()));
        let shared = state.clone().into_inner();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .route("/sns/jscode2session", web::get().to(jscode2session))
                .route("/cgi-bin/stable_token", web::post().to(stable_token))
                .route("/wxa/business/getuserphonenumber", web::post().to(phone))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Double {
            url,
            state: shared,
            handle,
        }
    }

    /// A WeChat user opens the mini-program: the code of `wx.login`.
    pub fn login(&self, openid: &str) -> String {
        let mut state = self.state.lock().unwrap();
        let code = format!("js-{}-{openid}", state.users.len());
        state.users.insert(code.clone(), openid.to_owned());
        code
    }

    /// The user presses the phone number button.
    pub fn show_phone(&self, number: &str) -> String {
        let mut state = self.state.lock().unwrap();
        let code = format!("phone-{}", state.phones.len());
        state.phones.insert(code.clone(), number.to_owned());
        code
    }

    /// Somebody renewed the token elsewhere.
    pub fn renew_token(&self) {
        self.state.lock().unwrap().token += 1;
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}
