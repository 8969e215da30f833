//! Exit codes: part of the interface, documented in the README; change them only for a strong
//! reason.

use thecal_engine::verdict::Verdict;
use thecal_report::Approval;

/// Exit code of the process. The worst wins, in the order usage, undecided, failed, not approved,
/// nothing selected, passed.
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
    /// No scenario was selected, or the bench lacks what all of them need; with `--require-all`:
    /// what at least one needs.
    NothingSelected = 4,
    /// At least one `error` or `inconclusive`: the rig or the bench failed, or the run could not
    /// decide.
    Undecided = 5,
}

impl ExitCode {
    /// The exit code for one run's verdict and approval.
    pub(crate) const fn of(verdict: Verdict, approval: Option<Approval>) -> Self {
        match (verdict, approval) {
            (Verdict::Error | Verdict::Inconclusive, _) => Self::Undecided,
            (Verdict::Fail, _) => Self::Failed,
            (Verdict::NotRun, _) => Self::NothingSelected,
            (Verdict::Pass, Some(Approval::Differs | Approval::Missing)) => Self::NotApproved,
            (Verdict::Pass, Some(Approval::Approved) | None) => Self::Passed,
        }
    }

    /// The exit code for all runs together.
    ///
    /// Scenarios that the bench cannot run appear in the list and in the summary but do not prevent
    /// a pass: otherwise a bench that lacks something would never be green. `require_all` makes one
    /// such scenario count.
    pub(crate) fn of_all(
        runs: impl IntoIterator<Item = (Verdict, Option<Approval>)>,
        require_all: bool,
    ) -> Self {
        let (mut code, mut told) = (Self::Passed, 0);
        for (verdict, approval) in runs {
            if verdict != Verdict::NotRun || require_all {
                told += 1;
                code = code.worse(Self::of(verdict, approval));
            }
        }
        if told == 0 {
            Self::NothingSelected
        } else {
            code
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
    pub(crate) const fn worse(self, other: Self) -> Self {
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
                ExitCode::of(verdict, Some(Approval::Approved)),
                ExitCode::Passed
            );
        }
        assert_eq!(
            ExitCode::of(Verdict::Pass, Some(Approval::Approved)),
            ExitCode::Passed
        );
        assert_eq!(
            ExitCode::of(Verdict::Pass, Some(Approval::Missing)),
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

    #[test]
    fn what_the_bench_lacks_is_green_only_beside_something_that_passed() {
        let pass = (Verdict::Pass, Some(Approval::Approved));
        let (fail, not_run) = ((Verdict::Fail, None), (Verdict::NotRun, None));
        for (runs, lenient, strict) in [
            (
                vec![pass, not_run],
                ExitCode::Passed,
                ExitCode::NothingSelected,
            ),
            (
                vec![not_run, not_run],
                ExitCode::NothingSelected,
                ExitCode::NothingSelected,
            ),
            (
                vec![not_run, fail, pass],
                ExitCode::Failed,
                ExitCode::Failed,
            ),
            (vec![pass, pass], ExitCode::Passed, ExitCode::Passed),
            (vec![], ExitCode::NothingSelected, ExitCode::NothingSelected),
        ] {
            assert_eq!(ExitCode::of_all(runs.clone(), false), lenient, "{runs:?}");
            assert_eq!(ExitCode::of_all(runs.clone(), true), strict, "{runs:?}");
        }
    }
}
