//! An application as they exist: a small prover in the style of those that call TaskDB
//! through free functions. It must compile as it stands and do its work on every
//! backend. What single calls answer is for the test `surface`.
//!
//! The application is [`app`] with its parts [`agent`], [`work`], [`executor`],
//! [`maintenance`] and [`status`]; the scenarios are in [`workflow`], [`recovery`] and
//! [`housekeeping`].

#[path = "../backends/mod.rs"]
#[macro_use]
mod backends;

mod agent;
mod app;
mod executor;
mod housekeeping;
mod maintenance;
mod recovery;
mod status;
mod work;
mod workflow;

on_every_backend! {
    workflow:
        a_planned_job_succeeds,
        jobs_of_several_users_share_the_workers,
        an_executor_that_died_half_way_is_repeated;
    recovery:
        a_segment_that_fails_once_is_tried_again,
        a_broken_segment_fails_its_job,
        the_task_of_a_dead_agent_goes_to_another,
        an_agent_that_dies_too_often_fails_the_job;
    housekeeping:
        finished_jobs_are_cleared_and_running_ones_stay,
        a_cleared_result_can_be_read_for_a_while,
        nothing_is_stuck_in_a_sound_store;
}
