//! Namespaces of a Redis server, each with a name of its own, and private servers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use uuid::Uuid;

use super::{Place, Space};
use crate::error::{Error, Result, ensure};
use crate::server::Server;

/// How long a server may take to free what was removed.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Namespaces {
    server: Arc<Server>,
    /// What the names begin with; nobody else's do.
    prefix: String,
    made: AtomicU32,
    /// The query of the URL, without the namespace.
    query: String,
}

impl Namespaces {
    /// Those of a server that is there.
    pub(super) fn on(url: &str) -> Result<Self> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let rest = query.split('&').filter(|field| !field.starts_with("namespace="));
        let query = rest.filter(|field| !field.is_empty()).map(|field| format!("&{field}"));
        Ok(Self::of(Server::given(base)?, query.collect()))
    }

    /// Those of a server that ends with this value.
    pub(super) fn private(appendonly: bool) -> Result<Self> {
        Ok(Self::of(Server::start(appendonly)?, String::new()))
    }

    fn of(server: Server, query: String) -> Self {
        let id = Uuid::new_v4().simple().to_string();
        // Short, as it is in every key whose memory is measured.
        let prefix = format!("bench-{}", &id[..8]);
        Self { server: Arc::new(server), prefix, made: AtomicU32::new(0), query }
    }

    fn guard(&self, pattern: String) -> Keys {
        Keys { server: Arc::clone(&self.server), pattern }
    }

    /// Waits until the server has freed what was removed, which it does on the side.
    async fn settle(&self) -> Result<()> {
        let start = Instant::now();
        while self.server.numbers("memory")?.get("lazyfree_pending_objects").is_some_and(|n| *n > 0)
        {
            ensure(start.elapsed() < PATIENCE, || "the server does not free its memory".into())?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Place for Namespaces {
    async fn fresh(&self) -> Result<Space> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("{}-{number}", self.prefix);
        let url = format!("{}?namespace={namespace}{}", self.server.url(), self.query);
        // Connects first: it says best what is wrong with a server.
        let db = taskdb::connect(&url).await?;
        let pattern = format!("{{{namespace}}}:*");
        let keys = self.guard(pattern.clone());
        self.settle().await?;
        let rest = Some(Box::new(keys) as _);
        Ok(Space { db, url: Some(url), path: None, keys: Some(pattern), _rest: rest })
    }

    fn folder(&self) -> Option<&Path> {
        let appendonly = |server: &&_| {
            Server::ask::<(String, String)>(server, &["CONFIG", "GET", "appendonly"])
                .is_ok_and(|(_, value)| value == "yes")
        };
        let server = Some(&*self.server).filter(appendonly)?;
        server.private()?.dir()
    }

    fn server(&self) -> Option<&Arc<Server>> {
        Some(&self.server)
    }
}

impl Drop for Namespaces {
    /// Calls that were under way when a run was interrupted may have written again what
    /// was removed.
    fn drop(&mut self) {
        if self.made.load(Ordering::Relaxed) > 0 {
            drop(self.guard(format!("{{{}-*}}:*", self.prefix)));
        }
    }
}

/// The keys of a namespace, removed with this value.
struct Keys {
    server: Arc<Server>,
    pattern: String,
}

impl Drop for Keys {
    /// Nobody is there to be told when the server is not any more.
    fn drop(&mut self) {
        let _: Result<(), Error> = self.server.remove(&self.pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(server: &Server) -> usize {
        server.ask(&["DBSIZE"]).unwrap()
    }

    #[tokio::test]
    async fn namespaces_are_their_own_and_go_without_a_trace() {
        let outer = Server::start(false).unwrap();
        outer.ask::<()>(&["SET", "{mine}:key", "x"]).unwrap();
        let url = format!("{}?namespace=mine&response_timeout_ms=7000", outer.url());
        let place = Namespaces::on(&url).unwrap();
        let (one, two) = (place.fresh().await.unwrap(), place.fresh().await.unwrap());
        one.db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
        assert_eq!(two.db.get_stream("user", "cpu").await.unwrap(), None);
        assert!(one.url.as_ref().is_some_and(|url| url.ends_with("&response_timeout_ms=7000")));
        assert!(size(&outer) > 3);
        drop(one);
        two.db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
        // As a call that ends late would: the space is gone, its handle is not.
        let late = two.db.clone();
        drop(two);
        late.create_stream("gpu", 0, 1.0, "user").await.unwrap();
        drop((late, place));
        assert_eq!(size(&outer), 1);
    }

    #[tokio::test]
    async fn only_an_append_only_file_is_a_folder_of_the_store() {
        assert!(Namespaces::private(true).unwrap().folder().is_some());
        assert!(Namespaces::private(false).unwrap().folder().is_none());
    }
}
