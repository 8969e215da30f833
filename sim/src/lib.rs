//! The plant: pump mechanics, catheter, cerebrospinal fluid and drug kinetics in integer time.
//!
//! The plant is the ground truth that a pump under test acts on. It receives motor pulses and shows
//! pins; it has no access to programmed values or messages.
//!
//! # Design
//!
//! - **Integer time.** State changes only at motor pulses (whole milliseconds) and at plant ticks
//!   (absolute multiples of [`TICK`]). Between them nothing is computed.
//! - **A span may be cut anywhere.** `advance(a); advance(b)` leaves the same bits as `advance(b)`.
//!   Pulses are counted, not accumulated; the volume of a span of pulses is one difference of a
//!   cumulative function of the shaft's angle.
//! - **Truth, not belief.** The reservoir holds what is in it, not what a pump counted.
//! - **The balance closes.** [`Ledger`] accounts for all drug and all fluid to 1e-9 relative.
//! - **The same bits everywhere.** `libm`, sums in a fixed order, no clock, no thread, no hash.
//!
//! # Step contract
//!
//! 1. [`Plant::advance`] fires the pulses due, then the tick, for each tick on the way; a pulse at
//!    the instant of a tick comes before it.
//! 2. A pulse uses the pressure and supply of the last tick. It moves the shaft or it is missed.
//! 3. The volume displaced by pulses enters the catheter at the next tick; the patient steps then.
//! 4. Commands, refills, faults and magnets take effect at [`Plant::now`], after what was due then.
//!
//! # Example
//!
//! ```
//! use thecal_sim::{Agent, Drug, MotorCommand, Plant, PlantConfig, Tolerance};
//! use thecal_units::{Millis, SimTime, real};
//!
//! let strength = real::Concentration::from_ug_per_ml(2_000.0);
//! let agent = Agent::new(Drug::Morphine, Tolerance::Naive, strength);
//! let mut plant = Plant::new(&PlantConfig::new(agent))?;
//! // 0.5 mL/day: 100 000 steps of 5 nL, one each 864 ms.
//! plant.command(MotorCommand::Train {
//!     pulses: 100_000, first_delay_us: 864_000, period_us: 864_000, pulse_energy_uj: 30,
//! });
//! plant.advance(SimTime::ZERO + Millis::DAY, &mut ());
//! assert!((plant.truth().displaced.as_milliliters() - 0.5).abs() < 1e-3);
//! assert!(plant.truth().effect > 0.5 && plant.ledger().relative_error() < 1e-9);
//! # Ok::<(), thecal_sim::ConfigError>(())
//! ```
//!
//! # Sources and marks
//!
//! Every number cites `pk.md` or `pump.md` with a section: the project's collections of
//! pharmacokinetic and pump facts. (S14) is an entry in the source index of the collection cited
//! beside it. Numbers without a source are marked: (mem H), (mem M), (mem L) from memory with high,
//! medium or low confidence; (calc) computed; (design) chosen for a generic pump; (assume) a
//! modeling choice; (proto) fitted or computed with a prototype of this model.
//!
//! None of this is clinically validated. `thecal validate` shows what the model reproduces and what
//! it misses.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod acts;
mod ambient;
mod anatomy;
mod chain;
mod clock;
mod conditions;
mod config;
pub mod csf;
pub mod drug;
pub mod drugs;
mod effect;
mod fault;
pub mod fault_row;
mod forecast;
pub mod harm;
pub mod head;
pub mod hydraulics;
mod injection;
mod ledger;
pub mod line;
mod mechanics;
pub mod motor;
mod nvm;
pub mod parameter;
mod paths;
mod patient;
mod pins;
mod plant;
mod plant_fault;
pub mod plasma;
mod pole;
mod port;
mod prescribed;
pub mod pump;
mod ramp;
mod reactions;
pub mod replay;
pub mod reservoir;
mod spans;
mod supply;
mod tip;
mod track;
mod tracks;
mod truth;
mod view;

pub use acts::Refill;
pub use ambient::{BODY_CELSIUS, Posture, SEA_LEVEL_KPA, ambient_kpa_at};
pub use anatomy::{Anatomy, Mixing, Species};
pub use clock::ClockModel;
pub use config::{Agent, ConfigError, Person, PlantConfig};
pub use drug::{DrugClass, DrugModel, Tolerance};
pub use drugs::Drug;
pub use harm::{EFFECT_THRESHOLDS, Harm, HarmClass, LASTING_LOSS, WITHDRAWAL_THRESHOLDS};
pub use injection::Injection;
pub use ledger::Ledger;
pub use motor::MotorCommand;
pub use nvm::{Nvm, NvmOutOfBounds};
pub use pins::{Armed, PinEvents, Pins};
pub use plant::Plant;
pub use plant_fault::PlantFault;
pub use port::{PortAccess, PortFlow};
pub use pump::{CatheterModel, Drive, PumpModel};
pub use ramp::Ramp;
pub use replay::{Infusions, Sensitivity, replay};
pub use supply::BROWN_OUT_MV;
pub use tip::TipLevel;
pub use truth::{DrugTruth, Observer, Truth};

/// The plant's tick: fluid and patient step at absolute multiples of it.
///
/// Unit: see [`Millis`](thecal_units::Millis). Source: pk.md 1d, 60 s: error in time 0.5 % (proto).
pub const TICK: thecal_units::Millis = thecal_units::Millis::MINUTE;
