//! Arguments of `thecal protocol-test`.

use clap::Args;
use std::path::PathBuf;

/// What its exit codes say.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 where the program keeps to the protocol (docs/protocol.md), 1 where it does not, 2 for wrong
usage or a profile with mistakes.";

/// Which program.
#[derive(Debug, Args)]
pub struct ProtocolTestArgs {
    /// The profile that names the program
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "command",
        required_unless_present = "command"
    )]
    pub pump: Option<PathBuf>,

    /// The program and its arguments
    #[arg(
        value_name = "COMMAND",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub command: Vec<String>,
}
