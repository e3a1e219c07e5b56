//! Who wins, and where things are read from.

use std::ffi::OsString;

use super::super::Source;
use super::*;

/// States the port in some of the three sources, adding them in the order given.
fn stated(order: &str, sources: &str) -> Config {
    let folder = Folder::with("backend = 'custom'\n\nport = 1\n");
    let has = |source| sources.contains(source);
    order.chars().fold(Config::new(), |config, source| match source {
        'f' if has('f') => config.with_file(folder.file()),
        'e' if has('e') => config.with_env([("TASKDB_PORT", "2")]),
        'c' if has('c') => config.with_port(3),
        _ => config,
    })
}

#[test]
fn the_program_wins_over_the_environment_and_that_over_the_file() {
    for (sources, port) in [
        ("", "-"),
        ("f", "1"),
        ("e", "2"),
        ("c", "3"),
        ("fe", "2"),
        ("fc", "3"),
        ("ec", "3"),
        ("fec", "3"),
    ] {
        for order in ["fec", "fce", "efc", "ecf", "cfe", "cef"] {
            assert_eq!(shown(&stated(order, sources), "port"), port, "{sources} in {order}");
        }
    }
}

#[test]
fn every_value_knows_its_source() {
    let folder = Folder::with("\nport = 1\n");
    let file = Source::File { path: folder.file(), line: 2 };
    assert_eq!(folder.config().source("port"), Some(file));
    let variable = "TASKDB_PORT".to_owned();
    assert_eq!(stated("e", "e").source("port"), Some(Source::Environment { variable }));
    assert_eq!(stated("c", "c").source("port"), Some(Source::Code));
    assert_eq!(Config::new().source("port"), None);
    assert_eq!(Config::new().source("retry.attempts"), Some(Source::Default));
    let config = Config::from_url("custom://ann@h?namespace=a");
    let stated = Box::new(Source::Code);
    assert_eq!(config.source("namespace"), Some(Source::Url { stated: stated.clone() }));
    assert_eq!(config.source("user"), Some(Source::Url { stated }));
}

#[test]
fn the_last_of_two_equals_wins() {
    assert_eq!(shown(&Config::new().with_port(1).with_port(2), "port"), "2");
    let url = Config::from_url("custom://a").with_url("custom://b").url();
    assert_eq!(url.as_deref(), Some("custom://b"));
}

#[test]
fn sections_and_dotted_keys_are_alike() {
    for text in [
        "[pool]\nmax_connections = 7",
        "pool.max_connections = 7",
        "pool = { max_connections = 7 }",
        "pool.max_connections = 0x7",
        "pool.max_connections = \"7\"",
    ] {
        let pool = Folder::with(text).config().pool();
        assert_eq!(pool.max_connections, Some(7), "{text}");
    }
}

#[test]
fn variables_that_state_nothing() {
    let folder = Folder::with("namespace = \"filed\"\nport = 5\n");
    for (name, value) in [
        ("TASKDB_NAMESPACE", ""),
        ("TASKDB_POOL__NONE", ""),
        ("TASKDB_PORT", "tcp://10.0.0.7:80"),
        ("TASKDB_CONFIG", "other.toml"),
        ("TASKDB_TASK", "init"),
        ("taskdb_namespace", "small"),
        ("OTHER_NAMESPACE", "other"),
    ] {
        let config = folder.config().with_env([(name, value)]);
        assert_eq!(config.problems, [""; 0]);
        assert_eq!(config.namespace().as_str(), "filed");
        assert_eq!(shown(&config, "port"), "5");
    }
}

fn load(folder: &Folder, variables: &[(&str, OsString)]) -> String {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), value.clone()));
    match Config::load_in(folder.0.path(), variables.collect()) {
        Ok(config) => config.namespace().to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_file_is_the_named_one_or_that_of_the_folder() {
    let (here, other) =
        (Folder::with("namespace = \"here\""), Folder::with("namespace = \"other\""));
    assert_eq!(load(&here, &[]), "here");
    assert_eq!(load(&here, &[("TASKDB_CONFIG", "".into())]), "here");
    assert_eq!(load(&here, &[("TASKDB_CONFIG", other.file().into())]), "other");
    assert_eq!(load(&here, &[("TASKDB_NAMESPACE", "env".into())]), "env");
    std::fs::remove_file(here.file()).unwrap();
    assert_eq!(load(&here, &[]), "taskdb");
    let missing = load(&other, &[("TASKDB_CONFIG", here.file().into())]);
    assert!(
        missing.contains("cannot read the file") && missing.contains("taskdb.toml"),
        "{missing}"
    );
}
