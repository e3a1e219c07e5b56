//! A cluster of masters, each with a replica if wanted.

use std::io;

use super::options::Options;
use super::server::Server;
use crate::servers::ports;

/// The slots that the masters share.
const SLOTS: u16 = 16_384;
/// How soon nodes take a silent one for dead, in milliseconds.
const NODE_TIMEOUT: u32 = 1_000;
/// What a node prints when it sees every slot served.
const READY: &str = "Cluster state changed: ok";

/// A cluster of this process, which ends with this value.
///
/// It takes some two seconds to start: so long a node waits before it takes writes.
/// Tests that do it no harm should share one.
#[derive(Debug)]
pub struct Cluster {
    /// The masters by their slots, each with an equal part of them.
    pub masters: Vec<Server>,
    /// The replica of the master at the same place; empty without replicas.
    pub replicas: Vec<Server>,
}

impl Cluster {
    /// Starts so many masters, each with a replica if `replicas`.
    ///
    /// # Errors
    ///
    /// As [`Options::start`].
    pub fn start(masters: usize, replicas: bool) -> io::Result<Self> {
        Self::with(&Options::default(), masters, replicas)
    }

    /// Starts servers that have these options besides those of a cluster.
    ///
    /// # Errors
    ///
    /// As [`Options::start`].
    pub fn with(options: &Options, masters: usize, replicas: bool) -> io::Result<Self> {
        let start = |count| (0..count).map(|_| node(options)).collect::<io::Result<Vec<_>>>();
        let replicas = if replicas { masters } else { 0 };
        let cluster = Self { masters: start(masters)?, replicas: start(replicas)? };
        cluster.join()?;
        Ok(cluster)
    }

    /// The URL with all masters.
    pub fn url(&self) -> String {
        let nodes = self.masters.iter().filter_map(Server::port);
        let nodes: Vec<_> = nodes.map(|port| format!("127.0.0.1:{port}")).collect();
        format!("redis+cluster://{}", nodes.join(","))
    }

    /// The master of a slot, as it was at the start: its place in
    /// [`masters`](Self::masters).
    pub fn master_of(&self, slot: u16) -> usize {
        let masters = self.masters.len();
        (0..masters).rfind(|n| first_slot(*n, masters) <= slot).unwrap_or_default()
    }

    /// Gives a slot that holds no key to another master, and tells all of them.
    ///
    /// # Errors
    ///
    /// What the nodes say.
    pub fn give_empty_slot(&self, slot: u16, to: usize) -> io::Result<()> {
        let id: String = self.masters[to].cli(&["CLUSTER", "MYID"])?;
        let slot = slot.to_string();
        let (first, others): (Vec<_>, Vec<_>) =
            self.masters.iter().enumerate().partition(|(n, _)| *n == to);
        // The new owner first, so that the slot is served at any time.
        for (_, master) in first.into_iter().chain(others) {
            master.cli::<()>(&["CLUSTER", "SETSLOT", &slot, "NODE", &id])?;
        }
        Ok(())
    }

    /// Moves a slot with its keys to another master while it is in use, as an operator
    /// does: key by key, then the slot.
    ///
    /// # Errors
    ///
    /// What the nodes say.
    pub fn move_slot(&self, slot: u16, to: usize) -> io::Result<()> {
        let (from, number) = (&self.masters[self.master_of(slot)], slot.to_string());
        let to_node = &self.masters[to];
        let id = |node: &Server| node.cli::<String>(&["CLUSTER", "MYID"]);
        let (source, target) = (id(from)?, id(to_node)?);
        to_node.cli::<()>(&["CLUSTER", "SETSLOT", &number, "IMPORTING", &source])?;
        from.cli::<()>(&["CLUSTER", "SETSLOT", &number, "MIGRATING", &target])?;
        let port = to_node.port().unwrap_or_default().to_string();
        loop {
            let keys: Vec<String> = from.cli(&["CLUSTER", "GETKEYSINSLOT", &number, "10"])?;
            if keys.is_empty() {
                return self.give_empty_slot(slot, to);
            }
            let mut command = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
            command.extend(keys.iter().map(String::as_str));
            from.cli::<String>(&command)?;
        }
    }

    fn join(&self) -> io::Result<()> {
        let masters = self.masters.len();
        for (n, master) in self.masters.iter().enumerate() {
            let (first, end) = (first_slot(n, masters), first_slot(n + 1, masters));
            let (first, last) = (first.to_string(), (end - 1).to_string());
            master.cli::<()>(&["CLUSTER", "ADDSLOTSRANGE", &first, &last])?;
            master.cli::<()>(&["CLUSTER", "SET-CONFIG-EPOCH", &(n + 1).to_string()])?;
        }
        let all = || self.masters.iter().chain(&self.replicas);
        for node in all().skip(1) {
            let (port, bus) = address(node)?;
            self.masters[0].cli::<()>(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus])?;
        }
        for node in all() {
            node.wait_for_log(READY)?;
        }
        for (replica, master) in self.replicas.iter().zip(&self.masters) {
            let id: String = master.cli(&["CLUSTER", "MYID"])?;
            replica.cli::<()>(&["CLUSTER", "REPLICATE", &id])?;
            replica.wait_for_log(super::IN_SYNC)?;
        }
        Ok(())
    }
}

fn node(options: &Options) -> io::Result<Server> {
    options
        .clone()
        .set("cluster-enabled", "yes")
        .set("cluster-port", ports::free()?)
        .set("cluster-node-timeout", NODE_TIMEOUT)
        .set("repl-diskless-sync-delay", 0)
        .start()
}

/// The port for clients and the one for nodes.
fn address(node: &Server) -> io::Result<(String, String)> {
    let setting = |name| node.cli::<(String, String)>(&["CONFIG", "GET", name]);
    Ok((setting("port")?.1, setting("cluster-port")?.1))
}

fn first_slot(n: usize, masters: usize) -> u16 {
    u16::try_from(usize::from(SLOTS) * n / masters).unwrap_or(SLOTS)
}
