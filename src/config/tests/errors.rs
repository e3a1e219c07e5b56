//! Every mistake is named with its field and its source.

use super::*;

fn env(variables: &[(&str, &str)]) -> Config {
    Config::new().with_env(variables.iter().copied())
}

#[test]
fn a_bad_value_is_named_in_every_source() {
    for (name, bad, must) in [
        ("url", "jobs.db", "must be a URL"),
        ("url", "redis://u:p/w@h", "%2F"),
        ("backend", "SQLite!", "the name of a backend"),
        ("path", "", "the path of a file"),
        ("host", "redis://h", "a host"),
        ("port", "65536", "from 1 to 65535"),
        ("port", "-1", "from 1 to 65535"),
        ("database", "a\\nb", "not empty"),
        ("user", "", "not empty"),
        ("password", "", "not empty"),
        ("namespace", "public", "Postgres"),
        ("durability", "fsync", "`full`, `normal`"),
        ("tls.enabled", "yes", "`true` or `false`"),
        ("tls.ca", "", "the path of a file"),
        ("tls.verify", "never", "`full`, `ca`, `none`"),
        ("pool.min_connections", "1001", "from 0 to 1000"),
        ("pool.max_connections", "0", "from 1 to 1000"),
        ("timeouts.connect", "5", "with its unit"),
        ("timeouts.response", "2h", "\"1h\""),
        ("retry.attempts", "101", "from 0 to 100"),
        ("retry.backoff", "0s", "\"1ms\""),
        ("limits.name_bytes", "1025", "from 1 to 1024"),
        ("limits.payload_bytes", "67108865", "from 1 to 67108864"),
        ("limits.json_depth", "101", "from 1 to 100"),
    ] {
        let folder = Folder::with(&format!("\n{name} = \"{bad}\"\n"));
        let mut named = vec![
            (
                refusal(&folder.config()),
                format!("`{name}` in {}, line 2: ", folder.file().display()),
            ),
            (
                refusal(&Config::new().set(name, &bad.replace("\\n", "\n"))),
                format!("`{name}` set by the program: "),
            ),
        ];
        if !bad.is_empty() {
            let variable = format!("TASKDB_{}", name.replace('.', "__").to_uppercase());
            let message = refusal(&env(&[(&variable, &bad.replace("\\n", "\n"))]));
            named.push((message, format!("`{name}` from the environment variable {variable}: ")));
        }
        for (message, place) in named {
            assert!(message.contains(&place) && message.contains(must), "{message}");
        }
    }
}

#[test]
fn values_of_another_type_are_named() {
    for line in [
        "port = 1.5",
        "port = -1",
        "port = [1]",
        "namespace = 7",
        "password = 7",
        "url = {}",
        "tls = true",
        "tls.enabled = 1",
        "timeouts.connect = 5",
        "durability = 1979-05-27",
        "host.name = \"h\"",
    ] {
        let message = refusal(&Folder::with(line).config());
        assert!(message.contains("taskdb.toml, line 1: "), "{message}");
        assert!(message.contains(line.split(['.', ' ']).next().unwrap()), "{message}");
    }
}

#[test]
fn unknown_fields_are_named_with_what_was_meant() {
    for (text, place, meant) in [
        (
            "[tls]\ncafile = \"x\"",
            "unknown field `tls.cafile` in",
            "line 2: did you mean `tls.ca`?",
        ),
        ("nmespace = \"x\"", "unknown field `nmespace` in", "did you mean `namespace`?"),
        ("[colours]\nred = 1", "unknown field `colours` in", "docs/configuration.md"),
        ("[tls.ca]\nfile = 1", "`tls.ca` in", "must be the path of a file"),
    ] {
        let message = refusal(&Folder::with(text).config());
        assert!(message.contains(place), "{message}");
        assert!(message.contains(meant), "{message}");
    }
    let message = refusal(&env(&[("TASKDB_TLS__CAFILE", "x")]));
    assert!(message.contains("TASKDB_TLS__CAFILE: did you mean TASKDB_TLS__CA?"), "{message}");
    let message = refusal(&Config::new().set("tls.cafile", "x"));
    assert!(message.contains("unknown field `tls.cafile` set by the program"), "{message}");
}

#[test]
fn what_is_said_twice_is_named_with_both_sources() {
    let url = "url = \"custom://ann:pw@h:1/db?namespace=a\"";
    for (variable, name) in [
        ("TASKDB_PATH", "path"),
        ("TASKDB_HOST", "host"),
        ("TASKDB_PORT", "port"),
        ("TASKDB_DATABASE", "database"),
        ("TASKDB_USER", "user"),
        ("TASKDB_PASSWORD", "password"),
        ("TASKDB_NAMESPACE", "namespace"),
    ] {
        let message = refusal(&Folder::with(url).config().with_env([(variable, "7")]));
        let other = format!("`{name}` from the environment variable {variable} say the same thing");
        assert!(message.contains("`url` in ") && !message.contains(';'), "{message}");
        assert!(message.contains(&format!("taskdb.toml, line 1 and {other}")), "{message}");
    }
    let config = Folder::with(url).config().with_backend("custom");
    assert!(refusal(&config).contains("and `backend` set by the program"));
    let fields = Config::new().with_backend("custom").with_host("a:1").with_port(2);
    assert!(refusal(&fields).contains("`host` set by the program and `port` set by the program"));
    let fields = Config::new().with_backend("custom").with_host("a").with_path("b");
    assert!(refusal(&fields).contains("`path` set by the program and `host`"));
}

#[test]
fn what_needs_another_field_says_which() {
    let tls = Folder::with("");
    let file = tls.file();
    let server = || Config::new().with_backend("custom").with_host("h");
    for (config, words) in [
        (Config::new(), "nothing says which store to open"),
        (Config::new().with_path("jobs.db"), "`path` set by the program: needs `backend`"),
        (Config::new().with_host("h"), "`host` set by the program: needs `backend`"),
        (
            Config::new().with_backend("custom").with_port(1),
            "`port` set by the program: needs `host`",
        ),
        (Config::from_url("custom:///db").with_port(1), "`port` set by the program: needs `host`"),
        (server().set("tls.cert", "x"), "`tls.cert` set by the program: needs `tls.key`"),
        (server().set("tls.key", "x"), "`tls.key` set by the program: needs `tls.cert`"),
        (
            server().with_tls_ca("gone.pem"),
            "`tls.ca` set by the program: there is no file gone.pem",
        ),
        (
            server().with_tls(false).with_tls_ca(&file),
            "`tls.ca` set by the program: is for nothing, since `tls.enabled` set by the program",
        ),
        (
            server().set("tls.verify", "none").with_tls_ca(&file),
            "`tls.ca` set by the program: is for nothing, since `tls.verify` set by the program",
        ),
        (
            server().with_min_connections(3).with_max_connections(2),
            "`pool.min_connections` set by the program: must not be above `pool.max_connections` set",
        ),
        (
            server().set("retry.backoff", "3s"),
            "`retry.backoff` set by the program: must not be above `retry.max_backoff` by default",
        ),
    ] {
        let message = refusal(&config);
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn what_fits_together_passes() {
    let folder = Folder::with("");
    let pem = folder.file();
    let server = || Config::new().with_backend("custom").with_host("h");
    for config in [
        server().with_port(1).with_database("d").with_user("u").with_password("p"),
        server().with_tls_ca(&pem).with_tls_client(&pem, &pem).set("tls.verify", "full"),
        server().with_tls(true).set("tls.verify", "none"),
        server().with_tls(false),
        server().with_min_connections(3).with_max_connections(3),
        server().set("retry.backoff", "2s").set("retry.attempts", "0"),
        Config::new().with_backend("custom").with_host("::1").with_port(1),
        Config::new().with_backend("custom").with_path("a").with_database("1"),
        Config::from_url("custom://u@h/d").with_password("p").with_namespace("n"),
        Config::from_url("custom://h/").with_database("d").with_user("u"),
        Config::from_url("custom:///d").with_host("h").with_port(1),
        Config::from_url("custom:").with_path("a"),
    ] {
        checked(&config).unwrap_or_else(|error| panic!("{config:?}: {error}"));
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let folder = Folder::with("port = 0\ncolour = 1\n");
    let message = refusal(&folder.config().with_env([("TASKDB_HOST", "a/b")]).with_port(0));
    for words in ["`port` in", "`colour` in", "`host` from", "`port` set"] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_named_with_the_line() {
    let message = refusal(&Folder::with("port = 1\nhost = \n").config());
    assert!(message.contains("no valid TOML in ") && message.contains("line 2"), "{message}");
}

#[cfg(unix)]
#[test]
fn text_that_is_not_utf8_is_named() {
    use std::os::unix::ffi::OsStringExt;
    let value = std::ffi::OsString::from_vec(vec![0xff]);
    let message = refusal(&Config::new().with_env([("TASKDB_USER", value)]));
    assert!(message.contains("`user` from the environment variable TASKDB_USER: must be UTF-8"));
}
