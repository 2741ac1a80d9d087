//! Configuration: small structs, one per concern, read from `lvzhi.toml` and from the environment.
//!
//! A setting has one name: `auth.access_minutes` in the file is `LVZHI_AUTH_ACCESS_MINUTES` in the
//! environment, which wins. An unknown or wrong setting stops the start with its name and the reason.

mod delivery;

pub use delivery::{AliyunConfig, MasConfig, NotifyConfig, SmppConfig, SmtpConfig, TencentConfig, words};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port to serve on.
    pub listen: String,
    /// The address people's phones can reach; codes and links are made of it. Default: `http://` + `listen`.
    pub public_url: Option<String>,
    /// Folder for the embedded database, uploaded files and the generated secret.
    pub data_dir: PathBuf,
    /// `postgres://user:password@host/name`, or a path to a SQLite file. Default: `lvzhi.db` in `data_dir`.
    pub database_url: Option<SecretString>,
    /// `redis://host`: shared limits and live updates between processes. Default: in process.
    pub redis_url: Option<SecretString>,
    /// Master secret, 32 characters or more, the same in all processes. Default: made once in `data_dir/secret`.
    pub secret: Option<SecretString>,
    /// Shows messages on the console instead of hiding them; loads demo data. Never in production.
    pub demo: bool,
    /// Threads that answer requests. Default: one per core.
    pub threads: Option<usize>,
    /// Origins (`https://h5.example.gov.cn`) whose pages may call the API, separated by commas.
    pub cors_origins: String,
    /// True behind a reverse proxy: the client's address is taken from its `X-Forwarded-For`.
    pub trust_proxy: bool,
    pub database: DatabaseConfig,
    pub auth: AuthConfig,
    pub limits: LimitsConfig,
    pub wechat: WechatConfig,
    pub notify: NotifyConfig,
    pub sms_aliyun: AliyunConfig,
    pub sms_tencent: TencentConfig,
    pub sms_mas: MasConfig,
    pub sms_smpp: SmppConfig,
    pub smtp: SmtpConfig,
    pub log: LogConfig,
    pub otel: OtelConfig,
}

/// Connections and writers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Connections that read.
    pub read_connections: usize,
    /// Connections that write (PostgreSQL; SQLite always has one).
    pub write_connections: usize,
    /// Threads that write sign-ins in batches, on PostgreSQL with a connection each.
    pub batch_writers: usize,
}

/// Tokens, codes and lock-out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// How long an access token is good for; a revoked session ends at the latest then.
    pub access_minutes: i64,
    /// How long a session lives without being used.
    pub refresh_days: i64,
    /// Wrong passwords or second factors in a row before an account is locked.
    pub max_failures: i32,
    /// How long it stays locked.
    pub lock_minutes: i64,
    /// How long a code sent by SMS is good for.
    pub sms_code_minutes: i64,
    /// Wrong tries per code.
    pub sms_code_tries: i32,
    /// Codes one number may ask for in an hour.
    pub sms_per_number_hour: u32,
    /// Codes one address may ask for in an hour: a hall behind one address needs many.
    pub sms_per_address_hour: u32,
    /// Staff must have a second factor before they can do more than set it up.
    pub require_second_factor: bool,
}

/// Sizes and rates.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Bytes of a JSON body.
    pub body_bytes: usize,
    /// Bytes of an uploaded roster.
    pub import_bytes: usize,
    /// Rows of an uploaded roster.
    pub import_rows: usize,
    /// Events in one upload of a gate.
    pub gate_events: usize,
    /// Failed log-ins per address and minute.
    pub logins_per_minute: u32,
    /// Wrong sign-in codes per account and minute.
    pub wrong_codes_per_minute: u32,
    /// Live watchers of this process.
    pub live_watchers: usize,
}

/// WeChat mini-program; off while `appid` is empty.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WechatConfig {
    pub appid: String,
    pub secret: SecretString,
    /// The provider's API; a test stands in for it.
    pub base_url: String,
    /// Subscribe messages: `leave_decided=TEMPLATE_ID|thing1=subject|phrase2=outcome`, several separated by commas.
    pub templates: String,
    /// The page of the mini-program that a message opens.
    pub page: String,
}

/// What is written to standard error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,lvzhi::access=debug`.
    pub level: String,
    /// `text` or `json`.
    pub format: String,
}

/// OpenTelemetry export; off while `endpoint` is empty.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtelConfig {
    /// OTLP over HTTP, for example `http://collector:4318/v1/traces`.
    pub endpoint: String,
}

/// Sections, so that `LVZHI_AUTH_ACCESS_MINUTES` is found in `auth`.
const SECTIONS: &[&str] = &[
    "database",
    "auth",
    "limits",
    "wechat",
    "notify",
    "sms_aliyun",
    "sms_tencent",
    "sms_mas",
    "sms_smpp",
    "smtp",
    "log",
    "otel",
];
/// Names that begin like a section but stand at the top.
const TOP: &[&str] = &["database_url"];
/// Variables with our prefix that are not settings of the server.
const NOT_SETTINGS: &[&str] = &["test_", "bench_", "config", "bin"];

fn defaults() -> serde_json::Value {
    let mut all = serde_json::json!({
        "listen": "127.0.0.1:8080",
        "data_dir": "data",
        "demo": false,
        "cors_origins": "",
        "trust_proxy": false,
        "database": DatabaseConfig { read_connections: 4, write_connections: 8, batch_writers: 2 },
        "auth": AuthConfig {
            access_minutes: 15, refresh_days: 30, max_failures: 5, lock_minutes: 15, sms_code_minutes: 5, sms_code_tries: 5,
            sms_per_number_hour: 5, sms_per_address_hour: 600, require_second_factor: true,
        },
        "limits": LimitsConfig {
            body_bytes: 256 * 1024, import_bytes: 32 * 1024 * 1024, import_rows: 20_000, gate_events: 1_000,
            logins_per_minute: 30, wrong_codes_per_minute: 10, live_watchers: 5_000,
        },
        "wechat": { "appid": "", "secret": "", "base_url": "https://api.weixin.qq.com", "templates": "", "page": "pages/home/index" },
        "log": LogConfig { level: "info".into(), format: "text".into() },
        "otel": OtelConfig { endpoint: String::new() },
    });
    let serde_json::Value::Object(more) = delivery::defaults() else {
        return all;
    };
    all.as_object_mut().expect("made as an object").extend(more);
    all
}

impl Config {
    /// Reads `lvzhi.toml` (or the file named by `LVZHI_CONFIG`), then the environment.
    pub fn load() -> Result<Config, String> {
        let file = std::env::var("LVZHI_CONFIG").unwrap_or_else(|_| "lvzhi.toml".into());
        if std::env::var_os("LVZHI_CONFIG").is_some() && !std::path::Path::new(&file).is_file() {
            return Err(format!("LVZHI_CONFIG: there is no file {file}"));
        }
        let env = Env::prefixed("LVZHI_")
            .filter(|key| {
                let key = key.as_str().to_ascii_lowercase();
                !NOT_SETTINGS.iter().any(|no| key.starts_with(no))
            })
            .map(|key| {
                let key = key.as_str().to_ascii_lowercase();
                if TOP.contains(&key.as_str()) {
                    return key.into();
                }
                let section = SECTIONS.iter().find(|s| key.starts_with(&format!("{s}_")));
                section
                    .map_or(key.clone(), |s| format!("{s}.{}", &key[s.len() + 1..]))
                    .into()
            });
        Self::from_figment(
            Figment::from(Serialized::defaults(defaults()))
                .merge(Toml::file(&file))
                .merge(env),
        )
    }

    /// The defaults with some values set; for tests, by the names of the file.
    pub fn with(values: serde_json::Value) -> Result<Config, String> {
        Self::from_figment(Figment::from(Serialized::defaults(defaults())).merge(Serialized::defaults(values)))
    }

    fn from_figment(figment: Figment) -> Result<Config, String> {
        let mut config: Config = figment.extract().map_err(explain)?;
        if let Some(url) = &mut config.public_url {
            *url = url.trim_end_matches('/').to_owned();
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let positive = [
            ("database.read_connections", self.database.read_connections),
            ("database.write_connections", self.database.write_connections),
            ("database.batch_writers", self.database.batch_writers),
            ("limits.body_bytes", self.limits.body_bytes),
            ("limits.import_bytes", self.limits.import_bytes),
            ("limits.import_rows", self.limits.import_rows),
            ("limits.gate_events", self.limits.gate_events),
            ("auth.access_minutes", self.auth.access_minutes.max(0) as usize),
            ("auth.refresh_days", self.auth.refresh_days.max(0) as usize),
            ("auth.sms_code_minutes", self.auth.sms_code_minutes.max(0) as usize),
        ];
        for (name, value) in positive {
            if value == 0 || value > 1 << 40 {
                return Err(setting(name, "must be greater than zero"));
            }
        }
        use std::net::ToSocketAddrs;
        if let Err(e) = self.listen.to_socket_addrs() {
            return Err(setting(
                "listen",
                &format!("`{}` is no address with a port ({e})", self.listen),
            ));
        }
        if let Some(url) = &self.public_url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            return Err(setting("public_url", "must start with https:// or http://"));
        }
        if let Some(secret) = &self.secret
            && secret.expose_secret().len() < 32
        {
            return Err(setting("secret", "must have at least 32 characters"));
        }
        if let Some(url) = &self.redis_url
            && !(url.expose_secret().starts_with("redis://") || url.expose_secret().starts_with("unix:"))
        {
            return Err(setting("redis_url", "must start with redis://"));
        }
        if let Some(url) = &self.database_url {
            let url = url.expose_secret();
            let scheme = url.split_once("://").map(|(scheme, _)| scheme);
            if !matches!(scheme, None | Some("postgres" | "postgresql" | "sqlite")) {
                return Err(setting("database_url", "must be postgres://…, sqlite://… or a path"));
            }
        }
        if !matches!(self.log.format.as_str(), "text" | "json") {
            return Err(setting("log.format", "must be `text` or `json`"));
        }
        if !self.wechat.appid.is_empty() && self.wechat.secret.expose_secret().is_empty() {
            return Err(setting("wechat.secret", "is needed when wechat.appid is set"));
        }
        let parts = delivery::Parts {
            notify: &self.notify,
            aliyun: &self.sms_aliyun,
            tencent: &self.sms_tencent,
            mas: &self.sms_mas,
            smpp: &self.sms_smpp,
            smtp: &self.smtp,
        };
        if let Some((name, reason)) = delivery::problem(&parts) {
            return Err(setting(&name, &reason));
        }
        Ok(())
    }

    /// The database to use.
    pub fn database(&self) -> String {
        match &self.database_url {
            Some(url) => url.expose_secret().to_owned(),
            None => self.data_dir.join("lvzhi.db").to_string_lossy().into_owned(),
        }
    }

    /// The address people use, without a slash at the end.
    pub fn public_url(&self) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// The master secret; made once and kept in the data folder when none is configured.
    pub fn master_secret(&self) -> Result<Vec<u8>, String> {
        if let Some(secret) = &self.secret {
            return Ok(secret.expose_secret().as_bytes().to_vec());
        }
        let path = self.data_dir.join("secret");
        match std::fs::read(&path) {
            Ok(secret) if secret.len() >= 32 => Ok(secret),
            Ok(_) => Err(format!("secret: {} is shorter than 32 characters", path.display())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => make_secret(&path),
            Err(e) => Err(format!("secret: cannot read {}: {e}", path.display())),
        }
    }
}

/// Writes a new secret that only its owner can read. `create_new`: of two processes that start at once
/// one writes, and the other reads what was written.
fn make_secret(path: &std::path::Path) -> Result<Vec<u8>, String> {
    use std::io::Write;
    let fail = |e: std::io::Error| format!("secret: cannot write {}: {e}", path.display());
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(fail)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let secret = crate::secrets::random_token::<48>();
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(secret.as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(fail)?;
            Ok(secret.into_bytes())
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => std::fs::read(path).map_err(fail),
        Err(e) => Err(fail(e)),
    }
}

/// A setting's two names and what is wrong with it.
pub fn setting(name: &str, reason: &str) -> String {
    format!(
        "{name} (LVZHI_{}): {reason}",
        name.replace('.', "_").to_ascii_uppercase()
    )
}

/// One line per problem: the setting's name as a person wrote it, and the reason.
fn explain(error: figment::Error) -> String {
    let lines: Vec<String> = error
        .into_iter()
        .map(|e| {
            let mut name = e.path.join(".");
            if let figment::error::Kind::UnknownField(field, _) = &e.kind
                && !name.ends_with(field.as_str())
            {
                name = if name.is_empty() {
                    field.clone()
                } else {
                    format!("{name}.{field}")
                };
            }
            let reason = match &e.kind {
                figment::error::Kind::UnknownField(..) => "there is no such setting".to_owned(),
                kind => kind.to_string(),
            };
            if name.is_empty() {
                reason
            } else {
                setting(&name, &reason)
            }
        })
        .collect();
    lines.join("\n")
}
