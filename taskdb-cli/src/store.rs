//! The store that most commands talk to, as the command line names it.

use std::future::Future;

use clap::Args;
use taskdb::TaskDb;

use crate::problem::Problem;

/// Which store.
// Without a derived `Debug`: a URL may hold a password.
#[derive(Args)]
pub(crate) struct StoreArgs {
    /// The store, such as `sqlite://jobs.db`; `?namespace=NAME` picks a namespace of it.
    // A URL may hold a password, which the help must not show.
    #[arg(long, value_name = "URL", env = "TASKDB_URL", hide_env_values = true)]
    url: String,
}

impl std::fmt::Debug for StoreArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreArgs").field("url", &taskdb::error::redact(&self.url)).finish()
    }
}

impl StoreArgs {
    /// Opens the store and does something with it, to its end.
    pub(crate) fn with<T, F>(&self, work: impl FnOnce(TaskDb) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, Problem>>,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async { work(taskdb::connect(&self.url).await?).await })
    }
}
