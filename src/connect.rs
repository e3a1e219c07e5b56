//! From a URL, or a whole configuration, to a store.

use taskdb_core::{Result, TaskDb};

use crate::backend::{self, Found};
use crate::config::Config;

/// Opens the store that a URL names, creating what is missing. Neither a file nor the
/// environment has a say: [`Config::load`] is for that.
///
/// | URL | store |
/// |---|---|
/// | `sqlite://FILE`, `sqlite:///ABSOLUTE/FILE` | an SQLite file, shared by any number of processes of this machine |
/// | `memory:` | SQLite in memory, for tests; gone with the last handle |
/// | `postgres://USER:PASSWORD@HOST:PORT/DATABASE` | Postgres 14 or later, with the feature `postgres` |
///
/// Every URL takes `?namespace=NAME` (default `taskdb`): an isolated TaskDB within
/// the same store. [`register_backend`](crate::register_backend) adds schemes.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let db = taskdb::connect("memory:?namespace=reports").await?;
/// assert_eq!(db.describe().await?.backend, "sqlite");
/// # Ok::<(), taskdb::TaskDbErr>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// `Config` for a URL that cannot be used; it says which schemes there are, and
/// which feature to enable. `Unavailable` when the store cannot be reached,
/// `Format` when a newer release has written it.
pub async fn connect(url: &str) -> Result<TaskDb> {
    Config::from_url(url).connect().await
}

/// Opens the store of a configuration that has been checked.
pub(crate) async fn open(config: Config) -> Result<TaskDb> {
    match backend::find(&config.scheme().unwrap_or_default()) {
        Ok(Found::BuiltIn(driver)) => (driver.open)(config).await,
        Ok(Found::Registered(factory)) => factory(config).await,
        Err(reason) => Err(config.refuse("url", &reason)),
    }
}

/// Whether there is something to open, of a configuration that has been checked.
pub(crate) async fn exists(config: Config) -> Result<bool> {
    match backend::find(&config.scheme().unwrap_or_default()) {
        Ok(Found::BuiltIn(driver)) => (driver.exists)(config).await,
        // Only opening it would tell.
        Ok(Found::Registered(_)) => Ok(true),
        Err(reason) => Err(config.refuse("url", &reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(url: &str) -> String {
        connect(url).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn an_unusable_url_is_explained_without_its_password() {
        for url in ["mysql://user:secret@host/db", "mongodb://user:secret@host", "nonsense", ""] {
            let message = refusal(url).await;
            assert!(message.contains("sqlite://FILE"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
