//! Each async call of the handle has its blocking form.

use crate::problem::Problem;
use crate::rust::{Source, is_word};

/// Where the async calls are.
const HANDLE: &str = "taskdb-core/src/handle/";
/// Where the blocking ones are: methods, and lines of a table that look like methods.
const BLOCKING: &str = "src/blocking/calls.rs";

pub(crate) fn check<'a>(paths: &[&str], text: impl Fn(&str) -> &'a str) -> Vec<Problem> {
    let handle = paths.iter().filter(|path| path.starts_with(HANDLE));
    let calls: Vec<String> =
        handle.flat_map(|path| functions(text(path), "pub async fn ")).collect();
    let blocking = functions(text(BLOCKING), "fn ");
    if calls.is_empty() {
        return vec![Problem::new(HANDLE, 1, "no calls found; say where they are now")];
    }
    let missing = calls.iter().filter(|call| !blocking.contains(call));
    let advice = |call| format!("add the blocking form of `{call}`");
    missing.map(|call| Problem::new(BLOCKING, 1, advice(call))).collect()
}

/// The names that follow `start` in code.
fn functions(text: &str, start: &str) -> Vec<String> {
    let code = Source::read(text).code;
    let rest = code.match_indices(start).map(|(at, _)| &code[at + start.len()..]);
    rest.map(|rest| rest.chars().take_while(|&c| is_word(c)).collect()).collect()
}

#[test]
fn every_call_is_looked_for() {
    let handle = "impl TaskDb {\n  pub async fn a(&self) {}\n  pub async fn b<T>(&self) {}\n\
                  /// pub async fn doc()\n  async fn own(&self) {}\n  pub fn c(&self) {}\n}\n";
    let blocking = "impl TaskDb { pub fn b<T>(&self) {} }\ncalls! {\n fn a() -> ();\n}\n";
    let tree = |blocking| {
        let text = move |path: &str| if path == BLOCKING { blocking } else { handle };
        check(&["taskdb-core/src/handle/x.rs"], text)
    };
    assert_eq!(tree(blocking), []);
    assert_eq!(tree("calls! { fn a() -> (); }\n").len(), 1);
    assert_eq!(tree("calls! { fn ab() -> (); } // fn a() fn b()\n").len(), 2);
    assert_eq!(check(&[], |_| blocking).len(), 1);
}
