//! Backends of other people: a scheme and what opens it, for the whole process.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use taskdb_core::{Result, TaskDb, TaskDbErr};

use crate::backend::{self, Opening};
use crate::config::{Config, is_scheme};

/// What opens the stores of a scheme.
pub(crate) type Factory = Arc<dyn Fn(Config) -> Opening + Send + Sync>;

static REGISTRY: RwLock<BTreeMap<String, Factory>> = RwLock::new(BTreeMap::new());

/// Lets [`connect`](crate::connect) and [`Config::connect`] open URLs of a scheme that
/// this library does not know, with a store of your own. It holds for the whole process
/// and cannot be taken back.
///
/// The factory gets the configuration, [checked](Config::check) as far as this library
/// can tell: its URL, password, namespace, limits, timeouts and the rest have getters.
/// [`Config::only`] refuses what your backend does not use, [`Config::refuse`] makes
/// the error of a value, and [`TaskDb::with_limits`] puts the layers on the store.
///
/// ```
/// use taskdb::{Config, register_backend};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// // A scheme for tests, with small limits whatever the configuration says of them.
/// register_backend("tiny", |config: Config| async move {
///     config.only("tiny", &["namespace"])?;
///     let memory = Config::from_url("memory:").set("limits.payload_bytes", "64");
///     memory.with_namespace(config.namespace().as_str()).connect().await
/// })?;
/// let db = taskdb::connect("tiny:?namespace=a").await?;
/// assert!(db.create_stream("cpu", 1, 1.0, "ann").await.is_ok());
/// # Ok::<(), taskdb::TaskDbErr>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// `Config` for a scheme that belongs to this library or is registered already, and for
/// one that is not made of lower-case letters, digits, `+`, `-` and `.`.
pub fn register_backend<F, O>(scheme: &str, factory: F) -> Result<()>
where
    F: Fn(Config) -> O + Send + Sync + 'static,
    O: Future<Output = Result<TaskDb>> + Send + 'static,
{
    let refuse = |reason| Err(TaskDbErr::Config(format!("cannot register a backend: {reason}")));
    if !is_scheme(scheme) {
        return refuse(
            "its scheme must be a lower-case letter, then such letters, digits, `+`, `-` and `.`"
                .to_owned(),
        );
    }
    if backend::is_reserved(scheme) {
        return refuse(format!("the scheme `{scheme}` belongs to taskdb; choose another"));
    }
    let mut registry = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
    if registry.contains_key(scheme) {
        return refuse(format!("the scheme `{scheme}` is registered already; choose another"));
    }
    let factory = move |config| -> Opening { Box::pin(factory(config)) };
    registry.insert(scheme.to_owned(), Arc::new(factory));
    Ok(())
}

/// What opens the stores of a scheme.
pub(crate) fn find(scheme: &str) -> Option<Factory> {
    REGISTRY.read().unwrap_or_else(PoisonError::into_inner).get(scheme).cloned()
}

/// The registered schemes.
pub(crate) fn schemes() -> Vec<String> {
    REGISTRY.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
}
