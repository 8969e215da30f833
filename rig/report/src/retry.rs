//! Boards that broke under a run, and where it was run again.

use serde::Serialize;

/// A board that broke under a case, which was told again on another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retry {
    /// The board that broke.
    pub board: String,
    /// How.
    pub cause: String,
}

/// One line for each board that broke: which, how, and where the story was told again.
#[must_use]
pub fn retries_in_words(last: &str, retried: &[Retry]) -> Vec<String> {
    let next = retried.iter().skip(1).map(|retry| retry.board.as_str());
    let lines = retried.iter().zip(next.chain([last])).map(|(retry, next)| {
        let Retry { board, cause } = retry;
        format!("retried: board {board} broke ({cause}), told again on board {next}")
    });
    lines.collect()
}
