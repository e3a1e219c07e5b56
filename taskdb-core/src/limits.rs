//! How large things may be, and the checks of names and numbers.

use crate::error::{Result, TaskDbErr};
use crate::json::CanonicalJson;
use crate::task::NewTask;

/// What a handle accepts. The defaults are the contract's; each can be changed
/// up to a hard cap, the `MAX_*` constants. They bind API calls: an import goes
/// up to the hard caps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a task name, user, worker type, worker id or key.
    pub name_bytes: usize,
    /// Bytes of a definition or an output as canonical JSON.
    pub payload_bytes: usize,
    /// Nested arrays and objects in a definition or an output.
    pub json_depth: usize,
    /// Bytes of an error text; a longer one is cut on a character boundary.
    pub error_bytes: usize,
    /// Distinct prerequisites of one task.
    pub prerequisites: usize,
    /// Tasks of one job.
    pub tasks_per_job: u64,
    /// Entries of a batch.
    pub batch_entries: usize,
    /// Edges that one batch creates.
    pub batch_edges: usize,
    /// Bytes of payload in one batch.
    pub batch_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            name_bytes: 255,
            payload_bytes: 1 << 20,
            json_depth: CanonicalJson::MAX_DEPTH,
            error_bytes: 8 << 10,
            prerequisites: 1_000,
            tasks_per_job: 1_000_000,
            batch_entries: 1_000,
            batch_edges: 10_000,
            batch_bytes: 8 << 20,
        }
    }
}

impl Limits {
    /// The most workers a stream can reserve.
    pub const MAX_RESERVED: i32 = 1_000_000;
    /// The highest cap on retries.
    pub const MAX_RETRIES: i32 = 10_000;
    /// The longest timeout: thirty days.
    pub const MAX_TIMEOUT_SECS: i32 = 2_592_000;

    /// The most labels of a job.
    pub const MAX_LABELS: usize = 32;

    /// The hard caps, which also bind imports.
    pub const HARD: Self = Self {
        name_bytes: 1_024,
        payload_bytes: 64 << 20,
        json_depth: CanonicalJson::MAX_DEPTH,
        error_bytes: 64 << 10,
        prerequisites: 10_000,
        tasks_per_job: 1_000_000,
        batch_entries: 1_000,
        batch_edges: 10_000,
        batch_bytes: 64 << 20,
    };

    /// Refuses limits above the hard caps.
    pub fn check(&self) -> Result<()> {
        let pairs = [
            ("limits.name_bytes", self.name_bytes, Self::HARD.name_bytes),
            ("limits.payload_bytes", self.payload_bytes, Self::HARD.payload_bytes),
            ("limits.json_depth", self.json_depth, Self::HARD.json_depth),
            ("limits.error_bytes", self.error_bytes, Self::HARD.error_bytes),
            ("limits.prerequisites", self.prerequisites, Self::HARD.prerequisites),
            ("limits.batch_entries", self.batch_entries, Self::HARD.batch_entries),
            ("limits.batch_edges", self.batch_edges, Self::HARD.batch_edges),
            ("limits.batch_bytes", self.batch_bytes, Self::HARD.batch_bytes),
        ];
        for (argument, size, limit) in pairs {
            at_most(argument, size, limit, "at the hard cap")?;
        }
        at_most("limits.tasks_per_job", self.tasks_per_job, Self::HARD.tasks_per_job, "tasks")
    }

    /// Checks a name: 1 byte up to the limit, no control characters.
    pub fn name(&self, argument: &'static str, name: &str) -> Result<()> {
        if name.is_empty() {
            return Err(TaskDbErr::invalid(argument, "must not be empty"));
        }
        at_most(argument, name.len(), self.name_bytes, "bytes")?;
        match name.chars().find(|c| c.is_control()) {
            Some(c) => Err(TaskDbErr::invalid(
                argument,
                format!("has the control character U+{:04X}", u32::from(c)),
            )),
            None => Ok(()),
        }
    }

    /// Checks the size of a payload.
    pub fn payload(&self, argument: &'static str, payload: &CanonicalJson) -> Result<()> {
        at_most(argument, payload.depth(), self.json_depth, "levels")?;
        at_most(argument, payload.payload_bytes(), self.payload_bytes, "bytes")
    }

    /// The first of `tasks` that fit into one call, which creates them all or none; at
    /// least one, if there are any.
    ///
    /// ```
    /// use taskdb_core::{Limits, NewTask};
    /// let task = |n| NewTask::new(format!("count-{n}"), uuid::Uuid::nil(), serde_json::json!(n));
    /// assert_eq!(Limits::default().batch((0..1_500).map(task)).len(), 1_000);
    /// ```
    pub fn batch(&self, tasks: impl IntoIterator<Item = NewTask>) -> Vec<NewTask> {
        let (mut batch, mut edges, mut bytes) = (Vec::new(), 0, 0);
        for task in tasks {
            edges += task.prerequisites.len();
            bytes += CanonicalJson::new(&task.definition).bytes();
            let fits = batch.len() < self.batch_entries
                && edges <= self.batch_edges
                && bytes <= self.batch_bytes;
            if !fits && !batch.is_empty() {
                break;
            }
            batch.push(task);
        }
        batch
    }

    /// The error text, cut to the limit on a character boundary.
    pub fn cut<'a>(&self, error: &'a str) -> &'a str {
        &error[..error.floor_char_boundary(self.error_bytes)]
    }
}

/// Checks that a number lies in `0..=max`.
pub(crate) fn number(argument: &'static str, value: i32, max: i32) -> Result<()> {
    if (0..=max).contains(&value) {
        return Ok(());
    }
    Err(TaskDbErr::invalid(argument, format!("is {value}; use 0 to {max}")))
}

/// Checks the best-effort weight of a stream.
pub(crate) fn be_mult(value: f64) -> Result<()> {
    // Compared as f32, because that is what callers hand in.
    if (f64::from(0.001_f32)..=1e6).contains(&value) {
        return Ok(());
    }
    Err(TaskDbErr::InvalidBeMult { value })
}

/// Checks a size against its limit.
pub(crate) fn at_most<N: TryInto<u64> + PartialOrd>(
    argument: &'static str,
    size: N,
    limit: N,
    unit: &'static str,
) -> Result<()> {
    if size <= limit {
        return Ok(());
    }
    let number = |n: N| n.try_into().unwrap_or(u64::MAX);
    Err(TaskDbErr::TooLarge { argument, size: number(size), limit: number(limit), unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_at_their_limits() {
        let limits = Limits::default();
        for good in ["a", "a:b|{c} d", "😀", &"é".repeat(127), &"x".repeat(255)] {
            limits.name("task_id", good).unwrap();
        }
        assert!(matches!(
            limits.name("task_id", &"x".repeat(256)),
            Err(TaskDbErr::TooLarge { size: 256, limit: 255, .. })
        ));
        for bad in ["", "a\nb", "a\u{0}", "\u{7f}", "\u{85}"] {
            assert!(matches!(
                limits.name("task_id", bad),
                Err(TaskDbErr::InvalidArgument { argument: "task_id", .. })
            ));
        }
    }

    #[test]
    fn a_batch_takes_what_fits() {
        let task = |bytes: usize, edges: usize| {
            let text = serde_json::json!("x".repeat(bytes - 2));
            NewTask::new("task", uuid::Uuid::nil(), text)
                .after((0..edges).map(|edge| edge.to_string()))
        };
        let limits =
            Limits { batch_entries: 3, batch_edges: 10, batch_bytes: 100, ..Limits::default() };
        let taken = |tasks: &[(usize, usize)]| {
            limits.batch(tasks.iter().map(|&(bytes, edges)| task(bytes, edges))).len()
        };
        assert_eq!(taken(&[]), 0);
        assert_eq!(taken(&[(5, 1), (5, 1), (5, 1), (5, 1)]), 3);
        assert_eq!(taken(&[(50, 0), (50, 0), (5, 0)]), 2);
        assert_eq!(taken(&[(50, 0), (51, 0)]), 1);
        assert_eq!(taken(&[(5, 4), (5, 6), (5, 0)]), 3);
        assert_eq!(taken(&[(5, 4), (5, 7)]), 1);
        // One that is too large by itself goes alone, to be judged by its own limits.
        assert_eq!(taken(&[(101, 11), (5, 0)]), 1);
    }

    #[test]
    fn weights_at_their_limits() {
        for good in [0.001_f32, 0.1, 1.0, 1e6] {
            be_mult(good.into()).unwrap();
        }
        for bad in [0.0_f32, -1.0, 0.000_999, 1_000_001.0, f32::NAN, f32::INFINITY] {
            assert!(be_mult(bad.into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn errors_are_cut_on_a_character_boundary() {
        let limits = Limits { error_bytes: 3, ..Limits::default() };
        assert_eq!(limits.cut("aéé"), "aé");
        assert_eq!(limits.cut("ab"), "ab");
        assert!(Limits { name_bytes: 1_025, ..limits }.check().is_err());
    }
}
