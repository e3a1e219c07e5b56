//! Files of SQLite, each in a folder of its own, on the disk that was asked for.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use tempfile::{Builder, TempDir};

use super::{Place, Space};
use crate::error::{Error, Result};

/// What a path cannot have within a URL.
const RESERVED: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'?').add(b'#');

pub(super) struct Files {
    folder: TempDir,
    /// The query of the URL, with its `?`, or nothing.
    query: String,
}

impl Files {
    /// Where the file of a URL lies; the file itself is not touched.
    pub(super) fn beside(url: &str) -> Result<Self> {
        let base = url.strip_prefix("sqlite:").unwrap_or(url);
        let (path, query) = base.split_at(base.find('?').unwrap_or(base.len()));
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = PathBuf::from(percent_decode_str(path).decode_utf8_lossy().as_ref());
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        Self::within(folder, query)
    }

    pub(super) fn within(folder: &Path, query: &str) -> Result<Self> {
        let absolute = folder.canonicalize().map_err(Error::at(folder))?;
        Ok(Self { folder: temporary(&absolute)?, query: query.to_owned() })
    }
}

#[async_trait(?Send)]
impl Place for Files {
    async fn fresh(&self) -> Result<Space> {
        let folder = temporary(self.folder.path())?;
        let path = folder.path().join("bench.db");
        let encoded = utf8_percent_encode(&path.to_string_lossy(), RESERVED).to_string();
        let url = format!("sqlite://{encoded}{}", self.query);
        let db = taskdb::connect(&url).await?;
        Ok(Space {
            db,
            url: Some(url),
            path: Some(path),
            keys: None,
            _rest: Some(Box::new(folder)),
        })
    }

    fn folder(&self) -> Option<&Path> {
        Some(self.folder.path())
    }
}

fn temporary(folder: &Path) -> Result<TempDir> {
    Builder::new().prefix("taskdb-bench-").tempdir_in(folder).map_err(Error::at(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn files_are_made_beside_the_named_one_and_removed() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("a b%c?d");
        std::fs::create_dir(&folder).unwrap();
        let encoded = utf8_percent_encode(&folder.to_string_lossy(), RESERVED).to_string();
        let files = Files::beside(&format!("sqlite://{encoded}/mine.db?namespace=x")).unwrap();
        let space = files.fresh().await.unwrap();
        assert!(space.path.as_ref().is_some_and(|path| path.starts_with(&folder)));
        assert!(space.url.as_ref().is_some_and(|url| url.ends_with("?namespace=x")));
        assert!(!folder.join("mine.db").exists());
        drop((space, files));
        assert_eq!(entries(&folder), 0);
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_named() {
        let message = Files::beside("sqlite:///not/there/x.db").err().unwrap().to_string();
        assert!(message.starts_with("/not/there: "), "{message}");
        let files = Files::beside("sqlite:x.db?nonsense=1").unwrap();
        assert!(files.fresh().await.is_err());
    }
}
