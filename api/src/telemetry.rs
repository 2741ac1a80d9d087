//! Logs to standard error and, when configured, spans to an OpenTelemetry collector.
//!
//! No token, phone number or code is ever logged: handlers log ids and routes, never bodies, paths or queries.

use crate::config::Config;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Target of the spans that are exported and never printed.
const TRACE: &str = "lvzhi::trace";

/// Sends what is left when dropped.
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = self.provider.take() {
            // The exporter blocks; it must not do so on a thread of the async runtime.
            let _ = std::thread::spawn(move || provider.shutdown()).join();
        }
    }
}

/// Installs the log for the whole program; the error names the setting.
pub fn init(config: &Config) -> Result<Telemetry, String> {
    let filter = EnvFilter::try_new(&config.log.level).map_err(|e| format!("log.level (LVZHI_LOG_LEVEL): {e}"))?;
    let shown = filter.and(filter_fn(|meta| meta.target() != TRACE));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(true);
    let lines = match config.log.format.as_str() {
        "json" => lines.json().boxed(),
        _ => lines
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .boxed(),
    };
    let provider = match config.otel.endpoint.as_str() {
        "" => None,
        endpoint => Some(exporter(endpoint.to_owned())?),
    };
    let registry = tracing_subscriber::registry().with(lines.with_filter(shown));
    // A layer that is absent would still have every span made.
    match &provider {
        None => registry.try_init(),
        Some(provider) => {
            let spans = tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("lvzhi"))
                .with_filter(Targets::new().with_target(TRACE, LevelFilter::INFO));
            registry.with(spans).try_init()
        }
    }
    .map_err(|e| e.to_string())?;
    Ok(Telemetry { provider })
}

fn exporter(endpoint: String) -> Result<SdkTracerProvider, String> {
    let fail = |e: String| format!("otel.endpoint (LVZHI_OTEL_ENDPOINT): {e}");
    let build = move || {
        opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .build()
            .map_err(|e| e.to_string())
    };
    // The blocking client cannot be made on a thread of the async runtime.
    let exporter = std::thread::spawn(build)
        .join()
        .map_err(|_| fail("the exporter did not start".into()))?
        .map_err(fail)?;
    let resource = Resource::builder().with_service_name("lvzhi").build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}
