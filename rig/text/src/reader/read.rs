//! From the tree of a TOML text to typed tables: each key looked up in its row, every mistake kept.

use super::record::Record;
use super::scan::Scan;
use super::schema::FileKind;
use super::shape::ShapeMistake;
use super::syntax::recover;
use super::unread::Unread;
use super::walk::{Here, Walk};
use crate::mistake::{Mistake, in_file_order};
use toml::de::DeTable;

/// A text, as far as it could be read.
#[derive(Debug)]
pub struct Document<T> {
    /// Its keys and tables.
    pub file: T,
    /// What is wrong with its shape, in the order of the text.
    pub mistakes: Vec<Mistake>,
    /// What is written and could not be read.
    pub unread: Unread,
    /// Whether the keys are worth a look: of what is hardly TOML, the mistakes say enough.
    pub is_readable: bool,
}

/// Reads a text of this kind.
#[must_use]
pub fn read<T: Record>(text: &str, kind: &'static FileKind) -> Document<T> {
    let recovered = recover(text, kind);
    let (tree, _) = DeTable::parse_recoverable(&recovered.source);
    let mut mistakes = recovered.mistakes;
    let given_up = recovered.given_up;
    if tree.get_ref().is_empty() {
        mistakes.truncate(1);
    }
    let mut walk = Walk {
        text,
        kind,
        bare: recovered.bare,
        mistakes: Vec::new(),
        missing: Vec::new(),
        unread: recovered.unread,
    };
    for mistake in mistakes {
        walk.report(mistake);
    }
    let told = walk.mistakes.len();
    for brace in Scan::to(&recovered.source, text.len()).long {
        let at = (brace, 1).into();
        walk.report(ShapeMistake::LongInlineTable { at });
    }
    let file = walk.record(tree.get_ref(), Here::Head, T::TABLE);
    if let Some(end) = given_up {
        let mut of_shape = walk.mistakes.split_off(told);
        of_shape.retain(|mistake| mistake.offset() < end);
        walk.mistakes.extend(of_shape);
        walk.missing.clear();
    }
    for missing in std::mem::take(&mut walk.missing) {
        if !walk.unread.has(missing.of, &missing.called, missing.key) {
            walk.report(missing.mistake);
        }
    }
    let Walk {
        mut mistakes,
        unread,
        ..
    } = walk;
    in_file_order(&mut mistakes);
    Document {
        file,
        mistakes,
        unread,
        is_readable: given_up.is_none(),
    }
}

impl<T> Document<T> {
    /// All mistakes of the text: of its shape, and those that its meaning has, which are left out
    /// where a line around them is not TOML.
    #[must_use]
    pub fn take_mistakes(&mut self, of_meaning: Vec<Mistake>) -> Vec<Mistake> {
        let mut mistakes = std::mem::take(&mut self.mistakes);
        let is_told = |mistake: &Mistake| self.unread.covers(&mistake.places());
        if self.is_readable {
            mistakes.extend(of_meaning.into_iter().filter(|mistake| !is_told(mistake)));
        }
        in_file_order(&mut mistakes);
        mistakes
    }
}
