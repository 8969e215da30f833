//! Where fluid goes that leaves the pump: through the catheter to the spinal fluid, out of leaks on the
//! way, or beside the fluid at the tip.
//!
//! Equations, R the resistance of the patent catheter, `l` what leaks at the connector, `t` at a tear of
//! what passes the connector, `d` the share of a displaced tip, `k` what a granuloma keeps:
//! ```text
//! R_fluid = R_kinked + (tip - 1 + connector - 1) R + k / (1 - k) R
//! lost    = l + (1 - l) t            g_pocket = lost / (1 - lost) / R
//! beside  = d + (1 - d) k
//! ```
//! Source: pump.md 4.3; the resistance of a granuloma is ours (assume).

use crate::hydraulics::catheter_resistance;
use crate::plant_fault::PlantFault;
use crate::pump::CatheterModel;

/// Leak share from which the catheter counts as disconnected.
const DISCONNECTED: f64 = 0.999;

/// The paths, constant over a tick. Conductances in mL/(s kPa).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paths {
    /// Through the catheter to its tip.
    pub(crate) to_fluid: f64,
    /// Out of the leaks.
    pub(crate) to_pocket: f64,
    /// What narrows the catheter: each with its share of the catheter's resistance.
    pub(crate) narrowed: [(PlantFault, f64); 3],
    /// Whether the connector is what closes the catheter: only the tubing stretches before it.
    pub(crate) at_connector: bool,
    /// How what leaves is divided.
    pub(crate) shares: Shares,
}

/// How what leaves is divided over a tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    /// Of what leaves the tip, the share that does not reach the fluid.
    pub(crate) beside: f64,
    /// Of what leaks out on the way, the share that does so at the tear, not the connector.
    pub(crate) at_tear: f64,
    /// Of what does not reach the fluid, the share that a granuloma keeps from it.
    pub(crate) by_granuloma: f64,
}

impl Paths {
    /// The paths with these severities: `or` gives that of a fault, or the value that stands for none.
    pub(crate) fn at(
        or: impl Fn(PlantFault, f64) -> f64,
        viscosity: f64,
        catheter: &CatheterModel,
    ) -> Self {
        let free = 1.0 / (catheter_resistance(catheter, 1.0) * viscosity);
        let kept = or(PlantFault::Granuloma, 0.0);
        let blocked = or(PlantFault::TipOcclusion, 1.0).max(1.0);
        let connector = or(PlantFault::ConnectorOcclusion, 1.0).max(1.0);
        let kink = or(PlantFault::CatheterKink, 1.0);
        let kinked = catheter_resistance(catheter, kink) * viscosity;
        let of_granuloma = kept / (1.0 - kept) / free;
        let resistance = kinked + (blocked - 1.0 + (connector - 1.0)) / free + of_granuloma;
        let added = [
            (PlantFault::TipOcclusion, (blocked - 1.0) / free),
            (PlantFault::ConnectorOcclusion, (connector - 1.0) / free),
            (PlantFault::CatheterKink, kinked - 1.0 / free),
        ];
        let [leak, tear] =
            [PlantFault::CatheterLeak, PlantFault::CatheterTear].map(|fault| or(fault, 0.0));
        let is_cut = leak.max(tear) >= DISCONNECTED;
        let lost = leak + (1.0 - leak) * tear;
        let (to_fluid, to_pocket) = if is_cut {
            (0.0, free)
        } else {
            (1.0 / resistance, free * lost / (1.0 - lost))
        };
        let of_resistance = |added: f64| {
            if is_cut {
                // Nothing gets there.
                0.0
            } else if added.is_infinite() {
                1.0
            } else {
                added / resistance
            }
        };
        let displaced = or(PlantFault::TipDisplaced, 0.0);
        let by_granuloma = (1.0 - displaced) * kept;
        Self {
            to_fluid,
            to_pocket,
            narrowed: added.map(|(fault, added)| (fault, of_resistance(added))),
            at_connector: connector > 1.0 && connector >= blocked,
            shares: Shares {
                beside: displaced + by_granuloma,
                at_tear: if leak >= DISCONNECTED {
                    0.0
                } else {
                    part((1.0 - leak) * tear, lost)
                },
                by_granuloma: part(by_granuloma, displaced + by_granuloma),
            },
        }
    }

    /// Share of the flow that is lost on the way.
    pub(crate) fn lost_on_the_way(&self) -> f64 {
        part(self.to_pocket, self.conductance())
    }

    /// Conductance of all paths together.
    pub(crate) const fn conductance(&self) -> f64 {
        self.to_fluid + self.to_pocket
    }
}

/// The share of `whole` that `one` is; zero of nothing.
fn part(one: f64, whole: f64) -> f64 {
    if whole > 0.0 { one / whole } else { 0.0 }
}
