//! What a Reaction must say whatever happens: the wake-ups that are armed, and at a boot what the motor does.

use super::run::Motor;
use crate::rule::{Opinion, Rule};
use thecal_plan::{LogKind, Profile};

pub(super) static ARMED: Rule = Rule {
    name: "wake-ups-are-armed",
    requirement: "REQ-WDG-006",
    text: "each Reaction arms the wake-ups by a packet and, if the pump logs magnets, by the magnet, with a train also by a missed pulse",
    core: false,
};
pub(super) static COMMANDED: Rule = Rule {
    name: "motor-is-commanded-at-a-boot",
    requirement: "REQ-POST-009",
    text: "the first Reaction after a reset starts a train or stops the motor",
    core: false,
};

impl Motor<'_> {
    /// Every Reaction arms its wake-ups.
    pub(super) fn arms(&self, profile: &Profile, opinion: &mut Opinion) {
        let unarmed = self.boundary.unarmed.iter();
        let by_magnet = profile.record.kinds.contains(&LogKind::MagnetClosed);
        let mut unarmed = unarmed.filter(|&&(at, only_magnet)| {
            let matters = by_magnet || !only_magnet;
            matters && !self.is_hurt(at)
        });
        opinion.judged(&ARMED);
        if let Some(&(at, _)) = unarmed.next() {
            let more = unarmed.count();
            let observed = format!("a wake-up that is not armed, and {more} times more");
            opinion.differs(&ARMED, at, observed, "all armed");
        }
    }

    /// What ran before a reset does not go on unasked. A pump that is switched on has no train to end.
    pub(super) fn commanded_at_boots(&self, opinion: &mut Opinion) {
        let boots = self.boundary.boots.iter().skip(1);
        for boot in boots.filter(|boot| !boot.cut_short) {
            let mut absences = self.boundary.absences.iter();
            let is_away = absences.any(|it| it.from <= boot.at && boot.at < it.until);
            if is_away || self.is_hurt(boot.at) {
                opinion.either(&COMMANDED);
                continue;
            }
            opinion.judged(&COMMANDED);
            let mut drives = self.boundary.drives.iter();
            if !drives.any(|drive| drive.at == boot.at) {
                let observed = "no command to the motor";
                opinion.differs(&COMMANDED, boot.at, observed, "a train or a stop");
            }
        }
    }
}
