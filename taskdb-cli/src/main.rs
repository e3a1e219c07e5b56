//! The program `taskdb`: runs graphs of commands on the engine of the same name, lends
//! any program to it as a worker, and looks at what it holds.
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
//! * `worker`: serves tasks of any store with a command each, and lists who does.
//! * `job`, `task`, `stream`, `schedule`: a file a command that looks, creates or changes.
//! * `operate`: what is asked of a namespace as a whole, and done to it.
//! * `schema`: the SQL that operators run themselves.
//! * `config`: shows what is configured.
//! * `store`, `output`, `problem`: which store, what is shown, why not.
//! * `watch`: metrics and probes of a process that serves; its log.
//! * `completions`: scripts for shells.

mod args;
mod completions;
mod config;
mod graph;
mod job;
mod operate;
mod output;
mod plan;
mod preview;
mod problem;
mod report;
mod run;
mod schedule;
mod schema;
mod sink;
mod store;
mod stream;
mod task;
mod watch;
mod worker;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::problem::Problem;

/// The work was done.
const OK: u8 = 0;
/// A task, the store or the engine failed.
const FAILED: u8 = 1;
/// The command line or the graph cannot be used; nothing was run.
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    if let Some(code) = run::wrapper(std::env::args_os()) {
        return code;
    }
    let command = Args::parse().command;
    let watched = match watch::begin(command.traces()) {
        Ok(watched) => watched,
        Err(why) => return ExitCode::from(finish(Err(why))),
    };
    let code = carry_out(command);
    watched.end();
    ExitCode::from(code)
}

fn carry_out(command: Command) -> u8 {
    match command {
        Command::Run(args) => watch::in_trace(&args.traces, || run_graph(&args)),
        Command::Worker(args) => finish(worker::run(&args)),
        Command::Job(args) => finish(job::run(args)),
        Command::Task(args) => finish(task::run(args)),
        Command::Stream(args) => finish(stream::run(args)),
        Command::Schedule(args) => finish(schedule::run(args)),
        Command::Events(args) => finish(operate::events(&args)),
        Command::Stats(args) => finish(operate::stats(&args)),
        Command::Top(args) => finish(operate::top(&args)),
        Command::Exporter(args) => finish(operate::exporter(&args)),
        Command::Health(args) => finish(operate::health(&args)),
        Command::Gate(args) => finish(operate::gate(&args)),
        Command::Purge(args) => finish(operate::purge(&args)),
        Command::Audit(args) => finish(operate::audit(&args)),
        Command::Bench(args) => finish(operate::bench(&args)),
        Command::Schema(args) => finish(schema::run(&args)),
        Command::Config(args) => finish(config::run(&args)),
        Command::Completions(args) => finish(completions::run(&args)),
    }
}

fn run_graph(args: &run::RunArgs) -> u8 {
    let run::End { code, error, .. } = run::run(args);
    error.map_or(code, |why| complain(code, &why))
}

fn finish(outcome: Result<(), Problem>) -> u8 {
    match outcome {
        Ok(()) => OK,
        Err(Problem::Failed(why)) => complain(FAILED, &why),
        Err(Problem::Refused(why)) => complain(REFUSED, &why),
    }
}

/// Says on standard error why the program ends; there is no one to tell when that fails.
fn complain(code: u8, why: &str) -> u8 {
    let _ = writeln!(std::io::stderr(), "taskdb: {why}");
    code
}
