//! Goals and floors, as data: what the figures should be, and what they must be.
//!
//! A goal may be a part of the limit beside the figure, as the limit was in that run.

use serde::{Deserialize, Serialize};

use crate::figure::{Reading, Unit, Verdict};

/// What a figure should be and must be, in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Goal {
    /// What it should be.
    pub goal: f64,
    /// What it must be: half as good as the goal, unless something else was said.
    pub floor: f64,
}

impl Goal {
    pub(crate) fn judge(self, value: f64, unit: Unit) -> Verdict {
        let reaches = |mark: f64| if unit.more_is_better() { value >= mark } else { value <= mark };
        match (reaches(self.goal), reaches(self.floor)) {
            (true, _) => Verdict::GoalMet,
            (false, true) => Verdict::FloorHeld,
            (false, false) => Verdict::BelowFloor,
        }
    }
}

/// Store (or [`ANY`]), workload, what is measured, a word of the point (or [`ANY`]), goal.
type Row = (&'static str, &'static str, &'static str, &'static str, f64);

const ANY: &str = "";

/// How flat a figure must be where it should be 0.9.
const FLAT_FLOOR: f64 = 0.8;

/// How long the longest script may ever run, in milliseconds.
const STALL_FLOOR: f64 = 50.0;

const GOALS: &[Row] = &[
    (ANY, "flat", "flatness", ANY, 0.9),
    // Between fewer streams it is the other way round: one may not be what holds up the rest.
    (ANY, "streams", "flatness", "n=10000", 0.9),
    (ANY, "backlog", "flatness", ANY, 0.9),
    (ANY, "shards", "flatness", ANY, 0.9),
    (ANY, "retention", "flatness", ANY, 0.9),
    (ANY, "exporter", "watched", ANY, 0.98),
    // Two hundredths of the second between two looks.
    (ANY, "exporter", "look", ANY, 20.0),
    (ANY, "idle", "calls", ANY, 1.0),
    (ANY, "insight", "to neither", ANY, 0.9),
    (ANY, "worker", "to bare loop", ANY, 0.85),
    (ANY, "migrate", "moved", ANY, 50_000.0),
    ("sqlite", "create", "created", "batch=1000", 100_000.0),
    ("sqlite", "flat", "cycles", "workers=8", 15_000.0),
    ("sqlite", "wake", "p99", "processes=1", 1.0),
    ("sqlite", "wake", "p99", "processes=2", 15.0),
    ("sqlite", "memory", "task", "ready", 400.0),
    ("redis", "idle", "scripts", ANY, 1.0),
    ("redis", "scripts", ANY, "batch=1", 5.0),
    ("redis", "scripts", ANY, "batch=100", 5.0),
    ("redis", "scripts", ANY, "batch=1000", 25.0),
    ("redis", "scripts", ANY, ANY, 50.0),
    ("redis", "create", "created", "batch=1", 13_000.0),
    ("redis", "create", "created", "batch=1000", 100_000.0),
    ("redis", "batch", "finished", ANY, 60_000.0),
    ("redis", "fan-in", "end to end", "n=10000", 20_000.0),
    ("redis", "wake", "p99", "processes=1", 1.3),
    ("redis", "wake", "p99", "processes=2", 1.3),
    ("redis", "memory", "task", "ready", 450.0),
    ("redis", "memory", "job", ANY, 300.0),
    ("redis", "memory", "stream", ANY, 600.0),
    ("postgres", "create", "created", "batch=1000", 60_000.0),
    ("postgres", "batch", "finished", ANY, 40_000.0),
    ("postgres", "fan-in", "end to end", "n=10000", 10_000.0),
    ("postgres", "flat", "cycles", "workers=8", 4_925.0),
    ("postgres", "pinned", "cycles", ANY, 1_000.0),
    ("postgres", "pinned", "back", ANY, 30_000.0),
    ("postgres", "wake", "p99", "processes=1", 3.5),
    ("postgres", "wake", "p99", "processes=2", 3.5),
    ("postgres", "memory", "task", "ready", 400.0),
];

/// Goals that are a part of the limit beside the figure.
const PARTS: &[Row] =
    &[("redis", "flat", "cycles", ANY, 0.7), ("postgres", "streams", "claims", ANY, 0.5)];

/// The goal of a reading, if there is one. `store` is the name of its kind: a store in
/// memory is not judged by the goals of durable ones, while `redis-everysec` is judged by
/// those of `redis`.
pub(crate) fn of(store: &str, workload: &str, reading: &Reading) -> Option<Goal> {
    let backend = store.split('-').next().unwrap_or_default();
    let fits = |row: &&Row| {
        (row.0 == ANY || row.0 == backend)
            && row.1 == workload
            && (row.2 == ANY || row.2 == reading.what)
            && (row.3 == ANY || reading.point.split(' ').any(|word| word == row.3))
    };
    let part = || Some(PARTS.iter().find(fits)?.4 * reading.limit.as_ref()?.value);
    let goal = GOALS.iter().find(fits).map(|row| row.4).or_else(part)?;
    let floor = match reading.unit {
        Unit::Ratio => FLAT_FLOOR,
        // Nothing may ever take longer.
        Unit::Millis if workload == "scripts" => STALL_FLOOR,
        unit if unit.more_is_better() => goal / 2.0,
        _ => goal * 2.0,
    };
    Some(Goal { goal, floor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Bound;
    use crate::workload;

    fn reading(what: &'static str, point: &str, unit: Unit) -> Reading {
        Reading::new(what, point, unit, vec![1.0])
    }

    #[test]
    fn floors_are_half_as_good_as_goals() {
        let rate = reading("cycles", "n=1000 workers=8", Unit::Cycles);
        let goal = of("sqlite", "flat", &rate).unwrap();
        assert_eq!(goal, Goal { goal: 15_000.0, floor: 7_500.0 });
        let time = reading("p99", "processes=2", Unit::Millis);
        let goal = of("sqlite", "wake", &time).unwrap();
        assert_eq!(goal, Goal { goal: 15.0, floor: 30.0 });
        let ratio = reading("flatness", "n=100000 workers=64", Unit::Ratio);
        assert_eq!(of("any", "flat", &ratio).unwrap().floor, FLAT_FLOOR);
    }

    #[test]
    fn goals_are_for_the_points_they_name() {
        assert_eq!(of("sqlite", "flat", &reading("cycles", "workers=80", Unit::Cycles)), None);
        assert_eq!(of("memory", "flat", &reading("cycles", "workers=8", Unit::Cycles)), None);
        assert_eq!(of("sqlite", "chain", &reading("cycles", "workers=8", Unit::Cycles)), None);
    }

    #[test]
    fn a_goal_can_be_a_part_of_the_limit_beside_it() {
        let bare = reading("cycles", "n=1000 workers=8", Unit::Cycles);
        assert_eq!(of("redis-everysec", "flat", &bare), None);
        let limit = Bound::new("pairs", vec![1_000.0]);
        let goal = of("redis-everysec", "flat", &bare.beside(Some(&limit))).unwrap();
        assert_eq!(goal, Goal { goal: 700.0, floor: 350.0 });
    }

    #[test]
    fn scripts_have_goals_by_their_batch_and_one_floor() {
        let goal = |point| {
            let goal = of("redis", "scripts", &reading("claim", point, Unit::Millis)).unwrap();
            (goal.goal, goal.floor)
        };
        let goals = ["batch=1", "batch=100", "batch=1000", "n=100000"].map(goal);
        assert_eq!(goals, [(5.0, 50.0), (5.0, 50.0), (25.0, 50.0), (50.0, 50.0)]);
    }

    #[test]
    fn verdicts_turn_with_the_unit() {
        let up = Goal { goal: 10.0, floor: 5.0 };
        let judge = |value| up.judge(value, Unit::Tasks);
        assert_eq!(judge(10.0), Verdict::GoalMet);
        assert_eq!(judge(5.0), Verdict::FloorHeld);
        assert_eq!(judge(4.9), Verdict::BelowFloor);
        let down = Goal { goal: 1.0, floor: 2.0 };
        let judge = |value| down.judge(value, Unit::Millis);
        assert_eq!(judge(1.0), Verdict::GoalMet);
        assert_eq!(judge(2.0), Verdict::FloorHeld);
        assert_eq!(judge(2.1), Verdict::BelowFloor);
    }

    #[test]
    fn every_goal_is_of_a_workload_there_is() {
        for row in GOALS.iter().chain(PARTS) {
            assert!(workload::ALL.iter().any(|known| known.about().name == row.1), "{row:?}");
        }
    }
}
