//! How messages are broken into lines: never inside a name or a quantity.
//!
//! `` `register-flip` `` and `` `0.5 mL/day` `` stay whole, so that what is read can be typed.
//! Whatever stands between backticks is one word, and a hyphen is no place to break at.

use textwrap::core::Word;
use textwrap::{WordSeparator, WordSplitter};

/// Where a line may be broken: at blanks outside of backticks.
pub const SEPARATOR: WordSeparator = WordSeparator::Custom(words);
/// Words stay whole.
pub const SPLITTER: WordSplitter = WordSplitter::NoHyphenation;

/// The words of a line with the blanks behind them.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    // A backtick without its second one quotes nothing.
    let quotes = line.matches('`').count().is_multiple_of(2);
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (word, after) = rest.split_at(end_of_word(rest, quotes));
        rest = after;
        Some(Word::from(word))
    }))
}

/// Where the first word ends, its blanks included.
fn end_of_word(text: &str, quotes: bool) -> usize {
    let mut is_quoted = false;
    let mut is_blank = false;
    for (offset, sign) in text.char_indices() {
        if sign == '`' && quotes {
            if is_blank {
                return offset;
            }
            is_quoted = !is_quoted;
        } else if sign == ' ' && !is_quoted {
            is_blank = true;
        } else if is_blank {
            return offset;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: usize) -> Vec<String> {
        let options = textwrap::Options::new(width)
            .break_words(false)
            .word_separator(SEPARATOR)
            .word_splitter(SPLITTER);
        let lines = textwrap::wrap(text, options);
        lines
            .into_iter()
            .map(std::borrow::Cow::into_owned)
            .collect()
    }

    #[test]
    fn a_name_is_never_broken() {
        let text = "units of a flow: `register-flip`, `0.5 mL/day`, `Pa s/m3` or `second drug`";
        for width in 1..80 {
            let lines = wrapped(text, width);
            assert_eq!(lines.join(" "), text, "width {width}");
            for line in lines {
                assert!(line.matches('`').count().is_multiple_of(2), "{line}");
                assert!(!line.ends_with('-'), "{line}");
            }
        }
    }

    #[test]
    fn a_lone_backtick_quotes_nothing() {
        assert_eq!(wrapped("a ` b c", 3), ["a `", "b c"]);
    }
}
