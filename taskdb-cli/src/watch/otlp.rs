//! Sends spans to a collector of OpenTelemetry, by OTLP over gRPC.

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use taskdb::otel::SpanIds;
use tokio::runtime::{Builder, Runtime};
use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;

use super::logs::{Listener, stated};
use crate::problem::Problem;

/// How long the end of the program waits for a collector.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is on its way to a collector.
pub(super) struct Export {
    provider: SdkTracerProvider,
    /// The connection's; those of commands come and go.
    runtime: Runtime,
}

/// Begins to send: to this address, or to the one of the environment.
pub(super) fn begin(endpoint: Option<&str>) -> Result<(Listener, Export), Problem> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let exporter = {
        let _entered = runtime.enter();
        let mut exporter = SpanExporter::builder().with_tonic();
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(endpoint);
        }
        exporter.build().map_err(|why| Problem::Refused(format!("no traces: {why}")))?
    };
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before this name.
    let mut resource = Resource::builder();
    if stated("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("taskdb");
    }
    let provider = SdkTracerProvider::builder()
        .with_id_generator(SpanIds::default())
        .with_resource(resource.build())
        .with_batch_exporter(exporter)
        .build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("taskdb"))
        .with_location(false)
        .with_threads(false)
        // Lines stay in the log: they may hold error texts.
        .with_filter(filter_fn(|it| {
            it.is_span() && *it.level() <= Level::INFO && it.target().starts_with("taskdb")
        }));
    Ok((spans.boxed(), Export { provider, runtime }))
}

impl Export {
    /// Sends the rest. A collector that is away is told of in the log, and by nothing else.
    pub(super) fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "some traces could not be sent");
        }
        self.runtime.shutdown_background();
    }
}
