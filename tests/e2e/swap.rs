//! The same program on another store: its configuration names it, and nothing else changes.

use std::sync::Arc;

use taskdb::Config;

use crate::proving;
use crate::servers::{Kind, Servers, namespace};

pub(crate) async fn run(servers: Arc<Servers>, kind: Kind) {
    let folder = tempfile::tempdir().expect("a folder");
    let embedded = format!("sqlite://{}", folder.path().join("swap.db").display());
    for url in [embedded, servers.url(kind).await] {
        let file = folder.path().join("taskdb.toml");
        let lines = format!("url = {url:?}\nnamespace = {:?}\n", namespace());
        std::fs::write(&file, lines).expect("a file");
        let config = Config::load_from(&file).expect("it can be read");
        let db = config.connect().await.expect("it opens");
        assert_eq!(proving::prove_all(&db).await, proving::expected(), "{}", db_name(&url));
    }
}

/// The URL without what is secret in it.
fn db_name(url: &str) -> &str {
    url.split_once(':').map_or("", |(scheme, _)| scheme)
}
