//! The store that most commands talk to, as command line, environment and file name it.

use std::future::Future;
use std::path::PathBuf;

use clap::Args;
use taskdb::{Config, TaskDb};

use crate::problem::Problem;

/// Which store.
// Without a derived `Debug`: a URL may hold a password.
#[derive(Args)]
pub(crate) struct StoreArgs {
    /// The store, such as `sqlite://jobs.db`; `?namespace=NAME` picks a namespace of it.
    /// Unless given: the variable TASKDB_URL, or what the configuration file says.
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// The configuration file; unless given, the variable TASKDB_CONFIG, or taskdb.toml
    /// where there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl std::fmt::Debug for StoreArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = self.url.as_deref().map(taskdb::error::redact);
        f.debug_struct("StoreArgs").field("url", &url).field("config", &self.config).finish()
    }
}

impl StoreArgs {
    /// What is configured: the file, then the environment, then the command line.
    pub(crate) fn configuration(&self) -> Result<Config, Problem> {
        let stated = match &self.config {
            Some(file) => Config::load_from(file)?,
            None => Config::load()?,
        };
        Ok(match &self.url {
            Some(url) => stated.with_url(url),
            None => stated,
        })
    }

    /// Opens the store and does something with it, to its end.
    pub(crate) fn with<T, F>(&self, work: impl FnOnce(TaskDb) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, Problem>>,
    {
        let configuration = self.configuration()?;
        if configuration.scheme().is_none() {
            let words = "no store is named: give `--url`, set TASKDB_URL, or write a taskdb.toml";
            return Err(Problem::Refused(words.to_owned()));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async { work(configuration.connect().await?).await })
    }
}
