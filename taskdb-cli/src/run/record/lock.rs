//! The lock of a run: one process at a time works on a job from this machine.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use uuid::Uuid;

use super::make;
use crate::run::Error;

/// How long a run that is ending may still have its lock.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(20);

/// Takes the lock, which ends with the process at the latest.
pub(super) async fn take(folder: &Path, job: Uuid) -> Result<File, Error> {
    let path = folder.join("lock");
    let start = Instant::now();
    loop {
        make(folder)?;
        let file = open(&path)?;
        match file.try_lock() {
            Ok(()) if is_at(&file, &path) => return Ok(sign(file, &path)?),
            // The run that had it has removed it; the next one is not that file.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                tokio::time::sleep(LOOK).await;
            }
            Err(TryLockError::WouldBlock) => return Err(held(file, &path, job)),
            Err(TryLockError::Error(why)) => {
                let context = format!("cannot lock {}", path.display());
                return Err(Error::Broken(anyhow::Error::new(why).context(context)));
            }
        }
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    file.with_context(|| format!("cannot open {}", path.display()))
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Says who has the lock, for those who cannot get it.
fn sign(mut file: File, path: &Path) -> anyhow::Result<File> {
    let signed = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    signed.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(file)
}

fn held(mut file: File, path: &Path, job: Uuid) -> Error {
    let mut holder = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder).map(drop));
    Error::Refused(format!(
        "process {holder} is running job {job} (it holds the lock {}); wait for it, or end it first",
        path.display()
    ))
}
