//! What `cargo metadata` says of crates and packages, as far as the rules need it.

use crate::shell::{Failure, Outcome, cargo, read, show};
use serde_json::Value;
use std::path::Path;

/// A crate of the workspace.
#[derive(Clone, Debug, Default)]
pub(super) struct Crate {
    pub(super) name: String,
    /// Its manifest, below the workspace.
    pub(super) manifest: String,
    /// The manifest's text, in which lines are found.
    pub(super) text: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// A line of a crate's manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// Of tests, examples and benches only.
    pub(super) is_dev: bool,
}

/// A package in a version, ours or another's.
#[derive(Clone, Debug, Default)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    /// An SPDX expression.
    pub(super) licence: Option<String>,
    pub(super) is_ours: bool,
}

/// Which packages a package needs, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) needs: Vec<String>,
}

impl Crate {
    /// Where it is, below the workspace.
    pub(super) fn folder(&self) -> &str {
        self.manifest.trim_end_matches("/Cargo.toml")
    }

    /// The line on which it names a dependency; the first where none is found.
    pub(super) fn line_of(&self, dependency: &str) -> usize {
        let names = |line: &str| {
            let rest = line.trim_start().strip_prefix(dependency);
            rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        };
        let index = self.text.lines().position(names);
        index.map_or(1, |index| index + 1)
    }
}

/// The crates of the workspace.
pub(super) fn workspace(root: &Path) -> Outcome<Vec<Crate>> {
    let metadata = ask(&["--no-deps"])?;
    let mut crates = parse_crates(&metadata, &root.to_string_lossy());
    for one in &mut crates {
        one.text = read(&root.join(&one.manifest))?;
    }
    Ok(crates)
}

/// All packages that a build on Linux or for the chip takes, with every feature.
pub(super) fn everything() -> Outcome<(Vec<Package>, Vec<Node>)> {
    // One platform, so that the answer is the same on every machine.
    let platform = ["--filter-platform", "x86_64-unknown-linux-gnu"];
    let metadata = ask(&[&["--all-features"], &platform[..]].concat())?;
    Ok((parse_packages(&metadata), parse_nodes(&metadata)))
}

fn ask(arguments: &[&str]) -> Outcome<Value> {
    let mut command = cargo();
    command.args(["metadata", "--format-version", "1", "--locked"]);
    command.args(arguments);
    let shown = show(&command);
    let failed = |why: &str| Failure(format!("`{shown}` failed: {why}"));
    let output = command
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(&error.to_string()))
}

fn parse_crates(metadata: &Value, root: &str) -> Vec<Crate> {
    let crates = list(metadata, "packages").map(|package| {
        let manifest = text(package, "manifest_path");
        let below = manifest.strip_prefix(root).unwrap_or(&manifest);
        let dependencies = list(package, "dependencies").map(|dependency| Dependency {
            name: text(dependency, "name"),
            is_dev: text(dependency, "kind") == "dev",
        });
        Crate {
            name: text(package, "name"),
            manifest: below.replace('\\', "/").trim_start_matches('/').to_owned(),
            text: String::new(),
            dependencies: dependencies.collect(),
        }
    });
    crates.collect()
}

fn parse_packages(metadata: &Value) -> Vec<Package> {
    let packages = list(metadata, "packages").map(|package| Package {
        id: text(package, "id"),
        name: text(package, "name"),
        version: text(package, "version"),
        licence: package
            .get("license")
            .and_then(Value::as_str)
            .map(str::to_owned),
        is_ours: package.get("source").is_none_or(Value::is_null),
    });
    packages.collect()
}

fn parse_nodes(metadata: &Value) -> Vec<Node> {
    let resolve = metadata.get("resolve").unwrap_or(&Value::Null);
    let nodes = list(resolve, "nodes").map(|node| Node {
        id: text(node, "id"),
        needs: list(node, "dependencies")
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    });
    nodes.collect()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// A text, empty where it is missing or null.
fn text(value: &Value, key: &str) -> String {
    let found = value.get(key).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Value {
        serde_json::json!({
            "packages": [
                {
                    "id": "path+a", "name": "a", "version": "0.1.0", "source": null, "license": "MIT",
                    "manifest_path": "/tree/rig/a/Cargo.toml",
                    "dependencies": [
                        { "name": "b", "kind": null },
                        { "name": "c", "kind": "dev" },
                        { "name": "d", "kind": "build" },
                    ],
                },
                {
                    "id": "registry+b", "name": "b", "version": "2.0.0", "source": "registry",
                    "license": null, "manifest_path": "/elsewhere/b/Cargo.toml", "dependencies": [],
                },
            ],
            "resolve": { "nodes": [{ "id": "path+a", "dependencies": ["registry+b"] }] },
        })
    }

    #[test]
    fn crates_packages_and_what_they_need_are_read() {
        let crates = parse_crates(&metadata(), "/tree");
        assert_eq!(crates[0].manifest, "rig/a/Cargo.toml");
        let dev: Vec<_> = crates[0].dependencies.iter().map(|d| d.is_dev).collect();
        assert_eq!(dev, [false, true, false]);

        let packages = parse_packages(&metadata());
        assert_eq!(packages[0].licence.as_deref(), Some("MIT"));
        assert!(packages[0].is_ours);
        assert_eq!(packages[1].licence, None);
        assert!(!packages[1].is_ours);

        let nodes = parse_nodes(&metadata());
        assert_eq!(nodes[0].needs, ["registry+b"]);
    }

    #[test]
    fn a_dependency_is_found_by_its_whole_name() {
        let one = Crate {
            text: "[dependencies]\nserde_json.workspace = true\nserde = \"1\"\n".to_owned(),
            ..Crate::default()
        };
        assert_eq!(one.line_of("serde"), 3);
        assert_eq!(one.line_of("serde_json"), 2);
        assert_eq!(one.line_of("absent"), 1);
    }
}
