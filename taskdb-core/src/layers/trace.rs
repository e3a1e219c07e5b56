//! Opens a span around every call.

use std::sync::Arc;

use async_trait::async_trait;
use tracing::Instrument;

use crate::error::Result;
use crate::request::{self, Request};
use crate::store::Store;
use crate::verb::with_verbs;
use crate::wake::WakeHub;

/// One span a call at level DEBUG, named like the verb, with its ids in
/// `subject`; an event when it fails. Payloads never appear.
#[derive(Debug)]
pub struct Trace<S> {
    inner: S,
}

impl<S: Store> Trace<S> {
    /// Puts the spans over `inner`.
    pub fn new(inner: S) -> Self {
        Self { inner }
    }
}

macro_rules! layer {
    ($($verb:ident => $request:ident,)*) => {
        #[async_trait]
        impl<S: Store> Store for Trace<S> {
            $(async fn $verb(
                &self,
                request: request::$request,
            ) -> Result<<request::$request as Request>::Reply> {
                let span = tracing::debug_span!(stringify!($verb), subject = tracing::field::Empty);
                if !span.is_disabled() {
                    span.record("subject", request.subject());
                }
                async {
                    let outcome = self.inner.$verb(request).await;
                    if let Err(error) = &outcome {
                        tracing::debug!(%error, "refused or failed");
                    }
                    outcome
                }
                .instrument(span)
                .await
            })*

            fn wake_hub(&self) -> &Arc<WakeHub> {
                self.inner.wake_hub()
            }
        }
    };
}
with_verbs!(layer);
