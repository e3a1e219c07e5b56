//! Reads SQL into tokens: words, numbers, signs and the comments that name numbers.
//!
//! Just enough to look at literals; dialects differ too much for more.

/// The smallest piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// A keyword or a name, in lower case.
    Word(String),
    /// A whole number.
    Number(u64),
    /// The text of a `/* comment */`; those that start with `--` are skipped.
    Comment(String),
    /// An operator or punctuation.
    Sign(String),
    /// A string, a parameter or another number: none of them a state.
    Other,
}

impl Token {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own == word)
    }

    pub(crate) fn is_sign(&self, sign: &str) -> bool {
        matches!(self, Self::Sign(own) if own == sign)
    }
}

/// The tokens of a file, each with its line.
pub(crate) fn tokens(text: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let line = 1 + text[..text.len() - rest.len()].matches('\n').count();
        let (length, token) = next(rest, c);
        tokens.extend(token.map(|token| (line, token)));
        rest = &rest[length..];
    }
    tokens
}

/// The token that `rest` starts with, if it is one, and its length in bytes.
fn next(rest: &str, first: char) -> (usize, Option<Token>) {
    let until = |end: &str| rest[1..].find(end).map_or(rest.len(), |at| 1 + at + end.len());
    let run = |part: fn(char) -> bool| rest[1..].find(|c| !part(c)).map_or(rest.len(), |n| n + 1);
    match first {
        c if c.is_whitespace() => (c.len_utf8(), None),
        '-' if rest.starts_with("--") => (until("\n"), None),
        '/' if rest.starts_with("/*") => {
            let length = until("*/");
            let text = rest[2..length].trim_end_matches("*/").trim().to_owned();
            (length, Some(Token::Comment(text)))
        }
        '\'' => (until("'"), Some(Token::Other)),
        '"' => {
            let length = until("\"");
            (length, Some(Token::Word(rest[1..length].trim_end_matches('"').to_lowercase())))
        }
        '?' | '$' | '@' | ':' => (run(is_name), Some(Token::Other)),
        c if c.is_ascii_digit() => {
            let length = run(|c| is_name(c) || c == '.');
            (length, Some(rest[..length].parse().map_or(Token::Other, Token::Number)))
        }
        c if is_name(c) => {
            let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            (length, Some(Token::Word(rest[..length].to_lowercase())))
        }
        c => {
            let long = ["<=", ">=", "<>", "!=", "=="].into_iter().find(|s| rest.starts_with(s));
            let length = long.map_or(c.len_utf8(), str::len);
            (length, Some(Token::Sign(rest[..length].to_owned())))
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn a_statement_is_read() {
    let text = "-- 7\nSELECT a.\"State\" <> 12/* done */ AND b1 = ?3 -- x\n  OR c = '4''5' OR 1.5;";
    let word = |word: &str| Token::Word(word.to_owned());
    let sign = |sign: &str| Token::Sign(sign.to_owned());
    let found = tokens(text);
    let expected = [
        word("select"),
        word("a"),
        sign("."),
        word("state"),
        sign("<>"),
        Token::Number(12),
        Token::Comment("done".to_owned()),
        word("and"),
        word("b1"),
        sign("="),
        Token::Other,
        word("or"),
    ];
    assert!(found.iter().map(|(_, token)| token).take(expected.len()).eq(&expected), "{found:?}");
    assert!(!found.iter().any(|(_, token)| matches!(token, Token::Number(n) if *n != 12)));
    assert_eq!((found[0].0, found[11].0), (2, 3));
}
