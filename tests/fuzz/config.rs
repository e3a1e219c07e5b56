//! URLs and files of a configuration: what is wrong is said, and no password with it.

use taskdb::Config;
use taskdb_testkit::fuzz::Bender;

const SECRET: &str = "hunter2";

#[test]
fn a_url_is_understood_or_refused() {
    let lines = include_str!("corpus/urls.txt").lines();
    let mut understood = 0;
    for url in Bender::new(lines).texts() {
        let config = Config::from_url(&url);
        let said = format!("{config:?} {}", config.effective());
        match config.check() {
            Ok(()) => understood += 1,
            Err(error) => assert!(keeps(&url, &error.to_string()), "{url}: {error}"),
        }
        assert!(keeps(&url, &said), "{url}: {said}");
    }
    assert!(understood > 0, "not even the corpus is understood");
}

#[test]
fn a_file_is_understood_or_refused() {
    let files = include_str!("corpus/config.toml").split("\n---\n");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("taskdb.toml");
    let mut understood = 0;
    for text in Bender::new(files).texts() {
        std::fs::write(&path, &text).expect("a file");
        understood += usize::from(Config::new().with_file(&path).check().is_ok());
    }
    assert!(understood > 0, "not even the corpus is understood");
}

/// Whether a text that came of a URL keeps its password to itself, where that stands as one.
fn keeps(url: &str, text: &str) -> bool {
    // Elsewhere it is a part of a path.
    let of_a_server = ["redis", "postgres"].iter().any(|scheme| url.starts_with(scheme));
    let once = url.matches(SECRET).count() == 1;
    let is_password = of_a_server && once && url.contains(&format!(":{SECRET}@"));
    !is_password || !text.contains(SECRET)
}
