//! What the machine or the server could do at best, measured beside the workloads:
//! one file a backend.

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

/// The limit of a backend by the name it gives of itself; none for one not known.
pub(crate) fn of(backend: &str, kind: Kind) -> Option<Box<dyn Limit>> {
    match (backend, kind) {
        ("sqlite", Kind::Call) => Some(Box::new(sqlite::Commits)),
        ("sqlite", Kind::Bulk) => Some(Box::new(sqlite::Inserts)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;

    #[tokio::test]
    async fn sqlite_has_both_limits_on_files_and_in_memory() {
        for place in [place::open("memory:").await.unwrap(), place::default().unwrap()] {
            for kind in [Kind::Call, Kind::Bulk] {
                let limit = of("sqlite", kind).unwrap();
                assert!(limit.measure(&*place, 8, Pace::QUICK).await.unwrap() > 0.0);
            }
        }
    }

    #[test]
    fn an_unknown_backend_has_none() {
        assert!(of("other", Kind::Call).is_none());
    }
}
