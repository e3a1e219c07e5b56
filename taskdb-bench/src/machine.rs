//! Facts about the machine and this process, without which figures say little.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use taskdb::{Clock, SystemClock};

use crate::error::{Error, Result};
use crate::measure::Pace;

/// The machine that was measured on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Machine {
    /// Cores this process may use.
    pub cores: usize,
    /// The processor, where the system says it.
    pub processor: Option<String>,
    /// `release`, or `dev`, whose figures mean nothing.
    pub build: Cow<'static, str>,
    /// Its memory, in bytes, where the system says it.
    #[serde(default)]
    pub memory: Option<u64>,
    /// The system, where it says its name.
    #[serde(default)]
    pub system: Option<String>,
}

/// How long syncs are counted: they are for the eye, no figure is made of them.
const ENOUGH: Duration = Duration::from_secs(1);

impl Machine {
    pub(crate) fn here() -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: field("/proc/cpuinfo", "model name"),
            build: if cfg!(debug_assertions) { "dev" } else { "release" }.into(),
            memory: field("/proc/meminfo", "MemTotal").and_then(|text| bytes(&text)),
            system: std::fs::read_to_string("/proc/version")
                .ok()
                .map(|text| text.split(' ').take(3).collect::<Vec<_>>().join(" ")),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, processor, build, memory, system } = self;
        let processor = processor.as_deref().unwrap_or("unknown processor");
        write!(f, "{cores} cores, {processor}")?;
        if let Some(memory) = memory {
            write!(f, ", {:.1} GB of memory", *memory as f64 / 1e9)?;
        }
        if let Some(system) = system {
            write!(f, ", {system}")?;
        }
        write!(f, ", {build} build")
    }
}

/// How often a second the disk under a folder can make a written block durable.
pub(crate) async fn syncs_per_sec(folder: &Path, pace: Pace) -> Result<f64> {
    let mut file = tempfile::tempfile_in(folder).map_err(Error::at(folder))?;
    let time = pace.at_least.min(ENOUGH);
    let sync = move || -> std::io::Result<f64> {
        let (start, mut syncs) = (Instant::now(), 0_u32);
        while syncs < 20 || start.elapsed() < time {
            sync_block(&mut file)?;
            syncs += 1;
        }
        Ok(f64::from(syncs) / start.elapsed().as_secs_f64())
    };
    let ended = tokio::task::spawn_blocking(sync).await;
    ended.map_err(|panic| Error::Unsound(panic.to_string()))?.map_err(Error::at(folder))
}

fn sync_block(file: &mut File) -> std::io::Result<()> {
    file.write_all(&[1; 4_096])?;
    file.sync_data()
}

/// The day, in UTC.
pub(crate) fn today() -> String {
    let now = SystemClock.now().as_micros();
    jiff::Timestamp::from_microsecond(now)
        .map_or_else(|_| String::new(), |now| now.strftime("%Y-%m-%d").to_string())
}

/// The time that all cores have spent on this process.
pub(crate) fn cpu_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or_default()
}

/// Bytes of this process in memory.
pub(crate) fn resident() -> Result<u64> {
    let resident = field("/proc/self/status", "VmRSS").and_then(|text| bytes(&text));
    resident.ok_or(Error::Machine("how much memory a process has"))
}

/// A number of kilobytes, as the system writes it, in bytes.
fn bytes(text: &str) -> Option<u64> {
    let kilobytes = text.strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    Some(kilobytes * 1_024)
}

/// The first value of a name in a file of lines `name: value`.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let values = text.lines().filter_map(|line| line.split_once(':'));
    let mut values = values.filter(|(key, _)| key.trim() == name);
    values.next().map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn facts_are_those_of_a_real_machine() {
        assert!(Machine::here().cores > 0);
        assert!(syncs_per_sec(&std::env::temp_dir(), Pace::QUICK).await.unwrap() > 0.0);
        let before = cpu_time();
        assert!((0..1_000_000_u64).map(std::hint::black_box).sum::<u64>() > 0);
        assert!(cpu_time() > before);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_grows_with_what_is_kept() {
        let before = resident().unwrap();
        let kept = std::hint::black_box(vec![1_u8; 64 << 20]);
        assert!(resident().unwrap() > before + kept.len() as u64 / 2);
    }
}
