//! What can be wrong with a claim.

use miette::{Diagnostic, SourceSpan};
use thecal_text::correction::Correction;
use thecal_text::trial::{Corrected, first_place};
use thiserror::Error;

/// A mistake in what a scenario claims to verify.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum ClaimMistake {
    /// A name that is neither an expectation's nor a rule's.
    #[error("`{requirement}` rests on `{written}`, which is no finding of this run")]
    #[diagnostic(code(scenario::no_such_finding), help("{correction}"))]
    NoSuchFinding {
        /// The requirement.
        requirement: String,
        /// As written.
        written: String,
        /// The name that was meant, or all names.
        correction: Correction,
        /// Where.
        #[label(
            "expected an expectation of this file, a rule of every run, or `spec:` and a rule of the specification"
        )]
        at: SourceSpan,
    },
    /// A rule that the specification does not have.
    #[error("`{requirement}` rests on `{written}`, which is no rule of the specification")]
    #[diagnostic(code(scenario::no_such_rule), help("{correction}"))]
    NoSuchRule {
        /// The requirement.
        requirement: String,
        /// As written.
        written: String,
        /// The rule that was meant, or all of them.
        correction: Correction,
        /// Where.
        #[label("expected a rule of the specification")]
        at: SourceSpan,
    },
    /// A rule of the specification that judges something else.
    #[error("`{requirement}` rests on `{written}`, which judges {judged}")]
    #[diagnostic(code(scenario::rule_of_another_requirement), help("{correction}"))]
    OtherRequirement {
        /// The requirement.
        requirement: String,
        /// As written.
        written: String,
        /// The requirements that the rule judges.
        judged: String,
        /// The rules that judge the requirement.
        correction: Correction,
        /// Where.
        #[label("judges {judged}, not {requirement}")]
        at: SourceSpan,
    },
    /// A claim without a finding.
    #[error("`{requirement}` names no finding")]
    #[diagnostic(
        code(scenario::claim_without_finding),
        help(
            "name the expectation that fails where the requirement is not met, or drop the claim"
        )
    )]
    RestsOnNothing {
        /// The requirement.
        requirement: String,
        /// Where.
        #[label("nothing carries this claim")]
        at: SourceSpan,
    },
    /// A finding that is named twice in one claim.
    #[error("`{name}` is named twice")]
    #[diagnostic(code(scenario::finding_named_twice), help("leave one out"))]
    Twice {
        /// The finding.
        name: String,
        /// The second place.
        #[label("named before")]
        at: SourceSpan,
    },
}

impl Corrected for ClaimMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        let at = first_place(self)?;
        match self {
            Self::NoSuchFinding { correction, .. }
            | Self::NoSuchRule { correction, .. }
            | Self::OtherRequirement { correction, .. } => Some((at, correction)),
            Self::RestsOnNothing { .. } | Self::Twice { .. } => None,
        }
    }
}
