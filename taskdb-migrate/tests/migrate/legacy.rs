//! A database of the earlier layout arrives in every store, mended, and is not written to.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use taskdb::postgres::sqlx;
use taskdb_migrate::{Adapt, CopyOptions, Place, Running, Silent, check, copy, verify};
use taskdb_testkit::servers::postgres;

use crate::drain::drain;
use crate::places::At;

const SCHEMA: &str = include_str!("../../../taskdb-postgres/tests/legacy/schema.sql");
const SOUND: &str = include_str!("../../../taskdb-postgres/tests/legacy/sound.sql");
const ODD: &str = include_str!("../../../taskdb-postgres/tests/legacy/odd.sql");

/// A database of its own, and its URL.
async fn database() -> String {
    let server = postgres::shared().expect("a Postgres server").url();
    let name = format!("legacy_{}", uuid::Uuid::new_v4().simple());
    run(&server, &format!("CREATE DATABASE {name}")).await;
    let url = server.replace("/postgres", &format!("/{name}"));
    for text in [SCHEMA, SOUND, ODD] {
        run(&url, text).await;
    }
    url
}

async fn run(url: &str, text: &str) {
    let mut conn = PgConnection::connect(url).await.expect("a connection");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut conn).await.expect("a statement");
}

/// Everything in the tables of a database, in words.
async fn content(url: &str) -> Vec<String> {
    let mut conn = PgConnection::connect(url).await.expect("a connection");
    let mut content = Vec::new();
    for table in ["streams", "jobs", "tasks", "task_deps"] {
        let text = format!("SELECT t::text AS row FROM public.{table} AS t ORDER BY 1");
        let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut conn).await.expect("rows");
        content.extend(rows.iter().map(|row| row.get::<String, _>("row")));
    }
    let text = "SELECT nspname::text AS row FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1";
    let rows = sqlx::query(text).fetch_all(&mut conn).await.expect("schemas");
    content.extend(rows.iter().map(|row| row.get::<String, _>("row")));
    content
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_arrives_everywhere() {
    let url = database().await;
    let before = content(&url).await;
    let folder = tempfile::tempdir().unwrap();
    let place: Place = url.parse().unwrap();
    let options = CopyOptions { rename_long: true, ..CopyOptions::default() };
    for kind in ["sqlite", "redis", "shards", "postgres"] {
        let to = At::of(kind, folder.path());
        let target = to.place().target().await.unwrap();
        let source = place.source().await.unwrap();
        let found = check(source.clone(), Some(&target), &options, &Silent).await.unwrap();
        assert!(!found.is_stopped(), "{found:?}");
        assert!(found.findings.iter().any(|finding| finding.what.contains("no gate")), "{found:?}");
        let report = copy(source, &target, &options, &Silent).await.expect(kind);
        assert!(report.counts.tasks() > 10, "{report:?}");
        let mended = |words: &str| {
            report.mended.iter().any(|mended| mended.what.contains(words) && mended.count > 0)
        };
        for words in ["stored as an edge more than once", "every prerequisite done: ready"] {
            assert!(mended(words), "{kind}: nothing about {words}: {:?}", report.mended);
        }
        let adapt = Adapt::new(Running::Requeue, true);
        let source = place.source().await.unwrap();
        let same = verify(source, &target, &adapt, &Silent).await.unwrap();
        assert!(same.is_clean(), "{}", same.complaint());
        let db = to.db().await;
        assert_eq!(db.check_stuck_pending_tasks().await.unwrap(), [], "{kind}");
        drain(&db).await;
    }
    assert_eq!(content(&url).await, before, "the source was written to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_meanwhile_is_found() {
    let url = database().await;
    let folder = tempfile::tempdir().unwrap();
    let place: Place = url.parse().unwrap();
    let options = CopyOptions { rename_long: true, ..CopyOptions::default() };
    let to = At::sqlite(folder.path(), "new");
    let target = to.place().target().await.unwrap();
    let source = place.source().await.unwrap();
    // The first pass has begun when a worker reports.
    source.page(None).await.unwrap();
    let report = copy(source, &target, &options, &Silent).await.unwrap();
    assert!(!report.already_done);
    run(&url, "UPDATE tasks SET output = '\"late\"' WHERE state = 'done'").await;
    let source = place.source().await.unwrap();
    let adapt = Adapt::new(Running::Requeue, true);
    let differs = verify(source, &target, &adapt, &Silent).await.unwrap();
    // `"late"`, which is nobody's to read here.
    let changed = "`output` is CanonicalJson(6 bytes";
    assert!(differs.complaint().contains(changed), "{}", differs.complaint());
}
