//! Pages of records, in the order of an export.

use taskdb_core::record::{Cursor, Page, Record};
use taskdb_core::{Result, TaskDbErr};
use uuid::Uuid;

use super::{Source, query, record};
use crate::args::Args;

/// The most bytes of payload in a page, roughly: what the tables hold may be compressed.
const BYTES: u64 = 8 << 20;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Stream(usize),
    /// A job by its age and id, and its task; before the first is the job itself.
    Job {
        age: usize,
        id: Uuid,
        task: usize,
    },
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stream(age) => write!(f, "s{age}"),
            Self::Job { age, id, task } => write!(f, "j{age}/{id}/{task}"),
        }
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        if let Some(age) = text.strip_prefix('s') {
            return Some(Self::Stream(age.parse().ok()?));
        }
        let mut parts = text.strip_prefix('j')?.splitn(3, '/');
        let (age, id, task) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self::Job { age: age.parse().ok()?, id: id.parse().ok()?, task: task.parse().ok()? })
    }
}

/// A record whose row is still to be read: the job of an age, or a task of it.
enum Slot {
    Ready(Box<Record>),
    Task { job: usize, task: usize },
}

pub(super) async fn read(
    source: &mut Source,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Page> {
    let place = match &cursor {
        None => Place::Stream(0),
        Some(cursor) => Place::parse(&cursor.0)
            .ok_or_else(|| TaskDbErr::invalid("cursor", "was not made by this source"))?,
    };
    let (age, task) = match place {
        Place::Stream(from) if from < source.streams.len() => {
            return Ok(streams(source, from, limit));
        }
        Place::Stream(_) => (0, 0),
        Place::Job { age, id, task } => {
            if source.jobs.get(age).is_none_or(|job| job.id != id) {
                let why = "does not fit: the database has changed since; begin anew";
                return Err(TaskDbErr::invalid("cursor", why));
            }
            (age, task)
        }
    };
    if age >= source.jobs.len() {
        return Ok(Page { records: Vec::new(), next: None });
    }
    source.load(age).await?;
    let (slots, next) = slots(source, age, task, limit);
    let records = records(source, slots).await?;
    Ok(Page { records, next: next.map(|place| Cursor(place.to_string())) })
}

fn streams(source: &mut Source, from: usize, limit: usize) -> Page {
    let upto = source.streams.len().min(from + limit);
    let records: Vec<_> = source.streams[from..upto].iter().cloned().map(Record::Stream).collect();
    source.report.streams += u64::try_from(records.len()).unwrap_or(0);
    let more = upto < source.streams.len() || !source.jobs.is_empty();
    Page { records, next: more.then(|| Cursor(Place::Stream(upto).to_string())) }
}

/// What a page holds, within the jobs that were read, and where the next begins.
fn slots(source: &mut Source, age: usize, task: usize, limit: usize) -> (Vec<Slot>, Option<Place>) {
    let (mut slots, mut bytes, mut from) = (Vec::new(), 0, task);
    let Some(batch) = &source.batch else { return (slots, None) };
    let begin = age - batch.from;
    for (n, (graph, facts)) in batch.jobs.iter().enumerate().skip(begin) {
        let age = batch.from + n;
        if from == 0 {
            let number = u64::try_from(age).unwrap_or(u64::MAX);
            let job = facts.record(graph, number, &mut source.report);
            slots.push(Slot::Ready(Box::new(Record::Job(job))));
            source.report.jobs += 1;
            if graph.is_empty() {
                let stand_in = Record::Task(Box::new(facts.stand_in(graph)));
                slots.push(Slot::Ready(Box::new(stand_in)));
                source.report.tasks += 1;
            }
        }
        for (place, node) in graph.nodes.iter().enumerate().skip(from) {
            let full = slots.len() >= limit || bytes >= BYTES;
            if full && place > 0 {
                let place = Place::Job { age, id: graph.job_id, task: place };
                return (slots, Some(place));
            }
            bytes += u64::from(node.size);
            slots.push(Slot::Task { job: n, task: place });
            source.report.tasks += 1;
        }
        from = 0;
        let next = age + 1;
        if slots.len() >= limit || bytes >= BYTES || n + 1 == batch.jobs.len() {
            let next =
                source.jobs.get(next).map(|job| Place::Job { age: next, id: job.id, task: 0 });
            return (slots, next);
        }
    }
    (slots, None)
}

/// Fills in what the rows of the tasks say.
async fn records(source: &mut Source, slots: Vec<Slot>) -> Result<Vec<Record>> {
    let Some(batch) = &source.batch else { return Ok(Vec::new()) };
    let (mut ids, mut names) = (Vec::new(), Vec::new());
    for slot in &slots {
        if let Slot::Task { job, task } = slot {
            let graph = &batch.jobs[*job].0;
            ids.push(graph.job_id);
            names.push(&*graph.nodes[*task].name);
        }
    }
    let args = Args::default().add(&ids).add(&names).add(&source.zone);
    let text = include_str!("../../legacy/details.sql").to_owned();
    let rows =
        if ids.is_empty() { Vec::new() } else { query(&mut source.conn, text, args).await? };
    let mut rows = rows.iter();
    let mut records = Vec::with_capacity(slots.len());
    for slot in slots {
        records.push(match slot {
            Slot::Ready(record) => *record,
            Slot::Task { job, task } => {
                let row = rows.next().ok_or_else(|| crate::error::corrupt("a task has gone"))?;
                let graph = &batch.jobs[job].0;
                let task = record::task(row, graph, task, source.now, &mut source.report)?;
                Record::Task(Box::new(task))
            }
        });
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_back() {
        let job = Place::Job { age: 3, id: Uuid::max(), task: 17 };
        for place in [Place::Stream(0), Place::Stream(9), job] {
            assert_eq!(Place::parse(&place.to_string()), Some(place));
        }
        for text in ["", "s", "j1", "j1/x/2", "t1/2", "x"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
