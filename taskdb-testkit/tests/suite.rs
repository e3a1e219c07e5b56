//! The whole conformance suite against the reference model.

use std::sync::Arc;

use taskdb_core::{ManualClock, Result, TaskDb, TaskDbErr};
use taskdb_testkit::model::Model;
use taskdb_testkit::suite::{self, Backend, Opened, Options, Verdict, async_trait};

struct InMemory;

#[async_trait]
impl Backend for InMemory {
    fn name(&self) -> &str {
        "model"
    }

    async fn open(&self, _namespace: &str) -> Result<Opened> {
        let clock = ManualClock::default();
        let db = TaskDb::new(Model::new(Arc::new(clock.clone())));
        Ok(Opened { other: db.clone(), db, clock })
    }
}

struct Absent;

#[async_trait]
impl Backend for Absent {
    fn name(&self) -> &str {
        "absent"
    }

    async fn open(&self, _namespace: &str) -> Result<Opened> {
        let failure = taskdb_core::error::Failure::new("nobody listens");
        Err(TaskDbErr::Unavailable(failure))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_keeps_the_contract() {
    let report = suite::check(vec![Arc::new(InMemory)], &Options::default()).await;
    assert!(report.passed(), "{report}");
    assert!(report.counts().0 > 200, "{report}");
}

#[tokio::test]
async fn a_backend_that_is_not_there_is_ignored_unless_required() {
    let one = Options::parse(["--exact", "describe::the_store_says_what_it_is"].map(String::from));
    let report = suite::check(vec![Arc::new(Absent)], &one).await;
    assert_eq!(report.counts(), (0, 0, 1));
    let required = Options { required: vec!["absent".to_owned()], ..one };
    let report = suite::check(vec![Arc::new(Absent)], &required).await;
    assert_eq!(report.counts(), (0, 1, 0));
    assert!(matches!(report.verdicts().next(), Some((_, "absent", Verdict::Failed(_)))));
}
