//! Layers: what happens around every call, written once for all verbs and stores.
//!
//! Each layer is a [`Store`](crate::Store) over another one.
//! [`TaskDb::new`](crate::TaskDb::new) stacks them: measure, trace, context, validate, store.
//! Applications add their own by [`TaskDb::intercept`](crate::TaskDb::intercept) and
//! [`TaskDb::encode`](crate::TaskDb::encode).

mod context;
mod encode;
mod intercept;
mod measure;
mod trace;
mod validate;

pub use context::Context;
pub use encode::{Codec, Codecs};
pub use intercept::{Call, Intercept, Interceptor, Outcome, Reply};
pub use measure::{Begun, CALL_METRICS, Measure};
pub use trace::Trace;
pub use validate::Validate;
