//! What a source names of its crate: its `use` declarations, paths in its code, and the modules that
//! it declares. Modules within the file are part of it.
//!
//! Read from the flat row of tokens: whether a path leads into the crate shows only once all of its
//! modules are known (`circles`).

use super::tokens::Token;
use std::collections::BTreeSet;

/// A path, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// The modules within the file that it stands in.
    pub(super) inside: Vec<String>,
    pub(super) kind: Kind,
    /// From 1.
    pub(super) line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The file uses it by this name, and may pass it on.
    Use(String),
    /// `pub use` or `pub(…) use`: the file only passes it on.
    Export(String),
    /// A path in the code.
    Code,
}

impl Import {
    /// The name that it has in the file; `None` for a path in the code.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Use(name) | Kind::Export(name) => Some(name),
            Kind::Code => None,
        }
    }
}

/// What a file says of modules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// The modules that have files of their own, each below those within this file.
    pub(super) children: Vec<Vec<String>>,
    pub(super) imports: Vec<Import>,
}

pub(super) fn outline(tokens: &[Token]) -> Outline {
    let mut found = Outline::default();
    // Each module within the file, and the depth of its braces.
    let mut scopes: Vec<(String, usize)> = Vec::new();
    let mut depth = 0_usize;
    let mut words = BTreeSet::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let inside = || scopes.iter().map(|(name, _)| name.clone());
        let import = |path, kind| Import {
            path,
            inside: inside().collect(),
            kind,
            line: token.line,
        };
        let mut next = at + 1;
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                scopes.pop_if(|(_, begun)| *begun == depth);
            }
            "mod" if text(tokens, at + 2) == ";" => {
                let child = inside().chain([text(tokens, at + 1).to_owned()]);
                found.children.push(child.collect());
                next = at + 3;
            }
            "mod" if text(tokens, at + 2) == "{" => {
                scopes.push((text(tokens, at + 1).to_owned(), depth));
            }
            // `use<>` bounds a type.
            "use" if text(tokens, at + 1) != "<" => {
                let before = at.checked_sub(1).map_or("", |before| text(tokens, before));
                let is_export = ["pub", ")"].contains(&before);
                let mut branches = Vec::new();
                next = branch(tokens, at + 1, &[], &mut branches);
                found
                    .imports
                    .extend(branches.into_iter().map(|(path, name)| {
                        let kind = if is_export { Kind::Export } else { Kind::Use };
                        import(path, kind(name))
                    }));
            }
            _ if is_head(tokens, at) => {
                let path;
                (path, next) = path_from(tokens, at);
                words.extend(path.first().cloned());
                found.imports.push(import(path, Kind::Code));
            }
            word => drop(words.insert(word.to_owned())),
        }
        at = next;
    }
    for import in &mut found.imports {
        if let Kind::Export(name) = &mut import.kind
            && words.contains(name)
        {
            import.kind = Kind::Use(std::mem::take(name));
        }
    }
    found
}

/// The paths of a branch of a `use`, each with the name that it gets, and what follows the branch.
fn branch(
    tokens: &[Token],
    mut at: usize,
    before: &[String],
    found: &mut Vec<(Vec<String>, String)>,
) -> usize {
    let mut path = before.to_vec();
    loop {
        match text(tokens, at) {
            "{" => {
                at += 1;
                while !["}", ""].contains(&text(tokens, at)) {
                    at = branch(tokens, at, &path, found);
                    at += usize::from(text(tokens, at) == ",");
                }
                return at + 1;
            }
            // Everything of a module, or the module itself.
            "*" | ":" => {}
            "self" if !path.is_empty() => {}
            word => path.push(word.to_owned()),
        }
        at += 1;
        if text(tokens, at) != ":" && text(tokens, at - 1) != ":" {
            break;
        }
    }
    let mut name = path.last().cloned().unwrap_or_default();
    if text(tokens, at) == "as" {
        text(tokens, at + 1).clone_into(&mut name);
        at += 2;
    }
    found.push((path, name));
    at
}

/// Whether a path of more than one word begins here; that of a visibility (`pub(in …)`) is none.
fn is_head(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |before| text(tokens, before));
    is_word(text(tokens, at)) && is_joint(tokens, at + 1) && ![":", "in"].contains(&before)
}

/// The words of the path that begins here, and what follows it.
fn path_from(tokens: &[Token], mut at: usize) -> (Vec<String>, usize) {
    let mut path = vec![text(tokens, at).to_owned()];
    at += 1;
    while is_joint(tokens, at) && is_word(text(tokens, at + 2)) {
        path.push(text(tokens, at + 2).to_owned());
        at += 3;
    }
    (path, at)
}

fn is_joint(tokens: &[Token], at: usize) -> bool {
    (text(tokens, at), text(tokens, at + 1)) == (":", ":")
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::tokens::{Part, flat};
    use super::*;

    fn of(source: &str) -> Outline {
        outline(&flat(source, Part::Product).unwrap())
    }

    /// Each path of a source, with the name that it gets.
    fn paths(source: &str) -> Vec<(String, String)> {
        let imports = of(source).imports.into_iter();
        let named = imports.map(|import| {
            let name = match &import.kind {
                Kind::Use(name) => name.clone(),
                Kind::Export(name) => format!("pub {name}"),
                Kind::Code => String::new(),
            };
            (import.path.join("::"), name)
        });
        named.collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = pairs.iter().map(|&(a, b)| (a.to_owned(), b.to_owned()));
        owned.collect()
    }

    #[test]
    fn every_branch_of_a_use_is_a_path_with_a_name() {
        let source = "use a::b; use super::{c, d::{self, E as F}, g::*}; use self::h; use ::i::J;";
        let expected = [
            ("a::b", "b"),
            ("super::c", "c"),
            ("super::d", "d"),
            ("super::d::E", "F"),
            ("super::g", "g"),
            ("self::h", "h"),
            ("i::J", "J"),
        ];
        assert_eq!(paths(source), pairs(&expected));
    }

    #[test]
    fn what_a_file_passes_on_is_told_from_what_it_uses() {
        let source = "pub use a::B; pub(super) use c::D; #[cfg(unix)] use e::F;";
        let expected = [("a::B", "pub B"), ("c::D", "pub D"), ("e::F", "F")];
        assert_eq!(paths(source), pairs(&expected));
        let source = "pub use a::{b, C, D}; mod b; fn f(c: C) {}";
        let expected = [("a::b", "pub b"), ("a::C", "C"), ("a::D", "pub D")];
        assert_eq!(paths(source), pairs(&expected));
    }

    #[test]
    fn paths_in_code_are_found_and_visibilities_and_bounds_are_not() {
        let source = "pub(in crate::a) struct S(crate::b::C); fn f(&self) -> impl I + use<> { super::d(); e::F::<u8>::g(); self.h(); x }";
        let expected = [("crate::b::C", ""), ("super::d", ""), ("e::F", "")];
        assert_eq!(paths(source), pairs(&expected));
    }

    #[test]
    fn modules_within_a_file_are_part_of_it() {
        let source = "mod a; mod b { mod c; use super::D; fn f() {} } use e::F;";
        let outline = of(source);
        assert_eq!(outline.children, [vec!["a"], vec!["b", "c"]]);
        let inside: Vec<_> = outline.imports.iter().map(|one| &one.inside).collect();
        assert_eq!(inside, [&vec!["b".to_owned()], &Vec::new()]);
    }
}
