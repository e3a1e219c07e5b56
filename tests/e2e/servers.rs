//! Servers in containers, one of a kind, started when the first test asks and removed when
//! the last has ended.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use taskdb::{Config, TaskDb};
use testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};
use tokio::sync::Mutex;
use uuid::Uuid;

/// How long a server may take to accept connections.
const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "secret";

/// What is in a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Redis,
    Valkey,
    Postgres,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Redis, Self::Valkey, Self::Postgres];

    /// The variable that names an image, and the one that is used without it.
    fn image(self) -> (&'static str, &'static str) {
        match self {
            Self::Redis => ("TASKDB_TEST_REDIS_IMAGE", "redis:7"),
            Self::Valkey => ("TASKDB_TEST_VALKEY_IMAGE", "valkey/valkey:8"),
            Self::Postgres => ("TASKDB_TEST_POSTGRES_IMAGE", "postgres:16"),
        }
    }

    /// The image that the tests use.
    pub(crate) fn chosen_image(self) -> String {
        let (variable, usual) = self.image();
        std::env::var(variable).unwrap_or_else(|_| usual.to_owned())
    }

    fn port(self) -> u16 {
        if self == Self::Postgres { 5432 } else { 6379 }
    }

    fn url(self, host: &str, port: u16) -> String {
        match self {
            Self::Redis | Self::Valkey => format!("redis://{host}:{port}"),
            // The engine may be reached by an address that is not of this machine, where TLS is
            // asked for, and its image has none.
            Self::Postgres => {
                format!("postgres://postgres:{PASSWORD}@{host}:{port}/postgres?sslmode=disable")
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "redis",
            Self::Valkey => "valkey",
            Self::Postgres => "postgres",
        })
    }
}

/// The containers that run.
#[derive(Default)]
pub(crate) struct Servers(Mutex<HashMap<Kind, (String, ContainerAsync<GenericImage>)>>);

impl Servers {
    /// The URL of a server that accepts connections.
    pub(crate) async fn url(&self, kind: Kind) -> String {
        let mut running = self.0.lock().await;
        if let Some((url, _)) = running.get(&kind) {
            return url.clone();
        }
        let container = start(kind).await;
        let host = container.get_host().await.expect("the engine has a host").to_string();
        let port = container.get_host_port_ipv4(kind.port()).await.expect("its port is open");
        let url = kind.url(&host, port);
        wait_for(&url).await;
        running.insert(kind, (url.clone(), container));
        url
    }

    /// A namespace of its own on a server.
    pub(crate) async fn open(&self, kind: Kind) -> TaskDb {
        let config = Config::from_url(&self.url(kind).await).with_namespace(&namespace());
        config.connect().await.expect("it opens")
    }

    /// Removes what runs.
    pub(crate) async fn stop(&self) {
        for (_, (_, container)) in self.0.lock().await.drain() {
            container.rm().await.expect("a container can be removed");
        }
    }
}

/// A name that nothing else uses.
pub(crate) fn namespace() -> String {
    format!("e2e-{:08x}", Uuid::new_v4().as_fields().0)
}

async fn start(kind: Kind) -> ContainerAsync<GenericImage> {
    let (variable, image) = (kind.image().0, kind.chosen_image());
    let (name, tag) = image.rsplit_once(':').unwrap_or((&image, "latest"));
    let container = GenericImage::new(name, tag)
        .with_exposed_port(kind.port().tcp())
        .with_wait_for(WaitFor::Nothing)
        .with_env_var("POSTGRES_PASSWORD", PASSWORD)
        .start();
    let advice = "name another in the variable, or see scripts/test-images";
    container.await.unwrap_or_else(|error| panic!("{variable}={image}: {error}; {advice}"))
}

/// A server prints that it is ready in words of its own release, and some restart once
/// before they are; so it is asked.
async fn wait_for(url: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        match Config::from_url(url).with_namespace("e2e").connect().await {
            Ok(_) => return,
            Err(error) => assert!(error.is_retryable() && Instant::now() < end, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
