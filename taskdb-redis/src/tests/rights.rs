//! What a user of the server may lack: rights that only tell more.

use taskdb_core::store::StoreSize;
use taskdb_testkit::servers::redis::Server;

use super::opened;
use crate::config::Config;

#[tokio::test]
async fn who_may_not_ask_how_full_the_server_is_has_the_rest() {
    let server = Server::start().unwrap();
    let rules = ["ACL", "SETUSER", "bob", "on", ">x", "~*", "&*", "+@all", "-info"];
    server.cli::<()>(&rules).unwrap();
    let url = format!("redis://bob:x@127.0.0.1:{}", server.port().unwrap());
    for shards in [1, 3] {
        let of = |url: &str| {
            let namespace = format!("shards-{shards}").parse().unwrap();
            Config::from_url(url).unwrap().shards(shards).namespace(namespace)
        };
        let (db, _) = opened(of(&url)).await;
        assert_eq!(db.describe().await.unwrap().size, StoreSize::default());
        assert_eq!(db.health().await.unwrap().store.size, StoreSize::default());
        let (db, _) = opened(of(&server.url())).await;
        assert!(db.describe().await.unwrap().size.bytes.is_some());
    }
}
