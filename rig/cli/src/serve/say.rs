//! What the user of a served board is told.

use std::io::Write as _;

/// Prints, ignoring a closed terminal: the board is still being served.
pub(super) fn say(text: &str) {
    let _nobody_looks = writeln!(anstream::stdout(), "{text}");
}
