//! The patient's limits: lockout, daily maximum, dose limits, and room for the record.

use super::at;
use super::patients::{clinician_bolus, pressed};
use crate::boundary::Answer;
use crate::testing::{Case, THERAPY, minutes};
use thecal_plan::{DoseLimits, Infusion, Request, Therapy};
use thecal_units::{DoseRate, Mass};

pub(super) const TESTED: &[&str] = &[
    "lockout",
    "daily-maximum",
    "dose-limit",
    "higher-dose-counts-for-a-day",
    "record-of-a-bolus-is-kept",
    "cut-bolus-counts",
];

#[test]
fn the_lockout_is_exact() {
    let case = |then, answer| {
        let mut case = Case::hours(12);
        case.press(minutes(10), 1, Answer::Granted);
        case.press(then, 2, answer);
        case
    };
    case(at(69, 59_999), Answer::Denied("lockout")).keeps("lockout");
    case(at(69, 59_999), Answer::Granted).breaks("lockout");
    case(minutes(70), Answer::Granted).keeps("request-is-granted");
    case(minutes(70), Answer::Denied("lockout")).breaks("request-is-granted");
}

#[test]
fn the_daily_maximum_is_exact() {
    let day = 24 * 60;
    let case = |then, answer| {
        let mut case = Case::hours(48);
        for nth in 0..4 {
            case.press(minutes(10 + 70 * nth), 1, Answer::Granted);
            case.said.last_mut().unwrap().2 = Request::PatientBolus {
                press: u16::try_from(nth).unwrap(),
            };
        }
        case.press(then, 5, answer);
        case
    };
    let full = Answer::Denied("daily maximum");
    case(at(9 + day, 59_999), full).keeps("daily-maximum");
    case(at(9 + day, 59_999), Answer::Granted).breaks("daily-maximum");
    case(minutes(10 + day), Answer::Granted).keeps("request-is-granted");
}

/// A continuous dose of 1 mg a day and a limit of so many nanograms an hour.
fn limited(hour: u64) -> Therapy {
    let limits = DoseLimits {
        hour: Mass::from_nanograms(hour),
        ..DoseLimits::NONE
    };
    let bolus = THERAPY.patient_bolus.unwrap();
    Therapy {
        limits,
        patient_bolus: Some(thecal_plan::PatientBolus {
            lockout: bolus.duration,
            ..bolus
        }),
        ..THERAPY
    }
}

#[test]
fn a_dose_limit_counts_each_bolus_in_full() {
    // 41 667 ng of the infusion and two boluses fit; the third does not.
    let case = |then, answer| {
        let mut case = Case::hours(12);
        case.asks(0, Request::Program(limited(241_668)));
        case.press(minutes(10), 1, Answer::Granted);
        case.press(minutes(30), 2, Answer::Granted);
        case.press(then, 3, answer);
        case
    };
    let denied = Answer::Denied("dose limit");
    // The first bolus ends at 20 min: no window of an hour reaches it from 80 min on.
    case(at(79, 59_999), denied).keeps("dose-limit");
    case(at(79, 59_999), Answer::Granted).breaks("dose-limit");
    case(minutes(80), Answer::Granted).keeps("request-is-granted");
    case(minutes(80), denied).breaks("request-is-granted");
}

#[test]
fn a_higher_dose_counts_for_a_day() {
    let day = 24 * 60;
    let case = |then, answer| {
        let mut case = Case::hours(48);
        case.asks(0, Request::Program(limited(150_000)));
        let lower = Infusion::Simple(DoseRate::from_ng_per_day(100_000));
        let lower = Therapy {
            infusion: lower,
            ..limited(105_000)
        };
        case.asks(60, Request::Program(lower));
        case.press(then, 1, answer);
        case
    };
    let denied = Answer::Denied("dose limit");
    case(at(59 + day, 59_999), denied).keeps("higher-dose-counts-for-a-day");
    case(at(59 + day, 59_999), Answer::Granted).breaks("higher-dose-counts-for-a-day");
    case(minutes(60 + day), Answer::Granted).keeps("request-is-granted");
}

#[test]
fn no_record_of_the_last_day_is_overwritten() {
    let full = || {
        let mut case = Case::hours(12);
        for nth in 0..64 {
            case.asks(1 + 4 * nth, clinician_bolus(1));
        }
        case
    };
    let denied = Answer::Denied("daily maximum");
    let rule = "record-of-a-bolus-is-kept";
    pressed(full, minutes(300), denied, rule);
    let refused = Answer::Rejected("no room for its record");
    let mut case = full();
    case.order(minutes(300), clinician_bolus(1), refused);
    case.keeps(rule);
    let mut case = full();
    case.order(minutes(300), clinician_bolus(1), Answer::Done);
    case.breaks(rule);
}

#[test]
fn a_bolus_that_was_cut_counts() {
    let cut = || {
        let mut case = Case::hours(12);
        case.moves(&[(0.5, 12 * 60)]);
        case.press(minutes(10), 1, Answer::Granted);
        case.asks(12, Request::Stop);
        case.asks(13, Request::Start);
        case
    };
    pressed(
        cut,
        minutes(60),
        Answer::Denied("lockout"),
        "cut-bolus-counts",
    );
}
