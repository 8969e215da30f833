//! `--on`: the selection of benches and boards.

use std::sync::Arc;
use thecal_bench::inventory::{BoardSpec, Inventory};
use thecal_engine::bench::{Benches, BuiltIn};
use thecal_text::names::closest;

/// The value of `--on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// A built-in bench.
    Bench(&'static BuiltIn),
    /// Boards of the inventory.
    Boards(Choice),
}

/// The boards selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Each once, in the order selected.
    pub boards: Vec<Arc<BoardSpec>>,
    /// Boards selected by name: the run needs each of them.
    pub named: Vec<String>,
    /// Folder for the files, the same for any number of boards.
    pub folder: String,
}

/// An invalid selection.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum OnError {
    /// No such bench, board or tag.
    #[error("there is no {what} `{written}`")]
    #[diagnostic(code(on::unknown), help("{hint}"))]
    Unknown {
        /// What was expected.
        what: &'static str,
        /// As written.
        written: String,
        /// The nearest name, and the valid names.
        hint: String,
    },
    /// A bench combined with something else.
    #[error("`{bench}` cannot be mixed with others in one `--on`")]
    #[diagnostic(
        code(on::mixed),
        help(
            "run `{bench}` by itself: it needs no board, and starts as many pumps as there are processors"
        )
    )]
    Mixed {
        /// The bench.
        bench: &'static str,
    },
}

impl On {
    /// Parses comma-separated names: one bench, or `NAME`, `board:NAME`, `tag:TAG` of boards.
    ///
    /// # Errors
    ///
    /// [`OnError`].
    pub fn parse(text: &str, inventory: &Inventory, benches: Benches) -> Result<Self, OnError> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let bench = |part: &&str| benches.named(part);
        match (parts.iter().find_map(bench), parts.len()) {
            (Some(bench), 1) => return Ok(Self::Bench(bench)),
            (Some(bench), _) => return Err(OnError::Mixed { bench: bench.name }),
            (None, _) => {}
        }
        let mut choice = Choice {
            boards: Vec::new(),
            named: Vec::new(),
            folder: folder(&parts),
        };
        for part in parts {
            if let Some(tag) = part.strip_prefix("tag:") {
                let tagged = |board: &&Arc<BoardSpec>| board.tags.iter().any(|known| known == tag);
                let found: Vec<_> = inventory.boards.iter().filter(tagged).collect();
                if found.is_empty() {
                    return Err(unknown("board with tag", tag, inventory, benches));
                }
                found.into_iter().for_each(|board| choice.add(board));
            } else {
                let (what, name) = match part.strip_prefix("board:") {
                    Some(name) => ("board", name),
                    None => ("bench or board", part),
                };
                let board = inventory.board(name);
                let board = board.ok_or_else(|| unknown(what, name, inventory, benches))?;
                choice.add(board);
                choice.named.push(name.to_owned());
            }
        }
        Ok(Self::Boards(choice))
    }
}

impl Choice {
    fn add(&mut self, board: &Arc<BoardSpec>) {
        if self.boards.iter().all(|known| known.name != board.name) {
            self.boards.push(Arc::clone(board));
        }
    }
}

fn folder(parts: &[&str]) -> String {
    let names = parts.iter().map(|part| {
        let name = part.strip_prefix("board:").unwrap_or(part);
        name.replace(':', "-")
    });
    names.collect::<Vec<_>>().join("+")
}

fn unknown(what: &'static str, written: &str, inventory: &Inventory, benches: Benches) -> OnError {
    let boards: Vec<&str> = inventory.boards.iter().map(|b| b.name.as_str()).collect();
    let tags = inventory.tags();
    let of_tags = what == "board with tag";
    let mut names: Vec<&str> = if of_tags {
        tags.clone()
    } else {
        boards.clone()
    };
    if what == "bench or board" {
        names.extend(benches.names());
    }
    let guess = closest(written, &names).map_or(String::new(), |guess| {
        let prefix = if of_tags { "tag:" } else { "" };
        format!("did you mean `{prefix}{guess}`? ")
    });
    let listed = |names: &[&str]| match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let file = match &inventory.file {
        Some(file) => format!("in {}", file.display()),
        None => "(there is no bench.toml here; name one with --bench-file)".to_owned(),
    };
    let hint = format!(
        "{guess}Benches: {}. Boards {file}: {}. Tags: {}.",
        listed(&benches.names()),
        listed(&boards),
        listed(&tags),
    );
    OnError::Unknown {
        what,
        written: written.to_owned(),
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use thecal_bench::inventory::parse;

    const BENCHES: Benches = Benches(&[
        &thecal_reference::native::ROW,
        &thecal_bench::qemu_probe::ROW,
        &thecal_bench::qemu_uart::ROW,
    ]);

    fn inventory() -> Inventory {
        let text = "[[board]]\nname = \"pump-a\"\nserial = \"/dev/ttyACM0\"\ntags = [\"pump\"]\n\
            [[board]]\nname = \"pump-b\"\nemulated = \"qemu-uart\"\ntags = [\"pump\", \"night\"]\n";
        parse(Path::new("bench.toml"), text, BENCHES).expect("an inventory")
    }

    fn names(on: &str) -> (Vec<String>, String) {
        match On::parse(on, &inventory(), BENCHES).expect("a choice") {
            On::Boards(choice) => {
                let names = choice.boards.iter().map(|board| board.name.clone());
                (names.collect(), choice.folder)
            }
            On::Bench(bench) => (vec![bench.name.to_owned()], String::new()),
        }
    }

    #[test]
    fn names_tags_and_benches_are_told_apart() {
        assert_eq!(names("native").0, ["native"]);
        assert_eq!(names("pump-b"), (vec!["pump-b".into()], "pump-b".into()));
        assert_eq!(names("board:pump-a").1, "pump-a");
        assert_eq!(names("tag:pump").0, ["pump-a", "pump-b"]);
        assert_eq!(names("tag:night, pump-b, pump-a").0, ["pump-b", "pump-a"]);
        assert_eq!(names("tag:night,pump-a").1, "tag-night+pump-a");
    }

    #[test]
    fn what_there_is_not_is_answered_with_what_there_is() {
        let error = |on: &str| match On::parse(on, &inventory(), BENCHES) {
            Err(OnError::Unknown { what, hint, .. }) => format!("{what}: {hint}"),
            other => format!("{other:?}"),
        };
        // Two boards are equally near: both are named.
        let two = error("pump-c");
        assert!(!two.contains("did you mean"), "{two}");
        assert!(
            two.contains("Boards in bench.toml: pump-a, pump-b."),
            "{two}"
        );
        assert!(error("nativ").contains("did you mean `native`?"));
        assert!(error("tag:nigth").contains("did you mean `tag:night`?"));
        assert!(error("zzz").starts_with("bench or board: Benches: native, qemu, qemu-uart. Boards in bench.toml: pump-a, pump-b. Tags: night, pump."));
        assert!(matches!(
            On::parse("native,pump-a", &inventory(), BENCHES),
            Err(OnError::Mixed { .. })
        ));
    }
}
