//! A change of the therapy and the entry that tells of it: whenever a reset or a power cut comes between
//! the two, the log tells of the change after the next boot, once.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription, update};
use thecal_link::ResetCause;
use thecal_link::frame::checksum;
use thecal_telemetry::{Alarms, Command, LogCode, LogEntry, Mode, Prescription, Response, Role};
use thecal_units::DoseRate;

fn second() -> Prescription {
    Prescription {
        dose: DoseRate::from_ng_per_day(2_345_678),
        ..prescription()
    }
}

fn count(log: &[LogEntry], code: LogCode) -> usize {
    log.iter().filter(|entry| entry.code == code).count()
}

fn youngest(log: &[LogEntry], codes: &[LogCode]) -> Option<LogEntry> {
    log.iter()
        .rfind(|entry| codes.contains(&entry.code))
        .copied()
}

/// What the log says of the therapy is what is in force.
fn assert_told(bench: &mut Bench, what: &str) {
    let log = bench.log();
    let last = youngest(&log, &[LogCode::Started, LogCode::Stopped]);
    let is_started = last.is_some_and(|entry| entry.code == LogCode::Started);
    assert_eq!(
        bench.status().mode == Mode::Infusing,
        is_started,
        "{what}: {log:?}"
    );
    let Response::Prescription(found) = bench.clinician(Command::ReadPrescription) else {
        panic!("no prescription");
    };
    let told = youngest(&log, &[LogCode::PrescriptionChecksum]).map(|entry| entry.argument);
    assert_eq!(told, Some(checksum(&found.to_bytes())), "{what}");
    let dose = youngest(&log, &[LogCode::Programmed]).map(|entry| entry.argument);
    assert_eq!(dose, Some(found.dose.as_ng_per_day()), "{what}");
}

/// Verifies REQ-LOG-023, REQ-BAT-015.
#[test]
fn the_end_of_the_battery_is_told_if_a_reset_follows_at_once() {
    for later in 0..4 {
        let mut bench = Bench::infusing(prescription());
        bench.loaded_mv = 2_136;
        bench.run_until(DAY);
        bench.reset(ResetCause::BrownOut);
        bench.run_for(later);
        for _ in 0..3 {
            bench.reset(ResetCause::Pin);
            bench.run_for(MINUTE);
            let status = bench.status();
            assert_eq!(status.mode, Mode::EndOfService);
            assert!(status.alarms.has(Alarms::INFUSION_ENDED_WITH_THE_BATTERY));
            let log = bench.log();
            let ended = youngest(&log, &[LogCode::ServiceEnded]);
            assert_eq!(ended.map(|entry| entry.argument), Some(2_136), "{later} ms");
            for code in [
                LogCode::ServiceEnded,
                LogCode::EndOfService,
                LogCode::ElectiveReplacement,
            ] {
                assert_eq!(count(&log, code), 1, "{later} ms: {code:?}");
            }
        }
        // A start, and nothing is owed any more.
        assert_eq!(bench.clinician(Command::Start), Response::Done);
        bench.reset(ResetCause::Pin);
        assert_eq!(count(&bench.log(), LogCode::ServiceEnded), 1);
    }
}

/// Verifies REQ-BAT-016, REQ-MEM-017.
#[test]
fn a_start_that_a_reset_follows_at_once_is_not_ended_by_what_ended_the_infusion_before() {
    let mut bench = Bench::infusing(prescription());
    bench.loaded_mv = 2_136;
    bench.run_until(DAY);
    bench.reset(ResetCause::BrownOut);
    bench.run_for(MINUTE);
    assert_eq!(bench.status().mode, Mode::EndOfService);
    // The state is recorded in the exchange of the answer, the counts of the battery in the next one.
    let packet = bench.packet(Role::Clinician, &Command::Start);
    assert_eq!(bench.send(Role::Clinician, &packet), Some(Response::Done));
    bench.reset(ResetCause::PowerOn);
    bench.run_for(MINUTE);
    assert_eq!(bench.status().mode, Mode::Infusing);
    assert_eq!(count(&bench.log(), LogCode::ServiceEnded), 1);
}

/// Verifies REQ-BAT-016, REQ-BAT-020, REQ-MEM-017.
#[test]
fn only_a_start_after_the_end_of_the_battery_forgets_what_the_checks_have_found() {
    for restart in [false, true] {
        let mut bench = Bench::infusing(prescription());
        bench.loaded_mv = 2_136;
        bench.run_until(DAY);
        if restart {
            bench.reset(ResetCause::BrownOut);
            bench.run_for(MINUTE);
            assert_eq!(bench.status().mode, Mode::EndOfService);
            assert_eq!(bench.clinician(Command::Start), Response::Done);
            bench.run_for(6 * HOUR);
        }
        bench.clinician(Command::Stop);
        assert_eq!(bench.clinician(Command::Start), Response::Done);
        bench.reset(ResetCause::Pin);
        // Three checks in a row have been low since the last start that made them begin anew.
        bench.reset(ResetCause::BrownOut);
        bench.run_for(MINUTE);
        assert_eq!(bench.status().mode, Mode::EndOfService, "{restart}");
    }
}

/// Verifies REQ-LOG-023, REQ-LOG-007.
#[test]
fn a_start_or_a_stop_that_power_cuts_at_any_byte_is_in_the_log_if_it_is_in_force() {
    for running in [false, true] {
        for bytes in 0..=400 {
            let mut bench = Bench::infusing(prescription());
            bench.run_for(HOUR);
            if running {
                // The end of its bolus is an entry too.
                assert_eq!(bench.press(1, 1), Response::BolusGranted);
                bench.run_for(MINUTE);
            } else {
                bench.clinician(Command::Stop);
            }
            let command = if running {
                Command::Stop
            } else {
                Command::Start
            };
            let packet = bench.packet(Role::Clinician, &command);
            bench.tear(&packet, bytes);
            bench.run_for(MINUTE);
            assert_told(&mut bench, &format!("{command:?} after {bytes} bytes"));
        }
    }
}

/// Verifies REQ-LOG-023, REQ-LOG-009.
#[test]
fn a_commit_that_a_reset_or_a_power_cut_follows_is_in_the_log_whole() {
    let commit_of = |bench: &mut Bench| {
        let [open, stage, commit] = update(second());
        bench.clinician(open);
        bench.clinician(stage);
        bench.packet(Role::Clinician, &commit)
    };
    for bytes in 0..=400 {
        let mut bench = Bench::infusing(prescription());
        bench.run_for(HOUR);
        let packet = commit_of(&mut bench);
        bench.tear(&packet, bytes);
        bench.run_for(MINUTE);
        assert_told(&mut bench, &format!("after {bytes} bytes"));
    }
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    let packet = commit_of(&mut bench);
    assert_eq!(bench.send(Role::Clinician, &packet), Some(Response::Done));
    for _ in 0..3 {
        bench.reset(ResetCause::Pin);
        bench.run_for(MINUTE);
        assert_told(&mut bench, "after a reset");
        let log = bench.log();
        assert_eq!(count(&log, LogCode::PrescriptionChecksum), 2);
        assert_eq!(count(&log, LogCode::PatientBolusDose), 2);
    }
}

/// Verifies REQ-LOG-023.
#[test]
fn a_log_that_tells_all_owes_nothing_after_a_reset() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    for command in [Command::Stop, Command::Start, Command::Stop] {
        bench.clinician(command);
        let before = bench.status().log_entries;
        bench.reset(ResetCause::Pin);
        bench.run_for(MINUTE);
        assert_eq!(bench.status().log_entries, before + 1, "the reset alone");
    }
}

/// Verifies REQ-LOG-023, REQ-LOG-013.
#[test]
fn new_keys_after_a_loss_owe_no_entry_of_the_prescription() {
    const SESSION: core::ops::Range<usize> = 0x100..0x200;
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    bench.nvm[SESSION].fill(0);
    bench.forget_keys();
    bench.reset(ResetCause::Pin);
    bench.provision();
    for _ in 0..2 {
        bench.reset(ResetCause::Pin);
        let log = bench.log();
        assert_eq!(count(&log, LogCode::Provisioned), 2);
        assert_eq!(count(&log, LogCode::Programmed), 1, "{log:?}");
        assert_eq!(count(&log, LogCode::PrescriptionChecksum), 1);
    }
}
