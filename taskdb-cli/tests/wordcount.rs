//! The example against a count of its own.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn the_example_counts_what_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/wordcount");
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.join("texts")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap().to_ascii_lowercase();
        for word in text.split(|c: char| !c.is_ascii_lowercase()).filter(|word| !word.is_empty()) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
        files += 1;
    }
    let mut sorted: Vec<(String, u64)> = counts.into_iter().collect();
    sorted.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    let lines: String = sorted.iter().map(|(word, count)| format!("{count} {word}\n")).collect();

    // From elsewhere, because a graph runs in its own folder.
    let ran = common::run(&folder.join("graph.toml"), Path::new("/"), &[]);
    ran.gave(&lines);
    for number in 1..=files {
        assert!(ran.stderr.contains(&format!("done  count/{number} in ")), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains('\x1b'), "no control characters outside a terminal");
}
