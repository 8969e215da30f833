//! Records and the event log: torn writes, bit flips, lost banks, wrap-around.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription, update};
use thecal_link::ResetCause;
use thecal_telemetry::{
    Alarms, Command, Denial, LogCode, Mode, Prescription, Rejection, Response, Role,
};
use thecal_units::DoseRate;

/// Unit: byte.
const SESSION_BANK: usize = 61;
const STATE_BANK: usize = 118;

/// Verifies REQ-MEM-001, REQ-MEM-006, REQ-TEL-009, REQ-THE-004.
#[test]
fn req_mem_001_a_torn_write_leaves_the_old_or_the_new_prescription() {
    let new = Prescription {
        dose: DoseRate::from_ng_per_day(3_000_000),
        ..prescription()
    };
    let [open, stage, commit] = update(new);
    for (number, last) in [open, stage, commit].into_iter().enumerate() {
        let until = |bench: &mut Bench| {
            for command in [open, stage].into_iter().take(number) {
                assert_eq!(bench.clinician(command), Response::Done);
            }
            bench.packet(Role::Clinician, &last)
        };
        let mut whole = Bench::infusing(prescription());
        let packet = until(&mut whole);
        whole.send(Role::Clinician, &packet);
        for bytes in 0..=whole.written() {
            let mut bench = Bench::infusing(prescription());
            let packet = until(&mut bench);
            bench.tear(&packet, bytes);
            // The session's banks come first, then the first bank of the state.
            let is_new = number == 2 && bytes >= 2 * SESSION_BANK + STATE_BANK;
            let expected = if is_new { new } else { prescription() };
            serves_after_a_cut(&mut bench, &expected);
        }
    }
}

/// Asserts that the pump infuses by this prescription; sessions are closed, torn banks repaired.
fn serves_after_a_cut(bench: &mut Bench, expected: &Prescription) {
    let status = bench.status();
    assert_eq!(status.mode, Mode::Infusing);
    assert_eq!(status.dose, expected.dose);
    let abandoned = Alarms(0).with(Alarms::UPDATE_ABANDONED);
    assert!(status.alarms == Alarms(0) || status.alarms == abandoned);
    assert_eq!(
        bench.clinician(Command::ReadPrescription),
        Response::Prescription(*expected)
    );
    bench.reset(ResetCause::Pin);
    let last = bench.log().last().copied().expect("an entry");
    assert_eq!(last.code, LogCode::PinReset);
}

/// Verifies REQ-MEM-002, REQ-MEM-009.
#[test]
fn req_mem_002_a_bit_flip_in_one_bank_is_repaired_from_the_other() {
    let clean = Bench::infusing(prescription());
    for bank in 0..2 {
        for bit in [0, 9, 100, 333, STATE_BANK * 8 - 1] {
            let mut bench = Bench::infusing(prescription());
            bench.nvm = clean.nvm.clone();
            bench.nvm[bank * STATE_BANK + bit / 8] ^= 1 << (bit % 8);
            bench.reset(ResetCause::Pin);
            let status = bench.status();
            assert_eq!(status.mode, Mode::Infusing);
            assert_eq!(status.alarms, Alarms(0));
            let fault = bench.log().last().copied().expect("an entry");
            assert_eq!((fault.code, fault.argument), (LogCode::MemoryFault, 1));
            bench.reset(ResetCause::Pin);
            let last = bench.log().last().copied().expect("an entry");
            assert_eq!(last.code, LogCode::PinReset);
        }
    }
}

/// Verifies REQ-MEM-003, REQ-MEM-010, REQ-MEM-011, REQ-THE-019, REQ-THE-021.
#[test]
fn req_mem_003_two_damaged_banks_are_a_safe_state() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    bench.nvm[20] ^= 1;
    bench.nvm[93 + 40] ^= 1;
    bench.reset(ResetCause::PowerOn);
    let moved = bench.moved_us.len();
    let status = bench.status();
    assert_eq!(status.mode, Mode::SafeState);
    assert!(status.alarms.has(Alarms::MEMORY));
    bench.run_for(DAY);
    assert_eq!(bench.moved_us.len(), moved);
    assert_eq!(
        bench.clinician(Command::Start),
        Response::Rejected(Rejection::SafeState)
    );
    // It stays in the safe state over a reset, until a clinician programs it.
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.status().mode, Mode::SafeState);
    bench.program(prescription());
    assert_eq!(bench.status().mode, Mode::Stopped);
    let refill = Command::Refill {
        volume: thecal_units::Volume::from_nanoliters(10_000_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    bench.clinician(Command::Start);
    bench.clinician(Command::Silence);
    let status = bench.status();
    assert_eq!((status.mode, status.alarms), (Mode::Infusing, Alarms(0)));
}

/// Verifies REQ-BOL-008.
#[test]
fn req_bol_008_a_damaged_grant_counts_as_one() {
    let mut bench = Bench::infusing(prescription());
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(2 * DAY);
    bench.nvm[0x500 + 5] ^= 4;
    bench.reset(ResetCause::Pin);
    assert!(matches!(bench.press(1, 2), Response::BolusDenied(_)));
    // Reported once: the slot has been rewritten.
    bench.run_for(HOUR);
    bench.reset(ResetCause::Pin);
    let log = bench.log();
    let found = log
        .iter()
        .filter(|entry| entry.code == LogCode::MemoryFault);
    assert_eq!(found.count(), 1);
    bench.run_for(4 * HOUR);
    assert_eq!(bench.press(1, 3), Response::BolusGranted);
}

/// Verifies REQ-BOL-008, REQ-MEM-009, REQ-INT-004.
#[test]
fn damage_where_no_grant_has_been_counts_as_one_and_once() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    for byte in &mut bench.nvm[0x500 + 7 * 25..0x500 + 9 * 25] {
        *byte ^= 0xff;
    }
    bench.reset(ResetCause::Pin);
    bench.run_for(HOUR);
    assert_eq!(
        bench.press(1, 1),
        Response::BolusDenied(Denial::Lockout),
        "as if granted at the boot"
    );
    bench.reset(ResetCause::Pin);
    bench.run_for(4 * HOUR);
    assert_eq!(bench.press(1, 2), Response::BolusGranted);
    let log = bench.log();
    let faults = |code| log.iter().filter(|entry| entry.code == code).count();
    assert_eq!(faults(LogCode::MemoryFault), 1, "the places before are new");
    assert_eq!(faults(LogCode::RamFault), 0, "RAM is as memory");
}

/// Verifies REQ-CLK-004, REQ-CLK-012, REQ-BOL-004.
#[test]
fn a_grant_that_is_kept_keeps_the_time_of_the_bolus_too() {
    const GRANT: usize = 25;
    let mut bench = Bench::infusing(prescription());
    bench.run_for(50 * MINUTE);
    let remote = Role::Remote(1);
    let press = bench.packet(remote, &Command::PatientBolus { press: 1 });
    bench.tear(&press, 2 * SESSION_BANK + GRANT);
    bench.run_for(4 * HOUR - 1);
    assert_eq!(bench.press(2, 2), Response::BolusDenied(Denial::Lockout));
    bench.run_for(1);
    assert_eq!(bench.press(1, 3), Response::BolusGranted);
}

/// Verifies REQ-BOL-008, REQ-BOL-015.
#[test]
fn each_of_several_damaged_grants_counts_and_is_mended_in_its_place() {
    let mut bench = Bench::infusing(Prescription {
        daily_maximum: 5,
        ..prescription()
    });
    for press in 1..=4 {
        assert_eq!(bench.press(1, press), Response::BolusGranted);
        bench.run_for(4 * HOUR);
    }
    bench.run_for(2 * DAY);
    for slot in [1, 3] {
        bench.nvm[0x500 + slot * 25 + 7] ^= 1;
    }
    bench.reset(ResetCause::Pin);
    bench.run_for(4 * HOUR);
    // The two damaged grants use up two of the five boluses a day; their slots are not reused.
    for press in 10..13 {
        assert_eq!(bench.press(1, press), Response::BolusGranted);
        bench.run_for(4 * HOUR);
    }
    assert_eq!(
        bench.press(1, 20),
        Response::BolusDenied(Denial::DailyMaximum)
    );
    bench.reset(ResetCause::Pin);
    bench.run_for(HOUR);
    assert_eq!(
        bench.press(1, 21),
        Response::BolusDenied(Denial::DailyMaximum)
    );
    let log = bench.log();
    let found = log
        .iter()
        .filter(|entry| entry.code == LogCode::MemoryFault);
    assert_eq!(found.count(), 1);
}

/// Verifies REQ-LOG-002, REQ-LOG-016.
#[test]
fn req_log_002_the_oldest_entries_are_overwritten_and_the_index_grows() {
    let mut bench = Bench::infusing(prescription());
    for _ in 0..800 {
        bench.clinician(Command::Stop);
        bench.clinician(Command::Start);
    }
    let status = bench.status();
    let entries = bench.log();
    assert!(status.log_entries > 1_600);
    assert_eq!(entries.len(), 1_200);
    let page = bench.clinician(Command::ReadLog { first: 0 });
    let Response::Log(page) = page else {
        panic!("no page")
    };
    assert_eq!(page.first, status.log_entries - 1_200);
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.status().log_entries, status.log_entries + 1);
    assert_eq!(bench.log().len(), 1_200);
}

/// Verifies REQ-LOG-004, REQ-LOG-006, REQ-LOG-017.
#[test]
fn req_log_004_a_damaged_entry_is_left_out_and_the_rest_is_read() {
    let mut bench = Bench::infusing(prescription());
    for _ in 0..20 {
        bench.clinician(Command::Stop);
        bench.clinician(Command::Start);
    }
    let before = bench.log().len();
    bench.nvm[0x1000 + 21 * 5 + 7] ^= 1;
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.log().len(), before);
}

/// Verifies REQ-POST-004, REQ-POST-008, REQ-MEM-017, REQ-POST-010, REQ-THE-020.
#[test]
fn req_post_004_resets_resume_what_was_going_on() {
    for cause in [
        ResetCause::PowerOn,
        ResetCause::Pin,
        ResetCause::Watchdog,
        ResetCause::BrownOut,
    ] {
        let mut bench = Bench::infusing(prescription());
        bench.run_for(HOUR);
        bench.reset(cause);
        let status = bench.status();
        assert_eq!(status.mode, Mode::Infusing);
        let is_alarmed = matches!(cause, ResetCause::Watchdog | ResetCause::BrownOut);
        assert_eq!(status.alarms.has(Alarms::RESET), is_alarmed);
        bench.clinician(Command::Stop);
        bench.reset(cause);
        assert_eq!(bench.status().mode, Mode::Stopped);
    }
}

/// Verifies REQ-MEM-005, REQ-MEM-015, REQ-MEM-016.
#[test]
fn req_mem_005_writes_that_do_not_last_are_repeated_and_alarmed() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    bench.worn = true;
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(1);
    assert!(bench.status().alarms.has(Alarms::MEMORY));
    bench.run_for(5 * HOUR);
    assert!(matches!(bench.press(1, 2), Response::BolusDenied(_)));
    bench.worn = false;
    bench.run_for(HOUR);
    bench.clinician(Command::Silence);
    assert_eq!(bench.status().alarms, Alarms(0));
    let shown = bench.status().log_entries;
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.status().log_entries, shown + 1);
    let codes: Vec<_> = bench.log().iter().map(|entry| entry.code).collect();
    assert!(codes.contains(&LogCode::BolusGranted));
    assert!(codes.contains(&LogCode::MemoryFault));
}

/// Verifies REQ-POST-005.
#[test]
fn req_post_005_resets_in_close_succession_end_in_the_safe_state() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    for _ in 0..4 {
        bench.reset(ResetCause::BrownOut);
        bench.run_for(60_000);
        assert_eq!(bench.status().mode, Mode::Infusing);
    }
    bench.run_for(HOUR);
    for reset in 1..=5 {
        bench.reset(ResetCause::Watchdog);
        bench.run_for(60_000);
        let is_safe = bench.status().mode == Mode::SafeState;
        assert_eq!(is_safe, reset == 5, "reset {reset}");
    }
    bench.program(prescription());
    bench.clinician(Command::Start);
    assert_eq!(bench.status().mode, Mode::Infusing);
}

/// Verifies REQ-MEM-005, REQ-TEL-003.
#[test]
fn what_the_memory_did_not_take_is_written_when_it_takes_again() {
    // The alarm is active already, so that nothing else writes the state.
    let mut bench = Bench::infusing(prescription());
    bench.worn = true;
    bench.clinician(Command::Interrogate);
    bench.run_for(MINUTE);
    bench.clinician(Command::Stop);
    let packet = bench.packet(Role::Remote(1), &Command::Interrogate);
    assert!(bench.send(Role::Remote(1), &packet).is_some());
    bench.worn = false;
    bench.run_for(MINUTE);
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.status().mode, Mode::Stopped, "the state");
    assert_eq!(bench.send(Role::Remote(1), &packet), None, "the counters");
}

/// Verifies REQ-MEM-005, REQ-BOL-006, REQ-BOL-007, REQ-BOL-032.
#[test]
fn a_grant_that_the_memory_did_not_take_gives_no_bolus_and_counts() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.worn = true;
    let start = bench.now;
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(20 * MINUTE);
    let moved = bench.steps_between(start, bench.now);
    assert!(moved.abs_diff(1_389) <= 9, "{moved} steps: no bolus");
    bench.worn = false;
    bench.run_for(MINUTE);
    bench.reset(ResetCause::Pin);
    bench.clinician(Command::Silence);
    assert_eq!(bench.press(1, 2), Response::BolusDenied(Denial::Lockout));
}

/// Verifies REQ-MEM-006, REQ-THE-023.
#[test]
fn what_was_staged_in_vain_cannot_be_committed() {
    let mut bench = Bench::infusing(prescription());
    let [open, stage, commit] = update(Prescription {
        dose: DoseRate::from_ng_per_day(3_000_000),
        ..prescription()
    });
    assert_eq!(bench.clinician(open), Response::Done);
    bench.worn = true;
    assert_eq!(bench.clinician(stage), Response::Done);
    bench.worn = false;
    assert_eq!(
        bench.clinician(commit),
        Response::Rejected(Rejection::NothingStaged)
    );
    assert_eq!(bench.clinician(stage), Response::Done);
    assert_eq!(bench.clinician(commit), Response::Done);
}

/// Verifies REQ-MEM-002, REQ-MEM-009.
#[test]
fn a_bit_flip_in_one_bank_of_the_prescription_is_repaired_and_logged_once() {
    for bank in [0, 121] {
        let mut bench = Bench::infusing(prescription());
        bench.nvm[0x400 + bank + 9] ^= 1;
        for _ in 0..2 {
            bench.reset(ResetCause::Pin);
            bench.run_for(MINUTE);
        }
        let status = bench.status();
        assert_eq!((status.mode, status.alarms), (Mode::Infusing, Alarms(0)));
        let log = bench.log();
        let faults = log
            .iter()
            .filter(|entry| entry.code == LogCode::MemoryFault);
        let found: Vec<u32> = faults.map(|entry| entry.argument).collect();
        assert_eq!(found, [5]);
    }
}

/// Verifies REQ-CLK-004, REQ-BOL-008.
#[test]
fn where_the_state_is_lost_the_boluses_behind_are_not_older_than_they_were() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(10 * MINUTE);
    for at in [9, 9 + STATE_BANK] {
        bench.nvm[at] ^= 1;
    }
    bench.power_off(10 * HOUR);
    assert_eq!(bench.status().mode, Mode::SafeState);
    assert_eq!(bench.program(prescription()), Response::Done);
    // The count is lost with the state.
    let refill = Command::Refill {
        volume: thecal_units::Volume::from_nanoliters(10_000_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    bench.clinician(Command::Start);
    bench.clinician(Command::Silence);
    assert_eq!(bench.press(1, 2), Response::BolusDenied(Denial::Lockout));
}
