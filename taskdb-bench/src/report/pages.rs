//! The pages that show what was measured, a page for each backend, made of runs that lie beside
//! them. Everything on them follows from the runs, so that a test can hold them against these.

use std::collections::BTreeMap;
use std::path::Path;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;

use super::{Report, Store, cost, json, merge, number};
use crate::error::{Error, Result};
use crate::figure::Figure;

/// Where the runs lie, and where plots go, below the folder.
const RUNS: &str = "runs";
const PLOTS: &str = "plots";
const HEADER: [&str; 7] = ["workload", "at", "figure", "limit", "of limit", "goal", "verdict"];

/// Writes the pages of a folder; figures that mean nothing are refused unless `quick`.
pub(crate) fn write(folder: &Path, quick: bool) -> Result<()> {
    let report = read(folder)?;
    if report.means_nothing() && !quick {
        let reason = "a run is quick or not optimised: measure again, or give --quick as well";
        return Err(Error::Report(reason.into()));
    }
    let plots = folder.join(PLOTS);
    std::fs::create_dir_all(&plots).map_err(Error::at(&plots))?;
    for (name, text) in of(&report)? {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(Error::at(&path))?;
    }
    Ok(())
}

/// The runs of a folder as one.
fn read(folder: &Path) -> Result<Report> {
    let runs = folder.join(RUNS);
    let entries = std::fs::read_dir(&runs).map_err(Error::at(&runs))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(Error::at(&runs))?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    let read = |path: &std::path::PathBuf| Ok((path.display().to_string(), json::read(path)?));
    merge::merge(paths.iter().map(read).collect::<Result<_>>()?)
}

/// The texts of all pages and plots by the names of their files.
pub(crate) fn of(report: &Report) -> Result<BTreeMap<String, String>> {
    let plots = cost::plots(&report.figures)?;
    let mut files = BTreeMap::new();
    for store in &report.stores {
        let page = || page(report, &store.backend, plots.keys());
        files.entry(format!("{}.md", store.backend)).or_insert_with(page);
    }
    files.extend(plots.into_iter().map(|(name, plot)| (format!("{PLOTS}/{name}"), plot)));
    Ok(files)
}

fn page<'a>(report: &Report, backend: &str, plots: impl Iterator<Item = &'a String>) -> String {
    let mut labels: Vec<&str> = Vec::new();
    for store in report.stores.iter().filter(|store| store.backend == backend) {
        if !labels.contains(&&*store.label) {
            labels.push(&store.label);
        }
    }
    let mut text = format!(
        "<!-- Written by `taskdb-bench --report`, from the runs in {RUNS}/; not by hand. -->\n\
         # {backend}, measured\n\n\
         {machine}. What the columns mean, and what to make of them, is in\n\
         [performance](../performance.md).\n\n",
        machine = report.machine
    );
    if report.means_nothing() {
        text.push_str("**A quick or unoptimised run: these figures mean nothing.**\n\n");
    }
    for failure in &report.failures {
        text.push_str(&format!("**Failed:** {failure}\n\n"));
    }
    for label in labels {
        text.push_str(&section(report, label));
    }
    text.push_str("## Cost against size\n\n");
    text.push_str(
        "Of all stores; on both axes equal distances are equal factors, and level is best.\n",
    );
    for plot in plots {
        text.push_str(&format!("\n![{}]({PLOTS}/{plot})\n", plot.trim_end_matches(".svg")));
    }
    text
}

/// What is known of a store, and its figures.
fn section(report: &Report, label: &str) -> String {
    let stores: Vec<_> = report.stores.iter().filter(|store| store.label == label).collect();
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(HEADER);
    let own = report.figures.iter().filter(|figure| figure.store == label);
    table.add_rows(own.map(row));
    format!("## {label}\n\n{}.\n\n{}\n\n", facts(&stores), table.trim_fmt())
}

/// What is known of a store that one run has found or several.
fn facts(stores: &[&Store]) -> String {
    let mut versions: Vec<_> =
        stores.iter().map(|store| format!("{} {}", store.backend, store.version)).collect();
    versions.dedup();
    let mut rates: Vec<_> = stores.iter().filter_map(|store| store.syncs_per_sec).collect();
    rates.sort_by(f64::total_cmp);
    let rates: Vec<_> = rates.into_iter().map(number).collect();
    let mut days: Vec<_> = stores.iter().filter_map(|store| store.measured.clone()).collect();
    days.sort_unstable();
    let mut facts = vec![versions.join(" and ")];
    facts.extend(span(&rates).map(|rates| format!("{rates} syncs a second")));
    facts.extend(span(&days).map(|days| format!("measured {days}")));
    facts.join(", ")
}

/// The first and the last of what is in order.
fn span(texts: &[String]) -> Option<String> {
    let (first, last) = (texts.first()?, texts.last()?);
    Some(if first == last { first.clone() } else { format!("{first} to {last}") })
}

fn row(figure: &Figure) -> [String; 7] {
    let Figure { workload, point, what, unit, .. } = figure;
    let limit =
        figure.limit.as_ref().map(|limit| format!("{} {}", number(limit.value), limit.name));
    let goal =
        figure.goal.map(|goal| format!("{} (at least {})", number(goal.goal), number(goal.floor)));
    let goal =
        if unit.more_is_better() { goal } else { goal.map(|text| text.replace("least", "most")) };
    [
        workload.to_string(),
        point.clone(),
        format!("{what} {} {unit}", number(figure.value)),
        limit.unwrap_or_default(),
        figure.ratio.map(number).unwrap_or_default(),
        goal.unwrap_or_default(),
        figure.verdict.map(|verdict| verdict.to_string()).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    /// Where the pages of the repository lie, in a folder for each machine.
    const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");

    #[test]
    fn a_page_has_every_figure_of_its_backend() {
        let mut report = sample();
        report.stores.push(Store {
            label: "redis".into(),
            backend: "redis".into(),
            version: "7.0.15".into(),
            ..report.stores[0].clone()
        });
        let files = of(&report).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["redis.md", "sqlite.md"]);
        let page = &files["sqlite.md"];
        let words = [
            "2 cores, a processor, release build",
            "sqlite 3.51.3, 8 123 syncs a second, measured 2026-11-21",
            "cycles 9 312 cycles/s",
            "8 000 one-row commits",
            "15 000 (at least 7 500)",
            "1.00 (at most 2.00)",
            "below floor",
        ];
        for word in words {
            assert!(page.contains(word), "{word} is missing in {page}");
        }
        assert!(!files["redis.md"].contains("9 312"), "figures of another store");
    }

    #[test]
    fn figures_of_several_runs_are_of_the_time_between_them() {
        let mut report = sample();
        report.stores.push(Store {
            version: "3.52.0".into(),
            syncs_per_sec: Some(900.0),
            measured: Some("2026-11-20".into()),
            ..report.stores[0].clone()
        });
        let files = of(&report).unwrap();
        let page = &files["sqlite.md"];
        let words = "\n\nsqlite 3.51.3 and sqlite 3.52.0, 900 to 8 123 syncs a second, \
                     measured 2026-11-20 to 2026-11-21.\n\n";
        assert!(page.contains(words), "{page}");
        assert_eq!(page.matches("## sqlite").count(), 1, "{page}");
    }

    #[test]
    fn figures_that_mean_nothing_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join(RUNS);
        assert!(write(folder.path(), false).is_err(), "there is no run");
        std::fs::create_dir(&runs).unwrap();
        let quick = Report { quick: true, ..sample() };
        std::fs::write(runs.join("a.json"), json::text(&quick).unwrap()).unwrap();
        let error = write(folder.path(), false).unwrap_err().to_string();
        assert!(error.contains("measure again"), "{error}");
        write(folder.path(), true).unwrap();
        let page = std::fs::read_to_string(folder.path().join("sqlite.md")).unwrap();
        assert!(page.contains("mean nothing"), "{page}");
    }

    #[test]
    fn the_pages_of_the_repository_are_what_the_runs_say() {
        let docs = Path::new(DOCS);
        let pages = std::fs::read_to_string(docs.join("performance.md")).unwrap();
        let mut machines = 0;
        for entry in std::fs::read_dir(docs).unwrap() {
            let folder = entry.unwrap().path();
            if !folder.join(RUNS).is_dir() {
                continue;
            }
            machines += 1;
            let machine = folder.file_name().unwrap().to_str().unwrap();
            let report = read(&folder).unwrap();
            assert!(!report.means_nothing() && !report.figures.is_empty());
            let files = of(&report).unwrap();
            for (name, text) in &files {
                let there = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
                assert!(
                    there == *text,
                    "{name}: `cargo bench --bench workloads -- --report docs/{machine}`"
                );
            }
            for name in files.keys().filter(|name| name.ends_with(".md")) {
                let link = format!("({machine}/{name})");
                assert!(pages.contains(&link), "{link} is nowhere in docs/performance.md");
            }
        }
        assert!(machines > 0);
    }
}
