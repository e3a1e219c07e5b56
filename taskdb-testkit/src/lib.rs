//! What a TaskDB backend is held against.
//!
//! # Layout
//!
//! * [`model`]: the reference implementation of the storage seam, in memory.

pub mod model;
