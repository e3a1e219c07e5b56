//! From a URL to a store.

use taskdb_core::error::redact;
use taskdb_core::{Result, TaskDb, TaskDbErr};

/// Opens the store that a URL names, creating what is missing.
///
/// | URL | store |
/// |---|---|
/// | `sqlite://FILE`, `sqlite:///ABSOLUTE/FILE` | an SQLite file, shared by any number of processes of this machine |
/// | `memory:` | SQLite in memory, for tests; gone with the last handle |
///
/// Every URL takes `?namespace=NAME` (default `taskdb`): an isolated TaskDB within
/// the same store.
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
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        #[cfg(feature = "sqlite")]
        "sqlite" | "memory" => taskdb_sqlite::Config::from_url(url)?.connect().await,
        #[cfg(not(feature = "sqlite"))]
        "sqlite" | "memory" => Err(not_compiled_in(scheme, "sqlite")),
        "redis" | "rediss" => Err(not_written_yet(scheme)),
        "postgres" | "postgresql" => Err(not_written_yet(scheme)),
        _ => Err(TaskDbErr::Config(format!(
            "`{}`: unknown scheme; use `sqlite://FILE` or `memory:`",
            redact(url)
        ))),
    }
}

#[cfg(not(feature = "sqlite"))]
fn not_compiled_in(scheme: &str, feature: &str) -> TaskDbErr {
    TaskDbErr::Config(format!(
        "`{scheme}:` is not compiled in: enable the feature `{feature}` of the crate `taskdb`"
    ))
}

fn not_written_yet(scheme: &str) -> TaskDbErr {
    TaskDbErr::Config(format!(
        "`{scheme}:` has no backend in this release, with or without its feature; \
         use `sqlite://FILE` or `memory:`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(url: &str) -> String {
        connect(url).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn an_unusable_url_is_explained_without_its_password() {
        for url in ["mysql://user:secret@host/db", "redis://user:secret@host", "nonsense", ""] {
            let message = refusal(url).await;
            assert!(message.contains("sqlite://FILE"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
