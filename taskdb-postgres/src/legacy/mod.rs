//! The layout of the TaskDB before this one as a source of records: recognised, read
//! and mended on the way, never written to.
//!
//! Such a database has the tables `streams`, `jobs`, `tasks` and `task_deps` in its schema
//! `public`. Stop whatever works on it before it is read: it has no gate that could be
//! closed. A [`Source`] sees one moment of it, as long as it lives.

mod graph;
mod layout;
mod page;
mod record;
mod report;

use std::collections::HashMap;

use futures::TryStreamExt;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use taskdb_core::record::{Cursor, Page};
use taskdb_core::{JobState, Result, TaskDbErr, TaskState, Timestamp};
use uuid::Uuid;

pub use report::{Found, Kind, Report};

use crate::args::Args;
use crate::config::Config;
use crate::error::{Fault, corrupt};
use crate::row::get;
use graph::{Graph, Node};
use layout::Layout;
use record::JobFacts;

/// The zone that times are read in, unless told: that which the driver of applications
/// gives to its sessions, whatever the zone of the server is.
const ZONE: &str = "UTC";
/// How many jobs, and about how many tasks of them, are looked at in one step.
const JOBS: usize = 500;
const TASKS: i64 = 2_000;
/// How many examples of odd edges are asked for.
const EXAMPLES: i64 = 5;

/// A database of the earlier layout, at one moment.
///
/// Its pages are those of an export: streams, then each job with its tasks, by age, so
/// that [`TaskDb::import`](taskdb_core::TaskDb::import) takes them. A job's tasks are in
/// an order where prerequisites come first. Memory holds the ids of all jobs, and the
/// names of the tasks of one job or of a few hundred small ones.
///
/// ```no_run
/// # async fn copy(target: &taskdb_core::TaskDb) -> taskdb_core::Result<()> {
/// use taskdb_postgres::legacy::Source;
///
/// let mut source = Source::open("postgres://user:secret@localhost/bento").await?;
/// let mut cursor = None;
/// loop {
///     let page = source.page(cursor, 1_000).await?;
///     target.import(page.records).await?;
///     cursor = page.next;
///     if cursor.is_none() {
///         break;
///     }
/// }
/// let report = source.report().await?.to_string();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Source {
    conn: PgConnection,
    layout: Layout,
    zone: String,
    /// When it was opened, by the clock of the server.
    now: Timestamp,
    jobs: Vec<Listed>,
    streams: Vec<taskdb_core::record::StreamRecord>,
    /// The time of jobs that have none.
    latest: Timestamp,
    batch: Option<Batch>,
    report: Report,
    edges_told: bool,
}

/// A job's place in the order of age.
#[derive(Debug, Clone, Copy)]
struct Listed {
    id: Uuid,
    tasks: i64,
}

/// Some jobs that were read and mended.
#[derive(Debug)]
struct Batch {
    /// The age of the first.
    from: usize,
    jobs: Vec<(Graph, JobFacts)>,
}

impl Source {
    /// Opens a database by the URL of a [`Config`], of whose own parameters only
    /// `connect_timeout_ms` counts; times are read as UTC.
    ///
    /// # Errors
    ///
    /// `Config` for a URL that cannot be used, and for a database without that layout;
    /// `Unavailable` when no server answers.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_in(url, ZONE).await
    }

    /// Opens a database whose times were written in another zone, as in `Europe/Berlin`.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and `Config` for a zone that the server does not know.
    pub async fn open_in(url: &str, zone: &str) -> Result<Self> {
        let config = Config::from_url(url)?;
        let connecting = tokio::time::timeout(config.connect_timeout, async {
            config.options().connect().await.map_err(refused)
        });
        let conn = connecting.await.map_err(|_| Fault::no_connection())??;
        Self::read(conn, zone).await
    }

    /// Opens the database of a pool, over a connection of its own; times are read as UTC.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn from_pool(pool: &sqlx::PgPool) -> Result<Self> {
        Self::read(pool.connect_options().connect().await.map_err(refused)?, ZONE).await
    }

    async fn read(mut conn: PgConnection, zone: &str) -> Result<Self> {
        let begin = include_str!("../../legacy/begin.sql");
        sqlx::raw_sql(begin).execute(&mut conn).await.map_err(refused)?;
        let layout = Layout::read(&mut conn).await?;
        let mut source = Self {
            conn,
            layout,
            zone: zone.to_owned(),
            now: Timestamp::default(),
            jobs: Vec::new(),
            streams: Vec::new(),
            latest: Timestamp::default(),
            batch: None,
            report: Report::default(),
            edges_told: false,
        };
        source.check_zone().await?;
        source.list().await?;
        source.read_streams().await?;
        Ok(source)
    }

    async fn check_zone(&mut self) -> Result<()> {
        let text = include_str!("../../legacy/zone.sql").to_owned();
        let rows = query(&mut self.conn, text, Args::default().add(&self.zone)).await?;
        let row = rows.first().ok_or_else(|| corrupt("the server does not tell its zone"))?;
        self.now = Timestamp::from_micros(get(row, "now")?);
        if !get::<bool>(row, "known")? {
            let why = format!("`{}` is no time zone of the server", self.zone);
            return Err(TaskDbErr::Config(why));
        }
        if !get::<bool>(row, "alike")? {
            let server: String = get(row, "server")?;
            self.report.note(Kind::Zone, || server);
        }
        Ok(())
    }

    async fn list(&mut self) -> Result<()> {
        let text = self.layout.put_in(include_str!("../../legacy/list.sql"));
        let args = Args::default().add(&self.zone).into_inner();
        let query = sqlx::query_with(AssertSqlSafe(text), args).persistent(false);
        let mut rows = query.fetch(&mut self.conn);
        while let Some(row) = rows.try_next().await.map_err(refused)? {
            self.jobs.push(Listed { id: get(&row, "id")?, tasks: get(&row, "tasks")? });
            if let Some(created) = get(&row, "created")? {
                self.latest = Timestamp::from_micros(created);
            }
        }
        Ok(())
    }

    async fn read_streams(&mut self) -> Result<()> {
        let text = include_str!("../../legacy/streams.sql").to_owned();
        let mut owners = HashMap::new();
        for (row, age) in query(&mut self.conn, text, Args::default()).await?.iter().zip(0..) {
            let stream = record::stream(row, age, &mut self.report)?;
            let owner = (stream.user_id.clone(), stream.worker_type.clone());
            if owners.insert(owner, ()).is_some() {
                self.report.note(Kind::SameOwner, || format!("stream {}", stream.stream_id));
            }
            self.streams.push(stream);
        }
        if self.jobs.iter().any(|job| job.tasks == 0) {
            let age = u64::try_from(self.streams.len()).unwrap_or(u64::MAX);
            self.streams.push(record::lost_stream(age));
        }
        Ok(())
    }

    /// How many streams, jobs and tasks there are.
    pub fn size(&self) -> (u64, u64, u64) {
        let tasks = self.jobs.iter().map(|job| job.tasks.max(1)).sum::<i64>();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        (count(self.streams.len()), count(self.jobs.len()), u64::try_from(tasks).unwrap_or(0))
    }

    /// Reads about `limit` records from a cursor on, the beginning when `None`.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for a cursor of another source, or of this one before its
    /// content changed; those of connecting.
    pub async fn page(&mut self, cursor: Option<Cursor>, limit: usize) -> Result<Page> {
        page::read(self, cursor, limit.clamp(1, 10_000)).await
    }

    /// What was read so far and what of it was mended or kept, with the edges of all.
    ///
    /// # Errors
    ///
    /// Those of connecting.
    pub async fn report(&mut self) -> Result<&Report> {
        if !std::mem::replace(&mut self.edges_told, true) {
            let text = include_str!("../../legacy/edges.sql").to_owned();
            for row in query(&mut self.conn, text, Args::default().add(EXAMPLES)).await? {
                let kind =
                    if get(&row, "unnamed")? { Kind::UnnamedEdge } else { Kind::RepeatedEdge };
                let (pre, post): (String, String) =
                    (get(&row, "pre_task_id")?, get(&row, "post_task_id")?);
                let job: Uuid = get(&row, "job_id")?;
                self.report.note(kind, || format!("`{pre}` before `{post}` of job {job}"));
                let total: i64 = get(&row, "total")?;
                self.report.correct(kind, u64::try_from(total).unwrap_or(0));
            }
        }
        Ok(&self.report)
    }

    /// Makes sure that the job of this age was read.
    async fn load(&mut self, age: usize) -> Result<()> {
        if self.batch.as_ref().is_some_and(|batch| batch.covers(age)) {
            return Ok(());
        }
        // The one before goes first: two would be more than memory is meant to hold.
        self.batch = None;
        let mut tasks = 0;
        let ids = self.jobs[age..].iter().take(JOBS).take_while(|job| {
            let fits = tasks == 0 || tasks + job.tasks <= TASKS;
            tasks += job.tasks.max(1);
            fits
        });
        let ids: Vec<Uuid> = ids.map(|job| job.id).collect();
        let mut jobs = self.read_jobs(&ids).await?;
        self.read_names(&ids, &mut jobs).await?;
        for (graph, _) in &mut jobs {
            graph.mend(&mut self.report);
        }
        self.batch = Some(Batch { from: age, jobs });
        Ok(())
    }

    async fn read_jobs(&mut self, ids: &[Uuid]) -> Result<Vec<(Graph, JobFacts)>> {
        let text = self.layout.put_in(include_str!("../../legacy/jobs.sql"));
        let args = Args::default().add(ids).add(&self.zone);
        let latest = self.latest;
        let read = |row: &PgRow| {
            let state: String = get(row, "state")?;
            let graph = Graph::new(get(row, "id")?, job_state(&state)?);
            Ok((graph, JobFacts::read(row, latest)?))
        };
        query(&mut self.conn, text, args).await?.iter().map(read).collect()
    }

    /// Reads the graphs of jobs, row by row: one may have a million tasks.
    async fn read_names(&mut self, ids: &[Uuid], jobs: &mut [(Graph, JobFacts)]) -> Result<()> {
        let own: HashMap<Uuid, usize> =
            jobs.iter().zip(0..).map(|((graph, _), n)| (graph.job_id, n)).collect();
        let find = |id: &Uuid| own.get(id).copied().ok_or_else(|| corrupt("a task has no job"));
        let mut places: Vec<HashMap<Box<str>, u32>> = vec![HashMap::new(); jobs.len()];
        let text = include_str!("../../legacy/names.sql");
        let rows = sqlx::query(text).bind(ids).persistent(false);
        let mut rows = rows.fetch(&mut self.conn);
        while let Some(row) = rows.try_next().await.map_err(refused)? {
            let n = find(&get(&row, "job_id")?)?;
            let (name, state): (String, String) = (get(&row, "task_id")?, get(&row, "state")?);
            let nodes = &mut jobs[n].0.nodes;
            let place =
                u32::try_from(nodes.len()).map_err(|_| corrupt("a job has too many tasks"))?;
            places[n].insert(name.as_str().into(), place);
            let size: i32 = get(&row, "size")?;
            let size = u32::try_from(size).unwrap_or(0);
            nodes.push(Node::new(name, task_state(&state)?, get(&row, "waiting_on")?, size));
        }
        drop(rows);
        let text = include_str!("../../legacy/prerequisites.sql");
        let rows = sqlx::query(text).bind(ids).persistent(false);
        let mut rows = rows.fetch(&mut self.conn);
        while let Some(row) = rows.try_next().await.map_err(refused)? {
            let n = find(&get(&row, "job_id")?)?;
            let (name, text): (String, String) =
                (get(&row, "task_id")?, get(&row, "prerequisites")?);
            let graph = &mut jobs[n].0;
            let (names, whole) = names(&text);
            if !whole {
                self.report.note(Kind::MalformedPrerequisites, || graph.task(&name));
            }
            graph.link(&places[n], &name, &names, &mut self.report);
        }
        Ok(())
    }
}

impl Batch {
    fn covers(&self, age: usize) -> bool {
        age >= self.from && age < self.from + self.jobs.len()
    }
}

/// The names in a list, and whether that is all there is.
fn names(text: &str) -> (Vec<String>, bool) {
    let Ok(serde_json::Value::Array(items)) = serde_json::from_str(text) else {
        return (Vec::new(), false);
    };
    let count = items.len();
    let names: Vec<String> = items
        .into_iter()
        .filter_map(|item| match item {
            serde_json::Value::String(name) => Some(name),
            _ => None,
        })
        .collect();
    let whole = names.len() == count;
    (names, whole)
}

fn job_state(word: &str) -> Result<JobState> {
    match word {
        "running" => Ok(JobState::Running),
        "done" => Ok(JobState::Done),
        "failed" => Ok(JobState::Failed),
        other => Err(corrupt(format!("a job is `{other}`, which is no state of that layout"))),
    }
}

fn task_state(word: &str) -> Result<TaskState> {
    match word {
        "pending" => Ok(TaskState::Pending),
        "ready" => Ok(TaskState::Ready),
        "running" => Ok(TaskState::Running),
        "done" => Ok(TaskState::Done),
        "failed" => Ok(TaskState::Failed),
        other => Err(corrupt(format!("a task is `{other}`, which is no state of that layout"))),
    }
}

fn refused(error: sqlx::Error) -> TaskDbErr {
    Fault::connecting(error).into()
}

/// Runs a statement; what it reads is not kept prepared, as behind some poolers.
async fn query(conn: &mut PgConnection, text: String, args: Args) -> Result<Vec<PgRow>> {
    let query = sqlx::query_with(AssertSqlSafe(text), args.into_inner()).persistent(false);
    query.fetch_all(conn).await.map_err(refused)
}
