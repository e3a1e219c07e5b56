//! What is unfinished has its home in the issue tracker, and no comment is a ruler.

use crate::problem::Problem;
use crate::rust::{Source, is_word};

/// Macros that mark code as unfinished, without their `!`.
const MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];
/// Words that mark a comment as unfinished.
const MARKS: [&str; 3] = ["TODO", "FIXME", "XXX"];
/// How a line drawn with characters begins, behind the signs that open the comment.
const RULERS: [&str; 2] = ["----", "===="];

pub(crate) fn check(path: &str, text: &str) -> Vec<Problem> {
    let (comment, lines) = match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "rs" => return check_rust(path, text),
        "sql" | "lua" => ("--", text),
        "toml" => ("#", text),
        _ if path.starts_with("scripts/") || path.starts_with(".ci/") => ("#", text),
        _ => return Vec::new(),
    };
    let numbered = lines.lines().enumerate();
    numbered.flat_map(|(n, line)| check_comment(path, n + 1, line, comment)).collect()
}

fn check_rust(path: &str, text: &str) -> Vec<Problem> {
    let source = Source::read(text);
    let mut problems = Vec::new();
    for (n, line) in source.code.lines().enumerate() {
        for name in MACROS.into_iter().filter(|name| has_word(line, &format!("{name}!"))) {
            problems.push(Problem::new(path, n + 1, format!("finish what `{name}!` stands for")));
        }
    }
    for comment in &source.comments {
        for (n, line) in comment.text.lines().enumerate() {
            problems.extend(check_comment(path, comment.line + n, line, "//"));
        }
    }
    problems
}

fn check_comment(path: &str, number: usize, line: &str, comment: &str) -> Vec<Problem> {
    let mark = MARKS.into_iter().find(|mark| has_word(line, mark));
    let mark = mark.map(|mark| format!("do it, or open an issue instead of writing {mark}"));
    let body = line.trim_start().strip_prefix(comment).unwrap_or("");
    let body = body.trim_start_matches(['/', '!']).trim_start();
    let ruler = RULERS.iter().any(|ruler| body.starts_with(ruler));
    let ruler = ruler.then(|| "drop the ruler; a module or a blank line divides".to_owned());
    mark.into_iter().chain(ruler).map(|advice| Problem::new(path, number, advice)).collect()
}

/// Whether `word` stands in `line` by itself, not as a part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_word) && !line[at + word.len()..].starts_with(is_word)
    })
}

#[test]
fn unfinished_code_is_found() {
    for bad in ["fn f() { todo!() }", "let a = dbg!(b);", "// TODO: later", "/* a\n XXX */"] {
        assert_eq!(check("a.rs", bad).len(), 1, "{bad}");
    }
    assert_eq!(check("a.sql", "SELECT 1; -- FIXME\n").len(), 1);
    assert_eq!(check("scripts/ci", "# TODO\n").len(), 1);
}

#[test]
fn rulers_are_found() {
    assert_eq!(check("a.rs", "// ---- reads ----\n/// ====\n").len(), 2);
    assert_eq!(check("a.sql", "--------\n-- ==== x\n").len(), 2);
}

#[test]
fn finished_code_passes() {
    let good = "//! | a |\n//! |----|\n// a method\nlet todo = \"TODO\"; my_todo!(); // TODOS --\n";
    assert_eq!(check("a.rs", good), []);
    assert_eq!(check("a.sql", "-- purpose: reads --\nSELECT a - -1;\n"), []);
    assert_eq!(check("a.md", "TODO"), []);
}
