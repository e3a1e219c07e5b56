//! Messages, and the reconnects in between.

use super::*;
use crate::conn::{Event, Subscription};

async fn next(subscription: &mut Subscription) -> Event {
    let event = tokio::time::timeout(Duration::from_secs(20), subscription.next()).await;
    event.expect("an event")
}

fn message(payload: &str) -> Event {
    Event::Message { channel: "wake".into(), payload: payload.into() }
}

#[tokio::test]
async fn messages_arrive_and_every_reconnect_is_told() {
    let mut server = Server::start().unwrap();
    let conn = open(&server).await;
    let mut subscription = conn.subscribe(vec!["other".into(), "wake".into()]);
    assert_eq!(next(&mut subscription).await, Event::Reconnected);
    server.cli::<i64>(&["PUBLISH", "wake", "1"]).unwrap();
    assert_eq!(next(&mut subscription).await, message("1"));
    assert_eq!(server.cli::<i64>(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap(), 1);
    assert_eq!(next(&mut subscription).await, Event::Reconnected);
    server.restart().unwrap();
    assert_eq!(next(&mut subscription).await, Event::Reconnected);
    server.cli::<i64>(&["PUBLISH", "wake", "2"]).unwrap();
    assert_eq!(next(&mut subscription).await, message("2"));
    assert_eq!(conn.round_trips(), 1);
}

#[tokio::test]
async fn a_server_that_is_down_is_waited_for() {
    let mut server = Server::start().unwrap();
    let conn = open(&server).await;
    let mut subscription = conn.subscribe(vec!["wake".into()]);
    server.kill();
    let waiting = tokio::spawn(async move { next(&mut subscription).await });
    // Until it has tried in vain.
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!waiting.is_finished());
    server.restart().unwrap();
    assert_eq!(waiting.await.unwrap(), Event::Reconnected);
}
