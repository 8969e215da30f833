//! The fixed words of a pump: its reasons, modes, alarms, what its log says. They come from a profile or
//! from a protocol that is a process; each is kept once, as long as this process lives, so that
//! answers are as cheap to copy and compare as those of a pump that is built in.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The most different words. Source: ours; a pump has some hundred.
pub const WORDS_MAX: usize = 4_096;
/// The longest word. Unit: byte. Source: ours, a line of a report.
pub const WORD_LEN_MAX: usize = 200;

static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The word as it is kept; `None`: it is longer than [`WORD_LEN_MAX`], or would be one more than
/// [`WORDS_MAX`], which no list of fixed words is.
#[must_use]
pub fn word(text: &str) -> Option<&'static str> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = known.get(text) {
        return Some(kept);
    }
    if text.len() > WORD_LEN_MAX || known.len() >= WORDS_MAX {
        return None;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    known.insert(kept);
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::{WORD_LEN_MAX, word};

    #[test]
    fn a_word_is_kept_once_and_a_long_text_is_none() {
        let first = word("motor stall").unwrap();
        assert!(std::ptr::eq(
            first,
            word(&String::from("motor stall")).unwrap()
        ));
        assert_eq!(word(&"x".repeat(WORD_LEN_MAX + 1)), None);
    }
}
