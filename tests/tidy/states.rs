//! State numbers in SQL say their name, as in `state = 1 /* ready */`, and say it right.
//!
//! The names and numbers come from `taskdb_core`, where the state machine is
//! written once. A task state is named alone, a job state as `/* job done */`, and what kind of
//! event a number is as `/* event done */`.

use std::collections::{BTreeMap, BTreeSet};

use taskdb_core::{EventKind, JobState, TaskState};

use crate::problem::Problem;
use crate::sql::{Token, tokens};

/// Numbers by the comment that must stand behind them.
pub(crate) type Words = BTreeMap<String, u64>;

/// The operators a state can be compared or assigned with.
const OPERATORS: [&str; 8] = ["=", "==", "<>", "!=", "<", "<=", ">", ">="];
/// What may stand between the name of a column and what it is compared with.
const BETWEEN: [&str; 5] = ["not", "null", "integer", "int", "smallint"];
/// Where a CASE goes on with a number; any number there must be named, a state or not.
const BRANCHES: [&str; 3] = ["when", "then", "else"];

pub(crate) fn words() -> Words {
    let tasks = TaskState::ALL.iter().map(|state| (state.name().to_owned(), state.code()));
    let jobs = JobState::ALL.iter().map(|state| (format!("job {}", state.name()), state.code()));
    let events = EventKind::ALL.iter().map(|kind| (format!("event {}", kind.name()), kind.code()));
    tasks.chain(jobs).chain(events).map(|(name, code)| (name, code.into())).collect()
}

pub(crate) fn check(path: &str, text: &str, words: &Words) -> Vec<Problem> {
    let (lines, tokens): (Vec<usize>, Vec<Token>) = tokens(text).into_iter().unzip();
    let states = states(&tokens);
    let mut problems = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Number(number) = token else { continue };
        let in_branch = at > 0 && BRANCHES.iter().any(|word| tokens[at - 1].is_word(word));
        let advice = match tokens.get(at + 1) {
            Some(Token::Comment(name)) => match words.get(name) {
                Some(code) if code == number => None,
                Some(code) => Some(format!("`{name}` is {code}, not {number}")),
                None if states.contains(&at) => Some(format!("`{name}` is no state")),
                None => None,
            },
            _ if in_branch || states.contains(&at) => {
                Some(format!("say what {number} is right behind it: {number} /* .. */"))
            }
            _ => None,
        };
        problems.extend(advice.map(|advice| Problem::new(path, lines[at], advice)));
    }
    problems
}

/// Where the numbers stand that a column of states is compared with or set to.
fn states(tokens: &[Token]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        if is_state(token) {
            found.extend(compared(tokens, at + 1));
        } else if token.is_word("into") {
            found.extend(inserted(tokens, at));
        }
    }
    found.retain(|&at| matches!(tokens.get(at), Some(Token::Number(_))));
    found
}

fn is_state(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word == "state" || word.ends_with("_state"))
}

/// What a column is compared with, where the operator is expected at `at`.
fn compared(tokens: &[Token], at: usize) -> Vec<usize> {
    let skip = |at: usize| {
        let is_between = |token: &&Token| BETWEEN.iter().any(|word| token.is_word(word));
        at + tokens.iter().skip(at).take_while(is_between).count()
    };
    let at = skip(at);
    match tokens.get(at) {
        Some(Token::Sign(sign)) if OPERATORS.contains(&sign.as_str()) => operand(tokens, at + 1),
        Some(Token::Word(word)) => match word.as_str() {
            "is" | "default" => operand(tokens, skip(at + 1)),
            "in" => operand(tokens, at + 1),
            "between" => {
                let and = tokens.iter().skip(at).position(|token| token.is_word("and"));
                [at + 1].into_iter().chain(and.map(|and| at + and + 1)).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A plain value, or the elements of a list or of a call such as `iif(.., 0, 1)`.
fn operand(tokens: &[Token], at: usize) -> Vec<usize> {
    let is_open = |at: usize| tokens.get(at).is_some_and(|token| token.is_sign("("));
    let is_call = matches!(tokens.get(at), Some(Token::Word(_))) && is_open(at + 1);
    match (is_open(at), is_call) {
        (true, _) => elements(tokens, at + 1).0,
        (_, true) => elements(tokens, at + 2).0,
        _ => vec![at],
    }
}

/// The values an INSERT writes to its column of states, where its INTO is at `into`.
fn inserted(tokens: &[Token], into: usize) -> Vec<usize> {
    let is = |at: usize, sign: &str| tokens.get(at).is_some_and(|token| token.is_sign(sign));
    let mut open = into + 2;
    while is(open, ".") {
        open += 2; // the name of the table is qualified
    }
    if !is(open, "(") {
        return Vec::new();
    }
    let (columns, end) = elements(tokens, open + 1);
    let Some(column) = columns.iter().position(|&at| is_state(&tokens[at])) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    match tokens.get(end + 1) {
        Some(token) if token.is_word("select") => {
            found.extend(elements(tokens, end + 2).0.get(column));
        }
        Some(token) if token.is_word("values") => {
            let mut row = end + 2;
            while is(row, "(") {
                let (values, end) = elements(tokens, row + 1);
                found.extend(values.get(column));
                row = if is(end + 1, ",") { end + 2 } else { end + 1 };
            }
        }
        _ => {}
    }
    found
}

/// Where the elements of a list start, and where the list ends.
fn elements(tokens: &[Token], first: usize) -> (Vec<usize>, usize) {
    let (mut starts, mut depth) = (vec![first], 0);
    for (at, token) in tokens.iter().enumerate().skip(first) {
        let ends = token.is_sign(")") || token.is_sign(";") || token.is_word("from");
        if depth == 0 && ends {
            return (starts, at);
        }
        depth += i32::from(token.is_sign("(")) - i32::from(token.is_sign(")"));
        if depth == 0 && token.is_sign(",") {
            starts.push(at + 1);
        }
    }
    (starts, tokens.len())
}

#[test]
fn states_that_say_their_name_pass() {
    for good in [
        "SELECT 7 FROM tasks WHERE state = 1 /* ready */ AND attempt = 3 LIMIT 1",
        "UPDATE t SET state = CASE WHEN n = 0 THEN 1 /* ready */ ELSE 0 /* pending */ END",
        "SELECT count(*) FILTER (WHERE t.state IN (3 /* done */, 4 /* failed */)) FROM t",
        "INSERT INTO a.jobs (id, state) VALUES (1, 0 /* job running */), (?1, ?2)",
        "SELECT state FROM t WHERE kind IN (1, 2) AND job_state = 1 /* job done */",
        "UPDATE t SET state = ?1, weight = 2 -- state = 3",
        "SELECT CASE WHEN n > 0 THEN 1 /* some */ END",
    ] {
        assert_eq!(check("a.sql", good, &words()), [], "{good}");
    }
}

#[test]
fn states_without_a_name_are_found() {
    for bad in [
        "SELECT 1 FROM t WHERE state = 1",
        "SELECT 1 FROM t WHERE t.state NOT IN (1 /* ready */, 2)",
        "SELECT 1 FROM t WHERE state IS NOT 3",
        "SELECT 1 FROM t WHERE state BETWEEN 3 /* done */ AND 5",
        "SELECT CASE WHEN n > 0 THEN 1 END",
        "SELECT CASE state WHEN 2 THEN 'x' END",
        "UPDATE t SET state = iif(n = 0, 1, 0 /* pending */)",
        "CREATE TABLE t (state INTEGER NOT NULL DEFAULT 0, n INTEGER NOT NULL DEFAULT 0)",
        "INSERT INTO t (id, state) VALUES (1, 1 /* ready */), (2, 1)",
        "INSERT INTO t (id, state) SELECT id, 1 FROM u",
    ] {
        assert_eq!(check("a.sql", bad, &words()).len(), 1, "{bad}");
    }
}

#[test]
fn wrong_names_are_found() {
    for bad in [
        "SELECT 1 FROM t WHERE state = 2 /* ready */",
        "SELECT 1 FROM t WHERE state = 1 /* redy */",
        "SELECT 1 FROM j WHERE state = 3 /* job done */",
        "SELECT CASE WHEN n > 0 THEN 0 /* done */ END",
    ] {
        assert_eq!(check("a.sql", bad, &words()).len(), 1, "{bad}");
    }
}
