//! The checked plan of what breaks: each kind of fault, where it strikes, what the bench must do.

use crate::rig_fault::{self, RigFaultRow};
use crate::{Capability, Disturbance, HeldValue, Place, PlantFaultPlan, Posture, REGISTERS};
use thecal_sim::PlantFault;
use thecal_sim::fault_row::{FaultRow, Lasts};
use thecal_units::{Millis, SimTime, real};

/// What breaks, from `start`, for `duration` (absent: to the end).
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// When it begins.
    pub start: SimTime,
    /// How long it lasts; `None`: to the end.
    pub duration: Option<Millis>,
    /// Whether it comes again; `None`: once.
    pub repeats: Option<Repeats>,
    /// It acts only while the patient is in this posture; `None`: in any.
    pub posture: Option<Posture>,
    /// Why the run may pass without it; `None`: something that is expected hangs on it.
    pub control: Option<String>,
    /// Line in the file.
    pub line: usize,
}

/// How a fault comes again: at its start, and each interval after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeats {
    /// From one start to the next; longer than the fault lasts.
    pub every: Millis,
    /// It does not begin at or after this.
    pub until: SimTime,
}

impl Fault {
    /// When it begins, in order.
    pub fn starts(&self) -> impl Iterator<Item = SimTime> {
        let repeats = self.repeats;
        let next = move |at: &SimTime| {
            let repeats = repeats?;
            Some(*at + repeats.every).filter(|at| *at < repeats.until)
        };
        std::iter::successors(Some(self.start), next)
    }

    /// When it is over for good; `None`: not before the end.
    #[must_use]
    pub fn over_at(&self) -> Option<SimTime> {
        let duration = self.duration?;
        self.starts().last().map(|start| start + duration)
    }
}

/// The injectable faults of this version.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// Something of pump, catheter or supply.
    Plant(PlantFaultPlan),
    /// A remote's button is stuck: it repeats the same press (pump.md fault 44).
    StuckButton {
        /// Which remote, from 1.
        remote: u8,
        /// Interval between repetitions.
        every: Millis,
    },
    /// The pump's pins see a reset (external reset line).
    Reset,
    /// The pump's clock shows another time from now on (pump.md fault 41).
    ClockJump {
        /// Forward, or back. Unit: ms. Never zero.
        by_ms: i64,
    },
    /// The supply is gone at an instant (pump.md fault 39).
    PowerCut {
        /// Exactly where.
        place: CutPlace,
    },
    /// The supply dips (pump.md fault 35).
    BrownOut {
        /// To this level.
        level: real::Potential,
    },
    /// The core stops (pump.md fault 42).
    CoreHalt,
    /// A bit of RAM flips (pump.md fault 40).
    RamFlip {
        /// The byte, or the field.
        place: Place,
        /// 0 is the lowest; 0 to 7, of a field to 63.
        bit: u8,
        /// Which value of those that the pump compares with a second copy it is; `None`: another, after which
        /// the pump may do anything until its next boot.
        held: Option<HeldValue>,
    },
    /// A bit of flash flips (pump.md fault 40).
    FlashFlip {
        /// The byte.
        place: Place,
        /// 0 is the lowest; 0 to 7.
        bit: u8,
    },
    /// Bits of a core register flip (pump.md fault 40).
    RegisterFlip {
        /// As in [`REGISTERS`].
        register: u8,
        /// The bits that flip.
        mask: u32,
    },
    /// Bytes of the non-volatile memory are damaged (pump.md fault 38).
    NvmDamage {
        /// Address of the first.
        from: u16,
        /// How many.
        length: u16,
        /// Erased; otherwise each bit is inverted.
        erased: bool,
    },
    /// The non-volatile memory does not take writes (pump.md fault 38).
    LostWrites {
        /// How many of a Reaction are done all the same, the first ones.
        done: u8,
        /// Only those of exchanges that answer such a packet, by its key in the timeline, as in
        /// [`ANSWERED`]; `None`: of all.
        asked: Option<&'static str>,
    },
}

/// Where exactly a power cut falls: the contract lets it fall between any two effects of a Reaction
/// or after any byte of a write. What comes before has happened, what comes after has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutPlace {
    /// At the fault's start.
    Start,
    /// Within a memory write; after its last byte is before the effect that follows.
    Write {
        /// Which, counted from 1 at the fault's start.
        write: u32,
        /// Bytes of it that were written.
        after_bytes: u8,
    },
    /// Within a memory write of the exchange that answers such a packet, the first from the fault's
    /// start on; not one that is sent again by somebody else.
    Answering {
        /// What is asked, by its key in the timeline, as in [`ANSWERED`].
        asked: &'static str,
        /// Which of that exchange's writes, counted from 1.
        write: u32,
        /// Bytes of it that were written.
        after_bytes: u8,
    },
    /// Before the first effect of this kind from the fault's start on.
    Before(Effect),
}

/// What an exchange may answer while the power fails: what people ask, by its key in the timeline.
pub const ANSWERED: [&str; 9] = [
    "open-update",
    "stage",
    "commit",
    "refill",
    "press",
    "clinician-bolus",
    "start",
    "stop",
    "silence",
];

/// What a Reaction may do after its memory writes, in the contract's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// A command to the motor.
    Motor,
    /// A tone.
    Sounder,
    /// A packet.
    Telemetry,
}

impl Effect {
    /// Its name in scenario files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Motor => "motor",
            Self::Sounder => "sounder",
            Self::Telemetry => "telemetry",
        }
    }
}

impl FaultKind {
    /// Its row.
    #[must_use]
    pub const fn row(&self) -> &'static FaultRow {
        match self.of_rig() {
            Ok(of_rig) => &of_rig.row,
            Err(plant_fault) => plant_fault.fault.row(),
        }
    }

    /// Its row if it is no fault of the plant.
    const fn of_rig(&self) -> Result<&'static RigFaultRow, &PlantFaultPlan> {
        Ok(match self {
            Self::Plant(plant_fault) => return Err(plant_fault),
            Self::StuckButton { .. } => &rig_fault::STUCK_BUTTON,
            Self::Reset => &rig_fault::RESET,
            Self::ClockJump { .. } => &rig_fault::CLOCK_JUMP,
            Self::PowerCut { .. } => &rig_fault::POWER_CUT,
            Self::BrownOut { .. } => &rig_fault::BROWN_OUT,
            Self::CoreHalt => &rig_fault::CORE_HALT,
            Self::RamFlip { .. } => &rig_fault::RAM_FLIP,
            Self::FlashFlip { .. } => &rig_fault::FLASH_FLIP,
            Self::RegisterFlip { .. } => &rig_fault::REGISTER_FLIP,
            Self::NvmDamage { .. } => &rig_fault::NVM_DAMAGE,
            Self::LostWrites { .. } => &rig_fault::LOST_WRITES,
        })
    }

    /// The plant's fault, if it is one.
    #[must_use]
    pub const fn plant(&self) -> Option<PlantFault> {
        match self.of_rig() {
            Ok(_) => None,
            Err(plant_fault) => Some(plant_fault.fault),
        }
    }

    /// Its name, as in scenario files.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.row().name
    }

    /// What the bench does at the fault's start, where pins are not enough.
    #[must_use]
    pub fn disturbance(&self) -> Option<Disturbance> {
        Some(match self {
            Self::Plant(_)
            | Self::StuckButton { .. }
            | Self::Reset
            | Self::ClockJump { .. }
            | Self::BrownOut { .. }
            | Self::NvmDamage { .. }
            | Self::LostWrites { .. } => return None,
            Self::PowerCut { .. } => Disturbance::CutPower,
            Self::CoreHalt => Disturbance::Halt,
            Self::RamFlip { place, bit, .. } => Disturbance::FlipRam {
                place: place.clone(),
                bit: *bit,
            },
            Self::FlashFlip { place, bit } => Disturbance::FlipFlash {
                place: place.clone(),
                bit: *bit,
            },
            Self::RegisterFlip { register, mask } => Disturbance::FlipRegister {
                register: *register,
                mask: *mask,
            },
        })
    }

    /// Whether it may come again: what begins and ends in the plant, and a reset.
    #[must_use]
    pub const fn may_repeat(&self) -> bool {
        matches!(self, Self::Plant(_) | Self::Reset)
    }

    /// What the bench must be able to do for it, beyond showing pins.
    #[must_use]
    pub const fn needs(&self) -> Option<Capability> {
        if let Self::RamFlip { place, .. } = self {
            return Some(place.needs());
        }
        match self.of_rig() {
            Ok(of_rig) => of_rig.needs,
            Err(_) => None,
        }
    }

    /// Whether it is over as soon as it has begun, unless a duration says otherwise.
    #[must_use]
    pub const fn is_instant(&self) -> bool {
        matches!(self.row().lasts, Lasts::AtOnce | Lasts::Never)
    }

    /// Where and what it is, for people; empty where its name says all.
    #[must_use]
    pub fn details(&self) -> String {
        match self {
            Self::Plant(plant_fault) if plant_fault.words.is_empty() => String::new(),
            Self::Plant(plant_fault) => format!(" ({})", plant_fault.words),
            Self::RamFlip { place, bit, .. } | Self::FlashFlip { place, bit } => {
                if let Some(field) = &place.field {
                    return format!(" of bit {bit} of {field}");
                }
                format!(" of bit {bit} at {} + {}", place.symbol, place.offset)
            }
            Self::RegisterFlip { register, mask } => {
                let name = REGISTERS.get(usize::from(*register)).unwrap_or(&"?");
                format!(" of {name} by {mask:#x}")
            }
            Self::BrownOut { level } => format!(" to {:.3} V", level.as_volts()),
            &Self::ClockJump { by_ms } => {
                let way = if by_ms < 0 { "back" } else { "forward" };
                format!(" {way} by {}", Millis::from_millis(by_ms.unsigned_abs()))
            }
            Self::PowerCut { place } => match place {
                CutPlace::Start => String::new(),
                CutPlace::Write { write, after_bytes } => {
                    format!(" after {after_bytes} bytes of memory write {write}")
                }
                CutPlace::Answering {
                    asked,
                    write,
                    after_bytes,
                } => format!(" after {after_bytes} bytes of memory write {write} of `{asked}`"),
                CutPlace::Before(effect) => format!(" before the {}", effect.name()),
            },
            Self::NvmDamage {
                from,
                length,
                erased,
            } => {
                let how = if *erased { ", erased" } else { "" };
                format!(" of {length} bytes from {from:#06x}{how}")
            }
            Self::LostWrites { done, asked } => {
                let of = match asked {
                    Some(asked) => format!(" of `{asked}`"),
                    None => String::new(),
                };
                match done {
                    0 => of,
                    done => format!("{of} but for the first {done} of an exchange"),
                }
            }
            Self::StuckButton { .. } | Self::Reset | Self::CoreHalt => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RIG_FAULTS;

    /// One of each kind that is no fault of the plant, in the order of [`RIG_FAULTS`].
    fn of_rig() -> [FaultKind; RIG_FAULTS.len()] {
        let place = || Place {
            symbol: "PUMP".to_owned(),
            offset: 0,
            field: None,
        };
        [
            FaultKind::StuckButton {
                remote: 1,
                every: Millis::MINUTE,
            },
            FaultKind::Reset,
            FaultKind::ClockJump { by_ms: 1 },
            FaultKind::PowerCut {
                place: CutPlace::Start,
            },
            FaultKind::BrownOut {
                level: real::Potential::from_volts(1.6),
            },
            FaultKind::CoreHalt,
            FaultKind::RamFlip {
                place: place(),
                bit: 0,
                held: None,
            },
            FaultKind::FlashFlip {
                place: place(),
                bit: 0,
            },
            FaultKind::RegisterFlip {
                register: 0,
                mask: 1,
            },
            FaultKind::NvmDamage {
                from: 0,
                length: 1,
                erased: false,
            },
            FaultKind::LostWrites {
                done: 1,
                asked: None,
            },
        ]
    }

    #[test]
    fn every_kind_has_its_row_and_asks_of_the_bench_what_the_row_says() {
        for (kind, of_rig) in of_rig().iter().zip(RIG_FAULTS) {
            assert_eq!(kind.row(), &of_rig.row);
            let needs = kind.disturbance().map(|disturbance| disturbance.needs());
            assert_eq!(kind.needs(), needs, "{}", kind.name());
            assert!(!of_rig.row.text.is_empty(), "{}", kind.name());
            assert!(!of_rig.row.counts.is_empty(), "{}", kind.name());
            assert!(!of_rig.row.source.is_empty(), "{}", kind.name());
        }
        for fault in PlantFault::ALL {
            let kind = FaultKind::Plant(PlantFaultPlan::plain(fault));
            assert_eq!(kind.row(), fault.row());
            assert_eq!((kind.needs(), kind.is_instant()), (None, false));
        }
    }

    #[test]
    fn no_two_faults_share_a_name() {
        let plant = PlantFault::ALL.iter().map(|fault| fault.row().name);
        let rig = RIG_FAULTS.iter().map(|row| row.row.name);
        let mut names: Vec<&str> = plant.chain(rig).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
