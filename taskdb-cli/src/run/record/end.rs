//! Ends what an earlier run has left running.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process, test_kill_process_group};
use uuid::Uuid;

use super::command::{Found, VARIABLE, found};
use super::process::{self, Process};

/// How long killed processes may take to go.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);
/// So many looks in a row must find nothing: a process that is about to execute its
/// program has no environment for an instant, and one look passes it by.
const CLEAN: u32 = 2;

/// Ends every process of the records in `folder`, or of those with these claims, and then
/// removes them.
pub(super) async fn commands(folder: &Path, claims: Option<&[Uuid]>) -> anyhow::Result<u64> {
    let context = || format!("cannot read the records of commands in {}", folder.display());
    let mut records = found(folder).with_context(context)?;
    if let Some(claims) = claims {
        let claims: BTreeSet<String> = claims.iter().map(Uuid::to_string).collect();
        records.retain(|record| claims.contains(&record.claim));
    }
    if records.is_empty() {
        return Ok(0);
    }
    let ended = if process::visible() { kill(&records).await? } else { refuse(&records)? };
    for record in records {
        let _ = std::fs::remove_file(record.path);
    }
    Ok(ended)
}

/// Kills until nothing is left; how many records had a process.
async fn kill(records: &[Found]) -> anyhow::Result<u64> {
    let start = Instant::now();
    let (mut clean, mut groups, mut met) = (0, BTreeSet::new(), BTreeSet::new());
    while clean < CLEAN {
        let left = look(records, &mut groups, &mut met).context("cannot list processes")?;
        clean = if left.is_empty() { clean + 1 } else { 0 };
        if let Some(id) = left.first().filter(|_| start.elapsed() > PATIENCE) {
            bail!("process {id} of a command of the earlier run does not end: end it, then resume");
        }
        for id in left {
            // It may be gone; that it does not end in time is what counts.
            let _ = Pid::from_raw(id).map(|id| kill_process(id, Signal::KILL));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(met.len() as u64)
}

/// The processes of the records that are alive. `groups` keeps the groups whose
/// leader was met: while a member lives, no other group can have that id. `met` keeps
/// the claims that had a process.
fn look(
    records: &[Found],
    groups: &mut BTreeSet<i32>,
    met: &mut BTreeSet<String>,
) -> std::io::Result<Vec<i32>> {
    let (processes, boot) = (process::others()?, process::boot());
    for record in records {
        let Some(leader) = &record.leader else { continue };
        if let Some(found) = processes.iter().find(|found| found.is(leader, boot.as_deref())) {
            groups.insert(leader.id);
            if !found.ended {
                met.insert(record.claim.clone());
            }
        }
    }
    let mut left = Vec::new();
    for process in processes.iter().filter(|process| !process.ended) {
        let entries: BTreeSet<String> = process.entries(VARIABLE).into_iter().collect();
        let claim =
            records.iter().map(|record| &record.claim).find(|claim| entries.contains(*claim));
        if claim.is_some() || is_member(process, groups) {
            met.extend(claim.cloned());
            left.push(process.id);
        }
    }
    Ok(left)
}

fn is_member(process: &Process, groups: &BTreeSet<i32>) -> bool {
    groups.contains(&process.group)
}

/// Without a view of processes nothing tells a group from another of the same id, so
/// none is killed.
fn refuse(records: &[Found]) -> anyhow::Result<u64> {
    let leaders = records.iter().filter_map(|record| record.leader.as_ref());
    let groups = leaders.filter_map(|leader| Pid::from_raw(leader.id));
    let alive: Vec<String> = groups
        .filter(|group| test_kill_process_group(*group).is_ok())
        .map(|group| group.as_raw_nonzero().to_string())
        .collect();
    if !alive.is_empty() {
        let groups = alive.join(" ");
        bail!(
            "process groups of the earlier run may still be there: {groups}; end them (`kill -9 -- -GROUP`), then resume"
        );
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    use super::super::command;
    use super::*;

    /// A process in a group of its own, that knows this claim.
    fn sleeper(claim: &str) -> Child {
        let mut sleep = Command::new("sleep");
        sleep.arg("60").env(VARIABLE, claim).process_group(0).stdin(Stdio::null());
        sleep.spawn().unwrap()
    }

    fn folder(claim: Uuid, leader: Option<u32>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        command::Command::begin(folder.path(), claim).unwrap();
        if let Some(leader) = leader {
            let note = command::Note::Process(process::identity(leader).unwrap());
            let text = serde_json::to_string(&note).unwrap();
            std::fs::write(folder.path().join(claim.to_string()), text).unwrap();
        }
        folder
    }

    async fn gone(child: &mut Child, folder: &tempfile::TempDir) -> bool {
        let ended = commands(folder.path(), None).await.unwrap();
        let gone = child.try_wait().unwrap().is_some();
        assert_eq!(ended, u64::from(gone));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the record goes");
        let _ = child.kill();
        child.wait().unwrap();
        gone
    }

    #[tokio::test]
    async fn a_process_is_known_by_its_claim_or_its_id() {
        let [claim, other] = [(); 2].map(|()| Uuid::new_v4());
        for (marker, found) in [
            (claim.to_string(), true),
            (format!("{other}/{claim}"), true),
            (format!("{claim}/{other}"), true),
            (other.to_string(), false),
            (format!("{claim}x"), false),
        ] {
            assert_eq!(gone(&mut sleeper(&marker), &folder(claim, None)).await, found, "{marker}");
        }
        let mut child = sleeper("");
        let folder = folder(claim, Some(child.id()));
        assert!(gone(&mut child, &folder).await);
    }

    #[tokio::test]
    async fn an_id_that_is_used_again_is_spared() {
        let claim = Uuid::new_v4();
        for key in ["start", "boot"] {
            let mut child = sleeper("");
            let folder = folder(claim, Some(child.id()));
            let path = folder.path().join(claim.to_string());
            let record: serde_json::Value =
                serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let was = record["process"][key].to_string();
            let text = record.to_string();
            let changed = text.replace(&was, if key == "start" { "1" } else { "\"another\"" });
            assert_ne!(text, changed);
            std::fs::write(&path, changed).unwrap();
            assert!(!gone(&mut child, &folder).await, "{key}");
        }
    }

    #[test]
    fn without_a_view_of_processes_groups_are_named() {
        let claim = Uuid::new_v4();
        let mut child = sleeper("");
        let folder = folder(claim, Some(child.id()));
        let records = found(folder.path()).unwrap();
        let why = refuse(&records).unwrap_err().to_string();
        assert!(why.contains(&format!("still be there: {}; end them", child.id())), "{why}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(refuse(&records).unwrap(), 0);
    }
}
