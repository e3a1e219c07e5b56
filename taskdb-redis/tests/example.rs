//! Runs the example as its reader would, against a server of its own.

use std::path::Path;
use std::process::Command;

use taskdb_testkit::servers::redis::Server;

#[test]
fn the_example_runs() {
    let test = std::env::current_exe().expect("a path of this test");
    let program = test.ancestors().nth(2).map(|folder| folder.join("examples/five_lines"));
    let program = program.filter(|path| Path::exists(path)).expect("`cargo build --examples`");
    let server = Server::start().expect("a private Redis server starts");
    let run = Command::new(program).arg(server.url()).output().expect("it starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}
