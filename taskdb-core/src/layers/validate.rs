//! Checks the arguments of every call, so that backends need not.

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::Result;
use crate::limits::Limits;
use crate::request::{self, Request};
use crate::store::Store;
use crate::verb::with_verbs;
use crate::wake::WakeHub;

/// Refuses a request that breaks a rule before the store sees it.
#[derive(Debug)]
pub struct Validate<S> {
    inner: S,
    limits: Limits,
}

impl<S: Store> Validate<S> {
    /// Puts the checks over `inner`.
    pub fn new(inner: S, limits: Limits) -> Self {
        Self { inner, limits }
    }
}

macro_rules! layer {
    ($($verb:ident => $request:ident,)*) => {
        #[async_trait]
        impl<S: Store> Store for Validate<S> {
            $(async fn $verb(
                &self,
                mut request: request::$request,
            ) -> Result<<request::$request as Request>::Reply> {
                request.check(&self.limits)?;
                self.inner.$verb(request).await
            })*

            fn wake_hub(&self) -> &Arc<WakeHub> {
                self.inner.wake_hub()
            }
        }
    };
}
with_verbs!(layer);
