//! Faults of the plant: one row each. A new fault is a row here and its physics.
//!
//! Its physics reads the severity where it acts and counts the effect that proves that it fired.
//! Sources: pump.md 5, by number.

use crate::fault_row::{
    BLOCK, Course, FaultRow, Measure, Part, SHARE, Severity, Visibility, resistance, times,
};
use crate::pump::Drive;

/// Declares each fault once: a variant, its place in [`PlantFault::ALL`] and its row.
macro_rules! plant_faults {
    ($($(#[doc = $text:literal])* $fault:ident { $($field:ident: $value:expr,)* })*) => {
        /// A fault of the plant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum PlantFault {
            $($(#[doc = $text])* $fault,)*
        }

        impl PlantFault {
            /// Every fault.
            pub const ALL: [Self; ROWS.len()] = [$(Self::$fault),*];
        }

        const ROWS: &[FaultRow] = &[$(FaultRow {
            text: &[$($text),*],
            $($field: $value,)*
            ..FaultRow::USUAL
        },)*];
    };
}

plant_faults! {
    /// The rotor does not turn, held by a strong magnetic field or with its coil shorted: no pulse moves it.
    MotorStall {
        name: "motor-stall",
        part: Part::Motor,
        only_drive: Some(Drive::Peristaltic),
        visibility: Visibility::Motor,
        counts: "missed pulses",
        source: "1 to 3 (S1-3, S15, S18, S25)",
    }
    /// A foreign particle jams the gear at one angle. The shaft turns for another 40 steps (40 is ours)
    /// after the fault begins, and is blocked there.
    MotorJam {
        name: "motor-jam",
        part: Part::Motor,
        only_drive: Some(Drive::Peristaltic),
        visibility: Visibility::Motor,
        counts: "missed pulses",
        source: "7 (S18)",
    }
    /// Steps are lost at random, with this probability each.
    MissedSteps {
        name: "missed-steps",
        part: Part::Motor,
        example: "{ share = \"2 %\" }",
        severity: Some(SHARE),
        only_drive: Some(Drive::Peristaltic),
        visibility: Visibility::Motor,
        counts: "missed pulses",
        source: "5",
    }
    /// The gear corrodes or the shaft wears. Friction is multiplied by `times`.
    GearFriction {
        name: "gear-friction",
        part: Part::Motor,
        example: "{ times = \"2\", over = \"3 d\" }",
        severity: Some(times(100.0, Course::Evenly { from: "\"1\"" })),
        only_drive: Some(Drive::Peristaltic),
        visibility: Visibility::Motor,
        counts: "per mille of load added",
        peaks: true,
        source: "6 (S17)",
    }
    /// Moisture shunts the motor's coil of 1000 ohm (design).
    CoilShunt {
        name: "coil-shunt",
        part: Part::Motor,
        example: "{ resistance = \"500 ohm\" }",
        severity: Some(Severity {
            example: "\"500 ohm\"",
            ..resistance(
                (Measure::Resistance, &["The resistance in parallel with the coil."]),
                (1.0, 1e9),
                1e9,
                Course::ByFactors { from: "\"1000 kohm\"" },
            )
        }),
        visibility: Visibility::Motor,
        weakens_supply: true,
        counts: "per mille of torque lost",
        peaks: true,
        source: "36 (S8)",
    }
    /// A roller does not close the tube. Gauge pressure drives flow through this resistance, which
    /// adds to the pump's: `3e16` adds 17 % to 0.5 mL/day (at 29 kPa), `0` is free flow.
    RollerLeak {
        name: "roller-leak",
        part: Part::Tubing,
        example: "{ resistance = \"3e16 Pa s/m3\" }",
        severity: Some(Severity {
            example: "\"3e16 Pa s/m3\"",
            zero_is: Some("free flow"),
            ..resistance(
                (Measure::FlowResistance, &["The resistance of the leak; zero is free flow."]),
                (0.0, 1e20),
                1e20,
                Course::ByFactors { from: "\"1e18 Pa s/m3\"" },
            )
        }),
        only_drive: Some(Drive::Peristaltic),
        counts: "nL past the pump head",
        source: "8 (S10-12)",
    }
    /// The tubing has taken a permanent set: each step delivers less, by this share.
    TubeWear {
        name: "tube-wear",
        part: Part::Tubing,
        example: "{ share = \"10 %\" }",
        severity: Some(SHARE),
        only_drive: Some(Drive::Peristaltic),
        counts: "nL not displaced",
        source: "9",
    }
    /// Both valves stay open, as in a strong magnetic field.
    OpenValves {
        name: "open-valves",
        part: Part::Tubing,
        only_drive: Some(Drive::ValveGated),
        counts: "nL past the pump head",
        source: "10 (S28a)",
    }
    /// Propellant is lost. The gauge pressure falls by this share.
    PropellantLoss {
        name: "propellant-loss",
        part: Part::Reservoir,
        example: "{ share = \"100 %\" }",
        severity: Some(SHARE),
        counts: "Pa of gas pressure lost",
        peaks: true,
        source: "20 (mem M)",
    }
    /// Precipitate in filter and restrictor. Their resistance to flow is multiplied by `times`.
    FilterClog {
        name: "filter-clog",
        part: Part::Tubing,
        example: "{ times = \"1000\" }",
        severity: Some(times(1e9, Course::ByFactors { from: "\"1\"" })),
        counts: "nL not displaced",
        source: "19 (S31)",
    }
    /// The septum, or a seam of the reservoir, leaks into the pocket. Gauge pressure drives flow through
    /// this resistance, past pump and catheter; the tissue absorbs the drug.
    SeptumLeak {
        name: "septum-leak",
        part: Part::Reservoir,
        example: "{ resistance = \"7e14 Pa s/m3\" }",
        severity: Some(Severity {
            example: "\"7e14 Pa s/m3\"",
            ..resistance(
                (Measure::FlowResistance, &["The resistance of the leak."]),
                (1e11, 1e20),
                1e20,
                Course::ByFactors { from: "\"1e18 Pa s/m3\"" },
            )
        }),
        counts: "nL into the pocket",
        source: "none (doi 10.1111/j.1525-1403.2012.00523.x)",
    }
    /// The reservoir has lost this share of its capacity, as after a dive beyond 3 ATA that bends its
    /// bellows. What does not fit stays in the nurse's syringe.
    CapacityLoss {
        name: "capacity-loss",
        part: Part::Reservoir,
        example: "{ share = \"50 %\" }",
        severity: Some(SHARE),
        counts: "Pa of bellows pressure added",
        peaks: true,
        source: "23 (S27); the form is ours (assume)",
    }
    /// The pump has turned over, or lies too deep: no needle reaches its septum, and nothing is drawn
    /// or filled at a refill. A nurse who notices enters nothing.
    SeptumOutOfReach {
        name: "septum-out-of-reach",
        part: Part::Reservoir,
        counts: "refills that failed",
        source: "none; depth limit 2.5 cm (S31a)",
    }
    /// The drug in the reservoir decays, or sticks to its walls: this share of what is there is lost
    /// each day.
    DrugDecay {
        name: "drug-decay",
        part: Part::Reservoir,
        example: "{ share = \"2 %\" }",
        severity: Some(Severity {
            meaning: &["The share that is lost each day."],
            example: "\"2 %\"",
            said: "loss a day",
            ..SHARE
        }),
        counts: "ng lost",
        source: "none (assume); rates: pk.md",
    }
    /// A current leaks past the electronics, as after radiation or moisture. It empties the battery.
    LeakageCurrent {
        name: "leakage-current",
        part: Part::Supply,
        example: "{ current = \"50 µA\" }",
        severity: Some(Severity {
            key: "current",
            meaning: &["The current, without pause."],
            example: "\"50 µA\"",
            measure: Measure::Current,
            accepts: (0.0, 1e6),
            writes: (0.01, 1e6),
            course: Course::Evenly { from: "\"0.01 µA\"" },
            ..SHARE
        }),
        visibility: Visibility::Electronics,
        weakens_supply: true,
        counts: "uC lost",
        source: "36 (S9); radiation: none (assume)",
    }
    /// A resistive film adds this to the battery's resistance. Where a pulse pulls the supply below
    /// the brown-out level of 2.0 V, the pump is reset.
    BatteryFilm {
        name: "battery-film",
        part: Part::Supply,
        example: "{ resistance = \"1200 ohm\" }",
        severity: Some(Severity {
            example: "\"1200 ohm\"",
            ..resistance(
                (Measure::Resistance, &["The resistance of the film."]),
                (0.0, 1e5),
                0.0,
                Course::Evenly { from: "\"0 ohm\"" },
            )
        }),
        visibility: Visibility::Electronics,
        weakens_supply: true,
        counts: "mV lost at a pulse",
        peaks: true,
        source: "33 (S5-7)",
    }
    /// The catheter is blocked at its tip. The resistance of the patent catheter is multiplied by
    /// `resistance-times`, or nothing passes.
    TipOcclusion {
        name: "tip-occlusion",
        part: Part::Catheter,
        example: "{ complete = true }",
        severity: Some(BLOCK),
        visibility: Visibility::HiddenUntilStall,
        counts: "Pa of pressure added",
        peaks: true,
        source: "13 (S20)",
    }
    /// The connector is misaligned and blocks: only the pump's tubing stretches upstream of it. (The
    /// catalog's class is V0, of a connector that leaks: that is `catheter-leak`.)
    ConnectorOcclusion {
        name: "connector-occlusion",
        part: Part::Catheter,
        example: "{ complete = true }",
        severity: Some(BLOCK),
        visibility: Visibility::HiddenUntilStall,
        counts: "Pa of pressure added",
        peaks: true,
        source: "17 (S20)",
    }
    /// The catheter is kinked over 5 mm. This share of the bore's diameter stays open.
    CatheterKink {
        name: "catheter-kink",
        part: Part::Catheter,
        example: "{ open-bore = \"2 %\" }",
        severity: Some(Severity {
            key: "open-bore",
            meaning: &["The share of the bore's diameter that is open."],
            example: "\"2 %\"",
            sound: 1.0,
            course: Course::Evenly { from: "\"100 %\"" },
            said: "open bore",
            ..SHARE
        }),
        visibility: Visibility::HiddenUntilStall,
        counts: "Pa of pressure added",
        peaks: true,
        source: "14",
    }
    /// This share of the flow leaves at the pump's connector into the tissue; `100 %` is a disconnected
    /// catheter.
    CatheterLeak {
        name: "catheter-leak",
        part: Part::Catheter,
        example: "{ share = \"100 %\" }",
        severity: Some(SHARE),
        counts: "nL into the pocket",
        source: "16 (S21, S24)",
    }
    /// The catheter is torn half-way between connector and tip: this share of the flow leaves there into
    /// the tissue, `100 %` all of it.
    CatheterTear {
        name: "catheter-tear",
        part: Part::Catheter,
        example: "{ share = \"50 %\" }",
        severity: Some(SHARE),
        counts: "nL into the pocket",
        source: "16 (S21, S24)",
    }
    /// The tip lies outside the spinal fluid, in subdural or epidural tissue or a pseudomeningocele. This
    /// share of the drug goes there, and from there into the blood.
    TipDisplaced {
        name: "tip-displaced",
        part: Part::Catheter,
        example: "{ share = \"100 %\" }",
        severity: Some(Severity {
            meaning: &["The share that does not reach the fluid."],
            example: "\"100 %\"",
            ..SHARE
        }),
        counts: "nL beside the fluid",
        source: "none (mem M)",
    }
    /// A mass of inflamed tissue grows around the tip. It keeps this share of the drug from the fluid,
    /// which goes into the blood, and narrows the way out: resistance over 1 minus the share (assume).
    Granuloma {
        name: "granuloma",
        part: Part::Catheter,
        example: "{ share = \"60 %\", over = \"60 d\" }",
        severity: Some(Severity {
            meaning: &["The share of the drug that it keeps from the fluid."],
            example: "\"60 %\"",
            accepts: (0.0, 0.99),
            writes: (0.0, 0.99),
            ..SHARE
        }),
        visibility: Visibility::HiddenUntilStall,
        counts: "nL beside the fluid",
        source: "none (mem H)",
    }
    /// A bubble comes out of the reservoir and through the catheter.
    AirBubble {
        name: "air-bubble",
        part: Part::Reservoir,
        example: "{ volume = \"20 µL\" }",
        severity: Some(Severity {
            key: "volume",
            meaning: &["Its volume at ambient pressure, taken when the fault begins."],
            example: "\"20 µL\"",
            measure: Measure::Volume,
            accepts: (0.0, 1e3),
            writes: (1e-3, 1e3),
            course: Course::AtOnce,
            ..SHARE
        }),
        counts: "nL of gas drawn",
        source: "18 (S33)",
    }
}

impl PlantFault {
    /// All that is known of it besides its physics.
    #[must_use]
    pub const fn row(self) -> &'static FaultRow {
        &ROWS[self.index()]
    }

    /// Its place in [`Self::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_fault_has_its_own_name_and_knows_its_row() {
        let mut names: Vec<&str> = PlantFault::ALL.map(|fault| fault.row().name).into();
        assert_eq!(names.len(), ROWS.len());
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{names:?}");
        for (fault, row) in PlantFault::ALL.into_iter().zip(ROWS) {
            assert_eq!(fault.row(), row);
            assert!(!row.text.is_empty(), "{}", row.name);
            assert!(!row.counts.is_empty(), "{}", row.name);
            assert!(!row.source.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn a_scenario_writes_no_more_than_the_plant_accepts_and_a_sound_pump_is_in_range() {
        for fault in PlantFault::ALL {
            let row = fault.row();
            let Some(severity) = row.severity else {
                assert_eq!(row.example, "{}", "{}", row.name);
                continue;
            };
            let ((least, most), (from, to)) = (severity.accepts, severity.writes);
            assert!(least < most && from < to, "{}", row.name);
            assert!(least <= from && to <= most, "{}", row.name);
            let sound = severity.sound;
            assert!(least <= sound && sound <= most, "{}", row.name);
            // A file writes numbers; what has none is written as complete.
            assert!(to.is_finite(), "{}", row.name);
            assert_eq!(
                most.is_infinite(),
                severity.complete_is.is_some(),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn zero_has_a_name_wherever_equal_factors_would_have_to_lead_there() {
        for fault in PlantFault::ALL {
            let row = fault.row();
            let Some(severity) = row.severity else {
                continue;
            };
            let by_factors = matches!(severity.course, Course::ByFactors { .. });
            let reaches_zero = severity.writes.0 <= 0.0;
            assert_eq!(
                severity.zero_is.is_some(),
                by_factors && reaches_zero,
                "{}",
                row.name
            );
            assert!(!by_factors || severity.sound > 0.0, "{}", row.name);
        }
    }
}
