//! Exit codes: part of the interface, documented in the README, never changed lightly.

use crate::report::Approval;
use crate::verdict::Verdict;

/// How the process ends. Worst wins, in the order usage, undecided, failed, not
/// approved, nothing selected, passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All pass, all reports as approved.
    Passed = 0,
    /// At least one `fail`.
    Failed = 1,
    /// Wrong usage or an invalid scenario file; nothing was run.
    Usage = 2,
    /// All pass, but a report differs from the approved one or none is approved.
    NotApproved = 3,
    /// No scenario was selected, or all that were need what the bench lacks.
    NothingSelected = 4,
    /// At least one `error` or `inconclusive`: the rig, the bench or the story could not tell.
    Undecided = 5,
}

impl ExitCode {
    /// What one run's verdict and approval make of the process.
    #[must_use]
    pub const fn of(verdict: Verdict, approval: Option<&Approval>) -> Self {
        match (verdict, approval) {
            (Verdict::Error | Verdict::Inconclusive, _) => Self::Undecided,
            (Verdict::Fail, _) => Self::Failed,
            (Verdict::NotRun, _) => Self::NothingSelected,
            (Verdict::Pass, Some(Approval::Differs(_) | Approval::Missing)) => Self::NotApproved,
            (Verdict::Pass, Some(Approval::Approved) | None) => Self::Passed,
        }
    }

    const fn severity(self) -> u8 {
        match self {
            Self::Usage => 5,
            Self::Undecided => 4,
            Self::Failed => 3,
            Self::NotApproved => 2,
            Self::NothingSelected => 1,
            Self::Passed => 0,
        }
    }

    /// The worse of two.
    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        if self.severity() >= other.severity() {
            self
        } else {
            other
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pass_is_green_and_the_worst_wins() {
        for verdict in [
            Verdict::Fail,
            Verdict::Error,
            Verdict::Inconclusive,
            Verdict::NotRun,
        ] {
            assert_ne!(
                ExitCode::of(verdict, Some(&Approval::Approved)),
                ExitCode::Passed
            );
        }
        assert_eq!(
            ExitCode::of(Verdict::Pass, Some(&Approval::Approved)),
            ExitCode::Passed
        );
        assert_eq!(
            ExitCode::of(Verdict::Pass, Some(&Approval::Missing)),
            ExitCode::NotApproved
        );
        assert_eq!(
            ExitCode::Undecided.worse(ExitCode::Failed),
            ExitCode::Undecided
        );
        assert_eq!(
            ExitCode::NotApproved.worse(ExitCode::Failed),
            ExitCode::Failed
        );
    }
}
