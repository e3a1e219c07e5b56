//! Where fresh, empty stores are made and removed again, one file a kind of store.

mod memory;
mod postgres;
mod redis;
mod sqlite;

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use taskdb::TaskDb;

use crate::database::Database;
use crate::error::{Error, Result};
use crate::server::Server;

/// Stands for a URL: Redis servers that the program starts, without and with an
/// append-only file.
const PRIVATE: &str = "redis-private";
/// Stands for a URL: a Postgres server that the program starts.
const PRIVATE_POSTGRES: &str = "postgres-private";

/// A place for stores of one kind. What it makes is gone when it is dropped.
#[async_trait(?Send)]
pub(crate) trait Place {
    /// Makes an empty store.
    async fn fresh(&self) -> Result<Space>;

    /// The folder of its files, if it has files on this machine.
    fn folder(&self) -> Option<&Path>;

    /// The Redis server, if its stores are on one.
    fn server(&self) -> Option<&Arc<Server>> {
        None
    }

    /// The Postgres database, if its stores are in one.
    fn database(&self) -> Option<&Arc<Database>> {
        None
    }
}

/// An empty store, gone when this is dropped.
pub(crate) struct Space {
    pub(crate) db: TaskDb,
    /// Under which another process of this machine reaches it.
    pub(crate) url: Option<String>,
    /// Its file.
    pub(crate) path: Option<PathBuf>,
    /// The pattern of its keys, if it is on a Redis server.
    pub(crate) keys: Option<String>,
    // Behind the handle, so that it is dropped after it.
    _rest: Option<Box<dyn Any>>,
}

/// A place with the name of its kind; a word behind a dash tells kinds of one backend
/// apart.
pub(crate) type Named = (&'static str, Box<dyn Place>);

/// The places that a URL names.
pub(crate) async fn open(url: &str) -> Result<Vec<Named>> {
    let scheme = url.split(':').next().unwrap_or_default();
    Ok(match scheme {
        "sqlite" => vec![("sqlite", Box::new(sqlite::Files::beside(url)?))],
        "memory" => vec![("memory", Box::new(memory::Memory::new(url)))],
        "redis" => vec![("redis", Box::new(redis::Namespaces::on(url)?))],
        PRIVATE => vec![
            ("redis-no-aof", Box::new(redis::Namespaces::private(false)?)),
            ("redis-everysec", Box::new(redis::Namespaces::private(true)?)),
        ],
        "postgres" | "postgresql" => vec![("postgres", Box::new(postgres::Schemas::on(url)?))],
        PRIVATE_POSTGRES => vec![("postgres", Box::new(postgres::Schemas::private()?))],
        // What the facade has to say of other schemes is of more use.
        other => match taskdb::connect(url).await {
            Err(error) => return Err(error.into()),
            Ok(_) => return Err(Error::Place { scheme: other.to_owned() }),
        },
    })
}

/// The place that is measured when none is named.
pub(crate) fn default() -> Result<Named> {
    Ok(("sqlite", Box::new(sqlite::Files::within(&std::env::temp_dir(), "")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_measured_is_explained_without_its_password() {
        for url in ["mysql://user:secret@host", "nonsense"] {
            let message = open(url).await.err().expect("it is refused").to_string();
            assert!(message.contains("sqlite://FILE") && !message.contains("secret"), "{message}");
        }
        for url in ["redis://user:secret@127.0.0.1:1", "redis://user:secret@:x:y"] {
            let refused = async { open(url).await?.remove(0).1.fresh().await };
            let message = refused.await.err().expect("it is refused").to_string();
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[tokio::test]
    async fn every_store_is_empty_and_its_own() {
        for url in ["memory:", "memory:?namespace=a"] {
            let (_, place) = open(url).await.unwrap().remove(0);
            let (one, two) = (place.fresh().await.unwrap(), place.fresh().await.unwrap());
            one.db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
            assert_eq!(two.db.get_stream("user", "cpu").await.unwrap(), None);
        }
    }
}
