//! What can be wrong with telemetry of somebody else.

use miette::{Diagnostic, SourceSpan};
use thecal_text::correction::Correction;
use thecal_text::trial::Corrected;
use thiserror::Error;

/// A mistake in `replay` or `forge`.
#[derive(Clone, Debug, Error, Diagnostic)]
pub(crate) enum PacketMistake {
    /// Packets to the pump and its answer at once.
    #[error("a replay sends the accepted packets or the pump's answer, not both")]
    #[diagnostic(code(scenario::replay_of_both), help("remove `all` or `answer`"))]
    Both {
        /// Where.
        #[label("these exclude each other")]
        at: SourceSpan,
    },
    /// What is forged is what its sender would send.
    #[error("nothing of this packet is forged")]
    #[diagnostic(
        code(scenario::nothing_forged),
        help(
            "write `{plainly}`, or say what is wrong with the packet: another `key`, `used-counter`, `content`, `keep`, `add` or `flip`"
        )
    )]
    Genuine {
        /// The action that sends it.
        plainly: String,
        /// Where.
        #[label("its sender sends just this")]
        at: SourceSpan,
    },
    /// Content that is not bytes.
    #[error("`content` is not a row of bytes in hexadecimal")]
    #[diagnostic(
        code(scenario::not_hexadecimal),
        help("write two digits for each byte, one byte at least, such as `content = \"99 01\"`")
    )]
    NotBytes {
        /// Where.
        #[label("this")]
        at: SourceSpan,
    },
}

impl Corrected for PacketMistake {
    fn corrected(&mut self) -> Option<(SourceSpan, &mut Correction)> {
        None
    }
}
