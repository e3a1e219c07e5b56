//! From the configuration to the embedded backend, for `sqlite:` and `memory:`.

use std::num::NonZeroUsize;

use taskdb_core::{Result, TaskDbErr};
use taskdb_sqlite::Synchronous;

use super::Driver;
use crate::config::{Config, Durability};

pub(super) const DRIVER: Driver = Driver {
    name: "SQLite",
    uses: |scheme| match scheme {
        // Nobody else can lock it, nothing is written to a disk, and one connection
        // is all there is.
        "memory" => &["namespace", "limits"],
        _ => &[
            "path",
            "namespace",
            "durability",
            "pool.max_connections",
            "timeouts.response",
            "limits",
        ],
    },
    open: |config| Box::pin(async move { settings(&config)?.connect().await }),
    exists: |config| Box::pin(async move { settings(&config)?.exists().await }),
};

fn settings(config: &Config) -> Result<taskdb_sqlite::Config> {
    let settings = place(config)?
        .namespace(config.namespace())
        .limits(config.limits())
        .busy_timeout(config.timeouts().response)
        .synchronous(match config.durability() {
            Durability::Full => Synchronous::Full,
            Durability::Normal => Synchronous::Normal,
        });
    let Some(connections) = config.pool().max_connections else { return Ok(settings) };
    match NonZeroUsize::new(connections.saturating_sub(1) as usize) {
        Some(readers) => Ok(settings.readers(readers)),
        None => {
            let reason = "must be at least 2: one connection writes, the others read";
            Err(config.refuse("pool.max_connections", reason))
        }
    }
}

/// The file, from the URL or from its field.
fn place(config: &Config) -> Result<taskdb_sqlite::Config> {
    if config.source("url").is_none()
        && let Some(path) = config.path()
    {
        return Ok(taskdb_sqlite::Config::at(path));
    }
    match config.url() {
        Some(url) if url != "sqlite:" => {
            let explain = |error| match error {
                TaskDbErr::Config(reason) => config.refuse("url", &reason),
                other => other,
            };
            taskdb_sqlite::Config::from_url(&url).map_err(explain)
        }
        _ => Err(config.refuse("backend", "needs `path`, the file, beside it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(config: &Config) -> String {
        format!("{:?}", settings(config).unwrap())
    }

    #[test]
    fn every_field_reaches_its_setting() {
        let config = Config::from_url("sqlite://a%20b.db?namespace=n")
            .with_durability(Durability::Normal)
            .with_max_connections(8)
            .set("timeouts.response", "3s")
            .set("limits.name_bytes", "77");
        let settled = settled(&config);
        for words in [
            "path: Some(\"a b.db\")",
            "namespace: Namespace(\"n\")",
            "synchronous: Normal",
            "readers: 7",
            "busy_timeout: 3s",
            "name_bytes: 77",
        ] {
            assert!(settled.contains(words), "no {words} in {settled}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_backend() {
        let config = Config::new().with_backend("sqlite").with_path("a?b.db");
        let plain = taskdb_sqlite::Config::at("a?b.db");
        assert_eq!(settled(&config), format!("{plain:?}"));
        let memory = format!("{:?}", taskdb_sqlite::Config::memory());
        assert_eq!(settled(&Config::from_url("memory:")), memory);
    }
}
