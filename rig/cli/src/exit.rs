//! Exit codes: part of the interface, documented in the README, never changed lightly.

use thecal_engine::verdict::Verdict;
use thecal_report::Approval;

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
    /// No scenario was selected, or all that were need what the bench lacks; with
    /// `--require-all`: at least one does.
    NothingSelected = 4,
    /// At least one `error` or `inconclusive`: the rig, the bench or the run could not tell.
    Undecided = 5,
}

impl ExitCode {
    /// What one run's verdict and approval make of the process.
    #[must_use]
    pub const fn of(verdict: Verdict, approval: Option<Approval>) -> Self {
        match (verdict, approval) {
            (Verdict::Error | Verdict::Inconclusive, _) => Self::Undecided,
            (Verdict::Fail, _) => Self::Failed,
            (Verdict::NotRun, _) => Self::NothingSelected,
            (Verdict::Pass, Some(Approval::Differs | Approval::Missing)) => Self::NotApproved,
            (Verdict::Pass, Some(Approval::Approved) | None) => Self::Passed,
        }
    }

    /// What all runs together make of the process.
    ///
    /// What the bench cannot run is told, in the list and in the summary, but does not hide that all
    /// the rest is well: a bench that lacks something would otherwise never be green. Where that is
    /// not good enough, `require_all` makes one such scenario count.
    #[must_use]
    pub fn of_all(
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
