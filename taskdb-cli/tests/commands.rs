//! How a command is started, fed, timed and read.

mod common;

use std::time::Duration;

use common::Folder;

#[test]
fn a_failing_task_is_named_with_its_last_words() {
    let folder = Folder::new(
        "[tasks.bad]\nrun = 'seq 20 >&2; sleep 0.3; exit 7'\n[tasks.long]\nrun = 'sleep 60; touch late'\n\
         [tasks.behind]\nneeds = ['bad']\nrun = 'touch behind'\n[run]\njobs = 2\n",
    );
    std::fs::write(folder.path("out"), "before").unwrap();
    let ran = folder.run(&["--output", "out"]);
    let words = ["task `bad` failed on attempt 1 of 1: exit status 7\n  | 11\n", "| 20\n"];
    ran.ended(1, &words);
    assert!(ran.took < Duration::from_secs(30), "the sibling is killed: {:?}", ran.took);
    assert_eq!(folder.read("out"), "before");
    assert!(!folder.path("behind").exists());
    let entries = std::fs::read_dir(folder.path("")).unwrap().count();
    assert_eq!(entries, 2, "nothing is left behind");
}

#[test]
fn the_output_file_is_replaced_on_success() {
    let folder = Folder::new("[tasks.a]\nrun = 'echo new'\n");
    std::fs::write(folder.path("out"), "before").unwrap();
    folder.run(&["--output", "out"]).gave("");
    assert_eq!(folder.read("out"), "new\n");
    folder.run(&["--quiet", "-o", "fresh", "--store", "run.db"]).gave("");
    assert_eq!(folder.read("fresh"), "new\n");
    assert!(folder.path("run.db").exists());
}

#[test]
fn retries_until_it_succeeds() {
    let graph = "[tasks.a]\nretries = 2\nrun = 'echo x >> tries; \
                 [ $(wc -l < tries) = 3 ] && echo $TASKDB_ATTEMPT'\n";
    let folder = Folder::new(graph);
    let ran = folder.run(&[]);
    ran.gave("3\n");
    assert_eq!(ran.stderr.matches("retry a in ").count(), 2, "{}", ran.stderr);
    let pauses = pauses(&ran.stderr, "a");
    assert!((0.187..=0.25).contains(&pauses[0]), "{pauses:?}");
    assert!((0.375..=0.5).contains(&pauses[1]), "{pauses:?}");
    assert!(ran.stderr.contains(" s: exit status 1"), "{}", ran.stderr);
}

/// The pauses before retries of a task, in seconds.
fn pauses(stderr: &str, task: &str) -> Vec<f64> {
    let before = format!("retry {task} in ");
    let rests = stderr.lines().filter_map(|line| line.split_once(&before));
    rests.filter_map(|(_, rest)| rest.split_once(" s: ")?.0.parse().ok()).collect()
}

#[test]
fn pauses_are_those_of_the_graph() {
    let folder = Folder::new(
        "[tasks.a]\nretries = 4\nbackoff = '8ms'\nbackoff_max = '20ms'\nrun = 'false'\n",
    );
    let ran = folder.run(&[]);
    ran.ended(1, &["attempt 5 of 5"]);
    let pauses = pauses(&ran.stderr, "a");
    for (pause, longest) in pauses.iter().zip([0.008, 0.016, 0.020, 0.020]) {
        assert!((longest * 0.75 - 0.001..=longest).contains(pause), "{pauses:?}");
    }
    assert_eq!(pauses.len(), 4);
}

#[test]
fn retries_run_out() {
    let folder = Folder::new("[tasks.a]\nretries = 1\nrun = 'echo x >> tries; kill -9 $$'\n");
    folder.run(&["-q"]).ended(1, &["attempt 2 of 2: killed by signal 9"]);
    assert_eq!(folder.read("tries"), "x\nx\n");
}

#[test]
fn a_timeout_kills_all_that_was_started() {
    let folder = Folder::new(
        "[tasks.a]\ntimeout = '300ms'\nrun = '(sleep 3; touch late) & sleep 60; touch late'\n",
    );
    let ran = folder.run(&[]);
    ran.ended(1, &["task `a` failed on attempt 1 of 1: timed out after 0.3 s; killed"]);
    assert!(ran.took < Duration::from_secs(20), "{:?}", ran.took);
    std::thread::sleep(Duration::from_millis(3_500));
    assert!(!folder.path("late").exists());
}

#[test]
fn what_a_command_leaves_running_holds_nothing_up() {
    let folder = Folder::new("[tasks.a]\nrun = 'sleep 60 & echo done'\n");
    let ran = folder.run(&[]);
    ran.gave("done\n");
    assert!(ran.took < Duration::from_secs(30), "{:?}", ran.took);
}

#[test]
fn environment_directory_and_arguments() {
    let folder = Folder::new(
        "[run]\nenv = { A = 'graph', B = 'graph' }\ndir = 'sub'\n\
         [tasks.env]\nenv = { B = 'task' }\nrun = 'echo $A $B $TASKDB_TASK'\n\
         [tasks.dir]\nneeds = ['env']\nrun = 'cat; basename $PWD'\n\
         [tasks.argv]\nneeds = ['dir']\nrun = ['printf', '%s|', '$A', 'two words', '']\n\
         [tasks.all]\nneeds = ['dir', 'argv']\nrun = ['cat']\n",
    );
    std::fs::create_dir(folder.path("sub")).unwrap();
    folder.run(&[]).gave("graph task env\nsub\n$A|two words||");
}

#[test]
fn a_program_that_does_not_exist() {
    let folder = Folder::new("[tasks.a]\nrun = ['no-such-program']\n");
    let words = ["task `a` failed", "cannot run `no-such-program`: No such file"];
    folder.run(&[]).ended(1, &words);
    folder.run(&["--store", "run.db"]).ended(1, &words);
    let folder = Folder::new("[tasks.a]\nrun = ['./none', 'x']\n[tasks.b]\nrun = 'exit 127'\n");
    std::fs::write(folder.path("none"), "").unwrap();
    let words = ["task `a` failed", "cannot run `./none`: Permission denied"];
    folder.run(&["-j", "1", "--store", "run.db"]).ended(1, &words);
}

#[test]
fn output_that_is_no_text() {
    let folder = Folder::new("[tasks.a]\nrun = 'printf \"ok\\\\377\"'\n");
    folder.run(&[]).ended(1, &["task `a` failed", "not UTF-8: byte 0xff at offset 2"]);
}

#[test]
fn output_beyond_the_limit() {
    let folder = Folder::new("[tasks.a]\nrun = 'yes'\n[tasks.b]\nrun = 'true'\n");
    folder.run(&[]).ended(1, &["task `a` failed", "wrote more than 1048576 bytes"]);
    // Within the limit as bytes, beyond it as JSON.
    let folder = Folder::new("[tasks.a]\nrun = 'yes \"\" | head -c 1000000'\n");
    folder.run(&[]).ended(1, &["task `a` failed", "`output` is too large"]);
}

#[test]
fn a_kept_run_starts_commands_like_any_other() {
    let folder = Folder::new(
        "[run]\nenv = { LIMIT = '1' }\n[tasks.a]\nrun = 'yes | head -n 1; echo $0 $LIMIT; grep ^Sig[BI] /proc/self/status'\n\
         [tasks.b]\nneeds = ['a']\nrun = ['sh', '-c', 'cat; echo $0 $1; exit 0', 'name', 'word']\n",
    );
    let ran = folder.run(&[]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 5), "{}", ran.stderr);
    folder.run(&["--store", "run.db"]).gave(&ran.stdout);
    let folder = Folder::new("[tasks.a]\nrun = 'exit 127'\n");
    folder.run(&["--store", "run.db"]).ended(1, &["attempt 1 of 1: exit status 127"]);
}

#[test]
fn input_that_nobody_reads() {
    let folder = Folder::new(
        "[tasks.a]\nrun = 'yes abcdefg | head -c 900000'\n[tasks.b]\nneeds = ['a']\nrun = 'echo b'\n",
    );
    folder.run(&[]).gave("b\n");
}

#[test]
fn plain_lines_or_none_without_a_terminal() {
    let folder = Folder::new("[tasks.a]\nrun = 'echo a'\n");
    let ran = folder.run(&[]);
    ran.gave("a\n");
    let lines: Vec<&str> = ran.stderr.lines().map(str::trim_start).collect();
    assert!(lines[0].ends_with(" start a") && lines[0].starts_with("0."), "{lines:?}");
    assert!(lines[1].contains(" done  a in 0."), "{lines:?}");
    assert!(lines[2].starts_with("1 commands done in 0."), "{lines:?}");
    let ran = folder.run(&["--quiet"]);
    ran.gave("a\n");
    assert_eq!(ran.stderr, "");
}
