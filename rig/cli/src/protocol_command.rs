//! `thecal protocol-test`: whether a program that speaks a clinical protocol keeps to docs/protocol.md.

use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::protocol_args::ProtocolTestArgs;
use crate::registry::pump_of;
use std::io::Write as _;
use std::path::PathBuf;
use thecal_bench::protocol::conformance::checks;
use thecal_plan::{Protocol, ProtocolProcess};
use thecal_units::Millis;

/// Time for an answer where no profile says it.
const DEADLINE: Millis = Millis::from_secs(10);

pub(crate) fn protocol_test(args: &ProtocolTestArgs) -> Result<ExitCode, CommandError> {
    let mut out = anstream::stdout().lock();
    let process = match &args.pump {
        None => ProtocolProcess {
            command: args.command.clone(),
            folder: PathBuf::from("."),
            deadline: DEADLINE,
        },
        Some(file) => {
            let pumps = pump_of(file)?;
            match pumps
                .kinds()
                .first()
                .map(|kind| kind.profile.protocol.clone())
            {
                Some(Protocol::Process(process)) => process,
                _ => {
                    let what =
                        "the protocol of this profile is built in: there is no program to test";
                    writeln!(out, "{:>12} {what}", "Nothing")?;
                    return Ok(ExitCode::NothingSelected);
                }
            }
        }
    };
    let mut code = ExitCode::Passed;
    for check in checks(&process) {
        match check.wrong {
            None => writeln!(out, "{:>12} {}", "PASS", check.what)?,
            Some(wrong) => {
                code = ExitCode::Failed;
                writeln!(out, "{:>12} {}\n{:>12} {wrong}", "FAIL", check.what, "")?;
            }
        }
    }
    Ok(code)
}
