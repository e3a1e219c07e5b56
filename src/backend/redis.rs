//! From the configuration to the Redis backend, for `redis:` and its relatives.

use secrecy::ExposeSecret;
use taskdb_core::{Result, TaskDbErr};
use taskdb_redis::Verify;

use super::Driver;
use crate::config::{Config, Source, TlsVerify};

pub(super) const DRIVER: Driver = Driver {
    name: "Redis",
    uses: |scheme| match scheme {
        "rediss" | "rediss+sentinel" | "rediss+cluster" => &[
            "host",
            "port",
            "database",
            "user",
            "password",
            "namespace",
            "timeouts",
            "retry",
            "limits",
            "tls",
        ],
        "redis+unix" | "unix" => {
            &["path", "user", "password", "namespace", "timeouts", "retry", "limits"]
        }
        _ => &[
            "host",
            "port",
            "database",
            "user",
            "password",
            "namespace",
            "timeouts",
            "retry",
            "limits",
        ],
    },
    open: |config| Box::pin(async move { settings(&config)?.connect().await }),
    exists: |config| Box::pin(async move { settings(&config)?.exists().await }),
};

fn settings(config: &Config) -> Result<taskdb_redis::Config> {
    let url = config
        .url_with_password()
        .ok_or_else(|| config.refuse("backend", "needs `host`, the server, beside it"))?;
    let explain = |error| match error {
        TaskDbErr::Config(reason) => config.refuse("url", &reason),
        other => other,
    };
    let settings = taskdb_redis::Config::from_url(url.expose_secret()).map_err(explain)?;
    let (timeouts, retry) = (config.timeouts(), config.retry());
    let mut settings = settings.namespace(config.namespace()).limits(config.limits());
    // What the URL says itself stays; a field that nobody stated is no reason to change it.
    if stated(config, "timeouts.connect") {
        settings = settings.connect_timeout(timeouts.connect);
    }
    if stated(config, "timeouts.response") {
        settings = settings.response_timeout(timeouts.response);
    }
    if stated(config, "retry.attempts") {
        let attempts = retry.attempts as usize + 1;
        settings = settings.retry(attempts, retry.backoff, retry.max_backoff);
    }
    tls(config, settings)
}

/// Whether somebody has said so.
fn stated(config: &Config, field: &str) -> bool {
    config.source(field).is_some_and(|source| source != Source::Default)
}

fn tls(config: &Config, settings: taskdb_redis::Config) -> Result<taskdb_redis::Config> {
    let wanted = config.tls();
    if wanted == crate::config::Tls::default() {
        return Ok(settings);
    }
    if wanted.enabled == Some(false) {
        return Err(config.refuse("tls.enabled", "is off, and the scheme says TLS: use `redis:`"));
    }
    let mut tls = taskdb_redis::Tls::default();
    tls.ca = wanted.ca;
    tls.client = match (wanted.cert, wanted.key) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        (Some(_), None) => return Err(config.refuse("tls.cert", "needs `tls.key` beside it")),
        (None, Some(_)) => return Err(config.refuse("tls.key", "needs `tls.cert` beside it")),
    };
    tls.verify = match wanted.verify {
        None | Some(TlsVerify::Full) => Verify::Full,
        Some(TlsVerify::None) => Verify::Nothing,
        Some(TlsVerify::Ca) => {
            return Err(config.refuse("tls.verify", "must be `full` or `none` on Redis"));
        }
    };
    Ok(settings.tls(tls))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(config: &Config) -> String {
        format!("{:?}", settings(config).unwrap())
    }

    #[test]
    fn every_field_reaches_its_setting() {
        let config = Config::from_url("rediss://ann:secret@host:7000/3?namespace=n")
            .set("timeouts.connect", "3s")
            .set("timeouts.response", "7s")
            .set("retry.attempts", "4")
            .set("retry.backoff", "20ms")
            .set("retry.max_backoff", "2s")
            .set("tls.ca", "ca.pem")
            .set("limits.name_bytes", "77");
        let settled = settled(&config);
        for words in [
            "Namespace(\"n\")",
            "connect_timeout: 3s",
            "response_timeout: 7s",
            "attempts: 5",
            "min: 20ms",
            "max: 2s",
            "ca.pem",
            "database: 3",
            "name_bytes: 77",
        ] {
            assert!(settled.contains(words), "no {words} in {settled}");
        }
        assert!(!settled.contains("secret"), "{settled}");
    }

    #[test]
    fn defaults_are_those_of_the_backend() {
        let url = "redis://host?response_timeout_ms=77";
        let own = format!("{:?}", taskdb_redis::Config::from_url(url).unwrap());
        assert_eq!(settled(&Config::from_url(url)), own);
        let fields = Config::new().with_backend("redis").with_host("host").with_port(7000);
        let own = format!("{:?}", taskdb_redis::Config::from_url("redis://host:7000").unwrap());
        assert_eq!(settled(&fields), own);
    }

    #[test]
    fn half_a_client_certificate_is_refused() {
        let config = Config::from_url("rediss://host").set("tls.cert", "c.pem");
        let message = settings(&config).unwrap_err().to_string();
        assert!(message.contains("tls.cert") && message.contains("tls.key"), "{message}");
    }
}
