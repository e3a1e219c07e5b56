//! The text files of the repository: those git knows or would add.
//!
//! Without git, as in an unpacked archive, every file below the root counts
//! except what [`SKIPPED`] names.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// Directories that hold no source, for the walk without git.
const SKIPPED: [&str; 2] = [".git", "target"];

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A text file; paths are relative to the root and separated by `/`.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every text file, by path.
pub(crate) struct Tree {
    files: BTreeMap<String, File>,
}

impl Tree {
    /// Reads the tree; what is not UTF-8 or was just deleted is left out.
    pub(crate) fn load() -> Self {
        let paths = listed_by_git().unwrap_or_else(|| {
            let mut paths = Vec::new();
            walk(Path::new(ROOT), "", &mut paths).expect("the repository is readable");
            paths
        });
        let read = |path: String| {
            let text = fs::read_to_string(Path::new(ROOT).join(&path)).ok()?;
            Some((path.clone(), File { path, text }))
        };
        Self { files: paths.into_iter().filter_map(read).collect() }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    pub(crate) fn paths(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    /// The text of a file, empty if there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", |file| &file.text)
    }

    /// Whether a path, file or directory, is there; also what git ignores.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.files.contains_key(path) || Path::new(ROOT).join(path).exists()
    }

    /// The lengths of the Rust files that are not tests.
    pub(crate) fn lines_of_rust(&self) -> Vec<usize> {
        let code = self.files().filter(|file| file.path.ends_with(".rs") && !is_test(&file.path));
        code.map(|file| file.text.lines().count()).collect()
    }
}

/// Tests and benches, which may be longer than code and speak SQL.
pub(crate) fn is_test(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

/// Tracked files and those not ignored; `None` without git or outside a checkout.
fn listed_by_git() -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    let list = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = list.split_terminator('\0').map(str::to_owned).collect();
    paths.iter().any(|path| path == "Cargo.toml").then_some(paths)
}

fn walk(directory: &Path, prefix: &str, paths: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{prefix}{name}/"), paths)?;
        } else {
            paths.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

#[test]
fn git_and_the_walk_both_find_this_file() {
    let this = "tests/tidy/tree.rs";
    assert!(Tree::load().paths().contains(&this));
    let mut walked = Vec::new();
    walk(&Path::new(ROOT).join("tests"), "tests/", &mut walked).expect("tests/ is readable");
    assert!(walked.iter().any(|path| path == this));
}

#[test]
fn tests_are_told_from_code() {
    assert!(is_test("tests/tidy/main.rs") && is_test("taskdb-core/src/tests.rs"));
    assert!(!is_test("taskdb-testkit/src/lib.rs") && !is_test("src/latest.rs"));
}
