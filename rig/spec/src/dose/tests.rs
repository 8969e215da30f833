//! One run that breaks each rule of the dose, and the like that does not.

use super::{RULES, judge};
use crate::boundary::{Absence, AlarmAge, Answer, Cause, Drive, Pulses, Sender};
use crate::number::as_f64;
use crate::testing::{A_DAY, Case, Moves, THERAPY, all_tested, boot, entry, minutes};
use crate::tried::TRY;
use thecal_plan::{Infusion, LogDetail, LogKind, Request, Therapy};
use thecal_units::{Concentration, DoseRate, Millis, Volume};

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

/// A reset at 120 min leads to the safe state, as the pump says; at 240 min it is programmed anew.
fn programmed_out_of_the_safe_state() -> Case {
    let mut case = Case::hours(12);
    case.boots.push(boot(minutes(120), Cause::Pin));
    let read = vec![AlarmAge {
        name: "safe state",
        acknowledged: false,
        age: Millis::MINUTE,
    }];
    case.is_answered(121, Request::ReadAlarms, Answer::Alarms(read.leak()));
    case.asks(240, Request::Program(THERAPY));
    case
}

#[test]
fn a_commit_starts_a_pump_that_said_it_was_in_the_safe_state() {
    let mut case = programmed_out_of_the_safe_state();
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

/// A therapy, and a motor that turns until 300 min, then moves three steps in each try of so many, five minutes
/// apart, and from the minute behind the last of them on moves so many steps a minute, each until a minute.
fn tried(therapy: Therapy, tries: u64, then: &[(f64, u64)]) -> Case {
    let mut case = Case::hours(24);
    case.asks(0, Request::Program(therapy));
    let second = |nth: u64| minutes(300) + Millis::SECOND.times(nth);
    case.missed = (1..=8).map(|nth| (second(nth), nth)).collect();
    let Infusion::Simple(dose) = therapy.infusion else {
        panic!("no dose");
    };
    let rate = f64::from(dose.as_ng_per_day()) / 1e6 * A_DAY / 1_440.0;
    let mut steps = 300.0 * rate;
    let mut points: Vec<_> = (0..=300)
        .map(|minute| (minutes(minute), rate * as_f64(minute)))
        .collect();
    for nth in 1..=tries {
        let at = minutes(300 + 5 * nth);
        let until = at + Millis::SECOND;
        points.push((at, steps));
        steps += 3.0;
        points.push((until, steps));
        for (at, pulses) in [(at, TRY), (until, Pulses::Cut)] {
            case.drives.push(Drive {
                at,
                pulses,
                loaded_mv: None,
            });
        }
        if nth < tries {
            case.missed.push((until, 8 + nth));
        }
    }
    let mut minute = 300 + 5 * tries;
    for &(a_minute, until) in then {
        while minute < until {
            minute += 1;
            steps += a_minute;
            points.push((minutes(minute), steps));
        }
    }
    case.moves = Moves(points);
    case
}

#[test]
fn what_tries_have_moved_is_owed_back() {
    // 200 tries move 600 steps: nothing is due for more than eight and a half minutes.
    let rate = A_DAY / 1_440.0;
    let owes = tried(
        THERAPY,
        200,
        &[(0.0, 1_308), (rate * 0.36, 1_309), (rate, 1_440)],
    );
    assert_eq!(breaks(&owes), NONE);
    // Some of that is excused in any case while the motor proves itself.
    let longer = tried(THERAPY, 200, &[(0.0, 1_316), (rate, 1_440)]);
    assert_eq!(breaks(&longer), ["dose-not-less"]);
}

#[test]
fn tries_of_a_slow_infusion_move_more_than_it() {
    let slow = Therapy {
        infusion: Infusion::Simple(DoseRate::from_ng_per_day(5_000)),
        ..THERAPY
    };
    let rate = 5e-3 * A_DAY / 1_440.0;
    // 60 tries move 180 steps, as many as come due in eight hours and a half.
    let owes = tried(slow, 60, &[(0.0, 1_118), (rate, 1_440)]);
    assert_eq!(breaks(&owes), NONE);
    let goes_on = tried(slow, 60, &[(rate, 1_440)]);
    assert_eq!(breaks(&goes_on), ["dose-not-more"]);
}

#[test]
fn steps_ahead_of_a_clock_that_went_back_are_made_up_for_after_a_stop() {
    let mut case = Case::hours(12);
    case.asks(300, Request::Stop);
    case.asks(301, Request::Start);
    // Twenty seconds of it were moved before.
    let behind = 40.0 / 60.0;
    case.moves(&[(1.0, 300), (0.0, 301), (behind, 302), (1.0, 720)]);
    assert_eq!(breaks(&case), ["dose-not-less"]);
    case.crystal.jumps = vec![(minutes(300), -20_000)];
    assert_eq!(breaks(&case), NONE);
    // A jump long before does not excuse it.
    case.crystal.jumps = vec![(minutes(290), -20_000)];
    assert_eq!(breaks(&case), ["dose-not-less"]);
}

#[test]
fn a_boot_behind_the_grant_of_its_instant_ends_the_bolus() {
    let mut case = Case::hours(12);
    case.granted(300);
    case.boots.push(boot(minutes(300), Cause::Watchdog));
    case.moves(&[(1.0, 720)]);
    assert_eq!(breaks(&case), ["bolus-not-less"]);
    case.boots[1].packets = case.said.len();
    assert_eq!(breaks(&case), NONE);
}

#[test]
fn another_stall_soon_after_the_first_may_cut_a_bolus() {
    let mut case = Case::hours(12);
    let second = |nth: u64| minutes(300) + Millis::SECOND.times(nth);
    case.missed = (1..=8).map(|nth| (second(nth), nth)).collect();
    case.missed.push((minutes(301), 9));
    case.granted(303);
    let again = (10..=18).map(|nth| (minutes(303) + Millis::SECOND.times(nth), nth));
    case.missed.extend(again);
    case.moves(&[(1.0, 300), (0.0, 301), (1.0, 303), (0.0, 304), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    // Without them the bolus is given.
    case.missed.truncate(9);
    assert!(breaks(&case).contains(&"bolus-not-less"));
}

#[test]
fn a_core_that_stands_in_a_priming_bolus() {
    let mut case = Case::hours(12);
    case.asks(300, Request::Stop);
    case.asks(310, Request::PrimingBolus);
    case.moves(&[
        (1.0, 300),
        (0.0, 310),
        (48.0, 312),
        (0.0, 314),
        (48.0, 332),
        (19.2, 333),
        (0.0, 720),
    ]);
    assert!(breaks(&case).contains(&"priming-as-told"));
    case.absences.push(Absence {
        from: minutes(312),
        until: minutes(314),
        explained: true,
        dark: false,
    });
    case.crystal.late = vec![(minutes(314), Millis::MINUTE.times(2))];
    assert_eq!(breaks(&case), NONE);
}

#[test]
fn a_pump_counts_as_primed_since_it_filled_a_smaller_catheter() {
    let mut case = Case::hours(12);
    let small = Therapy {
        catheter: Volume::ZERO,
        ..THERAPY
    };
    // The tubing alone, 0.14 mL, takes 404 minutes.
    case.asks(0, Request::Program(small));
    case.asks(450, Request::Program(THERAPY));
    case.asks(460, Request::Stop);
    case.asks(470, Request::PrimingBolus);
    // 0.2 mL at 24 mL a day: 12 minutes.
    case.moves(&[(1.0, 460), (0.0, 470), (48.0, 482), (0.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.said
        .retain(|(_, _, request, _)| *request != Request::Program(small));
    assert!(breaks(&case).contains(&"priming-as-told"));
}

#[test]
fn the_steps_saved_up_are_dropped_where_priming_begins_with_the_stop() {
    let mut case = Case::hours(12);
    case.asks(300, Request::Stop);
    case.asks(300, Request::PrimingBolus);
    case.asks(330, Request::Start);
    // Nine steps of a check were saved up, and are again at the end.
    let saved = 1.0 - 9.0 / 69.444;
    let primes = [(48.0, 320), (19.2, 321), (0.0, 330)];
    let before = [(1.0, 299), (saved, 300)];
    let behind = [(1.0, 719), (saved, 720)];
    case.moves(&[&before[..], &primes, &behind].concat());
    assert_eq!(breaks(&case), NONE);
}

#[test]
fn a_start_that_power_tore_may_start_nothing() {
    let mut case = programmed_out_of_the_safe_state();
    case.said
        .push((minutes(300), Sender::Clinician, Request::Start, None));
    case.moves(&[(1.0, 120), (0.0, 720)]);
    case.lost.push(minutes(300));
    assert_eq!(breaks(&case), NONE);
    // One that was obeyed does.
    case.asks(310, Request::Start);
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
