//! Arguments of statements.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::postgres::PgArguments;
use sqlx::{Arguments as _, Encode, Postgres, Type};
use taskdb_core::request::{Target, TaskSpec};
use taskdb_core::time::Start;
use taskdb_core::{Claim, Rules, RunIf};
use uuid::Uuid;

/// A list of arguments.
#[derive(Clone, Default)]
pub(crate) struct Args(PgArguments);

impl Args {
    /// Adds one; a value too long for the wire stays out, which the server then refuses.
    #[must_use]
    pub(crate) fn add<'q, T: Encode<'q, Postgres> + Type<Postgres>>(mut self, value: T) -> Self {
        if let Err(error) = self.0.add(value) {
            tracing::error!(%error, "an argument cannot be encoded");
        }
        self
    }

    /// Microseconds.
    #[must_use]
    pub(crate) fn duration(self, duration: Duration) -> Self {
        self.add(micros(duration))
    }

    /// Four values; a target by name has no claim.
    #[must_use]
    pub(crate) fn target(self, target: &Target) -> Self {
        self.add(*target.job_id()).add(target.task_id()).add(claim_id(target)).add(attempt(target))
    }

    /// Four columns.
    #[must_use]
    pub(crate) fn targets<'a>(self, targets: impl Iterator<Item = &'a Target>) -> Self {
        let targets: Vec<&Target> = targets.collect();
        self.add(targets.iter().map(|t| *t.job_id()).collect::<Vec<_>>())
            .add(targets.iter().map(|t| t.task_id()).collect::<Vec<_>>())
            .add(targets.iter().map(|t| claim_id(t)).collect::<Vec<_>>())
            .add(targets.iter().map(|t| attempt(t)).collect::<Vec<_>>())
    }

    /// Four columns.
    #[must_use]
    pub(crate) fn claims(self, claims: &[Claim]) -> Self {
        let targets: Vec<_> = claims.iter().cloned().map(Target::Claim).collect();
        self.targets(targets.iter())
    }

    /// The ten columns of tasks to create.
    #[must_use]
    pub(crate) fn specs(self, specs: &[&TaskSpec]) -> Self {
        let column = |value: fn(&TaskSpec) -> i32| -> Vec<i32> {
            specs.iter().map(|spec| value(spec)).collect()
        };
        let starts: Vec<_> = specs.iter().map(|spec| start(spec.start)).collect();
        self.add(specs.iter().map(|s| s.task_id.as_str()).collect::<Vec<_>>())
            .add(specs.iter().map(|s| s.stream_id).collect::<Vec<_>>())
            .add(specs.iter().map(|s| s.definition.as_str()).collect::<Vec<_>>())
            .add(specs.iter().map(|s| array(&s.prerequisites)).collect::<Vec<_>>())
            .add(column(|spec| spec.max_retries))
            .add(column(|spec| spec.timeout_secs))
            .add(specs.iter().map(|s| flags(s)).collect::<Vec<i16>>())
            .add(starts.iter().map(|start| start.0).collect::<Vec<_>>())
            .add(starts.iter().map(|start| start.1).collect::<Vec<_>>())
            .add(all_rules(specs))
    }

    /// The list itself.
    pub(crate) fn into_inner(self) -> PgArguments {
        self.0
    }
}

fn claim_id(target: &Target) -> Option<Uuid> {
    match target {
        Target::Claim(claim) => Some(claim.id),
        Target::Task { .. } => None,
    }
}

fn attempt(target: &Target) -> Option<i64> {
    match target {
        Target::Claim(claim) => Some(i64::try_from(claim.attempt).unwrap_or(i64::MAX)),
        Target::Task { .. } => None,
    }
}

/// Microseconds of a duration, as far as Postgres can count.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// A lease, short enough that a time can be added to it.
pub(crate) fn lease(duration: Option<Duration>) -> Option<i64> {
    duration.map(|lease| micros(lease).min(i64::MAX / 4))
}

/// The absolute time of a start, and the delay of one that counts from the store's time.
pub(crate) fn start(start: Start) -> (Option<i64>, Option<i64>) {
    match start {
        Start::Now => (None, None),
        Start::At(time) => (Some(time.as_micros()), None),
        Start::After(delay) => (None, Some(micros(delay))),
    }
}

/// The rules of tasks to create; nothing where no task has any.
fn all_rules(specs: &[&TaskSpec]) -> Vec<Option<String>> {
    let column: Vec<_> = specs.iter().map(|spec| rules(&spec.rules, spec.expires_in)).collect();
    if column.iter().all(Option::is_none) { Vec::new() } else { column }
}

/// What a request says of failed attempts and of a late start, as Postgres writes a
/// `task_rules`; `None` for nothing.
pub(crate) fn rules(rules: &Rules, expires_in: Option<Duration>) -> Option<String> {
    if rules.is_default() && expires_in.is_none() {
        return None;
    }
    let backoff = Some(rules.backoff).filter(|backoff| !backoff.is_none());
    let text = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
    Some(format!(
        "({},{},{},{},{})",
        text(backoff.map(|backoff| backoff.first_micros)),
        text(backoff.map(|backoff| backoff.cap_micros)),
        text(backoff.map(|backoff| backoff.jitter.into())),
        text(rules.max_losses.map(i64::from)),
        text(expires_in.map(micros)),
    ))
}

/// The labels of a job as a JSON object; `None` for none.
pub(crate) fn labels(labels: &BTreeMap<String, String>) -> Option<String> {
    (!labels.is_empty()).then(|| serde_json::json!(labels).to_string())
}

fn flags(spec: &TaskSpec) -> i16 {
    i16::from(spec.optional) + 2 * i16::from(spec.run_if == RunIf::AllSettled)
}

/// An array of text as Postgres writes one.
pub(crate) fn array(names: &[String]) -> String {
    let quoted = |name: &String| {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    };
    format!("{{{}}}", names.iter().map(quoted).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use taskdb_core::Backoff;

    use super::*;

    #[test]
    fn rules_that_are_not_there_take_no_room() {
        let none = Rules::default();
        assert_eq!(rules(&none, None), None);
        assert_eq!(rules(&none, Some(Duration::ZERO)).as_deref(), Some("(,,,,0)"));
        let backoff = Backoff::fixed(Duration::from_secs(1)).jitter(5);
        let all = Rules { backoff, max_losses: Some(u32::MAX) };
        assert_eq!(rules(&all, None).as_deref(), Some("(1000000,1000000,5,4294967295,)"));
    }

    #[test]
    fn names_are_quoted() {
        let names = ["a", "b\"c", "d\\e", "{,}"].map(str::to_owned);
        assert_eq!(array(&names), r#"{"a","b\"c","d\\e","{,}"}"#);
        assert_eq!(array(&[]), "{}");
    }
}
