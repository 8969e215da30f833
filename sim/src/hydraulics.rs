//! Pressure at the pump's outlet: a compliant node between reservoir, catheter and pocket.
//!
//! Terms: the *node* lumps all compliance between head and tip, at the pump. *Rest* is the pressure
//! of the spinal fluid of a patient lying down, 1.5 kPa above ambient; pressures here are relative
//! to rest. A *branch* connects the node to a place of fixed pressure by a conductance.
//!
//! Equations, flow Q from the head and conductances g constant over a step, `G` their sum:
//! ```text
//! C dP/dt = Q + g_fluid (E_fluid - P) + g_pocket (E_fluid - P) + g_reservoir (E_reservoir - P)
//! P*  = (Q + sum g E) / G      tau = C / G      P(t + dt) = P e^(-dt/tau) + P* (1 - e^(-dt/tau))
//! integral of P = P* dt + (P - P*) tau (1 - e^(-dt/tau))
//! R   = 128 mu L / (pi d^4)    kink: + 128 mu l (1 / d_eff^4 - 1 / d^4) / pi,  l = 5 mm
//! ```
//! The state is the stored volume C P. The flow to the fluid is the remainder of the balance, so
//! volume closes in spite of rounding. A tube under suction collapses: it gives no more than 5 uL,
//! and a reservoir that draws from it gets no more than what then flows back through the catheter.
//!
//! Pulses use the pressure of the last tick, so a stall against a closed catheter is detected at
//! the tick after the load was reached: at most one minute of pressure rise too late.
//!
//! Source: pump.md 4.2 and 4.3. The pocket is assumed to have the fluid's pressure (assume): a leak
//! then shares the flow and does not drain the fluid.

use crate::ambient::VISCOSITY_37;
use crate::pump::CatheterModel;
use thecal_units::Millis;
use thecal_units::real::{Pressure, Volume};

/// Volume of the node at rest, well mixed; part of the tubing. Unit: mL. Source: ours (assume).
pub(crate) const NODE_ML: f64 = 0.005;
/// Length of a kink. Unit: m. Source: pump.md 4.3, 5 mm (calc).
const KINK_M: f64 = 0.005;
/// 1 Pa s/m3 in kPa s/mL.
pub(crate) const PER_PASCAL_S_PER_M3: f64 = 1e-9;

/// Branches of the node. Conductances in mL/(s kPa), pressures in kPa above rest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Branches {
    /// Through the catheter to the fluid at its tip.
    pub to_fluid: f64,
    /// Through a leak into the pocket.
    pub to_pocket: f64,
    /// From the reservoir, bypassing head or valves.
    pub from_reservoir: f64,
    /// Pressure of the fluid.
    pub fluid_kpa: f64,
    /// Pressure of the reservoir.
    pub reservoir_kpa: f64,
    /// No backflow from the fluid: a bubble closes the catheter like a valve.
    pub one_way: bool,
}

/// Volumes passed in a step. Unit: mL; negative for the opposite direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Passed {
    /// Into the catheter.
    pub to_fluid: f64,
    /// Into the pocket.
    pub to_pocket: f64,
    /// Out of the reservoir, without the volume moved by the head.
    pub from_reservoir: f64,
}

/// The node's state.
#[derive(Clone, Copy, Debug)]
pub struct Hydraulics {
    /// C P. Unit: mL.
    stored_ml: f64,
    compliance: f64,
    branches: Branches,
    step_s: f64,
    /// Shares of a deviation from equilibrium that remain after a step and that are gone. Stored
    /// separately: for a nearly closed node, 1 minus the one would lose the other in rounding.
    decay: f64,
    gone: f64,
}

impl Hydraulics {
    /// A node at rest, stepping by `step`. Compliance in mL/kPa.
    #[must_use]
    pub fn new(compliance: f64, branches: Branches, step: Millis) -> Self {
        let mut node = Self {
            stored_ml: 0.0,
            compliance,
            branches,
            step_s: step.as_secs_f64(),
            decay: 0.0,
            gone: 0.0,
        };
        node.take_decay();
        node
    }

    /// Replaces compliance and branches; the stored volume stays.
    pub fn join(&mut self, compliance: f64, branches: Branches) {
        let same = branches.conductance().to_bits() == self.branches.conductance().to_bits()
            && compliance.to_bits() == self.compliance.to_bits();
        self.compliance = compliance;
        self.branches = branches;
        if !same {
            self.take_decay();
        }
    }

    fn take_decay(&mut self) {
        let steps = -self.step_s * self.branches.conductance() / self.compliance;
        (self.decay, self.gone) = (libm::exp(steps), -libm::expm1(steps));
    }

    /// Reduces the compliance at the same pressure; returns the volume released. Unit: mL.
    pub(crate) fn let_go(&mut self, compliance: f64) -> f64 {
        let before = self.stored_ml;
        self.stored_ml *= compliance / self.compliance;
        self.join(compliance, self.branches);
        before - self.stored_ml
    }

    /// The pressure from the node to the far end of the catheter. Unit: kPa.
    pub(crate) fn across_kpa(&self) -> f64 {
        self.stored_ml / self.compliance - self.branches.fluid_kpa
    }

    /// The present time constant; infinite if all branches are closed. Unit: s.
    #[must_use]
    pub fn time_constant_s(&self) -> f64 {
        self.compliance / self.branches.conductance()
    }

    /// The equilibrium pressure. Unit: kPa above rest; infinite if all branches are closed.
    pub(crate) fn settled_kpa(&self, ml_per_s: f64) -> f64 {
        let Branches {
            to_fluid,
            to_pocket,
            from_reservoir,
            fluid_kpa,
            reservoir_kpa,
            ..
        } = self.branches;
        let driven = (to_fluid + to_pocket) * fluid_kpa + from_reservoir * reservoir_kpa;
        let conductance = self.branches.conductance();
        if conductance > 0.0 {
            (ml_per_s + driven) / conductance
        } else {
            f64::INFINITY
        }
    }

    /// The present flow from the reservoir, without the head. Unit: mL/s.
    pub(crate) fn free_ml_per_s(&self) -> f64 {
        let pressure = self.stored_ml / self.compliance;
        self.branches.from_reservoir * (self.branches.reservoir_kpa - pressure)
    }

    /// Advances one step: adds `volume_ml` from the head and the flow from the reservoir, which is
    /// limited to `available_ml`; backflow into the reservoir is limited to `room_ml`.
    pub fn step(&mut self, volume_ml: f64, available_ml: f64, room_ml: f64) -> Passed {
        let mut passed = self.flows(volume_ml);
        let mut volume_ml = volume_ml;
        let possible_ml = passed.from_reservoir.min(available_ml).max(-room_ml);
        if possible_ml.to_bits() == passed.from_reservoir.to_bits() {
            self.store(volume_ml + passed.from_reservoir, &mut passed);
        } else {
            // The limited volume passes at once, then the branch is closed.
            let open = self.branches;
            self.join(
                self.compliance,
                Branches {
                    from_reservoir: 0.0,
                    ..open
                },
            );
            volume_ml += possible_ml;
            passed = self.flows(volume_ml);
            self.join(self.compliance, open);
            self.store(volume_ml, &mut passed);
            passed.from_reservoir = possible_ml;
        }
        self.collapse(&mut passed);
        passed
    }

    /// Returns what a reservoir drew from a collapsed tube beyond what the tube can give.
    fn collapse(&mut self, passed: &mut Passed) {
        let sucked_ml = -passed.from_reservoir;
        if sucked_ml <= 0.0 {
            return;
        }
        let missing_ml = (-NODE_ML - self.stored_ml).max(0.0).min(sucked_ml);
        self.stored_ml += missing_ml;
        let suction_kpa = self.branches.fluid_kpa + NODE_ML / self.compliance;
        let most_back_ml = self.branches.to_fluid * suction_kpa.max(0.0) * self.step_s;
        let too_much_ml = (-passed.to_fluid - most_back_ml)
            .max(0.0)
            .min(sucked_ml - missing_ml);
        passed.to_fluid += too_much_ml;
        passed.from_reservoir += missing_ml + too_much_ml;
    }

    /// The flows of a step; `to_fluid` holds the final pressure until the volumes are balanced.
    fn flows(&self, volume_ml: f64) -> Passed {
        let conductance = self.branches.conductance();
        let before = self.stored_ml / self.compliance;
        if conductance <= 0.0 {
            return Passed {
                to_fluid: before + volume_ml / self.compliance,
                ..Passed::default()
            };
        }
        let settled = self.settled_kpa(volume_ml / self.step_s);
        let away = before - settled;
        let time_constant = self.compliance / conductance;
        let integral = settled * self.step_s + away * (time_constant * self.gone);
        let Branches {
            to_pocket,
            from_reservoir,
            fluid_kpa,
            reservoir_kpa,
            ..
        } = self.branches;
        Passed {
            to_fluid: before * self.decay + settled * self.gone,
            to_pocket: to_pocket * (integral - fluid_kpa * self.step_s),
            from_reservoir: from_reservoir * (reservoir_kpa * self.step_s - integral),
        }
    }

    /// Stores the volume for the final pressure; the remainder of the balance goes to the fluid.
    fn store(&mut self, in_ml: f64, passed: &mut Passed) {
        let in_ml = in_ml - passed.to_pocket;
        let before = self.stored_ml;
        if self.branches.to_fluid <= 0.0 {
            self.stored_ml = before + in_ml;
            passed.to_fluid = 0.0;
            return;
        }
        self.stored_ml = (passed.to_fluid * self.compliance).max(-NODE_ML);
        passed.to_fluid = in_ml - (self.stored_ml - before);
        if self.branches.one_way && passed.to_fluid < 0.0 {
            self.stored_ml = before + in_ml;
            passed.to_fluid = 0.0;
        }
    }

    /// Volume stored by compliance; negative under suction.
    pub(crate) const fn stored(&self) -> Volume {
        Volume::from_milliliters(self.stored_ml)
    }

    /// The pressure above rest.
    #[must_use]
    pub const fn excess(&self) -> Pressure {
        Pressure::from_kilopascals(self.stored_ml / self.compliance)
    }
}

impl Branches {
    const fn conductance(&self) -> f64 {
        self.to_fluid + self.to_pocket + self.from_reservoir
    }
}

/// The resistance of a catheter at 37 C, kinked to a share of its bore. Unit: kPa s/mL.
#[must_use]
pub fn catheter_resistance(catheter: &CatheterModel, open_bore: f64) -> f64 {
    let bore = catheter.bore_cm / 100.0;
    let per_meter =
        |bore: f64| 128.0 * VISCOSITY_37 / (core::f64::consts::PI * bore * bore * bore * bore);
    let whole = per_meter(bore) * catheter.length_cm / 100.0;
    if open_bore >= 1.0 {
        return whole * PER_PASCAL_S_PER_M3;
    }
    let kink = KINK_M * (per_meter(bore * open_bore) - per_meter(bore));
    (whole + kink) * PER_PASCAL_S_PER_M3
}
