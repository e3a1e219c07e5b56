//! The scripts by name, each joined with the parts of `lua/lib` that it needs.
//!
//! A part is run anew with every call, and making its functions costs more than many a
//! command. So a script names the parts it needs and no more; those that it seldom needs
//! are within one function, `on_demand`, that makes them when it is called. Those named
//! `first` come before any function is made, and answer ordinary calls at once.
#![expect(non_upper_case_globals, reason = "a script is named like its verb")]

use crate::script::{Kind, Script, text};

/// Nothing is written, also where memory is short.
macro_rules! read {
    ($($name:ident: [$($lib:literal)*];)*) => { $(script!("#!lua flags=no-writes\n", Read, $name, $name, [$($lib)*]);)* };
}

/// What ends work goes on when the server has reached its `maxmemory`.
macro_rules! end {
    ($($name:ident: $(first [$($first:literal)*])? [$($lib:literal)*] $(on demand [$($rare:literal)*])?;)*) => { $(script!("#!lua flags=allow-oom\n", Repeatable, $name, $name, $(first [$($first)*])? [$($lib)*] $(on demand [$($rare)*])?);)* };
}

/// What makes something is refused when the server has reached its `maxmemory`.
macro_rules! make {
    ($($name:ident: $(first [$($first:literal)*])? [$($lib:literal)*] $(on demand [$($rare:literal)*])?;)*) => { $(script!("#!lua\n", Repeatable, $name, $name, $(first [$($first)*])? [$($lib)*] $(on demand [$($rare)*])?);)* };
}

macro_rules! script {
    ($flags:literal, $kind:ident, $name:ident, $file:ident, $(first [$($first:literal)*])? [$($lib:literal)*] $(on demand [$($rare:literal)*])?) => {
        pub(crate) static $name: Script = Script::new(
            stringify!($name),
            text!(
                $flags,
                include_str!("../lua/lib/base.lua"),
                include_str!("../lua/lib/layout.lua"),
                $($(include_str!(concat!("../lua/lib/", $first, ".lua")),)*)?
                include_str!("../lua/lib/tools.lua"),
                $(include_str!(concat!("../lua/lib/", $lib, ".lua")),)*
                $(
                    "local function on_demand()\n",
                    $(include_str!(concat!("../lua/lib/", $rare, ".lua")),)*
                    "end\n",
                )?
                include_str!(concat!("../lua/", stringify!($file), ".lua"))
            ),
            Kind::$kind,
        );
    };
}

read! {
    describe: ["gate"];
    export: ["retention" "wake" "stream" "task" "job" "lanes" "names" "flush_lanes" "flush"];
    export_kept: [];
    find_format: [];
    find_jobs: [];
    find_purgeable: ["wake" "stream" "task" "job" "lanes" "names" "flush_lanes" "flush" "shift" "job_state" "retention" "purge"];
    find_numbers: ["known"];
    find_stream: [];
    get_concurrent_jobs: [];
    get_job: ["retention"];
    get_prerequisites: ["task" "job" "lanes" "names" "definition"];
    get_task: ["stream" "task" "job" "lanes" "names"];
    get_task_output: ["task" "job" "lanes" "names"];
    list_events: [];
    list_claims: ["stream" "task" "job" "lanes" "names"];
    list_jobs: ["retention" "task" "job" "lanes" "names"];
    list_schedules: ["schedules" "pages"];
    list_streams: ["stream_numbers"];
    list_tasks: ["stream" "task" "job" "lanes" "names"];
    list_workers: ["workers" "pages"];
    live_claims: [];
}

end! {
    cancel_job: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "close" "finish" "release"];
    cancel_task: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "close" "finish" "release"];
    carry_on: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "close" "finish" "release" "carry"];
    close_stream: ["gate" "wake" "stream" "settings"];
    clear_completed_jobs: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "kept" "discard"];
    delete_job: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "kept" "discard"];
    delete_schedule: ["gate" "schedules"];
    delete_stream: ["gate" "wake" "stream" "settings"];
    purge_jobs: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "kept" "discard" "retention" "purge"];
    // Its home has room for it, or it would not be here.
    put_stream: ["gate" "wake" "stream" "settings" "number" "enlist"];
    release_claims: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "close" "finish" "release"];
    release_worker: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "close" "finish" "release"];
    renew_claims: ["gate" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim"];
    repair: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "claim" "close" "finish" "release" "carry" "definition" "mend" "mend_steps" "mend_end"];
    repair_streams: ["gate" "wake" "stream" "task" "job" "lanes" "names" "shift" "job_state" "relist" "stream_numbers"];
    request_work: first ["tally" "claim_one" "claim_many" "claim_none"] ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "next" "hand_out"]
        on demand ["rules" "claim" "close" "finish" "release" "carry" "overdue" "catch_up"];
    requeue_tasks: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "claim" "close" "finish" "release" "carry" "overdue" "kept" "log"];
    retry_job: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "claim" "close" "finish" "release" "carry" "definition" "replay"];
    retry_task: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "claim" "close" "finish" "release" "carry" "definition" "replay"];
    set_events: ["gate"];
    set_gate: ["gate" "wake"];
    update_job: ["gate" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "retention"];
    update_stream: ["gate" "wake" "stream" "settings"];
    update_task_done: first ["tally" "end_job" "done_one" "done_many"] ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "targets"]
        on demand ["close" "finish" "release" "consequences"];
    update_task_failed: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim" "targets" "close" "finish" "release"];
    update_task_progress: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "claim"];
    update_task_retry: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "claim" "close" "finish" "release"];
}

make! {
    create_job: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "definition" "create" "plan" "insert" "number" "new_job"];
    create_stream: ["gate" "stream" "number" "enlist"];
    create_tasks: first ["tally" "create_plain"] ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "definition" "create" "plan" "insert"]
        on demand ["close" "ending"];
    fire_schedule: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "definition" "create" "plan" "insert" "number" "new_job" "schedules"];
    heartbeat_worker: ["gate" "workers"];
    import: ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "claim" "close" "finish" "release" "definition" "create" "plan" "insert" "kept" "number" "known" "enlist" "retention" "schedules" "take_stream" "take" "take_task"];
    import_bulk: ["gate" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "number" "retention" "take"];
    open: [];
    probe: ["gate"];
    put_schedule: ["gate" "schedules"];
}

// It reads more than the straight ways do.
script!("#!lua flags=allow-oom\n", Repeatable, request_work_with_inputs, request_work,
    ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "next" "definition" "inputs"]
    on demand ["rules" "claim" "close" "finish" "release" "carry" "overdue" "catch_up"]);

// Children need room, an end alone does not.
script!("#!lua\n", Repeatable, update_task_done_with_children, update_task_done,
    ["gate" "events" "wake" "stream" "task" "job" "lanes" "names" "starts" "flush_lanes" "flush" "shift" "job_state" "rules" "claim" "targets" "close" "finish" "release" "definition" "create" "plan" "insert"]
    on demand ["consequences"]);
