//! The input files of the trace, in an order that does not depend on the machine.

use crate::shell::{Failure, Outcome, file_error, read};
use std::fs;
use std::path::{Path, PathBuf};

/// All files with this extension below a folder, sorted; build folders are excluded.
pub(super) fn with_extension(folder: &Path, extension: &str) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| file_error(&folder, &error))? {
            let path = entry.map_err(|error| file_error(&folder, &error))?.path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The Rust sources of the workspace's crates; excluded crates are not tested with it.
pub(super) fn sources(root: &Path) -> Outcome<Vec<PathBuf>> {
    let path = root.join("Cargo.toml");
    let manifest: toml::Table = toml::from_str(&read(&path)?)
        .map_err(|error| Failure(format!("{}: {error}", path.display())))?;
    let list = |key: &str| -> Vec<PathBuf> {
        let workspace = manifest.get("workspace");
        let names = workspace.and_then(|table| table.get(key)?.as_array());
        let names = names.into_iter().flatten().filter_map(toml::Value::as_str);
        names.map(|name| root.join(name)).collect()
    };
    let (members, excluded) = (list("members"), list("exclude"));
    let mut sources = Vec::new();
    for member in &members {
        sources.extend(with_extension(member, "rs")?);
    }
    sources.retain(|file| !excluded.iter().any(|folder| file.starts_with(folder)));
    sources.sort();
    Ok(sources)
}

/// A path below `root`, with slashes.
pub(super) fn relative(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    let parts = inner.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a source is part of what runs on the pump.
pub(super) fn is_of_the_pump(file: &str) -> bool {
    ["firmware/src/", "link/src/", "telemetry/src/"]
        .iter()
        .any(|folder| file.starts_with(folder))
        && !file.ends_with("/tests.rs")
        && !file.contains("/tests/")
}
