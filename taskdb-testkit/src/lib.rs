//! What a TaskDB backend is held against.
//!
//! # Layout
//!
//! * [`model`]: the reference implementation of the storage seam, in memory.
//! * [`property`]: random call sequences, answered by a backend and by the model alike.
//! * [`suite`]: the harness of the conformance suite, which runs it on any backend.
//! * [`cases`]: the cases of the suite, a file for each verb and each topic.
//! * [`history`]: a crew at work, what it was told, and whether the store kept to it.
//! * [`work`]: what small pieces of work cost, counted, against tables in files.
//! * [`fuzz`]: texts and bytes that are almost right.
//! * [`rng`]: random numbers that a seed repeats.
//! * `servers`: private database servers for tests, with the feature of that name.

pub mod cases;
pub mod fuzz;
pub mod history;
pub mod model;
pub mod property;
pub mod rng;
#[cfg(feature = "servers")]
pub mod servers;
pub mod suite;
pub mod work;
