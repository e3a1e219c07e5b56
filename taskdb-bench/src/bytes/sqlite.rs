//! The pages in use of an SQLite file; a database in memory is closed to others.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;

use super::StoreBytes;
use crate::error::{Result, ensure};
use crate::place::{Place, Space};

pub(super) struct Pages;

#[async_trait(?Send)]
impl StoreBytes for Pages {
    async fn bytes(&self, _place: &dyn Place, space: &Space) -> Result<Option<u64>> {
        let Some(path) = &space.path else { return Ok(None) };
        let conn = Connection::open(path)?;
        conn.busy_timeout(Duration::from_secs(10))?;
        let mut busy = 0;
        conn.pragma(None, "wal_checkpoint", "TRUNCATE", |row| {
            busy = row.get(0)?;
            Ok(())
        })?;
        ensure(busy == 0, || "the log of the file could not be written back".into())?;
        let number = |pragma| conn.pragma_query_value(None, pragma, |row| row.get::<_, u64>(0));
        let used = number("page_count")? - number("freelist_count")?;
        Ok(Some(used * number("page_size")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;

    #[tokio::test]
    async fn a_file_grows_with_what_is_written() {
        let (_, place) = place::default().unwrap();
        let space = place.fresh().await.unwrap();
        let before = Pages.bytes(&*place, &space).await.unwrap().unwrap();
        for user in 0..500 {
            space.db.create_stream("cpu", 0, 1.0, &user.to_string()).await.unwrap();
        }
        let after = Pages.bytes(&*place, &space).await.unwrap().unwrap();
        // At least an id and its index, and less than a page.
        let each = (after - before) / 500;
        assert!((40..4_096).contains(&each), "{before} {after}");
    }

    #[tokio::test]
    async fn memory_is_not_measured() {
        let (_, place) = place::open("memory:").await.unwrap().remove(0);
        let space = place.fresh().await.unwrap();
        assert_eq!(Pages.bytes(&*place, &space).await.unwrap(), None);
    }
}
