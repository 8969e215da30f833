//! Power-cut sweep: one run finds every place at which power can fail, one further run tries each.
//!
//! ```no_run
//! # use thecal_engine::bench::Bench;
//! # use thecal_engine::programmer::Programmer;
//! # use thecal_engine::run::{Progress, RunFailure, cut_places, effects, run, with_power_cut};
//! # use thecal_plan::Scenario;
//! # use thecal_units::SimTime;
//! # fn sweep(
//! #     scenario: &Scenario,
//! #     new_bench: impl Fn() -> Box<dyn Bench>,
//! #     people: impl Fn() -> Box<dyn Programmer>,
//! # ) -> Result<(), RunFailure> {
//! let reactions = effects(scenario, new_bench().as_mut(), people())?;
//! for (start, place) in cut_places(&reactions, SimTime::from_millis(1)) {
//!     let cut = with_power_cut(scenario, start, place);
//!     let run = run(&cut, new_bench().as_mut(), people(), None, &Progress::default())?;
//! }
//! # Ok(()) }
//! ```

use super::entry::run_with;
use super::hooks::RunHooks;
use super::outcome::RunFailure;
use super::reaction_effects::Effects;
use crate::bench::Bench;
use crate::programmer::Programmer;
use std::collections::BTreeSet;
use thecal_plan::{CutPlace, Effect, Fault, FaultKind, Scenario};
use thecal_units::SimTime;

/// Runs a scenario and returns the effects of each Reaction, except those of the read-out.
///
/// # Errors
///
/// [`RunFailure`] as of any run.
pub fn effects(
    scenario: &Scenario,
    bench: &mut dyn Bench,
    programmer: Box<dyn Programmer>,
) -> Result<Vec<Effects>, RunFailure> {
    let mut effects = Vec::new();
    let mut hooks = RunHooks {
        effects: Some(&mut effects),
        ..RunHooks::default()
    };
    run_with(scenario, bench, programmer, &mut hooks)?;
    Ok(effects)
}

/// Start and place of every power cut from `from` on: before each byte of each memory write and
/// after the last, and before each other effect. The implant session is over at 1 ms.
#[must_use]
pub fn cut_places(reactions: &[Effects], from: SimTime) -> Vec<(SimTime, CutPlace)> {
    let (mut places, mut known) = (Vec::new(), BTreeSet::new());
    let mut write = 0;
    for reaction in reactions.iter().filter(|reaction| reaction.at >= from) {
        let lengths = reaction.write_lengths();
        for (nth, &length) in lengths.iter().enumerate() {
            write += 1;
            // After the last byte is before the first byte of the next write.
            let last = if nth + 1 == lengths.len() {
                length
            } else {
                length.saturating_sub(1)
            };
            let cuts = (0..=last).map(|after_bytes| CutPlace::Write { write, after_bytes });
            places.extend(cuts.map(|place| (from, place)));
        }
        for (comes, effect) in [
            (reaction.motor, Effect::Motor),
            (reaction.sounder, Effect::Sounder),
            (reaction.telemetry, Effect::Telemetry),
        ] {
            // Of two Reactions at one instant the first is used.
            if comes && known.insert((reaction.at, effect)) {
                places.push((reaction.at, CutPlace::Before(effect)));
            }
        }
    }
    places
}

/// The same scenario with one more power cut, after which power returns immediately.
#[must_use]
pub fn with_power_cut(scenario: &Scenario, start: SimTime, place: CutPlace) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.faults.push(Fault {
        repeats: None,
        posture: None,
        kind: FaultKind::PowerCut { place },
        start,
        duration: None,
        control: None,
        line: 0,
    });
    scenario
}
