//! The glossary: a word that we chose ourselves says why the field's would not do.

use super::violation::Violation;

pub(super) const FILE: &str = "GLOSSARY.md";

/// How a source of our own is marked.
const OURS: &str = "ours";

pub(super) fn violations(text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(row) = line
            .trim()
            .strip_prefix('|')
            .and_then(|row| row.strip_suffix('|'))
        else {
            continue;
        };
        // A bar inside a cell is written `\|`.
        let row = row.replace("\\|", " ");
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let &[word, _, source] = cells.as_slice() else {
            found.push(Violation {
                file: FILE.to_owned(),
                line: index + 1,
                found: format!("a row of {} cells", cells.len()),
                expected: "word, definition, source".to_owned(),
                fix: "write `\\|` for a bar inside a cell".to_owned(),
            });
            continue;
        };
        if !source
            .split(';')
            .any(|part| is_ours_without_reason(part.trim()))
        {
            continue;
        }
        found.push(Violation {
            file: FILE.to_owned(),
            line: index + 1,
            found: format!("{word} is ours without a reason"),
            expected: "the field's word, or `ours: ` and why it has none that fits".to_owned(),
            fix: "take the field's word, or write the reason into the column of sources".to_owned(),
        });
    }
    found
}

fn is_ours_without_reason(source: &str) -> bool {
    let Some(rest) = source.strip_prefix(OURS) else {
        return false;
    };
    let reason = rest.strip_prefix(':').unwrap_or("");
    reason.split_whitespace().count() < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_field_and_a_word_with_a_reason_pass() {
        let text = "# Glossary\n\n| word | definition | source |\n| --- | --- | --- |\n\
                    | `Boot` | the end of a reset | electronics |\n\
                    | `Pace` | 1 \\| 2 | pump manuals; ours: none was found |\n";
        assert_eq!(violations(text), []);
    }

    #[test]
    fn a_word_of_ours_without_a_reason_is_found() {
        let text = "| a | b | ours |\n| c | d | pump manuals; ours |\n| e | f | ours: |\n| g | h | ours: because |\n";
        let found = violations(text);
        let lines: Vec<usize> = found.iter().map(|one| one.line).collect();
        assert_eq!(lines, [1, 2, 3, 4]);
        assert_eq!(found[0].found, "a is ours without a reason");
    }

    #[test]
    fn a_row_with_a_cell_too_many_is_found() {
        let found = violations("text\n| a | b | c | ours |\n");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].line, found[0].found.as_str()),
            (2, "a row of 4 cells")
        );
    }
}
