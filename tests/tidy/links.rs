//! Every relative link of a page leads to something that is there.

use crate::problem::Problem;

pub(crate) fn check(path: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, line) in prose(text) {
        for target in targets(&line) {
            let dead = resolve(path, target).filter(|linked| !exists(linked));
            let advice = |linked| format!("mend the link `{target}`: there is no {linked}");
            problems.extend(dead.map(|linked| Problem::new(path, number, advice(linked))));
        }
    }
    problems
}

/// The numbered lines outside of fenced blocks, without the code in them.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        fenced ^= fence;
        if !fenced && !fence {
            lines.push((n + 1, line.split('`').step_by(2).collect::<Vec<_>>().join("`")));
        }
    }
    lines
}

/// The targets of `[text](target "title")` and of `[name]: target`.
fn targets(line: &str) -> Vec<&str> {
    let inline = line.split("](").skip(1);
    let reference = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
    let all = inline.chain(reference.map(|(_, target)| target));
    all.map(|rest| rest.split([')', ' ']).next().unwrap_or("").trim_matches(['<', '>'])).collect()
}

/// The path from the root that a target stands for; `None` for other sites and anchors.
fn resolve(page: &str, target: &str) -> Option<String> {
    let target = target.split(['#', '?']).next().unwrap_or("");
    if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let start =
        if target.starts_with('/') { "" } else { page.rsplit_once('/').map_or("", |p| p.0) };
    let mut parts: Vec<&str> = start.split('/').collect();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    Some(parts.join("/"))
}

#[test]
fn dead_links_are_found() {
    let exists = |path: &str| path == "docs/a.md";
    for bad in ["[a](b.md)", "![a](../a.md#x)", "[a]: b.md", "[x](a.md), [y](<c.md>)"] {
        assert_eq!(check("docs/index.md", bad, exists).len(), 1, "{bad}");
    }
}

#[test]
fn live_links_code_and_other_sites_pass() {
    let exists = |path: &str| matches!(path, "docs/a.md" | "src");
    let good = "[a](a.md#top) [b](../src/ \"code\") [c](#here) [d](https://example.com/x)\n\
                [e](/docs/a.md) `[f](gone.md)`\n```\n[g](gone.md)\n```\n[h]: ./a.md\n";
    assert_eq!(check("docs/index.md", good, exists), []);
}
