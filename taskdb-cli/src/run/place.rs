//! Where the engine's store is, and the records beside it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use taskdb::{TaskDb, sqlite};
use tempfile::TempDir;

use super::args::{RunArgs, StoreUrl};
use super::outcome::Error;

/// A place for a store, found usable; nothing is written yet.
pub(super) struct Place {
    store: Store,
    /// The folder with the records of runs; none where nothing can be resumed.
    pub(super) base: Option<PathBuf>,
}

enum Store {
    /// Gone with the run.
    Temporary,
    /// An SQLite file for this run alone.
    File { path: PathBuf, resume: bool },
    /// Any store.
    Url(StoreUrl),
}

impl Place {
    /// Checks the arguments.
    pub(super) fn new(args: &RunArgs) -> Result<Self, Error> {
        let state = || args.state.clone();
        if let Some(path) = &args.store {
            let resume = args.resume.is_some();
            let path = file(path, resume).map_err(|why| refused(path, &why))?;
            let base = state().unwrap_or_else(|| beside(&path));
            return Ok(Self { store: Store::File { path, resume }, base: Some(base) });
        }
        let Some(url) = &args.url else {
            return Ok(Self { store: Store::Temporary, base: None });
        };
        let base = match sqlite::Config::from_url(url.secret()) {
            Ok(config) => match config.file() {
                Some(file) => Some(state().unwrap_or_else(|| beside(&resolved(file)))),
                None if args.resume.is_some() => {
                    let why = "ends with the run, so there is nothing to resume";
                    return Err(Error::Refused(format!("store {url}: {why}")));
                }
                None => None,
            },
            // Of another backend, or refused by `connect` in its own words.
            Err(_) => Some(state().map_or_else(home, Ok)?),
        };
        Ok(Self { store: Store::Url(url.clone()), base })
    }

    /// Whether the store has no other use than this run.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.store, Store::File { .. })
    }

    /// Opens the store; the folder of a temporary one goes when it is dropped.
    pub(super) async fn open(&self) -> Result<(TaskDb, Option<TempDir>), Error> {
        match &self.store {
            Store::Temporary => {
                let folder = tempfile::Builder::new().prefix("taskdb-").tempdir();
                let folder = folder.context("cannot make a temporary folder")?;
                let file = sqlite::Config::at(folder.path().join("run.db"));
                let db = file.connect().await.with_context(|| self.to_string())?;
                Ok((db, Some(folder)))
            }
            Store::File { path, resume } => {
                create(path, *resume)?;
                let db = sqlite::Config::at(path).connect().await;
                Ok((db.with_context(|| self.to_string())?, None))
            }
            Store::Url(url) => match connect(url.secret()).await {
                Ok(db) => Ok((db, None)),
                Err(why @ taskdb::TaskDbErr::Config(_)) => {
                    Err(Error::Refused(format!("{self}: {why}")))
                }
                Err(why) => Err(Error::Broken(anyhow::Error::new(why).context(self.to_string()))),
            },
        }
    }
}

/// Opens a store, with what file and environment say of it: a password, for instance.
async fn connect(url: &str) -> taskdb::Result<TaskDb> {
    taskdb::Config::load()?.with_url(url).connect().await
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.store {
            Store::Temporary => f.write_str("temporary store"),
            Store::File { path, .. } => write!(f, "store {}", path.display()),
            Store::Url(url) => write!(f, "store {url}"),
        }
    }
}

const EXISTS: &str = "the file exists already: --resume goes on with the run in it, \
                      and a new run needs a new file";

fn refused(path: &Path, why: &str) -> Error {
    Error::Refused(format!("store {}: {why}", path.display()))
}

/// The file of `--store`, absolute.
fn file(path: &Path, resume: bool) -> Result<PathBuf, String> {
    if path.exists() && !resume {
        return Err(EXISTS.to_owned());
    }
    if path.exists() && !path.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let path = std::path::absolute(path).map_err(|why| why.to_string())?;
    if path.parent().is_none_or(|folder| !folder.is_dir()) {
        return Err("its folder does not exist".to_owned());
    }
    Ok(resolved(&path))
}

/// Makes the file, so that of two runs that begin at once one is refused.
fn create(path: &Path, resume: bool) -> Result<(), Error> {
    match std::fs::File::create_new(path) {
        Ok(_) => Ok(()),
        Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {
            if resume {
                Ok(())
            } else {
                Err(refused(path, EXISTS))
            }
        }
        Err(why) => Err(refused(path, &why.to_string())),
    }
}

/// The path without links, so that a file has its records in one place.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.canonicalize().unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => {
            folder.canonicalize().unwrap_or_else(|_| folder.to_owned()).join(name)
        }
        _ => path,
    })
}

/// `FILE.run`.
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".run");
    PathBuf::from(name)
}

/// Where the user's programs keep their state.
fn home() -> Result<PathBuf, Error> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
    let state = state.or_else(|| Some(folder("HOME")?.join(".local/state")));
    let why = "there is no place for the records of the run: set HOME, or give --state DIR";
    Ok(state.ok_or_else(|| Error::Refused(why.to_owned()))?.join("taskdb/runs"))
}
