//! Work with syringes, and faults that return: what the pump is told, what truly happens, and what the
//! report names as hidden.

use super::plant_faults::{hours, run_native, scenario};
use thecal_engine::run::{RunError, RunHistory};
use thecal_plan::Drug;
use thecal_units::Millis;

fn refill(keys: &str) -> String {
    format!(
        "[[timeline]]\nat = \"1 h\"\n\
         refill = {{ volume = \"18 mL\", concentration = \"2 mg/mL\"{keys} }}\n"
    )
}

fn run(rest: &str) -> RunHistory {
    run_native(&scenario("", rest))
}

fn says(history: &RunHistory, what: &str) -> bool {
    history.events.iter().any(|event| event.what.contains(what))
}

#[test]
fn a_refill_through_the_wrong_port_is_a_dose_and_is_named() {
    let history = run(&refill(", catheter-port = \"all\""));
    assert!(
        history
            .hidden
            .iter()
            .any(|what| what.contains("access port"))
    );
    assert!(says(
        &history,
        "18 mL of 18 mL injected at the catheter's access port"
    ));
    // 36 mg of morphine; the pump counts a full reservoir that is empty.
    let dose = history.truth.dose_infused.as_micrograms();
    assert!((36_000.0..37_000.0).contains(&dose), "{dose}");
    assert!(history.truth.reservoir.as_milliliters() < 0.1);
    assert!(history.truth.toxicity > 0.9);
}

/// A dose by needle is hidden from the pump, has the jet of a hand, and harms by itself; a heavy one in
/// somebody upright stays low.
#[test]
fn a_dose_by_lumbar_puncture_reaches_the_patient_and_is_named() {
    let give = |keys: &str| {
        format!(
            "[[timeline]]\nat = \"1 h\"\n\
             lumbar-injection = {{ level = \"L4\", volume = \"2 mL\", concentration = \"20 mg/mL\"{keys} }}\n"
        )
    };
    let history = run(&give(""));
    assert!(
        history
            .hidden
            .iter()
            .any(|what| what.contains("lumbar puncture"))
    );
    assert!(says(
        &history,
        "lumbar injection at L4: 40 mg of morphine in 2 mL"
    ));
    assert!(history.truth.toxicity > 0.5 && history.harm.added_toxicity > 0.5);
    assert!((history.ledger.injected.as_micrograms() - 40_000.0).abs() < 1e-6);
    let sits = "[[timeline]]\nat = \"30 min\"\nposture = \"sitting\"\n";
    let heavy = run(&format!("{sits}{}", give(", baricity = \"hyperbaric\"")));
    assert!(heavy.harm.max_toxicity <= history.harm.max_toxicity);
    assert!(heavy.truth.cisterna < history.truth.cisterna);
}

#[test]
fn another_drug_in_the_bottle_is_that_drug() {
    let history = run(&refill(", true-drug = \"hydromorphone\""));
    assert!(says(
        &history,
        "reservoir filled with hydromorphone of 2 mg/mL instead of morphine"
    ));
    let (drug, truth) = history.second.expect("a second drug");
    assert_eq!(drug, Drug::Hydromorphone);
    assert!((truth.reservoir_concentration.as_ug_per_ml() - 2_000.0).abs() < 1e-6);
    assert!(history.truth.reservoir_concentration.as_ug_per_ml().abs() < 1e-6);
}

/// The bottle is right and the entry wrong; the pump refuses it and goes on with what is right.
#[test]
fn a_refused_entry_is_no_wrong_concentration() {
    let entered = |concentration: &str| {
        run(&format!(
            "[[timeline]]\nat = \"1 h\"\nrefill = {{ volume = \"18 mL\", concentration = \
             \"{concentration}\", true-concentration = \"2 mg/mL\" }}\n"
        ))
    };
    let refused = entered("2 µg/mL");
    let acts: Vec<&str> = refused.entered.iter().map(|figure| figure.act).collect();
    assert!(acts.contains(&"refill (refused)"), "{acts:?}");
    assert!(refused.hidden.is_empty(), "{:?}", refused.hidden);
    let believed = entered("1 mg/mL");
    assert!(says(
        &believed,
        "reservoir filled with 2 mg/mL, entered as 1 mg/mL"
    ));
    assert_eq!(believed.hidden, ["wrong concentration in the reservoir"]);
}

/// The bottle and its entry agree, and the pump cannot give so strong a drug: it is in the reservoir all
/// the same, and the pump turns doses into steps as before.
#[test]
fn a_fill_whose_entry_is_refused_is_in_the_reservoir() {
    let refused = run(
        "[[timeline]]\nat = \"1 h\"\nrefill = { volume = \"18 mL\", concentration = \"2000 mg/mL\" }\n",
    );
    assert_eq!(refused.hidden, ["wrong concentration in the reservoir"]);
    assert!(
        says(
            &refused,
            "reservoir filled with 2000 mg/mL; entry of 2000 mg/mL refused; the pump still counts on 2 mg/mL"
        ),
        "{:?}",
        refused.events
    );
    let still = refused.entered.iter();
    let still = still.filter(|figure| figure.what.contains("still"));
    let still: Vec<_> = still.map(|figure| (figure.what, figure.truth)).collect();
    assert_eq!(
        still,
        [
            ("reservoir still counted", 18.0),
            ("concentration still in force", 2_000_000.0)
        ]
    );
}

#[test]
fn nothing_is_entered_where_no_needle_reaches_the_septum() {
    let fault = "[[fault]]\nstart = \"30 min\"\nseptum-out-of-reach = {}\n";
    let history = run(&format!("{fault}{}", refill("")));
    assert_eq!(history.faults[0].effect, 1);
    assert!(says(&history, "no needle reaches the septum"));
    // The refill of the implant alone.
    let refills = history.commands.iter();
    let refills = refills.filter(|command| command.request.name() == "refill");
    assert_eq!(refills.count(), 1);
}

#[test]
fn what_does_not_fit_stays_in_the_syringe_only_where_capacity_is_lost() {
    let fault = "[[fault]]\nstart = \"30 min\"\ncapacity-loss = { share = \"75 %\" }\n";
    let history = run(&format!("{fault}{}", refill("")));
    assert!(says(&history, "the reservoir takes only 10 mL of 18 mL"));
    assert!(history.truth.reservoir.as_milliliters() < 10.0);

    let too_much = "[[timeline]]\nat = \"1 h\"\n\
        access-reservoir = { fill = \"30 mL\" }\n";
    let scenario = scenario("", too_much);
    let failure = super::plant_faults::try_native(&scenario).expect_err("48 of 40 mL");
    assert!(
        matches!(*failure.error, RunError::Overfilled { .. }),
        "{failure:?}"
    );
}

#[test]
fn what_is_drawn_or_filled_without_an_entry_leaves_the_count_as_it_was() {
    let counted = |rest: &str| {
        let history = run(rest);
        let counted = history.status.as_ref().expect("an answer").reservoir;
        (counted, history)
    };
    let (untouched, _) = counted("");
    let drawn = "[[timeline]]\nat = \"1 h\"\naccess-reservoir = { withdraw = \"all\" }\n";
    let (after, history) = counted(drawn);
    assert_eq!(after, untouched);
    assert!(history.truth.reservoir.as_milliliters().abs() < 1e-9);
    assert!(
        history
            .hidden
            .iter()
            .any(|what| what.contains("without an entry"))
    );
    let filled = "[[timeline]]\nat = \"1 h\"\n\
        access-reservoir = { withdraw = \"all\", fill = \"20 mL\" }\n";
    let (after, history) = counted(filled);
    assert_eq!(after, untouched);
    assert!(history.truth.reservoir.as_milliliters() > 19.0);
}

#[test]
fn aspiration_at_the_access_port_empties_the_catheter_and_says_what_came() {
    let port = "[[timeline]]\nat = \"1 h\"\naccess-port = { aspirate = \"2 mL\" }\n";
    let (with, without) = (run(port), run(""));
    let dose = |history: &RunHistory| history.truth.dose_infused.as_micrograms();
    // 0.2 mL of catheter, five hours of 0.04 mL: nothing of it reaches the fluid any more.
    assert!(dose(&with) < dose(&without) - 300.0);
    assert!(says(&with, "catheter access port: 2 mL aspirated"));
}

#[test]
fn a_fault_that_returns_counts_each_time() {
    let text = "[[fault]]\nstart = \"1 h\"\nduration = \"10 min\"\nevery = \"1 h\"\n\
        until = \"5 h\"\nmotor-stall = {}\n";
    let history = run(text);
    let fault = &history.faults[0];
    assert_eq!(fault.earlier.len(), 3);
    assert_eq!((fault.first_from(), fault.from), (hours(1), hours(4)));
    assert_eq!(fault.until, Some(hours(4) + Millis::MINUTE.times(10)));
    let once = run("[[fault]]\nstart = \"1 h\"\nduration = \"10 min\"\nmotor-stall = {}\n");
    assert!(fault.effect > 3 * once.faults[0].effect / 2);
    let begins = history
        .events
        .iter()
        .filter(|event| event.what == "motor-stall begins");
    assert_eq!(begins.count(), 4);
}

#[test]
fn a_reset_that_returns_resets_each_time() {
    let history = run("[[fault]]\nstart = \"1 h\"\nevery = \"1 h\"\nuntil = \"4 h\"\nreset = {}\n");
    assert_eq!(history.faults[0].effect, 3);
    assert_eq!(history.resets.len(), 3);
}

#[test]
fn a_kink_bound_to_a_posture_comes_and_goes_with_it() {
    let posture =
        |at: &str, posture: &str| format!("[[timeline]]\nat = \"{at}\"\nposture = \"{posture}\"\n");
    let text = [
        "[[fault]]\nstart = \"30 min\"\nposture = \"sitting\"\ncatheter-kink = { open-bore = \"1 %\" }\n".to_owned(),
        posture("1 h", "sitting"),
        posture("2 h", "lying"),
        posture("3 h", "sitting"),
        posture("4 h", "standing"),
    ]
    .concat();
    let history = run(&text);
    let fault = &history.faults[0];
    assert_eq!(fault.earlier, [(hours(1), hours(2))]);
    assert_eq!((fault.from, fault.until), (hours(3), Some(hours(4))));
    assert!(fault.effect > 0);
    // Pressure has a highest value; two hours of it are not twice as much.
    let once = run(&text[..text
        .find("[[timeline]]\nat = \"3 h\"")
        .expect("the second time")]);
    let ratio = fault.effect * 100 / once.faults[0].effect.max(1);
    assert!((90..130).contains(&ratio), "{ratio} %");
}
