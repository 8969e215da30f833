//! The row of a fault: all that is known of it besides its physics.
//!
//! The reader of scenarios, its messages, the engine, reports and `docs/faults.md` read rows. Those of
//! the plant are in [`PlantFault`](crate::PlantFault); faults that are no matter of the plant have
//! rows of the same type where they are planned.

use crate::pump::Drive;

/// A fault as scenarios, reports and the documentation name and describe it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultRow {
    /// Its name in scenarios and reports; unique.
    pub name: &'static str,
    /// What it is, in the lines of its comment.
    pub text: &'static [&'static str],
    /// Where it strikes.
    pub part: Part,
    /// How a scenario writes it: the value of the key that is its name.
    pub example: &'static str,
    /// How severe it is; `None`: it is there or not.
    pub severity: Option<Severity>,
    /// What its duration may be.
    pub lasts: Lasts,
    /// The only drive that can have it; `None`: any.
    pub only_drive: Option<Drive>,
    /// What a pump can know of it.
    pub visibility: Visibility,
    /// Whether it can pull the supply below the brown-out level by itself.
    pub weakens_supply: bool,
    /// The unit of its effect, and of what. An effect of 0: it did not fire, and the run is an error.
    pub counts: &'static str,
    /// Whether its effect is the highest value of something: episodes do not add up.
    pub peaks: bool,
    /// Number in pump.md 5 and sources there, or a mark.
    pub source: &'static str,
}

impl FaultRow {
    /// What most rows have: no severity, any duration, any drive, nothing that a pump can sense.
    pub const USUAL: Self = Self {
        name: "",
        text: &[],
        part: Part::Motor,
        example: "{}",
        severity: None,
        lasts: Lasts::Optional,
        only_drive: None,
        visibility: Visibility::Hidden,
        weakens_supply: false,
        counts: "times",
        peaks: false,
        source: "",
    };

    /// The severities that the plant accepts, ends included; 1 for a fault without severity.
    #[must_use]
    pub const fn accepts(&self) -> (f64, f64) {
        match &self.severity {
            Some(severity) => severity.accepts,
            None => (1.0, 1.0),
        }
    }
}

/// The part of pump, catheter or surroundings that a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Motor and gear.
    Motor,
    /// Tubing, rollers, filter and valves inside the pump.
    Tubing,
    /// The catheter and its connector.
    Catheter,
    /// The reservoir and its gas.
    Reservoir,
    /// Battery and supply.
    Supply,
    /// A patient's remote.
    Remote,
    /// Clock, core and memory of the pump's electronics.
    Electronics,
}

impl Part {
    /// Every part, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Motor,
        Self::Tubing,
        Self::Catheter,
        Self::Reservoir,
        Self::Supply,
        Self::Remote,
        Self::Electronics,
    ];

    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Motor => "Motor and gear",
            Self::Tubing => "Tubing and valves",
            Self::Catheter => "Catheter",
            Self::Reservoir => "Reservoir and gas",
            Self::Supply => "Supply",
            Self::Remote => "Remote",
            Self::Electronics => "Clock, core and memory",
        }
    }
}

/// What the duration of a fault may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// Any; without one it lasts to the end of the run.
    Optional,
    /// It must be written.
    Required,
    /// Any; without one the fault is over at once.
    AtOnce,
    /// None: it changes something at an instant, for good.
    Never,
}

/// What a pump can know of a fault. Source: pump.md, "five findings", 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// V0: nothing. No verdict asks the pump for it.
    Hidden,
    /// V0, and V1 from when the motor stalls. It counts as hidden: until then the pump cannot know.
    HiddenUntilStall,
    /// V1: through its motor.
    Motor,
    /// V2: in its processor, memory or supply.
    Electronics,
    /// V3: at its receiver.
    Telemetry,
}

impl Visibility {
    /// Whether no verdict asks the pump for it.
    #[must_use]
    pub const fn is_hidden(self) -> bool {
        matches!(self, Self::Hidden | Self::HiddenUntilStall)
    }
}

/// How severe a fault is: the key that writes it, its quantity, ranges and course.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Severity {
    /// The key in scenarios.
    pub key: &'static str,
    /// What it means, in lines.
    pub meaning: &'static [&'static str],
    /// A value as a scenario writes it.
    pub example: &'static str,
    /// What it measures; its unit is that of all numbers here.
    pub measure: Measure,
    /// What the plant accepts, ends included.
    pub accepts: (f64, f64),
    /// What a scenario may write, ends included.
    pub writes: (f64, f64),
    /// That of a sound pump and catheter: what it grows from unless a scenario says otherwise.
    pub sound: f64,
    /// How it grows.
    pub course: Course,
    /// What zero is, if equal factors would have to lead there.
    pub zero_is: Option<&'static str>,
    /// What it is without limit, which a scenario writes as `complete = true`.
    pub complete_is: Option<&'static str>,
    /// What reports write before the value, where the value alone would leave a reader guessing.
    pub said: &'static str,
}

/// How a severity comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// At once, always.
    AtOnce,
    /// At once or gradually: equal times are equal differences.
    Evenly {
        /// What it may grow from, as a scenario writes it.
        from: &'static str,
    },
    /// At once or gradually: equal times are equal factors, for what falls or rises by decades.
    ByFactors {
        /// What it may grow from, as a scenario writes it.
        from: &'static str,
    },
}

/// What a severity measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A share of a whole, from 0 to 1.
    Share,
    /// How many times something is as large.
    Factor,
    /// An electric resistance. Unit: ohm.
    Resistance,
    /// A resistance to flow. Unit: Pa s/m3.
    FlowResistance,
    /// A volume. Unit: uL.
    Volume,
    /// An electric current. Unit: uA.
    Current,
}

/// A share that is lost.
pub(crate) const SHARE: Severity = Severity {
    key: "share",
    meaning: &["The share that is lost."],
    example: "\"10 %\"",
    measure: Measure::Share,
    accepts: (0.0, 1.0),
    writes: (0.0, 1.0),
    sound: 0.0,
    course: Course::Evenly { from: "\"0 %\"" },
    zero_is: None,
    complete_is: None,
    said: "",
};

/// As many times what a sound pump has.
pub(crate) const fn times(most: f64, course: Course) -> Severity {
    Severity {
        key: "times",
        meaning: &["Factor, relative to a sound pump."],
        example: "\"100\"",
        measure: Measure::Factor,
        accepts: (1.0, most),
        writes: (1.0, most),
        sound: 1.0,
        course,
        said: "times",
        ..SHARE
    }
}

/// A resistance: electric, or to flow.
pub(crate) const fn resistance(
    (measure, meaning): (Measure, &'static [&'static str]),
    range: (f64, f64),
    sound: f64,
    course: Course,
) -> Severity {
    Severity {
        key: "resistance",
        meaning,
        measure,
        accepts: range,
        writes: range,
        sound,
        course,
        ..SHARE
    }
}

/// Factor on the resistance of the patent catheter, or closed. Above 1e12 a catheter is as good as
/// closed.
pub(crate) const BLOCK: Severity = Severity {
    key: "resistance-times",
    meaning: &["Factor on the resistance of the patent catheter."],
    example: "\"1000\"",
    measure: Measure::Factor,
    accepts: (1.0, f64::INFINITY),
    writes: (1.0, 1e12),
    sound: 1.0,
    course: Course::ByFactors { from: "\"1\"" },
    zero_is: None,
    complete_is: Some("a closed catheter"),
    said: "resistance times",
};
