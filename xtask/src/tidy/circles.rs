//! Files of a crate that import each other.
//!
//! Of two files that name each other neither can be read alone. What both need goes into a file below
//! both. A name that a module passes on (`pub use`) counts as taken from the file that defines it, and
//! what is built for tests only does not count. Methods show in no path: an `impl` in another file
//! than its type is not seen.

use super::imports::{Import, Kind, outline};
use super::tokens::{Part, flat, is_test_file};
use super::violation::{Source, Violation, stale};
use std::collections::{BTreeMap, BTreeSet};

/// Circles that are one idea in several files: the files, and why. Each is in ARCHITECTURE.md too.
pub(super) const CIRCLES: Circles = &[];

type Circles = &'static [(&'static [&'static str], &'static str)];

/// Re-exports that lead from one to the next before a name counts as found where it was last seen.
const EXPORTS_MAX: usize = 8;

pub(super) fn violations(sources: &[Source], circles: Circles) -> Vec<Violation> {
    let texts: BTreeMap<&str, &str> = sources
        .iter()
        .map(|source| (source.file.as_str(), source.text.as_str()))
        .collect();
    let mut found = Vec::new();
    let mut used = BTreeSet::new();
    for root in texts.keys().filter(|file| is_root(file)) {
        let arrows = arrows(&modules(root, &texts));
        for circle in circles_of(&arrows) {
            let is_excuse = |(files, _): &(&[&str], _)| {
                files.iter().copied().collect::<BTreeSet<&str>>() == circle
            };
            match circles.iter().position(is_excuse) {
                Some(row) => drop(used.insert(row)),
                None => found.push(violation(&circle, &arrows)),
            }
        }
    }
    let rows = circles.iter().enumerate();
    let unused = rows.filter(|(row, _)| !used.contains(row));
    found.extend(unused.map(|(_, (files, _))| stale("circles.rs#CIRCLES", &files.join(", "))));
    found
}

fn violation(circle: &BTreeSet<&str>, arrows: &Arrows) -> Violation {
    let of_circle = |file: &String| circle.contains(file.as_str());
    let ties: Vec<_> = arrows
        .iter()
        .filter(|((from, to), _)| of_circle(from) && of_circle(to))
        .collect();
    let lines: Vec<String> = ties
        .iter()
        .map(|((from, to), tie)| {
            let names: Vec<&str> = tie.names.iter().map(String::as_str).collect();
            format!("\n        {from} -> {to}: {}", names.join(", "))
        })
        .collect();
    let first = ties.first();
    Violation {
        file: first.map_or_else(String::new, |((from, _), _)| from.clone()),
        line: first.map_or(1, |(_, tie)| tie.line),
        found: format!("{} files import each other{}", circle.len(), lines.concat()),
        expected: "no file imports one that imports it, not even through others".to_owned(),
        fix:
            "move what both need to a file below both, or hand it in; a circle that is one idea is \
              a row of CIRCLES in xtask/src/tidy/circles.rs and a line of ARCHITECTURE.md"
                .to_owned(),
    }
}

/// A file of a crate.
#[derive(Debug)]
struct Module {
    file: String,
    /// From the root of its crate.
    path: Vec<String>,
    imports: Vec<Import>,
}

/// The files of one crate, by the paths of their modules.
type Modules = BTreeMap<Vec<String>, Module>;

/// The names that one file takes from another, and the line of the first.
#[derive(Debug)]
struct Tie {
    names: BTreeSet<String>,
    line: usize,
}

/// From a file to one that it imports.
type Arrows = BTreeMap<(String, String), Tie>;

fn is_root(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or_default();
    ["lib.rs", "main.rs"].contains(&name) && !is_test_file(file)
}

/// The files that are built into the crate with this root.
fn modules(root: &str, texts: &BTreeMap<&str, &str>) -> Modules {
    let mut found = Modules::new();
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut waiting = vec![(root.to_owned(), folder.to_owned(), Vec::new())];
    while let Some((file, folder, path)) = waiting.pop() {
        let text = texts.get(file.as_str()).copied().unwrap_or_default();
        // What is no Rust is found by `sizes`, which reads every source.
        let tokens = flat(text, Part::Product).unwrap_or_default();
        let outline = outline(&tokens);
        for child in outline.children {
            let below = format!("{folder}/{}", child.join("/"));
            let names = [format!("{below}.rs"), format!("{below}/mod.rs")];
            let file = names
                .into_iter()
                .find(|file| texts.contains_key(file.as_str()));
            if let Some(file) = file {
                waiting.push((file, below, [path.clone(), child].concat()));
            }
        }
        let module = Module {
            file,
            path: path.clone(),
            imports: outline.imports,
        };
        found.insert(path, module);
    }
    found
}

fn arrows(modules: &Modules) -> Arrows {
    let mut arrows = Arrows::new();
    for module in modules.values() {
        for import in &module.imports {
            if matches!(import.kind, Kind::Export(_)) {
                continue;
            }
            let path = whole_path(modules, module, import);
            let Some((to, name)) = path.and_then(|path| find(modules, &path, EXPORTS_MAX)) else {
                continue;
            };
            if to.file != module.file {
                let tie = arrows
                    .entry((module.file.clone(), to.file.clone()))
                    .or_insert_with(|| Tie {
                        names: BTreeSet::new(),
                        line: import.line,
                    });
                tie.names.insert(name);
            }
        }
    }
    arrows
}

/// The path from the root of the crate; `None` if it leads out of the crate.
fn whole_path(modules: &Modules, module: &Module, import: &Import) -> Option<Vec<String>> {
    let (first, mut rest) = import.path.split_first()?;
    let mut here = [module.path.clone(), import.inside.clone()].concat();
    match first.as_str() {
        "crate" => here.clear(),
        "self" => {}
        "super" => {
            let words = import.path.iter();
            let above = words.take_while(|word| *word == "super").count();
            here.truncate(here.len().saturating_sub(above));
            rest = &import.path[above..];
        }
        name => {
            here.push(name.to_owned());
            if !modules.contains_key(&here) {
                // What the file has imported by this name.
                let is_it = |other: &&Import| other.name() == Some(name);
                let of_code = import.name().is_none();
                let imported = module.imports.iter().find(is_it).filter(|_| of_code)?;
                here = whole_path(modules, module, imported)?;
            }
        }
    }
    here.extend_from_slice(rest);
    Some(here)
}

/// The file that defines what is at this path, and the name of it; `None` if another crate does.
fn find<'m>(modules: &'m Modules, path: &[String], exports: usize) -> Option<(&'m Module, String)> {
    let mut length = path.len();
    let module = loop {
        match modules.get(&path[..length]) {
            Some(module) => break module,
            None => length = length.checked_sub(1)?,
        }
    };
    let Some(name) = path.get(length) else {
        return Some((
            module,
            path.last().map_or("crate", String::as_str).to_owned(),
        ));
    };
    let is_it = |import: &&Import| import.name() == Some(name);
    if let Some(import) = module.imports.iter().find(is_it).filter(|_| exports > 0) {
        if import.path == [name.as_str()] {
            // A macro of this file, which passes its own name on.
            return Some((module, name.clone()));
        }
        let mut further = whole_path(modules, module, import)?;
        further.extend_from_slice(&path[length + 1..]);
        return find(modules, &further, exports - 1);
    }
    Some((module, name.clone()))
}

/// The largest sets of files that reach each other.
fn circles_of(arrows: &Arrows) -> BTreeSet<BTreeSet<&str>> {
    let files: BTreeSet<&str> = arrows.keys().map(|(from, _)| from.as_str()).collect();
    let files = files.into_iter().map(|file| (file, reached(arrows, file)));
    let below: BTreeMap<&str, BTreeSet<&str>> = files.collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &below {
        let is_back = |other: &&str| below.get(other).is_some_and(|below| below.contains(file));
        let circle: BTreeSet<&str> = others.iter().copied().filter(is_back).collect();
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    circles
}

/// The files that a file imports, and those that they import.
fn reached<'a>(arrows: &'a Arrows, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(file) = waiting.pop() {
        for (_, to) in arrows.keys().filter(|(from, _)| from == file) {
            if reached.insert(to.as_str()) {
                waiting.push(to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> Vec<Source> {
        let source = |&(file, text): &(&str, &str)| Source {
            file: file.to_owned(),
            text: text.to_owned(),
        };
        files.iter().map(source).collect()
    }

    /// What is found in a crate with these files below `src`.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(String, &str)> = files
            .iter()
            .map(|(file, text)| (format!("a/src/{file}"), *text))
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (&**file, *text)).collect();
        let violations = violations(&sources(&files), &[]);
        violations.into_iter().map(|one| one.found).collect()
    }

    const THREE: [(&str, &str); 4] = [
        ("lib.rs", "mod one; mod two; mod three; mod above;"),
        ("one.rs", "use crate::two::B;"),
        ("two.rs", "fn f() { super::three::C::new() }"),
        ("three.rs", "\nuse super::{one::{A, E}, two};"),
    ];

    #[test]
    fn a_circle_is_found_with_the_names_that_tie_it() {
        let above = ("above.rs", "use crate::one::A;");
        assert_eq!(
            found(&[&THREE[..], &[above]].concat()),
            [
                "3 files import each other\n        a/src/one.rs -> a/src/two.rs: B\n        a/src/three.rs -> a/src/one.rs: A, E\n        a/src/three.rs -> a/src/two.rs: two\n        a/src/two.rs -> a/src/three.rs: C"
            ]
        );
    }

    #[test]
    fn files_in_layers_are_no_circle() {
        let files = [
            (
                "lib.rs",
                "pub mod one; mod two; pub use one::A; fn f() { two::b() }",
            ),
            ("one.rs", "use crate::two; fn f() { two::b() }"),
            (
                "two.rs",
                "use std::fmt; use self::inner::D; mod inner { use super::E; }",
            ),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn a_module_that_passes_names_on_is_no_part_and_one_that_uses_them_is() {
        let below = ("part/one.rs", "use super::{B, Two};");
        let other = ("part/two.rs", "pub struct Two;");
        let passes = "mod one; mod two; pub use one::A; pub use two::Two; pub struct B;";
        let files = [
            ("lib.rs", "mod part;"),
            ("part/mod.rs", passes),
            below,
            other,
        ];
        assert_eq!(found(&files), Vec::<String>::new());
        let uses = "mod one; mod two; use one::A; pub use two::Two; pub struct B;";
        let files = [("lib.rs", "mod part;"), ("part/mod.rs", uses), below, other];
        assert_eq!(
            found(&files),
            [
                "2 files import each other\n        a/src/part/mod.rs -> a/src/part/one.rs: A\n        a/src/part/one.rs -> a/src/part/mod.rs: B"
            ]
        );
    }

    #[test]
    fn a_name_that_is_passed_on_ties_the_file_that_defines_it() {
        let files = [
            ("lib.rs", "mod part; mod user;"),
            ("part/mod.rs", "mod one; pub use one::A as B;"),
            ("part/one.rs", "use crate::user::C;"),
            ("user.rs", "use crate::part; fn f() { part::B::new() }"),
        ];
        assert_eq!(
            found(&files),
            [
                "2 files import each other\n        a/src/part/one.rs -> a/src/user.rs: C\n        a/src/user.rs -> a/src/part/one.rs: A"
            ]
        );
    }

    #[test]
    fn a_macro_ties_the_file_that_writes_it() {
        let files = [
            ("lib.rs", "mod one; mod two;"),
            (
                "one.rs",
                "macro_rules! m { () => {}; } pub(crate) use m; use crate::two::A;",
            ),
            ("two.rs", "use crate::one::m; m!();"),
        ];
        let tied = "2 files import each other\n        a/src/one.rs -> a/src/two.rs: A\n        a/src/two.rs -> a/src/one.rs: m";
        assert_eq!(found(&files), [tied]);
    }

    #[test]
    fn tests_and_other_crates_are_not_looked_at() {
        let files = [
            ("lib.rs", "mod one; mod two; #[cfg(test)] mod tests;"),
            (
                "one.rs",
                "use two::A; #[cfg(test)] mod tests { use crate::two::A; }",
            ),
            ("two.rs", "use crate::one::B;"),
            ("tests.rs", "use crate::one::B;"),
        ];
        assert_eq!(found(&files), Vec::<String>::new());
    }

    #[test]
    fn a_reason_excuses_a_circle_and_one_that_is_gone_is_found() {
        let circles: Circles = &[(&["a/src/one.rs", "a/src/two.rs"], "made up")];
        let one = ("a/src/one.rs", "use super::two::A;");
        let root = ("a/src/lib.rs", "mod one; mod two;");
        let tied = [root, one, ("a/src/two.rs", "use super::one::B;")];
        assert_eq!(violations(&sources(&tied), circles), []);
        let apart = [root, one, ("a/src/two.rs", "")];
        assert_eq!(
            violations(&sources(&apart), circles),
            [stale("circles.rs#CIRCLES", "a/src/one.rs, a/src/two.rs")]
        );
    }
}
