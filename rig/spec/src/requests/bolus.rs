//! A bolus as it was ordered: what it counts for, and how long it is given.

use thecal_plan::{DuringBolus, Infusion, Profile, Therapy};
use thecal_units::{Mass, Millis, Volume};

/// What a minimum-rate infusion moves a day. Source: REQ-THE-006.
const MINIMUM_RATE: Volume = Volume::from_nanoliters(6_000);

/// A bolus, with bounds where the prescription behind it is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bolus {
    /// Whether a patient asked for it.
    pub(super) patient: bool,
    /// Whether the pump may not have obeyed.
    pub(super) in_doubt: bool,
    /// Whether power failed while it was obeyed, so that its record may be torn.
    pub(super) torn: bool,
    pub(super) least_dose: Mass,
    pub(super) most_dose: Mass,
    /// From its start to its end.
    pub(super) shortest: Millis,
    pub(super) longest: Millis,
    /// From its start to its last step, at least.
    pub(super) last_step: Millis,
}

impl Bolus {
    /// What is given of `dose` over `duration` under a therapy.
    pub(super) fn of(
        therapy: &Therapy,
        (dose, duration): (Mass, Millis),
        step: Volume,
        profile: &Profile,
    ) -> Self {
        let steps = dose
            .volume_round_down(therapy.concentration)
            .whole_parts(step);
        let alone = takes(step.times(steps), profile.fastest_a_day.as_picoliters());
        let shortest = duration.max(alone);
        let (_, longest) = at_the_highest_rate(therapy, (dose, duration), step, profile);
        let before_last = u128::from(shortest.as_millis()) * u128::from(steps.saturating_sub(1))
            / u128::from(steps.max(1));
        Self {
            patient: false,
            in_doubt: false,
            torn: false,
            least_dose: dose,
            most_dose: dose,
            shortest,
            longest: longest.max(shortest),
            last_step: Millis::from_millis(u64::try_from(before_last).unwrap_or(u64::MAX)),
        }
    }

    /// One of the two: which, is in doubt.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            least_dose: self.least_dose.min(other.least_dose),
            most_dose: self.most_dose.max(other.most_dose),
            shortest: self.shortest.min(other.shortest),
            longest: self.longest.max(other.longest),
            last_step: self.last_step.min(other.last_step),
            ..self
        }
    }
}

/// How long a bolus takes while the infusion is at its highest: at least, and at most.
pub(crate) fn at_the_highest_rate(
    therapy: &Therapy,
    (dose, duration): (Mass, Millis),
    step: Volume,
    profile: &Profile,
) -> (Millis, Millis) {
    let concentration = therapy.concentration;
    let steps = dose.volume_round_down(concentration).whole_parts(step);
    let volume = step.times(steps);
    let fastest = profile.fastest_a_day.as_picoliters();
    // The flow of the infusion, rounded down and up to a nanoliter a day.
    let (slow, fast) = match therapy.during_bolus {
        DuringBolus::Replace => (0, 0),
        DuringBolus::Add if matches!(therapy.infusion, Infusion::MinimumRate) => {
            let flow = MINIMUM_RATE.as_picoliters();
            (flow, flow)
        }
        DuringBolus::Add => {
            let flow = therapy.highest_rate().flow_round_down(concentration);
            let flow = u64::from(flow.as_nl_per_day()) * 1_000;
            (flow, flow + 1_000)
        }
    };
    let beside = |flow: u64| takes(volume, fastest.saturating_sub(flow)).max(duration);
    (beside(slow), beside(fast))
}

/// How long a volume takes at so many picoliters a day, rounded up.
pub(super) fn takes(volume: Volume, a_day: u64) -> Millis {
    let span = u128::from(volume.as_picoliters()) * u128::from(Millis::DAY.as_millis());
    let span = (a_day > 0).then(|| span.div_ceil(u128::from(a_day)));
    Millis::from_millis(span.map_or(u64::MAX, |span| u64::try_from(span).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{THERAPY, reference};
    use thecal_units::Concentration;

    /// Of a weak drug a nanogram a day is much of the flow.
    #[test]
    fn beside_the_minimum_rate_a_bolus_takes_what_its_flow_leaves() {
        let therapy = Therapy {
            infusion: Infusion::MinimumRate,
            concentration: Concentration::from_ng_per_ml(1_015),
            ..THERAPY
        };
        let given = (Mass::from_nanograms(5_519), Millis::MINUTE);
        let step = Volume::from_nanoliters(5);
        let (shortest, longest) = at_the_highest_rate(&therapy, given, step, &reference());
        // 1 087 487 steps of 5 nL at 24 mL/day less 6 uL/day.
        let takes = Millis::from_millis((1_087_487_u64 * 5 * 86_400).div_ceil(23_994));
        assert_eq!((shortest, longest), (takes, takes));
    }
}
