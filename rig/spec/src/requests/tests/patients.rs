//! Patients' requests that are granted or denied wrongly, each for one reason.

use super::at;
use super::judge;
use crate::boundary::{Answer, Cause, Hurt, Injury};
use crate::testing::{Case, THERAPY, boot, minutes};
use thecal_plan::{Request, Therapy};
use thecal_units::{Mass, Millis, SimTime};

pub(super) const TESTED: &[&str] = &[
    "request-is-granted",
    "other-boluses-start-no-lockout",
    "magnet-latches-nothing",
    "denial-names-its-reason",
    "no-bolus-without-prescription",
    "no-bolus-if-disabled",
    "no-bolus-in-this-mode",
    "no-bolus-in-a-stall",
    "no-bolus-under-the-alarm",
    "no-bolus-near-a-magnet",
    "no-bolus-while-bridging",
    "press-is-one-request",
    "press-outlasts-a-reset",
    "bouncing-is-one-press",
    "one-bolus-at-a-time",
];

/// The same run with a first press that is granted and one that is denied.
pub(super) fn pressed(case: impl Fn() -> Case, then: SimTime, denied: Answer<'static>, rule: &str) {
    let mut sound = case();
    sound.press(then, 77, denied);
    sound.keeps(rule);
    let mut broken = case();
    broken.press(then, 77, Answer::Granted);
    broken.breaks(rule);
}

#[test]
fn a_request_that_nothing_forbids() {
    let mut case = Case::hours(2);
    case.press(minutes(10), 1, Answer::Granted);
    case.keeps("request-is-granted");
    let mut case = Case::hours(2);
    case.press(minutes(10), 1, Answer::Denied("stopped"));
    case.breaks("request-is-granted");
}

#[test]
fn the_first_reason_is_named() {
    let case = |reason| {
        let mut case = Case::hours(4);
        case.press(minutes(10), 1, Answer::Granted);
        case.press(minutes(15), 2, Answer::Denied(reason));
        case
    };
    case("lockout").keeps("denial-names-its-reason");
    case("bolus in progress").breaks("denial-names-its-reason");
}

#[test]
fn a_pump_without_prescription() {
    let unprogrammed = || {
        let mut case = Case::new(2);
        case.asks(0, Request::AskChallenge);
        case.asks(0, Request::TakeKeys);
        case
    };
    let denied = Answer::Denied("not programmed");
    let rule = "no-bolus-without-prescription";
    pressed(unprogrammed, minutes(10), denied, rule);
}

#[test]
fn a_prescription_without_patient_boluses() {
    let disabled = || {
        let mut case = Case::hours(2);
        let therapy = Therapy {
            patient_bolus: None,
            ..THERAPY
        };
        case.asks(5, Request::Program(therapy));
        case
    };
    let denied = Answer::Denied("disabled");
    pressed(disabled, minutes(10), denied, "no-bolus-if-disabled");
}

#[test]
fn modes_in_which_nothing_is_infused() {
    let rule = "no-bolus-in-this-mode";
    let stopped = || {
        let mut case = Case::hours(2);
        case.asks(5, Request::Stop);
        case
    };
    pressed(stopped, minutes(10), Answer::Denied("stopped"), rule);
    let held = || {
        let mut case = Case::hours(2);
        case.asks(5, Request::OpenUpdate { hold: true });
        case
    };
    pressed(held, minutes(7), Answer::Denied("held for an update"), rule);
    let empty = || {
        let mut case = Case::hours(24);
        case.moves(&[(1.0, 24 * 60)]);
        // 0.05 mL are 10 000 steps: two hours and 24 minutes.
        case.asks(60, refill(50_000));
        case
    };
    pressed(empty, minutes(300), Answer::Denied("reservoir empty"), rule);
    let mut case = empty();
    case.press(minutes(200), 1, Answer::Granted);
    case.keeps("request-is-granted");
    let priming = || {
        let mut case = Case::hours(2);
        case.moves(&[(1.0, 30), (24.0, 120)]);
        case.asks(30, Request::Stop);
        case.asks(30, Request::PrimingBolus);
        case
    };
    pressed(priming, minutes(35), Answer::Denied("priming"), rule);
    let five_resets = || {
        let mut case = Case::hours(4);
        for nth in 0..5 {
            case.boots
                .push(boot(minutes(10 + 9 * nth), Cause::BrownOut));
        }
        case
    };
    pressed(five_resets, minutes(60), Answer::Denied("safe state"), rule);
    let mut four = Case::hours(4);
    for nth in 0..4 {
        four.boots
            .push(boot(minutes(10 + 9 * nth), Cause::BrownOut));
    }
    four.boots.push(boot(minutes(48), Cause::Pin));
    four.press(minutes(60), 1, Answer::Granted);
    four.keeps("request-is-granted");
}

fn refill(nanoliters: u64) -> Request {
    Request::Refill {
        volume: thecal_units::Volume::from_nanoliters(nanoliters),
        concentration: THERAPY.concentration,
        bridge: false,
        drawn: None,
    }
}

#[test]
fn a_stall_that_is_not_over() {
    let stalled = || {
        let mut case = Case::hours(4);
        // The motor stands still from 60 min on.
        case.moves(&[(1.0, 60), (0.0, 240)]);
        case.missed = (1..=8).map(|nth| (at(60, nth * 900), nth)).collect();
        case
    };
    let rule = "no-bolus-in-a-stall";
    pressed(stalled, minutes(70), Answer::Denied("motor stalled"), rule);
    // Seven of sixteen are none.
    let mut seven = stalled();
    seven.missed.pop();
    seven.press(minutes(70), 1, Answer::Granted);
    seven.keeps("request-is-granted");
}

#[test]
fn the_alarm_of_a_damaged_memory() {
    let mut case = Case::hours(12);
    case.injuries.push(Injury {
        at: minutes(60),
        hurt: Hurt::Memory,
    });
    case.boots.push(boot(minutes(120), Cause::Pin));
    case.press(minutes(180), 1, Answer::Denied("an alarm forbids it"));
    assert_eq!(case.broken(judge), super::NONE);
    // Before the damage there is no alarm.
    let mut case = Case::hours(12);
    case.press(minutes(50), 1, Answer::Denied("an alarm forbids it"));
    case.breaks("request-is-granted");
}

#[test]
fn a_magnet() {
    let near = || {
        let mut case = Case::hours(4);
        case.magnet = vec![(minutes(30), true), (minutes(60), false)];
        case
    };
    let denied = Answer::Denied("magnet near");
    pressed(near, minutes(40), denied, "no-bolus-near-a-magnet");
    let mut gone = near();
    gone.press(minutes(61), 1, Answer::Granted);
    gone.keeps("magnet-latches-nothing");
    let mut latched = near();
    latched.press(minutes(61), 1, denied);
    latched.breaks("magnet-latches-nothing");
}

#[test]
fn old_drug_behind_a_refill() {
    let bridged = || {
        let mut case = Case::hours(48);
        case.moves(&[(1.0, 48 * 60)]);
        case.asks(60, super::orders::bridge(1_500_000));
        case
    };
    let rule = "no-bolus-while-bridging";
    // Tubing and catheter hold 68 000 steps: sixteen hours and a third.
    let denied = Answer::Denied("old drug in the catheter");
    pressed(bridged, minutes(60 + 970), denied, rule);
    let mut over = bridged();
    over.press(minutes(60 + 990), 1, Answer::Granted);
    over.keeps("request-is-granted");
}

#[test]
fn a_press_is_one_request() {
    let case = |then, press, answer| {
        let mut case = Case::hours(12);
        case.press(minutes(10), 7, Answer::Granted);
        case.press(then, press, answer);
        case
    };
    let same = Answer::Denied("same press");
    case(minutes(200), 7, same).keeps("press-is-one-request");
    case(minutes(200), 7, Answer::Granted).breaks("press-is-one-request");
    case(minutes(200), 8, Answer::Granted).keeps("request-is-granted");
    // Within 50 ms any number is the press before.
    case(at(10, 49), 8, same).keeps("bouncing-is-one-press");
    case(at(10, 49), 8, Answer::Granted).breaks("bouncing-is-one-press");
    case(at(10, 50), 8, Answer::Denied("lockout")).keeps("lockout");
    let over_a_reset = |answer| {
        let mut case = case(minutes(200), 7, answer);
        case.boots.push(boot(minutes(100), Cause::Pin));
        case
    };
    over_a_reset(same).keeps("press-outlasts-a-reset");
    over_a_reset(Answer::Granted).breaks("press-outlasts-a-reset");
}

#[test]
fn one_bolus_at_a_time() {
    let given = || {
        let mut case = Case::hours(12);
        case.asks(10, clinician_bolus(60));
        case
    };
    let denied = Answer::Denied("bolus in progress");
    pressed(given, minutes(60), denied, "one-bolus-at-a-time");
    let mut over = given();
    over.press(at(70, 2), 1, Answer::Granted);
    over.keeps("request-is-granted");
    // A stop ends it.
    let mut cut = given();
    cut.asks(20, Request::Stop);
    cut.asks(21, Request::Start);
    cut.press(minutes(22), 1, Answer::Granted);
    cut.keeps("other-boluses-start-no-lockout");
    cut.said.pop();
    cut.press(minutes(22), 1, Answer::Denied("lockout"));
    cut.breaks("other-boluses-start-no-lockout");
}

pub(super) fn clinician_bolus(minutes: u64) -> Request {
    Request::ClinicianBolus {
        dose: Mass::from_nanograms(100_000),
        duration: Millis::MINUTE.times(minutes),
    }
}

#[test]
fn a_reset_before_lost_writes_are_made_up_for_forgets_what_came_behind_them() {
    let press = |granted: u64, hurt: bool| {
        let mut case = Case::hours(12);
        case.press(at(granted, 0), 1, Answer::Granted);
        case.press(at(210, 0), 2, Answer::Granted);
        if hurt {
            case.lost_writes = vec![at(200, 0)];
            case.boots.push(boot(at(201, 0), Cause::Pin));
            case.injuries = [Hurt::Memory, Hurt::Owed]
                .map(|hurt| Injury {
                    at: at(201, 0),
                    hurt,
                })
                .into_iter()
                .collect();
        }
        case
    };
    // In the lockout of a grant that the memory held.
    assert!(press(180, false).broken(judge).contains(&"lockout"));
    assert!(press(180, true).broken(judge).contains(&"lockout"));
    // Of one that it did not take.
    assert!(!press(200, true).broken(judge).contains(&"lockout"));
}
