//! Pressure at the pump's outlet: an elastic node between reservoir, catheter and pocket.
//!
//! Terms: the *node* is all that stretches between head and tip, lumped at the pump. *Rest* is the
//! pressure of the spinal fluid of somebody who lies, 1.5 kPa above ambient; pressures in here are
//! above rest. A *branch* joins the node to a place of fixed pressure by a conductance.
//!
//! Equations, flow Q from the head and conductances g held over a step, `G` their sum:
//! ```text
//! C dP/dt = Q + g_fluid (E_fluid - P) + g_pocket (E_fluid - P) + g_reservoir (E_reservoir - P)
//! P*  = (Q + sum g E) / G      tau = C / G      P(t + dt) = P e^(-dt/tau) + P* (1 - e^(-dt/tau))
//! integral of P = P* dt + (P - P*) tau (1 - e^(-dt/tau))
//! R   = 128 mu L / (pi d^4)    kink: + 128 mu l (1 / d_eff^4 - 1 / d^4) / pi,  l = 5 mm
//! ```
//! The state is the stored volume C P. What goes to the fluid is what is left of the balance, so
//! volume closes whatever the rounding. A tube that is sucked empty collapses: it gives no more
//! than 5 uL, and a reservoir that sucks at it gets no more than what then comes in behind.
//!
//! Pulses meet the pressure of the last tick, so a stall against a closed catheter comes at the
//! tick after the load was reached: late by a minute's rise of pressure at most.
//!
//! Source: pump.md 4.2 and 4.3. The pocket is taken to have the fluid's pressure (assume): a leak
//! then shares the flow and does not drain the fluid.

use crate::ambient::VISCOSITY_37;
use crate::pump::CatheterModel;
use thecal_units::Millis;
use thecal_units::real::{Pressure, Volume};

/// What the node holds at rest, well mixed; part of the tubing. Unit: mL. Source: ours (assume).
pub(crate) const NODE_ML: f64 = 0.005;
/// Length of a kink. Unit: m. Source: pump.md 4.3, 5 mm (calc).
const KINK_M: f64 = 0.005;
/// 1 Pa s/m3 in kPa s/mL.
pub(crate) const PER_PASCAL_S_PER_M3: f64 = 1e-9;

/// What joins the node to the rest. Conductances in mL/(s kPa), pressures in kPa above rest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Branches {
    /// Through the catheter to the fluid at its tip.
    pub to_fluid: f64,
    /// Through a leak into the pocket.
    pub to_pocket: f64,
    /// From the reservoir past head or valves.
    pub from_reservoir: f64,
    /// Pressure of the fluid.
    pub fluid_kpa: f64,
    /// Pressure of the reservoir.
    pub reservoir_kpa: f64,
    /// Nothing comes back from the fluid: a bubble closes the catheter like a valve.
    pub one_way: bool,
}

/// What went where in a step. Unit: mL; negative against the name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Passed {
    /// Into the catheter.
    pub to_fluid: f64,
    /// Into the pocket.
    pub to_pocket: f64,
    /// Out of the reservoir, besides what the head moved.
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
    /// What is left after a step of a distance from rest, and what is gone. A nearly closed node
    /// loses far less than rounding leaves of 1, so each is held by itself.
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

    /// Replaces compliance and branches; what is stored stays.
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

    /// Stretches less from now on, at the same pressure; gives what that lets go. Unit: mL.
    pub(crate) fn let_go(&mut self, compliance: f64) -> f64 {
        let before = self.stored_ml;
        self.stored_ml *= compliance / self.compliance;
        self.join(compliance, self.branches);
        before - self.stored_ml
    }

    /// The pressure between the node and the far end of the catheter. Unit: kPa.
    pub(crate) fn across_kpa(&self) -> f64 {
        self.stored_ml / self.compliance - self.branches.fluid_kpa
    }

    /// The time constant now: infinite where nothing leaves. Unit: s.
    #[must_use]
    pub fn time_constant_s(&self) -> f64 {
        self.compliance / self.branches.conductance()
    }

    /// The pressure that the node would settle at. Unit: kPa above rest; infinite where closed.
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

    /// What would run from the reservoir now. Unit: mL/s.
    pub(crate) fn free_ml_per_s(&self) -> f64 {
        let pressure = self.stored_ml / self.compliance;
        self.branches.from_reservoir * (self.branches.reservoir_kpa - pressure)
    }

    /// Takes `volume_ml` in from the head over one step, and from the reservoir besides what flows
    /// by itself, but no more than `available_ml`; back into it goes no more than `room_ml`.
    pub fn step(&mut self, volume_ml: f64, available_ml: f64, room_ml: f64) -> Passed {
        let mut passed = self.flows(volume_ml);
        let mut volume_ml = volume_ml;
        let possible_ml = passed.from_reservoir.min(available_ml).max(-room_ml);
        if possible_ml.to_bits() == passed.from_reservoir.to_bits() {
            self.store(volume_ml + passed.from_reservoir, &mut passed);
        } else {
            // What is possible passes at once, then nothing.
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

    /// Takes back what a reservoir sucked out of a collapsed tube and cannot have got.
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

    /// The flows of a step; `to_fluid` holds the pressure at its end until it is balanced.
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

    /// Stores what the pressure at the end asks for; the rest of the balance goes to the fluid.
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

    /// What the node has stored by stretching; negative where it is sucked in.
    #[must_use]
    pub const fn stored(&self) -> Volume {
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
