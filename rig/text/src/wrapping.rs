//! Line breaking of messages and reports: never inside a name or a quantity.
//!
//! `` `register-flip` `` and `` `0.5 mL/day` `` are not broken, so that they can be copied. Text
//! between backticks is one word, and lines do not break at hyphens.

use std::borrow::Cow;
use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

/// Lines may break at blanks outside backticks.
pub const SEPARATOR: WordSeparator = WordSeparator::Custom(words);
/// Words are never split.
pub const SPLITTER: WordSplitter = WordSplitter::NoHyphenation;

/// The text in lines of at most `width` characters, if no word is longer; the second line and those
/// after it begin with `indent`.
#[must_use]
pub fn lines(text: &str, width: usize, indent: &str) -> Vec<String> {
    let options = Options::new(width)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(SEPARATOR)
        .word_splitter(SPLITTER);
    let lines = textwrap::wrap(text, options).into_iter();
    lines.map(Cow::into_owned).collect()
}

/// The words of a line, each with the blanks after it.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    // An unpaired backtick quotes nothing.
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

/// End of the first word, including its blanks.
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

    #[test]
    fn a_name_is_never_broken() {
        let text = "units of a flow: `register-flip`, `0.5 mL/day`, `Pa s/m3` or `second drug`";
        for width in 1..80 {
            let lines = lines(text, width, "");
            assert_eq!(lines.join(" "), text, "width {width}");
            for line in lines {
                assert!(line.matches('`').count().is_multiple_of(2), "{line}");
                assert!(!line.ends_with('-'), "{line}");
            }
        }
    }

    #[test]
    fn a_lone_backtick_quotes_nothing() {
        assert_eq!(lines("a ` b c", 3, ""), ["a `", "b c"]);
    }

    #[test]
    fn later_lines_are_indented_within_the_width() {
        let list = "set: one, two-and-a-half, three";
        assert_eq!(
            lines(list, 18, "  "),
            ["set: one,", "  two-and-a-half,", "  three"]
        );
    }
}
