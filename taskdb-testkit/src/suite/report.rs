//! Verdicts and the matrix they are printed as.

use std::fmt::{self, Write as _};

use super::Case;

/// What became of a case on a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It held.
    Ok,
    /// It did not, or the backend had to be there and was not.
    Failed(String),
    /// The backend cannot be reached.
    Ignored(String),
}

impl Verdict {
    const fn word(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(_) => "FAIL",
            Self::Ignored(_) => "ignored",
        }
    }
}

/// The verdicts of a run. Its `Display` is the matrix, the failures with their
/// messages, and last a line of exactly `N passed, N failed, N skipped`.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub(super) backends: Vec<String>,
    pub(super) rows: Vec<(Case, Vec<Verdict>)>,
}

impl Report {
    /// How many cases held, did not hold, and were ignored.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |word: &str| self.verdicts().filter(|(.., v)| v.word() == word).count();
        (count("ok"), count("FAIL"), count("ignored"))
    }

    /// Whether nothing failed.
    pub fn passed(&self) -> bool {
        self.counts().1 == 0
    }

    /// Every case with each backend and the verdict.
    pub fn verdicts(&self) -> impl Iterator<Item = (&Case, &str, &Verdict)> {
        self.rows.iter().flat_map(|(case, verdicts)| {
            let pairs = self.backends.iter().zip(verdicts);
            pairs.map(move |(backend, verdict)| (case, backend.as_str(), verdict))
        })
    }

    fn matrix(&self, out: &mut String) -> fmt::Result {
        let first = self.rows.iter().map(|(case, _)| case.name.len()).max().unwrap_or(0);
        let widths: Vec<_> = self.backends.iter().map(|name| name.len().max(7)).collect();
        write!(out, "{:first$}", "")?;
        for (name, width) in self.backends.iter().zip(&widths) {
            write!(out, "  {name:width$}")?;
        }
        let mut verb = "";
        for (case, verdicts) in &self.rows {
            if case.verb != verb {
                verb = case.verb;
                write!(out, "\n{verb}")?;
            }
            let rule = case.name.strip_prefix(verb).unwrap_or(case.name).trim_start_matches(':');
            write!(out, "\n  {rule:width$}", width = first.saturating_sub(2))?;
            for (verdict, width) in verdicts.iter().zip(&widths) {
                write!(out, "  {:width$}", verdict.word())?;
            }
        }
        out.write_char('\n')
    }

    fn notes(&self, out: &mut String) -> fmt::Result {
        let mut unreachable: Vec<_> = Vec::new();
        for (case, backend, verdict) in self.verdicts() {
            match verdict {
                Verdict::Ok => {}
                Verdict::Failed(why) => {
                    write!(out, "\nFAIL {} on {backend}\n  {why}\n", case.name)?
                }
                Verdict::Ignored(why) if !unreachable.contains(&backend) => {
                    unreachable.push(backend);
                    write!(out, "\nignored: {backend}, {why}\n")?;
                }
                Verdict::Ignored(_) => {}
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.matrix(&mut text)?;
        self.notes(&mut text)?;
        // Padding would leave spaces at the ends of lines.
        for line in text.lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        let (passed, failed, skipped) = self.counts();
        write!(f, "\n{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_every_failure_is_explained() {
        let case = |name| Case { name, verb: "a", ordered: false, run: |_| Box::pin(async {}) };
        let report = Report {
            backends: vec!["x".to_owned(), "y".to_owned()],
            rows: vec![
                (case("a::b"), vec![Verdict::Ok, Verdict::Ignored("no server".to_owned())]),
                (case("a::c"), vec![Verdict::Failed("1 != 2".to_owned()), Verdict::Ok]),
            ],
        };
        let text = report.to_string();
        assert!(text.contains("\n  b   ok       ignored\n"), "{text}");
        assert!(text.contains("FAIL a::c on x\n  1 != 2"), "{text}");
        assert_eq!(text.lines().last(), Some("2 passed, 1 failed, 1 skipped"));
        assert!(!report.passed());
    }
}
