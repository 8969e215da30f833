//! A pump whose prescription or state is lost: it has none, so it answers as one that has none, and not
//! from a prescription of zeros.

use crate::bench::{Bench, HOUR, MINUTE, prescription, rejected};
use thecal_link::ResetCause;
use thecal_telemetry::{Alarms, CatheterWork, Command, Denial, LogCode, Mode, Rejection, Response};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

/// Both slots of the prescription; the state.
const LOST: [(usize, usize); 2] = [(0x300, 0x500), (0, 0x100)];

fn lost(range: (usize, usize)) -> Bench {
    let mut bench = Bench::infusing(prescription());
    bench.run_for(HOUR);
    for byte in &mut bench.nvm[range.0..range.1] {
        *byte ^= 0x5a;
    }
    bench.reset(ResetCause::Pin);
    bench.run_for(MINUTE);
    bench
}

/// Verifies REQ-MEM-013, REQ-TEL-009, REQ-BOL-026, REQ-BOL-024, REQ-THE-037.
#[test]
fn what_needs_a_prescription_is_refused_as_not_programmed() {
    for range in LOST {
        let mut bench = lost(range);
        for round in 0..2 {
            let status = bench.status();
            assert_eq!(status.mode, Mode::SafeState);
            assert_eq!(status.dose, DoseRate::ZERO);
            let refill = |concentration| Command::Refill {
                volume: Volume::from_nanoliters(20_000_000),
                concentration,
                bridge: false,
                drawn: None,
            };
            for (command, why) in [
                (Command::ReadPrescription, Rejection::NotProgrammed),
                (Command::Start, Rejection::SafeState),
                (Command::Stop, Rejection::NotProgrammed),
                (
                    refill(prescription().concentration),
                    Rejection::NotProgrammed,
                ),
                (refill(Concentration::ZERO), Rejection::NotProgrammed),
                (Command::PrimingBolus, Rejection::NotProgrammed),
                (
                    Command::DeclareWork(CatheterWork::Revised),
                    Rejection::NotProgrammed,
                ),
                (
                    Command::ClinicianBolus {
                        dose: Mass::from_nanograms(1),
                        duration: Millis::ZERO,
                    },
                    Rejection::NotProgrammed,
                ),
            ] {
                let answer = bench.clinician(command);
                assert_eq!(answer, rejected(why), "{range:?} {round}: {command:?}");
            }
            let denied = Response::BolusDenied(Denial::NotProgrammed);
            assert_eq!(bench.press(1, 1), denied, "{range:?} {round}");
            bench.reset(ResetCause::Pin);
        }
    }
}

/// Verifies REQ-MEM-003, REQ-MEM-011, REQ-MEM-013.
#[test]
fn the_loss_is_told_once_and_a_new_prescription_ends_it() {
    for range in LOST {
        let mut bench = lost(range);
        bench.clinician(Command::Silence);
        for _ in 0..3 {
            bench.reset(ResetCause::Pin);
            bench.run_for(MINUTE);
            let status = bench.status();
            assert_eq!(status.mode, Mode::SafeState);
            assert_eq!(status.alarms, Alarms::SAFE_STATE);
        }
        let log = bench.log();
        let faults = log
            .iter()
            .filter(|entry| entry.code == LogCode::MemoryFault);
        assert_eq!(faults.count(), 1, "{range:?}");
        assert_eq!(bench.program(prescription()), Response::Done);
        assert_eq!(bench.status().mode, Mode::Stopped);
        let answer = bench.clinician(Command::ReadPrescription);
        assert_eq!(answer, Response::Prescription(prescription()));
    }
}
