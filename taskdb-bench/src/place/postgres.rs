//! Namespaces of a Postgres database, each with a name of its own, and a private server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

use super::{Place, Space};
use crate::database::Database;
use crate::error::Result;

pub(super) struct Schemas {
    database: Arc<Database>,
    /// What the URL says, whatever its namespace.
    url: Url,
    /// The folder of a private server.
    folder: Option<PathBuf>,
}

impl Schemas {
    /// Those of a database that is there.
    pub(super) fn on(text: &str) -> Result<Self> {
        let database = Database::given(text)?;
        Self::of(database, text)
    }

    /// Those of a server that ends with this value.
    pub(super) fn private() -> Result<Self> {
        let database = Database::start()?;
        let url = database.address().0;
        Self::of(database, &url)
    }

    fn of(database: Database, text: &str) -> Result<Self> {
        let unusable = |_| taskdb::TaskDbErr::Config("a URL of Postgres cannot be read".into());
        let mut url = Url::parse(text).map_err(unusable)?;
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        url.set_query(None);
        for (name, value) in pairs.iter().filter(|(name, _)| name != "namespace") {
            url.query_pairs_mut().append_pair(name, value);
        }
        let folder = database.private().and_then(|server| server.dir());
        Ok(Self { database: Arc::new(database), url, folder })
    }
}

#[async_trait(?Send)]
impl Place for Schemas {
    async fn fresh(&self) -> Result<Space> {
        let namespace = self.database.fresh_name();
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("namespace", &namespace);
        let db = taskdb::connect(url.as_str()).await?;
        let schema = Schema { database: Arc::clone(&self.database), name: namespace };
        Ok(Space {
            db,
            url: Some(url.into()),
            path: None,
            keys: None,
            _rest: Some(Box::new(schema)),
        })
    }

    fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    fn database(&self) -> Option<&Arc<Database>> {
        Some(&self.database)
    }
}

/// The schema of a namespace, removed with this value.
struct Schema {
    database: Arc<Database>,
    name: String,
}

impl Drop for Schema {
    /// Nobody is there to be told when the server is not any more.
    fn drop(&mut self) {
        let _: Result<()> = self.database.drop_schema(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use taskdb_testkit::servers::postgres::Options;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn namespaces_are_their_own_and_go_without_a_trace() {
        let server = Options::fast().start().unwrap();
        let url = format!("{}?namespace=mine&response_timeout_ms=7000", server.url());
        let mine = taskdb::connect(&url).await.unwrap();
        mine.create_stream("cpu", 0, 1.0, "user").await.unwrap();
        let place = Schemas::on(&url).unwrap();
        let (one, two) = (place.fresh().await.unwrap(), place.fresh().await.unwrap());
        assert!(one.url.as_ref().is_some_and(|url| url.contains("?response_timeout_ms=7000&")));
        one.db.create_stream("cpu", 0, 1.0, "user").await.unwrap();
        assert_eq!(two.db.get_stream("user", "cpu").await.unwrap(), None);
        let (late, gone) = (one.db.clone(), one.url.clone().unwrap());
        drop(one);
        late.create_stream("gpu", 0, 1.0, "user").await.unwrap_err();
        // It is made anew, empty, and goes with the place.
        let again = taskdb::connect(&gone).await.unwrap();
        assert_eq!(again.get_stream("user", "cpu").await.unwrap(), None);
        drop((late, two, place));
        again.create_stream("gpu", 0, 1.0, "user").await.unwrap_err();
        assert!(mine.get_stream("user", "cpu").await.unwrap().is_some());
    }
}
