//! The program: arguments in, a table on standard output, files where asked for.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::error::{Error, Result};
use crate::report::{json, pages, svg, table};
use crate::run::{child, run};
use crate::workload;

/// A workload failed.
const FAILED: u8 = 1;
/// The command line cannot be used; nothing was run.
const REFUSED: u8 = 2;
/// The user has ended the program.
const INTERRUPTED: u8 = 130;

/// Runs the benchmark program with the arguments of this process.
pub fn main() -> ExitCode {
    let args = Args::parse();
    match act(&args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failures) => complain(FAILED, &format!("{failures} workloads failed, see above")),
        Err(error @ Error::Interrupted) => complain(INTERRUPTED, &error.to_string()),
        Err(error) => complain(REFUSED, &error.to_string()),
    }
}

/// Does what the arguments say; returns how many workloads failed.
fn act(args: &Args) -> Result<usize> {
    if args.list {
        say(&list());
        return Ok(0);
    }
    if let Some(role) = args.child {
        child(role, args)?;
        return Ok(0);
    }
    if let Some(folder) = &args.report {
        pages::write(folder, args.quick)?;
        return Ok(0);
    }
    check_files(args)?;
    let report = run(args)?;
    say(&table::text(&report));
    if let Some(path) = &args.json {
        write(path, &json::text(&report)?)?;
    }
    if let Some(path) = &args.markdown {
        write(path, &table::markdown(&report))?;
    }
    if let Some(folder) = &args.svg {
        for (name, plot) in svg::plots(&report)? {
            write(&folder.join(name), &plot)?;
        }
    }
    Ok(report.failures.len())
}

/// Refuses places for files before hours are spent on what would go there.
fn check_files(args: &Args) -> Result<()> {
    if let Some(folder) = &args.svg {
        std::fs::create_dir_all(folder).map_err(Error::at(folder))?;
    }
    for path in args.json.iter().chain(&args.markdown) {
        let mut file = std::fs::OpenOptions::new();
        file.append(true).create(true).open(path).map_err(Error::at(path))?;
    }
    Ok(())
}

fn list() -> String {
    let lines = workload::ALL.map(|workload| {
        let about = workload.about();
        let sizes: Vec<_> = about.full.iter().map(ToString::to_string).collect();
        format!("{:8} {} (n: {})\n", about.name, about.what, sizes.join(", "))
    });
    lines.concat()
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(Error::at(path))
}

/// A reader that has gone needs no table.
fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Says on standard error why the program ends; there is no one to tell when that fails.
fn complain(code: u8, why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "taskdb-bench: {why}");
    ExitCode::from(code)
}
