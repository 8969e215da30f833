//! Reads tests from Rust sources, with the requirements that each claims to verify.
//!
//! A claim is a sentence of a test's documentation: `/// Verifies REQ-A, REQ-B.`, on one or more
//! lines; it ends with a full stop or with its paragraph. It reads tokens, not syntax, so that a
//! test inside a macro's body (`proptest!`) is read like any other.

use super::ids::{REQUIREMENT, ids, is_id};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// A test function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Test {
    /// Path below the workspace.
    pub(super) file: String,
    pub(super) name: String,
    pub(super) verifies: Vec<String>,
    /// It is not run by default, and proves nothing.
    pub(super) ignored: bool,
}

/// Start of a claim.
const CLAIM: &str = "Verifies ";

/// The tests of one source, and the claims that are unreadable or not on a test.
pub(super) fn scan(file: &str, source: &str) -> (Vec<Test>, Vec<String>) {
    let mut scanner = Scanner {
        file,
        tests: Vec::new(),
        problems: Vec::new(),
    };
    match source.parse::<TokenStream>() {
        Ok(tokens) => scanner.walk(tokens),
        Err(error) => scanner.problems.push(format!("{file}: {error}")),
    }
    (scanner.tests, scanner.problems)
}

/// The requirements named in a source, except in its unit tests.
pub(super) fn named(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    ids(code, REQUIREMENT).map(str::to_owned).collect()
}

struct Scanner<'f> {
    file: &'f str,
    tests: Vec<Test>,
    problems: Vec<String>,
}

/// Tokens before an item.
#[derive(Default)]
struct Head {
    documentation: Vec<String>,
    is_test: bool,
    ignored: bool,
}

impl Scanner<'_> {
    fn walk(&mut self, stream: TokenStream) {
        let mut tokens = stream.into_iter().peekable();
        let mut head = Head::default();
        let mut after_pub = false;
        while let Some(token) = tokens.next() {
            let was_pub = std::mem::take(&mut after_pub);
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    let inner = tokens
                        .next_if(
                            |next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'),
                        )
                        .is_some();
                    let Some(TokenTree::Group(group)) = tokens.next_if(is_bracket) else {
                        continue;
                    };
                    if inner {
                        let mut of_file = Head::default();
                        of_file.take(group.stream());
                        self.end(&of_file, group.span());
                    } else {
                        head.take(group.stream());
                    }
                }
                TokenTree::Ident(word) if word == "fn" => {
                    if let Some(TokenTree::Ident(name)) =
                        tokens.next_if(|next| matches!(next, TokenTree::Ident(_)))
                    {
                        self.function(&std::mem::take(&mut head), &name.to_string(), name.span());
                    }
                }
                TokenTree::Ident(word) if is_modifier(&word.to_string()) => {
                    after_pub = word == "pub";
                }
                // The place in `pub(crate)`, the convention in `extern "C"`.
                TokenTree::Group(_) if was_pub => {}
                TokenTree::Literal(_) => {}
                other => {
                    self.end(&std::mem::take(&mut head), other.span());
                    if let TokenTree::Group(group) = other {
                        self.walk(group.stream());
                    }
                }
            }
        }
    }

    fn function(&mut self, head: &Head, name: &str, at: Span) {
        if !head.is_test {
            self.end(head, at);
            return;
        }
        let verifies = claims(&head.documentation).unwrap_or_else(|why| {
            self.problem(at, &format!("{name}: {why}"));
            Vec::new()
        });
        self.tests.push(Test {
            file: self.file.to_owned(),
            name: name.to_owned(),
            verifies,
            ignored: head.ignored,
        });
    }

    /// Only a test may have a claim.
    fn end(&mut self, head: &Head, at: Span) {
        if head
            .documentation
            .iter()
            .any(|line| line.starts_with(CLAIM))
        {
            self.problem(at, "only a test function verifies something");
        }
    }

    fn problem(&mut self, at: Span, what: &str) {
        let line = at.start().line;
        self.problems.push(format!("{}:{line}: {what}", self.file));
    }
}

impl Head {
    fn take(&mut self, attribute: TokenStream) {
        let tokens: Vec<TokenTree> = attribute.into_iter().collect();
        let Some(TokenTree::Ident(name)) = tokens.first() else {
            return;
        };
        match name.to_string().as_str() {
            "doc" => {
                if let Some(TokenTree::Literal(text)) = tokens.get(2) {
                    let text = text.to_string();
                    let line = text.trim_matches('"').trim();
                    self.documentation.push(line.to_owned());
                }
            }
            "test" => self.is_test = true,
            "ignore" => self.ignored = true,
            // A test ignored on some machines does not count.
            "cfg_attr" => {
                let text = tokens.iter().map(ToString::to_string).collect::<String>();
                self.ignored |= text.contains("ignore");
            }
            _ => {}
        }
    }
}

fn is_bracket(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

/// Words between an item's attributes and its `fn`.
fn is_modifier(word: &str) -> bool {
    ["pub", "const", "async", "unsafe", "extern"].contains(&word)
}

/// The requirements claimed in a documentation.
fn claims(documentation: &[String]) -> Result<Vec<String>, String> {
    let mut claimed = Vec::new();
    for (index, line) in documentation.iter().enumerate() {
        if !line.starts_with(CLAIM) {
            continue;
        }
        let rest = documentation.get(index..).unwrap_or(&[]);
        let paragraph: Vec<&str> = rest
            .iter()
            .map(String::as_str)
            .take_while(|line| !line.is_empty())
            .collect();
        let paragraph = paragraph.join(" ");
        let sentence = paragraph.split('.').next().unwrap_or("");
        let words = sentence.split([' ', ',']).skip(1);
        for word in words.filter(|word| !word.is_empty() && *word != "and") {
            if !is_id(word, REQUIREMENT) {
                return Err(format!("`{word}` is no identifier of a requirement"));
            }
            claimed.push(word.to_owned());
        }
    }
    Ok(claimed)
}
