//! The files that describe a deployment: they parse, what they name exists, and the command lines
//! in them are ones that the program takes.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::program;

/// All documents of a YAML file.
fn documents(path: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_saphyr::from_multiple(&crate::text(path)).expect(path);
    assert!(!all.is_empty(), "{path}");
    all
}

fn compose() -> Value {
    documents("deploy/compose.yaml").remove(0)
}

/// The words of a list, with the default of every `${NAME:-default}`.
fn words(list: &Value) -> Vec<String> {
    let words = list.as_array().expect("a list").iter().map(|word| word.as_str().expect("a word"));
    words.map(settled).collect()
}

fn settled(text: &str) -> String {
    let mut parts = text.split("${");
    let mut settled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (variable, rest) = part.split_once('}').expect("an end of the variable");
        settled += variable.split_once(":-").expect("a default").1;
        settled += rest;
    }
    settled
}

/// That the program takes a command line: with `--help` at its end it is checked, not run.
#[track_caller]
fn is_taken(words: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let command = &words[..1];
    let help: Vec<_> = command.iter().map(String::as_str).chain(["--help"]).collect();
    let help = program::run(folder.path(), &help, &[]);
    assert_eq!(help.code, Some(0), "{words:?}: {}", help.stderr);
    for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
        let name = option.split('=').next().unwrap();
        assert!(help.stdout.contains(&format!("--{name}")), "{words:?}: no --{name}");
    }
    // Without a store it gets as far as asking for one: every word was understood.
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let ran = program::run(folder.path(), &words, &[]);
    assert!(ran.stderr.contains("no store is named"), "{words:?}: {}", ran.stderr);
}

#[test]
fn the_command_lines_of_compose_are_taken() {
    let compose = compose();
    let services = compose["services"].as_object().unwrap();
    let own = services.values().filter(|service| service["build"]["target"] == "program");
    let commands: Vec<_> = own.map(|service| words(&service["command"])).collect();
    assert!(!commands.is_empty());
    commands.iter().for_each(|words| is_taken(words));
}

#[test]
fn what_compose_names_is_there() {
    let compose = compose();
    let secrets = compose["secrets"].as_object().unwrap();
    let folder = tempfile::tempdir().unwrap();
    program::make_secrets(&folder.path().join("secrets"));
    for (name, secret) in secrets {
        let file = folder.path().join(secret["file"].as_str().unwrap());
        assert!(file.exists(), "make-secrets makes no {name}");
    }
    for (name, service) in compose["services"].as_object().unwrap() {
        for secret in service["secrets"].as_array().into_iter().flatten() {
            let secret = secret.as_str().unwrap();
            assert!(secrets.contains_key(secret), "{name}: {secret}");
        }
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let source = volume.as_str().unwrap().split(':').next().unwrap();
            let known = match source.strip_prefix("./") {
                Some(path) => crate::file("deploy").join(path).exists(),
                None => compose["volumes"].get(source).is_some(),
            };
            assert!(known, "{name}: {source}");
        }
        for other in service["depends_on"].as_object().into_iter().flatten() {
            assert!(compose["services"].get(other.0).is_some(), "{name}: {}", other.0);
        }
    }
    let text = crate::text("deploy/compose.yaml");
    assert!(!text.contains("PASSWORD: ") || text.contains("PASSWORD_FILE"), "passwords are files");
}

#[test]
fn prometheus_asks_whom_compose_starts() {
    let watch = documents("deploy/prometheus/prometheus.yaml").remove(0);
    for file in words(&watch["rule_files"]) {
        assert!(crate::file("deploy/prometheus").join(&file).exists(), "{file}");
    }
    let compose = compose();
    let jobs = watch["scrape_configs"].as_array().unwrap();
    assert_eq!(jobs.len(), 2);
    for target in jobs.iter().flat_map(|job| words(&job["static_configs"][0]["targets"])) {
        let (service, port) = target.split_once(':').unwrap();
        let command = words(&compose["services"][service]["command"]);
        assert!(command.contains(&format!("--listen=0.0.0.0:{port}")), "{target}: {command:?}");
    }
}

#[test]
fn secrets_are_made_once_and_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("secrets");
    let read = || {
        program::make_secrets(&secrets);
        let files = std::fs::read_dir(&secrets).unwrap().map(|file| file.unwrap().path());
        files.map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
    };
    let first: BTreeMap<_, String> = read();
    assert!(first.len() >= 6 && first.values().all(|password| password.len() == 48), "{first:?}");
    assert_eq!(first, read());
    assert_eq!(secrets.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn the_manifests_of_kubernetes_fit_the_program() {
    let kustomization = documents("deploy/kustomization.yaml").remove(0);
    let mut workloads = 0;
    for resource in words(&kustomization["resources"]) {
        for document in documents(&format!("deploy/{resource}")) {
            assert!(document["kind"].is_string() && document["metadata"]["name"].is_string());
            let pod = &document["spec"]["template"]["spec"];
            for container in pod["containers"].as_array().into_iter().flatten() {
                workloads += 1;
                assert!(container["readinessProbe"].is_object(), "{resource}");
                assert!(container["livenessProbe"].is_object(), "{resource}");
                if container["args"].is_array() {
                    fits(pod, container);
                }
            }
        }
    }
    assert!(workloads >= 2, "{workloads}");
    for file in words(&kustomization["configMapGenerator"][0]["files"]) {
        assert!(crate::file("deploy").join(&file).exists(), "{file}");
    }
}

/// The command line is taken, the probes ask for pages that there are, and there is time to stop.
fn fits(pod: &Value, container: &Value) {
    let args = words(&container["args"]);
    is_taken(&args);
    let option = |name: &str| args.iter().find_map(|arg| arg.strip_prefix(name).map(str::to_owned));
    let port = option("--listen=0.0.0.0:").expect("it listens");
    assert_eq!(container["ports"][0]["containerPort"].to_string(), port);
    for probe in ["readinessProbe", "livenessProbe", "startupProbe"] {
        let path = container[probe]["httpGet"]["path"].as_str().expect(probe);
        assert!(["/live", "/ready"].contains(&path), "{path}");
    }
    if let Some(drain) = option("--drain=") {
        let drain: u64 = drain.strip_suffix('s').unwrap().parse().unwrap();
        let grace = pod["terminationGracePeriodSeconds"].as_u64().expect("a grace period");
        assert!(grace > drain + 5, "{grace} s are too few for a drain of {drain} s");
    }
}

#[test]
fn kustomize_builds_it_where_there_is_one() {
    let Ok(built) = Command::new("kubectl").arg("kustomize").arg(crate::file("deploy")).output()
    else {
        return;
    };
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let built: Vec<Value> = serde_saphyr::from_multiple(&String::from_utf8(built.stdout).unwrap())
        .expect("it writes YAML");
    let map = built.iter().find(|document| document["kind"] == "ConfigMap").expect("the files");
    assert!(map["data"]["redis.conf"].as_str().unwrap().contains("noeviction"));
}

#[test]
fn the_secret_for_kubernetes_holds_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let made = |folder: &std::path::Path| {
        let script = crate::file("deploy/kubernetes/make-secrets");
        program::ended(Command::new(script).arg(folder))
    };
    let none = made(folder.path());
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("run deploy/make-secrets"), "{}", none.stderr);
    program::make_secrets(folder.path());
    let secret: Value = serde_saphyr::from_str(&made(folder.path()).stdout).unwrap();
    assert_eq!(
        (&secret["kind"], &secret["metadata"]["namespace"]),
        (&"Secret".into(), &"taskdb".into())
    );
    assert_eq!(secret["data"].as_object().unwrap().len(), 2);
}

#[test]
fn the_image_has_what_is_copied_into_it() {
    let text = crate::text("deploy/Dockerfile");
    for line in text.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from")) {
        let source = line.split(' ').nth(1).unwrap();
        assert!(crate::file(".").join(source).exists(), "{line}");
    }
    for package in text.split("--package ").skip(1) {
        let name = package.split_whitespace().next().unwrap();
        assert!(crate::file(name).join("Cargo.toml").exists(), "{name}");
    }
}

#[test]
fn the_password_of_a_file_is_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "hush\n").unwrap();
    let line = "printf '%s %s' \"$TASKDB_PASSWORD\" \"${PASSWORD_FILE-none}\"";
    let mut command = Command::new(crate::file("deploy/with-password"));
    command.args(["sh", "-c", line]).env("PASSWORD_FILE", &file);
    assert_eq!(program::ended(&mut command).stdout, "hush none");
}
