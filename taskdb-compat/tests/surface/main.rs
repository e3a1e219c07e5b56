//! The calls one by one on every backend: that each is there with its arguments and
//! result, what is answered for what does not exist, and how what existing code cannot
//! know is shown to it. What the calls do is held by the conformance suite.

#[path = "../backends/mod.rs"]
#[macro_use]
mod backends;

mod calls;
mod cancelled;
mod errors;
mod helpers;
#[cfg(feature = "postgres")]
mod pool;

on_every_backend! {
    calls:
        those_of_streams_and_jobs_are_as_they_were,
        those_of_workers_are_as_they_were,
        those_of_operators_are_as_they_were,
        every_kind_of_handle_will_do;
    errors:
        what_does_not_exist_is_row_not_found,
        what_has_no_effect_is_no_error,
        refusals_have_the_variants_of_before,
        a_call_that_is_refused_says_why;
    cancelled:
        a_cancelled_job_reads_as_failed,
        a_cancelled_task_reads_as_failed,
        cancelled_tasks_count_as_failed;
    helpers:
        a_task_is_read_as_it_was_stored,
        tasks_are_read_oldest_first,
        large_jobs_are_read_whole,
        cleanup_leaves_nothing;
}
