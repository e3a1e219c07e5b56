//! The threads that read, each with a connection and a snapshot for each call.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use taskdb_core::Result;
use tokio::sync::oneshot;

use crate::error::{Outcome, gone};
use crate::unit::Unit;
use crate::writer::Context;

type Work = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the readers, which end when the last of these is dropped.
#[derive(Clone)]
pub(crate) struct Readers {
    work: Sender<Work>,
    context: Context,
}

impl Readers {
    /// Starts a thread for each connection.
    pub(crate) fn start(connections: Vec<Connection>, context: Context) -> std::io::Result<Self> {
        let (work, inbox) = channel::<Work>();
        let inbox = Arc::new(Mutex::new(inbox));
        for conn in connections {
            let inbox = Arc::clone(&inbox);
            let thread = std::thread::Builder::new().name("taskdb-reader".into());
            thread.spawn(move || serve(&conn, &inbox))?;
        }
        Ok(Self { work, context })
    }

    /// Runs `work` on a snapshot of the store.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Outcome<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let context = self.context.clone();
        let job = move |conn: &Connection| {
            let outcome = conn
                .unchecked_transaction()
                .map_err(Into::into)
                .and_then(|_snapshot| work(&mut context.unit(conn)));
            let _ = reply.send(outcome.map_err(Into::into));
        };
        self.work.send(Box::new(job)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn serve(conn: &Connection, inbox: &Mutex<Receiver<Work>>) {
    loop {
        let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(work) => work(conn),
            Err(_) => return,
        }
    }
}
