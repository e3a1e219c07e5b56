//! The benchmark program as `cargo bench --bench workloads`; see the crate `taskdb-bench`.

fn main() -> std::process::ExitCode {
    taskdb_bench::main()
}
