//! The page for users says what is the case.

use super::super::field::FIELDS;
use super::*;
use crate::backend::{self, Found};

const PAGE: &str = include_str!("../../../docs/configuration.md");

/// The blocks of the page that are TOML.
fn files() -> Vec<&'static str> {
    let blocks = PAGE.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or(block)).collect()
}

#[test]
fn every_field_has_its_row() {
    for field in FIELDS {
        let default = field.default.map_or(" ".to_owned(), |default| format!(" `{default}` "));
        let row = format!("| `{}` | `{}` |{default}|", field.name, field.variable());
        assert!(PAGE.contains(&row), "docs/configuration.md has no row {row}");
    }
    assert_eq!(PAGE.matches("| `TASKDB_").count(), FIELDS.len());
}

#[test]
fn the_example_files_are_sound() {
    for text in files() {
        assert_eq!(Folder::with(text).config().problems, [""; 0]);
    }
    let stated: usize = files().iter().map(|text| Folder::with(text).config().stated.len()).sum();
    assert_eq!(stated, 15 + 17);
}

#[test]
fn the_fields_of_each_backend_are_listed() {
    for scheme in ["sqlite", "memory", "postgres"] {
        let Ok(Found::BuiltIn(driver)) = backend::find(scheme) else { continue };
        let uses: Vec<_> = (driver.uses)(scheme).iter().map(|name| format!("`{name}`")).collect();
        let row = PAGE.lines().find(|line| line.starts_with(&format!("| `{scheme}`")));
        let row = row.expect("docs/configuration.md has a row for the scheme");
        assert!(row.ends_with(&format!("| {} |", uses.join(", "))), "{row}");
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn the_whole_file_opens_a_store() {
    let folder = Folder::with(files()[0]);
    let config = folder.config().with_path(folder.0.path().join("jobs.db"));
    let limits = config.limits();
    assert_eq!((limits.payload_bytes, config.pool().max_connections), (4 << 20, Some(5)));
    let db = config.connect().await.unwrap();
    assert!(db.request_work("cpu").await.unwrap().is_none());
    assert!(folder.0.path().join("jobs.db").exists());
}
