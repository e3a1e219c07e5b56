//! The order of inputs and results, and graphs that grow.

mod common;

use common::Folder;

#[test]
fn inputs_come_in_the_order_of_needs() {
    let folder = Folder::new(
        "[tasks.slow]\nrun = 'sleep 0.3; echo slow'\n[tasks.fast]\nrun = 'echo fast'\n\
         [tasks.a]\nneeds = ['slow', 'fast']\nrun = 'cat'\n\
         [tasks.b]\nneeds = ['fast', 'slow']\nrun = 'cat'\n",
    );
    folder.run(&[]).gave("slow\nfast\nfast\nslow\n");
}

#[test]
fn sinks_are_printed_in_the_order_of_the_file() {
    let folder = Folder::new(
        "[tasks.z]\nrun = 'sleep 0.2; echo z'\n[tasks.each]\neach = 'list'\nrun = 'cat'\n\
         [tasks.a]\nrun = 'echo a'\n[tasks.list]\nrun = 'echo 1; echo 2'\n",
    );
    folder.run(&[]).gave("z\n1\n2\na\n");
}

#[test]
fn an_item_is_variable_and_input_and_empty_lines_are_none() {
    let folder = Folder::new(
        "[tasks.list]\nrun = 'printf \"a b\\n\\n c\"'\n\
         [tasks.each]\neach = 'list'\nrun = 'echo \"$TASKDB_TASK [$ITEM] [$(cat)]\"'\n",
    );
    folder.run(&[]).gave("each/1 [a b] [a b]\neach/2 [ c] [ c]\n");
}

#[test]
fn an_empty_expansion_ends_what_waits_for_it() {
    let folder = Folder::new(
        "[tasks.list]\nrun = 'true'\n[tasks.each]\neach = 'list'\nrun = 'touch ran'\n\
         [tasks.more]\neach = 'each'\nrun = 'touch ran'\n\
         [tasks.tree]\nreduce = 'each'\nrun = 'wc -c'\n\
         [tasks.end]\nneeds = ['more', 'each', 'tree']\nrun = 'cat; echo end'\n",
    );
    folder.run(&[]).gave("0\nend\n");
    assert!(!folder.path("ran").exists());
}

#[test]
fn three_hundred_lines() {
    let folder = Folder::new(
        "[tasks.list]\nrun = 'seq 300'\n[tasks.each]\neach = 'list'\nrun = ['cat']\n\
         [tasks.all]\nneeds = ['each']\nrun = 'cat'\n\
         [tasks.sum]\nreduce = 'each'\nfan_in = 7\nrun = \"awk '{n += $1} END {print n}'\"\n",
    );
    let lines: String = (1..=300).map(|n| format!("{n}\n")).collect();
    folder.run(&["-q"]).gave(&format!("{lines}45150\n"));
}

#[test]
fn expansions_nest_and_meet() {
    let folder = Folder::new(
        "[tasks.end]\nneeds = ['inner', 'plain', 'other', 'list']\nrun = 'cat; echo end'\n\
         [tasks.inner]\neach = 'outer'\nrun = 'echo \"<$ITEM>\"'\n\
         [tasks.outer]\neach = 'list'\nrun = 'seq $ITEM'\n\
         [tasks.list]\nrun = 'seq 2'\n\
         [tasks.plain]\nneeds = ['outer']\nrun = 'wc -l'\n\
         [tasks.other]\neach = 'late'\nrun = 'echo other $ITEM'\n\
         [tasks.late]\nneeds = ['plain']\nrun = 'sleep 0.2; cat'\n",
    );
    folder.run(&[]).gave("<1>\n<1>\n<2>\n3\nother 3\n1\n2\nend\n");
}

#[test]
fn more_tasks_than_one_call_creates() {
    let mut graph = String::from("[run]\njobs = 4\n");
    for number in 0..1_200 {
        let needs = if number < 4 { String::new() } else { format!("'t{}'", number / 2) };
        graph += &format!("[tasks.t{number}]\nneeds = [{needs}]\nrun = ['true']\n");
    }
    Folder::new(&graph).run(&["-q"]).gave("");
}

#[test]
fn worker_types_have_workers_of_their_own() {
    let folder = Folder::new(
        "[run]\njobs = 1\n[tasks.wait]\ntimeout = 20\n\
         run = 'while [ ! -e go ]; do sleep 0.05; done; echo went'\n\
         [tasks.go]\nworker_type = 'other'\nrun = 'touch go'\n",
    );
    folder.run(&[]).gave("went\n");
}
