//! The command line of the program `taskdb-migrate`.
//!
//! * `args`: what can be typed, in the new and in the known form.
//! * `run`: one function a command.
//! * `view`: progress for eyes, lines for logs, documents for programs.

mod args;
mod run;
mod view;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;

/// It was done; what was verified is the same.
pub const OK: u8 = 0;
/// A store or a file failed, or what was verified differs.
pub const FAILED: u8 = 1;
/// The command cannot be carried out as it is; nothing was changed.
pub const REFUSED: u8 = 2;

/// Runs the program with these arguments, the first of which is its name; the exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match args::Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { REFUSED } else { OK };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(FAILED, &error.to_string()),
    };
    match runtime.block_on(run::run(args)) {
        Ok(code) => code,
        Err(error) => {
            complain(if error.is_refusal() { REFUSED } else { FAILED }, &error.to_string())
        }
    }
}

/// Says on standard error why the program ends; there is no one to tell when that fails.
fn complain(code: u8, why: &str) -> u8 {
    let _ = writeln!(std::io::stderr(), "taskdb-migrate: {why}");
    code
}
