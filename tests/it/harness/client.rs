//! An HTTP client with a role's token, and answers that explain themselves when they surprise.

use serde_json::Value;

#[derive(Clone)]
pub struct Client {
    base: String,
    pub token: Option<String>,
    http: reqwest::Client,
}

/// Status, headers and body of an answer.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
    what: String,
}

impl Client {
    pub fn new(base: &str, token: Option<String>) -> Client {
        // reqwest is built without a default crypto provider; the tests speak plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().build().unwrap();
        Client {
            base: base.to_owned(),
            token,
            http,
        }
    }

    /// The same server with another token. Cheap: a client of its own would read the system's certificates again.
    pub fn with_token(&self, token: Option<String>) -> Client {
        Client { token, ..self.clone() }
    }

    /// `path` is below `/api/v1` unless it begins with two slashes.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = match path.strip_prefix("//") {
            Some(path) => format!("{}/{path}", self.base),
            None => format!("{}/api/v1{path}", self.base),
        };
        let request = self.http.request(method.parse().unwrap(), url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request)
            .await
            .unwrap_or_else(|e| panic!("no answer: {e}"))
    }

    /// For tests in which the server may go away.
    pub async fn try_send(&self, request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let request = request.build().unwrap();
        let what = format!("{} {}", request.method(), request.url().path());
        let answer = self.http.execute(request).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer {
            status,
            headers,
            bytes: answer.bytes().await?.to_vec(),
            what,
        })
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request("POST", path).json(&body)).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request("PUT", path).json(&body)).await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path)).await
    }
}

impl Answer {
    /// The JSON body of an answer with this status.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.what, self.text());
        if self.bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&self.bytes).expect("JSON")
        }
    }

    /// Checks that the answer is this problem, whole, and gives it.
    #[track_caller]
    pub fn problem(&self, code: &str) -> Value {
        let body: Value = serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("{}: {} {}", self.what, self.status, self.text()));
        assert_eq!(body["code"], code, "{}: {} {}", self.what, self.status, self.text());
        assert_eq!(body["status"], self.status, "{}", self.what);
        assert!(
            body["title"].as_str().is_some_and(|t| !t.is_empty()),
            "{}: no title",
            self.what
        );
        assert!(
            body["request_id"].as_str().is_some_and(|t| !t.is_empty()),
            "{}: no request id",
            self.what
        );
        assert!(
            self.headers["content-type"]
                .to_str()
                .unwrap()
                .starts_with("application/problem+json"),
            "{}",
            self.what
        );
        body
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}
