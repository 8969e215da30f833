//! What orders of one instant, losses, halts and jumps leave of a dose.

use super::judge;
use crate::boundary::{Absence, Cause, Hurt, Injury, Sender, Tone};
use crate::testing::{Case, THERAPY, boot, minutes};
use thecal_plan::{PatientBolus, Request, Therapy};
use thecal_units::{Concentration, Mass, Millis, Volume};

const NONE: [&str; 0] = [];
// 100 ug are 10 000 steps in ten minutes, beside 694 of the infusion: 15.4 times its rate.
const BOLUS: f64 = 1.0 + 10_000.0 / 694.444_444;

fn breaks(case: &Case) -> Vec<&'static str> {
    case.broken(judge)
}

#[test]
fn a_boot_cuts_no_bolus_that_was_asked_for_behind_it() {
    let mut case = Case::hours(12);
    case.said
        .push((minutes(300), Sender::Clinician, Request::Interrogate, None));
    case.granted(300);
    let mut behind = boot(minutes(300), Cause::PowerOn);
    // Six packets come before it: those of the implant session, and the interrogation.
    behind.packets = 6;
    case.boots.push(behind);
    case.moves(&[(1.0, 300), (BOLUS, 310), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    // The bolus as well.
    case.boots[1].packets = 7;
    assert_eq!(breaks(&case), ["bolus-not-more"]);
}

#[test]
fn a_stop_of_the_same_instant_cuts_no_bolus_behind_it() {
    let mut case = Case::hours(12);
    case.asks(300, Request::Stop);
    case.asks(300, Request::Start);
    case.granted(300);
    case.moves(&[(1.0, 300), (BOLUS, 310), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.asks(300, Request::Stop);
    case.asks(300, Request::Start);
    assert_eq!(breaks(&case), ["bolus-not-more"]);
}

/// Memory is damaged, and a boot finds the state lost; a commit and a start follow.
fn state_lost() -> Case {
    let mut case = Case::hours(12);
    case.injuries = vec![Injury {
        at: minutes(290),
        hurt: Hurt::Memory,
    }];
    case.boots.push(boot(minutes(300), Cause::Pin));
    case.tones = vec![(minutes(300), Tone::TwoTone)];
    case
}

#[test]
fn a_state_that_is_lost_counts_from_zero_until_a_refill() {
    let mut case = state_lost();
    case.asks(310, Request::Program(THERAPY));
    case.asks(320, Request::Start);
    case.moves(&[(1.0, 300), (0.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    let refill = Request::Refill {
        volume: Volume::from_nanoliters(18_000_000),
        concentration: THERAPY.concentration,
        bridge: false,
        drawn: None,
    };
    case.asks(330, refill);
    assert_eq!(breaks(&case), ["dose-not-less"]);
}

#[test]
fn a_commit_between_damage_and_the_boot_that_finds_it_is_lost_too() {
    let mut case = state_lost();
    case.asks(295, Request::Program(THERAPY));
    case.moves(&[(1.0, 300), (0.0, 720)]);
    assert_eq!(breaks(&case), NONE);
}

#[test]
fn what_a_core_that_stood_has_driven_is_ahead_of_its_time() {
    let mut case = Case::hours(12);
    case.absences = vec![Absence {
        from: minutes(300),
        until: minutes(301),
        explained: true,
        dark: false,
    }];
    case.moves(&[(1.0, 301), (0.0, 302), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.moves(&[(1.0, 301), (0.0, 304), (1.0, 720)]);
    assert_eq!(breaks(&case), ["dose-not-less"]);
}

#[test]
fn a_core_that_stands_lets_the_infusion_go_on_that_a_bolus_was_to_replace() {
    let mut case = Case::hours(12);
    let replaces = Therapy {
        during_bolus: thecal_plan::DuringBolus::Replace,
        ..THERAPY
    };
    case.asks(0, Request::Program(replaces));
    case.granted(300);
    case.asks(303, Request::Stop);
    // The train that was under way goes on for a minute.
    case.moves(&[(1.0, 301), (0.0, 720)]);
    assert!(breaks(&case).contains(&"bolus-not-less"));
    case.absences = vec![Absence {
        from: minutes(300),
        until: minutes(303),
        explained: true,
        dark: false,
    }];
    assert_eq!(breaks(&case), NONE);
}

#[test]
fn two_jumps_take_what_both_take() {
    let mut case = Case::hours(12);
    let half = minutes(300) + Millis::from_secs(30);
    case.crystal.jumps = vec![(minutes(300), -30_000), (half, -30_000)];
    case.moves(&[(1.0, 300), (0.0, 301), (1.0, 720)]);
    assert_eq!(breaks(&case), NONE);
    case.crystal.jumps.pop();
    assert_eq!(breaks(&case), ["dose-not-less"]);
}

/// A commit at 240 min of which the answer was lost.
fn torn_commit(therapy: Therapy) -> Case {
    let mut case = Case::hours(12);
    case.said.push((
        minutes(240),
        Sender::Clinician,
        Request::Program(therapy),
        None,
    ));
    case.lost.push(minutes(240));
    case
}

#[test]
fn a_refill_after_a_torn_commit_may_bridge_or_not() {
    let concentration = Concentration::from_ng_per_ml(4_000_000);
    let mut case = torn_commit(Therapy {
        concentration,
        ..THERAPY
    });
    let refill = Request::Refill {
        volume: Volume::from_nanoliters(18_000_000),
        concentration,
        bridge: true,
        drawn: None,
    };
    case.asks(300, refill);
    for rate in [1.0, 0.5] {
        case.moves(&[(1.0, 240), (rate, 720)]);
        assert_eq!(breaks(&case), NONE, "{rate}");
    }
    case.moves(&[(1.0, 240), (0.4, 720)]);
    assert_eq!(breaks(&case), ["dose-not-less"]);
}

#[test]
fn a_bolus_after_a_torn_commit_is_of_either_prescription() {
    let small = PatientBolus {
        dose: Mass::from_nanograms(10_000),
        duration: Millis::MINUTE.times(10),
        lockout: Millis::HOUR,
        daily_maximum: 4,
    };
    let mut case = torn_commit(Therapy {
        patient_bolus: Some(small),
        ..THERAPY
    });
    case.granted(300);
    for rate in [BOLUS, 1.0 + 1_000.0 / 694.444_444] {
        case.moves(&[(1.0, 300), (rate, 310), (1.0, 720)]);
        assert_eq!(breaks(&case), NONE, "{rate}");
    }
    case.moves(&[(1.0, 300), (BOLUS, 312), (1.0, 720)]);
    assert_eq!(breaks(&case), ["bolus-not-more"]);
}
