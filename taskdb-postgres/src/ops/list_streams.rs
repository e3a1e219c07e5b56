//! `list_streams`: streams by age.

use taskdb_core::request::ListStreams;
use taskdb_core::{Result, StreamInfo};

use crate::args::Args;
use crate::row::Stream;
use crate::session::Session;
use crate::sql::Statement;

pub(crate) async fn run(session: &Session, request: &ListStreams) -> Result<Vec<StreamInfo>> {
    let after = request.after.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX));
    let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
    let args = Args::default()
        .add(after)
        .add(limit)
        .add(request.stream_id)
        .add(request.user_id.as_deref())
        .add(request.worker_type.as_deref())
        .add(false);
    let rows = session.read(Statement::list_streams, args).await?;
    rows.iter().map(|row| Ok(Stream::read(row)?.info)).collect()
}
