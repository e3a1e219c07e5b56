//! Counts the calls that reach a store, by the spans that the engine opens for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// The module whose spans are calls.
const LAYER: &str = "taskdb_core::layers::trace";

/// How many calls there were within futures that carry the [`Dispatch`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls(Arc<AtomicUsize>);

impl Calls {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn dispatch(&self) -> Dispatch {
        Dispatch::new(self.clone())
    }
}

impl Subscriber for Calls {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target() == LAYER
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        self.0.fetch_add(1, Ordering::SeqCst);
        // Nobody asks which span is which.
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[cfg(test)]
mod tests {
    use tracing::instrument::WithSubscriber;

    use super::*;

    #[tokio::test]
    async fn a_call_counts_once() {
        let db = taskdb::connect("memory:").await.unwrap();
        let calls = Calls::default();
        async {
            for _ in 0..3 {
                db.request_work("cpu").await.unwrap();
            }
        }
        .with_subscriber(calls.dispatch())
        .await;
        db.request_work("cpu").await.unwrap();
        assert_eq!(calls.count(), 3);
    }
}
