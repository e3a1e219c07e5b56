//! The program at work, and the scripts of `deploy/`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a command gave.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// `taskdb` in a folder, with nothing of this environment that would configure it.
pub(crate) fn taskdb(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("taskdb"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TASKDB_")) {
        command.env_remove(name);
    }
    command.args(args).envs(env.iter().copied()).env("TMPDIR", folder).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn run(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Ran {
    ended(&mut taskdb(folder, args, env))
}

pub(crate) fn ended(command: &mut Command) -> Ran {
    let output = command.output().expect("it starts");
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Writes a script.
pub(crate) fn script(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs `deploy/make-secrets` for a folder.
pub(crate) fn make_secrets(folder: &Path) {
    let made = Command::new(crate::file("deploy/make-secrets")).arg(folder).status();
    assert!(made.unwrap().success());
}

/// The path with the folder of the program in front.
pub(crate) fn path() -> String {
    let program = assert_cmd::cargo::cargo_bin("taskdb");
    let folder = program.parent().unwrap().display();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}
