//! Several runs as one: backends that were measured at different times, figures that were
//! measured again.

use std::mem::take;

use super::Report;
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::machine::Machine;

/// Puts runs together; of a figure that several have, the last one counts. A store is there as
/// each run has found it of which a figure counts.
///
/// # Errors
///
/// `Report` when there is none, or when they are of different machines or builds.
pub(crate) fn merge(runs: Vec<(String, Report)>) -> Result<Report> {
    let mut runs = runs.into_iter();
    let (first, mut whole) =
        runs.next().ok_or_else(|| Error::Report("there is no run: make one with --json".into()))?;
    let mut stores = numbered(0, take(&mut whole.stores));
    let mut figures = numbered(0, take(&mut whole.figures));
    for (number, (name, run)) in (1..).zip(runs) {
        if !same(&run.machine, &whole.machine) {
            let (one, other) = (&whole.machine, &run.machine);
            let reason = format!("{first} is of {one}, but {name} of {other}: measure again");
            return Err(Error::Report(reason));
        }
        whole.machine.memory = whole.machine.memory.or(run.machine.memory);
        whole.machine.system = whole.machine.system.or(run.machine.system);
        whole.quick |= run.quick;
        whole.failures.extend(run.failures);
        stores.extend(numbered(number, run.stores));
        for figure in run.figures {
            match figures.iter().position(|(_, known)| name_of(known) == name_of(&figure)) {
                Some(place) => figures[place] = (number, figure),
                None => figures.push((number, figure)),
            }
        }
    }
    for (number, store) in stores {
        let mut own = figures.iter().filter(|(_, figure)| figure.store == store.label).peekable();
        let counts = own.peek().is_none() || own.any(|(run, _)| *run == number);
        if counts && !whole.stores.contains(&store) {
            whole.stores.push(store);
        }
    }
    whole.figures = figures.into_iter().map(|(_, figure)| figure).collect();
    Ok(whole)
}

/// Things of a run, each with the number of that.
fn numbered<T>(number: usize, things: Vec<T>) -> Vec<(usize, T)> {
    things.into_iter().map(|thing| (number, thing)).collect()
}

/// What tells a figure from all others.
fn name_of(figure: &Figure) -> [&str; 4] {
    [&figure.store, &figure.workload, &figure.point, &figure.what]
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
    fn a_store_is_as_it_was_when_the_figures_that_count_were_measured() {
        let later = |figures: usize| {
            let both = runs(|run| {
                run.figures.truncate(figures);
                run.stores[0].measured = Some("2026-12-01".into());
            });
            let days = both.unwrap().stores.into_iter().map(|store| store.measured.unwrap());
            days.collect::<Vec<_>>()
        };
        assert_eq!(later(0), ["2026-11-21"]);
        assert_eq!(later(1), ["2026-11-21", "2026-12-01"]);
        assert_eq!(later(sample().figures.len()), ["2026-12-01"]);
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
