//! The event log: every kind of event is logged.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_link::ResetCause;
use thecal_telemetry::{CatheterWork, Command, LogCode, Prescription, Response, Role};
use thecal_units::{Concentration, Mass, Millis, Volume};

fn refill(microliters: u64) -> Command {
    Command::Refill {
        volume: Volume::from_nanoliters(microliters * 1_000),
        concentration: prescription().concentration,
    }
}

fn do_it(bench: &mut Bench, command: Command) {
    assert_eq!(bench.clinician(command), Response::Done, "{command:?}");
}

/// Implant, priming, start, boluses, a stall, a stuck button, a forged packet.
fn the_first_day(bench: &mut Bench) {
    bench.program(Prescription {
        catheter_volume: Volume::from_nanoliters(198_000),
        ..prescription()
    });
    do_it(bench, Command::PrimingBolus);
    bench.run_for(HOUR);
    do_it(bench, Command::Start);
    bench.run_for(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(MINUTE);
    bench.press(1, 2);
    bench.run_for(HOUR);
    let bolus = Command::ClinicianBolus {
        dose: Mass::from_nanograms(100_000),
        duration: Millis::from_millis(10 * MINUTE),
    };
    do_it(bench, bolus);
    bench.run_for(HOUR);
    bench.jammed = true;
    bench.run_for(5 * MINUTE);
    bench.jammed = false;
    bench.run_for(10 * MINUTE);
    bench.press(2, 9);
    bench.run_for(4 * MINUTE);
    bench.press(2, 9);
    assert_eq!(bench.send(Role::Clinician, &[0; 20]), None);
    do_it(bench, Command::Silence);
}

/// A magnet, a clock jump, an abandoned session, another drug, a reservoir that runs empty, a long
/// stop, resets, a bit flip, the end of service of the battery.
fn the_days_after(bench: &mut Bench) {
    bench.bring_magnet(true);
    bench.run_for(MINUTE);
    bench.bring_magnet(false);
    bench.jump(DAY.cast_signed());
    do_it(bench, Command::OpenUpdate { hold: true });
    bench.run_for(4 * MINUTE);
    let weaker = Command::RefillBridged {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: Concentration::from_ng_per_ml(5_000_000),
    };
    do_it(bench, weaker);
    bench.run_for(20 * HOUR);
    do_it(bench, refill(2_010));
    bench.run_for(2 * HOUR);
    do_it(bench, refill(10));
    bench.run_for(2 * HOUR);
    do_it(bench, refill(20_000));
    do_it(bench, Command::Stop);
    do_it(bench, Command::DeclareWork(CatheterWork::Aspirated));
    bench.press(1, 70);
    bench.clinician(Command::Commit {
        checksum: 0,
        time_of_week: 0,
    });
    bench.run_for(49 * HOUR);
    do_it(bench, Command::Start);
    bench.nvm[20] ^= 1;
    for cause in [ResetCause::Pin, ResetCause::Watchdog, ResetCause::BrownOut] {
        bench.reset(cause);
        bench.run_for(HOUR);
    }
    bench.loaded_mv = 2_100;
    bench.run_for(8 * HOUR);
}

/// Verifies REQ-LOG-001, REQ-LOG-005.
#[test]
fn every_kind_of_event_has_its_entry() {
    let mut bench = Bench::provisioned();
    the_first_day(&mut bench);
    the_days_after(&mut bench);
    let log = bench.log();
    let is_logged = |code: LogCode| log.iter().any(|entry| entry.code == code);
    // Findings of the board layer and bit flips in RAM do not occur at the pins.
    let from_inside = [LogCode::Crashed, LogCode::RamFault];
    let missing: Vec<LogCode> = LogCode::ALL
        .iter()
        .copied()
        .filter(|code| !from_inside.contains(code) && !is_logged(*code))
        .collect();
    assert_eq!(missing, []);
    assert!(log.is_sorted_by_key(|entry| entry.at));
}
