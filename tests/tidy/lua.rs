//! What scripts must not do: lose digits, fail on long lists, touch a key of another slot.
//!
//! Numbers become text by `string.format` alone, payloads stay opaque, and every key is
//! made from the first one in a form that the table of keys lists.

use crate::problem::Problem;

/// Where scripts live, and the table of their keys.
const SCRIPTS: &str = "taskdb-redis/lua/";
const KEYS: &str = "taskdb-redis/src/keys.rs";
/// The one file that reads the clock, the first key and the server's own table.
const BASE: &str = "taskdb-redis/lua/lib/base.lua";

/// Never right in a script, with what to do instead.
const FORBIDDEN: [(&str, &str); 6] = [
    ("cjson", "it turns `[]` into `{}` and rounds numbers: pass opaque strings and arguments"),
    ("cmsgpack", "pack with `struct`, whose layout src/record.rs knows"),
    ("tostring(", "it loses digits: use `whole` or `exact`"),
    ("pcall(", "an error must end the script: check before the first write"),
    ("loadstring(", "scripts are files"),
    ("math.random", "a script must do the same when it is sent again"),
];
/// For `base.lua` alone.
const BASE_ONLY: [(&str, &str); 3] = [
    ("redis.", "call through `call` of base.lua"),
    ("KEYS[", "make the key from `P` or `META`"),
    ("'TIME'", "the clock is read once, by base.lua: use `now`"),
];
/// Functions of patterns; `word:match(..)` would hide a pattern in a variable.
const PATTERNS: [&str; 4] = ["find", "match", "gmatch", "gsub"];
/// Lists that are short by what fills them, so that one `unpack` can take them.
const BOUNDED: &[(&str, &str, &str)] = &[
    ("lib/claim_many.lua", "claims.ids", "a claim id each, of a call that may have 1000"),
    ("lib/claim_many.lua", "claims", "two of each claim, of a call that may have 1000"),
    ("lib/claim_many.lua", "deadlines", "two of each claim, of a call that may have 1000"),
    ("lib/claim_many.lua", "moves", "two of each claim, of a call that may have 1000"),
    ("lib/claim_many.lua", "changes", "two of each claim, of a call that may have 1000"),
    ("lib/claim_many.lua", "tasks", "a claim id each, of a call that may have 1000"),
    ("lib/create_plain.lua", "fields", "a task each, of a call that may have 1000"),
    ("lib/create_plain.lua", "changes", "six of each task, of a call that may have 1000"),
    ("lib/create_plain.lua", "ages", "two of each task, of a call that may have 1000"),
    ("lib/done_many.lua", "fields", "an entry each, of a call that may have 1000"),
    ("lib/done_many.lua", "claims", "an entry each, of a call that may have 1000"),
    ("lib/done_many.lua", "ended", "an entry each, of a call that may have 1000"),
    ("lib/done_many.lua", "ages", "an entry each, of a call that may have 1000"),
    ("lib/done_many.lua", "changes", "four of each entry, of a call that may have 1000"),
    ("lib/done_many.lua", "answers", "an entry each, of a call that may have 1000"),
    ("update_task_done.lua", "answers", "an entry each, of a call that may have 1000"),
    ("update_task_failed.lua", "answers", "an entry each, of a call that may have 1000"),
    ("renew_claims.lua", "answers", "a claim each, of a call that may have 1000"),
    ("release_claims.lua", "answers", "a claim each, of a call that may have 1000"),
    ("request_work.lua", "tasks", "a claim id each, of a call that may have 1000"),
    ("export.lua", "found", "at most as many as ops/export.rs asks for, 1000"),
    ("export_kept.lua", "found", "at most as many as ops/export.rs asks for, 1000"),
    ("list_jobs.lua", "found", "at most as many as ops/list_jobs.rs asks for, 1000"),
    ("list_tasks.lua", "found", "at most as many as ops/list_tasks.rs asks for, 1000"),
    ("list_events.lua", "entries", "at most as many as ops/list_events.rs asks for, 1000"),
    ("lib/events.lua", "entry", "a name and a value seven times"),
    ("import.lua", "entry", "a name and a value seven times"),
    ("list_streams.lua", "found", "at most as many as ops/list_streams.rs asks for, 500"),
    ("list_streams.lua", "FIELDS", "ten names"),
    (
        "get_prerequisites.lua",
        "found",
        "at most as many as ops/get_prerequisites.rs asks for, 1000",
    ),
    ("find_purgeable.lua", "found", "at most as many as ops/purge_jobs.rs asks for, 100"),
    ("lib/pages.lua", "found", "at most as many as ops/mod.rs asks for, 1000"),
    ("lib/plan.lua", "refusal", "a status and what it is about"),
    ("lib/release.lua", "fields", "the tasks of one chunk, 128"),
    ("lib/mend_steps.lua", "fields", "three of each task that a step visits, 750"),
    ("lib/mend_steps.lua", "records", "the tasks that a step compares, 500"),
    ("repair_streams.lua", "fields", "eighteen counters"),
    ("lib/kept.lua", "over", "as many as the callers ask for, 100"),
    ("live_claims.lua", "found", "a claim id each, of a call that may have 1000"),
];

pub(crate) fn check(path: &str, text: &str, keys: &str) -> Vec<Problem> {
    let Some(name) = path.strip_prefix(SCRIPTS).filter(|name| name.ends_with(".lua")) else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split_once("--").map_or(line, |(code, _)| code);
        let mut advise = |advice: String| problems.push(Problem::new(path, number + 1, advice));
        let base_only = BASE_ONLY.iter().filter(|_| path != BASE);
        for (word, advice) in FORBIDDEN.iter().chain(base_only) {
            if code.contains(word) {
                advise(format!("do without `{word}`: {advice}"));
            }
        }
        if hides_pattern(code) {
            advise("give patterns as literals, of `string.`: data may hold `%` or `-`".to_owned());
        }
        for list in unpacked(code).filter(|list| !is_bounded(name, list)) {
            advise(format!("unpack `{list}` in pieces, or say in tests/tidy why it is short"));
        }
        for key in foreign_keys(code, keys) {
            advise(format!("begin the key `{key}` with `P` and list it in {KEYS}"));
        }
    }
    problems
}

/// Whether a pattern is anything but a literal.
fn hides_pattern(code: &str) -> bool {
    PATTERNS.iter().any(|function| {
        let (library, method) = (format!("string.{function}("), format!(":{function}("));
        let mut calls = code.split(library.as_str()).skip(1);
        let literal = |call: &str| {
            let pattern = call.split_once(',').map_or("", |(_, pattern)| pattern.trim_start());
            pattern.starts_with('\'') || pattern.starts_with('"')
        };
        code.contains(&method) || calls.any(|call| !literal(call))
    })
}

/// What is unpacked without bounds: arguments of `unpack` without a comma, replies to
/// commands that name what they read aside.
fn unpacked(code: &str) -> impl Iterator<Item = &str> {
    let calls = code.match_indices("unpack(").filter(|(at, _)| !code[..*at].ends_with("struct."));
    let arguments = calls.map(|(at, word)| &code[at + word.len()..]);
    arguments.filter_map(|rest| {
        let end = rest.find([',', ')', '('])?;
        let named = rest.starts_with("call('HMGET', ") || rest.starts_with("call('HSCAN', ");
        (!rest[end..].starts_with(',') && !named).then(|| rest[..end].trim())
    })
}

fn is_bounded(name: &str, list: &str) -> bool {
    BOUNDED.iter().any(|(file, bounded, _)| *file == name && *bounded == list)
}

/// Keys that are a literal from their start, or an entry of the namespace that no table
/// lists.
fn foreign_keys<'a>(code: &'a str, keys: &str) -> Vec<&'a str> {
    let quoted = |rest: &'a str| rest.split_once('\'').map(|(key, _)| key);
    let literals = code.split("call('").skip(1).filter_map(|call| {
        let (command, arguments) = call.split_once("', ")?;
        // What it is asked for is no key.
        if command == "INFO" {
            return None;
        }
        quoted(arguments.strip_prefix('\'')?)
    });
    let entries = code.split("P .. '").skip(1).filter_map(quoted);
    let unlisted = entries.filter(|entry| !keys.contains(&format!("`{{ns}}:{entry}")));
    literals.chain(unlisted).collect()
}

/// The names and numbers that `local A, B = 0, 1` gives.
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = (&str, u8)> {
    let assignments =
        text.lines().filter_map(|line| line.strip_prefix("local ")?.split_once(" = "));
    assignments.flat_map(|(names, values)| {
        let values = values.split(", ").map(str::parse);
        names.split(", ").zip(values).filter_map(|(name, value)| Some((name, value.ok()?)))
    })
}

/// Holds numbers of a script to what the core says: each name with its code.
pub(crate) fn check_numbers(
    path: &str,
    text: &str,
    truth: impl IntoIterator<Item = (String, u8)>,
) -> Vec<Problem> {
    let found: Vec<_> = numbers(text).collect();
    let wrong = truth.into_iter().filter(|(name, code)| !found.contains(&(name.as_str(), *code)));
    let advice = |(name, code)| format!("say `{name}` = {code}, as taskdb-core does");
    wrong.map(|wrong| Problem::new(path, 1, advice(wrong))).collect()
}

#[cfg(test)]
const TABLE: &str = "//! | `{ns}:jobs`, `{ns}:job:ID` |";

#[test]
fn sound_scripts_pass() {
    for good in [
        "call('ZADD', P .. 'jobs', number, id)",
        "local key = P .. 'job:' .. id",
        "local a = string.match(text, '(%d+)')",
        "return { 'ok', unpack(lane, 1, 6) }",
        "local a = unpack_from('<I4', raw)",
        "local gate = unpack(call('HMGET', META, 'gate'))",
        "-- cjson would round it",
    ] {
        assert_eq!(check("taskdb-redis/lua/a.lua", good, TABLE), [], "{good}");
    }
    assert_eq!(check("taskdb-redis/lua/lib/release.lua", "f(unpack(fields))", TABLE), []);
    assert_eq!(check("taskdb-redis/tests/lua/a.lua", "redis.call('GET', 'x')", TABLE), []);
    assert_eq!(check(BASE, "local call = redis.call\nlocal META = KEYS[1]", TABLE), []);
}

#[test]
fn each_danger_is_found() {
    for bad in [
        "local t = cjson.decode(raw)",
        "local name = tostring(number)",
        "local now = call('TIME')",
        "redis.call(command)",
        "local key = KEYS[2]",
        "string.find(name, prefix)",
        "name:gsub('-', '')",
        "call('HDEL', key, unpack(names))",
        "return { 'ok', unpack(fields) }",
        "call('ZADD', 'jobs', 1, 'a')",
        "call('ZADD', P .. 'others', 1, 'a')",
    ] {
        assert_eq!(check("taskdb-redis/lua/a.lua", bad, TABLE).len(), 1, "{bad}");
    }
}

#[test]
fn numbers_are_held_to_the_core() {
    let text = "local PENDING, READY = 0, 1\nlocal P = string.sub(META, 1)\nlocal NONE = -9";
    let truth = |code| [("READY".to_owned(), code)];
    assert_eq!(check_numbers("a.lua", text, truth(1)), []);
    assert_eq!(check_numbers("a.lua", text, truth(2)).len(), 1);
}
