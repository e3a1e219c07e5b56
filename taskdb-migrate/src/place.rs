//! Where records are: a store by its URL, or a file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use taskdb::TaskDbErr;
use taskdb::error::redact;

use crate::dump::DumpSource;
use crate::error::{MigrateErr, Result};
use crate::source::{LegacySource, Source, StoreSource};
use crate::target::Target;

/// A store or a dump. `file:PATH` is a dump, everything else the URL of a store.
///
/// ```
/// use taskdb_migrate::Place;
/// let place: Place = "redis://user:secret@host/0".parse()?;
/// assert_eq!(place.to_string(), "redis://user:***@host/0");
/// # Ok::<(), taskdb_migrate::MigrateErr>(())
/// ```
#[derive(Clone)]
pub enum Place {
    /// The URL of a store, perhaps with a password.
    Store(String),
    /// A dump.
    File(PathBuf),
}

impl FromStr for Place {
    type Err = MigrateErr;

    fn from_str(text: &str) -> Result<Self> {
        match text.strip_prefix("file:") {
            Some(path) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() {
                    return Err(MigrateErr::Refused("`file:` needs a path behind it".to_owned()));
                }
                Ok(Self::File(path.into()))
            }
            None => Ok(Self::Store(text.to_owned())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(url) => f.write_str(&redact(url)),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

impl Place {
    /// Opens it to read from. A database on Postgres whose URL names no namespace is read as
    /// one of the layout before this one, where it has that.
    ///
    /// # Errors
    ///
    /// Those of connecting, or of a file that is no dump.
    pub async fn source(&self) -> Result<Arc<dyn Source>> {
        self.source_in(None).await
    }

    /// As [`source`](Self::source); `zone` is that in which the times of a database of the
    /// layout before this one were written.
    ///
    /// # Errors
    ///
    /// As there, and `Refused` for a zone where times have none.
    pub async fn source_in(&self, zone: Option<&str>) -> Result<Arc<dyn Source>> {
        if let Some(source) = self.legacy(zone).await? {
            return Ok(Arc::new(source));
        }
        if zone.is_some() {
            let why =
                format!("{self}: its times are in UTC, only those of earlier layouts have a zone");
            return Err(MigrateErr::Refused(why));
        }
        match self {
            Self::Store(url) => {
                self.must_exist().await?;
                let db = taskdb::connect(url).await;
                let db = db.map_err(|error| MigrateErr::store(&self.to_string(), error))?;
                Ok(Arc::new(StoreSource::new(self.to_string(), db)))
            }
            Self::File(path) => Ok(Arc::new(DumpSource::open(path).await?)),
        }
    }

    /// A database of the layout before this one.
    async fn legacy(&self, zone: Option<&str>) -> Result<Option<LegacySource>> {
        let Self::Store(url) = self else { return Ok(None) };
        let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let config = taskdb::Config::from_url(url);
        let named = url.contains("namespace=");
        if !matches!(scheme.as_str(), "postgres" | "postgresql") || named || config.check().is_err()
        {
            return Ok(None);
        }
        match LegacySource::open(&self.to_string(), url, zone).await {
            Ok(source) => Ok(Some(source)),
            Err(MigrateErr::Store { source, .. })
                if zone.is_none() && matches!(source.root(), TaskDbErr::Config(_)) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens it to write to, creating what is missing.
    ///
    /// # Errors
    ///
    /// Those of connecting; `Refused` for a file, which `dump` writes.
    pub async fn target(&self) -> Result<Target> {
        match self {
            Self::Store(url) => {
                let db = taskdb::connect(url).await;
                let db = db.map_err(|error| MigrateErr::store(&self.to_string(), error))?;
                Ok(Target::new(self.to_string(), db))
            }
            Self::File(path) => Err(MigrateErr::Refused(format!(
                "{} is a file: write it with `dump --to {}`",
                path.display(),
                path.display()
            ))),
        }
    }

    /// The file of an embedded store that connecting would create.
    pub fn missing_file(&self) -> Option<&Path> {
        let Self::Store(url) = self else { return None };
        let rest = url.strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let path = Path::new(path.split(['?', '#']).next().unwrap_or(path));
        (!path.exists()).then_some(path)
    }

    /// Whether it is there; makes nothing.
    ///
    /// # Errors
    ///
    /// Those of connecting.
    pub async fn exists(&self) -> Result<bool> {
        match self {
            Self::Store(url) => {
                let found = taskdb::Config::from_url(url).exists().await;
                found.map_err(|error| MigrateErr::store(&self.to_string(), error))
            }
            Self::File(path) => Ok(path.exists()),
        }
    }

    /// Opens it as a [`target`](Self::target) that must be there.
    ///
    /// # Errors
    ///
    /// As there, and when there is nothing.
    pub async fn existing(&self) -> Result<Target> {
        self.must_exist().await?;
        self.target().await
    }

    /// Refuses to create what is to be read.
    async fn must_exist(&self) -> Result<()> {
        if let Some(path) = self.missing_file() {
            return Err(MigrateErr::file(path, "there is no such file to read from"));
        }
        if !self.exists().await? {
            let why = format!("{self} holds no such namespace; look at `?namespace=NAME`");
            return Err(MigrateErr::Refused(why));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_stores_are_told_apart() {
        for text in ["file:a/b.dump", "file://a/b.dump"] {
            let place: Place = text.parse().unwrap();
            assert!(matches!(&place, Place::File(path) if path == Path::new("a/b.dump")));
        }
        assert!("file:".parse::<Place>().is_err());
        let place: Place = "postgres://u:secret@h/d".parse().unwrap();
        assert!(!format!("{place:?} {place}").contains("secret"));
    }

    #[tokio::test]
    async fn a_source_is_not_created() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.db");
        let place: Place = format!("sqlite://{}?namespace=x", path.display()).parse().unwrap();
        let error = place.source().await.err().expect("a refusal").to_string();
        assert!(error.contains("no such file"), "{error}");
        assert!(!path.exists());
    }
}
