//! Whether a report may be approved: one rule on the record, for `run --accept` and for `review`.

use super::record::Record;
use thecal_engine::verdict::Verdict;

/// Why a report may not be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApprovable {
    /// Nothing is known of the pump: the run is an error, inconclusive, or missing.
    #[error("the verdict is {}", .0.name())]
    Undecided(Verdict),
    /// The pump failed, and the scenario does not declare a known anomaly.
    #[error("the verdict is FAIL; a known failure needs `known-anomaly = \"…\"` in the scenario")]
    UnknownFailure,
    /// Parameters were changed on the command line.
    #[error("its parameters were changed on the command line, so its run is not the approved one")]
    OtherNumbers,
}

/// Whether the report of this run may be approved: a pass may, a fail only as a known anomaly, a
/// verdict that says nothing about the pump never.
///
/// # Errors
///
/// [`NotApprovable`].
pub const fn may_be_approved(record: &Record) -> Result<(), NotApprovable> {
    if record.scenario.parameters.by_command {
        return Err(NotApprovable::OtherNumbers);
    }
    match (record.verdict, &record.scenario.known_anomaly) {
        (Verdict::Pass, _) | (Verdict::Fail, Some(_)) => Ok(()),
        (Verdict::Fail, None) => Err(NotApprovable::UnknownFailure),
        (verdict @ (Verdict::Error | Verdict::Inconclusive | Verdict::NotRun), _) => {
            Err(NotApprovable::Undecided(verdict))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_scenario::parse;

    const SCENARIO: &str = "title = \"An hour\"\nseed = 1\nduration = \"1 h\"\n\
        [patient]\ntolerance = \"chronic\"\n\
        [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
        [[expect]]\nname = \"any\"\nalways = \"true.reservoir >= 0 mL\"\n";

    #[test]
    fn only_a_pass_and_a_known_fail_may_be_approved() {
        let scenario = parse("test/hour", "hour.toml", SCENARIO).unwrap();
        let mut record = Record::new(&scenario, "native");
        for anomaly in [None, Some("ANOM-1".to_owned())] {
            record.scenario.known_anomaly = anomaly;
            let known = record.scenario.known_anomaly.is_some();
            for verdict in Verdict::ALL {
                record.verdict = verdict;
                let allowed = verdict == Verdict::Pass || (verdict == Verdict::Fail && known);
                assert_eq!(
                    may_be_approved(&record).is_ok(),
                    allowed,
                    "{verdict:?} {known}"
                );
            }
        }
        record.verdict = Verdict::Pass;
        record.scenario.parameters.by_command = true;
        assert_eq!(may_be_approved(&record), Err(NotApprovable::OtherNumbers));
    }
}
