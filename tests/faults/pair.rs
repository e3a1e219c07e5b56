//! A Redis server and its replica, which may be behind when it has to take over.

use std::io;
use std::ops::Range;
use std::time::{Duration, Instant};

use taskdb_testkit::history::History;
use taskdb_testkit::rng::Rng;
use taskdb_testkit::servers::proxy::Proxy;
use taskdb_testkit::servers::redis::{Options, Server};
use tokio::task::block_in_place;

/// How long a replica is held back at the most, in milliseconds.
const BEHIND: u64 = 200;

/// How long a replica may take to write its file.
const PATIENCE: Duration = Duration::from_secs(20);

/// What holds a replica back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// It is stopped, and reads later what it was sent.
    Stopped,
    /// What it is sent arrives neither now nor later.
    CutOff,
}

/// Two servers, of which one is the master at a time.
pub(crate) struct Pair {
    pub(crate) master: Server,
    replica: Server,
    /// From the replica to its master.
    between: Proxy,
    /// From clients to the master, whichever of the two it is.
    pub(crate) proxy: Proxy,
}

impl Pair {
    pub(crate) async fn start() -> io::Result<Self> {
        let options = || Options { appendonly: true, ..Options::default() };
        let start = || options().set("repl-diskless-sync-delay", 0).start();
        let (master, replica) = (start()?, start()?);
        let between = Proxy::before(&master.url()).await?;
        let proxy = Proxy::before(&master.url()).await?;
        let pair = Self { master, replica, between, proxy };
        pair.follow()?;
        Ok(pair)
    }

    /// Kills the master as a crash would, and starts it again.
    pub(crate) fn crash(&mut self) -> io::Result<()> {
        self.master.kill();
        self.master.restart()?;
        self.follow()
    }

    /// The master goes down while its replica is behind, and the replica takes its place. Returns
    /// the time in which changes were acknowledged that may be lost.
    pub(crate) async fn fail_over(&mut self, rng: &mut Rng) -> io::Result<Range<i64>> {
        let since = History::now();
        block_in_place(|| self.master.wait_for_replica())?;
        let held = if rng.percent(50) { Held::Stopped } else { Held::CutOff };
        self.hold_back(held)?;
        tokio::time::sleep(Duration::from_millis(rng.below(BEHIND))).await;
        Ok(since..self.take_over(held)?)
    }

    /// The replica hears nothing from now on.
    pub(crate) fn hold_back(&mut self, held: Held) -> io::Result<()> {
        match held {
            Held::Stopped => self.replica.pause(),
            Held::CutOff => {
                self.between.silence();
                Ok(())
            }
        }
    }

    /// Ends the master, makes the replica that was held back the master, and gives it a replica.
    /// Returns when the way to the old master was cut: no answer of it is told after that.
    pub(crate) fn take_over(&mut self, held: Held) -> io::Result<i64> {
        self.master.kill();
        if held == Held::Stopped {
            self.replica.resume()?;
        }
        self.between.cut();
        self.replica.cli::<()>(&["REPLICAOF", "NO", "ONE"])?;
        std::mem::swap(&mut self.master, &mut self.replica);
        self.proxy.lead_to(self.master.port().unwrap_or_default());
        self.proxy.cut();
        let cut = History::now();
        self.replica.restart()?;
        self.between.lead_to(self.master.port().unwrap_or_default());
        self.follow()?;
        Ok(cut)
    }

    /// Waits until the replica has what the master has, on its disk as well: what it was given
    /// it writes down as a whole, and until it has, a crash would cost it all that came later.
    fn follow(&self) -> io::Result<()> {
        let port = self.between.port().to_string();
        // Once more makes it try at once, where it would have waited for a second.
        self.replica.cli::<()>(&["REPLICAOF", "127.0.0.1", &port])?;
        block_in_place(|| self.master.wait_for_replica())?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let info: String = self.replica.cli(&["INFO", "persistence"])?;
            if ["in_progress", "scheduled"].iter().all(|word| info.contains(&rewrite(word))) {
                return Ok(());
            }
            block_in_place(|| std::thread::sleep(Duration::from_millis(5)));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the replica does not write its file"))
    }
}

/// What a server says that has no file to write anew.
fn rewrite(word: &str) -> String {
    format!("aof_rewrite_{word}:0")
}
