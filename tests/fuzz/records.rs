//! Portable records, line by line as in a dump, and the cursors of an export.

use taskdb::record::{Cursor, Record};
use taskdb::{TaskDb, TaskDbErr};
use taskdb_testkit::fuzz::Bender;

pub(crate) fn corpus() -> impl Iterator<Item = &'static str> {
    include_str!("corpus/records.jsonl").lines()
}

#[test]
fn a_record_that_is_read_is_written_alike() {
    let mut read = 0;
    for text in Bender::new(corpus()).texts() {
        let Ok(record) = serde_json::from_str::<Record>(&text) else { continue };
        let written = serde_json::to_string(&record).expect("it is written");
        let again: Record = serde_json::from_str(&written).expect("it is read again");
        assert_eq!(again, record, "{text}");
        read += 1;
    }
    assert!(read >= corpus().count(), "not even the corpus is read");
}

#[tokio::test]
async fn a_cursor_is_understood_or_refused() {
    let db = taskdb::connect("memory:").await.expect("it opens");
    take_all(&db).await;
    let (mut cursors, mut next) = (Vec::new(), None);
    loop {
        let page = db.export(next.take(), 1).await.expect("a page");
        let Some(cursor) = page.next else { break };
        cursors.push(cursor.0.clone());
        next = Some(cursor);
    }
    for text in Bender::new(cursors).texts() {
        match db.export(Some(Cursor(text.clone())), 10).await.as_ref().map_err(TaskDbErr::root) {
            Ok(_) | Err(TaskDbErr::InvalidArgument { .. }) => {}
            Err(error) => panic!("{text}: {error}"),
        }
    }
}

/// Takes in the corpus as it is.
pub(crate) async fn take_all(db: &TaskDb) {
    let records = corpus().map(|line| serde_json::from_str(line).expect("a record"));
    db.import(records.collect()).await.expect("the corpus is good");
}
