//! Layers: what happens around every call, written once for all verbs and stores.
//!
//! Each layer is a [`Store`](crate::Store) over another one.
//! [`TaskDb::new`](crate::TaskDb::new) stacks them: trace, context, validate, store.

mod context;
mod trace;
mod validate;

pub use context::Context;
pub use trace::Trace;
pub use validate::Validate;
