//! `taskdb exporter`, on stores in use and on one that goes away.

use std::collections::BTreeSet;
use std::process::Child;

use serde_json::json;
use taskdb::NewTask;
use taskdb_testkit::servers::redis;

use crate::scrape::{self, documented, family, get, parse};
use crate::store::{Store, until};
use crate::{program, walk};

const ARGS: [&str; 5] = ["exporter", "--listen", "127.0.0.1:0", "--every", "1ms"];

#[test]
fn a_store_in_use_is_scraped() {
    let store = Store::new();
    let mut exporter = store.start(&ARGS);
    let address = scrape::address(&mut exporter);
    let job = store.job("w", json!(0), 0);
    let stream = store.task(&job, "init").stream_id;
    let names: Vec<_> = (0..200).map(|n| format!("task-{n}")).collect();
    let tasks = names.iter().map(|name| NewTask::new(name, stream, json!(0)).after(["init"]));
    store.wait(store.db.create_tasks(&job, tasks)).unwrap();
    let samples = || parse(&get(&address, "/metrics").1);
    let count = |state: &str| {
        samples()[&format!("taskdb_tasks{{worker_type=\"w\",class=\"medium\",state=\"{state}\"}}")]
    };
    assert_eq!((count("ready"), count("pending")), (1.0, 200.0));
    // While work goes on, every page is whole.
    let mut pages = 0;
    while let Some(task) = store.wait(store.db.request_work("w")).unwrap() {
        store.wait(store.db.complete(&task.claim, &json!(1))).unwrap();
        if pages < 20 {
            assert_eq!(samples()["taskdb_up"], 1.0);
            pages += 1;
        }
    }
    assert_eq!(count("done"), 201.0);
    let shown: BTreeSet<_> = samples().keys().map(|series| family(series).to_owned()).collect();
    let (held, own) = (documented("What a store holds"), documented("The exporter"));
    let of_store: BTreeSet<_> = shown.difference(&documented("Calls")).cloned().collect();
    assert_eq!(of_store, held.union(&own).cloned().collect());
    assert!(shown.contains("taskdb_calls_total"), "what its looks cost");
    assert!(samples()["taskdb_store_bytes"] >= 4096.0);

    // What is gone is not shown any more.
    let of_stream = |page: &str| page.contains(&stream.to_string());
    assert!(of_stream(&get(&address, "/metrics").1));
    store.wait(store.db.delete_job(&job)).unwrap();
    store.wait(store.db.delete_stream(&stream)).unwrap();
    assert!(!of_stream(&get(&address, "/metrics").1));
    assert_eq!((get(&address, "/live").0, get(&address, "/ready").0), (200, 200));
    exporter.stop().ended(0, &[]);
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_store_that_is_away_is_told_and_does_not_end_it() {
    let mut server = redis::Server::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url();
    let mut command = program::taskdb(folder.path(), &ARGS, &[("TASKDB_URL", &url)]);
    let mut exporter = Killed(command.spawn().unwrap());
    let address = crate::store::line_of(exporter.0.stderr.as_mut().unwrap());
    let address = address.strip_prefix("listening to http://").unwrap();
    let samples = parse(&get(address, "/metrics").1);
    assert_eq!(samples["taskdb_up"], 1.0);
    assert!(samples["taskdb_store_bytes"] > 100_000.0, "{samples:?}");
    assert!(samples["taskdb_round_trips_total{backend=\"redis\"}"] >= 4.0, "{samples:?}");
    server.kill();
    let (status, page) = get(address, "/metrics");
    let samples = parse(&page);
    assert_eq!((status, samples["taskdb_up"]), (200, 0.0));
    assert!(!page.contains("taskdb_tasks{"), "what is not known is not told");
    assert_eq!((get(address, "/ready").0, get(address, "/live").0), (503, 200));
    server.restart().unwrap();
    until("the store", || get(address, "/ready").0 == 200);
}

/// What the dashboard asks for is there.
#[test]
fn the_dashboard_shows_what_is_documented() {
    let board: serde_json::Value =
        serde_json::from_str(&crate::text("deploy/grafana/dashboard.json")).unwrap();
    let panels = board["panels"].as_array().unwrap();
    assert!(panels.len() >= 8, "{}", panels.len());
    let page = crate::text("docs/metrics.md");
    let mut places = BTreeSet::new();
    for panel in panels {
        assert!(panel["title"].is_string() && panel["type"].is_string(), "{panel}");
        let place = (panel["gridPos"]["x"].as_u64(), panel["gridPos"]["y"].as_u64());
        assert!(place.0.is_some() && place.1.is_some() && places.insert(place), "{panel}");
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{panel}");
        for target in targets {
            let metrics = walk::metrics(target["expr"].as_str().unwrap());
            assert!(!metrics.is_empty(), "{target}");
            for name in metrics {
                let row = format!("| `{}` |", family(&name));
                assert!(page.contains(&row), "{name} is not documented");
            }
        }
    }
}
