//! What a TaskDB backend is held against.
//!
//! # Layout
//!
//! * [`model`]: the reference implementation of the storage seam, in memory.
//! * [`property`]: random call sequences, answered by a backend and by the model alike.

pub mod model;
pub mod property;
