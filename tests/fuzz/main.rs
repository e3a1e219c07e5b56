//! What comes from outside is decoded without a panic, whatever it is: URLs and files of a
//! configuration, portable records, cursors, names. A corpus of good ones is bent at random.
//!
//! `TASKDB_FUZZ_CASES` (3000) says how often, but for what goes to stores, of which there is
//! less; `TASKDB_SEED` repeats a run. What a decoder has stumbled over goes into `corpus/`. Not
//! for graphs of commands, nor for what a store itself has written; those decoders are tested
//! where they are.
//!
//! # Layout
//!
//! * [`config`], [`records`]: the decoders; [`stores`]: records that come to every store, which
//!   must say the same of them; [`ids`]: names of all kinds, which must not be mixed up.

mod config;
mod ids;
mod records;
mod stores;
