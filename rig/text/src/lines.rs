//! Text that people wrote, with the beginnings of its lines: where an offset is, and what to show
//! around it, without reading the text from its start each time.
//!
//! A file may have twelve thousand entries, or as many mistakes. Whoever counts lines from the start
//! for each of them takes time that grows with the square.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Where each line of a text begins.
#[derive(Clone, Debug)]
pub struct LineStarts(Vec<usize>);

impl LineStarts {
    /// Of this text. A line ends with LF, CR, or both, as in the messages that show it.
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

    /// Where the line of this number, from 1, begins.
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
    /// `name` is what messages call the file.
    #[must_use]
    pub fn new(name: &str, text: String) -> Self {
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
        // What is shown begins no earlier than `before` lines above; one more, to be on the safe
        // side of a span that begins between two lines.
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

    /// What a message takes from a source.
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
