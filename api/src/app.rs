//! Puts the parts together: the only place that names concrete stores, drivers and the HTTP server.

use crate::auth::Keyring;
use crate::auth::caller::SecondFactorPolicy;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::db::{self, Db, DbError, DbOptions};
use crate::features::{self, Services};
use crate::kv::Kv;
use crate::memory;
use crate::notify::Courier;
use crate::notify::drivers::{
    Driver, Drivers, aliyun::Aliyun, mas::Mas, smpp::Smpp, smtp::Smtp, tencent::Tencent, wechat::Wechat,
};
use crate::realtime::Hub;
use crate::secrets::Secrets;
use crate::web::body::BodyLimit;
use crate::web::request::{TrustProxy, observe};
use crate::web::{ApiError, ErrorCode, openapi};
use actix_web::dev::Server;
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use secrecy::ExposeSecret;
use std::net::TcpListener;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

/// Why the program did not start; the text is for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Config(String),
    #[error("database: {0}")]
    Database(#[from] DbError),
    #[error("redis_url (LVZHI_REDIS_URL): {0}")]
    Redis(#[from] redis::RedisError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A command was understood and could not be done.
    #[error("{}", explain(.0))]
    Failed(#[from] ApiError),
}

/// An error for the person at the server, who may see its source.
fn explain(e: &ApiError) -> String {
    let fields = e.errors.iter().map(|f| format!("{} {}", f.field, f.message));
    let more: Vec<String> = e.detail.iter().chain(&e.source).cloned().chain(fields).collect();
    if more.is_empty() {
        e.code.en().to_owned()
    } else {
        more.join("; ")
    }
}

/// Migrates the database and connects everything.
pub async fn services(config: Config, clock: Clock) -> Result<Services, StartError> {
    let master = config.master_secret().map_err(StartError::Config)?;
    std::fs::create_dir_all(&config.data_dir)?;
    let url = config.database();
    let migrate = url.clone();
    tokio::task::spawn_blocking(move || db::migrate::up(&migrate))
        .await
        .expect("migration does not panic")?;
    let db = Db::open(&DbOptions {
        url,
        read_connections: config.database.read_connections,
        write_connections: config.database.write_connections,
    });
    let secrets = Secrets::new(&master);
    let keys = Keyring::open(&db, &secrets, &clock).await?;
    let (kv, hub) = match &config.redis_url {
        None => (Kv::memory(), Hub::local()),
        Some(url) => {
            // Installations that share a Redis are kept apart by their secret.
            let prefix = format!("lvzhi:{}:", &secrets.blind_index("redis prefix")[..8]);
            let client = redis::Client::open(url.expose_secret())?;
            let manager = client.get_connection_manager().await?;
            (
                Kv::redis(manager.clone(), &prefix),
                Hub::redis(client, manager, &prefix),
            )
        }
    };
    let (receipts, arrived) = tokio::sync::mpsc::channel(1_000);
    let drivers = drivers(&config, &kv, &secrets, receipts).map_err(StartError::Config)?;
    let courier = Courier::new(&db, &clock, &secrets, &config.notify, drivers, arrived);
    let rosters = features::attendance::Rosters::new(&db, &clock);
    let devices = features::attendance::SeenDevices::default();
    let check_ins = features::attendance::CheckIns::start(&db, &hub, &devices, &rosters, config.database.batch_writers);
    let rooms = features::attendance::Rooms::new(&db, &hub, &keys, &clock);
    let finder = features::proposals::figures::Finder::new(&db, &config.data_dir);
    Ok(Services {
        config: Arc::new(config),
        db,
        clock,
        secrets,
        keys,
        kv,
        hub,
        check_ins,
        rooms,
        rosters,
        flag_sweep: features::attendance::FlagSweep::new(&devices),
        courier,
        finder,
    })
}

/// The providers that are set up, in the order in which they are used.
fn drivers(
    config: &Config,
    kv: &Kv,
    secrets: &Secrets,
    receipts: tokio::sync::mpsc::Sender<crate::notify::Arrived>,
) -> Result<Drivers, String> {
    let wrong = |name: &'static str| move |why: String| config::setting(name, &why);
    let seconds = config.notify.call_seconds;
    let mut all: Vec<Arc<dyn Driver>> = vec![];
    if !config.wechat.appid.is_empty() && !config.wechat.templates.is_empty() {
        let made = Wechat::new(&config.wechat, kv, secrets).map_err(wrong("wechat.templates"))?;
        all.push(Arc::new(made));
    }
    for name in config::words(&config.notify.sms) {
        match name {
            "aliyun" if !config.sms_aliyun.access_key_id.is_empty() => {
                all.push(Arc::new(
                    Aliyun::new(&config.sms_aliyun).map_err(wrong("sms_aliyun.templates"))?,
                ));
            }
            "tencent" if !config.sms_tencent.secret_id.is_empty() => {
                all.push(Arc::new(
                    Tencent::new(&config.sms_tencent).map_err(wrong("sms_tencent.templates"))?,
                ));
            }
            "mas" if !config.sms_mas.ap_id.is_empty() => all.push(Arc::new(Mas::new(&config.sms_mas))),
            "smpp" if !config.sms_smpp.url.is_empty() => {
                let made = Smpp::new(&config.sms_smpp, seconds, receipts.clone()).map_err(wrong("sms_smpp"))?;
                all.push(Arc::new(made));
            }
            _ => (),
        }
    }
    if !config.smtp.host.is_empty() {
        let made = Smtp::new(&config.smtp, &config.public_url(), seconds).map_err(wrong("smtp"))?;
        all.push(Arc::new(made));
    }
    Ok(Drivers::new(all))
}

/// The metrics of this process; installed once.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
        let sizes = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &seconds)
            .and_then(|b| b.set_buckets_for_metric(Matcher::Suffix("_size".into()), &sizes))
            .expect("buckets are not empty")
            .install_recorder()
            .expect("no other recorder is installed")
    })
}

/// Serves on an already bound listener. The server handles no signals: the caller stops it.
pub fn serve(services: &Services, listener: TcpListener) -> Result<Server, StartError> {
    metrics();
    let services = services.clone();
    let threads = services
        .config
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
    let server = HttpServer::new(move || {
        let s = services.clone();
        let config = s.config.clone();
        let origins = config.cors_origins.clone();
        App::new()
            .service(web::scope("/api/v1").configure(features::routes))
            .app_data(BodyLimit(config.limits.body_bytes))
            .app_data(TrustProxy(config.trust_proxy))
            .app_data(SecondFactorPolicy(config.auth.require_second_factor))
            .app_data(web::PathConfig::default().error_handler(|_, _| ApiError::new(ErrorCode::NotFound).into()))
            .app_data(web::QueryConfig::default().error_handler(|e, _| query_error(&e).into()))
            .app_data(Data::new(s.clone()))
            .app_data(Data::new(s.db))
            .app_data(Data::new(s.clock))
            .app_data(Data::new(s.secrets))
            .app_data(Data::new(s.keys))
            .app_data(Data::new(s.kv))
            .app_data(Data::new(s.hub))
            .app_data(Data::new(s.check_ins))
            .app_data(Data::new(s.rooms))
            .app_data(Data::new(s.rosters))
            .app_data(Data::from(config))
            .service(
                utoipa_swagger_ui::SwaggerUi::new("/docs/try/{_:.*}")
                    .config(utoipa_swagger_ui::Config::new(["/openapi.json"])),
            )
            .configure(features::pages::routes)
            .route("/openapi.json", web::get().to(openapi_json))
            .route("/healthz", web::get().to(|| async { "ok" }))
            .route("/readyz", web::get().to(ready))
            .route("/metrics", web::get().to(|| async { metrics().render() }))
            .wrap(Compress::default())
            .wrap(from_fn(observe))
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
    })
    .workers(threads)
    .disable_signals()
    .shutdown_timeout(20)
    .listen(listener)?
    .run();
    Ok(server)
}

fn query_error(e: &actix_web::error::QueryPayloadError) -> ApiError {
    ApiError::field("query", "invalid", e.to_string())
}

fn cors(origins: &str) -> actix_cors::Cors {
    let base = actix_cors::Cors::default()
        .allow_any_method()
        .allow_any_header()
        .expose_any_header()
        .max_age(3600);
    origins
        .split(',')
        .fold(base, |cors, origin| cors.allowed_origin(origin.trim()))
}

/// The contract as JSON.
pub fn contract() -> serde_json::Value {
    let (_, document) = App::new()
        .into_utoipa_app()
        .openapi(openapi::ApiDoc::openapi())
        .service(utoipa_actix_web::scope("/api/v1").configure(|c: &mut _| features::routes(c)))
        .split_for_parts();
    openapi::complete(&document)
}

/// The committed contract; a test keeps it equal to [`contract`].
async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(include_str!("../../openapi/openapi.json"))
}

/// 200 when the stores answer: this process may get requests.
async fn ready(db: Data<Db>, kv: Data<Kv>) -> Result<&'static str, ApiError> {
    db.read(|c| Ok::<_, ApiError>(db::specific::ping(c)?)).await?;
    if kv.ready().await {
        Ok("ready")
    } else {
        Err(ErrorCode::Unavailable.into())
    }
}

/// Every worker has registered its routes by then, and the pages that the start needed are free to go.
const SETTLED: Duration = Duration::from_secs(2);

/// `lvzhi serve`: serves until a signal, then finishes what it accepted.
pub async fn run_server(config: Config, with_worker: bool) -> Result<(), StartError> {
    let listener = TcpListener::bind(&config.listen).map_err(|e| {
        StartError::Config(format!(
            "listen (LVZHI_LISTEN): cannot listen on {}: {e}",
            config.listen
        ))
    })?;
    let services = services(config, Clock::system()).await?;
    if services.config.demo {
        features::demo::prepare(&services).await?;
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let work = with_worker.then(|| actix_web::rt::spawn(crate::worker::run(services.clone(), stopped)));
    services.finder.prepare();
    let server = serve(&services, listener)?;
    actix_web::rt::spawn(async {
        tokio::time::sleep(SETTLED).await;
        memory::give_back();
        memory::give_back_code();
    });
    let handle = server.handle();
    let serving = actix_web::rt::spawn(server);
    until_signal().await;
    tracing::info!("stopping: finishing what was accepted");
    let _ = stop.send(true);
    services.rooms.close();
    handle.stop(true).await;
    let _ = serving.await;
    if let Some(work) = work {
        let _ = work.await;
    }
    services.db.shutdown();
    Ok(())
}

/// Waits for an interrupt or a request to end.
pub async fn until_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).expect("signals can be handled");
    let mut int = signal(SignalKind::interrupt()).expect("signals can be handled");
    tokio::select! {
        _ = term.recv() => (),
        _ = int.recv() => (),
    }
}
