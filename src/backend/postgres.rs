//! From the configuration to the Postgres backend, for `postgres:` and `postgresql:`.

use secrecy::ExposeSecret;
use taskdb_core::{Result, TaskDbErr};
use taskdb_postgres::Tls;

use super::Driver;
use crate::config::{Config, TlsVerify};

pub(super) const DRIVER: Driver = Driver {
    name: "Postgres",
    uses: |_| {
        &[
            "host",
            "port",
            "database",
            "user",
            "password",
            "namespace",
            "tls",
            "pool",
            "timeouts",
            "retry",
            "limits",
        ]
    },
    open: |config| Box::pin(async move { settings(&config)?.connect().await }),
    exists: |config| Box::pin(async move { settings(&config)?.exists().await }),
};

fn settings(config: &Config) -> Result<taskdb_postgres::Config> {
    let explain = |error| match error {
        TaskDbErr::Config(reason) => config.refuse("url", &reason),
        other => other,
    };
    let url = config.url_with_password().unwrap_or_default();
    let (timeouts, retry) = (config.timeouts(), config.retry());
    let attempts = usize::try_from(retry.attempts).unwrap_or(usize::MAX);
    let mut settings = taskdb_postgres::Config::from_url(url.expose_secret())
        .map_err(explain)?
        .namespace(config.namespace())
        .limits(config.limits())
        .connect_timeout(timeouts.connect)
        .response_timeout(timeouts.response)
        .retry(attempts.saturating_add(1), retry.backoff, retry.max_backoff);
    if let Some(connections) = config.pool().max_connections {
        settings = settings.max_connections(connections);
    }
    if let Some(connections) = config.pool().min_connections {
        settings = settings.min_connections(connections);
    }
    Ok(match tls(config) {
        Some(tls) => settings.tls(tls),
        None => settings,
    })
}

/// What is said about TLS, if anything is.
fn tls(config: &Config) -> Option<Tls> {
    let stated = config.tls();
    if stated == Default::default() {
        return None;
    }
    let mut tls = match (stated.enabled, stated.verify) {
        (Some(false), _) => Tls::off(),
        (_, Some(TlsVerify::None)) => Tls::unverified(),
        (_, Some(TlsVerify::Ca)) => Tls::verify_ca(),
        _ => Tls::verify_full(),
    };
    if let Some(ca) = stated.ca {
        tls = tls.ca(ca);
    }
    if let (Some(cert), Some(key)) = (stated.cert, stated.key) {
        tls = tls.client(cert, key);
    }
    Some(tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(config: &Config) -> String {
        format!("{:?}", settings(config).unwrap())
    }

    #[test]
    fn every_field_reaches_its_setting() {
        let config = Config::from_url("postgres://db.example.com/jobs?namespace=n")
            .with_max_connections(8)
            .set("pool.min_connections", "2")
            .set("user", "ann")
            .set("password", "sentinel")
            .set("timeouts.connect", "2s")
            .set("timeouts.response", "3s")
            .set("retry.attempts", "4")
            .set("retry.backoff", "1ms")
            .set("tls.verify", "ca")
            .set("limits.name_bytes", "77");
        let settled = settled(&config);
        for words in [
            "host: \"db.example.com\"",
            "user: \"ann\"",
            "database: Some(\"jobs\")",
            "ssl_mode: VerifyCa",
            "namespace: Namespace(\"n\")",
            "max_connections: 8",
            "min_connections: 2",
            "connect_timeout: 2s",
            "response_timeout: 3s",
            "attempts: 5",
            "min: 1ms",
            "name_bytes: 77",
        ] {
            assert!(settled.contains(words), "no {words} in {settled}");
        }
        assert!(!settled.contains("sentinel"), "{settled}");
    }

    #[test]
    fn fields_can_stand_for_the_url() {
        let config = Config::new()
            .with_backend("postgres")
            .set("host", "127.0.0.1")
            .set("port", "5433")
            .set("database", "jobs");
        let settled = settled(&config);
        for words in ["host: \"127.0.0.1\"", "port: 5433", "database: Some(\"jobs\")"] {
            assert!(settled.contains(words), "no {words} in {settled}");
        }
    }
}
