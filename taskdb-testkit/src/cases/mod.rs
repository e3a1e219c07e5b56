//! The cases of the conformance suite: a file for each verb of the seam, then a
//! file for each topic that takes several verbs.
//!
//! A case is an async function over a [`World`](crate::suite::World) which panics
//! when the rule in its name does not hold. How they are run is no business of
//! theirs; that is [`suite`](crate::suite).

use crate::suite::Case;

mod support;

/// Names the files, and with them the table of all cases.
macro_rules! files {
    ($($file:ident,)*) => {
        $(mod $file;)*

        /// Every case, by file.
        pub fn all() -> Vec<Case> {
            [$($file::CASES),*].concat()
        }
    };
}

files! {
    create_stream,
    update_stream,
    delete_stream,
    list_streams,
    create_job,
    update_job,
    cancel_job,
    retry_job,
    delete_job,
    clear_completed_jobs,
    purge_jobs,
    get_job,
    list_jobs,
    get_concurrent_jobs,
    create_tasks,
    create_batches,
    cancel_task,
    retry_task,
    get_task,
    get_task_output,
    list_tasks,
    get_prerequisites,
    request_work,
    update_task_done,
    update_task_failed,
    update_task_progress,
    update_task_retry,
    renew_claims,
    release_claims,
    release_worker,
    list_claims,
    requeue_tasks,
    heartbeat_worker,
    list_workers,
    put_schedule,
    delete_schedule,
    list_schedules,
    fire_schedule,
    get_task_state_counts,
    check_stuck_pending_tasks,
    repair,
    describe,
    probe,
    set_gate,
    list_events,
    set_events,
    export,
    import,
    claims,
    inputs,
    rules,
    bulk,
    graph,
    fairness,
    values,
    scale,
    races,
    wait,
    portable,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_verb_has_cases_and_every_name_is_used_once() {
        let all = all();
        let verbs: HashSet<_> = all.iter().map(|case| case.verb).collect();
        for verb in taskdb_core::VERBS {
            assert!(verbs.contains(verb), "no case for `{verb}`");
        }
        let names: HashSet<_> = all.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), all.len());
    }
}
