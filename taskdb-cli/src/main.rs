//! The program `taskdb`: runs graphs of commands on the engine of the same name.
//!
//! # Layout
//!
//! * `args`: the command line.
//! * `graph`: the TOML file, read and checked in full before anything starts.
//! * `plan`: how a graph becomes tasks of the engine, pure and without I/O.
//! * `run`: the engine's job, the workers, and the commands they start.
//! * `preview`: the plan as text, and the graph as a picture.
//! * `report`: what the user sees meanwhile.
//! * `sink`: where the result goes, on success only.

mod args;
mod graph;
mod plan;
mod preview;
mod report;
mod run;
mod sink;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};

/// The work was done.
const OK: u8 = 0;
/// A task or the engine failed.
const FAILED: u8 = 1;
/// The command line or the graph cannot be used; nothing was run.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    if let Some(code) = run::wrapper(std::env::args_os()) {
        return code;
    }
    let Args { command: Command::Run(args) } = Args::parse();
    let run::End { code, error, .. } = run::run(&args);
    ExitCode::from(error.map_or(code, |why| complain(code, &why)))
}

/// Says on standard error why the program ends; there is no one to tell when that fails.
fn complain(code: u8, why: &str) -> u8 {
    let _ = writeln!(std::io::stderr(), "taskdb: {why}");
    code
}
