//! Graphs that pass the checks, and what is said of those that do not.

use super::*;

fn parse(text: &str) -> Result<Graph, String> {
    Graph::parse(text, Path::new("/")).map_err(|problem| problem.show("g.toml", text))
}

fn refused(text: &str) -> String {
    parse(text).expect_err(text)
}

#[test]
fn a_full_graph() {
    let graph = parse(
        r#"
        [run]
        jobs = 3
        dir = "tmp"
        env = { A = "1" }
        [tasks.z]
        needs = ["each", "list"]
        run = ["cat", "-"]
        retries = 2
        timeout = "1m"
        worker_type = "big"
        [tasks.each]
        each = "list"
        run = "true"
        [tasks.list]
        run = "ls"
        timeout = 1.5
        [tasks.alone]
        run = "true"
        [tasks.tree]
        reduce = "list"
        run = "cat"
        "#,
    )
    .unwrap();
    assert_eq!(graph.order, ["list", "each", "z", "alone", "tree"]);
    assert_eq!(graph.sinks, ["z", "alone", "tree"]);
    assert_eq!((graph.jobs, graph.dir.to_str()), (Some(3), Some("/tmp")));
    assert_eq!(graph.late(), BTreeSet::from(["each", "z"]));
    assert_eq!(graph.worker_types(), BTreeSet::from(["big", "local"]));
    let z = graph.task("z");
    assert_eq!(z.run, Command::Argv(vec!["cat".into(), "-".into()]));
    assert_eq!((z.retries, z.timeout.unwrap().seconds()), (2, 60));
    assert_eq!(graph.task("tree").inputs, Inputs::Reduce { of: "list".into(), fan_in: 8 });
    let json = serde_json::to_string(&graph).unwrap();
    assert_eq!(serde_json::from_str::<Graph>(&json).unwrap(), graph);
}

#[test]
fn cycles_are_spelled_out() {
    let task = |name, need| format!("[tasks.{name}]\nrun='x'\nneeds=['{need}']\n");
    let text = task("entry", "a") + &task("a", "b") + &task("b", "c") + &task("c", "a");
    assert_eq!(
        refused(&text),
        "g.toml:4:8: each of these tasks waits for the next: a -> b -> c -> a"
    );
    assert!(refused(&task("a", "a")).ends_with(": a -> a"));
    assert!(
        refused("[tasks.a]\nrun='x'\neach='b'\n[tasks.b]\nrun='x'\nreduce='a'")
            .ends_with("a -> b -> a")
    );
}

#[test]
fn unknown_names_come_with_the_nearest() {
    let text = "[tasks.count]\nrun='x'\n[tasks.a]\nrun='x'\nneeds = ['cuont']";
    assert_eq!(refused(text), "g.toml:5:10: there is no task `cuont`; did you mean `count`?");
    let text = "[tasks.count]\nrun='x'\neach = 'zzz'";
    assert_eq!(refused(text), "g.toml:3:8: there is no task `zzz`");
}

#[test]
fn each_rule_has_its_words() {
    for (lines, words) in [
        ("", "missing field `run`"),
        ("run = ''", "`run` is empty"),
        ("run = []", "`run` is empty"),
        ("run = 7", "`run` is a string for `sh -c`, or an array of strings"),
        ("run = 'x'\nneed = []", "unknown field `need`"),
        ("run = 'x'\nneeds = ['b', 'b']", "names `b` twice"),
        ("run = 'x'\nneeds = ['b']\neach = 'b'", "one of `needs`, `each` and `reduce`"),
        ("run = 'x'\nreduce = 'b'\neach = 'b'", "one of `needs`, `each` and `reduce`"),
        ("run = 'x'\nfan_in = 3", "`fan_in` is for tasks with `reduce`"),
        ("run = 'x'\nreduce = 'b'\nfan_in = 1", "`fan_in` is 1: use 2 to 100"),
        ("run = 'x'\nretries = -1", "`retries` is -1: use 0 to 10000"),
        ("run = 'x'\ntimeout = 0", "`timeout` is seconds"),
        ("run = 'x'\ntimeout = '31d'", "to 30 days"),
        ("run = 'x'\ntimeout = []", "a duration is a number of seconds"),
        ("run = 'x'\nbackoff = 0", "`backoff` is seconds"),
        ("run = 'x'\nbackoff_max = '25h'", "to 1 day"),
        (
            "run = 'x'\nbackoff = 2\nbackoff_max = 1",
            "`backoff_max` is 1 s, less than `backoff`, 2 s",
        ),
        ("run = 'x'\nenv = { 'A=B' = '' }", "`A=B` cannot be an environment variable"),
        ("run = 'x'\nworker_type = ''", "must not be empty"),
        ("run = 'x'\nworker_type = 'taskdb-planner'", "the engine's own worker type"),
        ("run = 'x'\n[tasks.init]\nrun = 'x'", "`init` belongs to the engine"),
        ("run = 'x'\n[tasks.'a/b']\nrun = 'x'", "`a/b` may have letters"),
        ("run = 'x'\n[run]\njobs = 0", "`jobs` is 0: use 1 to 1024"),
        ("run = 'x'\n[run]\ndir = 'nowhere-at-all'", "`dir` /nowhere-at-all: No such file"),
        ("run = 'x'\n[other]", "unknown field `other`"),
        ("run = 'x", "line 4, column"),
    ] {
        let text = format!("[tasks.b]\nrun = 'x'\n[tasks.a]\n{lines}");
        let said = refused(&text);
        assert!(said.starts_with("g.toml:") && said.contains(words), "{lines}: {said}");
    }
    assert!(refused("").contains("no task"));
}

#[test]
fn a_graph_larger_than_a_definition_is_refused() {
    let text = format!("[tasks.small]\nrun='x'\n[tasks.big]\nrun='{}'", "x".repeat(1 << 20));
    let said = refused(&text);
    assert!(said.starts_with("g.toml:3:8: the graph takes 1048"), "{said}");
    assert!(said.contains("the limit is 1048576; its largest task, `big`"), "{said}");
}
