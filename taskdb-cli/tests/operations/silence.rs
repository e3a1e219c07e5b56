//! Passwords and payloads once more: where graphs run, where an exporter answers, and where a
//! program tells the error of a connection.

use taskdb_testkit::servers::redis;

use crate::secrets::{PASSWORD, PAYLOAD, is_silent, titles};
use crate::store::{self, until};
use crate::{program, scrape};

/// A Redis with the password, and its URL without.
fn server() -> (redis::Server, String) {
    let options = redis::Options { password: Some(PASSWORD.to_owned()), ..Default::default() };
    let server = options.start().unwrap();
    let url = format!("redis://127.0.0.1:{}", server.port().unwrap());
    (server, url)
}

const LOG: (&str, &str) = ("TASKDB_LOG", "trace");

#[test]
fn a_run_tells_nothing() {
    let (_server, url) = server();
    let folder = tempfile::tempdir().unwrap();
    let graph = |last: &str| {
        format!(
            "[tasks.a]\nrun = 'echo {PAYLOAD}; env'\n\
             [tasks.b]\nneeds = ['a']\nretries = 1\nrun = '''{last}'''\n"
        )
    };
    // What a command is fed it may count, and may fail over; its own environment has no password.
    let fine = format!("if grep -q {PASSWORD}; then exit 1; fi; echo fine");
    for (name, last, code) in [("fine.toml", &*fine, 0), ("bad.toml", "cat > /dev/null; exit 3", 1)]
    {
        std::fs::write(folder.path().join(name), graph(last)).unwrap();
        for json in [&["--quiet"][..], &["--json"]] {
            let args = [&["run", name, "--url", &url, "--state", "runs"][..], json].concat();
            let env = [("TASKDB_PASSWORD", PASSWORD), LOG];
            let ran = program::run(folder.path(), &args, &env);
            assert_eq!(ran.code, Some(code), "{name}: {}", ran.stderr);
            is_silent(name, &format!("{}{}", ran.stdout, ran.stderr));
        }
    }
    // A password in the URL is not repeated or handed on either, whether it is right or not.
    for wrong in ["", "-wrong"] {
        let url = url.replace("//", &format!("//:{PASSWORD}{wrong}@"));
        let args = ["run", "fine.toml", "--url", &url, "--state", "runs"];
        let ran = program::run(folder.path(), &args, &[LOG, ("TASKDB_URL", &url)]);
        assert_eq!(ran.code == Some(0), wrong.is_empty(), "{}", ran.stderr);
        is_silent("a run with a URL", &format!("{}{}", ran.stdout, ran.stderr));
    }
}

#[test]
fn an_exporter_tells_nothing() {
    let (_server, url) = server();
    let folder = tempfile::tempdir().unwrap();
    let env = [("TASKDB_URL", &*url), ("TASKDB_PASSWORD", PASSWORD), LOG];
    let definition = format!("\"{PAYLOAD}\"");
    let create = ["job", "create", "--user", "alice", "--worker-type", "w", "--definition"];
    let created = program::run(folder.path(), &[&create[..], &[&definition]].concat(), &env);
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    let args = ["exporter", "--listen", "127.0.0.1:0", "--every", "1ms"];
    let mut exporter = program::taskdb(folder.path(), &args, &env).spawn().unwrap();
    let stderr = exporter.stderr.as_mut().unwrap();
    let mut said = String::new();
    // The log is talkative, so the line is somewhere in it.
    let address = loop {
        let line = store::line_of(stderr);
        said += &line;
        if let Some(address) = line.strip_prefix("listening to http://") {
            break address.to_owned();
        }
    };
    is_silent("a command line", &titles(exporter.id()));
    let rest = exporter.stderr.take().unwrap();
    let reader = std::thread::spawn(move || std::io::read_to_string(rest).unwrap());
    until("the task", || scrape::get(&address, "/metrics").1.contains("state=\"ready\"} 1"));
    for page in ["/metrics", "/ready", "/live", "/"] {
        is_silent(page, &scrape::get(&address, page).1);
    }
    exporter.kill().unwrap();
    exporter.wait().unwrap();
    is_silent("an exporter", &(said + &reader.join().unwrap()));
}

/// What a program that unwraps the error of a connection, or prints it, leaves in the log of its
/// machine.
#[test]
fn the_error_of_a_connection_tells_nothing() {
    let (_server, url) = server();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wrong = [
        url.replace("//", &format!("//:{PASSWORD}-wrong@")),
        format!("redis://a:{PASSWORD}@127.0.0.1:1"),
        format!("postgres://a:{PASSWORD}@127.0.0.1:1/postgres"),
        format!("postgres://a:{PASSWORD}@127.0.0.1:port/postgres"),
        format!("nosql://a:{PASSWORD}@b"),
    ];
    for url in wrong {
        let connected = runtime.block_on(taskdb::connect(&url));
        let error = connected.expect_err(&url);
        is_silent("an error", &format!("{error} {error:?} {error:#?}"));
    }
}
