//! The processes of this machine, as `/proc` shows them where there is one.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A process that cannot be taken for another of the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) id: i32,
    /// When it started, in ticks since the machine did; none without `/proc`.
    start: Option<u64>,
    /// Which start of the machine that was.
    boot: Option<String>,
}

/// The identity of a living process.
pub(super) fn identity(id: u32) -> Option<Identity> {
    let id = i32::try_from(id).ok()?;
    Some(Identity { id, start: stat(id).map(|process| process.start), boot: boot() })
}

/// A process at the time of looking.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: i32,
    pub(super) group: i32,
    /// Whether it has ended, and only waits for its parent to look.
    pub(super) ended: bool,
    start: u64,
}

impl Process {
    /// Whether this is that process, and not one that has got its id since.
    pub(super) fn is(&self, other: &Identity, boot: Option<&str>) -> bool {
        (self.id, Some(self.start), boot) == (other.id, other.start, other.boot.as_deref())
    }

    /// The entries that a variable of its environment has, as the program was given it;
    /// none of a process of another user.
    pub(super) fn entries(&self, variable: &str) -> Vec<String> {
        let environment = std::fs::read(format!("/proc/{}/environ", self.id)).unwrap_or_default();
        let mut pairs = environment.split(|&byte| byte == 0);
        let value = pairs.find_map(|pair| {
            pair.strip_prefix(variable.as_bytes())?.strip_prefix(b"=").map(String::from_utf8_lossy)
        });
        value.map_or_else(Vec::new, |value| value.split('/').map(str::to_owned).collect())
    }
}

/// Whether processes can be looked at.
pub(super) fn visible() -> bool {
    Path::new("/proc/self/environ").exists()
}

/// Which start of the machine this is.
pub(super) fn boot() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// Every process but this one.
pub(super) fn others() -> io::Result<Vec<Process>> {
    let own = i32::try_from(std::process::id()).ok();
    let mut processes = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let id = entry?.file_name().to_str().and_then(|name| name.parse().ok());
        processes.extend(id.filter(|id| Some(*id) != own).and_then(stat));
    }
    Ok(processes)
}

fn stat(id: i32) -> Option<Process> {
    read(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

/// Reads the line of a process: id, name in parentheses, and fifty fields of which
/// state, group and start are the third, fifth and twenty-second.
fn read(line: &str) -> Option<Process> {
    let (id, _) = line.split_once(' ')?;
    // The name may have parentheses and spaces of its own.
    let (_, fields) = line.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    Some(Process {
        id: id.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        ended: matches!(*fields.first()?, "Z" | "X"),
        start: fields.get(19)?.parse().ok()?,
    })
}

#[test]
fn a_line_is_read() {
    let line = "42 (a) R (b) Z 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 12345 0 0";
    let process = read(line).unwrap();
    assert_eq!(process, Process { id: 42, group: 7, ended: true, start: 12_345 });
    assert_eq!(read("42 (a) R 1"), None);
}
