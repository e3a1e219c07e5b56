//! The engine behind a `PgPool`: opened at the first call on a pool, and let go with it.
//! Not for pools of the engine itself, which come from a URL.
//!
//! A pool has nowhere to keep an engine, so this process remembers which belongs to
//! which. To remember is to hold the pool too, and a program that drops its last handle
//! without closing it expects the connections to end. So what nobody has used for a while
//! is forgotten, and the next call opens it again.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use engine::TaskDb;
use engine::postgres::PostgresTaskDB;
use sqlx::PgPool;
use sqlx::pool::CloseEvent;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep_until};

use crate::{Handle, SqlxError, TaskDbErr};

/// How long an engine outlives its last use.
const IDLE: Duration = Duration::from_secs(10);

/// The engines of this process.
static POOLS: LazyLock<Arc<Pools>> = LazyLock::new(|| Pools::new(IDLE));

/// The engine on a pool lies in the schema `taskdb`, which the first call makes where it
/// is missing. To use another, connect by URL with `namespace`.
///
/// Closing the pool ends it; calls on a pool that is closed are `SqlError(PoolClosed)`.
impl Handle for PgPool {
    async fn taskdb(&self) -> Result<TaskDb, TaskDbErr> {
        let open = |pool| async { Ok(PostgresTaskDB::from_pool(pool).await?.into_inner()) };
        POOLS.get(self, open).await
    }
}

/// Engines by the pools they are on.
struct Pools {
    idle: Duration,
    entries: Mutex<HashMap<usize, Arc<Entry>>>,
}

/// A pool and its engine.
struct Entry {
    /// As long as it is here, no other pool can have its identity.
    _pool: PgPool,
    db: OnceCell<TaskDb>,
    used: Mutex<Instant>,
}

impl Pools {
    fn new(idle: Duration) -> Arc<Self> {
        Arc::new(Self { idle, entries: Mutex::default() })
    }

    /// The engine on a pool; `open` is run by one caller while the others wait for it.
    async fn get<F>(
        self: &Arc<Self>,
        pool: &PgPool,
        open: impl FnOnce(PgPool) -> F + Send,
    ) -> Result<TaskDb, TaskDbErr>
    where
        F: Future<Output = Result<TaskDb, TaskDbErr>> + Send,
    {
        if pool.is_closed() {
            return Err(SqlxError::PoolClosed.into());
        }
        let entry = self.entry(pool);
        let db = entry.db.get_or_try_init(|| open(pool.clone())).await?;
        *lock(&entry.used) = Instant::now();
        Ok(db.clone())
    }

    fn entry(self: &Arc<Self>, pool: &PgPool) -> Arc<Entry> {
        let key = identity(pool);
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.get(&key) {
            return Arc::clone(entry);
        }
        let (db, used) = (OnceCell::new(), Mutex::new(Instant::now()));
        let entry = Arc::new(Entry { _pool: pool.clone(), db, used });
        entries.insert(key, Arc::clone(&entry));
        let kept = Kept { pools: Arc::clone(self), key, entry: Arc::downgrade(&entry) };
        tokio::spawn(kept.watch(pool.close_event()));
        entry
    }
}

/// All clones of a pool have their options at the same place.
fn identity(pool: &PgPool) -> usize {
    std::ptr::from_ref(pool.options()).addr()
}

/// Forgets an entry when it is dropped, be it with the runtime.
struct Kept {
    pools: Arc<Pools>,
    key: usize,
    entry: Weak<Entry>,
}

impl Kept {
    /// Returns when the pool was closed or is not used any more.
    async fn watch(self, mut closed: CloseEvent) {
        let mut look = Instant::now() + self.pools.idle;
        loop {
            tokio::select! {
                () = &mut closed => return,
                () = sleep_until(look) => match self.used() {
                    Some(used) => look = used + self.pools.idle,
                    None => return,
                },
            }
        }
    }

    /// When the entry was last used, `None` when that is too long ago: it is then
    /// forgotten, in the same step that has found nobody to hold it.
    fn used(&self) -> Option<Instant> {
        let mut entries = lock(&self.pools.entries);
        let entry = entries.get(&self.key)?;
        let now = Instant::now();
        let held = Arc::strong_count(entry) > 1
            || entry.db.get().is_some_and(|db| Arc::strong_count(db.store()) > 1);
        let used = if held { now } else { *lock(&entry.used) };
        if used + self.pools.idle > now {
            return Some(used);
        }
        let forgotten = entries.remove(&self.key);
        // Its connections close outside of the lock.
        drop(entries);
        drop(forgotten);
        None
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut entries = lock(&self.pools.entries);
        let own =
            entries.get(&self.key).is_some_and(|e| Weak::ptr_eq(&Arc::downgrade(e), &self.entry));
        let forgotten = own.then(|| entries.remove(&self.key));
        drop(entries);
        drop(forgotten);
    }
}

/// Nothing here is left half done by a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
