//! Every snippet in `docs/your-firmware.md` matches the file that it names, line for line.

use std::fs;
use std::path::{Path, PathBuf};

/// A block of code, and the file that it is quoted from.
struct Snippet {
    file: PathBuf,
    lines: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The lines without indentation, which the document may drop.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// The blocks after a comment with a path, and the number of other blocks in C or Rust.
fn snippets(document: &str) -> (Vec<Snippet>, usize) {
    let (mut found, mut nameless) = (Vec::new(), 0);
    let mut file = None;
    let mut rest = document.lines();
    while let Some(line) = rest.next() {
        if let Some(path) = line.strip_prefix("<!-- ") {
            file = path.strip_suffix(" -->").map(PathBuf::from);
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = rest.by_ref().take_while(|line| *line != "```").collect();
            match file.take() {
                Some(file) => found.push(Snippet {
                    file,
                    lines: lines(&block.join("\n")),
                }),
                None => nameless += usize::from(["c", "rust"].contains(&language)),
            }
        }
    }
    (found, nameless)
}

#[test]
fn every_snippet_is_in_the_code() {
    let document = fs::read_to_string(root().join("docs/your-firmware.md")).expect("the document");
    let (snippets, nameless) = snippets(&document);
    assert_eq!(nameless, 0, "code in the document that names no file");
    assert!(snippets.len() >= 10, "{} snippets", snippets.len());
    for snippet in snippets {
        let shown = snippet.file.display();
        let code = fs::read_to_string(root().join(&snippet.file))
            .unwrap_or_else(|error| panic!("{shown}: {error}"));
        let is_there = lines(&code)
            .windows(snippet.lines.len())
            .any(|window| window == snippet.lines);
        assert!(is_there, "not in {shown}: {:#?}", snippet.lines);
    }
}
