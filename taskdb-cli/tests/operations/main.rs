//! What an operator has in hand: the files of `deploy/`, the commands of `docs/operations.md`,
//! what is shown to those who watch, backups, and the audit of a damaged store.

mod backup;
mod beside;
mod damage;
mod everything;
mod exporter;
mod manifests;
mod postgres;
mod program;
mod redis;
mod scrape;
mod secrets;
mod silence;
#[path = "../store/mod.rs"]
mod store;
mod upgrade;
mod walk;

use std::path::{Path, PathBuf};

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).canonicalize().expect(path)
}

/// The text of a file of the repository.
fn text(path: &str) -> String {
    std::fs::read_to_string(file(path)).expect(path)
}
