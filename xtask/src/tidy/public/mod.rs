//! Public items of libraries that nobody outside uses.
//!
//! Outside is every source but those of the library itself, if its crate can see the library: other
//! crates, binaries, tests, benches, build scripts, fuzzers, and the examples in documentation. An
//! item is used if it is named there (`names`): imported or behind a path, a method by a call, what
//! belongs to a type as `Type::name`. A type, trait or constant is also used if the signature or the
//! public fields of something that is used name it (`items`).
//!
//! Names are compared, not resolved. A method that shares its name with one that is called is taken
//! for used: the rule misses some items, and rarely reports one that is used. Fields, variants,
//! methods of traits and re-exports are not looked at.
//!
//! `units`, `link` and `telemetry` are libraries for authors of firmware, most of whom are not in this
//! repository (docs/your-firmware.md). They are not exempt: what such an author may call, a test here
//! calls, because nothing else shows that it works.

mod items;
mod names;

use super::metadata::Crate;
use super::tokens::{Part, flat, is_test_file};
use super::violation::{Source, Violation, stale};
use items::{Item, Items, Kind, items};
use names::Names;
use std::collections::{BTreeMap, BTreeSet};

/// What may be public without a user: folder of the crate, item, why.
const EXCEPTIONS: Excuses = &[];

type Excuses = &'static [(&'static str, &'static str, &'static str)];

pub(super) fn violations(crates: &[Crate], sources: &[Source]) -> Vec<Violation> {
    unexcused(EXCEPTIONS, crates, sources)
}

fn unexcused(excuses: Excuses, crates: &[Crate], sources: &[Source]) -> Vec<Violation> {
    let outside = outside(crates, sources);
    let mut found = Vec::new();
    let mut used = BTreeSet::new();
    for one in crates {
        let folder = one.folder();
        let empty = Names::default();
        let named = outside.get(folder).unwrap_or(&empty);
        for (source, item) in unused(one, sources, named) {
            let path = item.path();
            if excuses.iter().any(|row| (row.0, row.1) == (folder, &path)) {
                used.insert((folder, path));
                continue;
            }
            found.push(violation(folder, source, &item));
        }
    }
    for (folder, item, _) in excuses {
        if !used.contains(&(*folder, (*item).to_owned())) {
            found.push(stale(
                "public/mod.rs#EXCEPTIONS",
                &format!("{folder}, {item}"),
            ));
        }
    }
    found
}

fn violation(folder: &str, source: &Source, item: &Item) -> Violation {
    Violation {
        file: source.file.clone(),
        line: item.line,
        found: format!(
            "`{}` is public and nobody outside {folder}/src uses it",
            item.path()
        ),
        expected: "public items that another crate, a test, a bench or a fuzzer names".to_owned(),
        fix: "make it private or `pub(crate)`, remove it if nothing uses it then, or add a row to \
              EXCEPTIONS in xtask/src/tidy/public/mod.rs with the reason"
            .to_owned(),
    }
}

/// Whether a file is part of the library in a folder.
fn is_of_library(folder: &str, file: &str) -> bool {
    let below = file
        .strip_prefix(folder)
        .and_then(|file| file.strip_prefix("/src/"));
    below.is_some_and(|file| file != "main.rs" && !file.starts_with("bin/"))
}

/// By folder of a crate: all that is named in sources outside its library that can see it.
fn outside(crates: &[Crate], sources: &[Source]) -> BTreeMap<String, Names> {
    let mut outside = BTreeMap::<String, Names>::new();
    for source in sources {
        let home = crates.iter().find(|one| {
            let below = source.file.strip_prefix(one.folder());
            below.is_some_and(|below| below.starts_with('/'))
        });
        let names = Names::of(&source.text);
        for library in crates {
            let folder = library.folder();
            let named = outside.entry(folder.to_owned()).or_default();
            if is_of_library(folder, &source.file) {
                named.add(&Names::of_examples(&source.text));
            } else if home.is_none_or(|home| sees(crates, home, library)) {
                // Crates outside the workspace may see every library.
                named.add(&names);
            }
        }
    }
    outside
}

/// Whether sources of `home`, tests included, can get hold of what `library` gives.
fn sees(crates: &[Crate], home: &Crate, library: &Crate) -> bool {
    let mut waiting: Vec<(&Crate, bool)> = vec![(home, true)];
    let mut seen = BTreeSet::new();
    while let Some((one, with_tests)) = waiting.pop() {
        if one.name == library.name {
            return true;
        }
        if !seen.insert((&one.name, with_tests)) {
            continue;
        }
        for dependency in &one.dependencies {
            let next = crates.iter().find(|next| next.name == dependency.name);
            if with_tests || !dependency.is_dev {
                waiting.extend(next.map(|next| (next, false)));
            }
        }
    }
    false
}

/// The public items of a library that are not used outside, and where they stand.
fn unused<'s>(library: &Crate, sources: &'s [Source], named: &Names) -> Vec<(&'s Source, Item)> {
    let mut all: Vec<(&Source, Item)> = Vec::new();
    let mut associated = Vec::new();
    for source in sources {
        if !is_of_library(library.folder(), &source.file) || is_test_file(&source.file) {
            continue;
        }
        let tokens = flat(&source.text, Part::Product).unwrap_or_default();
        let Items {
            items,
            associated: more,
        } = items(&tokens);
        all.extend(items.into_iter().map(|item| (source, item)));
        associated.extend(more);
    }
    let in_code = library.name.replace('-', "_");
    let is_named: Vec<bool> = all
        .iter()
        .map(|(_, item)| is_named(item, &in_code, named))
        .collect();
    let needed = needed(&all, &is_named, &associated);
    let kept = is_named.into_iter().zip(needed);
    let pairs = all.into_iter().zip(kept);
    let unused = pairs.filter(|(_, (is_named, is_needed))| !is_named && !is_needed);
    unused.map(|(one, _)| one).collect()
}

fn is_named(item: &Item, in_code: &str, named: &Names) -> bool {
    match (item.kind, &item.owner) {
        (Kind::Associated, Some(owner)) => named.has_of_owner(owner, &item.name),
        (Kind::Associated | Kind::Method, _) => named.has_call(&item.name),
        _ => named.has(in_code, &item.name),
    }
}

/// Which items the surface of a used one names, and so on from these.
fn needed(
    all: &[(&Source, Item)],
    is_named: &[bool],
    associated: &[(String, BTreeSet<String>)],
) -> Vec<bool> {
    let mut needed = vec![false; all.len()];
    let named = all.iter().zip(is_named).filter(|(_, is_named)| **is_named);
    let mut waiting: Vec<&Item> = named.map(|((_, item), _)| item).collect();
    while let Some(item) = waiting.pop() {
        let owned = associated.iter().filter(|(owner, _)| *owner == item.name);
        let of_traits = owned.flat_map(|(_, words)| words);
        let owner = item.owner.iter();
        let words: BTreeSet<&String> = item.surface.iter().chain(of_traits).chain(owner).collect();
        for ((_, other), needed) in all.iter().zip(&mut needed) {
            let may_be = other.kind == Kind::Type || item.kind == Kind::Macro;
            if may_be && !*needed && words.contains(&other.name) {
                *needed = true;
                waiting.push(other);
            }
        }
    }
    needed
}

#[cfg(test)]
mod tests;
