//! Mass balance of the patient: every microgram, superposition, drawing back.

use super::*;
use alloc::vec::Vec;
use proptest::prelude::*;

fn drug() -> impl Strategy<Value = Drug> {
    prop::sample::select(Drug::ALL.to_vec())
}

/// Doses of a tick: infused and pocketed, of each drug, and the volume drawn back.
fn doses() -> impl Strategy<Value = Vec<([f64; 4], f64)>> {
    let dose = prop_oneof![2 => Just(0.0), 1 => 0.0..1e3];
    let drawn = prop_oneof![8 => Just(0.0), 1 => 0.0..3.0, 1 => Just(50.0)];
    prop::collection::vec((prop::array::uniform4(dose), drawn), 1..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_microgram_is_somewhere(one in drug(), other in drug(), tip in 0.0..60.0, doses in doses()) {
        let person = Person {
            anatomy: Anatomy::ADULT,
            tip: Length::from_centimeters(tip),
        };
        let model = |drug: Drug| Some(drug.model(Tolerance::Naive));
        let mut patient = Patient::new(&person, [model(one), model(other)]);
        let (mut given, mut back) = ([0.0; AGENTS], [0.0; AGENTS]);
        let mut at = SimTime::ZERO;
        for ([a, b, c, d], drawn) in doses {
            at = at + TICK;
            let taken = patient.draw_back(Volume::from_milliliters(drawn));
            patient.tick(at, &intake([ug(a), ug(b)], [ug(c), ug(d)]));
            given[0] += a + c;
            given[1] += b + d;
            for (back, taken) in back.iter_mut().zip(taken) {
                prop_assert!(taken >= Mass::ZERO);
                *back += taken.as_micrograms();
            }
        }
        for agent in 0..AGENTS {
            let books = patient.books(agent);
            let parts = [
                books.pocket, books.spine, books.tissue, books.cisterna, books.cranial,
                books.plasma, books.eliminated,
            ];
            prop_assert!(parts.iter().all(|part| *part >= Mass::ZERO), "{books:?}");
            let sum = parts.iter().map(|part| part.as_micrograms()).sum::<f64>() + back[agent];
            prop_assert!((sum - given[agent]).abs() <= 1e-11 * given[agent], "{sum} {given:?}");
        }
        let combined = [patient.response().effect, patient.response().toxicity, patient.response().withdrawal];
        prop_assert!(combined.iter().all(|part| (0.0..=1.0).contains(part)), "{combined:?}");
    }

    #[test]
    fn infusion_and_pocket_superpose(drug in drug(), infused in 0.0..100.0, pocketed in 0.0..100.0) {
        let run = |infused: f64, pocketed: f64| {
            let mut patient = typical(TipLevel::T10, drug, Tolerance::Naive);
            let mut at = SimTime::ZERO;
            for _ in 0..240 {
                at = at + TICK;
                patient.tick(at, &intake(first(infused), first(pocketed)));
            }
            patient.levels(0)
        };
        let (one, other, both) = (run(infused, 0.0), run(0.0, pocketed), run(infused, pocketed));
        let [one, other, both] = [one, other, both].map(|levels| levels.plasma.as_ug_per_ml());
        prop_assert!((both - one - other).abs() <= 1e-12 * both, "{one} {other} {both}");
    }
}

/// Drawing back takes drug around the tip, never more than is there.
#[test]
fn what_is_drawn_back_is_what_was_there() {
    let mut patient = typical(TipLevel::T10, Drug::Morphine, Tolerance::Naive);
    patient.settle(first(1_000.0));
    let (level, before) = (patient.levels(0).tip, patient.books(0).spine);
    let volume = Volume::from_milliliters(0.01);
    let [drawn, none] = patient.draw_back(volume);
    // Linear between the two cells: their levels differ a little from that at the tip.
    assert!((drawn.as_micrograms() / volume.dose(level).as_micrograms() - 1.0).abs() < 0.01);
    assert_eq!(none, Mass::ZERO);
    let lost = before - patient.books(0).spine;
    assert!((lost.as_micrograms() / drawn.as_micrograms() - 1.0).abs() < 1e-9);
    let [all, _] = patient.draw_back(Volume::from_milliliters(1e6));
    assert!(all > Mass::ZERO && patient.levels(0).tip == Default::default());
}
