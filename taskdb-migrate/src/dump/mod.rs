//! Files with everything a store holds, a record a line; docs/dump-format.md has the format.
//!
//! * `header`: the first and the last line.
//! * `write`: from a source to a file.
//! * `read`: a file as a source.

mod header;
mod read;
mod write;

pub use read::DumpSource;
pub use write::{DumpOptions, DumpReport, dump};
