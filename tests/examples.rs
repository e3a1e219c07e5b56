//! Runs every program in `examples/` as its reader would. What it prints is its own
//! affair; it checks its result itself and fails if it is wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use taskdb_testkit::servers::postgres;

/// Where cargo has put the examples: beside the folder of this test.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a path of this test");
    test.ancestors().nth(2).expect("a target folder").join("examples")
}

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = fs::read_dir(folder).expect("examples/ is readable");
    let paths = files.map(|file| file.expect("examples/ is readable").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// Fails if the program is missing or older than its source, as when cargo was asked to
/// build this test alone.
fn program(source: &Path) -> PathBuf {
    let name = source.file_stem().expect("a name");
    let program = built().join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    let fresh = changed(&program).is_ok_and(|at| changed(source).is_ok_and(|since| at >= since));
    assert!(fresh, "{} is missing or old: run `cargo build --examples`", program.display());
    program
}

#[test]
fn every_example_runs() {
    let sources = examples();
    assert!(sources.len() >= 2, "{sources:?}");
    let folder = tempfile::tempdir().expect("a folder");
    // For those that need a server; the others take no notice.
    let server = postgres::Options::fast().start().expect("a Postgres server");
    for source in sources {
        let mut run = Command::new(program(&source));
        let run = run.current_dir(&folder).env("TASKDB_URL", server.url());
        let run = run.output().expect("it starts");
        let (out, err) =
            (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        let report = format!("{}: {}\n{out}{err}", source.display(), run.status);
        assert!(run.status.success() && !out.is_empty() && err.is_empty(), "{report}");
    }
}
