//! Layers that read no file and no clock, and who may name the reference pump.
//!
//! Only what is built without tests is looked at: a test may write a file.

use super::tokens::{Part, Token, flat, is_test_file};
use super::violation::{Source, Violation, stale};

/// Folders of the layers whose results depend on their arguments alone.
const PURE: &[&str] = &[
    "sim/src/",
    "rig/text/src/",
    "rig/plan/src/",
    "rig/scenario/src/",
];

/// Modules of `std` that reach the world.
const WORLD: &[&str] = &["env", "fs", "net", "process", "thread", "time"];

/// Where a pure layer reaches the world all the same: file, module, why.
const WORLD_EXCEPTIONS: Excuses = &[
    (
        "rig/scenario/src/load.rs",
        "fs",
        "finds scenarios in folders, and names what is beside a path that does not exist",
    ),
    (
        "rig/text/src/files.rs",
        "fs",
        "the one bounded reader of files given by the user; what follows works on their text",
    ),
];

/// Crates that are about the reference pump.
const PUMP: &[&str] = &["thecal_firmware", "thecal_reference", "thecal_telemetry"];

/// The layers that must not know which pump is under test.
const GENERIC: &str = "rig/";
/// The layer between them and the reference pump.
const BETWEEN: &str = "rig/reference/";

/// Where the rig names the reference pump: file, crate, why.
const PUMP_EXCEPTIONS: Excuses = &[
    (
        "rig/cli/src/registry.rs",
        "thecal_reference",
        "registers it: this is the line that another pump replaces",
    ),
    (
        "rig/cli/src/error.rs",
        "thecal_reference",
        "carries the mistakes of `thecal log show` up to the exit code",
    ),
    (
        "rig/cli/src/event_log.rs",
        "thecal_reference",
        "the output row that writes the pump's event log in its own format",
    ),
    (
        "rig/cli/src/log_command.rs",
        "thecal_reference",
        "`thecal log show` reads the event log of this pump and of no other",
    ),
];

/// File, name, why.
type Excuses = &'static [(&'static str, &'static str, &'static str)];

pub(super) fn violations(sources: &[Source]) -> Vec<Violation> {
    let mut found = world(sources, WORLD_EXCEPTIONS);
    found.extend(pump(sources, PUMP_EXCEPTIONS));
    found
}

fn world(sources: &[Source], excuses: Excuses) -> Vec<Violation> {
    let is_pure = |file: &str| PURE.iter().any(|folder| file.starts_with(folder));
    let found = names(sources, &is_pure, &of_std);
    let violation = |source: &Source, line: usize, name: &str| Violation {
        file: source.file.clone(),
        line,
        found: format!("`std::{name}` in a layer whose results depend on its arguments alone"),
        expected: "no file, clock, thread, process or environment".to_owned(),
        fix: "take the text or the instant as an argument, or add a row to WORLD_EXCEPTIONS in \
              xtask/src/tidy/pure.rs with the reason"
            .to_owned(),
    };
    excused(found, excuses, "pure.rs#WORLD_EXCEPTIONS", &violation)
}

fn pump(sources: &[Source], excuses: Excuses) -> Vec<Violation> {
    let is_generic = |file: &str| {
        file.starts_with(GENERIC) && !file.starts_with(BETWEEN) && file.contains("/src/")
    };
    let of_pump = |tokens: &[Token]| {
        let named = tokens
            .iter()
            .filter(|token| PUMP.contains(&token.text.as_str()));
        named
            .map(|token| (token.line, token.text.clone()))
            .collect()
    };
    let found = names(sources, &is_generic, &of_pump);
    let violation = |source: &Source, line: usize, name: &str| Violation {
        file: source.file.clone(),
        line,
        found: format!("`{name}` in a part of the rig that works for every pump"),
        expected:
            "the reference pump only in rig/reference, and registered in rig/cli/src/registry.rs"
                .to_owned(),
        fix: "go through the traits `Bench` and `Programmer` of thecal-engine, or add a row to \
              PUMP_EXCEPTIONS in xtask/src/tidy/pure.rs with the reason"
            .to_owned(),
    };
    excused(found, excuses, "pure.rs#PUMP_EXCEPTIONS", &violation)
}

/// A line, and the name on it.
type Found = (usize, String);

/// A name in a source, on a line.
type Named<'s> = (&'s Source, usize, String);

/// What `search` finds in the product part of the sources that are looked at.
fn names<'s>(
    sources: &'s [Source],
    is_looked_at: &dyn Fn(&str) -> bool,
    search: &dyn Fn(&[Token]) -> Vec<Found>,
) -> Vec<Named<'s>> {
    let mut found = Vec::new();
    for source in sources {
        if !is_looked_at(&source.file) || is_test_file(&source.file) {
            continue;
        }
        // What is no Rust is found by `sizes`, which reads every source.
        let tokens = flat(&source.text, Part::Product).unwrap_or_default();
        let here = search(&tokens).into_iter();
        found.extend(here.map(|(line, name)| (source, line, name)));
    }
    found
}

/// A violation for each that no row excuses, and for each row that excuses none.
fn excused(
    found: Vec<Named<'_>>,
    excuses: Excuses,
    table: &str,
    violation: &dyn Fn(&Source, usize, &str) -> Violation,
) -> Vec<Violation> {
    let mut used = vec![false; excuses.len()];
    let mut violations = Vec::new();
    for (source, line, name) in found {
        let row = excuses.iter().zip(&mut used);
        let mut row = row.filter(|(row, _)| (row.0, row.1) == (&*source.file, &*name));
        match row.next() {
            Some((_, used)) => *used = true,
            None => violations.push(violation(source, line, &name)),
        }
    }
    let unused = excuses.iter().zip(used).filter(|(_, used)| !used);
    violations.extend(unused.map(|(row, _)| stale(table, &format!("{}, {}", row.0, row.1))));
    violations
}

/// Modules of `WORLD` that are named: `std::fs`, or `std::{fs, time}`.
fn of_std(tokens: &[Token]) -> Vec<Found> {
    let mut found = Vec::new();
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text.as_str());
    let mut take = |index: usize| {
        if let Some(token) = tokens
            .get(index)
            .filter(|token| WORLD.contains(&token.text.as_str()))
        {
            found.push((token.line, token.text.clone()));
        }
    };
    for index in 0..tokens.len() {
        if (text(index), text(index + 1), text(index + 2)) != ("std", ":", ":") {
            continue;
        }
        let mut at = index + 3;
        take(at);
        if text(at) != "{" {
            continue;
        }
        // The first word of each branch.
        let mut depth = 0_usize;
        while at < tokens.len() {
            match text(at) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && [",", "{"].contains(&text(at)) {
                take(at + 1);
            }
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(file: &str, text: &str) -> Source {
        Source {
            file: file.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn every_way_to_name_a_module_of_std_is_found() {
        let text = "use std::fs;\nuse std::{\n    collections::{BTreeMap, env},\n    time::Instant,\n};\nfn f() { ::std::thread::yield_now(); }\n";
        let found = world(&[source("sim/src/a.rs", text)], &[]);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.found.split('`').nth(1).unwrap()))
            .collect();
        assert_eq!(
            found,
            [(1, "std::fs"), (4, "std::time"), (6, "std::thread")]
        );
    }

    #[test]
    fn tests_other_layers_and_comments_are_not_looked_at() {
        let text = "//! Not std::fs.\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        let sources = [
            source("rig/text/src/a.rs", text),
            source("rig/text/src/a/tests.rs", "use std::fs;"),
            source("rig/suite/src/a.rs", "use std::fs;"),
        ];
        assert_eq!(world(&sources, &[]), []);
    }

    #[test]
    fn a_reason_excuses_one_module_in_one_file() {
        let excuses: Excuses = &[("sim/src/a.rs", "fs", "made up")];
        let reads = source("sim/src/a.rs", "use std::fs; use std::fs::File;");
        assert_eq!(world(&[reads], excuses), []);
        let times = source("sim/src/a.rs", "use std::time::Instant;");
        let found = world(&[times], excuses);
        assert!(found[0].found.contains("`std::time`"));
        assert_eq!(
            found[1..],
            [stale("pure.rs#WORLD_EXCEPTIONS", "sim/src/a.rs, fs")]
        );
    }

    #[test]
    fn the_reference_pump_is_named_where_it_is_registered() {
        let names = "use thecal_reference::Reference;";
        let excuses: Excuses = &[("rig/cli/src/registry.rs", "thecal_reference", "made up")];
        let sources = [
            source("rig/cli/src/registry.rs", names),
            source("rig/reference/src/native.rs", "use thecal_firmware::Pump;"),
            source("rig/cli/tests/benches/image.rs", names),
            source("firmware/src/lib.rs", "use thecal_telemetry::Command;"),
        ];
        assert_eq!(pump(&sources, excuses), []);
        let found = pump(
            &[source("rig/engine/src/run.rs", &format!("\n{names}"))],
            &[],
        );
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].file.as_str(), found[0].line),
            ("rig/engine/src/run.rs", 2)
        );
    }
}
