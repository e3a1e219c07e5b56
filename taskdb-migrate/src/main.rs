//! The program `taskdb-migrate`; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(taskdb_migrate::program::main(std::env::args_os()))
}
