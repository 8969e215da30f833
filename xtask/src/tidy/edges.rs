//! Which crate of the workspace may know which, and which of them may use some packages of others.
//!
//! An arrow permits everything that its target may know. Tests may know more, as long as no two
//! crates then wait for each other.

use super::metadata::{Crate, Dependency};
use super::violation::{Violation, stale};
use std::collections::BTreeSet;

/// The arrows: a crate, and what it stands on.
const ARROWS: &[(&str, &[&str])] = &[
    ("thecal-units", &[]),
    ("thecal-link", &["thecal-units"]),
    ("thecal-telemetry", &["thecal-link"]),
    ("thecal-firmware", &["thecal-telemetry"]),
    ("thecal-sim", &["thecal-units"]),
    ("thecal-text", &["thecal-units"]),
    ("thecal-plan", &["thecal-sim"]),
    ("thecal-spec", &["thecal-plan"]),
    ("thecal-scenario", &["thecal-spec", "thecal-text"]),
    ("thecal-engine", &["thecal-spec", "thecal-link"]),
    ("thecal-overlay", &["thecal-engine"]),
    ("thecal-bench", &["thecal-engine", "thecal-text"]),
    (
        "thecal-reference",
        &["thecal-engine", "thecal-text", "thecal-firmware"],
    ),
    ("thecal-report", &["thecal-engine", "thecal-text"]),
    (
        "thecal-suite",
        &["thecal-bench", "thecal-overlay", "thecal-report"],
    ),
    ("thecal-study", &["thecal-suite", "thecal-scenario"]),
    (
        "thecal-exam",
        &["thecal-suite", "thecal-explore", "thecal-scenario"],
    ),
    ("thecal-explore", &["thecal-scenario"]),
    (
        "thecal-cli",
        &[
            "thecal-study",
            "thecal-exam",
            "thecal-explore",
            "thecal-reference",
        ],
    ),
    ("xtask", &[]),
];

/// Circles that only tests close: the crate, what its tests use, why.
const CIRCLES: &[(&str, &str, &str)] = &[
    (
        "thecal-link",
        "thecal-telemetry",
        "a sealed packet is the largest and most varied load that the wire carries",
    ),
    (
        "thecal-spec",
        "thecal-scenario",
        "its rules are tried with the profile of the reference pump, which is read from its file",
    ),
];

/// Packages that only some crates may use: the package, the crates, why.
const RESERVED: &[(&str, &[&str], &str)] = &[
    (
        "thecal-telemetry",
        &[
            "thecal-firmware",
            "thecal-reference",
            "thecal-link",
            "thecal-cli",
        ],
        "the rig knows no clinical protocol; `link` and `cli` use it in tests only",
    ),
    (
        "thecal-firmware",
        &["thecal-reference", "thecal-cli"],
        "the rig knows no pump; `cli` builds one in tests only",
    ),
    (
        "probe-rs",
        &["thecal-bench", "thecal-cli"],
        "how a pump is reached is the bench's; tests of `cli` drive the virtual probe as users do",
    ),
    (
        "serialport",
        &["thecal-bench", "thecal-cli"],
        "how a pump is reached is the bench's; tests of `cli` stand in for a board",
    ),
    (
        "nix",
        &["thecal-bench", "thecal-suite", "thecal-cli"],
        "processes are the bench's; `suite` locks boards by user; tests of `cli` send signals",
    ),
    ("clap", &["thecal-cli"], "the command line is the cli's"),
    ("axum", WEB, "a server of pages is `live`'s"),
    ("actix-web", WEB, "a server of pages is `live`'s"),
    ("hyper", WEB, "a server of pages is `live`'s"),
    ("poem", WEB, "a server of pages is `live`'s"),
    ("rocket", WEB, "a server of pages is `live`'s"),
    ("rouille", WEB, "a server of pages is `live`'s"),
    ("salvo", WEB, "a server of pages is `live`'s"),
    ("tiny_http", WEB, "a server of pages is `live`'s"),
    ("warp", WEB, "a server of pages is `live`'s"),
];

const WEB: &[&str] = &["thecal-live"];

/// Uses of reserved packages that tests alone may make: the crate and the package.
const TESTS_ONLY: &[(&str, &str)] = &[
    ("thecal-link", "thecal-telemetry"),
    ("thecal-cli", "thecal-telemetry"),
    ("thecal-cli", "thecal-firmware"),
    ("thecal-cli", "probe-rs"),
    ("thecal-cli", "serialport"),
    ("thecal-cli", "nix"),
];

pub(super) struct Rules {
    arrows: &'static [(&'static str, &'static [&'static str])],
    circles: &'static [(&'static str, &'static str, &'static str)],
    reserved: &'static [(&'static str, &'static [&'static str], &'static str)],
    tests_only: &'static [(&'static str, &'static str)],
}

pub(super) const RULES: &Rules = &Rules {
    arrows: ARROWS,
    circles: CIRCLES,
    reserved: RESERVED,
    tests_only: TESTS_ONLY,
};

pub(super) fn violations(crates: &[Crate], rules: &Rules) -> Vec<Violation> {
    let mut found = Vec::new();
    for one in crates {
        let Some(allowed) = rules.below(&one.name) else {
            found.push(Violation {
                file: one.manifest.clone(),
                line: 1,
                found: format!("crate {} has no place in the layers", one.name),
                expected: "a row of ARROWS for each crate of the workspace".to_owned(),
                fix: "add the row in xtask/src/tidy/edges.rs, and the crate in ARCHITECTURE.md"
                    .to_owned(),
            });
            continue;
        };
        for dependency in &one.dependencies {
            let is_ours = crates.iter().any(|other| other.name == dependency.name);
            if is_ours && !dependency.is_dev && !allowed.contains(dependency.name.as_str()) {
                found.push(upwards(one, dependency, &allowed));
            }
            found.extend(rules.reserved(one, dependency));
        }
    }
    found.extend(rules.circles(crates));
    let known = |name: &str| crates.iter().any(|one| one.name == name);
    let gone = rules.arrows.iter().filter(|(name, _)| !known(name));
    found.extend(gone.map(|(name, _)| stale("edges.rs#ARROWS", name)));
    found
}

fn upwards(one: &Crate, dependency: &Dependency, allowed: &BTreeSet<&str>) -> Violation {
    let allowed: Vec<&str> = allowed.iter().copied().collect();
    let allowed = if allowed.is_empty() {
        "no crate of the workspace".to_owned()
    } else {
        format!("only {}", allowed.join(", "))
    };
    Violation {
        file: one.manifest.clone(),
        line: one.line_of(&dependency.name),
        found: format!("{} knows {}", one.name, dependency.name),
        expected: allowed,
        fix: "hand in what is needed as a value or a trait of a lower crate, or move the code up; \
              an arrow is added in xtask/src/tidy/edges.rs and ARCHITECTURE.md"
            .to_owned(),
    }
}

impl Rules {
    /// All that a crate may know; `None` for a crate that the table does not have.
    fn below(&self, name: &str) -> Option<BTreeSet<&'static str>> {
        let arrows = |name: &str| self.arrows.iter().find(|(from, _)| *from == name);
        let mut waiting = arrows(name)?.1.to_vec();
        let mut below = BTreeSet::new();
        while let Some(next) = waiting.pop() {
            if below.insert(next) {
                waiting.extend(arrows(next).map_or(&[][..], |(_, to)| to));
            }
        }
        Some(below)
    }

    fn reserved(&self, one: &Crate, dependency: &Dependency) -> Option<Violation> {
        let of_name = |row: &&(&str, _, _)| row.0 == dependency.name;
        let (name, users, why) = self.reserved.iter().find(of_name)?;
        let tests_only = self.tests_only.contains(&(one.name.as_str(), *name));
        if users.contains(&one.name.as_str()) && (dependency.is_dev || !tests_only) {
            return None;
        }
        let found = if tests_only {
            format!("{} uses {name} outside its tests", one.name)
        } else {
            format!("{} uses {name}", one.name)
        };
        Some(Violation {
            file: one.manifest.clone(),
            line: one.line_of(name),
            found,
            expected: format!("{name} only in {}: {why}", users.join(", ")),
            fix: if tests_only {
                "move the line to [dev-dependencies]".to_owned()
            } else {
                format!("use {name} in one of these crates and call that")
            },
        })
    }

    /// Dev-dependencies that lead back to the crate whose tests they are for.
    fn circles(&self, crates: &[Crate]) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut used = BTreeSet::new();
        for one in crates {
            for dependency in one.dependencies.iter().filter(|each| each.is_dev) {
                if !reaches(crates, &dependency.name, &one.name) {
                    continue;
                }
                let excuse =
                    |row: &(&str, &str, &str)| (row.0, row.1) == (&*one.name, &*dependency.name);
                if let Some(index) = self.circles.iter().position(excuse) {
                    used.insert(index);
                    continue;
                }
                found.push(Violation {
                    file: one.manifest.clone(),
                    line: one.line_of(&dependency.name),
                    found: format!(
                        "tests of {} use {}, which knows {}",
                        one.name, dependency.name, one.name
                    ),
                    expected: "no circle of crates, not even through tests".to_owned(),
                    fix: format!(
                        "move the test to a crate above {}, or add a row to CIRCLES in \
                         xtask/src/tidy/edges.rs with the reason",
                        dependency.name
                    ),
                });
            }
        }
        let unused = self
            .circles
            .iter()
            .enumerate()
            .filter(|(index, _)| !used.contains(index));
        found.extend(
            unused.map(|(_, row)| stale("edges.rs#CIRCLES", &format!("{}, {}", row.0, row.1))),
        );
        found
    }
}

/// Whether normal dependencies lead from one crate to another.
fn reaches(crates: &[Crate], from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(name) = waiting.pop() {
        if name == to {
            return true;
        }
        if !seen.insert(name) {
            continue;
        }
        let one = crates.iter().find(|one| one.name == name);
        let dependencies = one.into_iter().flat_map(|one| &one.dependencies);
        let normal = dependencies.filter(|dependency| !dependency.is_dev);
        waiting.extend(normal.map(|dependency| dependency.name.as_str()));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &Rules = &Rules {
        arrows: &[("low", &[]), ("middle", &["low"]), ("high", &["middle"])],
        circles: &[],
        reserved: &[("wires", &["low", "high"], "wires are low")],
        tests_only: &[("high", "wires")],
    };

    /// A crate and its dependencies, those of tests with a question mark.
    fn made(name: &str, dependencies: &[&str]) -> Crate {
        let parsed = dependencies.iter().map(|dependency| Dependency {
            name: dependency.trim_end_matches('?').to_owned(),
            is_dev: dependency.ends_with('?'),
        });
        let lines = dependencies
            .iter()
            .map(|name| format!("{}.workspace = true\n", name.trim_end_matches('?')));
        Crate {
            name: name.to_owned(),
            manifest: format!("{name}/Cargo.toml"),
            text: format!("[dependencies]\n{}", lines.collect::<String>()),
            dependencies: parsed.collect(),
        }
    }

    /// `low`, `middle` and `high` with these dependencies.
    fn three(low: &[&str], middle: &[&str], high: &[&str]) -> Vec<Crate> {
        vec![made("low", low), made("middle", middle), made("high", high)]
    }

    #[test]
    fn an_arrow_permits_all_that_is_below_it() {
        let crates = three(&["wires"], &["low"], &["middle", "low", "wires?"]);
        assert_eq!(violations(&crates, SMALL), []);
    }

    #[test]
    fn an_arrow_upwards_is_found_on_its_line() {
        let crates = three(&["serde", "middle"], &[], &[]);
        let found = violations(&crates, SMALL);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].file.as_str(), found[0].line),
            ("low/Cargo.toml", 3)
        );
        assert_eq!(found[0].found, "low knows middle");
        assert_eq!(found[0].expected, "no crate of the workspace");
    }

    #[test]
    fn tests_may_look_up_but_not_around() {
        let crates = three(&["high?"], &[], &[]);
        assert_eq!(violations(&crates, SMALL), []);
        let crates = three(&["high?"], &["low"], &["middle"]);
        let found = violations(&crates, SMALL);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].found, "tests of low use high, which knows low");
    }

    #[test]
    fn a_circle_with_a_reason_passes_and_one_that_is_gone_does_not() {
        let rules = Rules {
            circles: &[("low", "middle", "made up")],
            ..*SMALL
        };
        let crates = three(&["middle?"], &["low"], &[]);
        assert_eq!(violations(&crates, &rules), []);
        let found = violations(&three(&[], &["low"], &[]), &rules);
        assert_eq!(found, [stale("edges.rs#CIRCLES", "low, middle")]);
    }

    #[test]
    fn a_reserved_package_stays_where_it_is_allowed() {
        let found = violations(&three(&[], &["wires?"], &["wires"]), SMALL);
        let words: Vec<&str> = found.iter().map(|one| one.found.as_str()).collect();
        assert_eq!(
            words,
            ["middle uses wires", "high uses wires outside its tests"]
        );
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let found = violations(&[made("low", &[]), made("new", &[])], SMALL);
        assert_eq!(found[0].found, "crate new has no place in the layers");
        assert_eq!(
            found[1..],
            [
                stale("edges.rs#ARROWS", "middle"),
                stale("edges.rs#ARROWS", "high")
            ]
        );
    }

    #[test]
    fn the_real_arrows_have_no_circle() {
        for (name, _) in ARROWS {
            let below = RULES.below(name).unwrap();
            assert!(!below.contains(name), "{name}");
        }
    }
}
