//! Alarms: which must sound by when, which must not, how often, and again after a reset.

use crate::boundary::Boundary;
use crate::profile::Profile;
use crate::rule::{Opinion, Rule};
use crate::told::Told;

/// The rules of this file.
pub(crate) static RULES: [&Rule; 0] = [];

/// Judges a run by them.
pub(crate) fn judge(
    _boundary: &Boundary<'_>,
    _told: &Told,
    _profile: &Profile,
    _opinion: &mut Opinion,
) {
}
