//! What a run tells besides its result: events, logs, the plan and the picture.

mod common;

use common::{Folder, ended, signal};
use serde_json::Value;

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// `event task attempt starts`, as far as an event has them.
fn shown(events: &[Value]) -> Vec<String> {
    let field = |event: &Value, name: &str| match &event[name] {
        Value::Null => String::new(),
        Value::String(text) => format!(" {text}"),
        other => format!(" {other}"),
    };
    let line = |event: &Value| {
        let fields = ["event", "task", "attempt", "starts"].map(|name| field(event, name));
        fields.concat().trim_start().to_owned()
    };
    events.iter().map(line).collect()
}

#[test]
fn events_are_one_json_object_a_line() {
    let folder = Folder::new(
        "[run]\njobs = 1\n[tasks.a]\nretries = 1\nbackoff = '1ms'\n\
         run = 'echo why >&2; [ $TASKDB_ATTEMPT = 2 ] && echo a'\n\
         [tasks.b]\neach = 'a'\nrun = 'echo \"<$ITEM>\"'\n",
    );
    let ran = folder.run(&["--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    // A command may start before the step that created it is reported.
    let (created, events): (Vec<Value>, Vec<Value>) =
        events(&ran.stdout).into_iter().partition(|event| event["event"] == "created");
    assert_eq!(created.iter().map(|event| event["commands"].as_u64().unwrap()).sum::<u64>(), 2);
    let expected = [
        "run",
        "start a 1 1",
        "retry a 1 1",
        "start a 2 2",
        "done a 2 2",
        "start b/1 1 1",
        "done b/1 1 1",
        "end",
    ];
    assert_eq!(shown(&events), expected);
    let times: Vec<f64> = events.iter().map(|event| event["time"].as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let (run, retry, end) = (&events[0], &events[2], events.last().unwrap());
    assert_eq!((&run["kept"], &run["resumed"]), (&Value::from(false), &Value::from(false)));
    assert_eq!((&retry["reason"], &retry["stderr"]), (&"exit status 1".into(), &"why".into()));
    assert_eq!(retry["delay"], 0.001);
    assert_eq!(end["job"], run["job"]);
    let ends = ["outcome", "code", "done", "error", "result"].map(|name| end[name].clone());
    assert_eq!(Value::from(ends.to_vec()).to_string(), r#"["done",0,2,null,"<a>\n"]"#);
}

#[test]
fn the_last_event_has_every_outcome() {
    let folder = Folder::new("[tasks.a]\nrun = 'echo a'\n");
    let last = |args: &[&str]| events(&folder.run(args).stdout).pop().unwrap();
    let quiet = folder.run(&["--json", "-q", "-o", "out"]);
    assert_eq!(events(&quiet.stdout).len(), 1);
    assert_eq!(events(&quiet.stdout)[0]["result"], Value::Null);
    assert_eq!(folder.read("out"), "a\n");
    let end = last(&["--json", "--dry-run"]);
    assert_eq!((&end["outcome"], &end["code"]), (&"planned".into(), &0.into()));
    let end = last(&["--json", "-o", "."]);
    assert_eq!((&end["outcome"], &end["code"]), (&"refused".into(), &2.into()));
    assert!(end["error"].as_str().unwrap().contains("not a regular file"), "{end}");

    let folder = Folder::new("[tasks.a]\nrun = 'echo last words >&2; exit 3'\n");
    let ran = folder.run(&["--json"]);
    let events = events(&ran.stdout);
    let (fail, end) = (&events[events.len() - 2], &events[events.len() - 1]);
    assert_eq!((&fail["event"], &fail["stderr"]), (&"fail".into(), &"last words".into()));
    assert_eq!((&end["outcome"], &end["code"]), (&"failed".into(), &1.into()));
    assert!(ran.stderr.contains(end["error"].as_str().unwrap()), "{}", ran.stderr);
}

#[test]
fn every_attempt_has_logs() {
    let folder = Folder::new(
        "[tasks.list]\nretries = 1\nbackoff = '1ms'\n\
         run = 'echo out $TASKDB_ATTEMPT; echo err $TASKDB_ATTEMPT >&2; [ $TASKDB_ATTEMPT = 2 ]'\n\
         [tasks.each]\neach = 'list'\nrun = 'echo \"$ITEM\" >&2; yes | head -c 100000 >&2'\n",
    );
    folder.run(&["--logs", "the/logs"]).gave("");
    let mut names: Vec<String> = std::fs::read_dir(folder.path("the/logs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "each+1.1.stderr",
        "each+1.1.stdout",
        "list.1.stderr",
        "list.1.stdout",
        "list.2.stderr",
        "list.2.stdout",
    ];
    assert_eq!(names, expected);
    assert_eq!(folder.read("the/logs/list.1.stderr"), "err 1\n");
    assert_eq!(folder.read("the/logs/list.2.stdout"), "out 2\n");
    let long = folder.read("the/logs/each+1.1.stderr");
    assert!(long.starts_with("out 2\ny\n") && long.len() == 100_006, "{}", long.len());
    std::fs::write(folder.path("file"), "").unwrap();
    folder.run(&["--logs", "file/logs"]).ended(1, &["cannot make the folder of logs file/logs"]);
}

#[test]
fn logs_can_be_followed_and_survive_a_resumed_run() {
    let folder = Folder::new(
        "[tasks.a]\nrun = 'echo begun; echo here $TASKDB_CLAIM >&2; while [ ! -e go ]; do sleep 0.02; done'\n",
    );
    let args = ["--store", "run.db", "--resume", "--logs", "logs"];
    let child = folder.spawn(&args);
    folder.wait_for("logs/a.1.stderr", 1);
    folder.wait_for("logs/a.1.stdout", 1);
    signal(&child, "INT");
    ended(child).ended(130, &["interrupted"]);
    std::fs::write(folder.path("go"), "").unwrap();
    folder.run(&args).gave("begun\n");
    let logs = [1, 2].map(|n| folder.read(&format!("logs/a.{n}.stderr")));
    assert!(logs.iter().all(|log| log.starts_with("here ")) && logs[0] != logs[1], "{logs:?}");
}

#[test]
fn so_many_workers_as_asked_for() {
    let folder = Folder::new(
        "[run]\njobs = 4\n[tasks.list]\nrun = 'seq 4'\n[tasks.each]\neach = 'list'\n\
         run = 'echo start >> ledger; sleep 0.05; echo end >> ledger'\n",
    );
    folder.run(&["--jobs", "1", "-q"]).gave("");
    assert_eq!(folder.read("ledger"), "start\nend\n".repeat(4));
}

#[test]
fn a_dry_run_prints_the_plan_and_does_nothing() {
    let folder = Folder::new(
        "[tasks.list]\nrun = 'touch ran'\n[tasks.each]\neach = 'list'\nrun = ['wc', 'a b']\n\
         retries = 2\ntimeout = '30s'\n[tasks.sum]\nreduce = 'each'\nrun = 'one\ntwo'\n\
         worker_type = 'big'\n"
            .replace("'one\ntwo'", "\"one\\ntwo\"")
            .as_str(),
    );
    let ran = folder.run(&["--dry-run", "--store", "run.db", "-o", "out", "--logs", "logs"]);
    let dir = folder.path("").canonicalize().unwrap();
    ran.gave(&format!(
        "# in {}\nlist: at once\n    touch ran\n\
         each: for each line of list, up to 3 attempts, 30 s each\n    wc 'a b'\n\
         sum: as a tree over each, 8 at a time, by workers of type big\n    one\n    two\n\
         # result: sum\n",
        dir.display()
    ));
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 1, "the graph alone");
    let ran = folder.run(&["--dry-run", "--json"]);
    let plan = &events(&ran.stdout)[0];
    assert_eq!(plan["event"], "plan");
    assert_eq!(plan["graph"]["order"].to_string(), r#"["list","each","sum"]"#);
    assert_eq!(plan["graph"]["tasks"]["each"]["run"]["argv"].to_string(), r#"["wc","a b"]"#);
    folder.run(&["--dry-run", "-o", "no/where"]).ended(2, &["its folder does not exist"]);
}

#[test]
fn the_graph_is_drawn() {
    let folder = Folder::new(
        "[tasks.a]\nrun = 'echo \"<&>\" a'\n[tasks.b]\nneeds = ['a']\nrun = 'cat'\n\
         [tasks.c]\neach = 'b'\nrun = 'cat'\n",
    );
    folder.run(&["--graph", "g.svg"]).gave("<&> a\n");
    let svg = folder.read("g.svg");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    for part in [">a</text>", ">b</text>", ">c</text>", "echo \"&lt;&amp;&gt;\" a</title>"] {
        assert!(svg.contains(part), "no {part} in {svg}");
    }
    assert_eq!(svg.matches("marker-end").count(), 2, "an arrow for each edge");
    folder.run(&["--dry-run", "--graph", "g.dot"]);
    let dot = folder.read("g.dot");
    for part in ["\"a\" -> \"b\";", "\"b\" -> \"c\" [label=\"each line\"];", r#"\"<&>\" a"#] {
        assert!(dot.contains(part), "no {part} in {dot}");
    }
    folder.run(&["--graph", "g.png"]).ended(2, &["cannot draw g.png: name it FILE.svg or"]);
    folder.run(&["--graph", "x.svg", "--store", "no/where"]).ended(2, &["no/where"]);
    assert!(!folder.path("x.svg").exists(), "nothing is written when something is refused");
}
