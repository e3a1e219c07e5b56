//! Every rule a graph has to keep, and the graph that comes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use taskdb::{CanonicalJson, INIT_TASK, Limits};
use toml::Spanned;

use super::problem::Problem;
use super::raw::{RawCommand, RawDuration, RawEnv, RawGraph, RawRun, RawTask};
use super::{Backoff, Command, Graph, Inputs, Millis, Task};

/// Bytes of a task's name; the engine's own limit leaves room for `/17` and the like.
const NAME_BYTES: usize = 200;
/// Tasks that one task may need.
const NEEDS: usize = 900;
/// Inputs of one command of a tree unless the graph says otherwise.
const FAN_IN: i64 = 8;
const FAN_IN_RANGE: std::ops::RangeInclusive<i64> = 2..=100;
/// Workers of one type.
pub(crate) const MAX_JOBS: i64 = 1_024;
/// Seconds of the longest pause before a retry.
const MAX_PAUSE: u64 = 86_400;

/// Where each name of a task stands in the file.
type Places = BTreeMap<String, Range<usize>>;

impl RawGraph {
    pub(super) fn check(self, folder: &Path) -> Result<Graph, Problem> {
        if self.tasks.is_empty() {
            return Err(Problem::new("the graph has no task: add a table [tasks.NAME]"));
        }
        let RawRun { jobs, env, dir } = self.run;
        let jobs = jobs.map(|jobs| within(&jobs, "jobs", 1..=MAX_JOBS)).transpose()?;
        let dir = match dir {
            None => folder.to_owned(),
            Some(dir) => directory(folder, &dir)?,
        };
        let places: Places =
            self.tasks.keys().map(|name| (name.get_ref().clone(), name.span())).collect();
        let mut tasks = BTreeMap::new();
        for (name, task) in self.tasks {
            check_name(&name)?;
            tasks.insert(name.into_inner(), task.check(&places)?);
        }
        let graph = Graph {
            order: order(&tasks, &places)?,
            sinks: sinks(&tasks, &places),
            jobs: jobs.and_then(|jobs| usize::try_from(jobs).ok()),
            env: environment(env)?,
            tasks,
            dir,
        };
        check_size(&graph, &places)?;
        Ok(graph)
    }
}

impl RawTask {
    fn check(self, places: &Places) -> Result<Task, Problem> {
        Ok(Task {
            run: command(self.run)?,
            inputs: inputs(self.needs, self.each, self.reduce, self.fan_in, places)?,
            worker_type: self.worker_type.map_or(Ok("local".to_owned()), worker_type)?,
            retries: self.retries.map_or(Ok(0), |retries| {
                let retries = within(&retries, "retries", 0..=Limits::MAX_RETRIES.into())?;
                Ok(i32::try_from(retries).unwrap_or(Limits::MAX_RETRIES))
            })?,
            backoff: backoff(self.backoff, self.backoff_max)?,
            timeout: self.timeout.map(timeout).transpose()?,
            env: environment(self.env)?,
        })
    }
}

fn check_name(name: &Spanned<String>) -> Result<(), Problem> {
    let text = name.get_ref();
    let refuse = |why: &str| Err(Problem::at(name.span(), format!("the name `{text}` {why}")));
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if text == INIT_TASK {
        return refuse("belongs to the engine: choose another");
    }
    if text.is_empty() || !text.chars().all(allowed) {
        return refuse("may have letters, digits, `_`, `-` and `.` only");
    }
    if text.len() > NAME_BYTES {
        return refuse(&format!("is longer than {NAME_BYTES} bytes"));
    }
    Ok(())
}

fn command(run: Spanned<RawCommand>) -> Result<Command, Problem> {
    let span = run.span();
    let (command, words) = match run.into_inner() {
        RawCommand::Shell(line) => (Command::Shell(line.clone()), vec![line]),
        RawCommand::Argv(words) => (Command::Argv(words.clone()), words),
    };
    if words.first().is_none_or(|first| first.trim().is_empty()) {
        return Err(Problem::at(span, "`run` is empty: give it a command"));
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err(Problem::at(span, "`run` has a NUL character, which no command can take"));
    }
    Ok(command)
}

fn inputs(
    needs: Option<Spanned<Vec<Spanned<String>>>>,
    each: Option<Spanned<String>>,
    reduce: Option<Spanned<String>>,
    fan_in: Option<Spanned<i64>>,
    places: &Places,
) -> Result<Inputs, Problem> {
    if let (None, Some(fan_in)) = (&reduce, &fan_in) {
        return Err(Problem::at(fan_in.span(), "`fan_in` is for tasks with `reduce`"));
    }
    match (needs, each, reduce) {
        (None, None, Some(of)) => {
            known(&of, places)?;
            let fan_in = fan_in.map_or(Ok(FAN_IN), |n| within(&n, "fan_in", FAN_IN_RANGE))?;
            Ok(Inputs::Reduce { of: of.into_inner(), fan_in: fan_in.unsigned_abs() })
        }
        (None, Some(of), None) => {
            known(&of, places)?;
            Ok(Inputs::Each(of.into_inner()))
        }
        (needs, None, None) => {
            Ok(Inputs::Needs(needs.map_or(Ok(Vec::new()), |n| list(n, places))?))
        }
        (_, Some(key), _) | (_, None, Some(key)) => Err(Problem::at(
            key.span(),
            "a task has one of `needs`, `each` and `reduce`: put what is more into a task between",
        )),
    }
}

fn list(needs: Spanned<Vec<Spanned<String>>>, places: &Places) -> Result<Vec<String>, Problem> {
    let span = needs.span();
    let names = needs.into_inner();
    if names.len() > NEEDS {
        let count = names.len();
        return Err(Problem::at(span, format!("`needs` has {count} names, the limit is {NEEDS}")));
    }
    let mut seen = BTreeSet::new();
    for name in &names {
        known(name, places)?;
        if !seen.insert(name.get_ref()) {
            let text = format!("`needs` names `{}` twice", name.get_ref());
            return Err(Problem::at(name.span(), text));
        }
    }
    Ok(names.into_iter().map(Spanned::into_inner).collect())
}

/// Refuses a name no task has, with the nearest that one has.
fn known(name: &Spanned<String>, places: &Places) -> Result<(), Problem> {
    let wanted = name.get_ref().as_str();
    if places.contains_key(wanted) {
        return Ok(());
    }
    let near = |known: &&String| strsim::jaro_winkler(wanted, known);
    let best = places.keys().max_by(|a, b| near(a).total_cmp(&near(b)));
    let hint = match best.filter(|best| near(best) > 0.7) {
        Some(best) => format!("; did you mean `{best}`?"),
        None => String::new(),
    };
    Err(Problem::at(name.span(), format!("there is no task `{wanted}`{hint}")))
}

fn worker_type(name: Spanned<String>) -> Result<String, Problem> {
    let refuse = |why: String| Problem::at(name.span(), why);
    Limits::default().name("worker_type", name.get_ref()).map_err(|why| refuse(why.to_string()))?;
    if name.get_ref().len() > NAME_BYTES {
        return Err(refuse(format!("`worker_type` is longer than {NAME_BYTES} bytes")));
    }
    if name.get_ref() == crate::plan::PLANNER {
        return Err(refuse(format!("`{}` is the engine's own worker type", crate::plan::PLANNER)));
    }
    Ok(name.into_inner())
}

fn timeout(raw: Spanned<RawDuration>) -> Result<Millis, Problem> {
    duration(&raw, "timeout", Limits::MAX_TIMEOUT_SECS.unsigned_abs().into(), "30 days")
}

fn backoff(
    first: Option<Spanned<RawDuration>>,
    most: Option<Spanned<RawDuration>>,
) -> Result<Backoff, Problem> {
    let read = |raw: &Spanned<RawDuration>, key| duration(raw, key, MAX_PAUSE, "1 day");
    let most = most.map(|raw| Ok((read(&raw, "backoff_max")?, raw.span()))).transpose()?;
    let first = first.map(|raw| read(&raw, "backoff")).transpose()?;
    if let (Some(first), Some((most, span))) = (first, &most)
        && first > *most
    {
        let text = format!("`backoff_max` is {most}, less than `backoff`, {first}");
        return Err(Problem::at(span.clone(), text));
    }
    Ok(Backoff::new(first, most.map(|(most, _)| most)))
}

fn duration(
    raw: &Spanned<RawDuration>,
    key: &str,
    max: u64,
    shown: &str,
) -> Result<Millis, Problem> {
    let read = match raw.get_ref() {
        RawDuration::Seconds(seconds) => Millis::from_secs(*seconds),
        RawDuration::Text(text) => Millis::parse(text),
    };
    read.filter(|duration| duration.seconds() <= max).ok_or_else(|| {
        let text =
            format!("`{key}` is seconds or a text as \"30s\", \"1h 30m\": above 0, to {shown}");
        Problem::at(raw.span(), text)
    })
}

fn environment(raw: RawEnv) -> Result<BTreeMap<String, String>, Problem> {
    for (name, value) in &raw {
        let (text, bad) = (name.get_ref(), |c| c == '\0' || c == '=');
        if text.is_empty() || text.contains(bad) || value.contains('\0') {
            let text = format!("`{}` cannot be an environment variable", text.escape_default());
            return Err(Problem::at(name.span(), text));
        }
    }
    Ok(raw.into_iter().map(|(name, value)| (name.into_inner(), value)).collect())
}

fn directory(folder: &Path, dir: &Spanned<String>) -> Result<std::path::PathBuf, Problem> {
    let path = folder.join(dir.get_ref());
    let refuse = |why: String| Problem::at(dir.span(), format!("`dir` {}: {why}", path.display()));
    match std::fs::metadata(&path) {
        Ok(found) if found.is_dir() => Ok(path),
        Ok(_) => Err(refuse("not a directory".to_owned())),
        Err(why) => Err(refuse(why.to_string())),
    }
}

fn within(
    number: &Spanned<i64>,
    key: &str,
    range: std::ops::RangeInclusive<i64>,
) -> Result<i64, Problem> {
    let value = *number.get_ref();
    if range.contains(&value) {
        return Ok(value);
    }
    let (min, max) = range.into_inner();
    Err(Problem::at(number.span(), format!("`{key}` is {value}: use {min} to {max}")))
}

/// The names as in the file, each moved behind its inputs; refuses a cycle.
fn order(tasks: &BTreeMap<String, Task>, places: &Places) -> Result<Vec<String>, Problem> {
    let mut order = Vec::new();
    let mut done = BTreeSet::new();
    for name in in_file_order(tasks, places) {
        // The names on the way down, each with how many of its inputs were visited.
        let mut path: Vec<(&str, usize)> = Vec::new();
        let mut next = Some(name);
        loop {
            if let Some(name) = next.take().filter(|name| !done.contains(name)) {
                if let Some(start) = path.iter().position(|(on, _)| *on == name) {
                    return Err(cycle(&path[start..], places));
                }
                path.push((name, 0));
            }
            let Some((name, visited)) = path.last_mut() else { break };
            if let Some(input) = tasks[*name].inputs.names().get(*visited) {
                *visited += 1;
                next = Some(input);
            } else {
                done.insert(*name);
                order.push((*name).to_owned());
                path.pop();
            }
        }
    }
    Ok(order)
}

fn cycle(path: &[(&str, usize)], places: &Places) -> Problem {
    let mut names: Vec<&str> = path.iter().map(|(name, _)| *name).collect();
    names.push(names[0]);
    Problem::at(
        places[names[0]].clone(),
        format!("each of these tasks waits for the next: {}", names.join(" -> ")),
    )
}

fn sinks(tasks: &BTreeMap<String, Task>, places: &Places) -> Vec<String> {
    let used: BTreeSet<&String> = tasks.values().flat_map(|task| task.inputs.names()).collect();
    let sinks = in_file_order(tasks, places).filter(|name| !used.contains(&(*name).to_owned()));
    sinks.map(str::to_owned).collect()
}

fn in_file_order<'a>(
    tasks: &'a BTreeMap<String, Task>,
    places: &Places,
) -> impl Iterator<Item = &'a str> + use<'a> {
    let mut names: Vec<&str> = tasks.keys().map(String::as_str).collect();
    names.sort_by_key(|name| places[*name].start);
    names.into_iter()
}

/// The engine keeps the graph as the definition of the job, so it has to fit one.
fn check_size(graph: &Graph, places: &Places) -> Result<(), Problem> {
    let limit = Limits::default().payload_bytes;
    let bytes = |value: serde_json::Result<serde_json::Value>| {
        value.map_or(0, |value| CanonicalJson::new(&value).bytes())
    };
    let of_task = |task: &Task| bytes(serde_json::to_value(task));
    let Some((name, largest)) = graph.tasks.iter().max_by_key(|(_, task)| of_task(task)) else {
        return Ok(());
    };
    let (size, of_largest) = (bytes(serde_json::to_value(graph)), of_task(largest));
    // The start step wraps the graph in a few bytes more.
    if size + 64 <= limit {
        return Ok(());
    }
    let text = format!(
        "the graph takes {size} bytes as a definition of the engine, the limit is {limit}; \
         its largest task, `{name}`, takes {of_largest}: move commands into script files"
    );
    Err(Problem::at(places[name].clone(), text))
}
