//! One run that breaks each rule of the dose, and the like that does not.

use super::{RULES, judge};
use crate::boundary::{AlarmAge, Answer, Cause, Sender};
use crate::testing::{Case, THERAPY, all_tested, boot, entry, minutes};
use thecal_plan::{LogDetail, LogKind, Request};
use thecal_units::{Concentration, Millis, Volume};

const NONE: [&str; 0] = [];

fn breaks(case: &Case) -> Vec<&'static str> {
    case.broken(judge)
}

#[test]
fn as_prescribed() {
    let mut case = Case::hours(48);
    case.moves(&[(1.0, 48 * 60)]);
    assert_eq!(breaks(&case), NONE);
}

#[test]
fn a_thousandth_more_or_less_shows_within_hours() {
    let mut more = Case::hours(12);
    more.moves(&[(1.001, 12 * 60)]);
    assert_eq!(breaks(&more), ["dose-not-more"]);
    let mut less = Case::hours(12);
    less.moves(&[(0.999, 12 * 60)]);
    assert_eq!(breaks(&less), ["dose-not-less"]);
}

#[test]
fn a_minute_without_a_step_shows() {
    let mut case = Case::hours(12);
    case.moves(&[(1.0, 300), (0.0, 301), (1.0, 720)]);
    assert_eq!(breaks(&case), ["dose-not-less"]);
}

#[test]
fn missed_steps_that_are_driven_again() {
    let mut case = Case::hours(12);
    case.missed = (1..=720).map(|minute| (minutes(minute), minute)).collect();
    // One pulse of 69.4 a minute.
    case.moves(&[(1.0 - 1.0 / 69.444, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 720)]);
    assert_eq!(breaks(&case), ["no-step-driven-again"]);
}

#[test]
fn a_commit_starts_a_pump_that_said_it_was_in_the_safe_state() {
    let mut case = Case::hours(12);
    case.boots.push(boot(minutes(120), Cause::Pin));
    let read = vec![AlarmAge {
        name: "safe state",
        acknowledged: false,
        age: Millis::MINUTE,
    }];
    let answer = Some(Answer::Alarms(read.leak()));
    case.said
        .push((minutes(121), Sender::Clinician, Request::ReadAlarms, answer));
    case.asks(240, Request::Program(THERAPY));
    case.asks(300, Request::Start);
    case.moves(&[(1.0, 120), (0.0, 300), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    // The commit ends the safe state and leaves the pump stopped.
    case.moves(&[(1.0, 120), (0.0, 240), (1.0, 720)]);
    let both = ["no-steps-while-stopped", "no-steps-in-the-safe-state"];
    assert_eq!(breaks(&case), both);
    case.moves(&[(1.0, 130), (0.0, 300), (1.0, 720)]);
    assert_eq!(breaks(&case), ["no-steps-in-the-safe-state"]);
}

#[test]
fn a_catch_up_dose_shows() {
    let mut case = Case::hours(12);
    case.asks(300, Request::Stop);
    case.asks(302, Request::Start);
    case.moves(&[(1.0, 300), (0.0, 302), (3.0, 303), (1.0, 720)]);
    assert_eq!(breaks(&case), ["dose-not-more"]);
}

// 100 ug are 10 000 steps in ten minutes, beside 694 of the infusion: 15.4 times its rate.
const BOLUS: f64 = 1.0 + 10_000.0 / 694.444_444;

#[test]
fn a_bolus_in_full() {
    let mut case = Case::hours(12);
    case.granted(300);
    case.moves(&[(1.0, 300), (BOLUS, 310), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
}

#[test]
fn a_bolus_too_long_or_too_short() {
    let mut long = Case::hours(12);
    long.granted(300);
    long.moves(&[(1.0, 300), (BOLUS, 311), (1.0, 720)]);
    assert_eq!(breaks(&long), ["bolus-not-more"]);
    let mut short = Case::hours(12);
    short.granted(300);
    short.moves(&[(1.0, 300), (BOLUS, 309), (1.0, 720)]);
    assert_eq!(breaks(&short), ["bolus-not-less"]);
}

#[test]
fn a_bolus_ends_with_a_stop() {
    let mut case = Case::hours(12);
    case.granted(300);
    case.asks(305, Request::Stop);
    case.asks(306, Request::Start);
    case.moves(&[(1.0, 300), (BOLUS, 305), (0.0, 306), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[
        (1.0, 300),
        (BOLUS, 305),
        (0.0, 306),
        (BOLUS, 307),
        (1.0, 720),
    ]);
    assert_eq!(breaks(&case), ["bolus-not-more"]);
}

#[test]
fn nothing_while_stopped() {
    let mut case = Case::hours(12);
    case.asks(300, Request::Stop);
    case.moves(&[(1.0, 300), (0.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 720)]);
    assert_eq!(breaks(&case), ["no-steps-while-stopped"]);
}

#[test]
fn at_rest_the_stroke_in_progress_is_the_last() {
    let (stop, start) = (Request::Stop, Request::Start);
    let (hold, close) = (Request::OpenUpdate { hold: true }, Request::CloseUpdate);
    for (rest, on, rule) in [
        (stop, start, "no-steps-while-stopped"),
        (hold, close, "no-steps-while-held"),
    ] {
        let mut case = Case::hours(12);
        case.asks(300, rest);
        case.asks(302, on);
        // Of 69.4 steps a minute a hundredth is less than one, a thirtieth more than two.
        case.moves(&[(1.0, 300), (0.01, 301), (0.0, 302), (1.0, 720)]);
        assert_eq!(breaks(&case), NONE);
        case.moves(&[(1.0, 300), (1.0 / 30.0, 301), (0.0, 302), (1.0, 720)]);
        assert_eq!(breaks(&case), [rule]);
    }
}

#[test]
fn nothing_while_held() {
    let mut case = Case::hours(12);
    case.asks(300, Request::OpenUpdate { hold: true });
    case.asks(302, Request::CloseUpdate);
    case.moves(&[(1.0, 300), (0.0, 302), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 720)]);
    assert_eq!(breaks(&case), ["no-steps-while-held"]);
}

#[test]
fn nothing_once_empty() {
    let mut case = Case::hours(12);
    // A tenth of a milliliter: 20 000 steps, 288 minutes.
    let refill = Request::Refill {
        volume: Volume::from_nanoliters(100_000),
        concentration: Concentration::from_ng_per_ml(2_000_000),
        bridge: false,
        drawn: None,
    };
    case.asks(60, refill);
    case.moves(&[(1.0, 60 + 288), (0.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 720)]);
    assert_eq!(breaks(&case), ["no-steps-when-empty"]);
}

#[test]
fn a_priming_bolus_as_told() {
    let mut case = Case::hours(12);
    case.asks(300, Request::Stop);
    case.asks(310, Request::PrimingBolus);
    // Tubing and catheter, 0.34 mL at 24 mL a day: 20.4 minutes, 48 times the rate.
    case.moves(&[(1.0, 300), (0.0, 310), (48.0, 330), (19.2, 331), (0.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 300), (0.0, 310), (48.0, 335), (0.0, 720)]);
    assert!(breaks(&case).contains(&"no-steps-while-stopped"));
    case.moves(&[(1.0, 300), (0.0, 310), (48.0, 320), (0.0, 720)]);
    assert!(breaks(&case).contains(&"priming-as-told"));
}

#[test]
fn nothing_in_the_safe_state() {
    let mut case = Case::hours(12);
    for nth in 0..5 {
        case.boots.push(boot(minutes(300 + nth), Cause::Watchdog));
    }
    case.moves(&[(1.0, 304), (0.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 720)]);
    assert_eq!(breaks(&case), ["no-steps-in-the-safe-state"]);
}

#[test]
fn nothing_after_the_battery_ended_it() {
    let mut case = Case::hours(12);
    case.supply = vec![(minutes(290), 2_150)];
    let ended = (LogKind::ServiceEnded, LogDetail::Number(2_150));
    case.entries = vec![entry(0, minutes(300), ended)];
    case.moves(&[(1.0, 300), (0.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 720)]);
    assert_eq!(breaks(&case), ["no-steps-after-the-battery-ended-it"]);
    // A pump that says so with a battery that was never low has no excuse.
    case.supply.clear();
    case.moves(&[(1.0, 300), (0.0, 720)]);
    assert_eq!(breaks(&case), ["dose-not-less"]);
}

#[test]
fn when_the_battery_ended_it_is_as_unsure_as_the_time_of_the_log() {
    let mut case = Case::hours(12);
    case.supply = vec![(minutes(290), 2_150)];
    let ended = (LogKind::ServiceEnded, LogDetail::Number(2_150));
    // The log's time is behind since a jump that the pump has not noticed.
    case.entries = vec![entry(0, minutes(299), ended)];
    case.moves(&[(1.0, 300), (0.0, 720)]);
    assert_eq!(breaks(&case), ["no-steps-after-the-battery-ended-it"]);
    case.crystal.jumps = vec![(minutes(100), -60_000)];
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 310), (0.0, 720)]);
    assert_eq!(breaks(&case), ["no-steps-after-the-battery-ended-it"]);
}

#[test]
fn a_stalled_motor_is_excused_and_no_longer() {
    let mut case = Case::hours(12);
    let second = |nth: u64| minutes(300) + Millis::SECOND.times(nth);
    case.missed = (1..=8).map(|nth| (second(nth), nth)).collect();
    case.missed.push((minutes(305), 9));
    case.moves(&[(1.0, 300), (0.0, 310), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    // Nobody tries it any more.
    case.moves(&[(1.0, 300), (0.0, 310), (1.0, 340), (0.0, 720)]);
    assert_eq!(breaks(&case), ["dose-not-less"]);
}

#[test]
fn each_rule_is_tested() {
    all_tested(
        &RULES,
        &[
            "dose-not-more",
            "dose-not-less",
            "no-step-driven-again",
            "bolus-not-more",
            "bolus-not-less",
            "no-steps-while-stopped",
            "no-steps-while-held",
            "no-steps-when-empty",
            "priming-as-told",
            "no-steps-in-the-safe-state",
            "no-steps-after-the-battery-ended-it",
        ],
    );
}
