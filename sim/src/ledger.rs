//! Mass and volume balance: where all drug and all fluid went.
//!
//! Equations, each an identity that holds at any instant to rounding:
//! ```text
//! filled                            = in_reservoir + withdrawn + from_reservoir + decayed
//! from_reservoir + primed + settled + injected = in_catheter + aspirated + in_pocket + in_patient + eliminated
//! in_patient                        = spine + tissue + cisterna + cranial + plasma
//! ```
//! and the first two again for volume, in which drug does not decay and `port_volume` is what was
//! injected at the catheter's access port less what was aspirated there.

use thecal_units::real::{Mass, Volume};

/// The balance at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ledger {
    /// Drug filled into the reservoir since the start, including the first fill.
    pub filled: Mass,
    /// Drug withdrawn from the reservoir at refills.
    pub withdrawn: Mass,
    /// Drug in the reservoir.
    pub in_reservoir: Mass,
    /// Drug that left the reservoir, by pump or leak.
    pub from_reservoir: Mass,
    /// Drug that was in the catheter at the start.
    pub primed: Mass,
    /// Drug that was in the patient at the start.
    pub settled: Mass,
    /// Drug in the reservoir that has decayed.
    pub decayed: Mass,
    /// Drug that was injected by hand: into the pocket, at the catheter's access port, or into the
    /// spinal fluid.
    pub injected: Mass,
    /// Drug that was aspirated at the catheter's access port.
    pub aspirated: Mass,
    /// Drug between reservoir and tip.
    pub in_catheter: Mass,
    /// Drug in the pocket, not yet absorbed by the blood.
    pub in_pocket: Mass,
    /// Drug in the fluid along the spine.
    pub in_spine: Mass,
    /// Drug in the cord tissue.
    pub in_tissue: Mass,
    /// Drug in the cisterna.
    pub in_cisterna: Mass,
    /// Drug in the cranial fluid.
    pub in_cranial: Mass,
    /// Drug in plasma, its peripheral compartment and the epidural space.
    pub in_plasma: Mass,
    /// Drug that has left the body.
    pub eliminated: Mass,
    /// Fluid filled since the start.
    pub filled_volume: Volume,
    /// Fluid withdrawn at refills.
    pub withdrawn_volume: Volume,
    /// Fluid in the reservoir.
    pub reservoir_volume: Volume,
    /// Fluid that left the reservoir, by pump or leak.
    pub drawn_volume: Volume,
    /// Fluid injected at the catheter's access port less what was aspirated there.
    pub port_volume: Volume,
    /// Fluid not yet in the line: pending, or stored by compliance.
    pub waiting_volume: Volume,
    /// Fluid that has leaked into the pocket.
    pub pocket_volume: Volume,
    /// Fluid that has left the tip.
    pub infused_volume: Volume,
}

impl Ledger {
    /// The largest error of the identities, each relative to the sum of its terms' magnitudes and
    /// to what was filled.
    ///
    /// Unit: fraction. Range: 0 and up; below 1e-9 unless the plant has an error.
    #[must_use]
    pub fn relative_error(&self) -> f64 {
        let ug = Mass::as_micrograms;
        let ml = Volume::as_milliliters;
        let reservoir = disagreement(
            &[
                ug(self.filled),
                -ug(self.in_reservoir),
                -ug(self.withdrawn),
                -ug(self.from_reservoir),
                -ug(self.decayed),
            ],
            ug(self.filled).max(NO_DRUG),
        );
        let patient = disagreement(
            &[
                ug(self.from_reservoir),
                ug(self.primed),
                ug(self.settled),
                ug(self.injected),
                -ug(self.in_catheter),
                -ug(self.aspirated),
                -ug(self.in_pocket),
                -ug(self.in_patient()),
                -ug(self.eliminated),
            ],
            ug(self.filled).max(NO_DRUG),
        );
        let reservoir_volume = disagreement(
            &[
                ml(self.filled_volume),
                -ml(self.reservoir_volume),
                -ml(self.withdrawn_volume),
                -ml(self.drawn_volume),
            ],
            ml(self.filled_volume).max(NO_FLUID),
        );
        let infused_volume = disagreement(
            &[
                ml(self.drawn_volume),
                ml(self.port_volume),
                -ml(self.waiting_volume),
                -ml(self.pocket_volume),
                -ml(self.infused_volume),
            ],
            ml(self.filled_volume).max(NO_FLUID),
        );
        reservoir
            .max(patient)
            .max(reservoir_volume)
            .max(infused_volume)
    }

    /// Drug in the patient.
    pub(crate) fn in_patient(&self) -> Mass {
        self.in_spine + self.in_tissue + self.in_cisterna + self.in_cranial + self.in_plasma
    }
}

/// Drug amounts below this do not count as a reference: a nanogram. Unit: ug.
const NO_DRUG: f64 = 1e-3;
/// Fluid volumes below this do not count as a reference: a nanoliter. Unit: mL.
const NO_FLUID: f64 = 1e-6;

/// Error of terms that should sum to zero, relative to the sum of their magnitudes or to `least`,
/// whichever is larger. A pump may draw back what it gave, so the net sum is no reference.
fn disagreement(terms: &[f64], least: f64) -> f64 {
    let (mut sum, mut all) = (0.0, 0.0);
    for term in terms {
        sum += term;
        all += term.abs();
    }
    sum.abs() / all.max(least)
}
