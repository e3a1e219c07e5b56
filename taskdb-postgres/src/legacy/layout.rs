//! Whether a database has the earlier layout, and what of it differs between its versions.

use std::collections::HashMap;

use sqlx::postgres::PgConnection;
use taskdb_core::{Result, TaskDbErr};

use super::query;
use crate::args::Args;
use crate::row::get;

/// The columns that every version has, by table; types where they say that it is this one.
const COLUMNS: [(&str, &[(&str, &str)]); 4] = [
    (
        "streams",
        &[("id", "uuid"), ("worker_type", ""), ("reserved", ""), ("be_mult", ""), ("user_id", "")],
    ),
    ("jobs", &[("id", "uuid"), ("state", "job_state"), ("error", ""), ("user_id", "")]),
    (
        "tasks",
        &[
            ("job_id", "uuid"),
            ("task_id", ""),
            ("stream_id", "uuid"),
            ("task_def", "jsonb"),
            ("prerequisites", "jsonb"),
            ("state", "task_state"),
            ("created_at", "timestamp"),
            ("started_at", "timestamp"),
            ("updated_at", "timestamp"),
            ("waiting_on", ""),
            ("progress", ""),
            ("retries", ""),
            ("max_retries", ""),
            ("timeout_secs", ""),
            ("output", "jsonb"),
            ("error", ""),
        ],
    ),
    ("task_deps", &[("job_id", "uuid"), ("pre_task_id", ""), ("post_task_id", "")]),
];

/// What versions of the layout differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Tasks know when their job was created.
    pub(super) job_created: bool,
}

type Columns = HashMap<(String, String), String>;

impl Layout {
    /// Looks at the catalog; refuses a database that is laid out otherwise.
    pub(super) async fn read(conn: &mut PgConnection) -> Result<Self> {
        let text = include_str!("../../legacy/columns.sql").to_owned();
        let mut columns = Columns::new();
        for row in query(conn, text, Args::default()).await? {
            let place = (get(&row, "relation")?, get(&row, "name")?);
            columns.insert(place, get(&row, "type")?);
        }
        Self::of(&columns)
    }

    fn of(columns: &Columns) -> Result<Self> {
        let find = |table: &str, name: &str| columns.get(&(table.to_owned(), name.to_owned()));
        for (table, own) in COLUMNS {
            for (name, wanted) in own {
                let found = find(table, name);
                if found.is_none_or(|found| !wanted.is_empty() && found != wanted) {
                    return Err(TaskDbErr::Config(format!(
                        "the database has no earlier layout in its schema `public`: `{table}` \
                         has no fitting column `{name}`; look whether the URL names the right \
                         database, and the role may read it"
                    )));
                }
            }
        }
        Ok(Self { job_created: find("tasks", "job_created_at").is_some() })
    }

    /// Puts what a version has into the text of a statement.
    pub(super) fn put_in(self, text: &str) -> String {
        let missing = "NULL::timestamp";
        text.replace("JOB_CREATED", if self.job_created { "job_created_at" } else { missing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        let mut columns = Columns::new();
        for (table, own) in COLUMNS {
            for (name, kind) in own {
                columns.insert((table.to_owned(), (*name).to_owned()), (*kind).to_owned());
            }
        }
        columns
    }

    #[test]
    fn versions_are_told_apart() {
        let mut columns = columns();
        assert_eq!(Layout::of(&columns).unwrap(), Layout { job_created: false });
        columns.insert(("tasks".into(), "job_created_at".into()), "timestamp".into());
        assert_eq!(Layout::of(&columns).unwrap(), Layout { job_created: true });
    }

    #[test]
    fn another_layout_is_refused_with_what_is_missing() {
        let mut columns = columns();
        columns.insert(("jobs".into(), "state".into()), "text".into());
        let refused = Layout::of(&columns).unwrap_err().to_string();
        assert!(refused.contains("`jobs`") && refused.contains("`state`"), "{refused}");
        assert!(Layout::of(&Columns::new()).unwrap_err().to_string().contains("`streams`"));
    }
}
