//! Where fresh, empty stores are made and removed again, one file a kind of store.

mod memory;
mod sqlite;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use taskdb::TaskDb;
use tempfile::TempDir;

use crate::error::{Error, Result};

/// A place for stores of one kind. What it makes is gone when it is dropped.
#[async_trait(?Send)]
pub(crate) trait Place {
    /// Makes an empty store.
    async fn fresh(&self) -> Result<Space>;

    /// The folder of its files, if it has files on this machine.
    fn folder(&self) -> Option<&Path>;
}

/// An empty store, gone when this is dropped.
pub(crate) struct Space {
    pub(crate) db: TaskDb,
    /// Under which another process of this machine reaches it.
    pub(crate) url: Option<String>,
    /// Its file.
    pub(crate) path: Option<PathBuf>,
    // Behind the handle, so that it is dropped after it.
    _folder: Option<TempDir>,
}

/// The place that a URL names.
pub(crate) async fn open(url: &str) -> Result<Box<dyn Place>> {
    match scheme(url) {
        "sqlite" => Ok(Box::new(sqlite::Files::beside(url)?)),
        "memory" => Ok(Box::new(memory::Memory::new(url))),
        // What the facade has to say of other schemes is of more use.
        other => match taskdb::connect(url).await {
            Err(error) => Err(error.into()),
            Ok(_) => Err(Error::Place { scheme: other.to_owned() }),
        },
    }
}

/// The place that is measured when none is named.
pub(crate) fn default() -> Result<Box<dyn Place>> {
    Ok(Box::new(sqlite::Files::within(&std::env::temp_dir(), "")?))
}

/// The part of a URL that names the kind of store.
pub(crate) fn scheme(url: &str) -> &str {
    url.split_once(':').map_or("", |(scheme, _)| scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_measured_is_explained_without_its_password() {
        for url in ["redis://user:secret@host", "mysql://user:secret@host", "nonsense"] {
            let message = open(url).await.err().expect("it is refused").to_string();
            assert!(message.contains("sqlite://FILE") && !message.contains("secret"), "{message}");
        }
    }

    #[tokio::test]
    async fn every_store_is_empty_and_its_own() {
        for url in ["memory:", "memory:?namespace=a"] {
            let place = open(url).await.unwrap();
            let (one, two) = (place.fresh().await.unwrap(), place.fresh().await.unwrap());
            one.db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
            assert_eq!(two.db.get_stream("user", "cpu").await.unwrap(), None);
        }
    }
}
