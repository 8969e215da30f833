//! DTPA: an inert tracer, no drug; validation follows it through fluid and blood.
//!
//! It leaves with the bulk flow only, enters no tissue, and goes out through the kidneys.
//!
//! Source: pk.md 2a, 3d.

use crate::drug::{Kinetics, PlasmaKinetics};
use crate::parameter::sourced;

sourced! {
    /// In fluid and cord.
    pub const KINETICS: Kinetics {
        loss_per_h: 0.0, Assumed, "pk.md 2a: bulk flow only";
        remote_loss_per_h: 0.0, Assumed, "pk.md 3d: none";
        uptake_per_h: 0.0, Assumed, "pk.md 3d: no tissue";
        release_per_h: 0.33, Fitted, "pk.md 1c; without meaning where nothing is taken up";
        tissue_loss_per_h: 0.0, Assumed, "pk.md 1c: none";
    }
}

sourced! {
    /// In plasma.
    pub const PLASMA: PlasmaKinetics {
        central_l: 6.0, Assumed, "pk.md 3d";
        clearance_l_per_h: 6.0, Assumed, "pk.md 3d: about what kidneys filter";
        exchange_l_per_h: 20.0, Assumed, "pk.md 3d";
        peripheral_l: 9.0, Assumed, "pk.md 3d";
        epidural_per_h: 0.4, Assumed, "ours: a plasma peak of spinal morphine about 3 h after 0.6 mg; one study says 5 to 10 min (S29)";
        fat_share: 0.0, Assumed, "ours: water-soluble, fat holds none";
        fat_per_h: 0.1, Assumed, "ours: water-soluble, fat holds none";
    }
}
