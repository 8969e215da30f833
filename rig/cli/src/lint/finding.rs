//! What lint says of a story: a message with its file, line and place.

use super::judge::Flaw;
use super::part::{Part, Story};
use miette::{Diagnostic, SourceSpan};
use std::sync::Arc;
use thecal_text::lines::SourceText;
use thecal_text::wording::all_of;
use thiserror::Error;

/// A story whose evidence is void.
#[derive(Debug, Error, Diagnostic)]
pub(super) enum LintFinding {
    /// As it is, it does not pass.
    #[error("{story} does not pass as it is")]
    #[diagnostic(
        code(lint::does_not_pass),
        help("see why with `thecal run`; nothing follows from leaving out a part of it")
    )]
    DoesNotPass {
        /// The story's id.
        story: String,
    },
    /// A finding that judged nothing.
    #[error("{requirement} of {story} rests on `{name}`, which had nothing to judge")]
    #[diagnostic(
        code(lint::idle_finding),
        help("name a finding that this story exercises")
    )]
    Idle {
        /// The requirement.
        requirement: String,
        /// The story's id.
        story: String,
        /// The finding.
        name: String,
        /// The file.
        #[source_code]
        text: Arc<SourceText>,
        /// The requirement in the file.
        #[label("not exercised")]
        at: SourceSpan,
    },
    /// It passes without a part.
    #[error("{story} passes without {part}: no claim hangs on it")]
    #[diagnostic(
        code(lint::passes_without),
        help(
            "add an expectation that fails without it, or leave it out; where it is there to show \
             that nothing happens, say so: `control = \"…\"`"
        )
    )]
    PassesWithout {
        /// The story's id.
        story: String,
        /// The part.
        part: String,
        /// The file.
        #[source_code]
        text: Arc<SourceText>,
        /// Its header.
        #[label("left out, and every finding still passes")]
        at: SourceSpan,
    },
    /// It says why it may pass without a part, and does not.
    #[error("{story} says why it may pass without {part}, and does not pass without it")]
    #[diagnostic(code(lint::needless_control), help("remove `control`"))]
    NeedlessControl {
        /// The story's id.
        story: String,
        /// The part.
        part: String,
        /// The file.
        #[source_code]
        text: Arc<SourceText>,
        /// Its header.
        #[label("this is no control")]
        at: SourceSpan,
    },
    /// A claim whose findings always pass.
    #[error("{requirement} of {story} hangs on nothing")]
    #[diagnostic(
        code(lint::claim_hangs_on_nothing),
        help(
            "{findings} passed without {parts}, one at a time: name a finding that fails without \
             what provokes the pump, beside the one that fails where the pump is wrong"
        )
    )]
    HangsOnNothing {
        /// The requirement.
        requirement: String,
        /// The story's id.
        story: String,
        /// What carries the claim.
        findings: String,
        /// What was left out.
        parts: String,
        /// The file.
        #[source_code]
        text: Arc<SourceText>,
        /// The requirement in the file.
        #[label("whatever is left out, this passes")]
        at: SourceSpan,
    },
}

impl LintFinding {
    /// The message for a flaw of this story, whose file has this text.
    pub(super) fn new(flaw: &Flaw, story: &Story, text: &str, named: &Arc<SourceText>) -> Self {
        let scenario = &story.scenario;
        let (id, source) = (scenario.id.clone(), Arc::clone(named));
        let part_at = |part: Part| {
            let line = part.line(scenario).unwrap_or(1);
            (part.called(scenario), line_at(text, line))
        };
        let requirement_at = |index: usize| {
            let claim = scenario.verifies.get(index);
            let requirement = claim.map_or("", |claim| claim.requirement.as_str());
            (requirement.to_owned(), word_at(text, requirement))
        };
        match *flaw {
            Flaw::DoesNotPass => Self::DoesNotPass { story: id },
            Flaw::Idle(index, ref name) => {
                let (requirement, at) = requirement_at(index);
                Self::Idle {
                    requirement,
                    story: id,
                    name: name.clone(),
                    text: source,
                    at,
                }
            }
            Flaw::PassesWithout(part) => {
                let (part, at) = part_at(part);
                Self::PassesWithout {
                    story: id,
                    part,
                    text: source,
                    at,
                }
            }
            Flaw::NeedlessControl(part) => {
                let (part, at) = part_at(part);
                Self::NeedlessControl {
                    story: id,
                    part,
                    text: source,
                    at,
                }
            }
            Flaw::HangsOnNothing(index) => {
                let (requirement, at) = requirement_at(index);
                let claim = scenario.verifies.get(index);
                let findings = claim.map_or(&[][..], |claim| &claim.findings);
                let findings: Vec<&str> = findings.iter().map(String::as_str).collect();
                let parts = story.parts.iter().map(|part| part.called(scenario));
                let parts = match parts.collect::<Vec<_>>().as_slice() {
                    [] => "anything to leave out".to_owned(),
                    [one] => one.clone(),
                    all => format!("each of {} faults and acts", all.len()),
                };
                Self::HangsOnNothing {
                    requirement,
                    story: id,
                    findings: all_of(&findings),
                    parts,
                    text: source,
                    at,
                }
            }
        }
    }
}

/// What a line says, without its indentation and its comment. Lines are counted from 1.
fn line_at(text: &str, line: usize) -> SourceSpan {
    let mut lines = text.split_inclusive('\n');
    let before = lines.by_ref().take(line.saturating_sub(1));
    let start = before.map(str::len).sum::<usize>();
    let content = lines.next().unwrap_or_default();
    let indent = content.len() - content.trim_start().len();
    let content = content.split('#').next().unwrap_or_default().trim();
    (start + indent, content.len()).into()
}

/// Where this word first stands outside of comments.
fn word_at(text: &str, word: &str) -> SourceSpan {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.split('#').next().unwrap_or_default();
        if let Some(at) = content.find(word) {
            return (start + at, word.len()).into();
        }
        start += line.len();
    }
    (0, 0).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_that_of_the_header_and_of_the_requirement() {
        let text =
            "# REQ-A-001 of old\n[verifies]\nREQ-A-001 = \"quiet\"\n\n  [[fault]]  # a note\n";
        let said = |at: SourceSpan| &text[at.offset()..at.offset() + at.len()];
        assert_eq!(said(line_at(text, 5)), "[[fault]]");
        let at = word_at(text, "REQ-A-001");
        assert_eq!((said(at), at.offset() > 19), ("REQ-A-001", true));
        assert_eq!(word_at(text, "REQ-B-001").len(), 0);
    }
}
