//! What a configuration makes of files, environments and calls, without a store.

mod documented;
mod errors;
mod fields;
mod merging;
mod secrets;

use std::path::PathBuf;
use std::sync::LazyLock;

use taskdb_core::TaskDbErr;

use super::Config;

/// A folder with a `taskdb.toml`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(text: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::write(folder.file(), text).unwrap();
        folder
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("taskdb.toml")
    }

    fn config(&self) -> Config {
        Config::new().with_file(self.file())
    }
}

/// Checks a configuration; `custom` is a scheme that takes every field.
fn checked(config: &Config) -> taskdb_core::Result<()> {
    static CUSTOM: LazyLock<()> = LazyLock::new(|| {
        let open = async |_| Err(TaskDbErr::Config("it opens nothing".to_owned()));
        crate::register_backend("custom", open).unwrap();
    });
    LazyLock::force(&CUSTOM);
    config.check()
}

/// Everything that is wrong, in words.
fn refusal(config: &Config) -> String {
    checked(config).expect_err("the configuration is wrong").to_string()
}

/// The value of a field as it is listed.
fn shown(config: &Config, name: &str) -> String {
    let settings = config.effective().settings;
    let setting = settings.iter().find(|setting| setting.name == name);
    setting.unwrap_or_else(|| panic!("{name} is not listed")).text()
}
