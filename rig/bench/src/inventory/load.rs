//! From a path to boards.

use super::BoardSpec;
use super::file::{INVENTORY, InventoryFile};
use super::mistake::{InventoryError, Mistake};
use super::resolve::resolve;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use thecal_engine::bench::Benches;
use thecal_text::elsewhere::Here;
use thecal_text::files::{FileWords, read_text};
use thecal_text::lines::SourceText;
use thecal_text::shape::parse_as;
use thecal_text::trial::keep_accepted;

const WORDS: FileWords = FileWords {
    area: "inventory",
    what: "inventory",
    unreadable: "check the path in --bench-file; bench.example.toml shows what belongs into it",
    huge: "an inventory is a table for each board; is this another file?",
    not_utf8: "save the file as UTF-8",
    empty: None,
};

/// The boards of one file.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The file; `None` where there is none.
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

    /// Every tag, once.
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

/// Checks the text of an inventory; paths in it are relative to the folder of `path`. `benches` are
/// those whose names no board may have, some of which may stand in for a board.
///
/// # Errors
///
/// [`InventoryError`]; it lists every mistake.
pub fn parse(path: &Path, text: &str, benches: Benches) -> Result<Inventory, InventoryError> {
    let name = path.display().to_string();
    let whole = absolute(path).unwrap_or_else(|_| path.to_owned());
    let read = |text: &str| -> Result<Vec<BoardSpec>, Vec<Mistake>> {
        let file: InventoryFile = parse_as(text, &INVENTORY)
            .map_err(|mistake| vec![Here::new("inventory", mistake).into()])?;
        resolve(&whole, file, benches)
    };
    let invalid = |mut mistakes: Vec<Mistake>| {
        mistakes.sort_by_key(Mistake::offset);
        keep_accepted(text, &mut mistakes, |text| {
            read(text).err().unwrap_or_default()
        });
        InventoryError::Invalid {
            file: name.clone(),
            text: Arc::new(SourceText::new(&name, text.to_owned())),
            mistakes,
        }
    };
    let boards = read(text).map_err(invalid)?;
    Ok(Inventory {
        file: Some(path.to_owned()),
        boards: boards.into_iter().map(Arc::new).collect(),
    })
}
