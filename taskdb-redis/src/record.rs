//! Records as the scripts pack them: the header of a job, tasks, definitions.
//!
//! The layouts are those of `lua/lib/layout.lua`, little-endian.
//! What names mean is not decided here.

use taskdb_core::{
    Backoff, CanonicalJson, JobState, Priority, Rules, RunIf, TaskDbErr, TaskState, Timestamp,
};
use uuid::Uuid;

use crate::error::corrupt;

/// What stands for a time that is not there.
const NONE: i64 = -9_007_199_254_740_992;

const OPTIONAL: u8 = 1;
const ALL_SETTLED: u8 = 2;
const TOLERATED: u8 = 4;
const STARTED: u8 = 8;
const START_AT: u8 = 16;
const CLAIM: u8 = 32;
const LIVE: u8 = 64;
const ERROR: u8 = 128;
/// Added to how the last claim was closed, where a task is not as it was created.
const USED: u8 = 8;

type Result<T> = std::result::Result<T, TaskDbErr>;

/// Reads packed values one after the other.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (head, rest) = self
            .0
            .split_at_checked(length)
            .ok_or_else(|| corrupt("a packed record is cut short"))?;
        self.0 = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    /// An unsigned number of `bytes` bytes, at most eight.
    fn number(&mut self, bytes: usize) -> Result<u64> {
        let mut wide = [0; 8];
        wide[..bytes].copy_from_slice(self.take(bytes)?);
        Ok(u64::from_le_bytes(wide))
    }

    fn narrow<T: TryFrom<u64>>(&mut self, bytes: usize) -> Result<T> {
        T::try_from(self.number(bytes)?).map_err(|_| corrupt("a packed number is out of range"))
    }

    fn code<T>(&mut self, decode: fn(u8) -> Option<T>) -> Result<T> {
        decode(self.narrow(1)?).ok_or_else(|| corrupt("a packed state is unknown"))
    }

    fn micros(&mut self) -> Result<i64> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    fn time(&mut self) -> Result<Timestamp> {
        self.micros().map(Timestamp::from_micros)
    }

    fn time_or_none(&mut self) -> Result<Option<Timestamp>> {
        Ok(present(self.micros()?).map(Timestamp::from_micros))
    }

    /// A text with its length before it.
    fn text(&mut self, bytes: usize) -> Result<String> {
        let length = self.narrow(bytes)?;
        String::from_utf8(self.take(length)?.to_vec())
            .map_err(|_| corrupt("a packed name is not UTF-8"))
    }
}

pub(crate) fn present(micros: i64) -> Option<i64> {
    (micros != NONE).then_some(micros)
}

/// The header of a job.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Header {
    pub(crate) state: JobState,
    pub(crate) priority: Priority,
    pub(crate) number: u64,
    pub(crate) tasks: u64,
    pub(crate) unresolved: u64,
    pub(crate) open: u64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) user_id: String,
}

impl Header {
    /// Reads the field `h` of a job.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let mut cursor = Cursor(bytes);
        let (updated_at, started_at) = (cursor.time()?, cursor.time_or_none()?);
        let (unresolved, open) = (cursor.number(4)?, cursor.number(4)?);
        let (_hard, _delayed, _next) = (cursor.number(4)?, cursor.number(4)?, cursor.number(4)?);
        let tasks = cursor.number(4)?;
        let (state, priority) =
            (cursor.code(JobState::from_code)?, cursor.code(Priority::from_code)?);
        let (number, created_at) = (cursor.number(6)?, cursor.time()?);
        let user_id = cursor.text(2)?;
        Ok(Self {
            state,
            priority,
            number,
            tasks,
            unresolved,
            open,
            created_at,
            updated_at,
            started_at,
            user_id,
        })
    }
}

/// The claim of a task: the present one, or the last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PackedClaim {
    pub(crate) id: Uuid,
    pub(crate) worker_id: String,
}

/// What only a running task has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Live {
    pub(crate) lease: Option<i64>,
    pub(crate) lease_end: Option<Timestamp>,
    pub(crate) work_deadline: Timestamp,
    pub(crate) deadline: Timestamp,
}

/// A task as it is packed, without its definition and output.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) state: TaskState,
    pub(crate) waiting_on: u32,
    pub(crate) optional: bool,
    pub(crate) run_if: RunIf,
    pub(crate) tolerated: bool,
    pub(crate) max_retries: i32,
    pub(crate) retries: i32,
    pub(crate) losses: u32,
    pub(crate) attempt: u64,
    pub(crate) timeout_secs: i32,
    pub(crate) progress: f32,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) start_at: Option<Timestamp>,
    pub(crate) claim: Option<PackedClaim>,
    pub(crate) live: Option<Live>,
    pub(crate) error: Option<String>,
}

impl Task {
    /// Reads a field `t<age>` of a job.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let mut cursor = Cursor(bytes);
        let state = cursor.code(TaskState::from_code)?;
        let (flags, closing): (u8, u8) = (cursor.narrow(1)?, cursor.narrow(1)?);
        let has = |bit: u8| flags & bit != 0;
        let (created_at, _stream) = (cursor.time()?, cursor.number(6)?);
        let (max_retries, timeout_secs) = (cursor.narrow(4)?, cursor.narrow(4)?);
        let name = cursor.text(2)?;
        let Use { updated_at, attempt, waiting_on, retries, losses, progress } =
            Use::parse(&mut cursor, closing, created_at)?;
        Ok(Self {
            name,
            state,
            waiting_on,
            optional: has(OPTIONAL),
            run_if: if has(ALL_SETTLED) { RunIf::AllSettled } else { RunIf::AllDone },
            tolerated: has(TOLERATED),
            max_retries,
            retries,
            losses,
            attempt,
            timeout_secs,
            progress,
            created_at,
            updated_at,
            started_at: has(STARTED).then(|| cursor.time()).transpose()?,
            start_at: has(START_AT).then(|| cursor.time()).transpose()?,
            claim: has(CLAIM).then(|| claim(&mut cursor)).transpose()?,
            live: has(LIVE).then(|| live(&mut cursor)).transpose()?,
            error: has(ERROR).then(|| cursor.text(4)).transpose()?,
        })
    }

    /// Packs a task of the stream of this number with so many dependants.
    pub(crate) fn pack(&self, stream: u64, dependants: u32) -> Vec<u8> {
        let flags = [
            (self.optional, OPTIONAL),
            (self.run_if == RunIf::AllSettled, ALL_SETTLED),
            (self.tolerated, TOLERATED),
            (self.started_at.is_some(), STARTED),
            (self.start_at.is_some(), START_AT),
            (self.claim.is_some(), CLAIM),
            (self.live.is_some(), LIVE),
            (self.error.is_some(), ERROR),
        ];
        let flags = flags.into_iter().filter(|(set, _)| *set).fold(0, |all, (_, bit)| all | bit);
        let used = self.is_used(dependants);
        let mut bytes = vec![self.state.code(), flags, if used { USED } else { 0 }];
        bytes.extend(self.created_at.as_micros().to_le_bytes());
        bytes.extend(&stream.to_le_bytes()[..6]);
        bytes.extend(self.max_retries.to_le_bytes());
        bytes.extend(self.timeout_secs.to_le_bytes());
        put_text(&mut bytes, 2, &self.name);
        if used {
            bytes.extend(self.updated_at.as_micros().to_le_bytes());
            bytes.extend(&self.attempt.to_le_bytes()[..4]);
            bytes.extend(self.waiting_on.to_le_bytes());
            bytes.extend(dependants.to_le_bytes());
            bytes.extend(self.retries.to_le_bytes());
            bytes.extend(self.losses.to_le_bytes());
            bytes.extend(self.progress.to_le_bytes());
        }
        for time in [self.started_at, self.start_at].into_iter().flatten() {
            bytes.extend(time.as_micros().to_le_bytes());
        }
        self.pack_claim(&mut bytes);
        if let Some(error) = &self.error {
            put_text(&mut bytes, 4, error);
        }
        bytes
    }

    /// Whether it is not as it was created.
    fn is_used(&self, dependants: u32) -> bool {
        let counts = [self.waiting_on, dependants, self.losses];
        counts.iter().any(|count| *count > 0)
            || self.attempt > 0
            || self.retries > 0
            || self.progress > 0.0
            || self.updated_at != self.created_at
    }

    fn pack_claim(&self, bytes: &mut Vec<u8>) {
        if let Some(claim) = &self.claim {
            bytes.extend(claim.id.as_bytes());
            put_text(bytes, 2, &claim.worker_id);
        }
        if let Some(live) = &self.live {
            let lease_end = live.lease_end.map_or(NONE, Timestamp::as_micros);
            for micros in [
                live.lease.unwrap_or(NONE),
                lease_end,
                live.work_deadline.as_micros(),
                live.deadline.as_micros(),
            ] {
                bytes.extend(micros.to_le_bytes());
            }
        }
    }
}

/// What a task has once it is not as it was created.
struct Use {
    updated_at: Timestamp,
    attempt: u64,
    waiting_on: u32,
    retries: i32,
    losses: u32,
    progress: f32,
}

impl Use {
    fn parse(cursor: &mut Cursor<'_>, closing: u8, created_at: Timestamp) -> Result<Self> {
        if closing < USED {
            let (waiting_on, losses) = (0, 0);
            let updated_at = created_at;
            return Ok(Self {
                updated_at,
                attempt: 0,
                waiting_on,
                retries: 0,
                losses,
                progress: 0.0,
            });
        }
        let (updated_at, attempt) = (cursor.time()?, cursor.number(4)?);
        let (waiting_on, _dependants) = (cursor.narrow(4)?, cursor.number(4)?);
        let (retries, losses) = (cursor.narrow(4)?, cursor.narrow(4)?);
        let progress = f32::from_le_bytes(cursor.array()?);
        Ok(Self { updated_at, attempt, waiting_on, retries, losses, progress })
    }
}

fn claim(cursor: &mut Cursor<'_>) -> Result<PackedClaim> {
    Ok(PackedClaim { id: Uuid::from_bytes(cursor.array()?), worker_id: cursor.text(2)? })
}

fn live(cursor: &mut Cursor<'_>) -> Result<Live> {
    Ok(Live {
        lease: present(cursor.micros()?),
        lease_end: cursor.time_or_none()?,
        work_deadline: cursor.time()?,
        deadline: cursor.time()?,
    })
}

fn put_text(bytes: &mut Vec<u8>, length_bytes: usize, text: &str) {
    bytes.extend(&text.len().to_le_bytes()[..length_bytes]);
    bytes.extend(text.as_bytes());
}

/// What stands for a cap on lost claims that is not there, in six bytes.
const NO_CAP: u64 = (1 << 48) - 1;

/// Packs rules, without the time to start by.
pub(crate) fn pack_rules(rules: &Rules) -> Vec<u8> {
    let Backoff { first_micros, cap_micros, jitter } = rules.backoff;
    let losses = rules.max_losses.map_or(NO_CAP, u64::from);
    let mut bytes = first_micros.to_le_bytes().to_vec();
    bytes.extend(cap_micros.to_le_bytes());
    bytes.push(jitter);
    bytes.extend(&losses.to_le_bytes()[..6]);
    bytes
}

/// Packs the field `x<age>` of a job; empty for a task that needs none.
pub(crate) fn pack_ruled(rules: &Rules, start_by: Option<Timestamp>) -> Vec<u8> {
    if rules.is_default() && start_by.is_none() {
        return Vec::new();
    }
    let mut bytes = pack_rules(rules);
    bytes.extend(start_by.map_or(NONE, Timestamp::as_micros).to_le_bytes());
    bytes
}

/// Reads a field `x<age>` of a job: the rules of a task and the time to start by.
pub(crate) fn parse_ruled(bytes: Option<&[u8]>) -> Result<(Rules, Option<Timestamp>)> {
    let Some(bytes) = bytes else { return Ok(Default::default()) };
    let mut cursor = Cursor(bytes);
    let (first_micros, cap_micros) = (cursor.micros()?, cursor.micros()?);
    let backoff = Backoff { first_micros, cap_micros, jitter: cursor.narrow(1)? };
    let max_losses = Some(cursor.number(6)?).filter(|losses| *losses != NO_CAP);
    let narrow = |_| corrupt("a packed number is out of range");
    let max_losses = max_losses.map(u32::try_from).transpose().map_err(narrow)?;
    Ok((Rules { backoff, max_losses }, cursor.time_or_none()?))
}

/// Packs a definition with the names of its prerequisites before it.
pub(crate) fn pack_definition(prerequisites: &[String], body: &CanonicalJson) -> Vec<u8> {
    let mut names = Vec::new();
    for name in prerequisites {
        put_text(&mut names, 2, name);
    }
    let mut bytes = names.len().to_le_bytes()[..4].to_vec();
    bytes.extend(names);
    bytes.extend(body.as_str().as_bytes());
    bytes
}

/// Reads what [`pack_definition`] has packed.
pub(crate) fn parse_definition(bytes: &[u8]) -> Result<(Vec<String>, CanonicalJson)> {
    let mut cursor = Cursor(bytes);
    let length = cursor.narrow(4)?;
    let mut names = Cursor(cursor.take(length)?);
    let mut prerequisites = Vec::new();
    while !names.0.is_empty() {
        prerequisites.push(names.text(2)?);
    }
    Ok((prerequisites, stored_json(cursor.0.to_vec())?))
}

/// JSON as it was written by this program.
pub(crate) fn stored_json(bytes: Vec<u8>) -> Result<CanonicalJson> {
    let text = String::from_utf8(bytes).map_err(|_| corrupt("stored JSON is not UTF-8"))?;
    Ok(CanonicalJson::from_stored(text))
}

/// The ages in a packed list of dependants.
pub(crate) fn parse_ages(bytes: &[u8]) -> Vec<u64> {
    bytes
        .chunks_exact(4)
        .map(|age| age.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Task {
        Task {
            name: "segment-3".into(),
            state: TaskState::Running,
            waiting_on: 0,
            optional: true,
            run_if: RunIf::AllSettled,
            tolerated: false,
            max_retries: 10_000,
            retries: 3,
            losses: 7,
            attempt: 9,
            timeout_secs: 2_592_000,
            progress: 0.25,
            created_at: Timestamp::from_micros(1),
            updated_at: Timestamp::from_micros(2),
            started_at: Some(Timestamp::from_micros(3)),
            start_at: None,
            claim: Some(PackedClaim { id: Uuid::from_u128(5), worker_id: "w:1".into() }),
            live: Some(Live {
                lease: None,
                lease_end: None,
                work_deadline: Timestamp::from_micros(8),
                deadline: Timestamp::from_micros(9),
            }),
            error: Some("größer".into()),
        }
    }

    #[test]
    fn tasks_are_read_back() {
        let packed = task().pack(0, 0);
        assert_eq!(Task::parse(&packed).unwrap(), task());
        for length in 0..packed.len() {
            assert!(Task::parse(&packed[..length]).is_err(), "{length} bytes pass");
        }
    }

    #[test]
    fn a_task_as_it_was_created_is_read() {
        let created = Task {
            state: TaskState::Ready,
            retries: 0,
            losses: 0,
            attempt: 0,
            progress: 0.0,
            updated_at: Timestamp::from_micros(1),
            started_at: None,
            claim: None,
            live: None,
            error: None,
            ..task()
        };
        // What nothing has changed yet is left out.
        let packed = created.pack(0, 0);
        assert_eq!((packed.len(), packed[2]), (36, 0));
        assert_eq!(Task::parse(&packed).unwrap(), created);
        let linked = created.pack(0, 1);
        assert_eq!((linked.len(), Task::parse(&linked).unwrap()), (68, created));
    }

    #[test]
    fn rules_are_read_back() {
        let second = std::time::Duration::from_secs(1);
        let backoff = Backoff::exponential(second, second * 9).jitter(100);
        for (max_losses, start_by) in
            [(None, None), (Some(u32::MAX), Timestamp::from_micros(-3).into())]
        {
            let rules = Rules { backoff, max_losses };
            let packed = pack_ruled(&rules, start_by);
            assert_eq!(parse_ruled(Some(&packed)).unwrap(), (rules, start_by));
            assert!(parse_ruled(Some(&packed[1..])).is_err());
        }
        assert!(pack_ruled(&Rules::default(), None).is_empty());
        assert_eq!(parse_ruled(None).unwrap(), (Rules::default(), None));
    }

    #[test]
    fn definitions_are_read_back() {
        let names = vec!["a".to_owned(), "b:{}".to_owned()];
        let body = CanonicalJson::from_stored("{\"x\":1}".into());
        let packed = pack_definition(&names, &body);
        assert_eq!(parse_definition(&packed).unwrap(), (names, body));
    }

    #[test]
    fn lists_of_ages_are_read_back() {
        assert_eq!(parse_ages(&[1, 0, 0, 0, 0, 1, 0, 0]), [1, 256]);
    }
}
