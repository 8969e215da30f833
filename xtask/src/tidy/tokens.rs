//! Rust sources as a flat row of tokens, without comments, each with its lines.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A word, a mark, a literal, or one of the brackets around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    /// From 1.
    pub(super) line: usize,
    /// The same, except for a literal that goes over several lines.
    pub(super) last_line: usize,
}

/// What is read of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// What is built when no test is: items under `#[cfg(test)]` are left out.
    Product,
}

/// The tokens of a source.
///
/// # Errors
///
/// Why the source is no sequence of tokens.
pub(super) fn flat(source: &str, part: Part) -> Result<Vec<Token>, String> {
    let stream: TokenStream = source.parse().map_err(|error| format!("{error}"))?;
    let mut tokens = Vec::new();
    walk(stream, part, &mut tokens);
    Ok(tokens)
}

/// Whether a file is built for tests only, as its name says.
pub(super) fn is_test_file(file: &str) -> bool {
    let in_folder = file
        .split('/')
        .any(|part| part == "tests" || part == "benches");
    in_folder || file.ends_with("/tests.rs") || file.ends_with("_tests.rs")
}

fn walk(stream: TokenStream, part: Part, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        if is_mark(&tree, '#')
            && let Some(attribute) = trees.next_if(is_bracket)
        {
            let words = words(&attribute);
            if part == Part::Product && words == "[cfg(test)]" {
                // To the end of the item.
                for skipped in trees.by_ref() {
                    if is_mark(&skipped, ';') || is_braced(&skipped) {
                        break;
                    }
                }
            } else if !words.starts_with("[doc=") {
                push(&tree, tokens);
                open_and_close(attribute, part, tokens);
            }
            continue;
        }
        if matches!(tree, TokenTree::Group(_)) {
            open_and_close(tree, part, tokens);
        } else {
            push(&tree, tokens);
        }
    }
}

fn open_and_close(tree: TokenTree, part: Part, tokens: &mut Vec<Token>) {
    let TokenTree::Group(group) = tree else {
        return;
    };
    let (open, close) = match group.delimiter() {
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::None => ("", ""),
    };
    let bracket = |text: &str, line: usize| Token {
        text: text.to_owned(),
        line,
        last_line: line,
    };
    tokens.push(bracket(open, Group::span_open(&group).start().line));
    walk(group.stream(), part, tokens);
    tokens.push(bracket(close, Group::span_close(&group).end().line));
}

fn push(tree: &TokenTree, tokens: &mut Vec<Token>) {
    tokens.push(Token {
        text: tree.to_string(),
        line: tree.span().start().line,
        last_line: tree.span().end().line,
    });
}

fn words(tree: &TokenTree) -> String {
    tree.to_string().split_whitespace().collect()
}

fn is_mark(tree: &TokenTree, mark: char) -> bool {
    matches!(tree, TokenTree::Punct(found) if found.as_char() == mark)
}

fn is_bracket(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

fn is_braced(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str, part: Part) -> String {
        let tokens = flat(source, part).unwrap();
        let texts: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
        texts.join(" ")
    }

    #[test]
    fn comments_and_documentation_are_left_out() {
        let source = "/// Words.\n#[must_use]\nfn f() { // more\n    /* and more */ 1\n}";
        let expected = "# [ must_use ] fn f ( ) { 1 }";
        assert_eq!(texts(source, Part::Whole), expected);
    }

    #[test]
    fn items_of_tests_are_left_out_of_the_product() {
        let source = "#[cfg(test)]\n#[allow(x)]\nmod tests { use a; }\n#[cfg(test)]\nuse b;\nmod c { #[cfg(test)] fn d() {} fn e() {} }\n#[cfg(unix)] fn f() {}";
        let expected = "mod c { fn e ( ) { } } # [ cfg ( unix ) ] fn f ( ) { }";
        assert_eq!(texts(source, Part::Product), expected);
        assert!(texts(source, Part::Whole).contains("mod tests"));
    }

    #[test]
    fn a_literal_over_lines_knows_where_it_ends() {
        let tokens = flat("x(\n\"a\nb\nc\")", Part::Whole).unwrap();
        assert_eq!((tokens[2].line, tokens[2].last_line), (2, 4));
        assert_eq!(tokens[3].line, 4);
    }

    #[test]
    fn what_is_no_rust_is_an_error() {
        assert!(flat("fn f( {", Part::Whole).is_err());
    }

    #[test]
    fn files_of_tests_are_known_by_name() {
        for file in [
            "rig/report/src/page_tests.rs",
            "a/src/load/tests.rs",
            "a/tests/b/mod.rs",
            "a/benches/c.rs",
        ] {
            assert!(is_test_file(file), "{file}");
        }
        for file in [
            "a/src/lib.rs",
            "a/src/tests_of_pumps.rs",
            "xtask/src/test.rs",
        ] {
            assert!(!is_test_file(file), "{file}");
        }
    }
}
