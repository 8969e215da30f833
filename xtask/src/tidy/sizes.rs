//! Files and functions that are too long to read at once.
//!
//! Clippy keeps the same limit for functions in what it builds here; this one also sees the bodies of
//! macros, what is built for the chip, and the crates outside the workspace.

use super::tokens::{Part, Token, flat};
use super::violation::{Source, Violation, stale};
use std::collections::BTreeSet;

/// Most lines of a file, all of them counted.
const FILE_LIMIT: usize = 500;
/// Most lines with code between the braces of a function.
const FUNCTION_LIMIT: usize = 70;

/// What may be longer: the file, the function (none: the file itself), why.
pub(super) const EXCEPTIONS: Exceptions = &[
    (
        "firmware/tests/pump/bench/mod.rs",
        "",
        "the one stand on which all tests of the pump run; its parts share private state",
    ),
    (
        "rig/cli/tests/runs/monitors.rs",
        "",
        "one run with a fault for each rule, to be read side by side",
    ),
    (
        "rig/scenario/src/mistake.rs",
        "",
        "the catalog of what can be wrong in a scenario, one message below the other",
    ),
];

type Exceptions = &'static [(&'static str, &'static str, &'static str)];

pub(super) fn violations(sources: &[Source], exceptions: Exceptions) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut used = BTreeSet::new();
    let mut excused = |file: &str, function: &str| {
        let row = exceptions
            .iter()
            .position(|row| (row.0, row.1) == (file, function));
        row.is_some_and(|row| used.insert(row) || used.contains(&row))
    };
    for source in sources {
        let lines = source.text.lines().count();
        if lines > FILE_LIMIT && !excused(&source.file, "") {
            found.push(Violation {
                file: source.file.clone(),
                line: FILE_LIMIT + 1,
                found: format!("the file has {lines} lines"),
                expected: format!("at most {FILE_LIMIT}"),
                fix: "cut it where its subject changes, or add a row to EXCEPTIONS in \
                      xtask/src/tidy/sizes.rs with the reason"
                    .to_owned(),
            });
        }
        let tokens = match flat(&source.text, Part::Whole) {
            Ok(tokens) => tokens,
            Err(why) => {
                found.push(Violation {
                    file: source.file.clone(),
                    line: 1,
                    found: why,
                    expected: "Rust with brackets in pairs".to_owned(),
                    fix: "close what is open".to_owned(),
                });
                continue;
            }
        };
        for function in functions(&tokens) {
            if function.lines <= FUNCTION_LIMIT || excused(&source.file, &function.name) {
                continue;
            }
            found.push(Violation {
                file: source.file.clone(),
                line: function.at,
                found: format!(
                    "function {} has {} lines with code",
                    function.name, function.lines
                ),
                expected: format!("at most {FUNCTION_LIMIT}"),
                fix: "give its steps names, or add a row to EXCEPTIONS in \
                      xtask/src/tidy/sizes.rs with the reason"
                    .to_owned(),
            });
        }
    }
    let unused = exceptions
        .iter()
        .enumerate()
        .filter(|(row, _)| !used.contains(row));
    found.extend(
        unused.map(|(_, row)| stale("sizes.rs#EXCEPTIONS", format!("{} {}", row.0, row.1).trim())),
    );
    found
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    /// The line of its name.
    at: usize,
    /// Lines between its braces that hold code.
    lines: usize,
}

fn functions(tokens: &[Token]) -> Vec<Function> {
    let mut functions = Vec::new();
    for (index, pair) in tokens.windows(2).enumerate() {
        let [word, name] = pair else { continue };
        // `fn(u8)` is a type.
        if word.text != "fn"
            || !name
                .text
                .starts_with(|c: char| c.is_alphabetic() || c == '_')
        {
            continue;
        }
        let rest = tokens.get(index + 2..).unwrap_or(&[]);
        if let Some(lines) = body(rest) {
            functions.push(Function {
                name: name.text.clone(),
                at: name.line,
                lines,
            });
        }
    }
    functions
}

/// The lines with code of the body that follows a function's name; `None` where there is no body.
fn body(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut covered = None;
    for token in tokens {
        match token.text.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.checked_sub(1)?,
            "{" => {
                depth += 1;
                if depth == 1 && covered.is_none() {
                    covered = Some(BTreeSet::new());
                    continue;
                }
            }
            "}" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    break;
                }
            }
            // The end of a declaration.
            ";" if depth == 0 => return None,
            _ => {}
        }
        if let Some(covered) = &mut covered {
            covered.extend(token.line..=token.last_line);
        }
    }
    covered.map(|covered: BTreeSet<usize>| covered.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(file: &str, text: String) -> Source {
        Source {
            file: file.to_owned(),
            text,
        }
    }

    /// A function with this many statements, with comments and empty lines between them.
    fn long(statements: usize) -> String {
        format!(
            "fn long() {{\n{}}}\n",
            "    step();\n    // why\n\n".repeat(statements)
        )
    }

    #[test]
    fn lines_with_code_between_the_braces_count() {
        let text = "trait T { fn none(x: [u8; 3]); }\nfn empty() {}\nimpl T for X {\n    fn two<const N: usize>(f: fn(u8) -> u8) -> [u8; 3] {\n        // why\n\n        f(1);\n        [0; 3]\n    }\n}\nproptest! { #[test] fn three(x in 0..1) { a(\"\n\n\"); } }\n";
        let tokens = flat(text, Part::Whole).unwrap();
        let found: Vec<_> = functions(&tokens)
            .into_iter()
            .map(|one| (one.name, one.at, one.lines))
            .collect();
        let expected = [("empty", 2, 0), ("two", 4, 2), ("three", 11, 3)];
        assert_eq!(
            found,
            expected.map(|(name, at, lines)| (name.to_owned(), at, lines))
        );
    }

    #[test]
    fn a_function_at_the_limit_passes_and_one_above_does_not() {
        assert_eq!(violations(&[source("a.rs", long(FUNCTION_LIMIT))], &[]), []);
        let found = violations(&[source("a.rs", long(FUNCTION_LIMIT + 1))], &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].found, "function long has 71 lines with code");
        assert_eq!(found[0].line, 1);
    }

    #[test]
    fn a_file_at_the_limit_passes_and_one_above_does_not() {
        assert_eq!(
            violations(&[source("a.rs", "\n".repeat(FILE_LIMIT))], &[]),
            []
        );
        let found = violations(&[source("a.rs", "\n".repeat(FILE_LIMIT + 1))], &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].found, "the file has 501 lines");
    }

    #[test]
    fn a_reason_excuses_until_it_is_not_needed() {
        let exceptions: Exceptions = &[("a.rs", "long", "made up"), ("a.rs", "", "made up")];
        let text = format!("{}{}", long(FUNCTION_LIMIT + 1), "\n".repeat(FILE_LIMIT));
        assert_eq!(violations(&[source("a.rs", text)], exceptions), []);
        let gone = [
            stale("sizes.rs#EXCEPTIONS", "a.rs long"),
            stale("sizes.rs#EXCEPTIONS", "a.rs"),
        ];
        assert_eq!(violations(&[source("a.rs", long(1))], exceptions), gone);
    }

    #[test]
    fn a_source_that_is_no_rust_is_found() {
        let found = violations(&[source("a.rs", "fn f( {".to_owned())], &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].expected, "Rust with brackets in pairs");
    }
}
