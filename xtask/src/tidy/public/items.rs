//! The public items of a source, each with the types that its signature or fields name.
//!
//! Read from the flat row of tokens, not resolved: an item's owner is the last word of its `impl`
//! header. Where a macro writes the header (`impl $name`), the owner is unknown.

use super::super::tokens::Token;
use std::collections::BTreeSet;

/// How an item is named by those who use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A free function: imported, or behind a path.
    Function,
    /// A struct, enum, trait, alias, constant or static: as a function, or by the signature of one.
    Type,
    /// A module: imported, or behind a path.
    Module,
    /// A macro for other crates: imported, or behind a path.
    Macro,
    /// A function with `self`: behind a dot, or as `Owner::name`.
    Method,
    /// A constant, or a function without `self`, of a type: as `Owner::name`.
    Associated,
}

/// One public item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) kind: Kind,
    /// The type in whose `impl` it stands; `None` for others and for types that a macro names.
    pub(super) owner: Option<String>,
    pub(super) name: String,
    /// From 1.
    pub(super) line: usize,
    /// The words of its signature or of its public fields: what whoever uses it can get hold of.
    pub(super) surface: BTreeSet<String>,
}

impl Item {
    /// `Owner::name`, or the name alone.
    pub(super) fn path(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{owner}::{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// What a source gives to other crates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Items {
    pub(super) items: Vec<Item>,
    /// A type, and the words of an associated type in an `impl` of a trait for it.
    pub(super) associated: Vec<(String, BTreeSet<String>)>,
}

/// What is between two braces.
#[derive(Clone, Debug)]
enum Scope {
    Other,
    /// Of the type's own items; with the words of its header, which bound them.
    Own(Option<String>, BTreeSet<String>),
    OfTrait(Option<String>),
}

pub(super) fn items(tokens: &[Token]) -> Items {
    let mut found = Items::default();
    let mut scopes = Vec::new();
    let mut next = None;
    let mut is_exported = false;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => scopes.push(next.take().unwrap_or(Scope::Other)),
            "}" => drop(scopes.pop()),
            "impl" if is_item(tokens, at) => {
                let end = at + end_of_header(&tokens[at..], &["{", ";"]);
                next = Some(header(&tokens[at + 1..end]));
            }
            "type" => {
                if let Some(Scope::OfTrait(Some(owner))) = scopes.last() {
                    let end = at + end_of_header(&tokens[at..], &[";"]);
                    found
                        .associated
                        .push((owner.clone(), words(&tokens[at..end])));
                }
            }
            "pub" if text(tokens, at + 1) != "(" => {
                found.items.extend(item(tokens, at + 1, scopes.last()));
            }
            "macro_export" => is_exported = true,
            "macro_rules" if std::mem::take(&mut is_exported) => {
                let end = at + 3 + matching(&tokens[at + 3..]);
                found.items.push(Item {
                    kind: Kind::Macro,
                    owner: None,
                    name: text(tokens, at + 2).to_owned(),
                    line: token.line,
                    surface: words(&tokens[at + 3..end]),
                });
            }
            _ => {}
        }
    }
    found
}

/// Whether an `impl` begins an item, rather than a type (`-> impl Iterator`).
fn is_item(tokens: &[Token], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or("", |at| text(tokens, at));
    match before(1) {
        "" | "{" | "}" | ";" | "]" | "unsafe" | "*" => true,
        // The right side of a macro's arm, and a repetition in it.
        ">" => before(2) == "=",
        "(" => before(2) == "$",
        _ => false,
    }
}

/// The scope that an `impl` opens, from what is between the word and its brace.
fn header(tokens: &[Token]) -> Scope {
    let mut owner = None;
    let mut is_of_trait = false;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "<" => depth += 1,
            ">" if !is_arrow(tokens, at) => depth = depth.saturating_sub(1),
            "where" if depth == 0 => break,
            "for" if depth == 0 && text(tokens, at + 1) != "<" => {
                is_of_trait = true;
                owner = None;
            }
            word if depth == 0 && is_word(word) => {
                let is_of_macro = at > 0 && text(tokens, at - 1) == "$";
                owner = (!is_of_macro).then(|| word.to_owned());
            }
            _ => {}
        }
    }
    if is_of_trait {
        Scope::OfTrait(owner)
    } else {
        Scope::Own(owner, words(tokens))
    }
}

/// The item behind a `pub`; `None` where it is a field, a re-export or without a name of its own.
fn item(tokens: &[Token], begin: usize, scope: Option<&Scope>) -> Option<Item> {
    let mut at = begin;
    loop {
        match text(tokens, at) {
            "unsafe" | "async" | "extern" => at += 1,
            "const" if ["fn", "unsafe", "async", "extern"].contains(&text(tokens, at + 1)) => {
                at += 1;
            }
            abi if abi.starts_with('"') => at += 1,
            _ => break,
        }
    }
    let keyword = text(tokens, at);
    at += 1 + usize::from(text(tokens, at + 1) == "mut");
    let name = tokens.get(at).filter(|name| is_word(&name.text))?;
    let rest = &tokens[at + 1..];
    let (own, owner, bounds) = match scope {
        Some(Scope::Own(owner, bounds)) => (true, owner.clone(), bounds.clone()),
        _ => (false, None, BTreeSet::new()),
    };
    let (kind, mut surface) = match keyword {
        "fn" => {
            let signature = &rest[..end_of_header(rest, &["{", ";"])];
            let kind = match (own, has_receiver(signature)) {
                (false, _) => Kind::Function,
                (true, true) => Kind::Method,
                (true, false) => Kind::Associated,
            };
            (kind, words(signature))
        }
        "const" | "static" => {
            let kind = if own { Kind::Associated } else { Kind::Type };
            (kind, words(&rest[..end_of_header(rest, &["=", ";"])]))
        }
        "struct" | "union" => (Kind::Type, of_struct(rest)),
        "enum" | "trait" => {
            let body = end_of_header(rest, &["{"]);
            let end = body + matching(&rest[body..]);
            (Kind::Type, words(&rest[..end]))
        }
        "type" => (Kind::Type, words(&rest[..end_of_header(rest, &[";"])])),
        "mod" => (Kind::Module, BTreeSet::new()),
        _ => return None,
    };
    surface.extend(bounds);
    Some(Item {
        kind,
        owner: owner.filter(|_| matches!(kind, Kind::Method | Kind::Associated)),
        name: name.text.clone(),
        line: name.line,
        surface,
    })
}

/// Bounds and public fields of a struct, from behind its name.
fn of_struct(tokens: &[Token]) -> BTreeSet<String> {
    let body = end_of_header(tokens, &["{", "(", ";"]);
    let mut surface = words(&tokens[..body]);
    let end = body + matching(&tokens[body..]);
    let mut at = body + 1;
    while at < end {
        if text(tokens, at) != "pub" || text(tokens, at + 1) == "(" {
            at += 1;
            continue;
        }
        let field = end_of_header(&tokens[at..end], &[","]);
        surface.extend(words(&tokens[at..at + field]));
        at += field;
    }
    surface
}

/// Whether the first parameter is `self`, in one of its forms.
fn has_receiver(signature: &[Token]) -> bool {
    let open = end_of_header(signature, &["("]);
    let first = signature[open.min(signature.len())..]
        .iter()
        .skip(1)
        .take_while(|token| ![",", ")", ":"].contains(&token.text.as_str()));
    first.into_iter().any(|token| token.text == "self")
}

/// The index of the first of `ends` that is in no bracket, angle brackets included; else the length.
fn end_of_header(tokens: &[Token], ends: &[&str]) -> usize {
    let mut depth = 0_usize;
    let mut angles = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        let word = token.text.as_str();
        if depth == 0 && angles == 0 && ends.contains(&word) {
            return at;
        }
        match word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return at,
            },
            "<" if depth == 0 => angles += 1,
            ">" if depth == 0 && !is_arrow(tokens, at) => angles = angles.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// The index behind the bracket that closes the one at the start.
fn matching(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

fn is_arrow(tokens: &[Token], at: usize) -> bool {
    at > 0 && ["-", "="].contains(&text(tokens, at - 1))
}

pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text != "_"
}

fn words(tokens: &[Token]) -> BTreeSet<String> {
    let words = tokens.iter().filter(|token| is_word(&token.text));
    words.map(|token| token.text.clone()).collect()
}

pub(super) fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::super::tokens::{Part, flat};
    use super::*;

    fn of(source: &str) -> Items {
        items(&flat(source, Part::Product).unwrap())
    }

    fn paths(source: &str) -> Vec<(Kind, String)> {
        let items = of(source).items.into_iter();
        items.map(|item| (item.kind, item.path())).collect()
    }

    #[test]
    fn every_kind_of_public_item_is_found() {
        let source = "pub fn a() {} pub const fn b() {} pub unsafe extern \"C\" fn c() {} pub struct D; pub enum E {} pub trait F {} pub type G = D; pub const H: u8 = 1; pub static mut I: u8 = 1; pub mod j; #[macro_export] macro_rules! k { () => {} } pub use x::y; pub(crate) fn z() {} fn z() {} macro_rules! z { () => {} }";
        let found: Vec<_> = paths(source).into_iter().map(|(_, path)| path).collect();
        assert_eq!(
            found,
            ["a", "b", "c", "D", "E", "F", "G", "H", "I", "j", "k"]
        );
    }

    #[test]
    fn items_of_a_type_know_it_and_whether_they_take_a_value() {
        let source = "impl<const N: usize> a::D<N> { pub const A: u8 = 1; pub fn b() {} pub fn c<F: Fn(u8) -> u8>(&mut self, f: F) -> impl Copy { 1 } fn z() {} } impl T for &E { type O = (P, Q); fn d() {} } macro_rules! m { ($n:ident) => { impl $n { pub fn e(self) {} } } }";
        let expected = [
            (Kind::Associated, "D::A"),
            (Kind::Associated, "D::b"),
            (Kind::Method, "D::c"),
            (Kind::Method, "e"),
        ];
        assert_eq!(
            paths(source),
            expected.map(|(kind, path)| (kind, path.to_owned()))
        );
        let (owner, words) = &of(source).associated[0];
        assert_eq!(owner, "E");
        assert!(words.contains("Q"));
    }

    #[test]
    fn a_surface_is_what_users_can_get_hold_of() {
        let surface = |source: &str| of(source).items[0].surface.clone();
        let function = surface("pub fn a<T: B>(c: &C) -> Result<D, E> where T: F { let z: Z; }");
        let of_function = ["B", "C", "D", "E", "F"];
        assert!(of_function.iter().all(|word| function.contains(*word)));
        assert!(!function.contains("Z"));
        let fields = surface("pub struct A<T: B> { pub c: M<C, D>, z: Z, pub(crate) y: Y }");
        let of_fields = ["B", "C", "D", "M"];
        assert!(of_fields.iter().all(|word| fields.contains(*word)));
        assert!(!fields.contains("Z") && !fields.contains("Y"));
        assert!(surface("impl<T: B> A<T> { pub fn c(self) {} }").contains("B"));
        assert!(surface("pub struct A(pub B, C);").contains("B"));
        assert!(!surface("pub struct A(pub B, C);").contains("C"));
        assert!(surface("pub enum A { X(B), Y { c: C } }").contains("C"));
        assert!(surface("pub const A: [B; 2] = [Z; 2];").contains("B"));
        assert!(!surface("pub const A: [B; 2] = [Z; 2];").contains("Z"));
    }
}
