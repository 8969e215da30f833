//! What can be wrong with what a syringe draws out and puts in.

use miette::{Diagnostic, SourceSpan};
use thecal_text::correction::Correction;
use thecal_text::trial::Corrected;
use thiserror::Error;

/// A mistake in a refill, or in work at reservoir or access port.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
pub(crate) enum SyringeMistake {
    /// A concentration of a second drug where there is none.
    #[error("this reservoir has no second drug")]
    #[diagnostic(
        code(scenario::no_second_drug),
        help(
            "add `second-drug` to `[pump]`, with its `drug` and its `concentration`, or remove `{key}`"
        )
    )]
    NoSecondDrug {
        /// The key.
        key: &'static str,
        /// Where.
        #[label("this is the concentration of a second one")]
        at: SourceSpan,
    },
    /// A third drug in the plant.
    #[error("a run has at most two drugs")]
    #[diagnostic(
        code(scenario::third_drug),
        help(
            "write a `true-drug` that is the `drug` or the `second-drug` of `[pump]`, or the same other one in every `refill`"
        )
    )]
    ThirdDrug {
        /// Where.
        #[label("this would be a third one")]
        at: SourceSpan,
    },
    /// More beside the reservoir than was injected.
    #[error("`{key}` is more than is injected")]
    #[diagnostic(
        code(scenario::more_than_injected),
        help(
            "write `{key} = \"all\"`, or at most what `true-volume` or else `volume` says, less what goes elsewhere"
        )
    )]
    MoreThanInjected {
        /// The key.
        key: &'static str,
        /// The part.
        #[label("this much of it")]
        at: SourceSpan,
        /// The whole.
        #[label("injected")]
        whole: SourceSpan,
    },
    /// Work that does nothing.
    #[error("this does nothing")]
    #[diagnostic(
        code(scenario::idle_syringe),
        help("write `{draws}`, `{puts}` or both")
    )]
    Idle {
        /// The key of what is drawn.
        draws: &'static str,
        /// The key of what is put in.
        puts: &'static str,
        /// Where.
        #[label("nothing is drawn and nothing put in")]
        at: SourceSpan,
    },
}

impl Corrected for SyringeMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}
