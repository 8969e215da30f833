//! Fixed words of a pump, as the rig keeps them.

use thecal_plan::{WORD_LEN_MAX, WORDS_MAX, word};

/// A word of the pump, as it is kept.
pub(super) fn kept(text: &str) -> Result<&'static str, String> {
    word(text).ok_or_else(|| {
        format!(
            "a word that is longer than {WORD_LEN_MAX} bytes, or one of more than {WORDS_MAX} different \
             ones: reasons, modes, alarms and the texts of a log are fixed words"
        )
    })
}
