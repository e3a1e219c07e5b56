//! What the machine or the server could do at best, measured beside the workloads:
//! one file a backend.

mod postgres;
mod redis;
mod sqlite;

use async_trait::async_trait;

use crate::error::Result;
use crate::measure::Pace;
use crate::place::Place;

/// What a limit is the limit of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Small changes, each acknowledged on its own.
    Call,
    /// A claim and a completion, each acknowledged on its own.
    Cycle,
    /// Rows written many at a time.
    Bulk,
}

/// A measurement beside the store, without the engine.
#[async_trait(?Send)]
pub(crate) trait Limit {
    /// What is measured, as reports name it.
    fn name(&self) -> &'static str;

    /// How many a second, with so many callers at once where callers can be.
    async fn measure(&self, place: &dyn Place, callers: usize, pace: Pace) -> Result<f64>;
}

/// The limit of a backend by the name it gives of itself; none for one not known, or
/// where this place does not let it be measured.
pub(crate) fn of(backend: &str, kind: Kind, place: &dyn Place) -> Option<Box<dyn Limit>> {
    match (backend, kind) {
        // Calls of several workers share a commit, so a cycle may take less than one.
        ("sqlite", Kind::Call | Kind::Cycle) => Some(Box::new(sqlite::Commits)),
        ("sqlite", Kind::Bulk) => Some(Box::new(sqlite::Inserts)),
        ("redis", kind) => redis::of(kind, place),
        ("postgres", kind) => postgres::of(kind, place),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;

    #[tokio::test]
    async fn sqlite_has_all_limits_on_files_and_in_memory() {
        let memory = place::open("memory:").await.unwrap().remove(0);
        for (_, place) in [memory, place::default().unwrap()] {
            for kind in [Kind::Call, Kind::Cycle, Kind::Bulk] {
                let limit = of("sqlite", kind, &*place).unwrap();
                assert!(limit.measure(&*place, 8, Pace::QUICK).await.unwrap() > 0.0);
            }
        }
    }

    #[tokio::test]
    async fn redis_has_all_limits_and_they_leave_nothing() {
        for (_, place) in place::open("redis-private").await.unwrap() {
            for kind in [Kind::Call, Kind::Cycle, Kind::Bulk] {
                let limit = of("redis", kind, &*place).unwrap();
                assert!(limit.measure(&*place, 8, Pace::QUICK).await.unwrap() > 0.0);
            }
            assert_eq!(place.server().unwrap().ask::<usize>(&["DBSIZE"]).unwrap(), 0);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres_has_all_limits() {
        let (_, place) = place::open("postgres-private").await.unwrap().remove(0);
        for kind in [Kind::Call, Kind::Cycle, Kind::Bulk] {
            let limit = of("postgres", kind, &*place).unwrap();
            assert!(limit.measure(&*place, 8, Pace::QUICK).await.unwrap() > 0.0);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_measured_has_none() {
        let (_, place) = place::open("memory:").await.unwrap().remove(0);
        assert!(of("other", Kind::Call, &*place).is_none());
        let (_, place) = place::open("redis://:secret@host").await.unwrap().remove(0);
        assert!(of("redis", Kind::Call, &*place).is_none());
    }
}
