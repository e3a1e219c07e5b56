//! `deploy/postgres`: the settings start a server, the scripts make the roles and the layout, and
//! each role may do what it is for, and no more.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use taskdb_testkit::servers::postgres::{Options, Server};
use tempfile::TempDir;

use crate::everything::make_every_call;
use crate::program::{self, Ran};

/// The password of the one who makes the others.
const SUPERUSER: &str = "a superuser's password";

pub(crate) struct Deployed {
    server: Server,
    folder: TempDir,
}

impl Deployed {
    /// A server with the settings and the roles, and the namespace `jobs`.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The server may run as somebody else.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let settings = folder.path().join("postgresql.conf");
        fs::write(&settings, crate::text("deploy/postgres/postgresql.conf")).unwrap();
        let options = Options { password: Some(SUPERUSER.replace(' ', "-")), ..Options::fast() };
        let server = options.set("config_file", settings.display()).start().unwrap();
        program::make_secrets(&folder.path().join("secrets"));
        let deployed = Self { server, folder };
        // A password may hold anything.
        fs::write(deployed.secret("postgres-watcher"), r"it's a \password").unwrap();
        deployed.script("make-roles", &["--host", "127.0.0.1", "--username", "taskdb"]);
        deployed.script("lay-out", &[]);
        deployed
    }

    fn secret(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join("secrets").join(name)
    }

    pub(crate) fn password(&self, name: &str) -> String {
        fs::read_to_string(self.secret(name)).unwrap()
    }

    pub(crate) fn port(&self) -> String {
        self.server.port().unwrap().to_string()
    }

    fn script(&self, name: &str, args: &[&str]) {
        let mut command = Command::new(crate::file("deploy/postgres").join(name));
        command.args(args).env("PATH", program::path()).current_dir(self.folder.path());
        command
            .env("SECRETS", self.secret(""))
            .env("DATABASE", "postgres")
            .env("NAMESPACE", "jobs");
        command.env("HOST", "127.0.0.1").env("PORT", self.port()).env("PGPORT", self.port());
        let ran = program::ended(command.env("PGPASSWORD", SUPERUSER.replace(' ', "-")));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name}");
    }

    pub(crate) fn url(&self, role: &str) -> String {
        let password = self.password(&format!("postgres-{role}"));
        let port = self.port();
        format!("postgres://taskdb_{role}:{password}@127.0.0.1:{port}/postgres?namespace=jobs")
    }

    /// What a role is told that runs a text.
    fn psql(&self, role: &str, text: &str) -> Ran {
        let password = self.password(&format!("postgres-{role}"));
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set", "ON_ERROR_STOP=1", "--host", "127.0.0.1", "--port", &self.port()]);
        psql.args(["--username", &format!("taskdb_{role}"), "--dbname", "postgres"]);
        program::ended(psql.args(["--command", text]).env("PGPASSWORD", password))
    }

    #[track_caller]
    fn answers(&self, role: &str, text: &str) -> String {
        let ran = self.psql(role, text);
        assert_eq!(ran.code, Some(0), "{text}: {}", ran.stderr);
        ran.stdout.trim().to_owned()
    }

    #[track_caller]
    fn refuses(&self, role: &str, text: &str) {
        let ran = self.psql(role, text);
        assert!(
            ran.stderr.contains("permission denied") || ran.stderr.contains("must be owner"),
            "{role}: {text}: {} {}",
            ran.stdout,
            ran.stderr
        );
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }
}

#[test]
fn the_worker_may_do_all_that_the_engine_does() {
    let deployed = Deployed::start();
    // A second time, as before a release, changes nothing and is no error.
    deployed.script("lay-out", &[]);
    let url = deployed.url("worker");
    let ran = program::run(deployed.folder(), &["health"], &[("TASKDB_URL", &url)]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let db = taskdb::connect(&url).await.unwrap();
        let other = taskdb::connect(&url).await.unwrap();
        make_every_call(&db, &other).await;
    });
    for (setting, value) in [
        ("synchronous_commit", "on"),
        ("autovacuum_naptime", "10s"),
        ("log_parameter_max_length", "0"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("password_encryption", "scram-sha-256"),
    ] {
        assert_eq!(deployed.answers("worker", &format!("SHOW {setting}")), value, "{setting}");
    }
}

#[test]
fn each_role_may_do_no_more_than_it_is_for() {
    let deployed = Deployed::start();
    for text in [
        "CREATE TABLE jobs.more (a integer)",
        "CREATE SCHEMA more",
        "CREATE TABLE public.more (a integer)",
        "DROP TABLE jobs.tasks",
        "TRUNCATE jobs.jobs",
        "UPDATE jobs.meta SET format = 1",
        "DELETE FROM jobs.function_sets",
        "CREATE ROLE more",
        "ALTER SYSTEM SET fsync = off",
    ] {
        deployed.refuses("worker", text);
        deployed.refuses("watcher", text);
    }
    for text in [
        "UPDATE jobs.meta SET gate = 2",
        "DELETE FROM jobs.tasks",
        "SELECT body FROM jobs.definitions",
        "SELECT body FROM jobs.outputs",
        "SELECT detail FROM jobs.events",
    ] {
        deployed.refuses("watcher", text);
    }
    deployed.refuses("owner", "CREATE ROLE more");
    deployed.refuses("owner", "ALTER SYSTEM SET fsync = off");
    // The one who watches reads what the queries of the documentation do.
    for query in fs::read_dir(crate::file("taskdb-postgres/monitoring")).unwrap() {
        let text = fs::read_to_string(query.unwrap().path()).unwrap();
        deployed
            .answers("watcher", &text.replace("taskdb.", "jobs.").replace("'taskdb'", "'jobs'"));
    }
}
