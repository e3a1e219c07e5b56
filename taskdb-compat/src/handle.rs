//! What the calls are made on, and how to get one. The calls themselves are in `calls`.

use std::sync::Arc;

use engine::TaskDb;

use crate::TaskDbErr;

/// Something that stands for an engine: every call of this crate takes one by reference.
///
/// Applications may implement it for a type of their own, such as the state that
/// they hand to every request:
///
/// ```
/// use taskdb::{Handle, TaskDbErr, engine::TaskDb};
///
/// #[derive(Clone)]
/// struct AppState {
///     jobs: TaskDb,
/// }
///
/// impl Handle for AppState {
///     async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
///         Ok(self.jobs.clone())
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let state = AppState { jobs: taskdb::connect("memory:").await? };
/// assert!(taskdb::request_work(&state, "cpu").await?.is_none());
/// # Ok::<(), TaskDbErr>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Handle: Send + Sync {
    /// The engine. Called once for each call, so it must be cheap after the first time.
    ///
    /// # Errors
    ///
    /// Those of connecting, for a handle that connects when it is first used.
    fn taskdb(&self) -> impl Future<Output = Result<TaskDb, TaskDbErr>> + Send;
}

impl Handle for TaskDb {
    async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
        Ok(self.clone())
    }
}

#[cfg(feature = "sqlite")]
impl Handle for crate::SqliteTaskDB {
    async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
        Ok(TaskDb::clone(self))
    }
}

#[cfg(feature = "redis")]
impl Handle for crate::RedisTaskDB {
    async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
        Ok(TaskDb::clone(self))
    }
}

#[cfg(feature = "postgres")]
impl Handle for crate::PostgresTaskDB {
    async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
        Ok(TaskDb::clone(self))
    }
}

impl<H: Handle> Handle for &H {
    async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
        (**self).taskdb().await
    }
}

impl<H: Handle> Handle for Arc<H> {
    async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
        (**self).taskdb().await
    }
}

/// Opens the store that a URL names, creating what is missing; see
/// [`engine::connect`] for the URLs.
///
/// # Errors
///
/// `InternalErr` for a URL that cannot be used, `SqlError` when the store cannot be
/// reached, `MigrateErr` when a newer release has written it.
pub async fn connect(url: &str) -> Result<TaskDb, TaskDbErr> {
    Ok(engine::connect(url).await?)
}

/// Creates what the engine keeps in the store, where it is missing. It need not be
/// called: a handle does the same when it connects.
///
/// # Errors
///
/// As [`connect`].
pub async fn init_db(db: &impl Handle) -> Result<(), TaskDbErr> {
    db.taskdb().await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Unreachable;

    impl Handle for Unreachable {
        async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
            Err(TaskDbErr::InternalErr("out of reach".into()))
        }
    }

    #[tokio::test]
    async fn a_handle_that_cannot_connect_says_so_in_every_call() {
        let db = Arc::new(Unreachable);
        for refused in [init_db(&db).await, crate::refresh_stream_counters(&&*db).await] {
            assert_eq!(refused.unwrap_err().to_string(), "out of reach");
        }
    }

    #[tokio::test]
    async fn an_unusable_url_is_an_internal_error_without_its_password() {
        let refused = connect("mysql://user:secret@host/db").await.unwrap_err();
        assert!(matches!(&refused, TaskDbErr::InternalErr(_)), "{refused:?}");
        assert!(!format!("{refused} {refused:?}").contains("secret"), "{refused:?}");
    }
}
