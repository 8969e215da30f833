//! Loading: from a path to boards.

use super::BoardSpec;
use super::file::{INVENTORY, InventoryFile};
use super::mistake::InventoryError;
use super::resolve::resolve;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use thecal_engine::bench::Benches;
use thecal_text::files::{FileWords, named, read_text};
use thecal_text::mistake::Mistake;
use thecal_text::reader;
use thecal_text::trial::keep_accepted;

const WORDS: FileWords = FileWords {
    area: INVENTORY.area,
    what: "inventory",
    unreadable: "check the path in --bench-file; bench.example.toml shows what belongs into it",
    huge: "an inventory is a table for each board; is this another file?",
    not_utf8: "save the file as UTF-8",
    empty: None,
};

/// The boards of one file.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The file; `None` if there is none.
    pub file: Option<PathBuf>,
    /// In the order of the file.
    pub boards: Vec<Arc<BoardSpec>>,
}

impl Inventory {
    /// The board of this name.
    #[must_use]
    pub fn board(&self, name: &str) -> Option<&Arc<BoardSpec>> {
        self.boards.iter().find(|board| board.name == name)
    }

    /// All tags, each once.
    #[must_use]
    pub fn tags(&self) -> Vec<&str> {
        let tags = self.boards.iter().flat_map(|board| &board.tags);
        let mut tags: Vec<&str> = tags.map(String::as_str).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }
}

/// Reads the inventory.
///
/// # Errors
///
/// [`InventoryError`]; it lists every mistake.
pub fn load(path: &Path, benches: Benches) -> Result<Inventory, InventoryError> {
    let text = read_text(path, &path.display().to_string(), &WORDS)?;
    parse(path, &text, benches)
}

/// Checks the text of an inventory; paths in it are relative to the folder of `path`. `benches`
/// have names that no board may use; some of them may replace a board.
///
/// # Errors
///
/// [`InventoryError`]; it lists every mistake.
pub fn parse(path: &Path, text: &str, benches: Benches) -> Result<Inventory, InventoryError> {
    let name = path.display().to_string();
    let whole = absolute(path).unwrap_or_else(|_| path.to_owned());
    let read = |text: &str| -> (Vec<BoardSpec>, Vec<Mistake>) {
        let mut document = reader::read::<InventoryFile>(text, &INVENTORY);
        let (boards, mistakes) = resolve(&whole, &document, benches);
        (boards, document.take_mistakes(mistakes))
    };
    let (boards, mut mistakes) = read(text);
    if !mistakes.is_empty() {
        keep_accepted(text, &mut mistakes, |text| read(text).1);
        return Err(InventoryError::Invalid {
            text: named(&name, text),
            file: name,
            mistakes,
        });
    }
    Ok(Inventory {
        file: Some(path.to_owned()),
        boards: boards.into_iter().map(Arc::new).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::{INVENTORY, InventoryFile, parse};
    use std::path::Path;
    use std::{env, fs};
    use thecal_engine::bench::Benches;
    use thecal_text::reader::Default;
    use thecal_text::reader::Value;
    use thecal_text::reader::examples::wrong_example;
    use thecal_text::reader::reference::{entries, filled, table_of};

    #[test]
    fn every_example_is_read() {
        let wrong = wrong_example::<InventoryFile>(&INVENTORY);
        assert!(wrong.is_none(), "{wrong:#?}");
    }

    #[test]
    fn the_table_of_benches_md_is_made_of_the_rows() {
        let board = INVENTORY.head.key("board").unwrap().value.table().unwrap();
        let parts = [("keys of [[board]]", table_of(&entries(board, &[])))];
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/benches.md");
        let found = fs::read_to_string(path).unwrap();
        let wanted = filled(&found, &parts).unwrap();
        if env::var_os("THECAL_ACCEPT").is_some_and(|value| value == "1") {
            fs::write(path, &wanted).unwrap();
        } else {
            assert!(
                found == wanted,
                "docs/benches.md differs from\n{}",
                parts[0].1
            );
        }
    }

    #[test]
    fn a_default_that_is_written_changes_nothing() {
        let boards = |line: &str| {
            let text = format!(
                "[[board]]\nname = \"a\"\nserial = \"/dev/a\"\nprobe = \"0483:374b\"\n\
                 chip = \"STM32F405RGTx\"\npower.on = [\"a\"]\npower.off = [\"b\"]\n{line}\n"
            );
            let read = parse(Path::new("bench.toml"), &text, Benches(&[]));
            read.unwrap_or_else(|error| panic!("{error:?}\n{text}"))
                .boards
        };
        let board = INVENTORY.head.key("board").unwrap().value.table().unwrap();
        let mut tried = 0;
        for (name, row) in entries(board, &[]) {
            if let Default::Value(default) = row.default {
                let quote = match row.value {
                    Value::Bool | Value::Integer { .. } => "",
                    _ => "\"",
                };
                let line = format!("{name} = {quote}{default}{quote}");
                assert_eq!(boards(&line), boards(""), "{line}");
                tried += 1;
            }
        }
        assert!(tried > 5, "{tried}");
    }
}
