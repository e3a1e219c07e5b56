//! Holds the house rules that are a length, a header or a name.
//!
//! One test per rule, one module per rule. A rule is a pure function from text
//! to problems, tested beside it on a snippet that breaks it and one that does
//! not; [`tree`] feeds it the files of the repository. Style that needs a
//! parser of Rust is for clippy, not for this.

mod blocking;
mod budgets;
mod headers;
mod hidden;
mod hosts;
mod inline_sql;
mod leftovers;
mod links;
mod lua;
mod problem;
mod rust;
mod sql;
mod states;
mod tree;
mod verbs;

use problem::report;
use taskdb_core::store::Gate;
use taskdb_core::{JobState, TaskState};
use tree::Tree;

#[test]
fn files_open_with_their_header() {
    let tree = Tree::load();
    let mut problems = headers::missing_statements(&tree.paths());
    problems.extend(tree.files().flat_map(|file| headers::check(&file.path, &file.text)));
    report("headers", problems);
}

#[test]
fn files_and_functions_stay_within_budget() {
    let tree = Tree::load();
    let mut problems = budgets::check_median(&tree.lines_of_rust());
    problems.extend(tree.files().flat_map(|file| budgets::check(&file.path, &file.text)));
    report("budgets", problems);
}

#[test]
fn sql_lives_in_sql_files() {
    let tree = Tree::load();
    report("inline SQL", tree.files().flat_map(|file| inline_sql::check(&file.path, &file.text)));
}

#[test]
fn nothing_is_left_over() {
    let tree = Tree::load();
    report("leftovers", tree.files().flat_map(|file| leftovers::check(&file.path, &file.text)));
}

#[test]
fn debug_output_hides_payloads_and_passwords() {
    let tree = Tree::load();
    report("hidden", tree.files().flat_map(|file| hidden::check(&file.path, &file.text)));
}

#[test]
fn no_registry_is_named() {
    let tree = Tree::load();
    report("registry hosts", tree.files().flat_map(|file| hosts::check(&file.path, &file.text)));
}

#[test]
fn state_numbers_say_their_name() {
    let (tree, words) = (Tree::load(), states::words());
    let sql = tree.files().filter(|file| file.path.ends_with(".sql"));
    report("state numbers", sql.flat_map(|file| states::check(&file.path, &file.text, &words)));
}

#[test]
fn scripts_lose_nothing_and_stay_in_their_slot() {
    let tree = Tree::load();
    let keys = tree.text("taskdb-redis/src/keys.rs");
    report("scripts", tree.files().flat_map(|file| lua::check(&file.path, &file.text, keys)));
}

#[test]
fn numbers_in_scripts_are_those_of_the_core() {
    let tree = Tree::load();
    let upper = |name: &str| name.to_uppercase().replace('-', "_");
    let tasks = TaskState::ALL.into_iter().map(|state| (upper(state.name()), state.code()));
    let jobs = JobState::ALL
        .into_iter()
        .map(|state| (format!("JOB_{}", upper(state.name())), state.code()));
    let gates = Gate::ALL.into_iter().map(|gate| (upper(gate.name()), gate.code()));
    let held = |path, truth: Vec<_>| lua::check_numbers(path, tree.text(path), truth);
    let mut problems = held("taskdb-redis/lua/lib/base.lua", tasks.chain(jobs).collect());
    problems.extend(held("taskdb-redis/lua/lib/gate.lua", gates.collect()));
    report("numbers in scripts", problems);
}

#[test]
fn every_verb_has_one_word() {
    let tree = Tree::load();
    report("verbs", verbs::check(taskdb_core::VERBS, &tree.paths(), |path| tree.text(path)));
}

#[test]
fn every_call_has_a_blocking_form() {
    let tree = Tree::load();
    report("blocking calls", blocking::check(&tree.paths(), |path| tree.text(path)));
}

#[test]
fn relative_links_lead_somewhere() {
    let tree = Tree::load();
    let pages = tree.files().filter(|file| file.path.ends_with(".md"));
    let exists = |path: &str| tree.exists(path);
    report("links", pages.flat_map(|file| links::check(&file.path, &file.text, exists)));
}
