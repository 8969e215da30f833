//! TOML 1.0 only: the parser knows TOML 1.1, but most other readers and editors do not.
//!
//! The one difference that a person meets is an inline table over several lines.

/// Offset of the first `{` of an inline table that goes on past its line.
///
/// The text must be TOML, so that every string and table is closed.
#[must_use]
pub fn first_long_inline_table(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let offset = text.len() - rest.len();
        let length = match next {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => string_length(rest, next),
            '\n' if !open.is_empty() => return open.first().copied(),
            '{' => {
                open.push(offset);
                1
            }
            '}' => {
                open.pop();
                1
            }
            other => other.len_utf8(),
        };
        rest = &rest[length..];
    }
    None
}

/// Length of the string at the front of `text`, with its quotes.
fn string_length(text: &str, quote: char) -> usize {
    let long = String::from(quote).repeat(3);
    let end = if text.starts_with(&long) {
        long
    } else {
        String::from(quote)
    };
    let mut at = end.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(&end) {
            return at + end.len();
        }
        let escaped = quote == '"' && rest.starts_with('\\');
        let taken = rest.chars().take(if escaped { 2 } else { 1 });
        at += taken.map(char::len_utf8).sum::<usize>();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::first_long_inline_table;

    #[test]
    fn finds_only_tables_that_go_on_past_their_line() {
        let fine =
            "a = { b = \"}\\\"\", c = '\\' } # {\nd = \"\"\"\n{\n\"\"\"\ne = [\n  { f = 1 },\n]\n";
        assert_eq!(first_long_inline_table(fine), None);
        assert_eq!(
            first_long_inline_table("a = 1\nb = {\n  c = 1 }\n"),
            Some(10)
        );
        assert_eq!(
            first_long_inline_table("b = { c = { d = 1 },\n e = 2 }\n"),
            Some(4)
        );
    }
}
