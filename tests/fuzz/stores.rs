//! Bent records on their way into every store: taken in or refused, by all alike; what is
//! refused leaves nothing behind.

use taskdb::record::Record;
use taskdb::{TaskDb, TaskDbErr};
use taskdb_testkit::fuzz::Bender;
use taskdb_testkit::servers;

use crate::records::{corpus, take_all};

/// After so many texts the stores begin anew.
const ROUND: usize = 150;
/// How many bent texts go to stores of which each answer takes a way.
const CASES: usize = 900;

/// What is said of a record that was taken in.
const TAKEN: &str = "taken";

/// The same namespace in every store.
struct Stores([(&'static str, TaskDb); 3]);

impl Stores {
    async fn fresh(round: usize) -> Self {
        let name = format!("fuzz-{}-{round}", std::process::id());
        let stores = Self([
            ("sqlite", taskdb::connect("memory:").await.expect("it opens")),
            ("redis", redis(&name).await),
            ("postgres", postgres(&name).await),
        ]);
        for (_, db) in &stores.0 {
            take_all(db).await;
        }
        stores
    }

    /// Hands a record to all; what they say of it.
    async fn import(&self, record: &Record) -> [String; 3] {
        let mut said = [const { String::new() }; 3];
        for (said, (_, db)) in said.iter_mut().zip(&self.0) {
            let before = all(db).await;
            let answer = db.import(vec![record.clone()]).await;
            *said = match answer.as_ref().map_err(TaskDbErr::root) {
                Ok(()) => TAKEN.to_owned(),
                Err(error) => refusal(error),
            };
            if *said != TAKEN && all(db).await != before {
                said.push_str(", but it has kept something");
            }
        }
        said
    }
}

/// A namespace of a Redis server.
pub(crate) async fn redis(namespace: &str) -> TaskDb {
    let url = servers::redis::shared().expect("a Redis server").url();
    let config = taskdb_redis::Config::from_url(&url).expect("a URL");
    let config = config.namespace(namespace.parse().expect("a name"));
    config.connect().await.expect("it opens")
}

/// A namespace of a Postgres server.
pub(crate) async fn postgres(namespace: &str) -> TaskDb {
    let url = servers::postgres::shared().expect("a Postgres server").url();
    let config = taskdb_postgres::Config::from_url(&url).expect("a URL");
    let config = config.namespace(namespace.parse().expect("a name"));
    config.connect().await.expect("it opens")
}

/// Everything that is stored.
async fn all(db: &TaskDb) -> Vec<Record> {
    let (mut records, mut next) = (Vec::new(), None);
    loop {
        let page = db.export(next.take(), 1_000).await.expect("it can be read");
        records.extend(page.records);
        next = page.next;
        if next.is_none() {
            return records;
        }
    }
}

/// What an import is refused for, in a word where it may be.
fn refusal(error: &TaskDbErr) -> String {
    match error {
        TaskDbErr::InvalidArgument { .. } => "invalid".to_owned(),
        TaskDbErr::InvalidBeMult { .. } => "weight".to_owned(),
        TaskDbErr::TooLarge { .. } => "too large".to_owned(),
        TaskDbErr::AlreadyExists { .. } => "exists".to_owned(),
        TaskDbErr::NotFound { .. } => "not found".to_owned(),
        other => format!("broken: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_stores_take_in_or_refuse_alike() {
    let mut stores = Stores::fresh(0).await;
    let read = |text: String| Some((serde_json::from_str::<Record>(&text).ok()?, text));
    let records = Bender::new(corpus()).texts().filter_map(read).take(CASES);
    let (mut taken, mut refused, mut differ) = (0, 0, Vec::new());
    for (place, (record, text)) in records.enumerate() {
        if place % ROUND == ROUND - 1 {
            stores = Stores::fresh(place).await;
        }
        let said = stores.import(&record).await;
        let sound = !said[0].contains(' ') || said[0] == "not found" || said[0] == "too large";
        if !sound || said.iter().any(|one| *one != said[0]) {
            differ.push(format!("{said:?} of {text}"));
        }
        if said[0] == TAKEN { taken += 1 } else { refused += 1 }
    }
    assert!(differ.is_empty(), "{}: {}", differ.len(), differ.join("\n"));
    assert!(taken > 0 && refused > 0, "{taken} taken in, {refused} refused");
    let [sqlite, redis, postgres] = [&stores.0[0].1, &stores.0[1].1, &stores.0[2].1];
    assert_eq!(all(sqlite).await, all(redis).await);
    assert_eq!(all(sqlite).await, all(postgres).await);
}
