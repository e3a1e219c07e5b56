//! The command line.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::child::Role;
use crate::workload;

/// Measures TaskDB: every workload beside its limit, on any backend.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "taskdb-bench", version, after_help = EXAMPLES)]
pub struct Args {
    /// The store to measure, once or more. Of `sqlite://FILE` only the folder counts:
    /// fresh files are made in it and removed, FILE itself is not touched. On
    /// `redis://HOST` namespaces are made and removed; `redis-private` starts two
    /// servers, without and with an append-only file. On `postgres://HOST/DATABASE`
    /// schemas are made and removed; `postgres-private` starts a server. Unless set: SQLite in the
    /// system's folder for temporary files.
    #[arg(long = "backend", value_name = "URL")]
    pub backends: Vec<String>,

    /// What to measure, once or more; everything unless set.
    #[arg(long = "workload", value_name = "NAME", value_parser = names())]
    pub workloads: Vec<String>,

    /// The size, once or more, in place of each workload's own; --list says of what.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub n: Vec<u32>,

    /// How many workers, once or more, in place of each workload's own.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub workers: Vec<u32>,

    /// How many runs, in place of five; their median counts.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub runs: Option<u32>,

    /// Write every figure with its samples to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Write the table as Markdown to this file.
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Draw a plot for each workload and unit into this folder, made if need be.
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,

    /// Measure nothing: put the runs in DIR/runs/*.json together, and write a page of tables for
    /// each backend into DIR, with plots of cost against size in DIR/plots. Of a figure that
    /// several runs have, the last one in the order of their names counts.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,

    /// One iteration of small sizes: shows that everything runs; its figures mean
    /// nothing.
    #[arg(long)]
    pub quick: bool,

    /// Say what there is to measure, and end.
    #[arg(long)]
    pub list: bool,

    /// Handed to every benchmark by `cargo bench`.
    #[arg(long = "bench", hide = true)]
    pub(crate) cargo: bool,

    /// Makes this the second process of a workload, which works for the first.
    #[arg(long, hide = true, value_name = "ROLE")]
    pub(crate) child: Option<Role>,
}

fn names() -> PossibleValuesParser {
    workload::ALL.map(|workload| workload.about().name).into()
}

const EXAMPLES: &str = "\
Examples:
  taskdb-bench --quick                            does everything run?
  taskdb-bench --workload flat --workers 64       one workload, 64 workers
  taskdb-bench --backend sqlite:///mnt/ssd/x.db   the disk that counts
  taskdb-bench --backend redis-private            Redis, on servers of its own
  taskdb-bench --backend postgres-private         Postgres, likewise
  taskdb-bench --markdown figures.md --json figures.json --svg plots
  taskdb-bench --backend redis-private --json docs/performance/runs/redis.json
  taskdb-bench --report docs/performance          pages and plots of such runs

Standard output has the table, standard error what goes on meanwhile.

Exit codes:
  0 measured    1 a workload failed    2 refused, nothing was run    130 interrupted";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::try_parse_from(line.split_whitespace()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_repeat_and_cargo_may_add_its_own() {
        let line = "bench --n 10 --n 20 --workload flat --workload wake --workers 4 --bench";
        let args = parse(line).unwrap();
        assert_eq!((args.n, args.workers), (vec![10, 20], vec![4]));
        assert_eq!(args.workloads, ["flat", "wake"]);
    }

    #[test]
    fn an_unknown_workload_is_refused_with_those_there_are() {
        let message = parse("bench --workload nothing").unwrap_err();
        assert!(message.contains("fan-in") && message.contains("memory"), "{message}");
        for bad in ["bench --n 0", "bench --runs 0", "bench --workers 0", "bench flat"] {
            parse(bad).unwrap_err();
        }
    }
}
