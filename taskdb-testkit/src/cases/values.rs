//! Cases of awkward values: names, numbers, nesting, sizes.

use super::support::*;

cases!(values:
    names_with_every_kind_of_character,
    both_normal_forms_are_different_names,
    names_have_at_most_255_bytes,
    control_characters_are_refused,
    numbers_come_back_exactly,
    texts_and_empty_things_come_back,
    json_is_nested_at_most_100_deep,
    payloads_have_at_most_a_mebibyte,
    the_order_of_keys_makes_no_difference,
    an_error_text_may_be_anything,
);

const NAMES: [&str; 14] = [
    "a:b",
    "a|b",
    "{}",
    "a{b}c",
    " ",
    "two words",
    "😀",
    "é",
    "e\u{301}",
    "%41",
    "a'b\"c",
    "back\\slash",
    "a--b;",
    "日本語",
];

async fn names_with_every_kind_of_character(w: World) {
    for name in NAMES {
        let stream = w.lane(name, 0, 1.0, name).await;
        let job = w.db.create_job(&stream, &json!(name), 0, 60, name).await.unwrap();
        w.add(&job, task(name, stream).after(["init"])).await;
        w.add(&job, task("end", stream).after([name])).await;
        for expected in ["init", name, "end"] {
            let work = w.db.as_worker(name).request_work(name).await.unwrap().unwrap();
            assert_eq!((work.job_id, work.task_id.as_str()), (job, expected));
            assert_eq!(w.info(&job, expected).await.worker_id.as_deref(), Some(name));
            w.finish(&work).await;
        }
        assert_eq!(w.db.get_job_state(&job, name).await.unwrap(), JobState::Done);
        let end = w.info(&job, "end").await;
        assert_eq!(end.prerequisites, [name]);
        assert_eq!(w.db.get_stream(name, name).await.unwrap(), Some(stream));
    }
}

async fn both_normal_forms_are_different_names(w: World) {
    let (stream, job) = w.fresh().await;
    w.add(&job, task("é", stream)).await;
    w.add(&job, task("e\u{301}", stream).after(["é"])).await;
    w.add(&job, task("É", stream).after(["e\u{301}"])).await;
    w.run(&["init", "é", "e\u{301}", "É"]).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn names_have_at_most_255_bytes(w: World) {
    let (stream, job) = w.fresh().await;
    let longest = ["x".repeat(255), format!("x{}", "é".repeat(127))];
    for name in &longest {
        assert_eq!(name.len(), 255);
        w.add(&job, task(name, stream)).await;
        w.db.create_stream(name, 0, 1.0, name).await.unwrap();
        assert_eq!(&w.info(&job, name).await.task_id, name);
    }
    for name in ["x".repeat(256), "é".repeat(128)] {
        let call = w.db.create_task_with(&job, task(&name, stream)).await;
        expect_err!(call, TaskDbErr::TooLarge { argument: "task_id", size: 256, limit: 255, .. });
        let call = w.db.create_stream(&name, 0, 1.0, USER).await;
        expect_err!(call, TaskDbErr::TooLarge { argument: "worker_type", size: 256, .. });
    }
    w.run(&["init", &longest[0], &longest[1]]).await;
}

async fn control_characters_are_refused(w: World) {
    let (stream, job) = w.fresh().await;
    for name in ["a\u{0}", "a\nb", "\t", "\u{7f}", "\u{85}", ""] {
        let call = w.db.create_task_with(&job, task(name, stream)).await;
        expect_err!(call, TaskDbErr::InvalidArgument { argument: "task_id", .. });
    }
    assert_eq!(w.db.get_job(&job).await.unwrap().tasks, 1);
}

/// Sends a value through definition and output and compares texts, so that `-0.0`
/// and `0.0` or `1` and `1.0` are not taken for the same.
async fn round_trip(w: &World, value: Value) {
    let stream = w.db.get_or_create_stream("cpu", 0, 1.0, USER).await.unwrap();
    let job = w.db.create_job(&stream, &value, 0, 60, USER).await.unwrap();
    let text = value.to_string();
    let init = w.claim().await;
    assert_eq!(init.task_def.to_string(), text);
    assert!(w.db.complete(&init.claim, &value).await.unwrap());
    let output: Value = w.other.get_task_output(&job, "init").await.unwrap();
    assert_eq!(output.to_string(), text);
    assert_eq!(w.info(&job, "init").await.definition.to_value().unwrap().to_string(), text);
}

async fn numbers_come_back_exactly(w: World) {
    let floats = [0.1 + 0.2, 1.0, -0.0, 5e-324, f64::MAX, f64::MIN_POSITIVE, 1e21, 0.1_f32.into()];
    for float in floats {
        round_trip(&w, json!({ "x": float })).await;
    }
    let integers = json!([u64::MAX, i64::MIN, i64::MAX, 9_007_199_254_740_993_u64, 0, -1]);
    round_trip(&w, integers).await;
    round_trip(&w, json!(u64::MAX)).await;
}

async fn texts_and_empty_things_come_back(w: World) {
    for value in [json!(null), json!([]), json!({}), json!(""), json!([[], {}, [{}]]), json!(false)]
    {
        round_trip(&w, value).await;
    }
    let texts = ["\u{0}", "a\u{0}b", "\u{1}\u{7f}", "\"\\/\n\r\t", "\u{2028}", "😀", "e\u{301}é"];
    for text in texts {
        round_trip(&w, json!({ text: [text] })).await;
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(
        json!(1),
        |inner, level| {
            if level % 2 == 0 { json!([inner]) } else { json!({ "k": inner }) }
        },
    )
}

async fn json_is_nested_at_most_100_deep(w: World) {
    round_trip(&w, nested(100)).await;
    let stream = w.stream().await;
    let call = w.db.create_job(&stream, &nested(101), 0, 60, USER).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "task_def", limit: 100, .. });
    let job = w.job(stream).await;
    let init = w.take("init").await;
    let call = w.db.complete(&init.claim, &nested(101)).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "output", limit: 100, .. });
    let deep = NewTask::new("a", stream, nested(200));
    let call = w.db.create_task_with(&job, deep).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "task_def", .. });
    w.finish(&init).await;
    assert_eq!(w.job_state(&job).await, JobState::Done);
}

async fn payloads_have_at_most_a_mebibyte(w: World) {
    let text = |bytes: usize| json!("x".repeat(bytes - 2));
    round_trip(&w, text(1 << 20)).await;
    let stream = w.stream().await;
    let over = text((1 << 20) + 1);
    let call = w.db.create_job(&stream, &over, 0, 60, USER).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "task_def", size: 1_048_577, .. });
    let job = w.job(stream).await;
    let call = w.db.update_task_done(&job, "init", over).await;
    expect_err!(call, TaskDbErr::TooLarge { argument: "output", size: 1_048_577, .. });
    assert_eq!(w.state(&job, "init").await, TaskState::Ready);
}

async fn the_order_of_keys_makes_no_difference(w: World) {
    let (stream, job) = w.fresh().await;
    let one: Value = serde_json::from_str(r#"{"b":{"y":1,"x":2},"a":3}"#).unwrap();
    let two: Value = serde_json::from_str(r#"{"a":3,"b":{"x":2,"y":1}}"#).unwrap();
    w.db.create_task(&job, "t", &stream, &one, &json!([]), 0, 60).await.unwrap();
    w.db.create_task(&job, "t", &stream, &two, &json!([]), 0, 60).await.unwrap();
    let definition = w.info(&job, "t").await.definition;
    assert_eq!(definition.as_str(), r#"{"a":3,"b":{"x":2,"y":1}}"#);
    let other = json!({"a": 3, "b": {"x": 2, "y": 1.0}});
    let call = w.db.create_task(&job, "t", &stream, &other, &json!([]), 0, 60).await;
    expect_err!(call, TaskDbErr::AlreadyExists { .. });
}

async fn an_error_text_may_be_anything(w: World) {
    let stream = w.stream().await;
    for text in ["", "a'b\"c\\", "line\nbreak", "nul\u{0}byte", "😀 e\u{301}"] {
        let job = w.job(stream).await;
        let init = w.take("init").await;
        assert!(w.db.fail(&init.claim, text).await.unwrap());
        assert_eq!(w.db.get_job_failure(&job).await.unwrap(), text);
        assert_eq!(w.info(&job, "init").await.error.as_deref(), Some(text));
    }
}
