//! Which layouts of what is stored are opened.

use taskdb_core::TaskDbErr;
use taskdb_testkit::servers::redis::Server;

use crate::config::Config;
use crate::store::RedisStore;

#[tokio::test]
async fn other_layouts_are_refused_before_anything_is_read() {
    let server = Server::start().unwrap();
    let config = || Config::from_url(&server.url()).unwrap();
    drop(RedisStore::open(config()).await.unwrap());
    let set = |format: &str| {
        let command = ["HSET", "{taskdb}:meta", "format", format, "min_reader", format];
        server.cli::<()>(&command).unwrap();
    };
    set("1");
    let error = RedisStore::open(config()).await.err().unwrap();
    assert!(matches!(error, TaskDbErr::Config(_)), "{error}");
    assert!(error.to_string().contains("export it"), "{error}");
    set("9999");
    let error = RedisStore::open(config()).await.err().unwrap();
    assert!(matches!(error, TaskDbErr::Format { .. }), "{error}");
}
