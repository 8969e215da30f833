//! Text with an index of its lines: finds the line of an offset, and the lines to show around it,
//! without scanning the text from its start each time.
//!
//! A file may have twelve thousand entries, or as many mistakes. Counting lines from the start for
//! each of them would take quadratic time.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Start of each line of a text.
#[derive(Clone, Debug)]
pub struct LineStarts(Vec<usize>);

impl LineStarts {
    /// Indexes this text. A line ends with LF, CR, or both, as in the messages that show it.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, &byte)| {
            byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        });
        Self([0].into_iter().chain(ends.map(|(at, _)| at + 1)).collect())
    }

    /// The line of this offset, from 1.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|&start| start <= offset)
    }

    /// Start of the line with this number, from 1.
    fn start(&self, line: usize) -> usize {
        let index = line.saturating_sub(1);
        self.0.get(index).copied().unwrap_or(0)
    }
}

/// A file that messages quote: its name and its text.
#[derive(Clone, Debug)]
pub struct SourceText {
    name: String,
    text: String,
    lines: LineStarts,
}

impl SourceText {
    /// `name` is the file's name in messages.
    #[must_use]
    pub(crate) fn new(name: &str, text: String) -> Self {
        Self {
            name: name.to_owned(),
            lines: LineStarts::of(&text),
            text,
        }
    }
}

impl SourceCode for SourceText {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // The excerpt begins at most `before` lines above; one more line is kept, in case a span
        // begins between two lines.
        let skipped = self.lines.line(span.offset()).saturating_sub(before + 2);
        let from = self.lines.start(skipped + 1);
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let within = (span.offset() - from, span.len()).into();
        let shown = rest.read_span(&within, before, after)?;
        let place = (shown.span().offset() + from, shown.span().len()).into();
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            shown.data(),
            place,
            shown.line() + skipped,
            shown.column(),
            shown.line_count() + skipped,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_ends_with_either_end_or_both() {
        let lines = LineStarts::of("a\nb\r\nc\rd\n");
        let found: Vec<usize> = (0..10).map(|offset| lines.line(offset)).collect();
        assert_eq!(found, [1, 1, 2, 2, 2, 3, 3, 4, 4, 5]);
    }

    /// An excerpt for a message.
    type Shown = (Vec<u8>, SourceSpan, usize, usize, usize);

    fn shown(
        source: &dyn SourceCode,
        span: SourceSpan,
        before: usize,
        after: usize,
    ) -> Option<Shown> {
        let found = source.read_span(&span, before, after).ok()?;
        Some((
            found.data().to_vec(),
            *found.span(),
            found.line(),
            found.column(),
            found.line_count(),
        ))
    }

    proptest! {
        #[test]
        fn it_shows_what_a_reading_from_the_start_shows(
            text in "[ab\u{b5}\n\r]{0,60}",
            offset in 0_usize..70,
            length in 0_usize..20,
            before in 0_usize..4,
            after in 0_usize..4,
        ) {
            let span = SourceSpan::from((offset, length));
            let plain = text.as_bytes();
            let indexed = SourceText::new("any", text.clone());
            prop_assert_eq!(
                shown(&indexed, span, before, after),
                shown(&plain, span, before, after)
            );
        }
    }
}
