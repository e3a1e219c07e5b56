//! What comes from outside is decoded without a panic, whatever it is: URLs and files of a
//! configuration, portable records, cursors. A corpus of good ones is bent at random.
//!
//! `TASKDB_FUZZ_CASES` (3000) says how often, `TASKDB_SEED` repeats a run. What a decoder has
//! stumbled over goes into `corpus/`. Not for what a store itself has written; its decoders are
//! tested where they are.
//!
//! # Layout
//!
//! * [`bend`]: how a text is changed; [`config`], [`records`]: the decoders.

mod bend;
mod config;
mod records;
