//! Several runs as one: backends that were measured at different times, figures that were
//! measured again.

use super::Report;
use crate::error::{Error, Result};
use crate::machine::Machine;

/// Puts runs together; of a figure that several have, the last one counts.
///
/// # Errors
///
/// `Report` when there is none, or when they are of different machines or builds.
pub(crate) fn merge(runs: Vec<(String, Report)>) -> Result<Report> {
    let mut runs = runs.into_iter();
    let (first, mut whole) =
        runs.next().ok_or_else(|| Error::Report("there is no run: make one with --json".into()))?;
    for (name, run) in runs {
        if !same(&run.machine, &whole.machine) {
            let (one, other) = (&whole.machine, &run.machine);
            let reason = format!("{first} is of {one}, but {name} of {other}: measure again");
            return Err(Error::Report(reason));
        }
        whole.machine.memory = whole.machine.memory.or(run.machine.memory);
        whole.machine.system = whole.machine.system.or(run.machine.system);
        whole.quick |= run.quick;
        whole.failures.extend(run.failures);
        for store in run.stores {
            whole.stores.retain(|known| known.label != store.label);
            whole.stores.push(store);
        }
        for figure in run.figures {
            let key = (&figure.store, &figure.workload, &figure.point, &figure.what);
            let same = whole.figures.iter().position(|known| {
                (&known.store, &known.workload, &known.point, &known.what) == key
            });
            match same {
                Some(place) => whole.figures[place] = figure,
                None => whole.figures.push(figure),
            }
        }
    }
    Ok(whole)
}

/// Whether two runs can stand side by side; what one of them does not know tells nothing.
fn same(one: &Machine, other: &Machine) -> bool {
    fn differ<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
        one.is_some() && other.is_some() && one != other
    }
    one.cores == other.cores
        && one.build == other.build
        && !differ(&one.processor, &other.processor)
        && !differ(&one.memory, &other.memory)
        && !differ(&one.system, &other.system)
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    fn runs(change: impl FnOnce(&mut Report)) -> Result<Report> {
        let mut second = sample();
        change(&mut second);
        merge(vec![("a.json".into(), sample()), ("b.json".into(), second)])
    }

    #[test]
    fn what_was_measured_again_takes_the_place_of_what_was() {
        let again = runs(|run| {
            run.figures.truncate(1);
            run.figures[0].value = 1.0;
        });
        let again = again.unwrap();
        assert_eq!((again.figures.len(), again.figures[0].value), (sample().figures.len(), 1.0));
        assert_eq!(again.stores, sample().stores);
    }

    #[test]
    fn other_stores_and_figures_come_behind() {
        let both = runs(|run| {
            run.stores[0].label = "redis".into();
            run.figures.iter_mut().for_each(|figure| figure.store = "redis".into());
            run.failures.push("redis: flat: broken".into());
        });
        let both = both.unwrap();
        assert_eq!((both.stores.len(), both.figures.len()), (2, 2 * sample().figures.len()));
        assert_eq!(both.failures.len(), 1);
    }

    #[test]
    fn runs_of_different_machines_are_refused() {
        let error = runs(|run| run.machine.cores = 64).unwrap_err().to_string();
        assert!(error.contains("b.json of 64 cores"), "{error}");
        assert!(merge(Vec::new()).is_err());
    }
}
