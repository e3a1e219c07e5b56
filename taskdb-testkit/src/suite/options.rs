//! The command line of a suite binary: its own few words, and those of libtest
//! that `cargo test` and `cargo nextest` pass along.

use std::time::Duration;

use super::Case;

/// The one name under which runners of tests know the whole suite.
const WHOLE: &str = "conformance";
/// Flags of libtest that are followed by a value.
const WITH_VALUE: [&str; 6] =
    ["--format", "--color", "--test-threads", "--skip", "--logfile", "-Z"];

/// What to run and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Names or parts of names; everything when empty.
    pub filters: Vec<String>,
    /// Names must match in full.
    pub exact: bool,
    /// Print names instead of running.
    pub list: bool,
    /// List for a machine: the suite as one test.
    pub terse: bool,
    /// Run only what is marked as ignored, which nothing is.
    pub ignored: bool,
    /// Backends that must be reachable.
    pub required: Vec<String>,
    /// How long a case may take.
    pub timeout: Duration,
    /// How many cases of a backend run at once.
    pub parallel: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            filters: Vec::new(),
            exact: false,
            list: false,
            terse: false,
            ignored: false,
            required: Vec::new(),
            timeout: Duration::from_secs(120),
            parallel: 4,
        }
    }
}

impl Options {
    /// Reads arguments, and `TASKDB_REQUIRE` from the environment.
    pub fn from_env() -> Self {
        let mut options = Self::parse(std::env::args().skip(1));
        let required = std::env::var("TASKDB_REQUIRE").unwrap_or_default();
        let names = required.split(',').map(str::trim).filter(|name| !name.is_empty());
        options.required = names.map(str::to_owned).collect();
        options
    }

    /// Reads arguments; flags that are not known are passed over.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Self {
        let mut options = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--list" => options.list = true,
                "--exact" => options.exact = true,
                "--ignored" => options.ignored = true,
                "--format=terse" => options.terse = true,
                flag if WITH_VALUE.contains(&flag) => {
                    options.terse |= args.next().is_some_and(|value| value == "terse");
                }
                flag if flag.starts_with('-') => {}
                filter => options.filters.push(filter.to_owned()),
            }
        }
        options
    }

    /// Whether to run `case`.
    pub fn wants(&self, case: &Case) -> bool {
        let matches = |filter: &String| {
            let filter = filter.as_str();
            let hit = if self.exact { filter == case.name } else { case.name.contains(filter) };
            hit || filter == WHOLE
        };
        !self.ignored && (self.filters.is_empty() || self.filters.iter().any(matches))
    }

    /// The lines of `--list`.
    pub(super) fn listing(&self, cases: &[Case]) -> Vec<String> {
        if !self.terse {
            let wanted = cases.iter().filter(|case| self.wants(case));
            return wanted.map(|case| case.name.to_owned()).collect();
        }
        if self.ignored { Vec::new() } else { vec![format!("{WHOLE}: test")] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Options {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    fn case(name: &'static str) -> Case {
        Case { name, verb: "x", ordered: false, run: |_| Box::pin(async {}) }
    }

    #[test]
    fn runners_of_tests_see_one_test() {
        let cases = [case("a::b"), case("c::d")];
        assert_eq!(parse("--list --format terse").listing(&cases), ["conformance: test"]);
        assert!(parse("--list --format terse --ignored").listing(&cases).is_empty());
        assert_eq!(parse("--list c").listing(&cases), ["c::d"]);
        let options = parse("--exact conformance --nocapture --test-threads 1");
        assert!(cases.iter().all(|case| options.wants(case)));
    }

    #[test]
    fn filters_are_parts_of_names_unless_exact() {
        let options = parse("--nocapture b");
        assert!(options.wants(&case("a::b")) && !options.wants(&case("a::c")));
        let exact = parse("--exact a::b");
        assert!(exact.wants(&case("a::b")) && !exact.wants(&case("a::bc")));
        assert!(!parse("--ignored").wants(&case("a::b")));
    }
}
