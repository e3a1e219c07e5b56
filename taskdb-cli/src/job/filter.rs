//! Which jobs: what lists and commands for many jobs have in common.

use clap::Args;
use taskdb::{JobFilter, JobState};

/// Which jobs, beside their state.
#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// Only those of this user.
    #[arg(long)]
    user: Option<String>,

    /// Only those of this name.
    #[arg(long)]
    name: Option<String>,

    /// Only those with this label; may be given more than once.
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    label: Vec<(String, String)>,
}

impl FilterArgs {
    /// The filter for jobs in this state, or in any.
    pub(super) fn filter(&self, state: Option<JobState>) -> JobFilter {
        JobFilter {
            user_id: self.user.clone(),
            state,
            name: self.name.clone(),
            labels: self.label.iter().cloned().collect(),
        }
    }
}

/// Reads `KEY=VALUE`.
pub(super) fn label(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').ok_or("use KEY=VALUE")?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

/// Reads the name of a state.
pub(super) fn state(name: &str) -> Result<JobState, String> {
    let names = JobState::ALL.map(JobState::name).join(", ");
    let found = JobState::ALL.into_iter().find(|state| state.name() == name);
    found.ok_or_else(|| format!("use one of {names}"))
}
