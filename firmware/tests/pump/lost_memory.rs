//! Memory that is lost or erased: no recording opens the pump, no grant and no entry is forgotten, and
//! only a pump that was never in service is new.

use crate::bench::{Bench, HOUR, prescription};
use thecal_link::{ResetCause, WakeReasons};
use thecal_telemetry::{Alarms, Command, Denial, LogCode, Mode, Response, Role};

/// Erases or damages a range of the memory.
fn lose(bench: &mut Bench, (from, until): (usize, usize), erased: bool) {
    for byte in &mut bench.nvm[from..until] {
        *byte = if erased { 0xff } else { *byte ^ 0x5a };
    }
}

/// Every packet from the provisioning of a pump to its start and a bolus.
fn tape() -> (Bench, Vec<Vec<u8>>) {
    let mut bench = Bench::blank();
    bench.tape = Some(Vec::new());
    bench.provision();
    bench.program(prescription());
    bench.clinician(Command::Start);
    bench.run_for(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(HOUR);
    let tape = bench.tape.take().expect("recorded");
    assert!(tape.len() >= 7);
    (bench, tape)
}

/// Verifies REQ-MEM-004, REQ-TEL-014, REQ-MEM-008, REQ-MEM-014, REQ-TEL-031.
#[test]
fn req_mem_004_lost_keys_or_counters_open_the_pump_to_no_recording() {
    const STATE: (usize, usize) = (0, 0x100);
    const SESSION: (usize, usize) = (0x100, 0x200);
    const KEYS: (usize, usize) = (0x200, 0x300);
    const WHOLE: &[(usize, usize)] = &[(0, 0x8000)];
    for lost in [
        &[SESSION][..],
        &[KEYS],
        &[KEYS, SESSION],
        &[STATE, SESSION],
        &[(0xc00, 0x1000), SESSION, KEYS],
        &[STATE, SESSION, KEYS],
        &[(0, 0x1000)],
        // Only the counters are left, or only what is under way.
        &[STATE, (0x200, 0x8000)],
        &[(0, 0xc00), (0xe00, 0x8000)],
        WHOLE,
    ] {
        for erased in [false, true] {
            let (mut bench, tape) = tape();
            for &range in lost {
                lose(&mut bench, range, erased);
            }
            bench.forget_keys();
            bench.reset(ResetCause::Pin);
            for round in 0..3 {
                let moved = bench.moved_us.len();
                for packet in &tape {
                    // Only asking for a challenge may be answered: it changes nothing.
                    bench.exchange(WakeReasons::TELEMETRY, packet);
                    let kind = bench.reaction.telemetry.as_slice().get(5);
                    assert!(matches!(kind, None | Some(0x8a)), "{lost:?}: {kind:?}");
                }
                bench.run_for(HOUR);
                assert_eq!(bench.moved_us.len(), moved, "{lost:?} {erased} {round}");
                bench.reset(ResetCause::Pin);
            }
            bench.provision();
            let status = bench.status();
            let whole = lost == WHOLE && erased;
            let expected = if whole {
                (Mode::Unprogrammed, false)
            } else {
                (Mode::SafeState, true)
            };
            let found = (status.mode, status.alarms.has(Alarms::MEMORY));
            assert_eq!(found, expected, "{lost:?} {erased}");
            bench.program(prescription());
            assert_eq!(bench.status().mode, Mode::Stopped);
            // The tape of the pump's first life opens none of its second.
            for packet in &tape {
                assert_eq!(bench.send(Role::Clinician, packet), None);
            }
            assert_eq!(bench.status().mode, Mode::Stopped);
        }
    }
}

/// Verifies REQ-BOL-008, REQ-MEM-008.
#[test]
fn grants_that_damage_has_erased_are_not_forgotten() {
    let mut bench = Bench::infusing(prescription());
    for press in 1..=3 {
        assert_eq!(bench.press(1, press), Response::BolusGranted);
        bench.run_for(4 * HOUR);
    }
    lose(&mut bench, (0x500, 0xb40), true);
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.press(1, 4), Response::BolusDenied(Denial::Lockout));
    let log = bench.log();
    let faults = log
        .iter()
        .filter(|entry| entry.code == LogCode::MemoryFault);
    let found: Vec<u32> = faults.map(|entry| entry.argument).collect();
    assert_eq!(found, [4]);
    // Three grants at once use up three of the four boluses a day.
    bench.run_for(4 * HOUR);
    assert_eq!(bench.press(1, 5), Response::BolusGranted);
    bench.run_for(4 * HOUR);
    assert_eq!(
        bench.press(1, 6),
        Response::BolusDenied(Denial::DailyMaximum)
    );
}

/// Verifies REQ-MEM-008, REQ-LOG-022.
#[test]
fn the_index_of_an_erased_log_goes_on() {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(2 * HOUR);
    let before = bench.status().log_entries;
    lose(&mut bench, (0x1000, 0x8000), true);
    bench.reset(ResetCause::Pin);
    assert!(bench.status().log_entries > before);
    assert_eq!(bench.log().len(), 1);
}

/// Verifies REQ-POST-008, REQ-MEM-008.
#[test]
fn a_pump_that_was_never_provisioned_stays_new_over_resets() {
    let mut bench = Bench::blank();
    bench.challenge();
    bench.send(Role::Clinician, &[0; 20]);
    for cause in [ResetCause::PowerOn, ResetCause::Pin, ResetCause::PowerOn] {
        bench.reset(cause);
    }
    bench.provision();
    let status = bench.status();
    assert_eq!(
        (status.mode, status.alarms),
        (Mode::Unprogrammed, Alarms(0))
    );
    bench.program(prescription());
    assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
}
