//! Context of an offset in a TOML text: header, key or value, and its enclosing brackets.
//!
//! The parser says where it stopped, not what was being written; this scan derives that from the
//! text alone. It never fails, for any text.

/// What is being written at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The header of a table, from its first bracket.
    Header,
    /// A key, or the beginning of a line.
    Key,
    /// A value without quotes or brackets, and its start; `None` before its first character.
    Value(Option<usize>),
    /// Quoted text, with its start.
    Text(usize),
    /// After a complete value.
    After,
    /// A comment.
    Comment,
}

/// A scan up to an offset.
pub(super) struct Scan<'t> {
    text: &'t str,
    at: usize,
    /// What is being written here.
    pub(super) place: Place,
    /// The brackets and braces open here.
    pub(super) open: Vec<usize>,
    /// Outermost braces that continue past their line.
    pub(super) long: Vec<usize>,
}

impl<'t> Scan<'t> {
    /// A scan at the beginning of the text.
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            place: Place::Key,
            open: Vec::new(),
            long: Vec::new(),
        }
    }

    /// A scan from the beginning of the text to this offset.
    pub(super) fn to(text: &'t str, offset: usize) -> Self {
        let mut scan = Self::new(text);
        scan.go_to(offset);
        scan
    }

    /// Continues to this offset, which must not be earlier.
    pub(super) fn go_to(&mut self, offset: usize) {
        while let Some(byte) = self
            .text
            .as_bytes()
            .get(self.at)
            .filter(|_| self.at < offset)
        {
            self.step(*byte, offset);
        }
    }

    fn step(&mut self, byte: u8, end: usize) {
        match (byte, self.place) {
            (b'\n', _) => self.new_line(),
            (b' ' | b'\t' | b'\r', _) => self.at += 1,
            (_, Place::Comment) => self.at += 1,
            (b'#', Place::Header | Place::Key | Place::Value(_) | Place::After) => {
                self.comment(end);
            }
            (b'"' | b'\'', Place::Key | Place::Value(None)) => self.string(end),
            _ => {
                self.other(byte);
                self.at += 1;
            }
        }
    }

    fn new_line(&mut self) {
        let is_brace = |at: &usize| self.text.as_bytes().get(*at) == Some(&b'{');
        if let Some(brace) = self.open.iter().copied().find(|at| is_brace(at))
            && !self.long.contains(&brace)
        {
            self.long.push(brace);
        }
        self.place = match self.place {
            _ if self.open.is_empty() => Place::Key,
            Place::Value(Some(_)) | Place::Text(_) => Place::After,
            place => place,
        };
        self.at += 1;
    }

    /// Skips to the end of the line; the context is unchanged after it.
    fn comment(&mut self, end: usize) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let line = self.at + rest.find('\n').unwrap_or(rest.len());
        if end < line {
            self.place = Place::Comment;
        } else if let Place::Value(Some(_)) = self.place {
            self.place = Place::After;
        }
        self.at = line.min(end);
    }

    fn string(&mut self, end: usize) {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let (length, is_closed) = string_length(rest);
        self.at = (start + length).min(end);
        if !is_closed || end < start + length {
            self.place = Place::Text(start);
        } else if self.place != Place::Key {
            self.place = Place::After;
        }
    }

    fn other(&mut self, byte: u8) {
        match (self.place, byte) {
            (Place::Key, b'[') if self.open.is_empty() && self.is_first() => {
                self.place = Place::Header;
            }
            (Place::Key, b'=') => self.place = Place::Value(None),
            (Place::Value(None), b'[' | b'{') => {
                self.open.push(self.at);
                self.place = if byte == b'[' {
                    Place::Value(None)
                } else {
                    Place::Key
                };
            }
            (Place::Header | Place::Text(_) | Place::Comment, _) => {}
            (_, b']' | b'}') if !self.open.is_empty() => {
                self.open.pop();
                self.place = Place::After;
            }
            (Place::Value(_) | Place::After, b',') if !self.open.is_empty() => {
                let opener = self
                    .open
                    .last()
                    .and_then(|at| self.text.as_bytes().get(*at));
                self.place = match opener {
                    Some(b'{') => Place::Key,
                    _ => Place::Value(None),
                };
            }
            (Place::Value(None), _) => self.place = Place::Value(Some(self.at)),
            (Place::Key | Place::Value(Some(_)) | Place::After, _) => {}
        }
    }

    /// Whether only blanks precede on this line.
    fn is_first(&self) -> bool {
        let line = line_of(self.text, self.at);
        let before = self.text.get(line.start..self.at).unwrap_or_default();
        before.trim().is_empty()
    }
}

/// Length of the leading string with its quotes, and whether it is closed.
pub(super) fn string_length(text: &str) -> (usize, bool) {
    let quote = text.chars().next().unwrap_or('"');
    let long = String::from(quote).repeat(3);
    let is_long = text.starts_with(&long);
    let end = if is_long { long } else { String::from(quote) };
    let mut at = end.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(&end) {
            return (at + end.len(), true);
        }
        if rest.starts_with('\n') && !is_long {
            return (at, false);
        }
        let is_escape = quote == '"' && rest.starts_with('\\');
        let taken = rest.chars().take(if is_escape { 2 } else { 1 });
        at += taken.map(char::len_utf8).sum::<usize>();
    }
    (text.len(), false)
}

/// The line at an offset, without its line ending.
pub(super) fn line_of(text: &str, offset: usize) -> std::ops::Range<usize> {
    let above = text.get(..offset).unwrap_or(text);
    let start = above.rfind('\n').map_or(0, |end| end + 1);
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.find('\n').unwrap_or(rest.len());
    start..start + rest[..length].trim_end_matches('\r').len()
}

/// Whether this line, without surrounding blanks, is a complete header.
pub(super) fn is_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let name = line
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    name.is_some_and(|name| {
        let name = name.trim_matches(['[', ']']);
        !name.is_empty() && name.chars().all(is_of_key)
    })
}

/// Whether this line begins with `key = value`, or is a header.
pub(super) fn is_statement(line: &str) -> bool {
    let key = line.split_once('=').map(|(key, _)| key.trim());
    is_header(line) || key.is_some_and(|key| !key.is_empty() && key.chars().all(is_of_key))
}

/// Whether an unquoted key may contain this character; dots between keys are allowed.
pub(super) fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}

/// The key at the start of a line.
pub(super) fn first_word(line: &str) -> &str {
    let line = line.trim_start();
    let end = line.find(|c: char| !(c.is_alphanumeric() || "-_".contains(c)));
    &line[..end.unwrap_or(line.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The context at `^`, which is removed from the text.
    fn place(text: &str) -> (Place, usize) {
        let at = text.find('^').unwrap();
        let text = text.replacen('^', "", 1);
        let scan = Scan::to(&text, at);
        (scan.place, scan.open.len())
    }

    #[test]
    fn a_place_is_told_from_the_text_before_it() {
        assert_eq!(place("a = 1\n[[b^]]"), (Place::Header, 0));
        assert_eq!(place("a = [\n  [1]^,\n]"), (Place::After, 1));
        assert_eq!(place("a = { b = \"}\\\"\", c^ = 1 }"), (Place::Key, 1));
        assert_eq!(place("a = 24^ h"), (Place::Value(Some(4)), 0));
        assert_eq!(place("a = \"x # y^\n"), (Place::Text(4), 0));
        assert_eq!(place("a = 'it's^'"), (Place::After, 0));
        assert_eq!(place("a = 1 # [^ {"), (Place::Comment, 0));
        assert_eq!(place("a = \"\"\"\n{\n\"\"\"\nb ^= 1"), (Place::Key, 0));
        assert_eq!(place("a = [1, # one\n ^"), (Place::Value(None), 1));
    }

    #[test]
    fn finds_only_tables_that_go_on_past_their_line() {
        let long = |text: &str| Scan::to(text, text.len()).long;
        let fine =
            "a = { b = \"}\\\"\", c = '\\' } # {\nd = \"\"\"\n{\n\"\"\"\ne = [\n  { f = 1 },\n]\n";
        assert!(long(fine).is_empty());
        assert_eq!(long("a = 1\nb = {\n  c = 1 }\n"), [10]);
        assert_eq!(long("b = { c = { d = 1 },\n e = 2 }\nf = {\n}\n"), [4, 34]);
    }
}
