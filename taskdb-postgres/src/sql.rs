//! The statements of `queries/` and the functions of `functions/`, by name.
//!
//! In their texts `ns.` stands for the schema and `HASH` for the hash of all functions,
//! so that two releases can have their functions side by side.

use std::sync::{Arc, LazyLock};

use taskdb_core::Namespace;

/// Declares the statements, each with its file.
macro_rules! statements {
    ($($name:ident)*) => {
        /// A statement that is a file of its own.
        #[allow(non_camel_case_types, reason = "the name of the file")]
        #[derive(Debug, Clone, Copy)]
        pub(crate) enum Statement { $($name,)* }

        const STATEMENTS: &[&str] =
            &[$(include_str!(concat!("../queries/", stringify!($name), ".sql")),)*];
    };
}

statements! {
    check_stuck_pending_tasks describe drop_function export_jobs export_kept export_named
    export_tasks format get_concurrent_jobs get_job get_prerequisites get_task get_task_output
    get_task_state_counts list_claims list_events list_jobs list_jobs_by_user list_schedules
    list_streams list_tasks list_workers lock note_functions notify notify_within old_functions
    request_work request_work_with_inputs schema set_format standing within
}

/// Declares the verbs that are functions, each with the number of its arguments.
macro_rules! verbs {
    ($($name:ident $count:literal)*) => {
        /// A verb that is a function.
        #[allow(non_camel_case_types, reason = "the name of the file")]
        #[derive(Debug, Clone, Copy)]
        pub(crate) enum Verb { $($name,)* }

        const VERBS: &[(&str, usize)] = &[$((stringify!($name), $count),)*];

        const VERB_FILES: &[&str] =
            &[$(include_str!(concat!("../functions/", stringify!($name), ".sql")),)*];
    };
}

verbs! {
    cancel_job 2
    cancel_task 3
    carry_on 1
    clear_completed_jobs 3
    create_job 15
    create_stream 6
    create_tasks 14
    cut_events 1
    delete_job 3
    delete_schedule 1
    delete_stream 1
    empty_trash 1
    fire_schedule 19
    heartbeat_worker 4
    import 5
    import_bulk 51
    probe 1
    purge_jobs 5
    put_schedule 3
    release_claims 5
    release_worker 3
    renew_claims 6
    repair 1
    requeue_tasks 2
    retry_job 2
    retry_task 3
    set_events 3
    set_gate 2
    update_job 3
    update_stream 4
    update_task_done 18
    update_task_failed 6
    update_task_progress 6
    update_task_retry 6
}

/// Declares the files of `functions/lib`.
macro_rules! library {
    ($($name:ident)*) => {
        const LIBRARY: &[&str] = &[
            $(include_str!(concat!("../functions/lib/", stringify!($name), ".sql")),)*
            include_str!("../functions/request_work.sql"),
        ];
    };
}

library! {
    aim attend bulk carry_on claim claim_many claim_one close complete create create_one
    create_plain difference discard enter finish finish_held fold import_checks import_jobs
    import_streams import_tasks inputs insert live lock_plan log mend mend_streams new_job plan
    put_back ready repeated_job replay revivable rules settle shift specs step stop terminate
    tolerate top upkeep wake
}

const CALL: &str = include_str!("../queries/call.sql");
const READ: &str = include_str!("../queries/read.sql");
/// Asks a connection whether it keeps step.
pub(crate) const STEP: &str = include_str!("../queries/step.sql");

/// What lays out a namespace, in order; their number is its format.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_streams.sql"),
    include_str!("../migrations/0002_jobs.sql"),
    include_str!("../migrations/0003_tasks.sql"),
    include_str!("../migrations/0004_graph.sql"),
    include_str!("../migrations/0005_import.sql"),
    include_str!("../migrations/0006_life.sql"),
    include_str!("../migrations/0007_mark.sql"),
    include_str!("../migrations/0008_rules.sql"),
    include_str!("../migrations/0009_events.sql"),
    include_str!("../migrations/0010_first.sql"),
    include_str!("../migrations/0011_definitions.sql"),
];

/// The hash of all functions: 8 hexadecimal digits.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut sha1 = sha1_smol::Sha1::new();
    for text in LIBRARY.iter().chain(VERB_FILES).chain(&[SETTINGS]) {
        sha1.update(text.as_bytes());
    }
    let mut digest = sha1.digest().to_string();
    digest.truncate(8);
    digest
});

/// The texts for one namespace.
#[derive(Debug)]
pub(crate) struct Sql {
    /// The schema, quoted.
    pub(crate) schema: String,
    namespace: Namespace,
    statements: Vec<Arc<str>>,
    reads: Vec<Arc<str>>,
    verbs: Vec<Arc<str>>,
}

impl Sql {
    pub(crate) fn new(namespace: &Namespace) -> Self {
        // A namespace has no quotes.
        let schema = format!("\"{namespace}\"");
        let put_in =
            |text: &str| text.replace(" ns.", &format!(" {schema}.")).replace("HASH", &HASH);
        let statements = STATEMENTS.iter().map(|text| put_in(text).replace("NAMESPACE", &schema));
        let statements: Vec<Arc<str>> = statements.map(Arc::from).collect();
        let reads = statements
            .iter()
            .map(|text| READ.replace("STAMP", &place(parameters(text))).replace("STATEMENT", text));
        let verbs = VERBS.iter().map(|(name, count)| {
            let places: Vec<_> = (0..*count).map(place).collect();
            let text = put_in(CALL).replace("VERB", name).replace("STAMP", &place(*count));
            text.replace("ARGUMENTS", &places.join(", "))
        });
        Self {
            reads: reads.map(Arc::from).collect(),
            verbs: verbs.map(Arc::from).collect(),
            namespace: namespace.clone(),
            statements,
            schema,
        }
    }

    /// The schema as it is.
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.as_str()
    }

    pub(crate) fn statement(&self, statement: Statement) -> Arc<str> {
        Arc::clone(&self.statements[statement as usize])
    }

    /// The same as a read that bears the stamp of its call, see [`Stamp`](crate::conn::Stamp).
    pub(crate) fn read(&self, statement: Statement) -> Arc<str> {
        Arc::clone(&self.reads[statement as usize])
    }

    pub(crate) fn verb(&self, verb: Verb) -> Arc<str> {
        Arc::clone(&self.verbs[verb as usize])
    }
}

/// The place of the parameter behind so many others.
fn place(others: usize) -> String {
    format!("${}", others + 1)
}

/// How many parameters a statement has.
fn parameters(text: &str) -> usize {
    let number = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().unwrap_or(0)
    };
    text.split('$').skip(1).map(number).max().unwrap_or(0)
}

/// The hash of all functions.
pub(crate) fn hash() -> &'static str {
    &HASH
}

/// What the verbs run with, beside the search path that they pin: tables that were just
/// made have no statistics, and a plan that is made then must do for a million tasks. So
/// joins are done in the order they are written, along indexes.
const SETTINGS: &str = "SET search_path FROM CURRENT SET join_collapse_limit TO 1 \
                        SET from_collapse_limit TO 1 SET enable_seqscan TO off \
                        SET enable_mergejoin TO off SET enable_bitmapscan TO off \
                        SET plan_cache_mode TO force_generic_plan SET jit TO off";

/// Everything that makes the functions.
pub(crate) fn functions() -> String {
    let texts: Vec<_> = LIBRARY.iter().chain(VERB_FILES).copied().collect();
    let text = texts.join(";\n").replace("HASH", &HASH);
    text.replace("SET search_path FROM CURRENT", SETTINGS)
}
