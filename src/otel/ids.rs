//! Ids of spans that two processes know without telling each other: the span in which a task is
//! created, which the handler of that task links to.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use uuid::Uuid;

thread_local! {
    /// The id of the span that is about to be made on this thread.
    static NEXT: Cell<Option<SpanId>> = const { Cell::new(None) };
}

/// Makes random ids, save for the spans in which tasks are created: theirs follow from job and
/// task. A tracer provider that has it lets the links of [`Tracing`](super::Tracing) lead
/// somewhere; with any other one, handlers are in the trace of their job all the same.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// let provider = SdkTracerProvider::builder().with_id_generator(taskdb::otel::SpanIds::default());
/// # drop(provider.build());
/// ```
#[derive(Debug, Clone, Default)]
pub struct SpanIds(RandomIdGenerator);

impl IdGenerator for SpanIds {
    fn new_trace_id(&self) -> TraceId {
        self.0.new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        NEXT.take().unwrap_or_else(|| self.0.new_span_id())
    }
}

/// Makes a span with this id, where the provider asks [`SpanIds`] for it.
pub(super) fn with<T>(id: SpanId, make: impl FnOnce() -> T) -> T {
    NEXT.set(Some(id));
    let made = make();
    NEXT.set(None);
    made
}

/// The id of the span in which a task is created. It is the same in every release: the FNV-1a
/// hash of the job's 16 bytes and of the task's name.
pub(super) fn of_task(job_id: &Uuid, task_id: &str) -> SpanId {
    let bytes = job_id.as_bytes().iter().chain(task_id.as_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    // Zero is no id.
    SpanId::from_bytes(hash.max(1).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_of_a_task_is_the_same_for_everybody() {
        let job = Uuid::from_u128(7);
        assert_eq!(of_task(&job, "split"), of_task(&job, "split"));
        assert_ne!(of_task(&job, "split"), of_task(&job, "join"));
        assert_ne!(of_task(&job, "split"), of_task(&Uuid::nil(), "split"));
        // Other releases come to this too.
        assert_eq!(of_task(&job, "split").to_string(), "e3fa47567d5015c0");
    }

    #[test]
    fn an_id_is_used_once() {
        let (ids, wanted) = (SpanIds::default(), of_task(&Uuid::nil(), "a"));
        assert_eq!(with(wanted, || (ids.new_span_id(), ids.new_span_id())).0, wanted);
        assert_ne!(with(wanted, || (ids.new_span_id(), ids.new_span_id())).1, wanted);
        with(wanted, || ());
        assert_ne!(ids.new_span_id(), wanted);
    }
}
