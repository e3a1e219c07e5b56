//! What a signal leaves: nothing running, nothing written.

mod common;

use std::process::{Command, Stdio};
use std::time::Duration;

use common::Folder;

#[test]
fn an_interrupt_kills_the_commands_and_exits_with_130() {
    let folder = Folder::new("[tasks.a]\nrun = 'touch started; sleep 3; touch late'\n");
    std::fs::write(folder.path("out"), "before").unwrap();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("taskdb"))
        .args(["run", "graph.toml", "-o", "out"])
        .current_dir(folder.path(""))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..1_000 {
        if folder.path("started").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    std::thread::sleep(Duration::from_millis(3_300));
    assert!(!folder.path("late").exists());
    assert_eq!(folder.read("out"), "before");
}
