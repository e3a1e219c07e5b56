//! Commands that were cut off: their tasks go to nobody else before they are gone.

use taskdb::worker::Linger;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

use super::record::Records;

/// So many are ended together.
const BATCH: usize = 1_000;

/// One of them: its claim, and what holds its task back.
type Remnant = (Uuid, Linger);

/// The way from those that are cut off to whoever ends them.
pub(super) struct CutOff {
    sender: UnboundedSender<Remnant>,
    receiver: Mutex<UnboundedReceiver<Remnant>>,
}

impl CutOff {
    pub(super) fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver: Mutex::new(receiver) }
    }

    /// Sees to it that the command of this claim is ended if it is cut off.
    pub(super) fn watch(&self, claim: Uuid, linger: Linger) -> Watched<'_> {
        Watched { sender: &self.sender, remnant: Some((claim, linger)) }
    }

    /// Ends every command that comes, for as long as it is awaited.
    pub(super) async fn end(&self, records: Option<&Records>) {
        let mut receiver = self.receiver.lock().await;
        let mut remnants = Vec::new();
        while receiver.recv_many(&mut remnants, BATCH).await > 0 {
            if let Some(records) = records {
                let claims: Vec<Uuid> = remnants.iter().map(|(claim, _)| *claim).collect();
                // One that does not end is left to whoever resumes the run.
                let _ = records.end_commands(Some(&claims)).await;
            }
            remnants.clear();
        }
    }
}

/// A command that is at work, cut off when dropped.
pub(super) struct Watched<'a> {
    sender: &'a UnboundedSender<Remnant>,
    remnant: Option<Remnant>,
}

impl Watched<'_> {
    /// It has ended by itself, and its record is gone.
    pub(super) fn ended(mut self) {
        self.remnant = None;
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if let Some(remnant) = self.remnant.take() {
            // The receiver lives as long as the sender.
            let _ = self.sender.send(remnant);
        }
    }
}
