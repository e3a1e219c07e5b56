//! What a workload has to work with: its sizes, fresh stores, limits, and the pace.

use std::time::Duration;

use crate::args::Args;
use crate::error::Result;
use crate::figure::Bound;
use crate::limit::{self, Kind, Limit};
use crate::measure::Pace;
use crate::place::{Place, Space};
use crate::workload::About;

/// One workload on one store.
pub(crate) struct Bench<'a> {
    pub(crate) place: &'a dyn Place,
    /// The name that the backend gives of itself.
    pub(crate) backend: &'static str,
    pub(crate) pace: Pace,
    about: About,
    args: &'a Args,
}

/// What was measured at each size, a sample for each run, and the limit beside it.
pub(crate) struct Runs<T> {
    pub(crate) sizes: Vec<(usize, Vec<T>)>,
    pub(crate) limit: Option<Bound>,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(
        place: &'a dyn Place,
        backend: &'static str,
        about: About,
        args: &'a Args,
    ) -> Self {
        Self { place, backend, pace: pace(args), about, args }
    }

    /// The sizes to measure at: those asked for, else the workload's own.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let own = if self.args.quick { self.about.quick } else { self.about.full };
        or_own(&self.args.n, own)
    }

    /// The numbers of workers to measure with.
    pub(crate) fn workers(&self) -> Vec<usize> {
        or_own(&self.args.workers, self.about.workers)
    }

    /// Something that is not a size, but has to be small in a quick run as well.
    pub(crate) fn of<T>(&self, full: T, quick: T) -> T {
        if self.args.quick { quick } else { full }
    }

    /// How long something is watched that has no rounds to repeat.
    pub(crate) fn watch(&self) -> Duration {
        self.of(Duration::from_secs(10), Duration::from_secs(2))
    }

    /// Measures every size on a fresh store, as many runs as the pace says. Limit and
    /// sizes take turns, so that a better or worse minute of the machine is in all of
    /// them.
    pub(crate) async fn by_size<T>(
        &self,
        beside: Option<(Kind, usize)>,
        mut run: impl AsyncFnMut(&Space, usize) -> Result<T>,
    ) -> Result<Runs<T>> {
        let mut beside = beside.and_then(|(kind, callers)| self.beside(kind, callers));
        let mut sizes: Vec<(usize, Vec<T>)> =
            self.sizes().into_iter().map(|n| (n, Vec::new())).collect();
        for _ in 0..self.pace.runs {
            if let Some(beside) = &mut beside {
                beside.sample().await?;
            }
            for (n, samples) in &mut sizes {
                let space = self.place.fresh().await?;
                samples.push(run(&space, *n).await?);
            }
        }
        Ok(Runs { sizes, limit: beside.map(Beside::bound) })
    }

    /// A limit to measure beside a workload, if the backend has one.
    pub(crate) fn beside(&self, kind: Kind, callers: usize) -> Option<Beside<'_>> {
        let limit = limit::of(self.backend, kind, self.place)?;
        Some(Beside { limit, place: self.place, pace: self.pace, callers, samples: Vec::new() })
    }
}

/// A limit and what was measured of it.
pub(crate) struct Beside<'a> {
    limit: Box<dyn Limit>,
    place: &'a dyn Place,
    pace: Pace,
    callers: usize,
    samples: Vec<f64>,
}

impl Beside<'_> {
    /// Measures it once more.
    pub(crate) async fn sample(&mut self) -> Result<()> {
        self.samples.push(self.limit.measure(self.place, self.callers, self.pace).await?);
        Ok(())
    }

    /// What has come of it, after at least one sample.
    pub(crate) fn bound(self) -> Bound {
        Bound::new(self.limit.name(), self.samples)
    }
}

pub(crate) fn pace(args: &Args) -> Pace {
    let pace = if args.quick { Pace::QUICK } else { Pace::FULL };
    Pace { runs: args.runs.map_or(pace.runs, |runs| runs as usize), ..pace }
}

fn or_own(asked: &[u32], own: &[usize]) -> Vec<usize> {
    if asked.is_empty() { own.to_vec() } else { asked.iter().map(|n| *n as usize).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;

    #[tokio::test]
    async fn limit_and_sizes_take_turns() {
        let args = Args { n: vec![10, 20], runs: Some(3), quick: true, ..Args::default() };
        let about =
            About { name: "x", what: "x", full: &[1_000], quick: &[100], workers: &[8, 64] };
        let (_, place) = place::open("memory:").await.unwrap().remove(0);
        let bench = Bench::new(&*place, "sqlite", about, &args);
        let mut order = Vec::new();
        let runs = bench
            .by_size(Some((Kind::Call, 8)), async |space, n| {
                assert_eq!(space.db.get_concurrent_jobs("user").await?, 0);
                order.push(n);
                Ok(n)
            })
            .await
            .unwrap();
        assert_eq!(order, [10, 20, 10, 20, 10, 20]);
        assert_eq!(runs.sizes, [(10, vec![10; 3]), (20, vec![20; 3])]);
        assert_eq!(runs.limit.unwrap().samples.len(), 3);
        assert_eq!(bench.workers(), [8, 64]);
    }
}
