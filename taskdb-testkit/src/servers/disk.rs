//! A small disk in memory, for stores that run out of space. Only root can mount one, and
//! not in every container.
//!
//! A shell mounts it, and takes it away when the pipe to it closes: with its value, or with
//! the process that made it, however that ends.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Mounts `$1` bytes at `$2`, open to everybody as folders for temporary files are.
const MOUNT: &str = r#"mount -t tmpfs -o size="$1",mode=1777 tmpfs "$2" || exit
echo mounted; read -r _; umount -l "$2"; rmdir "$2""#;
/// The file that takes up space.
const BALLAST: &str = "ballast";

/// A disk of this process.
#[derive(Debug)]
pub struct Disk {
    shell: Child,
    path: PathBuf,
}

impl Disk {
    /// Mounts an empty one.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` with what `mount` says, mostly that this is not for everybody.
    pub fn mount(bytes: u64) -> io::Result<Self> {
        let path = tempfile::Builder::new().prefix("taskdb-disk-").tempdir()?.keep();
        let mut shell = Command::new("sh")
            .args(["-c", MOUNT, "disk", &bytes.to_string()])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = shell.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        if line.is_empty() {
            let said = shell.wait_with_output()?.stderr;
            let _ = std::fs::remove_dir(&path);
            let words = String::from_utf8_lossy(&said).into_owned();
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, words));
        }
        Ok(Self { shell, path })
    }

    /// As [`mount`](Self::mount); where that cannot be, says that `test` is skipped, or
    /// panics where `TASKDB_REQUIRE` names `disk`.
    ///
    /// # Panics
    ///
    /// As said.
    pub fn or_skip(bytes: u64, test: &str) -> Option<Self> {
        match Self::mount(bytes) {
            Ok(disk) => Some(disk),
            Err(why) => {
                let required = std::env::var("TASKDB_REQUIRE").unwrap_or_default();
                assert!(!required.split(',').any(|name| name == "disk"), "{why}");
                // Past the harness, which keeps back what a passing test says.
                let _ = writeln!(io::stderr(), "SKIPPED {test}: no disk can be mounted: {why}");
                None
            }
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes up all space but so many bytes.
    ///
    /// # Errors
    ///
    /// Those of writing, a full disk aside.
    pub fn fill_but(&self, bytes: u64) -> io::Result<()> {
        let mut ballast = File::options().append(true).create(true).open(self.ballast())?;
        let block = [1; 1 << 12];
        let full = loop {
            if let Err(error) = ballast.write_all(&block) {
                break error;
            }
        };
        if full.kind() != io::ErrorKind::StorageFull {
            return Err(full);
        }
        let length = ballast.metadata()?.len();
        ballast.set_len(length.saturating_sub(bytes))
    }

    /// Gives back what [`fill_but`](Self::fill_but) has taken.
    ///
    /// # Errors
    ///
    /// When nothing was taken.
    pub fn free(&self) -> io::Result<()> {
        std::fs::remove_file(self.ballast())
    }

    fn ballast(&self) -> PathBuf {
        self.path.join(BALLAST)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
