//! Courses of a whole patient under an ideal driver: tip at T10, typical mixing, median sensitivity.

use super::super::driven::{Driven, config};
use thecal_sim::{Agent, Drug, Person, PlantConfig, TipLevel, Tolerance as Used, Truth};
use thecal_units::Millis;
use thecal_units::real::Concentration;

/// Flow of every course. Unit: mL/day.
pub(super) const FLOW: f64 = 1.0;

/// A patient whose pump gives this much a day once its motor runs.
pub(super) fn patient(drug: Drug, used: Used, ug_per_day: f64) -> Driven {
    let strength = Concentration::from_ug_per_ml(ug_per_day / FLOW);
    Driven::new(&PlantConfig {
        agent: Agent::new(drug, used, strength),
        ..config()
    })
}

/// The largest of a quantity over a span, seen each ten minutes.
pub(super) fn worst(mut driven: Driven, span: Millis, of: impl Fn(&Truth) -> f64) -> f64 {
    let step = Millis::MINUTE.times(10);
    let (mut worst, mut passed) = (0.0_f64, Millis::ZERO);
    while passed < span {
        driven = driven.run(step);
        passed += step;
        worst = worst.max(of(&driven.truth()));
    }
    worst
}

pub(super) const fn toxicity(truth: &Truth) -> f64 {
    truth.toxicity
}

pub(super) const fn withdrawal(truth: &Truth) -> f64 {
    truth.withdrawal
}

/// Stable for months at each of these daily doses: the highest toxicity of three days more.
pub(super) fn stable(drug: Drug, doses: &[f64]) -> f64 {
    let of = |dose: &f64| {
        let driven = patient(drug, Used::Chronic, *dose).on_therapy(*dose);
        worst(driven.infuse(FLOW), Millis::DAY.times(3), toxicity)
    };
    doses.iter().map(of).fold(0.0, f64::max)
}

/// Tenfold after each of these daily doses: the highest toxicity of 24 h, the least of all.
pub(super) fn tenfold(drug: Drug, doses: &[f64]) -> f64 {
    let of = |dose: &f64| {
        let driven = patient(drug, Used::Chronic, 10.0 * dose).on_therapy(*dose);
        worst(driven.infuse(FLOW), Millis::DAY, toxicity)
    };
    doses.iter().map(of).fold(1.0, f64::min)
}

/// Total stop of this daily dose: the worst withdrawal of two weeks.
pub(super) fn stop(drug: Drug, dose: f64) -> f64 {
    let driven = patient(drug, Used::Chronic, dose).on_therapy(dose);
    worst(driven, Millis::DAY.times(14), withdrawal)
}

/// A single dose, as by lumbar puncture, in somebody who never had the drug.
pub(super) fn once(drug: Drug, dose: f64, days: u64, of: impl Fn(&Truth) -> f64) -> f64 {
    let strength = Concentration::from_ug_per_ml(dose / 0.1);
    let config = PlantConfig {
        agent: Agent::new(drug, Used::Naive, strength),
        person: Person {
            tip: TipLevel::L3.position(),
            ..config().person
        },
        ..config()
    };
    let given = Driven::new(&config).give(0.1, 28.8);
    worst(given, Millis::DAY.times(days), of)
}

/// The highest toxicity or withdrawal of a week after a single dose.
pub(super) fn harm_once(drug: Drug, dose: f64) -> f64 {
    once(drug, dose, 7, |truth| {
        truth.toxicity.max(2.0 * truth.withdrawal)
    })
}

/// Off a daily dose for some days, then at it again: toxicity this many hours later.
pub(super) fn restart(drug: Drug, dose: f64, days: u64, hours: u64) -> f64 {
    let off = patient(drug, Used::Chronic, dose).on_therapy(dose);
    let again = off.run(Millis::DAY.times(days)).infuse(FLOW);
    worst(again, Millis::HOUR.times(hours), toxicity)
}

/// A dose into the pocket, of somebody on this daily dose: toxicity within some hours.
pub(super) fn pocket(drug: Drug, ug_per_day: f64, dose: f64, hours: u64) -> f64 {
    let on = patient(drug, Used::Chronic, ug_per_day).on_therapy(ug_per_day);
    worst(
        on.into_pocket(dose).infuse(FLOW),
        Millis::HOUR.times(hours),
        toxicity,
    )
}

/// A bolus at the tip of somebody who was on a daily dose until some days ago.
pub(super) fn released(drug: Drug, ug_per_day: f64, days: u64, dose: f64) -> f64 {
    let on = patient(drug, Used::Chronic, dose * 10.0).on_therapy(ug_per_day);
    let given = on.run(Millis::DAY.times(days)).give(0.1, 28.8);
    worst(given, Millis::HOUR.times(12), toxicity)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stable doses, and those whose tenfold harms, of each drug with tolerance: those of the rows.
    const SHARING: [(Drug, &[f64], &[f64]); 7] = [
        (Drug::Morphine, &[1e3, 5e3, 1.5e4], &[1e3, 3e3]),
        (Drug::Hydromorphone, &[2e2, 1e3, 8e3], &[2e2, 1e3]),
        (Drug::Fentanyl, &[25.0, 300.0, 1e3], &[25.0, 250.0]),
        (Drug::Sufentanil, &[10.0, 55.0, 100.0], &[10.0, 50.0]),
        (Drug::Baclofen, &[100.0, 400.0, 1.5e3], &[100.0, 400.0]),
        (Drug::Ziconotide, &[0.5, 6.5, 19.2], &[1.0, 6.0]),
        (Drug::Clonidine, &[50.0, 600.0, 1e3], &[100.0]),
    ];
    /// Values of the toxic shift that are tried.
    const SHIFTS: [f64; 7] = [1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0];

    fn with_shift(drug: Drug, shift: f64, accustomed: f64, given: f64, days: u64) -> f64 {
        let strength = Concentration::from_ug_per_ml(given / FLOW);
        let mut agent = Agent::new(drug, Used::Chronic, strength);
        agent.model.adaptation.toxic_shift = shift;
        let config = PlantConfig { agent, ..config() };
        let driven = Driven::new(&config).on_therapy(accustomed);
        worst(driven.infuse(FLOW), Millis::DAY.times(days), toxicity)
    }

    /// The highest toxicity of the stable doses, and the lowest of the tenfold ones.
    fn at(drug: Drug, stable: &[f64], tenfold: &[f64], shift: f64) -> (f64, f64) {
        let stable = stable
            .iter()
            .map(|dose| with_shift(drug, shift, *dose, *dose, 1));
        let tenfold = tenfold
            .iter()
            .map(|dose| with_shift(drug, shift, *dose, 10.0 * dose, 1));
        (stable.fold(0.0, f64::max), tenfold.fold(1.0, f64::min))
    }

    /// The shift is shared: whichever drug is left out of its choice, the middle of what fits the
    /// others fits that drug too, or nearly.
    #[test]
    #[expect(
        clippy::print_stdout,
        reason = "the table of docs/validation.md, with --nocapture"
    )]
    fn no_drug_alone_decides_the_shared_shift() {
        let table = SHARING.map(|(drug, stable, tenfold)| {
            (drug, SHIFTS.map(|shift| at(drug, stable, tenfold, shift)))
        });
        for (left_out, of_left_out) in &table {
            let fits = |shift: usize| {
                let others = table.iter().filter(|(drug, _)| drug != left_out);
                others
                    .clone()
                    .all(|(_, of)| of[shift].0 <= 0.2 && of[shift].1 >= 0.2)
            };
            let fitting: Vec<usize> = (0..SHIFTS.len()).filter(|shift| fits(*shift)).collect();
            let name = left_out.name();
            assert!(!fitting.is_empty(), "nothing fits all but {name}");
            let (stable, tenfold) = of_left_out[fitting[fitting.len() / 2]];
            println!(
                "{name}: others fit {:?}; there {stable:.3} stable, {tenfold:.3} tenfold",
                fitting
                    .iter()
                    .map(|shift| SHIFTS[*shift])
                    .collect::<Vec<_>>()
            );
            assert!(
                stable <= 0.25 && tenfold >= 0.15,
                "{name}: {stable} {tenfold}"
            );
        }
    }
}
