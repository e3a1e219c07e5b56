//! The scripts of `taskdb completions`.

use std::process::Command;

fn script(shell: &str) -> String {
    let taskdb = assert_cmd::cargo::cargo_bin("taskdb");
    let output = Command::new(taskdb).args(["completions", shell]).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for the last word.
fn offered(script: &str, words: &[&str]) -> String {
    let line = format!(
        "{script}\nCOMP_WORDS=(taskdb {}) COMP_CWORD={}\n_taskdb taskdb '{}' '{}'\n\
         echo \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        words.len(),
        words[words.len() - 1],
        if words.len() > 1 { words[words.len() - 2] } else { "taskdb" },
    );
    let output = Command::new("bash").args(["-c", &line]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn bash_completes_commands_and_options() {
    let script = script("bash");
    assert_eq!(offered(&script, &["wor"]), "worker");
    assert_eq!(offered(&script, &["job", "li"]), "list");
    assert_eq!(offered(&script, &["worker", "--until"]), "--until-idle");
    assert_eq!(offered(&script, &["worker", "--output", "te"]), "text");
}

#[test]
fn the_other_shells_have_a_script_too() {
    for (shell, mark) in [("zsh", "#compdef taskdb"), ("fish", "complete -c taskdb")] {
        let script = script(shell);
        assert!(script.contains(mark) && script.contains("until-idle"), "{shell}");
    }
}
