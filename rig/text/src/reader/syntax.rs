//! Recovery from invalid TOML: our own diagnosis, and the rest of the text.
//!
//! The parser only gives the place where it stopped; the diagnosis comes from the text there. The
//! broken place is then neutralized without moving anything: an unquoted value is replaced by a
//! string of its length and a broken line by blanks. Then the parser continues, so one pass finds
//! all mistakes.

use super::scan::{Place, Scan, first_word, is_header, line_of};
use super::schema::FileKind;
use super::shape::ShapeMistake;
use super::unread::Unread;
use super::{broken, broken::Finding};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::DeTable;

/// Maximum broken lines reported; a text with more is not TOML at all.
const MOST_BROKEN: usize = 16;
/// Maximum duplicate keys and unquoted values reported.
const MOST_FOUND: usize = 200;
/// The parser stops this often only in a text that is not TOML at all: reporting one broken line is
/// enough.
const MASS: usize = 10_000;

/// A text that parses, except for duplicate keys, of which the first is kept.
pub(super) struct Recovered<'t> {
    /// The same length as the text, with the same offsets.
    pub(super) source: Cow<'t, str>,
    /// What is wrong with the text.
    pub(super) mistakes: Vec<ShapeMistake>,
    /// Values without quotes, each as written in the text.
    pub(super) bare: Vec<Range<usize>>,
    /// Keys in the broken lines.
    pub(super) unread: Unread,
    /// Where recovery stopped because of too many mistakes: the rest is not reported.
    pub(super) given_up: Option<usize>,
}

/// Makes the text parse.
pub(super) fn recover<'t>(text: &'t str, kind: &FileKind) -> Recovered<'t> {
    let mut recovered = Recovered {
        source: Cow::Borrowed(text),
        mistakes: Vec::new(),
        bare: Vec::new(),
        unread: Unread::default(),
        given_up: None,
    };
    let mut twice = Twice::default();
    let mut broken = 0;
    loop {
        let errors = errors(&recovered.source);
        if errors.is_empty() {
            break;
        }
        let is_mass = errors.len() > MASS;
        let before = (recovered.bare.len(), broken);
        let pass = recovered.source.clone().into_owned();
        let mut scan = Scan::new(&pass);
        let mut done = 0;
        for error in errors {
            if error.start < done {
                continue;
            }
            scan.go_to(error.start);
            let found = match broken::find(&pass, &error, &scan, kind) {
                // It is a string already, and the line is still broken.
                Finding::Bare(value) if recovered.bare.contains(&value) => {
                    broken::not_understood(&pass, &error)
                }
                found => found,
            };
            match found {
                Finding::Twice { mistake, at } => {
                    if twice.is_new(at, &scan, &pass) {
                        recovered.mistakes.push(mistake);
                    }
                }
                Finding::Bare(value) => {
                    done = value.end;
                    recovered.mask(value);
                }
                Finding::Broken { mistake, lines } => {
                    broken += 1;
                    let end = lines.end;
                    if !recovered.blank(lines) || broken >= MOST_BROKEN || is_mass {
                        recovered.given_up = Some(end);
                    }
                    recovered.mistakes.push(mistake);
                    break;
                }
            }
            if recovered.mistakes.len() + recovered.bare.len() >= MOST_FOUND {
                recovered.given_up = Some(done.max(error.end));
                break;
            }
        }
        if recovered.given_up.is_some() || before == (recovered.bare.len(), broken) {
            break;
        }
    }
    recovered
}

/// Duplicate keys.
#[derive(Default)]
struct Twice {
    told: BTreeSet<usize>,
    /// Start of the lines below duplicate headers.
    below: BTreeSet<usize>,
}

impl Twice {
    /// Whether the key at this offset is not yet reported. For a duplicate table its header is
    /// enough.
    fn is_new(&mut self, at: usize, scan: &Scan<'_>, text: &str) -> bool {
        if scan.place == Place::Header {
            self.below.insert(line_of(text, at).start);
        } else if header_above(text, at)
            .is_some_and(|header| self.below.contains(&line_of(text, header).start))
        {
            return false;
        }
        self.told.insert(at)
    }
}

/// All places where the parser stops, in order.
fn errors(source: &str) -> Vec<Range<usize>> {
    let (_, errors) = DeTable::parse_recoverable(source);
    let mut places: Vec<Range<usize>> = errors
        .iter()
        .map(|error| error.span().unwrap_or(0..0))
        .collect();
    places.sort_by_key(|place| (place.start, place.end));
    places.dedup();
    places
}

impl Recovered<'_> {
    /// Replaces an unquoted value by a string of its length.
    fn mask(&mut self, value: Range<usize>) {
        let mask = match value.len() {
            1 => "0".to_owned(),
            length => format!("\"{}\"", "_".repeat(length - 2)),
        };
        self.source.to_mut().replace_range(value.clone(), &mask);
        self.bare.push(value);
    }

    /// Blanks out broken lines and notes their keys; `false` if they are blank already.
    fn blank(&mut self, lines: Range<usize>) -> bool {
        let written = self.source.get(lines.clone()).unwrap_or_default();
        if written.trim().is_empty() {
            return false;
        }
        let header = header_above(&self.source, lines.start);
        for line in written.lines() {
            let (table, key) = match line.trim_start().strip_prefix('[') {
                Some(header) => (None, header.trim_start_matches('[')),
                None => (header, line),
            };
            let key = first_word(key).to_owned();
            self.unread.add(table, &key);
        }
        let blanks: String = written
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect();
        self.source.to_mut().replace_range(lines.clone(), &blanks);
        self.unread.add_lines(lines);
        true
    }
}

/// Start of the last header above this offset.
fn header_above(source: &str, offset: usize) -> Option<usize> {
    let above = source.get(..offset)?;
    let mut end = above.len();
    for line in above.lines().rev() {
        let start = line_of(source, end.saturating_sub(1)).start;
        let bracket = start + line.len() - line.trim_start().len();
        if is_header(line) && Scan::to(source, start).open.is_empty() {
            return Some(bracket);
        }
        end = start;
    }
    None
}
