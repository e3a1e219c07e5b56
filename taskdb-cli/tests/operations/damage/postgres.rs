//! A schema with rows that somebody has changed.

use std::process::Command;

use taskdb_testkit::servers::postgres::shared;

use super::{Damage, LOST, examine, fill, mends, tells};
use crate::program;

const C: &str = "(job, task) = (1, 3)";

const DAMAGES: &[Damage] = &[
    mends("a count of ready tasks", 19, "UPDATE streams SET ready_medium = 9"),
    mends("a count of running tasks", 19, "UPDATE streams SET running = 9"),
    mends("a count of waiting tasks", 19, "UPDATE streams SET pending = 0"),
    mends("a count of unresolved tasks", 22, "UPDATE jobs SET unresolved = 9 WHERE job = 1"),
    mends("a count of open tasks", 22, "UPDATE jobs SET open = 1 WHERE job = 1"),
    mends("a lane without its tasks", 21, "UPDATE lanes SET ready = 0 WHERE job = 1"),
    mends("a wait too long", 3, "UPDATE tasks SET waiting_on = 2 WHERE C"),
    mends(LOST, 4, "UPDATE tasks SET state = 0 WHERE (job, task) = (1, 2)"),
    mends("an end that was lost", 24, "UPDATE jobs SET state = 0 WHERE job = 0"),
    tells("a claim that is gone", 7, "UPDATE tasks SET claim_id = NULL WHERE (job, task) = (1, 1)"),
    tells("an output that is gone", 11, "DELETE FROM outputs WHERE job = 0"),
    tells("an edge that is gone", 5, "DELETE FROM edges WHERE post = 3"),
    tells("a start too early", 4, "UPDATE tasks SET state = 1 WHERE (job, task) = (1, 4)"),
    tells("a failure of nothing", 25, "UPDATE jobs SET state = 2 WHERE job = 0"),
    tells(
        "retries beyond what is allowed",
        12,
        "ALTER TABLE tasks DROP CONSTRAINT tasks_check; UPDATE tasks SET retries = 5 WHERE C",
    ),
];

#[tokio::test]
async fn damage_of_a_schema_is_found_and_mended() {
    let server = shared().unwrap().url();
    for (number, damage) in DAMAGES.iter().enumerate() {
        let namespace = format!("damage_{number}");
        let url = format!("{server}?namespace={namespace}");
        let db = taskdb::connect(&url).await.unwrap();
        let held = fill(&db).await;
        let text = format!(
            "SET search_path TO {namespace}; {}",
            damage.how.replace("WHERE C", &format!("WHERE {C}"))
        );
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--command", &text, &server]);
        let ran = program::ended(&mut psql);
        assert_eq!(ran.code, Some(0), "{}: {}", damage.what, ran.stderr);
        assert!(!ran.stdout.ends_with(" 0\n"), "{}: {}", damage.what, ran.stdout);
        examine(&db, &held, &url, damage).await;
    }
}
