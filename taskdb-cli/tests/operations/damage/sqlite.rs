//! A file with rows that somebody has changed.

use rusqlite::Connection;

use super::{Damage, LOST, examine, fill, mends, tells};

const DAMAGES: &[Damage] = &[
    mends("a count of ready tasks", 19, "UPDATE streams SET ready_medium = 9"),
    mends("a count of running tasks", 19, "UPDATE streams SET running = 9"),
    mends("a count of waiting tasks", 19, "UPDATE streams SET pending = 0"),
    mends("a count of unresolved tasks", 22, "UPDATE jobs SET unresolved = 9 WHERE job = 1"),
    mends("a count of open tasks", 22, "UPDATE jobs SET open = 1 WHERE job = 1"),
    mends("a lane without its tasks", 21, "UPDATE lanes SET ready = 0 WHERE job = 1"),
    mends("a wait too long", 3, "UPDATE tasks SET waiting_on = 2 WHERE name = 'c'"),
    mends(LOST, 4, "UPDATE tasks SET state = 0 WHERE name = 'b'"),
    mends("an end that was lost", 24, "UPDATE jobs SET state = 0 WHERE job = 0"),
    tells("a claim that is gone", 7, "UPDATE tasks SET claim_id = NULL WHERE name = 'a'"),
    tells("an output that is gone", 11, "DELETE FROM outputs WHERE job = 0"),
    tells("an edge that is gone", 5, "DELETE FROM edges WHERE post = 3"),
    tells("a start too early", 4, "UPDATE tasks SET state = 1 WHERE name = 'd'"),
    tells("a failure of nothing", 25, "UPDATE jobs SET state = 2 WHERE job = 0"),
    tells("retries beyond what is allowed", 12, "UPDATE tasks SET retries = 5 WHERE name = 'c'"),
];

#[tokio::test]
async fn damage_of_a_file_is_found_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: String| folder.path().join(name);
    for (number, damage) in DAMAGES.iter().enumerate() {
        let file = file(format!("{number}.db"));
        let url = format!("sqlite://{}", file.display());
        let db = taskdb::connect(&url).await.unwrap();
        let held = fill(&db).await;
        let conn = Connection::open(&file).unwrap();
        conn.pragma_update(None, "ignore_check_constraints", true).unwrap();
        assert!(conn.execute(damage.how, []).unwrap() > 0, "{}", damage.what);
        drop(conn);
        examine(&db, &held, &url, damage).await;
    }
}
