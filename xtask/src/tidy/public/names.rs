//! What a source names of other crates, so that an item can be looked up there.

use super::super::tokens::{Part, Token, flat};
use super::items::{is_word, text};
use std::collections::BTreeSet;

/// Roots of paths that lead to no crate of the workspace other than the one they stand in.
const OWN: &[&str] = &["crate", "self", "super", "Self", "std", "core", "alloc"];

/// What is named, of one source or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// A crate's name in code, and every word of the `use` declarations that begin with it.
    imported: BTreeSet<(String, String)>,
    /// Words behind `::` in paths that may lead out of the crate.
    qualified: BTreeSet<String>,
    /// `Owner::name`.
    of_owner: BTreeSet<(String, String)>,
    /// Methods that are called, and everything behind `::`.
    called: BTreeSet<String>,
    /// Another name for a type, and the types that it may be.
    aliases: BTreeSet<(String, String)>,
}

impl Names {
    /// What a source names; of Rust only.
    pub(super) fn of(source: &str) -> Self {
        let mut names = Self::default();
        // What is no Rust is found by `sizes`, which reads every source.
        names.read(&flat(source, Part::Whole).unwrap_or_default());
        names
    }

    /// What the examples in a source's documentation name: they are built as crates of their own.
    pub(super) fn of_examples(source: &str) -> Self {
        let mut names = Self::default();
        for example in examples(source) {
            names.read(&flat(&example, Part::Whole).unwrap_or_default());
        }
        names
    }

    /// These and `other`.
    pub(super) fn add(&mut self, other: &Self) {
        self.imported.extend(other.imported.iter().cloned());
        self.qualified.extend(other.qualified.iter().cloned());
        self.of_owner.extend(other.of_owner.iter().cloned());
        self.called.extend(other.called.iter().cloned());
        self.aliases.extend(other.aliases.iter().cloned());
    }

    /// Whether an item of a crate is imported or stands in a path.
    pub(super) fn has(&self, of: &str, name: &str) -> bool {
        let imported = (of.to_owned(), name.to_owned());
        self.qualified.contains(name) || self.imported.contains(&imported)
    }

    /// Whether a method of this name is called, whatever it is called on.
    pub(super) fn has_call(&self, name: &str) -> bool {
        self.called.contains(name)
    }

    /// Whether `Owner::name` stands there, or the same with another name of the owner.
    pub(super) fn has_of_owner(&self, owner: &str, name: &str) -> bool {
        let is_named = |owner: &str| {
            let pair = (owner.to_owned(), name.to_owned());
            self.of_owner.contains(&pair)
        };
        let mut aliases = self.aliases.iter().filter(|(_, types)| types == owner);
        is_named(owner) || aliases.any(|(alias, _)| is_named(alias))
    }

    fn read(&mut self, tokens: &[Token]) {
        let mut importing: Option<String> = None;
        for (at, token) in tokens.iter().enumerate() {
            let word = token.text.as_str();
            match word {
                "use" => {
                    let root = at + if text(tokens, at + 1) == ":" { 3 } else { 1 };
                    importing = Some(text(tokens, root).to_owned());
                    continue;
                }
                ";" => importing = None,
                "type" => self.read_alias(&tokens[at + 1..]),
                _ => {}
            }
            if !is_word(word) {
                continue;
            }
            if let Some(root) = &importing {
                self.imported.insert((root.clone(), word.to_owned()));
            }
            if text(tokens, at + 1) == "as" && is_word(text(tokens, at + 2)) {
                let alias = text(tokens, at + 2).to_owned();
                self.aliases.insert((alias, word.to_owned()));
            }
            let before = at.checked_sub(1).map_or("", |at| text(tokens, at));
            let is_call = ["(", ":"].contains(&text(tokens, at + 1));
            if before == "." && is_call {
                self.called.insert(word.to_owned());
            }
            if let Some(owner) = before_path(tokens, at) {
                self.called.insert(word.to_owned());
                let owner_word = text(tokens, owner);
                self.of_owner
                    .insert((owner_word.to_owned(), word.to_owned()));
                let is_type = owner_word.starts_with(char::is_uppercase);
                let leads_out = !OWN.contains(&root_of(tokens, owner));
                if importing.is_none() && !is_type && leads_out {
                    self.qualified.insert(word.to_owned());
                }
            }
        }
    }

    /// `type Alias<…> = …;`, from behind the first word.
    fn read_alias(&mut self, tokens: &[Token]) {
        let end = tokens.iter().position(|token| token.text == ";");
        let tokens = &tokens[..end.unwrap_or(0)];
        let Some((alias, types)) = tokens.split_first() else {
            return;
        };
        let types = types.iter().filter(|token| is_word(&token.text));
        let pairs = types.map(|token| (alias.text.clone(), token.text.clone()));
        self.aliases.extend(pairs);
    }
}

/// The segment before `::word`, where its generics are passed over.
fn before_path(tokens: &[Token], at: usize) -> Option<usize> {
    let colon = |at: usize| text(tokens, at) == ":";
    if at < 3 || !colon(at - 1) || !colon(at - 2) {
        return None;
    }
    let mut owner = at - 3;
    if text(tokens, owner) == ">" {
        let mut depth = 0_usize;
        loop {
            match text(tokens, owner) {
                ">" => depth += 1,
                "<" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
            owner = owner.checked_sub(1)?;
        }
        owner = owner.checked_sub(1)?;
        // `Bytes::<8>::new`.
        while colon(owner) {
            owner = owner.checked_sub(1)?;
        }
    }
    is_word(text(tokens, owner)).then_some(owner)
}

/// The first segment of the path in which `at` stands.
fn root_of(tokens: &[Token], mut at: usize) -> &str {
    while let Some(before) = before_path(tokens, at) {
        at = before;
    }
    text(tokens, at)
}

/// The code blocks of a source's documentation that are built.
fn examples(source: &str) -> Vec<String> {
    let mut examples = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in source.lines() {
        let line = line.trim_start();
        let Some(text) = line.strip_prefix("//!").or(line.strip_prefix("///")) else {
            open = None;
            continue;
        };
        let text = text.trim_start();
        if let Some(language) = text.strip_prefix("```") {
            open = match open.take() {
                None => Some((is_built(language), String::new())),
                Some((true, example)) => {
                    examples.push(example);
                    None
                }
                Some((false, _)) => None,
            };
        } else if let Some((_, example)) = &mut open {
            example.push_str(text.strip_prefix("# ").unwrap_or(text));
            example.push('\n');
        }
    }
    examples
}

/// Whether rustdoc builds a block with these words behind its fence.
fn is_built(language: &str) -> bool {
    const BUILT: &[&str] = &["", "rust", "no_run", "should_panic", "compile_fail"];
    language.split(',').all(|word| BUILT.contains(&word.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_and_paths_into_other_crates_are_names() {
        let names = Names::of(
            "use thecal_a::{b::C, d as e};\nfn f() { g::h::I(1); crate::j::K; std::l::M; N::O; }",
        );
        for name in ["b", "C", "d"] {
            assert!(names.has("thecal_a", name), "{name}");
            assert!(!names.has("thecal_z", name), "{name}");
        }
        for name in ["h", "I"] {
            assert!(names.has("thecal_z", name), "{name}");
        }
        for name in ["g", "f", "K", "M", "O"] {
            assert!(!names.has("thecal_a", name), "{name}");
        }
    }

    #[test]
    fn calls_are_names_and_fields_are_not() {
        let names = Names::of("fn f() { a.b(); a.c::<u8>(); a.d; e(); X::g(a) }");
        let called = ["b", "c", "g"].map(|name| names.has_call(name));
        assert_eq!(called, [true; 3]);
        let not_called = ["a", "d", "e", "f"].map(|name| names.has_call(name));
        assert_eq!(not_called, [false; 4]);
    }

    #[test]
    fn what_a_type_owns_is_found_by_each_of_its_names() {
        let names = Names::of(
            "use thecal_a::B as C;\ntype Long = D<8>;\nfn f() { C::new(); Long::new(); E::<8>::new(); F::old; }",
        );
        for owner in ["B", "C", "D", "E"] {
            assert!(names.has_of_owner(owner, "new"), "{owner}");
        }
        assert!(!names.has_of_owner("F", "new"));
        assert!(names.has_of_owner("F", "old"));
    }

    #[test]
    fn examples_are_read_and_other_blocks_are_not() {
        let source = "//! ```no_run\n//! # use thecal_a::B;\n//! ```\n//! ```text\n//! use thecal_a::C;\n//! ```\n/// ```\n/// use thecal_a::D;\n/// ```\nuse thecal_a::E;";
        let names = Names::of_examples(source);
        let found = ["B", "C", "D", "E"].map(|name| names.has("thecal_a", name));
        assert_eq!(found, [true, false, true, false]);
    }
}
