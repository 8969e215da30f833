//! Keys of which a table has exactly one.

use super::mistake::ScenarioMistake;
use super::reader::Reader;
use miette::SourceSpan;
use std::ops::Range;
use thecal_text::wording::any_of;

/// The only element, or a note that there is none or more.
pub(super) fn only_one(
    written: &[(&'static str, SourceSpan)],
    (table, what): (&'static str, &'static str),
    choice: String,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<(&'static str, SourceSpan)> {
    match written {
        [] => {
            let mistake = ScenarioMistake::Nothing {
                table,
                choice,
                at,
                what,
            };
            reader.lacks(at, mistake);
            None
        }
        [only] => Some(*only),
        [(first, one), (second, other), ..] => {
            let (one, other) = (*one, *other);
            reader.report(ScenarioMistake::Several {
                table,
                first,
                second,
                one,
                other,
            });
            None
        }
    }
}

/// The one of two keys that is written, or a note that there is none or both.
pub(super) fn either(
    keys: [(&'static str, Option<Range<usize>>); 2],
    table: &'static str,
    at: SourceSpan,
    reader: &mut Reader<'_>,
) -> Option<&'static str> {
    match keys {
        [(first, Some(_)), (_, None)] => Some(first),
        [(_, None), (second, Some(_))] => Some(second),
        [(first, Some(one)), (second, Some(other))] => {
            let (one, other) = (one.into(), other.into());
            reader.report(ScenarioMistake::EitherOr {
                first,
                second,
                one,
                other,
            });
            None
        }
        [(first, None), (second, None)] => {
            let mistake = ScenarioMistake::Nothing {
                table,
                choice: any_of(&[first, second]),
                at,
                what: "of the two",
            };
            reader.lacks(at, mistake);
            None
        }
    }
}
