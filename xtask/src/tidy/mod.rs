//! `cargo xtask tidy`: the rules of the source tree that the compiler does not keep.
//!
//! | module | rule |
//! | --- | --- |
//! | `edges` | which crate may know which, and who may use some packages of others |
//! | `circles` | no files of a crate that import each other |
//! | `packages` | licences of packages, and packages that are built in two versions |
//! | `pure` | layers without files, clocks and threads; who names the reference pump |
//! | `public` | no public item that nobody outside uses |
//! | `sizes` | length of files and functions |
//! | `glossary` | a word of our own says why |
//!
//! Every rule is a table in its module. An exception is a row with its reason, and a row that excuses
//! nothing any more is a violation itself. All violations are printed at once.

mod circles;
mod edges;
mod glossary;
mod imports;
mod metadata;
mod packages;
mod public;
mod pure;
mod sizes;
mod tokens;
mod violation;

use crate::shell::{Failure, Outcome, ask, read, workspace};
use std::path::Path;
use violation::{Source, Violation};

pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    if !arguments.is_empty() {
        return Err(Failure("it takes no arguments".to_owned()));
    }
    let root = workspace()?;
    let crates = metadata::workspace(&root)?;
    let (packages, nodes) = metadata::everything()?;
    let sources = sources(&root)?;
    let glossary = read(&root.join(glossary::FILE))?;

    let mut violations = edges::violations(&crates, edges::RULES);
    violations.extend(circles::violations(&sources, circles::CIRCLES));
    violations.extend(packages::violations(&packages, &nodes, packages::RULES));
    violations.extend(pure::violations(&sources));
    violations.extend(public::violations(&crates, &sources));
    violations.extend(sizes::violations(&sources, sizes::EXCEPTIONS));
    violations.extend(glossary::violations(&glossary));
    if violations.is_empty() {
        println!(
            "{} crates, {} packages and {} source files are tidy",
            crates.len(),
            packages.len(),
            sources.len()
        );
        return Ok(());
    }
    violations.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    let count = violations.len();
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    let noun = if count == 1 {
        "violation"
    } else {
        "violations"
    };
    Err(Failure(format!("{count} {noun}\n{}", lines.join("\n"))))
}

/// The Rust sources that are in the repository or about to be.
fn sources(root: &Path) -> Outcome<Vec<Source>> {
    let root_text = root.to_string_lossy();
    let mut arguments = vec!["-C", &*root_text, "ls-files", "--cached", "--others"];
    arguments.extend(["--exclude-standard", "--deduplicate", "*.rs"]);
    let listed = ask("git", &arguments).ok_or_else(|| {
        Failure("`git ls-files` failed: tidy needs git, and a clone of the repository".to_owned())
    })?;
    let mut sources = Vec::new();
    for file in listed.lines() {
        let path = root.join(file);
        // Removed from the work tree, not yet from the index.
        if path.is_file() {
            sources.push(Source {
                file: file.to_owned(),
                text: read(&path)?,
            });
        }
    }
    Ok(sources)
}
