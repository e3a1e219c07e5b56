//! A program in a terminal of its own, made by `script` of util-linux.

#![allow(dead_code, reason = "each test uses a part")]

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

/// A program that believes to be looked at; it ends with this value.
pub(crate) struct Terminal {
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Runs a line of the shell in a terminal of 100 columns and 24 rows. What `command` has by
    /// way of folder and environment is kept.
    pub(crate) fn start(command: &mut Command, line: &str) -> Self {
        let line = format!("stty cols 100 rows 24; exec {line}");
        let mut script = Command::new("script");
        if let Some(folder) = command.get_current_dir() {
            script.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        script.args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"]);
        script.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = script.spawn().expect("script starts: install bsdutils");
        let (mut stdout, shown) = (child.stdout.take().unwrap(), Arc::default());
        let kept: Arc<Mutex<Vec<u8>>> = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(read @ 1..) = stdout.read(&mut part) {
                kept.lock().unwrap().extend(&part[..read]);
            }
        });
        Self { child, shown }
    }

    /// All that was written to the terminal so far, what steers it included.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
