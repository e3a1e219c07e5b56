//! Where the result goes: standard output, or a file that is replaced in one step.

use std::fs::Permissions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// A place for the result, found usable before anything runs.
pub(crate) enum Sink {
    Stdout,
    File { path: PathBuf, folder: PathBuf },
}

impl Sink {
    /// Checks the argument of `--output`; the error is a text for the user.
    pub(crate) fn new(output: Option<&Path>) -> Result<Self, String> {
        let Some(path) = output else { return Ok(Self::Stdout) };
        let refuse = |why: &str| format!("cannot write {}: {why}", path.display());
        if path.exists() && !path.is_file() {
            return Err(refuse("it is not a regular file"));
        }
        // A link stays a link: what it points to is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(refuse("its folder does not exist"));
        }
        Ok(Self::File { folder: folder.to_owned(), path })
    }

    /// Writes the result, all of it or nothing.
    pub(crate) fn write(&self, result: &str) -> anyhow::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = std::io::stdout().lock();
                match stdout.write_all(result.as_bytes()).and_then(|()| stdout.flush()) {
                    // Whoever reads has seen enough.
                    Err(why) if why.kind() == ErrorKind::BrokenPipe => Ok(()),
                    other => other.context("cannot write the result"),
                }
            }
            Self::File { path, folder } => {
                let context = || format!("cannot write {}", path.display());
                replace(path, folder, result).with_context(context)
            }
        }
    }
}

fn replace(path: &Path, folder: &Path, text: &str) -> std::io::Result<()> {
    // What a new file would have, or what the file has now.
    let new = Permissions::from_mode(0o666);
    let mut file =
        tempfile::Builder::new().prefix(".taskdb-").permissions(new).tempfile_in(folder)?;
    if let Ok(old) = std::fs::metadata(path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
