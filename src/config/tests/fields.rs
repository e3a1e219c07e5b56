//! Every field reaches the getter that is for it, and every setter its field.

use std::time::Duration;

use secrecy::ExposeSecret;
use taskdb_core::Limits;

use super::super::field::FIELDS;
use super::super::{Durability, TlsVerify};
use super::*;

/// A value that is not the default, for every field but the URL, which excludes some.
fn values() -> Vec<(&'static str, String)> {
    let special = |name| match name {
        "backend" => "custom",
        "path" | "tls.ca" | "tls.cert" | "tls.key" => "/a b",
        "host" => "host",
        "durability" => "normal",
        "tls.enabled" => "true",
        "tls.verify" => "ca",
        name if name.starts_with("limits.") => "7",
        name if name.starts_with("timeouts.") || name.contains("backoff") => "7ms",
        name if name.contains("connections") || name.ends_with("attempts") => "7",
        "port" => "7",
        _ => "seven",
    };
    let stated = FIELDS.iter().filter(|field| field.name != "url");
    stated.map(|field| (field.name, special(field.name).to_owned())).collect()
}

fn with_setters() -> Config {
    let ms = Duration::from_millis(7);
    let limits = Limits {
        name_bytes: 7,
        payload_bytes: 7,
        json_depth: 7,
        error_bytes: 7,
        prerequisites: 7,
        tasks_per_job: 7,
        batch_entries: 7,
        batch_edges: 7,
        batch_bytes: 7,
    };
    Config::new()
        .with_backend("custom")
        .with_path("/a b")
        .with_host("host")
        .with_port(7)
        .with_database("seven")
        .with_user("seven")
        .with_password("seven")
        .with_namespace("seven")
        .with_durability(Durability::Normal)
        .with_tls(true)
        .with_tls_ca("/a b")
        .with_tls_client("/a b", "/a b")
        .with_tls_verify(TlsVerify::Ca)
        .with_min_connections(7)
        .with_max_connections(7)
        .with_connect_timeout(ms)
        .with_response_timeout(ms)
        .with_retry_attempts(7)
        .with_retry_backoff(ms, ms)
        .with_limits(limits)
}

#[test]
fn file_environment_names_and_setters_say_the_same() {
    let quoted = |(name, value): (&str, String)| format!("{name} = \"{value}\"\n");
    let text: String = values().into_iter().map(quoted).collect();
    let file = Folder::with(&text).config();
    let named =
        values().iter().fold(Config::new(), |config, (name, value)| config.set(name, value));
    let variable = |(name, value): (&str, String)| {
        (format!("TASKDB_{}", name.replace('.', "__").to_uppercase()), value)
    };
    let env = Config::new().with_env(values().into_iter().map(variable));
    for config in [file, named, env, with_setters()] {
        assert_eq!(config.problems, [""; 0]);
        assert_eq!(config.stated.len(), FIELDS.len() - 1);
        for (name, value) in values() {
            let value = if name == "password" { "***".to_owned() } else { value };
            assert_eq!(shown(&config, name), value, "{name}");
        }
    }
}

#[test]
fn getters_find_their_fields() {
    let (config, ms) = (with_setters(), Duration::from_millis(7));
    assert_eq!(config.scheme().as_deref(), Some("custom"));
    assert_eq!(config.path(), Some(PathBuf::from("/a b")));
    assert_eq!(config.database().as_deref(), Some("seven"));
    assert_eq!(config.user().as_deref(), Some("seven"));
    assert_eq!(config.password().unwrap().expose_secret(), "seven");
    assert_eq!(config.namespace().as_str(), "seven");
    assert_eq!(config.durability(), Durability::Normal);
    let tls = config.tls();
    let file = Some(PathBuf::from("/a b"));
    assert_eq!((tls.enabled, tls.verify), (Some(true), Some(TlsVerify::Ca)));
    assert_eq!((&tls.ca, &tls.cert, &tls.key), (&file, &file, &file));
    let pool = config.pool();
    assert_eq!((pool.min_connections, pool.max_connections), (Some(7), Some(7)));
    assert_eq!((config.timeouts().connect, config.timeouts().response), (ms, ms));
    let retry = config.retry();
    assert_eq!((retry.attempts, retry.backoff, retry.max_backoff), (7, ms, ms));
    assert_eq!((config.limits().name_bytes, config.limits().batch_edges), (7, 7));
}

#[test]
fn defaults_are_what_the_page_says() {
    let config = Config::new();
    assert_eq!(config.namespace().as_str(), "taskdb");
    assert_eq!(config.durability(), Durability::Full);
    assert_eq!(config.limits(), Limits::default());
    let seconds = Duration::from_secs;
    assert_eq!((config.timeouts().connect, config.timeouts().response), (seconds(5), seconds(10)));
    assert_eq!((config.retry().attempts, config.retry().max_backoff), (3, seconds(2)));
    assert_eq!((config.url(), config.password().is_none()), (None, true));
}

#[test]
fn a_url_is_made_up_of_fields() {
    let server = Config::new().with_backend("custom");
    let urls = [
        (server.clone(), "custom:"),
        (server.clone().with_host("h"), "custom://h"),
        (server.clone().with_host("::1").with_port(5), "custom://[::1]:5"),
        (server.clone().with_host("a:1,b:2").with_user("u@x"), "custom://u%40x@a:1,b:2"),
        (server.clone().with_host("h").with_database("a/b"), "custom://h/a%2Fb"),
        (server.with_path("/run/a?b.sock"), "custom:///run/a%3Fb.sock"),
        (Config::new().with_backend("sqlite").with_path("jobs.db"), "sqlite://jobs.db"),
        (Config::from_url("custom:///jobs").with_host("h").with_port(5), "custom://h:5/jobs"),
        (Config::from_url("custom://h").with_database("jobs"), "custom://h/jobs"),
    ];
    for (config, url) in urls {
        assert_eq!(config.url().as_deref(), Some(url));
    }
    let login = Config::from_url("custom://h/x").with_user("ann").with_password("p/w");
    assert_eq!(login.url().as_deref(), Some("custom://ann@h/x"));
    let full = login.url_with_password().unwrap();
    assert_eq!(full.expose_secret(), "custom://ann:p%2Fw@h/x");
}
