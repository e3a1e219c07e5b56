//! The files of a server: made by `initdb`, or copied from a set that was made before.
//!
//! A set for servers that keep nothing lies in the folder for temporary files, one for
//! each version of the binaries and account. Copying it takes a tenth of the time.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::options::{Options, as_account, binary, give};

/// Where a server finds its files.
pub(super) fn data(dir: &Path) -> PathBuf {
    dir.join("data")
}

/// Makes them in `dir`, which the account of the server then owns.
pub(super) fn make(options: &Options, dir: &Path) -> io::Result<()> {
    if options.fsync || options.password.is_some() {
        return init(options, dir);
    }
    let template = template(options)?;
    done(&Command::new("cp").arg("-Rp").arg(template).arg(data(dir)).output()?)?;
    give(dir)
}

fn init(options: &Options, dir: &Path) -> io::Result<()> {
    let secret = dir.join("password");
    if let Some(password) = &options.password {
        std::fs::write(&secret, password)?;
    }
    give(dir)?;
    let password_file = options.password.is_some().then_some(secret.as_path());
    done(&options.initdb(&data(dir), password_file)?.current_dir(dir).output()?)
}

/// The set to copy, made by whoever needs it first while others wait.
fn template(options: &Options) -> io::Result<PathBuf> {
    let version = as_account(&binary("initdb")?).arg("--version").output()?;
    done(&version)?;
    let name = String::from_utf8_lossy(&version.stdout);
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let account = rustix::process::geteuid().as_raw();
    let name = format!("taskdb-test-cluster-{account}-{}", words.join("-"));
    let folder = std::env::temp_dir().join(&name);
    // Released when it is closed, however this process ends.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock()?;
    if !data(&folder).join("PG_VERSION").exists() {
        let fresh = tempfile::Builder::new().prefix(&name).tempdir()?;
        init(options, fresh.path())?;
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::rename(fresh.keep(), &folder)?;
    }
    Ok(data(&folder))
}

fn done(output: &Output) -> io::Result<()> {
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}
