//! Trial of corrections: each is put in its place; one that is refused there is not proposed.
//!
//! All are tried at once, so the file is parsed only as often as a mistake has readings.

use crate::correction::{Correction, Replacement};
use miette::{Diagnostic, SourceSpan};
use std::ops::Range;

/// A mistake that may have a replacement.
pub trait Corrected: Diagnostic {
    /// Its place, and its correction.
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)>;

    /// The replacement with the same meaning, if there is one.
    fn replacement(&self) -> Option<Replacement>
    where
        Self: Clone,
    {
        let mut mistake = self.clone();
        let (at, correction) = mistake.corrected()?;
        correction.replacement(at)
    }

    /// The possible replacements, if the writer has to choose.
    fn readings(&self) -> Vec<Replacement>
    where
        Self: Clone,
    {
        let mut mistake = self.clone();
        let Some((at, correction)) = mistake.corrected().filter(|(_, one)| one.ask.is_some())
        else {
            return Vec::new();
        };
        let taken = correction.readings.iter();
        let taken = taken.filter(|reading| reading.refused.is_none());
        let in_place = |text: &str| Replacement {
            at,
            text: correction.in_place(text),
        };
        taken.map(|reading| in_place(&reading.text)).collect()
    }
}

/// The first place of a mistake.
pub fn first_place(mistake: &dyn Diagnostic) -> Option<SourceSpan> {
    let label = mistake.labels()?.next()?;
    Some((label.offset(), label.len()).into())
}

/// A reading in its place, and where it ends up.
struct Edit {
    /// Index of the mistake it corrects.
    mistake: usize,
    before: Range<usize>,
    put: String,
    after: Range<usize>,
}

/// Marks every reading that `check` refuses in its place with the reason.
pub fn keep_accepted<M: Corrected>(text: &str, mistakes: &mut [M], check: impl Fn(&str) -> Vec<M>) {
    let readings = |mistake: &mut M| {
        let corrected = mistake.corrected();
        corrected.map_or(0, |(_, correction)| correction.readings.len())
    };
    let passes = mistakes.iter_mut().map(readings).max().unwrap_or(0);
    for pass in 0..passes {
        let mut edits = edits(mistakes, pass, text);
        let refusals = check(&put(text, &mut edits));
        for edit in edits {
            let why = refusals
                .iter()
                .find_map(|refusal| why_refused(refusal, &edit.after));
            let corrected = mistakes.get_mut(edit.mistake).and_then(M::corrected);
            if let (Some(why), Some((_, correction))) = (why, corrected)
                && let Some(reading) = correction.readings.get_mut(pass)
            {
                reading.refused = Some(why);
            }
        }
    }
}

/// The reading of this pass of every mistake, in the order of the file, without overlaps.
fn edits<M: Corrected>(mistakes: &mut [M], pass: usize, text: &str) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for (mistake, found) in mistakes.iter_mut().enumerate() {
        let Some((at, correction)) = found.corrected() else {
            continue;
        };
        let before = at.offset()..at.offset() + at.len();
        if let Some(reading) = correction.readings.get(pass)
            && text.get(before.clone()).is_some()
        {
            let put = correction.in_place(&reading.text);
            let after = 0..0;
            edits.push(Edit {
                mistake,
                before,
                put,
                after,
            });
        }
    }
    edits.sort_by_key(|edit| edit.before.start);
    let mut end = 0;
    edits.retain(|edit| {
        let is_free = edit.before.start >= end;
        if is_free {
            end = edit.before.end;
        }
        is_free
    });
    edits
}

/// The text with all edits applied.
fn put(text: &str, edits: &mut [Edit]) -> String {
    let mut out = String::new();
    let mut from = 0;
    for edit in edits {
        out.push_str(text.get(from..edit.before.start).unwrap_or_default());
        let start = out.len();
        out.push_str(&edit.put);
        edit.after = start..out.len();
        from = edit.before.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// The mistake of the text in this range, if it points at it or at a part of it.
///
/// A mistake of a whole table is not about one of its values.
fn why_refused(mistake: &dyn Diagnostic, range: &Range<usize>) -> Option<String> {
    /// The quotes around the range.
    const QUOTE: usize = 1;
    let mut labels = mistake.labels()?;
    let label = labels.find(|label| {
        let end = label.offset() + label.len();
        label.offset() + QUOTE >= range.start && end <= range.end + QUOTE
    })?;
    let allowed = label.label().filter(|words| words.starts_with("allowed"));
    Some(match allowed {
        Some(allowed) => format!("{mistake} ({allowed})"),
        None => mistake.to_string(),
    })
}
