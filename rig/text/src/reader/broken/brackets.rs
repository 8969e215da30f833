//! Unclosed or mismatched brackets, and broken table headers.

use super::super::scan::{first_word, is_header, is_statement, line_of};
use super::super::schema::Value;
use super::{Finding, Stop, lines_from};

impl Stop<'_> {
    /// The bracket or brace of an earlier line that should be closed by now.
    pub(super) fn unclosed(&self) -> Option<usize> {
        let opener = *self.scan.open.last()?;
        let is_above = opener < self.line.start;
        let is_end = self.get(self.at..self.text.len()).trim().is_empty();
        let goes_on = is_statement(self.get(self.line.clone()));
        ((is_above && goes_on) || is_end).then_some(opener)
    }

    /// A bracket that closes a brace, or the other way round.
    pub(super) fn crossed(&self) -> Option<Finding> {
        let rest = self.get(self.at..self.line.end).trim_start();
        let at = self.line.end - rest.len();
        let opener = *self.scan.open.last()?;
        let open = self.text.as_bytes().get(opener)?;
        let (written, wanted) = match (open, rest.as_bytes().first()?) {
            (b'{', b']') => (']', '}'),
            (b'[', b'}') => ('}', ']'),
            _ => return None,
        };
        let open = char::from(*open);
        let message = format!("`{written}` closes what `{open}` opened");
        let hint = format!("write `{wanted}` in its place");
        Some(self.broken(message, format!("expected `{wanted}`"), hint, at..at + 1))
    }

    pub(super) fn bracket(&self, opener: usize) -> Finding {
        let line = line_of(self.text, opener);
        let key = first_word(self.get(line.clone()));
        let (open, close, what) = match self.text.as_bytes().get(opener) {
            Some(b'{') => ('{', '}', "the braces"),
            _ => ('[', ']', "the list"),
        };
        let is = if open == '{' { "are" } else { "is" };
        let hint = if open == '{' {
            format!("close them on the same line{}", self.for_example(key))
        } else {
            format!(
                "write `{close}` after its last value{}",
                self.for_example(key)
            )
        };
        let end = self.end_of(opener, close);
        self.broken_lines(
            format!("{what} of `{key}` {is} not closed"),
            format!("`{open}` opened here"),
            hint,
            (opener..opener + 1, line.start..end),
        )
    }

    /// The end of the lines affected by an unclosed bracket or brace: where it seems to be closed
    /// before the next header, or else where other lines begin again.
    fn end_of(&self, opener: usize, close: char) -> usize {
        let line = line_of(self.text, opener);
        let mut end = self.text.len();
        for (start, line) in lines_from(self.text, line.end + 1) {
            if is_header(line) {
                end = start - 1;
                break;
            }
            if line.trim_start().starts_with(close) {
                return start + line.len();
            }
        }
        let is_last = self.get(opener + 1..line.end).trim().is_empty();
        match close {
            ']' if self.line.start > line.end => self.line.start - 1,
            '}' if is_last => end,
            _ => line.end,
        }
    }

    /// A header with wrong brackets or a wrong name. The keys below it are omitted: their table is
    /// unknown.
    pub(super) fn header(&self) -> Finding {
        let (content, at) = self.content();
        let below = lines_from(self.text, self.line.end + 1);
        let next = below.map(|(start, line)| (start, is_header(line)));
        let next = next
            .filter(|(_, is_header)| *is_header)
            .map(|(start, _)| start)
            .next();
        let lines = self.line.start..next.map_or(self.text.len(), |start| start - 1);
        let name = first_word(content.trim_start_matches(['[', ' ']));
        let is_balanced = content.matches('[').count() == content.matches(']').count();
        let closed = content.rfind(']').map(|end| &content[..=end]);
        let whole = match self.kind.head.key(name).map(|row| row.value) {
            Some(Value::Tables(_)) => format!("[[{name}]]"),
            Some(Value::Table(_)) if !content.contains('.') => format!("[{name}]"),
            _ => {
                let open = content.chars().take_while(|c| *c == '[').count();
                let name = content.trim_end_matches([']', ' ']);
                format!("{name}{}", "]".repeat(open))
            }
        };
        let (message, hint) = if !is_balanced {
            (
                format!("the brackets of `{content}` do not match"),
                format!("close as many brackets as you open: `{whole}`"),
            )
        } else if let Some(header) = closed.filter(|header| header.len() < content.len()) {
            (
                format!("something follows `{header}` on its line"),
                "write the keys of a table on the lines below its header".to_owned(),
            )
        } else {
            (
                format!("`{content}` is not the header of a table"),
                "the name of a table is made of letters, digits, `-` and `_`".to_owned(),
            )
        };
        self.broken_lines(message, "not a header", hint, (at, lines))
    }
}
