//! No file names the host of a package registry: mirrors and forks stay free to use another.

use crate::problem::Problem;

/// The hosts, in two halves so that this file passes its own rule.
const HOSTS: [&str; 4] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("registry", ".npmjs"),
    concat!("docker", ".io"),
];

pub(crate) fn check(path: &str, text: &str) -> Vec<Problem> {
    if path.rsplit('/').next() == Some("Cargo.lock") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.to_lowercase();
        for host in HOSTS.into_iter().filter(|host| line.contains(host)) {
            problems.push(Problem::new(path, n + 1, format!("do not name the registry `{host}`")));
        }
    }
    problems
}

#[test]
fn a_host_is_found() {
    for host in HOSTS {
        let text = format!("see\nhttps://{}/x\n", host.to_uppercase());
        assert_eq!(check("README.md", &text).len(), 1, "{host}");
        assert_eq!(check("Cargo.lock", &text), []);
    }
}

#[test]
fn other_words_pass() {
    assert_eq!(check("README.md", "many crates, io and docker images"), []);
}
