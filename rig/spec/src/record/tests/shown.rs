//! What is read of a pump: prescription, mode, clock, health.

use super::{NONE, in_service};
use crate::boundary::{Answer, Cause, Drive, Health, Pulses, Sender, Status};
use crate::testing::{THERAPY, boot, minutes};
use thecal_plan::{LogDetail, LogKind, Request, Therapy};
use thecal_units::{Concentration, Millis, Volume};

pub(super) const TESTED: &[&str] = &[
    "prescription-read-is-in-force",
    "mode-in-the-status",
    "clock-in-the-status",
    "resets-in-the-health",
    "calendar-in-the-health",
    "loaded-voltage-in-the-health",
    "days-since-replacement",
    "bridge-in-the-health",
    "flags-in-the-health",
];

fn read(therapy: Therapy) -> Vec<&'static str> {
    let mut story = in_service(12);
    let therapy: &'static Therapy = Box::leak(Box::new(therapy));
    let answer = Answer::Prescription(therapy);
    story
        .case
        .is_answered(300, Request::ReadPrescription, answer);
    story.breaks()
}

#[test]
fn the_prescription_that_is_read_is_the_one_in_force() {
    assert_eq!(read(THERAPY), NONE);
    let other = Therapy {
        catheter: Volume::ZERO,
        ..THERAPY
    };
    assert_eq!(read(other), ["prescription-read-is-in-force"]);
    let other = Therapy {
        concentration: Concentration::from_ng_per_ml(1_000_000),
        ..THERAPY
    };
    assert_eq!(read(other), ["prescription-read-is-in-force"]);
}

#[test]
fn after_a_commit_whose_answer_was_lost_it_is_the_old_one_or_the_new_one() {
    let new = Therapy {
        low_reservoir: Volume::from_nanoliters(3_000_000),
        catheter: Volume::from_nanoliters(150_000),
        ..THERAPY
    };
    let shows = |shown: Therapy, logged: bool| {
        let mut story = in_service(12);
        if logged {
            let untold = LogDetail::Untold;
            for kind in [
                LogKind::Programmed,
                LogKind::Concentration,
                LogKind::CatheterVolume,
                LogKind::PatientBolusDose,
                LogKind::PrescriptionChecksum,
            ] {
                story.logs(minutes(201), kind, untold.clone());
            }
        }
        story.case.asks(200, Request::OpenUpdate { hold: false });
        story.case.asks(200, Request::Stage(new));
        let commit = (minutes(201), Sender::Clinician, Request::Commit, None);
        story.case.said.push(commit);
        story.case.lost.push(minutes(201));
        story.case.boots.push(boot(minutes(201), Cause::PowerOn));
        story.logs(minutes(201), LogKind::PowerOn, LogDetail::Nothing);
        let says = LogDetail::Abandoned { by_reset: true };
        story.logs(minutes(201), LogKind::UpdateAbandoned, says);
        let therapy: &'static Therapy = Box::leak(Box::new(shown));
        let answer = Answer::Prescription(therapy);
        story
            .case
            .is_answered(300, Request::ReadPrescription, answer);
        story.breaks()
    };
    assert_eq!(shows(THERAPY, false), NONE);
    assert_eq!(shows(new, true), NONE);
    assert_eq!(shows(new, false), ["what-is-in-force-is-logged"]);
    let mix = Therapy {
        low_reservoir: new.low_reservoir,
        ..THERAPY
    };
    assert_eq!(shows(mix, false), ["prescription-read-is-in-force"]);
}

#[test]
fn the_status_names_the_mode_and_shows_the_clock() {
    let shows = |shows: fn(&mut Status<'static>)| {
        let mut story = in_service(12);
        story.shows = shows;
        story.breaks()
    };
    assert_eq!(
        shows(|status| status.mode = "stopped"),
        ["mode-in-the-status"]
    );
    let late = shows(|status| status.clock = status.clock + Millis::SECOND);
    assert_eq!(late, ["clock-in-the-status"]);
}

const SOUND: Health = Health {
    loaded_mv: Some(2_450),
    replacement_days: Some(0),
    time_of_week: Millis::HOUR.times(20),
    resets: 1,
    bridge_steps: 0,
    in_session: false,
    primed: true,
    magnet: false,
};

/// Read after 20 hours, one reset and a replacement that became due.
fn healthy(health: Health) -> Vec<&'static str> {
    let mut story = in_service(24);
    story.case.supply = vec![(minutes(60), 2_450)];
    story.case.boots.push(boot(minutes(300), Cause::Pin));
    story.logs(minutes(300), LogKind::PinReset, LogDetail::Nothing);
    story.logs(
        minutes(400),
        LogKind::ElectiveReplacement,
        LogDetail::Number(2_450),
    );
    let answer = Answer::Health(health);
    story.case.is_answered(1_200, Request::ReadHealth, answer);
    story.breaks()
}

/// Two loads that showed 2.738 and 2.377 V, from which the third follows, and what is told of it.
fn predicted(loaded_mv: u16) -> Vec<&'static str> {
    let mut story = in_service(24);
    story.case.supply = vec![(minutes(60), 2_738), (minutes(70), 2_377)];
    for (at, period_us, mv) in [(60, 72_000, 2_738), (70, 36_000, 2_377)] {
        story.case.drives.push(Drive {
            at: minutes(at),
            pulses: Pulses::Train {
                count: 8,
                period_us,
                energy_uj: 30,
            },
            loaded_mv: Some(mv),
        });
    }
    let answer = Answer::Health(Health {
        loaded_mv: Some(loaded_mv),
        replacement_days: None,
        resets: 0,
        ..SOUND
    });
    story.case.is_answered(1_200, Request::ReadHealth, answer);
    story.breaks()
}

#[test]
fn a_predicted_voltage_follows_from_the_two_loads() {
    assert_eq!(predicted(2_377 - 2 * 361), NONE);
    assert_eq!(predicted(2_377 - 3 * 361), ["loaded-voltage-in-the-health"]);
}

#[test]
fn the_health_is_as_it_is() {
    assert_eq!(healthy(SOUND), NONE);
    let resets = Health { resets: 0, ..SOUND };
    assert_eq!(healthy(resets), ["resets-in-the-health"]);
    let calendar = Health {
        time_of_week: Millis::HOUR.times(19),
        ..SOUND
    };
    assert_eq!(healthy(calendar), ["calendar-in-the-health"]);
    let loaded = Health {
        loaded_mv: Some(2_900),
        ..SOUND
    };
    assert_eq!(healthy(loaded), ["loaded-voltage-in-the-health"]);
    let days = Health {
        replacement_days: Some(40),
        ..SOUND
    };
    assert_eq!(healthy(days), ["days-since-replacement"]);
    let days = Health {
        replacement_days: None,
        ..SOUND
    };
    assert_eq!(healthy(days), ["days-since-replacement"]);
    let bridge = Health {
        bridge_steps: 5,
        ..SOUND
    };
    assert_eq!(healthy(bridge), ["bridge-in-the-health"]);
    let flags = Health {
        magnet: true,
        ..SOUND
    };
    assert_eq!(healthy(flags), ["flags-in-the-health"]);
}
