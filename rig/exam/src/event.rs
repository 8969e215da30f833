//! What an exam says while it lasts.

use crate::carried::Story;
use crate::result::Row;

/// What happens in an exam.
#[derive(Debug)]
pub enum Event<'e> {
    /// Something begins that takes a while, in words.
    Begins(String),
    /// A bug is judged.
    Judged {
        /// What became of it.
        row: &'e Row,
        /// How many are judged.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// It is known what carries the claims of a scenario.
    Asked {
        /// The scenario.
        story: &'e Story,
        /// How many are known.
        done: usize,
        /// Of how many.
        of: usize,
    },
}
