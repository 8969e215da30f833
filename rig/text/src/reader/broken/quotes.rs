//! Unclosed quotes, and characters that are invalid in quoted text.

use super::super::scan::{first_word, is_statement, line_of, string_length};
use super::{Finding, Stop, lines_from};
use std::ops::Range;

impl Stop<'_> {
    /// A string that is not closed, or has an invalid character or escape.
    pub(super) fn string(&self, start: usize) -> Finding {
        let rest = self.get(start..self.text.len());
        let (length, is_closed) = string_length(rest);
        let line = line_of(self.text, start);
        let string = start..start + length;
        let lines = line.start..line.end.max(string.end);
        let written = self.get(string.clone());
        if is_closed {
            let (what, label, hint, at) = wrong_in(written);
            let at = start + at.start..start + at.end;
            return self.broken_lines(what, label, hint, (at, lines));
        }
        let key = first_word(self.get(line.clone()));
        let quotes = if written.starts_with("\"\"\"") || written.starts_with("'''") {
            &written[..3]
        } else {
            &written[..1]
        };
        let message = format!("the quotes of `{key}` are not closed");
        if quotes.len() == 3 {
            // Lines below that are valid TOML again are kept.
            let hint = format!("close the text with `{quotes}`");
            let goes_on = lines_from(self.text, line.end + 1).find(|(_, line)| is_statement(line));
            let end = goes_on.map_or(self.text.len(), |(start, _)| start - 1);
            let place = (start..start + 3, line.start..end);
            return self.broken_lines(message, "opened here, never closed", hint, place);
        }
        let is_plain = self.scan.open.is_empty() && !written.contains(['#', '\\']);
        let hint = match written.trim_end() {
            text if is_plain && text.len() > 1 => {
                format!("close the quotes at the end of the text: `{key} = {text}{quotes}`")
            }
            _ => "close the quotes at the end of the text".to_owned(),
        };
        let at = start..start + written.trim_end().len();
        self.broken_lines(message, "not closed on this line", hint, (at, lines))
    }
}

/// What is wrong in a closed string: the message, the label, the help, and its place in it.
fn wrong_in(string: &str) -> (String, &'static str, String, Range<usize>) {
    let mut chars = string.char_indices();
    let has_escapes = string.starts_with('"');
    while let Some((at, c)) = chars.next() {
        if c == '\\' && has_escapes {
            let next = chars.next().map_or(' ', |(_, next)| next);
            if !"btnfreuUx\"\\\n\r \t".contains(next) {
                let end = at + 1 + next.len_utf8();
                return (
                    format!("`\\{next}` stands for no character"),
                    "not a character",
                    "write `\\\\` for a backslash".to_owned(),
                    at..end,
                );
            }
        } else if c.is_control() && c != '\t' {
            return (
                "a control character is in the text".to_owned(),
                "not a character of a text",
                "remove it, or type the text again".to_owned(),
                at..at + c.len_utf8(),
            );
        }
    }
    (
        "this text cannot be read".to_owned(),
        "something in it is not understood",
        "type the text again, between one pair of quotes".to_owned(),
        0..string.len(),
    )
}
