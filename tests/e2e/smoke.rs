//! The smoke part of the conformance suite: the path of a worker, graphs and fairness.

use std::sync::Arc;

use taskdb::{Clock, ManualClock, Result, TaskDb};
use taskdb_testkit::suite::{self, Backend, Opened, Options, async_trait};

use crate::servers::{Kind, Servers};

/// The topics.
const SMOKE: [&str; 6] =
    ["graph::", "claims::", "fairness::", "request_work::", "update_task_done::", "list_events::"];

struct Column {
    name: String,
    url: String,
    kind: Kind,
}

pub(crate) async fn run(servers: Arc<Servers>, kind: Kind) {
    let column = Column { name: kind.to_string(), url: servers.url(kind).await, kind };
    let filters = SMOKE.map(str::to_owned).to_vec();
    let options = Options { filters, required: vec![column.name.clone()], ..Options::default() };
    let report = suite::check(vec![Arc::new(column)], &options).await;
    assert!(report.passed(), "{report}");
    let (held, ..) = report.counts();
    assert!(held > 50, "only {held} cases were found");
}

impl Column {
    async fn connect(&self, namespace: &str, clock: &ManualClock) -> Result<TaskDb> {
        let (namespace, clock) = (namespace.parse()?, Arc::new(clock.clone()) as Arc<dyn Clock>);
        if self.kind == Kind::Postgres {
            let config = taskdb_postgres::Config::from_url(&self.url)?.max_connections(2);
            return config.namespace(namespace).clock(Some(clock)).connect().await;
        }
        let config = taskdb_redis::Config::from_url(&self.url)?;
        config.namespace(namespace).clock(Some(clock)).connect().await
    }
}

#[async_trait]
impl Backend for Column {
    fn name(&self) -> &str {
        &self.name
    }

    async fn open(&self, namespace: &str) -> Result<Opened> {
        let clock = ManualClock::default();
        let db = self.connect(namespace, &clock).await?;
        Ok(Opened { other: self.connect(namespace, &clock).await?, db, clock })
    }
}
