//! Pages read ahead of who uses them, a bounded number.

use std::future::Future;

use taskdb::record::{Cursor, Page, Record};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::adapt::Adapt;
use crate::error::Result;
use crate::source::Shared;

/// Pages that lie ready at most; each has a few megabytes at most.
const AHEAD: usize = 3;

/// Records and where the next page begins.
pub(crate) struct Read {
    pub(crate) records: Vec<Record>,
    pub(crate) next: Option<Cursor>,
}

/// A reader at work; it ends with this value.
pub(crate) struct Pages {
    pages: mpsc::Receiver<Result<Read>>,
    reader: JoinHandle<()>,
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Pages {
    /// Everything of a source from a place on, adapted.
    pub(crate) fn of(source: Shared, cursor: Option<Cursor>, adapt: Adapt) -> Self {
        Self::read(cursor, adapt, move |cursor| {
            let source = source.clone();
            async move { source.page(cursor).await }
        })
    }

    /// What a function reads page by page.
    pub(crate) fn read<F>(
        mut cursor: Option<Cursor>,
        adapt: Adapt,
        page: impl Fn(Option<Cursor>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Page>> + Send,
    {
        let (sender, pages) = mpsc::channel(AHEAD);
        let reader = tokio::spawn(async move {
            loop {
                let read = match page(cursor.take()).await {
                    Ok(page) => {
                        adapt.records(page.records).map(|records| Read { records, next: page.next })
                    }
                    Err(error) => Err(error),
                };
                cursor = read.as_ref().ok().and_then(|read| read.next.clone());
                if sender.send(read).await.is_err() || cursor.is_none() {
                    return;
                }
            }
        });
        Self { pages, reader }
    }

    /// The next page; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Read>> {
        self.pages.recv().await.transpose()
    }
}
