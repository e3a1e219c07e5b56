//! Where to connect to, and how: one server, the master that Sentinel names, a cluster.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    ProtocolVersion, PushInfo, PushKind, RedisConnectionInfo, RedisResult, TlsCertificates,
    TlsMode,
};
use secrecy::ExposeSecret;
use taskdb_core::{Result, TaskDbErr};
use tokio::sync::Mutex;

use super::tls;
use super::wire::Wire;
use crate::address::{Address, Login, Node};
use crate::config::{Config, Verify};

/// The clients of the driver; none of them is connected.
pub(super) enum Endpoint {
    Single(Client),
    /// The client, and how many Sentinels it may ask.
    Sentinel(Mutex<SentinelClient>, u32),
    /// The client, and one for each node that was named, for subscriptions.
    Cluster(Box<ClusterClient>, Vec<Client>),
}

impl Endpoint {
    pub(super) fn new(config: &Config) -> Result<Self> {
        let parts = Parts::new(config)?;
        let built = match &config.address {
            Address::Tcp(node) => parts.client(parts.tcp(node)).map(Self::Single),
            Address::Unix(path) => {
                parts.client(ConnectionAddr::Unix(path.clone())).map(Self::Single)
            }
            Address::Sentinel { nodes, master } => {
                let count = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
                let client = parts.sentinel(nodes, master, config);
                client.map(|client| Self::Sentinel(client.into(), count))
            }
            Address::Cluster(nodes) => parts.cluster(nodes, config),
        };
        built.map_err(|error| TaskDbErr::Config(format!("{}: {error}", config.address)))
    }

    /// How many servers may have to be asked, one after the other, to get a connection.
    pub(super) fn servers(&self) -> u32 {
        match self {
            Self::Single(_) => 1,
            Self::Sentinel(_, sentinels) => sentinels.saturating_add(1),
            Self::Cluster(_, nodes) => u32::try_from(nodes.len()).unwrap_or(u32::MAX),
        }
    }

    /// Connects. `lost` becomes true when the connection is seen to end.
    pub(super) async fn connect(&self, lost: Arc<AtomicBool>) -> RedisResult<Wire> {
        let client = match self {
            Self::Cluster(client, _) => {
                return client.get_async_connection().await.map(Wire::Cluster);
            }
            Self::Single(client) => client.clone(),
            Self::Sentinel(client, _) => client.lock().await.async_get_client().await?,
        };
        let watch = move |push: PushInfo| {
            if push.kind == PushKind::Disconnection {
                lost.store(true, Ordering::Relaxed);
            }
            Ok::<_, redis::aio::SendError>(())
        };
        // The link and the call keep the time, not the driver.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_push_sender(watch);
        client.get_multiplexed_async_connection_with_config(&config).await.map(Wire::Single)
    }

    /// A client for a connection of its own; `attempt` chooses among the nodes of a
    /// cluster, each of which hears every message.
    pub(super) async fn client(&self, attempt: usize) -> RedisResult<Client> {
        match self {
            Self::Single(client) => Ok(client.clone()),
            Self::Sentinel(client, _) => client.lock().await.async_get_client().await,
            Self::Cluster(_, nodes) => Ok(nodes[attempt % nodes.len()].clone()),
        }
    }
}

/// What the three have in common.
struct Parts {
    settings: RedisConnectionInfo,
    tcp: TcpSettings,
    certificates: Option<TlsCertificates>,
    mode: TlsMode,
}

impl Parts {
    fn new(config: &Config) -> Result<Self> {
        let certificates = config.tls.as_ref().map(tls::certificates).transpose()?;
        let verify = config.tls.as_ref().map(|tls| tls.verify);
        if verify.is_some() {
            tls::install_provider();
        }
        if verify == Some(Verify::Nothing) {
            tracing::warn!(address = %config.address, "the certificate of Redis is not verified");
        }
        let settings = settings(&config.login).set_db(config.database);
        let mode = match verify {
            Some(Verify::Nothing) => TlsMode::Insecure,
            _ => TlsMode::Secure,
        };
        Ok(Self { settings, tcp: tcp_settings(config.response_timeout), certificates, mode })
    }

    fn tcp(&self, node: &Node) -> ConnectionAddr {
        let Node { host, port } = node.clone();
        if self.certificates.is_none() {
            return ConnectionAddr::Tcp(host, port);
        }
        let insecure = self.mode == TlsMode::Insecure;
        ConnectionAddr::TcpTls { host, port, insecure, tls_params: None }
    }

    fn info(&self, address: ConnectionAddr) -> RedisResult<ConnectionInfo> {
        let info = address.into_connection_info()?;
        Ok(info.set_redis_settings(self.settings.clone()).set_tcp_settings(self.tcp.clone()))
    }

    fn client(&self, address: ConnectionAddr) -> RedisResult<Client> {
        let info = self.info(address)?;
        match &self.certificates {
            Some(certificates) => Client::build_with_tls(info, certificates.clone()),
            None => Client::open(info),
        }
    }

    fn sentinel(
        &self,
        nodes: &[Node],
        master: &str,
        config: &Config,
    ) -> RedisResult<SentinelClient> {
        let nodes = nodes.iter().map(|node| self.tcp(node));
        let mut builder = SentinelClientBuilder::new(nodes, master, SentinelServerType::Master)?
            .set_client_to_redis_db(config.database)
            .set_client_to_redis_protocol(ProtocolVersion::RESP3)
            .set_client_to_redis_tcp_settings(self.tcp.clone())
            .set_client_to_sentinel_tcp_settings(self.tcp.clone());
        if let Some(user) = &config.login.user {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = &config.login.password {
            builder = builder.set_client_to_redis_password(password.expose_secret());
        }
        if let Some(user) = &config.sentinel_login.user {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = &config.sentinel_login.password {
            builder = builder.set_client_to_sentinel_password(password.expose_secret());
        }
        if let Some(certificates) = &self.certificates {
            builder = builder
                .set_client_to_redis_tls_mode(self.mode)
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates.clone());
        }
        builder.build()
    }

    fn cluster(&self, nodes: &[Node], config: &Config) -> RedisResult<Endpoint> {
        let addresses: Vec<_> = nodes.iter().map(|node| self.tcp(node)).collect();
        let infos = addresses.iter().map(|address| self.info(address.clone()));
        let mut builder = ClusterClient::builder(infos.collect::<RedisResult<Vec<_>>>()?)
            // Its own repeats do not ask whether a command may have run.
            .retries(0)
            .connection_timeout(config.connect_timeout)
            .response_timeout(config.response_timeout)
            .overall_response_timeout(None)
            .use_protocol(ProtocolVersion::RESP3)
            .tcp_settings(self.tcp.clone());
        if let Some(certificates) = &self.certificates {
            builder = builder.tls(self.mode).certs(certificates.clone());
        }
        let clients = addresses.into_iter().map(|address| self.client(address));
        let clients = clients.collect::<RedisResult<Vec<_>>>()?;
        Ok(Endpoint::Cluster(Box::new(builder.build()?), clients))
    }
}

/// RESP3, with which the driver notices at once that an idle connection has ended.
fn settings(login: &Login) -> RedisConnectionInfo {
    let mut settings = RedisConnectionInfo::default()
        .set_protocol(ProtocolVersion::RESP3)
        .set_lib_name("taskdb", env!("CARGO_PKG_VERSION"));
    if let Some(user) = &login.user {
        settings = settings.set_username(user);
    }
    if let Some(password) = &login.password {
        settings = settings.set_password(password.expose_secret());
    }
    settings
}

/// A peer that is gone without a word is noticed within some 30 s when idle, and after
/// the time of a call when something was sent.
fn tcp_settings(limit: Duration) -> TcpSettings {
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(15))
        .with_interval(Duration::from_secs(5))
        .with_retries(3);
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let settings = settings.set_user_timeout(limit);
    #[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
    let _ = limit;
    settings
}
