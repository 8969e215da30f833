//! Clinical sanity: doses that practice knows to be harmless, and mistakes that it knows to harm.
//!
//! Each row is a course of a whole patient under an ideal driver: tip at T10, typical mixing, median
//! sensitivity. The mechanism of tolerance has few parameters, shared by drugs; no row has one of
//! its own. How far each drug would be off without it: docs/validation.md.

use super::driven::{Driven, config};
use super::observation::{Kind, Observation, Published, Tolerance};
use thecal_sim::{Agent, Drug, Person, PlantConfig, TipLevel, Tolerance as Used, Truth};
use thecal_units::Millis;
use thecal_units::real::Concentration;

/// Flow of every course. Unit: mL/day.
const FLOW: f64 = 1.0;

/// A patient whose pump gives this much a day once its motor runs.
fn patient(drug: Drug, used: Used, ug_per_day: f64) -> Driven {
    let strength = Concentration::from_ug_per_ml(ug_per_day / FLOW);
    Driven::new(&PlantConfig {
        agent: Agent::new(drug, used, strength),
        ..config()
    })
}

/// The largest of a quantity over a span, seen each ten minutes.
fn worst(mut driven: Driven, span: Millis, of: impl Fn(&Truth) -> f64) -> f64 {
    let step = Millis::MINUTE.times(10);
    let (mut worst, mut passed) = (0.0_f64, Millis::ZERO);
    while passed < span {
        driven = driven.run(step);
        passed = passed + step;
        worst = worst.max(of(&driven.truth()));
    }
    worst
}

const fn toxicity(truth: &Truth) -> f64 {
    truth.toxicity
}

const fn withdrawal(truth: &Truth) -> f64 {
    truth.withdrawal
}

/// Stable for months at each of these daily doses: the highest toxicity of three days more.
fn stable(drug: Drug, doses: &[f64]) -> f64 {
    let of = |dose: &f64| {
        let driven = patient(drug, Used::Chronic, *dose).on_therapy(*dose);
        worst(driven.infuse(FLOW), Millis::DAY.times(3), toxicity)
    };
    doses.iter().map(of).fold(0.0, f64::max)
}

/// Tenfold after each of these daily doses: the highest toxicity of 24 h, the least of all.
fn tenfold(drug: Drug, doses: &[f64]) -> f64 {
    let of = |dose: &f64| {
        let driven = patient(drug, Used::Chronic, 10.0 * dose).on_therapy(*dose);
        worst(driven.infuse(FLOW), Millis::DAY, toxicity)
    };
    doses.iter().map(of).fold(1.0, f64::min)
}

/// Total stop of this daily dose: the worst withdrawal of two weeks.
fn stop(drug: Drug, dose: f64) -> f64 {
    let driven = patient(drug, Used::Chronic, dose).on_therapy(dose);
    worst(driven, Millis::DAY.times(14), withdrawal)
}

/// A single dose, as by lumbar puncture, in somebody who never had the drug.
fn once(drug: Drug, dose: f64, days: u64, of: impl Fn(&Truth) -> f64) -> f64 {
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
fn harm_once(drug: Drug, dose: f64) -> f64 {
    once(drug, dose, 7, |truth| {
        truth.toxicity.max(2.0 * truth.withdrawal)
    })
}

/// Off a daily dose for some days, then at it again: toxicity this many hours later.
fn restart(drug: Drug, dose: f64, days: u64, hours: u64) -> f64 {
    let off = patient(drug, Used::Chronic, dose).on_therapy(dose);
    let again = off.run(Millis::DAY.times(days)).infuse(FLOW);
    worst(again, Millis::HOUR.times(hours), toxicity)
}

/// A dose into the pocket, of somebody on this daily dose: toxicity within some hours.
fn pocket(drug: Drug, ug_per_day: f64, dose: f64, hours: u64) -> f64 {
    let on = patient(drug, Used::Chronic, ug_per_day).on_therapy(ug_per_day);
    worst(
        on.into_pocket(dose).infuse(FLOW),
        Millis::HOUR.times(hours),
        toxicity,
    )
}

/// A bolus at the tip of somebody who was on a daily dose until some days ago.
fn released(drug: Drug, ug_per_day: f64, days: u64, dose: f64) -> f64 {
    let on = patient(drug, Used::Chronic, dose * 10.0).on_therapy(ug_per_day);
    let given = on.run(Millis::DAY.times(days)).give(0.1, 28.8);
    worst(given, Millis::HOUR.times(12), toxicity)
}

const NO_HARM: &str = "no harm: the class S0 ends at 0.2 (assume)";
const HARM: &str = "harm: the class S2 begins at 0.2 (assume)";
const SEVERE: &str = "severe: the class S3 begins at 0.5, of withdrawal at 0.3 (assume)";
const NO_WITHDRAWAL: &str = "none: the class S0 of withdrawal ends at 0.1 (assume)";

const fn row(
    id: &'static str,
    what: &'static str,
    source: &'static str,
    published: Published,
    why: &'static str,
    simulate: fn() -> f64,
) -> Observation {
    Observation {
        id,
        what,
        unit: "1",
        source,
        published,
        spread: "",
        kind: Kind::Sanity,
        tolerance: Tolerance::AsPublished,
        why,
        known_miss: None,
        simulate,
    }
}

const HARMLESS: Published = Published::AtMost(0.2);
const HARMFUL: Published = Published::AtLeast(0.2);

/// The rows.
pub(super) static ROWS: &[Observation] = &[
    row(
        "C-morphine-stable",
        "morphine 1 to 15 mg/day for months: toxicity",
        "Kumar 2001: 3.1 mg at 6 months, above 10 after 2 years; Paice 1996: mean 13.2 at 24 months",
        HARMLESS,
        NO_HARM,
        || stable(Drug::Morphine, &[1e3, 2e3, 5e3, 1e4, 1.5e4]),
    ),
    row(
        "C-hydromorphone-stable",
        "hydromorphone 0.2 to 8 mg/day for months: toxicity",
        "pk.md 2c: 0.5 to 25 mg/day in one clinic (S42)",
        HARMLESS,
        NO_HARM,
        || stable(Drug::Hydromorphone, &[2e2, 1e3, 3e3, 8e3]),
    ),
    row(
        "C-fentanyl-stable",
        "fentanyl 25 to 1000 ug/day for months: toxicity",
        "RAPM 2019;44 Suppl 1:A171.2: 20 to 175, at most 1100 ug/day, without adverse effect, n = 25",
        HARMLESS,
        NO_HARM,
        || stable(Drug::Fentanyl, &[25.0, 100.0, 300.0, 1e3]),
    ),
    row(
        "C-sufentanil-stable",
        "sufentanil 10 to 100 ug/day for months: toxicity",
        "Monsivais 2012: 25 to 55 ug/day for 20 months to 14 years, n = 12; pk.md 2c: 10 to 100 (S42)",
        HARMLESS,
        NO_HARM,
        || stable(Drug::Sufentanil, &[10.0, 25.0, 55.0, 100.0]),
    ),
    row(
        "C-baclofen-stable",
        "baclofen 100 to 1500 ug/day for months: toxicity",
        "pk.md 2c: 90 to 800 ug/day, rarely above 1000 (S44)",
        HARMLESS,
        NO_HARM,
        || stable(Drug::Baclofen, &[100.0, 400.0, 1e3, 1.5e3]),
    ),
    row(
        "C-ziconotide-stable",
        "ziconotide 0.5 to 19.2 ug/day for months: toxicity",
        "Rauck 2006: mean 6.96 ug/day, discontinued as often as placebo; at most 19.2 (S42, S43)",
        HARMLESS,
        NO_HARM,
        || stable(Drug::Ziconotide, &[0.5, 2.4, 6.5, 19.2]),
    ),
    row(
        "C-bupivacaine-stable",
        "bupivacaine 4 to 20 mg/day for months: toxicity",
        "Pain Med July 2009: 2.1 to 4.8 mg/day without deficit, n = 17; pk.md 2c: 6 to 20 (S42)",
        HARMLESS,
        NO_HARM,
        || stable(Drug::Bupivacaine, &[4e3, 1e4, 2e4]),
    ),
    row(
        "C-clonidine-stable",
        "clonidine 50 to 1000 ug/day for months: toxicity",
        "Hassenbusch 2002: 24 to 960 ug/day, n = 31",
        HARMLESS,
        NO_HARM,
        || stable(Drug::Clonidine, &[50.0, 200.0, 600.0, 1e3]),
    ),
    row(
        "C-morphine-tenfold",
        "morphine, tenfold 1 or 3 mg/day for 24 h: toxicity",
        "a tenfold error of programming or concentration; pump.md 5 (assume: harmful)",
        HARMFUL,
        HARM,
        || tenfold(Drug::Morphine, &[1e3, 3e3]),
    ),
    row(
        "C-hydromorphone-tenfold",
        "hydromorphone, tenfold 0.2 or 1 mg/day for 24 h: toxicity",
        "as morphine (assume: harmful)",
        HARMFUL,
        HARM,
        || tenfold(Drug::Hydromorphone, &[2e2, 1e3]),
    ),
    row(
        "C-fentanyl-tenfold",
        "fentanyl, tenfold 25 or 250 ug/day for 24 h: toxicity",
        "as morphine (assume: harmful)",
        HARMFUL,
        HARM,
        || tenfold(Drug::Fentanyl, &[25.0, 250.0]),
    ),
    row(
        "C-sufentanil-tenfold",
        "sufentanil, tenfold 10 or 50 ug/day for 24 h: toxicity",
        "as morphine (assume: harmful)",
        HARMFUL,
        HARM,
        || tenfold(Drug::Sufentanil, &[10.0, 50.0]),
    ),
    row(
        "C-baclofen-tenfold",
        "baclofen, tenfold 100 or 400 ug/day for 24 h: toxicity",
        "pk.md 4: overdose at 800 to 2400 ug/day (S58)",
        HARMFUL,
        HARM,
        || tenfold(Drug::Baclofen, &[100.0, 400.0]),
    ),
    row(
        "C-ziconotide-tenfold",
        "ziconotide, tenfold 1 or 6 ug/day for 24 h: toxicity",
        "pk.md 4: toxic with 0.4 ug/h (S59); Swiss product information 56855: stupor with excess",
        HARMFUL,
        HARM,
        || tenfold(Drug::Ziconotide, &[1.0, 6.0]),
    ),
    row(
        "C-bupivacaine-tenfold",
        "bupivacaine, tenfold 8 mg/day for 24 h: toxicity",
        "surgical block from 10 to 20 mg at once (S39) (assume: harmful)",
        HARMFUL,
        HARM,
        || tenfold(Drug::Bupivacaine, &[8e3]),
    ),
    row(
        "C-clonidine-tenfold",
        "clonidine, tenfold 100 ug/day for 24 h: toxicity",
        "sedation and hypotension with 150 to 450 ug at once, Filos 1994 (mem M)",
        HARMFUL,
        HARM,
        || tenfold(Drug::Clonidine, &[100.0]),
    ),
    row(
        "C-morphine-stop",
        "morphine 5 mg/day stopped: withdrawal",
        "Jackson 2013, Raffaeli 2011: mild to moderate, gone in about 4 days",
        Published::Range(0.1, 0.3),
        "S2: hard to bear, no danger to life (assume)",
        || stop(Drug::Morphine, 5e3),
    ),
    row(
        "C-baclofen-stop",
        "baclofen 400 ug/day stopped: withdrawal",
        "pk.md 4: evolves over 1 to 3 days, severe in 3 to 5 % (S61, S62)",
        Published::AtLeast(0.3),
        SEVERE,
        || stop(Drug::Baclofen, 400.0),
    ),
    row(
        "C-clonidine-stop",
        "clonidine 550 ug/day stopped: withdrawal",
        "J Med Toxicol 2016;12:134: rebound hypertension within hours, cardiomyopathy",
        Published::AtLeast(0.3),
        SEVERE,
        || stop(Drug::Clonidine, 550.0),
    ),
    row(
        "C-ziconotide-stop",
        "ziconotide 6 ug/day stopped: withdrawal",
        "label: discontinued abruptly without evidence of withdrawal (S43)",
        Published::AtMost(0.1),
        NO_WITHDRAWAL,
        || stop(Drug::Ziconotide, 6.0),
    ),
    row(
        "C-baclofen-fades",
        "baclofen 400 ug/day stopped: withdrawal after four weeks",
        "pk.md 4: a syndrome of one to three weeks (S61, S62)",
        Published::AtMost(0.1),
        NO_WITHDRAWAL,
        || {
            let off = patient(Drug::Baclofen, Used::Chronic, 400.0).on_therapy(400.0);
            off.run(Millis::DAY.times(28)).truth().withdrawal
        },
    ),
    row(
        "C-baclofen-little",
        "baclofen 5 ug/day for months, stopped: withdrawal",
        "pk.md 4: worse with dose and duration (S62)",
        Published::AtMost(0.1),
        NO_WITHDRAWAL,
        || stop(Drug::Baclofen, 5.0),
    ),
    row(
        "C-morphine-screening",
        "morphine 0.3 mg once, naive: toxicity, and withdrawal doubled",
        "pk.md 2c: trial doses of 0.1 to 0.5 mg (mem M)",
        HARMLESS,
        NO_HARM,
        || harm_once(Drug::Morphine, 300.0),
    ),
    row(
        "C-hydromorphone-screening",
        "hydromorphone 0.1 mg once, naive: toxicity, and withdrawal doubled",
        "Sharpe 2020: 75 ug; 40 to 100 ug with few side effects",
        HARMLESS,
        NO_HARM,
        || harm_once(Drug::Hydromorphone, 100.0),
    ),
    row(
        "C-fentanyl-screening",
        "fentanyl 25 ug once, naive: toxicity, and withdrawal doubled",
        "Anesthesiology 1998;88:355: 25 ug in labor; pk.md 2c: 15 to 75 (mem M)",
        HARMLESS,
        NO_HARM,
        || harm_once(Drug::Fentanyl, 25.0),
    ),
    row(
        "C-sufentanil-screening",
        "sufentanil 5 ug once, naive: toxicity, and withdrawal doubled",
        "pk.md 2c: trial doses of 5 to 20 ug (mem M)",
        HARMLESS,
        NO_HARM,
        || harm_once(Drug::Sufentanil, 5.0),
    ),
    row(
        "C-baclofen-screening",
        "baclofen 50 ug once, naive: toxicity, and withdrawal doubled",
        "pk.md 2c: screening dose (S44)",
        HARMLESS,
        NO_HARM,
        || harm_once(Drug::Baclofen, 50.0),
    ),
    row(
        "C-ziconotide-screening",
        "ziconotide 2.5 ug once, naive: toxicity, and withdrawal doubled",
        "doi 10.1111/ner.12003: trial bolus of 2.5 ug, n = 20",
        HARMLESS,
        NO_HARM,
        || harm_once(Drug::Ziconotide, 2.5),
    ),
    row(
        "C-bupivacaine-screening",
        "bupivacaine 1.5 mg once, naive: toxicity, and withdrawal doubled",
        "NCT02886286: patient boluses of 0.4 to 1.5 mg",
        HARMLESS,
        NO_HARM,
        || harm_once(Drug::Bupivacaine, 1.5e3),
    ),
    row(
        "C-clonidine-screening",
        "clonidine 30 ug once, naive: toxicity, and withdrawal doubled",
        "pk.md 2c: trial doses of 5 to 20 ug (mem M)",
        HARMLESS,
        NO_HARM,
        || harm_once(Drug::Clonidine, 30.0),
    ),
    row(
        "C-sufentanil-volunteers",
        "sufentanil 12.5 ug once, naive: toxicity",
        "Lu 1997, Anesth Analg 85:372: 12.5, 25, 50 ug all depressed breathing, n = 18",
        HARMFUL,
        HARM,
        || once(Drug::Sufentanil, 12.5, 1, toxicity),
    ),
    row(
        "C-morphine-2-5mg",
        "morphine 2.5 mg once, naive: toxicity",
        "Jacobson 1988: apnea, naloxone (S56)",
        Published::AtLeast(0.5),
        SEVERE,
        || once(Drug::Morphine, 2.5e3, 1, toxicity),
    ),
    row(
        "C-baclofen-restart-27",
        "baclofen 27 ug/h, 14 days off, again: toxicity within 12 h",
        "pk.md 4: overdose about 6 h after a restart at 27 and 55 ug/h (S58)",
        Published::AtLeast(0.5),
        SEVERE,
        || restart(Drug::Baclofen, 27.0 * 24.0, 14, 12),
    ),
    row(
        "C-baclofen-restart-55",
        "baclofen 55 ug/h, 29 days off, again: toxicity within 8 h",
        "pk.md 4: overdose about 6 h after a restart at 27 and 55 ug/h (S58)",
        Published::AtLeast(0.5),
        SEVERE,
        || restart(Drug::Baclofen, 55.0 * 24.0, 29, 8),
    ),
    row(
        "C-baclofen-pocket",
        "baclofen 60 mg into the pocket at 400 ug/day: toxicity within 8 h",
        "PM&R 2020 abstracts: unresponsive within hours, ventilated, n = 2",
        Published::AtLeast(0.5),
        SEVERE,
        || pocket(Drug::Baclofen, 400.0, 6e4, 8),
    ),
    row(
        "C-clonidine-pocket",
        "clonidine 8.4 mg into the pocket at 150 ug/day: toxicity within 2 h",
        "Perruchoud 2012: 14 mL missing, confused at 2 h; in excess pressure rises (not modeled)",
        Published::AtLeast(0.3),
        "confused (assume: 0.3)",
        || pocket(Drug::Clonidine, 150.0, 8.4e3, 2),
    ),
    row(
        "C-baclofen-released",
        "baclofen 180 ug/day blocked for 3 days, then 323 ug at once: toxicity",
        "Sgouros 2010, doi 10.1159/000315319: weak after 10 min, then coma, ventilated",
        Published::AtLeast(0.5),
        SEVERE,
        || released(Drug::Baclofen, 180.0, 3, 323.0),
    ),
    row(
        "C-baclofen-sevenfold",
        "baclofen, seven times 200 ug/day for 8 h: toxicity",
        "ISMP: lasting weakness after an hourly for a daily dose",
        HARMFUL,
        HARM,
        || {
            let on = patient(Drug::Baclofen, Used::Chronic, 1_400.0).on_therapy(200.0);
            worst(on.infuse(FLOW), Millis::HOUR.times(8), toxicity)
        },
    ),
    row(
        "C-morphine-restart",
        "morphine 10 mg/day, 6 weeks off, again: toxicity within 24 h",
        "pubmed 21785477: 6 weeks without opioid bring the dose back to 0.05 to 0.4 mg/day",
        Published::AtLeast(0.5),
        SEVERE,
        || restart(Drug::Morphine, 1e4, 42, 24),
    ),
];

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
