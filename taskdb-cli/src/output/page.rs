//! What all lists have in common: which page, and in which form.

use clap::Args;

/// Which page of a list, and in which form.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// Only those younger than this age: the `next` of the page before.
    #[arg(long, value_name = "AGE")]
    pub(crate) after: Option<u64>,

    /// At most this many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,

    /// Print one JSON document, described in docs/cli.md.
    #[arg(long)]
    pub(crate) json: bool,
}

impl PageArgs {
    /// Where the page after this one starts.
    pub(crate) fn next<T>(&self, page: &[T], age: impl Fn(&T) -> u64) -> Option<u64> {
        next(self.limit, page, age)
    }
}

/// Where the page after this one starts: the age of the last entry of a full page.
pub(crate) fn next<T>(limit: usize, page: &[T], age: impl Fn(&T) -> u64) -> Option<u64> {
    page.last().filter(|_| page.len() >= limit).map(age)
}
