//! Presses: which are new, and which are the one before (REQ-BOL-009 and -016).

use super::heard::Obeyed;
use super::moment::Moment;
use super::pump::Pump;
use crate::told::Known;
use thecal_units::SimTime;

impl Pump<'_> {
    /// Whether this press of a remote was taken before, by its number.
    pub(super) fn same_press(&self, moment: Moment, remote: u8, press: u16) -> Known {
        let mut same = Known::No;
        for &(_, (number, taken)) in self.presses(remote, moment).iter().rev() {
            same = same.or(Known::sure(number == press).and(taken.into()));
            if taken.surely() {
                break;
            }
        }
        if self.damaged_since(moment, SimTime::ZERO) {
            same.perhaps()
        } else {
            same
        }
    }

    /// Whether it follows the last packet of its remote so closely that it is the same press.
    pub(super) fn bounces(&self, moment: Moment, remote: u8) -> Known {
        let mut bounces = Known::No;
        let bounce = self.profile.requests.bounce;
        for &(last, (_, taken)) in self.presses(remote, moment).iter().rev() {
            let passed = self.time.passed(last.at, moment.at);
            if passed.least >= bounce || self.booted(last, moment) {
                break;
            }
            let surely = Known::sure(passed.most < bounce).or(Known::Either);
            bounces = bounces.or(surely.and(taken.into()));
        }
        bounces
    }

    fn presses(&self, remote: u8, moment: Moment) -> &[(Moment, (u16, Obeyed))] {
        let presses = self.heard.presses.get(&remote);
        presses.map_or(&[], |presses| presses.before(moment))
    }
}
