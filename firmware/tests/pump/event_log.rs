//! The event log: every kind of event is logged.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_link::ResetCause;
use thecal_link::frame::checksum;
use thecal_telemetry::{
    CatheterWork, Command, Infusion, LogCode, Prescription, Rejection, Response, Role, Schedule,
    ScheduleStep,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

fn refill(microliters: u64) -> Command {
    Command::Refill {
        volume: Volume::from_nanoliters(microliters * 1_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    }
}

fn do_it(bench: &mut Bench, command: Command) {
    assert_eq!(bench.clinician(command), Response::Done, "{command:?}");
}

fn minimum_rate() -> Prescription {
    Prescription {
        infusion: Infusion::MinimumRate,
        dose: DoseRate::ZERO,
        ..prescription()
    }
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
    let weaker = Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: Concentration::from_ng_per_ml(5_000_000),
        bridge: true,
        drawn: Some(Volume::from_nanoliters(16_000_000)),
    };
    do_it(bench, weaker);
    bench.run_for(20 * HOUR);
    do_it(bench, refill(2_010));
    bench.run_for(2 * HOUR);
    do_it(bench, refill(10));
    bench.run_for(2 * HOUR);
    do_it(bench, refill(20_000));
    bench.program(minimum_rate());
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
    bench.reset(ResetCause::BrownOut);
    for _ in 0..9 {
        bench.bring_magnet(true);
        bench.bring_magnet(false);
    }
}

/// Verifies REQ-LOG-001, REQ-LOG-005, REQ-BOL-018, REQ-LOG-013.
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

/// The entries made since there were `before`.
fn since(bench: &mut Bench, before: usize) -> Vec<(LogCode, u32)> {
    let log = bench.log();
    let new = log.iter().skip(before);
    new.map(|entry| (entry.code, entry.argument)).collect()
}

/// Verifies REQ-LOG-009.
#[test]
fn req_log_009_a_programming_names_all_that_makes_the_dose() {
    let mut bench = Bench::provisioned();
    // Half a milligram a day, and from noon to midnight on Sunday 2.5: the mean of the week is 0.643.
    let mut schedule = Schedule::EMPTY;
    for (minute, ng_per_day) in [(0, 500_000), (12 * 60, 2_500_000)] {
        assert!(schedule.push(ScheduleStep {
            days: 1 << 6,
            minute,
            dose: DoseRate::from_ng_per_day(ng_per_day),
        }));
    }
    assert!(schedule.push(ScheduleStep {
        days: 1,
        minute: 0,
        dose: DoseRate::from_ng_per_day(500_000),
    }));
    let flex = Prescription {
        infusion: Infusion::Flex,
        dose: DoseRate::ZERO,
        schedule,
        catheter_volume: Volume::from_nanoliters(198_000),
        ..prescription()
    };
    let no_bolus = Prescription {
        bolus_dose: Mass::ZERO,
        ..prescription()
    };
    for (of, dose, daily) in [
        (flex, 0, Some(642_857)),
        (minimum_rate(), 0, Some(60_000)),
        (no_bolus, no_bolus.dose.as_ng_per_day(), None),
    ] {
        let before = bench.log().len();
        assert_eq!(bench.program(of), Response::Done);
        let catheter = of.catheter_volume.as_nanoliters_round_down();
        let bolus = of.bolus_dose.as_nanograms_round_down();
        let mut expected = vec![
            (LogCode::Programmed, dose),
            (LogCode::Concentration, of.concentration.as_ng_per_ml()),
            (LogCode::CatheterVolume, catheter.try_into().expect("small")),
        ];
        expected.extend(daily.map(|daily| (LogCode::DailyDose, daily)));
        if bolus != 0 {
            expected.push((LogCode::PatientBolusDose, bolus.try_into().expect("small")));
        }
        let whole = checksum(&of.to_bytes());
        expected.push((LogCode::PrescriptionChecksum, whole));
        assert_eq!(since(&mut bench, before), expected);
    }
}

/// Verifies REQ-RES-002, REQ-LOG-018, REQ-RES-010.
#[test]
fn req_log_009_a_refill_names_what_was_counted_drawn_and_filled() {
    let mut bench = Bench::infusing(prescription());
    let milliliters = |count: u64| Volume::from_nanoliters(count * 1_000_000);
    bench.run_for(10 * DAY);
    // The pump counts what it has moved; the syringe shows another story.
    let counted = bench.status().reservoir.as_nanoliters_round_down();
    let entered = Command::Refill {
        volume: milliliters(18),
        concentration: Concentration::from_ng_per_ml(9_000_000),
        bridge: false,
        drawn: Some(milliliters(20)),
    };
    let before = bench.log().len();
    do_it(&mut bench, entered);
    assert_eq!(
        since(&mut bench, before),
        [
            (LogCode::CountedBefore, counted.try_into().expect("small")),
            (LogCode::DrawnBefore, 20_000_000),
            (LogCode::Refilled, 18_000_000),
            (LogCode::Concentration, 9_000_000),
        ]
    );
    assert_eq!(bench.status().reservoir, milliliters(18));
    // More than a reservoir holds cannot have been drawn out.
    let before = bench.log().len();
    let absurd = Command::Refill {
        volume: milliliters(18),
        concentration: Concentration::from_ng_per_ml(9_000_000),
        bridge: false,
        drawn: Some(milliliters(41)),
    };
    let refused = Rejection::VolumeRange;
    assert_eq!(bench.clinician(absurd), Response::Rejected(refused));
    let argument = u32::from(absurd.number()) << 8 | refused as u32;
    let expected = [(LogCode::Refused, argument)];
    assert_eq!(since(&mut bench, before), expected);
}
