//! Occlusion: the tip is closed, the motor pushes until it stalls, the tip is opened.
//!
//! An implant has no pressure sensor, so the figure is the time to the first missed pulse, not to
//! an alarm. The motor is stopped at that pulse; what then comes out is the unintended bolus.
//!
//! Closed forms, `C` total compliance, `k` relative loss of a step per kPa, `D` pressure rise until
//! stall:
//! ```text
//! dP/dt = Q / C        t = -C ln(1 - k D) / (k Q)        V = C (P_stall - P_fluid)
//! ```
//!
//! Source: pump.md 3.5 for the method (S42) and its adaptation (design), 4.3 for `Q / C` and `V`
//! (calc); `t` is the same with the elastic loss of 4.1 (calc).

use super::protocol::{COLLECTION, OCCLUSION_LIMIT, revolution};
use super::stand::{Setup, Stand, config, fluid_pressure};
use super::trial::ml_per_day;
use thecal_sim::{ConfigError, Drive, TICK};
use thecal_units::Millis;
use thecal_units::real::{Pressure, Volume};

/// Results of closing the tip.
#[derive(Clone, Debug, PartialEq)]
pub struct Occlusion {
    /// Drive, rate and condition.
    pub setup: Setup,
    /// From closing to the first missed pulse, to within a plant tick; `None`: none was missed.
    pub stalled_after: Option<Millis>,
    /// At the outlet when the motor was stopped, above ambient.
    pub pressure: Pressure,
    /// Mean over the first revolution. Unit: kPa/min.
    pub rise_kpa_per_min: f64,
    /// Volume delivered after opening.
    pub bolus: Volume,
    /// Time in minutes from closing, and outlet pressure above ambient in kPa.
    pub curve: Vec<(f64, f64)>,
    /// The closed forms for the observed values.
    pub calculated: Calculated,
}

/// The closed forms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calculated {
    /// Q / C. Unit: kPa/min.
    pub rise_kpa_per_min: f64,
    /// Time to the observed pressure. Unit: min. `None`: not defined for this drive.
    pub minutes: Option<f64>,
    /// C times the observed excess pressure.
    pub bolus: Volume,
}

/// Lets the flow settle for `settle`, closes the tip, waits for a stall, opens, collects.
///
/// # Errors
///
/// [`ConfigError`] if no such pump is possible.
pub fn occlude(setup: &Setup, settle: Millis) -> Result<Occlusion, ConfigError> {
    let mut stand = Stand::new(setup)?;
    stand.run(settle);
    // The drive of a constant-flow pump cannot be stopped: its normal flow is not part of the
    // bolus.
    let own = match setup.drive {
        Drive::ConstantFlow => weighed_at_rest(&mut stand),
        Drive::Peristaltic | Drive::ValveGated => Volume::ZERO,
    };
    stand.close_tip();
    // The plant applies a severity from the next tick on, both for closing and for opening.
    stand.run(TICK);
    let missed = stand.missed();
    let start = stand.outlet_pressure().as_kilopascals();
    let mut curve = vec![(0.0, start)];
    let mut passed = Millis::ZERO;
    while stand.missed() == missed && passed < OCCLUSION_LIMIT {
        stand.run(TICK);
        passed += TICK;
        curve.push((minutes(passed), stand.outlet_pressure().as_kilopascals()));
    }
    let stalled_after = (stand.missed() > missed).then_some(passed);
    let pressure = stand.outlet_pressure();
    stand.stop();
    stand.open_tip();
    stand.rest(TICK);
    let collected = weighed_at_rest(&mut stand);
    Ok(Occlusion {
        setup: *setup,
        stalled_after,
        pressure,
        rise_kpa_per_min: rise(setup, &curve),
        bolus: collected - own,
        calculated: calculate(setup, &stand, start, pressure),
        curve,
    })
}

/// Volume delivered without a command, over the collection time.
fn weighed_at_rest(stand: &mut Stand) -> Volume {
    stand.top_up();
    let before = stand.weight();
    stand.rest(COLLECTION);
    stand.weight() - before
}

fn minutes(span: Millis) -> f64 {
    span.as_secs_f64() / 60.0
}

/// The mean slope over a revolution, or over a tick if that is longer. Unit: kPa/min.
fn rise(setup: &Setup, curve: &[(f64, f64)]) -> f64 {
    let step_ml = config(setup.drive, &setup.condition).pump.step_nl * 1e-6;
    let turn = minutes(revolution(Volume::from_milliliters(step_ml), setup.rate));
    let whole = turn.max(minutes(TICK));
    let Some((&(_, from), rest)) = curve.split_first() else {
        return 0.0;
    };
    let end = rest.iter().find(|(at, _)| *at >= whole).or(rest.last());
    end.map_or(0.0, |&(at, pressure)| (pressure - from) / at)
}

fn calculate(setup: &Setup, stand: &Stand, start: f64, end: Pressure) -> Calculated {
    let compliance = stand.compliance_ml_per_kpa();
    let ml_per_min = ml_per_day(setup.rate) / 1_440.0;
    let loss = stand.back_per_kpa();
    let excess = end.as_kilopascals() - fluid_pressure(&setup.condition).as_kilopascals();
    let left = 1.0 - loss * (end.as_kilopascals() - start);
    let by_steps = setup.drive == Drive::Peristaltic && loss > 0.0 && left > 0.0;
    Calculated {
        rise_kpa_per_min: ml_per_min / compliance,
        minutes: by_steps.then(|| -compliance * left.ln() / (loss * ml_per_min)),
        bolus: Volume::from_milliliters(compliance * excess),
    }
}
