//! Adds to a store's own failures which call they happened in.

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::Result;
use crate::request::{self, Request};
use crate::store::Store;
use crate::verb::with_verbs;
use crate::wake::WakeHub;

/// Names the verb and its ids in every failure that comes from the store.
#[derive(Debug)]
pub struct Context<S> {
    inner: S,
}

impl<S: Store> Context<S> {
    /// Puts the context over `inner`.
    pub fn new(inner: S) -> Self {
        Self { inner }
    }
}

macro_rules! layer {
    ($($verb:ident => $request:ident,)*) => {
        #[async_trait]
        impl<S: Store> Store for Context<S> {
            $(async fn $verb(
                &self,
                request: request::$request,
            ) -> Result<<request::$request as Request>::Reply> {
                let subject = request.subject();
                self.inner.$verb(request).await.map_err(|mut error| {
                    if let Some(failure) = error.failure_mut() {
                        failure.during(|| format!("{} {subject}", stringify!($verb)));
                    }
                    error
                })
            })*

            fn wake_hub(&self) -> &Arc<WakeHub> {
                self.inner.wake_hub()
            }
        }
    };
}
with_verbs!(layer);
