//! Plans that are submitted while they grow, by planners that die half way.
//!
//! The step of the tree puts texts behind each other, so that the result shows whether
//! anything was lost, done twice or taken out of its order.

mod work;

use std::pin::pin;

use futures::poll;
use serde_json::json;
use taskdb::planner::tree::{Node, Tree};
use taskdb::planner::{Plan, Planner, submit, task};
use taskdb::{JobState, Limits, NewTask, TaskDb, sqlite};
use work::Site;

const WORDS: [&str; 9] = ["to ", "be, ", "or ", "not ", "to ", "be: ", "that ", "is ", "it"];

/// A plan whose planner dies after so many more tasks.
struct Mortal<'a> {
    tree: &'a mut Tree<&'static str>,
    life: usize,
}

impl Plan for Mortal<'_> {
    type Task = Node<&'static str>;

    fn unread(&self) -> &[Self::Task] {
        let unread = self.tree.unread();
        &unread[..unread.len().min(self.life)]
    }

    fn mark_read(&mut self, count: usize) {
        self.tree.mark_read(count);
        self.life -= count;
    }
}

/// Plans the words and submits after each of them, up to `life` tasks; returns the root,
/// if it has lived to see it.
async fn plan(site: &Site, fan_in: usize, life: usize) -> Option<String> {
    let mut tree = Tree::with_fan_in("join", fan_in).unwrap();
    let mut plan = Mortal { tree: &mut tree, life };
    for word in WORDS {
        plan.tree.enqueue(word).unwrap();
        submit(&site.db, &site.job, &mut plan, |node| site.task(node)).await.unwrap();
    }
    let root = plan.tree.finish().unwrap();
    submit(&site.db, &site.job, &mut plan, |node| site.task(node)).await.unwrap();
    plan.tree.unread().is_empty().then(|| tree.name_of(root))
}

async fn a_planner_dies_after_every_number_of_tasks(fan_in: usize, tasks: usize) {
    let db = taskdb::connect("memory:").await.unwrap();
    work::spawn_workers(&db, 2);
    for life in 0..=tasks {
        let site = Site::open(&db).await;
        let first = site.claim_init().await;
        assert_eq!(plan(&site, fan_in, life).await.is_some(), life == tasks);
        assert_eq!(site.tasks().await.len(), 1 + life);

        // The claim of the dead one expires, and the next one starts from the beginning.
        assert_eq!(db.requeue_tasks(1_000).await.unwrap(), 1);
        let second = site.claim_init().await;
        let root = plan(&site, fan_in, usize::MAX).await.unwrap();
        assert!(db.complete(&first, &json!(null)).await.is_err());
        assert_eq!(site.result(&second, &root).await, WORDS.concat(), "died after {life}");

        let before = site.content().await;
        assert_eq!(plan(&site, fan_in, usize::MAX).await, Some(root));
        assert_eq!(site.content().await, before);
        assert_eq!(site.tasks().await.len(), 2 + tasks);
        assert_eq!(db.audit().await.unwrap(), []);
        db.delete_job(&site.job).await.unwrap();
    }
}

#[tokio::test]
async fn a_planner_of_pairs_may_die_anywhere() {
    a_planner_dies_after_every_number_of_tasks(2, 9 + 8).await;
}

#[tokio::test]
async fn a_planner_of_threes_may_die_anywhere() {
    a_planner_dies_after_every_number_of_tasks(3, 9 + 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_planners_at_once_make_one_tree() {
    let db = taskdb::connect("memory:").await.unwrap();
    work::spawn_workers(&db, 2);
    let site = Site::open(&db).await;
    let claim = site.claim_init().await;
    let both = [0, 1].map(|_| {
        let site = site.clone();
        tokio::spawn(async move { plan(&site, 2, usize::MAX).await.unwrap() })
    });
    for planner in both {
        assert_eq!(planner.await.unwrap(), "join-16");
    }
    assert_eq!(site.result(&claim, "join-16").await, WORDS.concat());
    assert_eq!(site.tasks().await.len(), 1 + 17 + 1);
}

async fn limited(limits: Limits) -> TaskDb {
    sqlite::Config::memory().limits(limits).connect().await.unwrap()
}

#[tokio::test]
async fn a_dropped_submission_goes_on_where_it_was() {
    let db = limited(Limits { batch_entries: 2, ..Limits::default() }).await;
    for polls in 0..12 {
        let site = Site::open(&db).await;
        let mut tree = Tree::new("join");
        for word in WORDS {
            tree.enqueue(word).unwrap();
        }
        tree.finish().unwrap();
        {
            let mut dropped =
                pin!(submit(&db, &site.job, &mut tree, |node: &Node<_>| site.task(node)));
            for _ in 0..polls {
                if poll!(&mut dropped).is_ready() {
                    break;
                }
                // Answered after the call that was sent before it.
                db.describe().await.unwrap();
            }
        }
        let left = tree.unread().len();
        let created = submit(&db, &site.job, &mut tree, |node| site.task(node)).await.unwrap();
        assert_eq!((created, tree.unread().len()), (left, 0));
        let names: Vec<String> = (0..17).map(|number| tree.name_of(number)).collect();
        assert_eq!(site.tasks().await[1..], names);
    }
}

#[tokio::test]
async fn an_error_leaves_the_rest_for_later() {
    let db = limited(Limits { batch_entries: 5, ..Limits::default() }).await;
    let site = Site::open(&db).await;
    let mut tree = Tree::new("join");
    for word in WORDS {
        tree.enqueue(word).unwrap();
    }
    db.create_task_with(&site.job, NewTask::new("join-7", site.cpu, json!("mine"))).await.unwrap();
    let error = submit(&db, &site.job, &mut tree, |node| site.task(node)).await.unwrap_err();
    assert!(error.to_string().starts_with("entry 2 of the batch: task `join-7`"), "{error}");
    assert_eq!(
        site.tasks().await,
        ["init", "join-7", "join-0", "join-1", "join-2", "join-3", "join-4"]
    );
    assert_eq!(tree.unread()[0].name(), "join-5");
}

#[tokio::test]
async fn batches_stay_within_the_limits_of_bytes() {
    let db = limited(Limits::default()).await;
    let site = Site::open(&db).await;
    let mut tree = Tree::new("large");
    for leaf in 0..12 {
        tree.enqueue(leaf).unwrap();
    }
    let text = "x".repeat(900_000);
    let large = |node: &Node<i32>| node.task(site.cpu, json!([node.leaf(), text]));
    let created = submit(&db, &site.job, &mut tree, large).await.unwrap();
    assert_eq!((created, site.tasks().await.len()), (tree.task_count(), 1 + tree.task_count()));
}

/// Segments in small letters, keccaks in capitals: the last task sees both in order.
#[tokio::test]
async fn a_proof_is_planned_while_its_segments_arrive() {
    let db = taskdb::connect("memory:").await.unwrap();
    work::spawn_workers(&db, 2);
    let site = Site::open(&db).await;
    let claim = site.claim_init().await;
    let name = |number| format!("proof-{number}");
    let mut letters = Vec::new();
    let mut planner = Planner::default();
    let to_task = |letters: &[char], task: &task::Task| {
        let leaf = letters.get(task.task_number).map(|letter| letter.to_string());
        let leaf = leaf.filter(|_| task.task_height == 0);
        NewTask::new(name(task.task_number), site.cpu, json!({ "leaf": leaf }))
            .after(task.inputs().map(name))
    };
    for letter in "abKcLdefMNgO".chars() {
        let enqueue =
            if letter.is_lowercase() { Planner::enqueue_segment } else { Planner::enqueue_keccak };
        let number = enqueue(&mut planner).unwrap();
        letters.resize(number + 1, letter);
        submit(&db, &site.job, &mut planner, |task| to_task(&letters, task)).await.unwrap();
    }
    let last = planner.finish().unwrap();
    submit(&db, &site.job, &mut planner, |task| to_task(&letters, task)).await.unwrap();
    assert_eq!(site.result(&claim, &name(last)).await, "abcdefgKLMNO");
    assert_eq!(db.get_job(&site.job).await.unwrap().state, JobState::Done);
}
