//! Runs code of the application around every call.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{Result, TaskDbErr};
use crate::request::{self, Request};
use crate::store::Store;
use crate::verb::with_verbs;
use crate::wake::WakeHub;

/// Code that runs before and after every call of a handle, in the process of the caller:
/// to refuse calls, to change what they carry, to tell others of them.
///
/// [`TaskDb::intercept`](crate::TaskDb::intercept) puts one around a handle. Of several,
/// the last one added is the outermost: asked first, told last.
///
/// ```
/// use async_trait::async_trait;
/// use taskdb_core::layers::{Call, Interceptor, Outcome};
/// use taskdb_core::{Result, TaskDbErr};
///
/// /// Takes no jobs of a user who has not paid, and counts those made.
/// struct Billing(std::sync::atomic::AtomicU64);
///
/// #[async_trait]
/// impl Interceptor for Billing {
///     type Note = ();
///
///     async fn before(&self, call: Call<'_>) -> Result<()> {
///         match call {
///             Call::CreateJob(job) if job.user_id == "mallory" => {
///                 Err(TaskDbErr::invalid("user_id", "has not paid; see the billing page"))
///             }
///             _ => Ok(()),
///         }
///     }
///
///     async fn after(&self, (): (), outcome: Outcome<'_>) -> Result<()> {
///         if let Ok(taskdb_core::layers::Reply::CreateJob(_id)) = outcome {
///             self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         }
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait Interceptor: Send + Sync + 'static {
    /// What is remembered of a call until it has ended: its ids, when it began.
    type Note: Send;

    /// Runs before the arguments are checked; may change them.
    ///
    /// # Errors
    ///
    /// An error refuses the call: nothing below sees it.
    async fn before(&self, call: Call<'_>) -> Result<Self::Note>;

    /// Runs when the call has ended, unless its caller has dropped it; may change the reply.
    ///
    /// # Errors
    ///
    /// An error is what the caller gets in place of the reply, although the store has done
    /// what was asked. After a failed call it is ignored, and the failure stays.
    async fn after(&self, note: Self::Note, outcome: Outcome<'_>) -> Result<()>;
}

/// How a call ended.
pub type Outcome<'a> = Result<Reply<'a>, &'a TaskDbErr>;

/// An interceptor over a store.
pub struct Intercept<S, I> {
    inner: S,
    interceptor: I,
}

impl<S: Store, I: Interceptor> Intercept<S, I> {
    /// Puts the interceptor over `inner`.
    pub fn new(inner: S, interceptor: I) -> Self {
        Self { inner, interceptor }
    }
}

impl<S: fmt::Debug, I> fmt::Debug for Intercept<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intercept").field("inner", &self.inner).finish_non_exhaustive()
    }
}

macro_rules! layer {
    ($($verb:ident => $request:ident,)*) => {
        /// A call on its way to the store, with its arguments: a variant for each verb.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum Call<'a> {
            $(#[doc = concat!("`", stringify!($verb), "`")]
            $request(&'a mut request::$request),)*
        }

        impl Call<'_> {
            /// The verb.
            pub fn verb(&self) -> &'static str {
                match self {
                    $(Self::$request(_) => stringify!($verb),)*
                }
            }

            /// The ids in the arguments, without payloads.
            pub fn subject(&self) -> String {
                match self {
                    $(Self::$request(request) => request.subject(),)*
                }
            }
        }

        /// The answer of the store on its way back: a variant for each verb.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum Reply<'a> {
            $(#[doc = concat!("`", stringify!($verb), "`")]
            $request(&'a mut <request::$request as Request>::Reply),)*
        }

        #[async_trait]
        impl<S: Store, I: Interceptor> Store for Intercept<S, I> {
            $(async fn $verb(
                &self,
                mut request: request::$request,
            ) -> Result<<request::$request as Request>::Reply> {
                let note = self.interceptor.before(Call::$request(&mut request)).await?;
                let mut outcome = self.inner.$verb(request).await;
                let seen = outcome.as_mut().map(Reply::$request).map_err(|error| &*error);
                let told = self.interceptor.after(note, seen).await;
                outcome.and_then(|reply| told.map(|()| reply))
            })*

            fn wake_hub(&self) -> &Arc<WakeHub> {
                self.inner.wake_hub()
            }
        }

        // A store behind a pointer is a store, so that layers can go over any.
        #[async_trait]
        impl<S: Store + ?Sized> Store for Arc<S> {
            $(async fn $verb(
                &self,
                request: request::$request,
            ) -> Result<<request::$request as Request>::Reply> {
                (**self).$verb(request).await
            })*

            fn wake_hub(&self) -> &Arc<WakeHub> {
                (**self).wake_hub()
            }
        }
    };
}
with_verbs!(layer);
