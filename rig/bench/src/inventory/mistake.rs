//! Mistakes in an inventory, each with its place and a fix.

use miette::{Diagnostic, SourceSpan};
use std::sync::Arc;
use thecal_text::correction::Correction;
use thecal_text::files::FileMistake;
use thecal_text::lines::SourceText;
use thecal_text::mistake::Mistake;
use thecal_text::trial::Corrected;
use thecal_text::wording::mistakes_in_words;
use thiserror::Error;

/// An inventory that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum InventoryError {
    /// The file cannot be read, or is not text.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileMistake),
    /// Mistakes in the text.
    #[error("inventory `{file}` has {}", mistakes_in_words(mistakes.len()))]
    #[diagnostic(code(inventory::invalid))]
    Invalid {
        /// As given.
        file: String,
        /// The whole text.
        #[source_code]
        text: Arc<SourceText>,
        /// All mistakes, in the order of the file.
        #[related]
        mistakes: Vec<Mistake>,
    },
}

impl Corrected for InventoryMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}

impl Corrected for LinkMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}

/// A mistake in a board's names, values or power.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum InventoryMistake {
    /// A required key is missing.
    #[error("`{key}` is missing in {table}")]
    #[diagnostic(code(inventory::missing_key), help("add `{example}`"))]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The table, as shown to the user.
        table: &'static str,
        /// An example line.
        example: &'static str,
        /// The table.
        #[label("needs `{key}`")]
        at: SourceSpan,
    },
    /// A name that cannot be typed or used as a file name.
    #[error("`{written}` cannot be the name of a {what}")]
    #[diagnostic(
        code(inventory::bad_name),
        help("use lower-case letters, digits and `-`, such as `{example}`")
    )]
    BadName {
        /// As written.
        written: String,
        /// What it names.
        what: &'static str,
        /// A valid example.
        example: String,
        /// Where.
        #[label("expected lower-case letters, digits and `-`")]
        at: SourceSpan,
    },
    /// The name of a bench.
    #[error("`{written}` is the name of a bench that every rig has")]
    #[diagnostic(
        code(inventory::reserved_name),
        help("choose another, such as `{written}-a`")
    )]
    ReservedName {
        /// As written.
        written: String,
        /// Where.
        #[label("`--on {written}` means that bench")]
        at: SourceSpan,
    },
    /// Two boards with the same name.
    #[error("two boards are called `{name}`")]
    #[diagnostic(
        code(inventory::same_name),
        help("give the second another name, such as `{name}-2`")
    )]
    SameName {
        /// The name.
        name: String,
        /// One.
        #[label("the first")]
        one: SourceSpan,
        /// The other.
        #[label("the second")]
        other: SourceSpan,
    },
    /// A name that is not in its list.
    #[error("unknown {what} `{written}`")]
    #[diagnostic(code(inventory::unknown_choice), help("{hint}"))]
    UnknownChoice {
        /// What kind of name.
        what: &'static str,
        /// As written.
        written: String,
        /// The nearest name and the whole list.
        hint: String,
        /// Where.
        #[label("not one of the known names")]
        at: SourceSpan,
    },
    /// A command without a program.
    #[error("`{key}` names no program")]
    #[diagnostic(
        code(inventory::no_program),
        help(
            "write the program and its arguments, each in quotes: `{key} = [\"uhubctl\", \"-a\", \"{key}\"]`; no shell reads them"
        )
    )]
    NoProgram {
        /// The key.
        key: &'static str,
        /// Where.
        #[label("expected a program and its arguments")]
        at: SourceSpan,
    },
    /// A wait too long for a bench.
    #[error("`{key}` is {written}, which is too long")]
    #[diagnostic(
        code(inventory::too_long),
        help("write {most} at most: a bench is not waited for any longer")
    )]
    TooLong {
        /// The key.
        key: &'static str,
        /// As written.
        written: String,
        /// The longest wait.
        most: String,
        /// Where.
        #[label("allowed: up to {most}")]
        at: SourceSpan,
    },
}

/// A mistake in the connection of a board.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum LinkMistake {
    /// A board without a connection.
    #[error("nothing leads to board `{name}`")]
    #[diagnostic(
        code(inventory::no_link),
        help(
            "add `serial = \"/dev/ttyACM0\"`, `probe = \"VID:PID\"`, or `emulated = \"qemu-uart\"` for a virtual board"
        )
    )]
    NoLink {
        /// Its name.
        name: String,
        /// The table.
        #[label("needs `serial`, `probe` or `emulated`")]
        at: SourceSpan,
    },
    /// A board that is both real and virtual.
    #[error("`{key}` and `emulated` are both written")]
    #[diagnostic(
        code(inventory::two_links),
        help(
            "a virtual board has no wires: keep one of the two, and make a second `[[board]]` of the other"
        )
    )]
    TwoLinks {
        /// The other key.
        key: &'static str,
        /// The other.
        #[label("a real board")]
        one: SourceSpan,
        /// `emulated`.
        #[label("a virtual one")]
        other: SourceSpan,
    },
    /// Two boards at one port or probe.
    #[error("`{first}` and `{second}` are both at {place}")]
    #[diagnostic(
        code(inventory::same_place),
        help("a port leads to one board: correct one of the two, or remove it")
    )]
    SamePlace {
        /// One board.
        first: String,
        /// The other.
        second: String,
        /// The shared port or probe.
        place: String,
        /// One place.
        #[label("`{first}`")]
        one: SourceSpan,
        /// The other place.
        #[label("and `{second}`")]
        other: SourceSpan,
    },
    /// An address of unknown kind.
    #[error("`{written}` is no port")]
    #[diagnostic(
        code(inventory::bad_port),
        help(
            "write a path such as `/dev/ttyACM0`, `tcp://host:port` for bytes as they are, or `rfc2217://host:port`"
        )
    )]
    BadPort {
        /// As written.
        written: String,
        /// What is missing.
        lacks: &'static str,
        /// Where.
        #[label("{lacks}")]
        at: SourceSpan,
    },
    /// An invalid selector of a probe.
    #[error("`{written}` selects no probe")]
    #[diagnostic(
        code(inventory::bad_probe),
        help(
            "write `VID:PID` or `VID:PID:SERIAL`, as `probe-rs list` shows them: `0483:374b:066DFF3833`"
        )
    )]
    BadProbe {
        /// As written.
        written: String,
        /// Where.
        #[label("expected two numbers of four hexadecimal digits")]
        at: SourceSpan,
    },
    /// A key without use for this kind of link.
    #[error("`{key}` means nothing over {link}")]
    #[diagnostic(code(inventory::no_such_wire), help("{hint}"))]
    Meaningless {
        /// The key.
        key: &'static str,
        /// The link.
        link: String,
        /// How to fix it.
        hint: &'static str,
        /// Where.
        #[label("there is no wire for it")]
        at: SourceSpan,
    },
}
