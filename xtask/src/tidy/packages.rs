//! Packages of others: under which licences, and whether each is built once.

use super::metadata::{Node, Package};
use super::violation::{Violation, stale};
use std::collections::BTreeMap;

/// Licences under which any package may be taken.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages under another licence: the package, its licence, why it is taken all the same.
const LICENCE_EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "serialport",
    "MPL-2.0",
    "applies to its own files, which we do not change; no other crate opens ports on all systems",
)];

/// Packages in more than one version: the package, how many, whose doing it is.
const DOUBLED: &[(&str, usize, &str)] = &[
    (
        "base64",
        2,
        "probe-rs-target and serde_with, both below probe-rs, differ",
    ),
    ("bitfield", 2, "cortex-m stays on 0.13; on the chip only"),
    ("bitflags", 2, "serialport's nix 0.26 stays on 1"),
    ("embedded-hal", 2, "cortex-m implements the traits of both"),
    ("itertools", 2, "criterion, in benches only, stays on 0.13"),
    ("jiff", 2, "serde_with, below probe-rs, serves both"),
    ("jiff-core", 2, "one for each jiff"),
    (
        "nb",
        2,
        "embedded-hal 0.2 is built on 0.1, which is a shell around 1",
    ),
    (
        "nix",
        3,
        "serialport stays on 0.26, hidapi below probe-rs on 0.30",
    ),
    ("similar", 2, "insta, in tests only, stays on 2"),
    (
        "syn",
        2,
        "macros of the ecosystem move from 2 to 3; `exam` uses 3",
    ),
    ("unicode-width", 2, "miette stays on 0.1"),
];

pub(super) struct Rules {
    licences: &'static [&'static str],
    licence_exceptions: &'static [(&'static str, &'static str, &'static str)],
    doubled: &'static [(&'static str, usize, &'static str)],
}

pub(super) const RULES: &Rules = &Rules {
    licences: LICENCES,
    licence_exceptions: LICENCE_EXCEPTIONS,
    doubled: DOUBLED,
};

/// Where the versions stand that a violation is about.
const LOCK: &str = "Cargo.lock";

pub(super) fn violations(packages: &[Package], nodes: &[Node], rules: &Rules) -> Vec<Violation> {
    let mut found = rules.licences(packages);
    found.extend(rules.doubled(packages, nodes));
    found
}

impl Rules {
    fn licences(&self, packages: &[Package]) -> Vec<Violation> {
        let mut found = Vec::new();
        for package in packages.iter().filter(|package| !package.is_ours) {
            let licence = package.licence.as_deref().unwrap_or("none");
            let excused = |name: &str| {
                let row = (package.name.as_str(), name);
                self.licence_exceptions
                    .iter()
                    .any(|each| (each.0, each.1) == row)
            };
            if satisfies(licence, &|name| {
                self.licences.contains(&name) || excused(name)
            }) {
                continue;
            }
            found.push(Violation {
                file: LOCK.to_owned(),
                line: 1,
                found: format!("{} {} has licence {licence}", package.name, package.version),
                expected: format!("one of {}", self.licences.join(", ")),
                fix: "take another package, or add a row to LICENCE_EXCEPTIONS in \
                      xtask/src/tidy/packages.rs with the reason"
                    .to_owned(),
            });
        }
        let needed = |row: &&(&str, &str, &str)| {
            let of_row = packages.iter().filter(|package| package.name == row.0);
            of_row.clone().any(|package| {
                let licence = package.licence.as_deref().unwrap_or("none");
                !satisfies(licence, &|name| self.licences.contains(&name))
            })
        };
        let gone = self.licence_exceptions.iter().filter(|row| !needed(row));
        found.extend(gone.map(|row| stale("packages.rs#LICENCE_EXCEPTIONS", row.0)));
        found
    }

    fn doubled(&self, packages: &[Package], nodes: &[Node]) -> Vec<Violation> {
        let mut versions: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
        for package in packages {
            versions.entry(&package.name).or_default().push(package);
        }
        let mut found = Vec::new();
        for (name, of_name) in &versions {
            let row = self.doubled.iter().find(|row| row.0 == *name);
            let allowed = row.map_or(1, |row| row.1);
            if of_name.len() <= allowed {
                continue;
            }
            let users = of_name.iter().map(|package| {
                format!("{} by {}", package.version, users(package, packages, nodes))
            });
            found.push(Violation {
                file: LOCK.to_owned(),
                line: 1,
                found: format!(
                    "{name} in {} versions: {}",
                    of_name.len(),
                    users.collect::<Vec<_>>().join("; ")
                ),
                expected: format!("{allowed}"),
                fix:
                    "choose versions that agree (`cargo tree --duplicates`), or change the row of \
                      DOUBLED in xtask/src/tidy/packages.rs, with the reason"
                        .to_owned(),
            });
        }
        let count = |name: &str| versions.get(name).map_or(0, Vec::len);
        let gone = self.doubled.iter().filter(|row| count(row.0) < row.1);
        found.extend(gone.map(|row| stale("packages.rs#DOUBLED", row.0)));
        found
    }
}

/// Names of the packages that need this one.
fn users(package: &Package, packages: &[Package], nodes: &[Node]) -> String {
    let users = nodes.iter().filter(|node| node.needs.contains(&package.id));
    let names = users.filter_map(|node| {
        let user = packages.iter().find(|package| package.id == node.id)?;
        Some(user.name.as_str())
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Whether an SPDX expression can be met with licences that are allowed.
///
/// `OR` (or `/`, as it was written once) needs one side, `AND` both; an expression that is not
/// understood is not met.
fn satisfies(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Expression {
        words: &words,
        allowed,
    };
    let met = parser.either();
    met && parser.words.is_empty()
}

struct Expression<'e> {
    words: &'e [&'e str],
    allowed: &'e dyn Fn(&str) -> bool,
}

impl Expression<'_> {
    fn either(&mut self) -> bool {
        let mut met = self.both();
        while self.next_is("OR") {
            met |= self.both();
        }
        met
    }

    fn both(&mut self) -> bool {
        let mut met = self.one();
        while self.next_is("AND") {
            met &= self.one();
        }
        met
    }

    fn one(&mut self) -> bool {
        if self.next_is("(") {
            let met = self.either();
            return self.next_is(")") && met;
        }
        let Some((name, rest)) = self.words.split_first() else {
            return false;
        };
        self.words = rest;
        let mut met = (self.allowed)(name);
        // An exception only adds permissions to a licence.
        if self.next_is("WITH") {
            met &= self.words.split_first().is_some();
            self.words = self.words.get(1..).unwrap_or(&[]);
        }
        met
    }

    fn next_is(&mut self, word: &str) -> bool {
        let Some((first, rest)) = self.words.split_first() else {
            return false;
        };
        if *first == word {
            self.words = rest;
        }
        *first == word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &Rules = &Rules {
        licences: &["MIT", "ISC"],
        licence_exceptions: &[],
        doubled: &[],
    };

    fn package(name: &str, version: &str, licence: &str) -> Package {
        Package {
            id: format!("{name} {version}"),
            name: name.to_owned(),
            version: version.to_owned(),
            licence: (!licence.is_empty()).then(|| licence.to_owned()),
            is_ours: false,
        }
    }

    #[test]
    fn expressions_are_met_as_spdx_means_them() {
        let met = |expression| satisfies(expression, &|name| ["MIT", "ISC"].contains(&name));
        for expression in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-3.0/MIT",
            "(GPL-3.0 OR MIT) AND ISC",
            "MIT WITH LLVM-exception",
            "MIT OR GPL-3.0 AND EUPL-1.2",
        ] {
            assert!(met(expression), "{expression}");
        }
        for expression in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR GPL-3.0) AND GPL-3.0",
            "(MIT",
            "MIT)",
            "MIT WITH",
            "MIT ISC",
            "none",
        ] {
            assert!(!met(expression), "{expression}");
        }
    }

    #[test]
    fn a_licence_that_is_not_listed_is_found_and_ours_is_not_looked_at() {
        let mut ours = package("ours", "1.0.0", "");
        ours.is_ours = true;
        let packages = [
            ours,
            package("free", "1.0.0", "MIT"),
            package("bare", "2.0.0", ""),
            package("other", "3.0.0", "GPL-3.0"),
        ];
        let found = violations(&packages, &[], SMALL);
        let words: Vec<&str> = found.iter().map(|one| one.found.as_str()).collect();
        assert_eq!(
            words,
            [
                "bare 2.0.0 has licence none",
                "other 3.0.0 has licence GPL-3.0"
            ]
        );
    }

    #[test]
    fn a_licence_with_a_reason_passes_until_it_is_not_needed() {
        let rules = Rules {
            licence_exceptions: &[("port", "MPL-2.0", "made up")],
            ..*SMALL
        };
        assert_eq!(
            violations(&[package("port", "1.0.0", "MPL-2.0")], &[], &rules),
            []
        );
        let gone = [stale("packages.rs#LICENCE_EXCEPTIONS", "port")];
        assert_eq!(
            violations(&[package("port", "2.0.0", "MIT")], &[], &rules),
            gone
        );
        // The row is for the licence that it names.
        assert_eq!(
            violations(&[package("port", "3.0.0", "GPL-3.0")], &[], &rules).len(),
            1
        );
    }

    #[test]
    fn a_doubled_package_names_who_needs_which() {
        let packages = [
            package("twice", "1.0.0", "MIT"),
            package("twice", "2.0.0", "MIT"),
            package("old", "1.0.0", "MIT"),
        ];
        let nodes = [Node {
            id: "old 1.0.0".to_owned(),
            needs: vec!["twice 1.0.0".to_owned()],
        }];
        let found = violations(&packages, &nodes, SMALL);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].found,
            "twice in 2 versions: 1.0.0 by old; 2.0.0 by "
        );
    }

    #[test]
    fn a_doubled_package_with_a_reason_passes_as_often_as_it_says() {
        let rules = Rules {
            doubled: &[("twice", 2, "made up")],
            ..*SMALL
        };
        let mut packages = vec![package("twice", "1.0.0", "MIT")];
        assert_eq!(
            violations(&packages, &[], &rules),
            [stale("packages.rs#DOUBLED", "twice")]
        );
        packages.push(package("twice", "2.0.0", "MIT"));
        assert_eq!(violations(&packages, &[], &rules), []);
        packages.push(package("twice", "3.0.0", "MIT"));
        assert_eq!(violations(&packages, &[], &rules).len(), 1);
    }
}
