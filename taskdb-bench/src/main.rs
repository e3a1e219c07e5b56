//! The benchmark program; everything is in the library, which other programs share.

fn main() -> std::process::ExitCode {
    taskdb_bench::main()
}
