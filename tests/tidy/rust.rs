//! Tells the code, comments and strings of a Rust file apart.
//!
//! Not a parser: it knows quotes, comments and braces, which is enough to
//! measure functions and to look for words where they matter.

use std::ops::RangeInclusive;

/// A Rust file taken apart.
pub(crate) struct Source {
    /// The text with comments and strings blanked out; lines keep their number.
    pub(crate) code: String,
    pub(crate) comments: Vec<Piece>,
    pub(crate) strings: Vec<Piece>,
}

/// A comment with its slashes, or a string without its quotes.
pub(crate) struct Piece {
    /// The line it starts on, from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// A function with a body.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) lines: RangeInclusive<usize>,
}

impl Source {
    pub(crate) fn read(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut source = Self { code: String::new(), comments: Vec::new(), strings: Vec::new() };
        let mut at = 0;
        while at < chars.len() {
            at = source.step(&chars, at);
        }
        source
    }

    /// Takes the piece or the character that starts at `at`; returns where the next one does.
    fn step(&mut self, chars: &[char], at: usize) -> usize {
        let rest = &chars[at..];
        if let Some(length) = comment_length(rest) {
            let piece = self.blank(&rest[..length], 0, 0);
            self.comments.push(piece);
            return at + length;
        }
        let in_word = at > 0 && is_word(chars[at - 1]);
        let prefixed = in_word && "bc".contains(chars[at - 1]);
        if let Some((length, quote)) = string_length(rest, !in_word || prefixed) {
            let piece = self.blank(&rest[..length], quote, quote - usize::from(rest[0] == 'r'));
            self.strings.push(piece);
            return at + length;
        }
        let length = char_literal_length(rest).unwrap_or(1);
        if length == 1 {
            self.code.push(rest[0]);
        } else {
            self.blank(&rest[..length], 0, 0);
        }
        at + length
    }

    /// Writes blanks for a piece; its text is what lies between `head` and `tail` characters.
    fn blank(&mut self, piece: &[char], head: usize, tail: usize) -> Piece {
        let line = line_at(&self.code);
        self.code.extend(piece.iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
        let end = piece.len().saturating_sub(tail).max(head);
        Piece { line, text: piece[head..end].iter().collect() }
    }

    /// The functions that have a body, nested ones too.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let words = self.code.match_indices("fn ").filter(|(at, _)| {
            !self.code[..*at].ends_with(is_word) // not the end of a longer word
        });
        words.filter_map(|(at, _)| self.function(at)).collect()
    }

    fn function(&self, at: usize) -> Option<Function> {
        let signature = self.code[at + 3..].trim_start();
        let name: String = signature.chars().take_while(|&c| is_word(c)).collect();
        let open = body(signature).filter(|_| !name.is_empty())?;
        let start = self.code.len() - signature.len() + open;
        Some(Function { name, lines: line_at(&self.code[..at])..=self.closing_line(start) })
    }

    /// The lines of items under `#[cfg(test)]`.
    pub(crate) fn test_lines(&self) -> Vec<RangeInclusive<usize>> {
        let attributes = self.code.match_indices("#[cfg(test)]");
        let items = attributes.filter_map(|(at, attribute)| {
            let open = body(&self.code[at + attribute.len()..])?;
            let end = self.closing_line(at + attribute.len() + open);
            Some(line_at(&self.code[..at])..=end)
        });
        items.collect()
    }

    /// The line of the brace that closes the one at byte `open`.
    fn closing_line(&self, open: usize) -> usize {
        let mut depth = 0;
        let end = self.code[open..].find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        });
        line_at(&self.code[..end.map_or(self.code.len(), |end| open + end)])
    }
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn line_at(before: &str) -> usize {
    1 + before.matches('\n').count()
}

/// Where the body of an item opens, if it has one: the first brace outside of brackets.
fn body(item: &str) -> Option<usize> {
    let mut depth = 0;
    let found = item.char_indices().find(|&(_, c)| {
        depth += i32::from("([".contains(c)) - i32::from(")]".contains(c));
        depth == 0 && "{;".contains(c)
    });
    found.filter(|&(_, c)| c == '{').map(|(at, _)| at)
}

fn comment_length(rest: &[char]) -> Option<usize> {
    match rest {
        ['/', '/', ..] => Some(rest.iter().position(|&c| c == '\n').unwrap_or(rest.len())),
        ['/', '*', ..] => {
            let mut depth = 0;
            let mut at = 0;
            while at < rest.len() {
                match rest[at..] {
                    ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
                    ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
                    _ => at += 1,
                }
                if depth == 0 {
                    break;
                }
            }
            Some(at)
        }
        _ => None,
    }
}

/// The length of the string that starts here, and of its opening quote; raw where allowed.
fn string_length(rest: &[char], may_be_raw: bool) -> Option<(usize, usize)> {
    if rest[0] == '"' {
        let mut at = 1;
        while at < rest.len() && rest[at] != '"' {
            at += if rest[at] == '\\' { 2 } else { 1 };
        }
        return Some(((at + 1).min(rest.len()), 1));
    }
    let hashes = rest[1..].iter().take_while(|&&c| c == '#').count();
    if rest[0] != 'r' || !may_be_raw || rest.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let text = &rest[2 + hashes..];
    let end = text.windows(closing.len()).position(|window| window == closing);
    let length = end.map_or(rest.len(), |end| 2 + hashes + end + closing.len());
    Some((length, 2 + hashes))
}

/// The length of a character literal; a lifetime is none.
fn char_literal_length(rest: &[char]) -> Option<usize> {
    match rest {
        ['\'', '\\', _, tail @ ..] => Some(4 + tail.iter().position(|&c| c == '\'')?),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

#[test]
fn strings_comments_and_code_are_told_apart() {
    let text = "let a = \"x // {\"; // y \" {\nlet b = '\"'; let c: &'a str = br#\"z \" }\"#;";
    let source = Source::read(text);
    let texts = |pieces: &[Piece]| pieces.iter().map(|p| p.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&source.strings), ["x // {", "z \" }"]);
    assert_eq!(texts(&source.comments), ["// y \" {"]);
    assert_eq!(source.strings[1].line, 2);
    assert!(source.code.contains("let c: &'a str = b") && !source.code.contains(['{', '}']));
}

#[test]
fn functions_and_tests_have_lines() {
    let text = "fn a(x: [u8; 2]) {\n  '{'; \"}\"\n}\ntrait T {\n  fn b();\n}\n\
                #[cfg(test)]\nmod t {\n  fn c() {}\n}\n";
    let source = Source::read(text);
    let found: Vec<_> = source.functions().into_iter().map(|f| (f.name, f.lines)).collect();
    assert_eq!(found, [("a".to_owned(), 1..=3), ("c".to_owned(), 9..=9)]);
    assert_eq!(source.test_lines(), [7..=10]);
}
