//! Cases of `list_jobs`.

use taskdb_core::{JobFilter, JobInfo};

use super::support::*;

cases!(list_jobs:
    a_listed_job_reads_as_by_itself,
    the_filters_narrow_alone_and_together,
    a_list_of_none_is_empty,
    a_filter_on_names_that_look_alike,
    a_deleted_job_is_not_listed,
    other_namespaces_are_not_listed,
    names_and_labels_are_kept_and_found,
    too_many_labels_are_refused,
    bad_arguments_are_refused;
    ordered:
    pages_follow_the_age,
    a_page_stands_while_jobs_come_and_go,
);

/// The ids of all pages of this size.
async fn listed(w: &World, filter: &JobFilter, limit: usize) -> Vec<Uuid> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = w.other.list_jobs(filter.clone(), after, limit).await.unwrap();
        assert!(page.len() <= limit);
        let Some(last) = page.last() else { return ids };
        after = Some(last.age);
        ids.extend(page.iter().map(|job| job.job_id));
    }
}

fn ids(jobs: &[JobInfo]) -> Vec<Uuid> {
    jobs.iter().map(|job| job.job_id).collect()
}

async fn job_of_user(w: &World, stream: Uuid, user: &str) -> Uuid {
    w.db.create_job(&stream, &json!(1), 0, 60, user).await.unwrap()
}

/// A job in each state, twice over, of two users.
async fn of_each_state(w: &World) -> Vec<(Uuid, &'static str, JobState)> {
    let stream = w.stream().await;
    let mut made = Vec::new();
    for state in [JobState::ALL, JobState::ALL].concat() {
        for user in ["ann", "bob"] {
            let job = job_of_user(w, stream, user).await;
            let done = match state {
                JobState::Done => w.db.update_task_done(&job, "init", json!(1)).await,
                JobState::Failed => w.db.update_task_failed(&job, "init", "broken").await,
                JobState::Cancelled => w.db.cancel_job(&job).await.map(|()| true),
                _ => Ok(true),
            };
            assert!(done.unwrap());
            let age = w.db.get_job(&job).await.unwrap().age;
            made.push((age, (job, user, state)));
        }
    }
    made.sort_unstable_by_key(|(age, _)| *age);
    made.into_iter().map(|(_, job)| job).collect()
}

async fn pages_follow_the_age(w: World) {
    let stream = w.stream().await;
    let mut made = Vec::new();
    for n in 0..7 {
        let class = Priority::ALL[n % 3];
        made.push(w.job_of(stream, class).await);
    }
    for limit in [1, 2, 7, 100] {
        assert_eq!(listed(&w, &JobFilter::default(), limit).await, made);
    }
}

async fn a_listed_job_reads_as_by_itself(w: World) {
    let (stream, job, init) = w.started().await;
    w.add(&job, task("a", stream).after(["init"])).await;
    w.clock.advance(secs(5));
    w.finish(&init).await;
    let [info] = w.db.list_jobs(JobFilter::default(), None, 9).await.unwrap().try_into().unwrap();
    assert_eq!((info.tasks, info.unresolved, info.state), (2, 1, JobState::Running));
    assert_eq!(info.elapsed(), secs(5));
    assert_eq!(info, w.db.get_job(&job).await.unwrap());
    assert!(w.db.update_task_failed(&job, "a", "broken").await.unwrap());
    let [info] = w.db.list_jobs(JobFilter::default(), None, 9).await.unwrap().try_into().unwrap();
    assert_eq!((info.state, info.error.as_deref()), (JobState::Failed, Some("broken")));
}

async fn the_filters_narrow_alone_and_together(w: World) {
    let made = of_each_state(&w).await;
    let users = [None, Some("ann"), Some("bob")];
    let states = JobState::ALL.into_iter().map(Some).chain([None]);
    for state in states {
        for user in users {
            let fits = |job: &&(Uuid, &str, JobState)| {
                user.is_none_or(|u| u == job.1) && state.is_none_or(|s| s == job.2)
            };
            let expected: Vec<_> = made.iter().filter(fits).map(|job| job.0).collect();
            let filter =
                JobFilter { user_id: user.map(str::to_owned), state, ..JobFilter::default() };
            for limit in [1, 3, 100] {
                assert_eq!(listed(&w, &filter, limit).await, expected, "{filter:?} by {limit}");
            }
        }
    }
}

async fn a_page_stands_while_jobs_come_and_go(w: World) {
    let stream = w.stream().await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(w.job(stream).await);
    }
    let first = w.other.list_jobs(JobFilter::default(), None, 2).await.unwrap();
    assert_eq!(ids(&first), jobs[..2]);
    // What the next page follows may be gone, and what is younger comes behind.
    w.db.delete_job(&jobs[1]).await.unwrap();
    w.db.delete_job(&jobs[3]).await.unwrap();
    let last = w.job(stream).await;
    let next = w.other.list_jobs(JobFilter::default(), Some(first[1].age), 9).await.unwrap();
    assert_eq!(ids(&next), [jobs[2], jobs[4], last]);
    // A job moves from one list to the other and back, and keeps its place.
    let running = JobFilter::default().state(JobState::Running);
    w.db.cancel_job(&jobs[2]).await.unwrap();
    assert_eq!(listed(&w, &running, 2).await, [jobs[0], jobs[4], last]);
    w.db.retry_job(&jobs[2]).await.unwrap();
    assert_eq!(listed(&w, &running, 2).await, [jobs[0], jobs[2], jobs[4], last]);
}

async fn a_list_of_none_is_empty(w: World) {
    assert!(listed(&w, &JobFilter::default(), 5).await.is_empty());
    let (_, job) = w.fresh().await;
    let age = w.db.get_job(&job).await.unwrap().age;
    for after in [age, age + 1, u64::MAX] {
        let page = w.db.list_jobs(JobFilter::default(), Some(after), 5).await.unwrap();
        assert_eq!(page, [], "after {after}");
    }
    assert!(listed(&w, &JobFilter::default().user("nobody"), 5).await.is_empty());
    assert!(listed(&w, &JobFilter::default().state(JobState::Failed), 5).await.is_empty());
}

async fn a_filter_on_names_that_look_alike(w: World) {
    let stream = w.stream().await;
    let users = ["a", "A", "a ", "a:b", "%", "_", "o\u{308}", "\u{f6}"];
    let mut jobs = Vec::new();
    for user in users {
        jobs.push(job_of_user(&w, stream, user).await);
    }
    for (user, job) in users.iter().zip(jobs) {
        assert_eq!(listed(&w, &JobFilter::default().user(*user), 5).await, [job], "{user}");
    }
}

async fn a_deleted_job_is_not_listed(w: World) {
    let (stream, first) = w.fresh().await;
    let second = w.job(stream).await;
    w.db.delete_job(&first).await.unwrap();
    assert_eq!(listed(&w, &JobFilter::default().user(USER), 5).await, [second]);
    w.run(&["init"]).await;
    assert_eq!(w.db.clear_completed_jobs().await.unwrap(), 1);
    assert!(listed(&w, &JobFilter::default(), 5).await.is_empty());
}

async fn other_namespaces_are_not_listed(w: World) {
    let (_, job) = w.fresh().await;
    let elsewhere = w.neighbour().await;
    elsewhere.fresh().await;
    assert_eq!(listed(&w, &JobFilter::default(), 5).await, [job]);
}

async fn bad_arguments_are_refused(w: World) {
    let call = w.db.list_jobs(JobFilter::default(), None, 0).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "limit", .. });
    let call = w.db.list_jobs(JobFilter::default().user(""), None, 5).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "user_id", .. });
}

async fn names_and_labels_are_kept_and_found(w: World) {
    let stream = w.stream().await;
    let made = |name: &str, color: &str| {
        new_job(stream).name(name).label("color", color).label("ä: {x}", "1=\"2\"")
    };
    let mut jobs = Vec::new();
    for job in [made("nightly", "red"), made("nightly", "blue"), made("once", "red"), new_job(stream)]
    {
        jobs.push(w.db.create_job_with(job).await.unwrap());
    }
    let info = w.other.get_job(&jobs[0]).await.unwrap();
    assert_eq!(info.name.as_deref(), Some("nightly"));
    let labels: Vec<_> = info.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(labels, [("color", "red"), ("ä: {x}", "1=\"2\"")]);
    let info = w.other.get_job(&jobs[3]).await.unwrap();
    assert_eq!((info.name, info.labels.len()), (None, 0));
    let red = JobFilter::default().label("color", "red");
    let mut found = listed(&w, &red, 1).await;
    found.sort_by_key(|id| jobs.iter().position(|job| job == id));
    assert_eq!(found, [jobs[0], jobs[2]]);
    assert_eq!(listed(&w, &red.clone().name("once"), 5).await, [jobs[2]]);
    assert!(listed(&w, &red.clone().label("ä: {x}", "2"), 5).await.is_empty());
    assert!(listed(&w, &red.clone().user("somebody"), 5).await.is_empty());
    assert_eq!(listed(&w, &red.user(USER).name("once"), 5).await, [jobs[2]]);
    let nightly = JobFilter::default().name("nightly").user(USER);
    assert_eq!(listed(&w, &nightly.label("color", "blue"), 5).await, [jobs[1]]);
    let nightly = JobFilter::default().name("nightly").state(JobState::Running);
    assert_eq!(listed(&w, &nightly, 5).await.len(), 2);
}

async fn too_many_labels_are_refused(w: World) {
    let stream = w.stream().await;
    let labelled = |count: usize| {
        (0..count).fold(new_job(stream), |job, n| job.label(n.to_string(), "x"))
    };
    w.db.create_job_with(labelled(32)).await.unwrap();
    let call = w.db.create_job_with(labelled(33)).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "labels", size: 33, limit: 32, .. });
    let call = w.db.create_job_with(new_job(stream).label("", "x")).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "labels", .. });
    let call = w.db.create_job_with(new_job(stream).name("a\nb")).await;
    expect_err!(call, TaskDbErr::InvalidArgument { argument: "name", .. });
}
