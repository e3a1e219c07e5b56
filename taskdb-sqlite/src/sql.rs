//! Every statement, by the table it is about; the texts are in `queries/`.
//!
//! What a statement is for, its parameters and its cost stand at the head of its file.

/// Declares a module of statements, one for each file of a folder.
macro_rules! statements {
    ($folder:ident: $($name:ident)+) => {
        pub(crate) mod $folder {
            $(
                #[allow(non_upper_case_globals, reason = "named like its file")]
                pub(crate) const $name: &str = include_str!(concat!(
                    "../queries/", stringify!($folder), "/", stringify!($name), ".sql"
                ));
            )+
        }
    };
}

statements!(
    namespaces:
    create find gate set_gate mark next_stream next_job reserve_ages events set_events next_event cut
    cuts
);

statements!(
    events:
    insert page cut
);

statements!(
    streams:
    insert find load oldest list page update worker_types delete add next_high next_medium
    next_low ready_since make_room
);

statements!(
    jobs:
    insert find load save count delete by_key drop_key running_of done next_age from list
    list_by_user list_by_state list_by_owner update purgeable count_purgeable
);

statements!(
    lanes:
    add of_job set_stopped delete next movable state_counts set_priority claimable
);

statements!(
    tasks:
    insert import find load standing page export claim live_claim finish put_back lose progress work_on
    renew make_ready settle wait_less expired held_by running_in stopped revive clear_trials
    clear_trial startable first_failure delete_some stuck miscounted tally dependant_ages
    claims overdue void_start_by
);

statements!(
    definitions:
    insert load delete_upto
);

statements!(
    outputs:
    insert load delete_upto
);

statements!(
    edges:
    insert after delete_upto
);

statements!(
    delayed:
    insert due delete next delete_job
);

statements!(
    releases:
    save next of_job delete delete_job
);

statements!(
    trash:
    insert next delete find
);

statements!(
    kept_outputs:
    insert load expire page
);

statements!(
    schedules:
    save import delete page fire
);

statements!(
    workers:
    save delete expire page
);

statements!(
    probes:
    insert load delete
);

statements!(
    repair:
    clear_lanes lanes streams
);

statements!(
    connection:
    data_version set_format size
);
