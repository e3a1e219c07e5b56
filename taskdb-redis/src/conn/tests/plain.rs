//! One server that is well.

use taskdb_testkit::servers::redis::{Options, Server};

use super::super::*;

static APPEND: Script =
    Script::new("append", include_str!("../../../tests/lua/append.lua"), Kind::Once);

#[tokio::test]
async fn a_script_runs_in_one_round_trip_once_it_is_known() {
    let server = Server::start().unwrap();
    let conn = Conn::open(&Config::from_url(&server.url()).unwrap()).await.unwrap();
    for length in 1..=3 {
        let reply = conn.run(&APPEND, APPEND.kind, "list", vec![b"x".to_vec()]).await.unwrap();
        assert_eq!(reply, Value::Int(length));
    }
    assert_eq!(conn.round_trips(), 3 + 2);
}
