//! Monitoring besides the therapy: clock, battery, magnet; and the pump's reports.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_link::ResetCause;
use thecal_telemetry::{
    Alarms, Command, Denial, LogCode, LogEntry, Mode, Prescription, Rejection, Response, Role,
};
use thecal_units::{DoseRate, Mass, Millis, Volume};

fn entries(bench: &mut Bench, code: LogCode) -> Vec<LogEntry> {
    let log = bench.log();
    log.into_iter().filter(|entry| entry.code == code).collect()
}

/// Verifies REQ-CLK-001, REQ-CLK-003, REQ-LOG-005, REQ-CLK-010.
#[test]
fn a_jump_is_logged_and_shifts_neither_log_nor_lockout() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(MINUTE);
    bench.jump(DAY.cast_signed());
    assert_eq!(bench.press(1, 2), Response::BolusDenied(Denial::Lockout));
    bench.run_until(2 * HOUR);
    bench.jump(-DAY.cast_signed() - 60_000);
    bench.run_until(3 * HOUR);
    let jumps = entries(&mut bench, LogCode::ClockJump);
    assert_eq!(jumps.len(), 2, "{jumps:?}");
    // Accurate to what the pump can know: a pulse period, or the sleep in which it fell.
    assert!(jumps[0].argument.abs_diff(86_400) <= 60, "{jumps:?}");
    let back = jumps[1].argument;
    assert!(back & (1 << 31) != 0, "{jumps:?}");
    let at: Vec<u64> = bench
        .log()
        .iter()
        .map(|entry| entry.at.as_millis())
        .collect();
    assert!(at.is_sorted(), "{at:?}");
    assert!(at.iter().all(|&at| at <= bench.now), "{at:?}");
    // The watchdog reset extends the lockout by no more than an hour.
    bench.run_until(6 * HOUR);
    assert_eq!(bench.press(1, 3), Response::BolusGranted);
}

/// Verifies REQ-CLK-001, REQ-CLK-006, REQ-CLK-013, REQ-CLK-014.
#[test]
fn a_clock_at_the_end_of_its_range_gives_no_drug_and_is_alarmed() {
    for by in [1 << 42, 1 << 62, i64::MAX, i64::MAX - 60_001] {
        let mut bench = Bench::infusing(prescription());
        bench.run_until(HOUR);
        assert_eq!(bench.press(1, 1), Response::BolusGranted);
        bench.run_until(2 * HOUR);
        bench.turn_clock(by);
        bench.run_for(MINUTE);
        let start = bench.now;
        bench.run_for(HOUR);
        let moved = bench.steps_between(start, bench.now);
        assert!(moved.abs_diff(4_167) <= 10, "{moved} steps after {by} ms");
        assert_eq!(bench.status().alarms, Alarms::CLOCK_IMPLAUSIBLE);
        assert_eq!(bench.press(1, 2), Response::BolusDenied(Denial::Lockout));
        // Neither a reset nor the way back changes that.
        bench.reset(ResetCause::PowerOn);
        bench.run_for(HOUR);
        assert_eq!(bench.press(1, 3), Response::BolusDenied(Denial::Lockout));
        bench.clinician(Command::Silence);
        assert_eq!(bench.status().alarms, Alarms::CLOCK_IMPLAUSIBLE, "it lasts");
        bench.turn_clock(-by);
        bench.status();
        bench.run_for(5 * MINUTE);
        assert_eq!(bench.status().alarms, Alarms(0), "{by}");
        let start = bench.now;
        bench.run_for(HOUR);
        let moved = bench.steps_between(start, bench.now);
        assert!(
            moved.abs_diff(4_167) <= 10,
            "{moved} steps back from {by} ms"
        );
        let jumps = entries(&mut bench, LogCode::ClockJump);
        assert_eq!(jumps.len(), 2, "{jumps:?}");
        assert!(bench.log().is_sorted_by_key(|entry| entry.at));
    }
}

/// Verifies REQ-CLK-003, REQ-CLK-014, REQ-CLK-001.
#[test]
fn jumps_within_the_sleep_win_no_more_than_a_pulse_each() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    // Each jump ends just before the requested wake.
    while bench.now < 5 * HOUR - 6 * MINUTE {
        bench.run_for(MINUTE);
        bench.jump(55_000);
    }
    // 234 jumps of 0.86 s, the pulse period, are 202 s.
    bench.run_until(5 * HOUR - 4 * MINUTE);
    assert_eq!(bench.press(1, 2), Response::BolusDenied(Denial::Lockout));
    let jumps = entries(&mut bench, LogCode::ClockJump);
    let left_out = entries(&mut bench, LogCode::LeftOut);
    let counted = left_out.iter().map(|entry| entry.argument & 0xff_ffff);
    assert!(jumps.len() as u64 + u64::from(counted.sum::<u32>()) > 200);
}

/// Verifies REQ-CLK-004, REQ-CLK-007, REQ-CLK-008.
#[test]
fn time_off_counts_for_the_log_and_not_for_the_lockout() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(30 * MINUTE);
    bench.power_off(10 * HOUR);
    assert_eq!(bench.press(1, 2), Response::BolusDenied(Denial::Lockout));
    let last = bench.log().last().copied().unwrap();
    assert_eq!(last.at.as_millis(), bench.now);
    bench.run_for(4 * HOUR);
    assert_eq!(bench.press(1, 3), Response::BolusGranted);
}

/// Verifies REQ-BAT-001, REQ-BAT-002, REQ-BAT-003, REQ-BAT-004, REQ-BAT-015, REQ-BAT-016,
/// REQ-BAT-017.
#[test]
fn a_battery_that_fails_is_told_then_ends_the_service_on_two_sources() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(DAY);
    assert_eq!(bench.status().alarms, Alarms(0));
    bench.loaded_mv = 2_400;
    bench.run_for(4 * HOUR);
    assert_eq!(bench.status().alarms, Alarms::ELECTIVE_REPLACEMENT);
    let due = entries(&mut bench, LogCode::ElectiveReplacement);
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].argument, 2_400);
    // After silencing it stays active; ninety days end the service without stopping the infusion.
    bench.clinician(Command::Silence);
    let end = due[0].at.as_millis() + 90 * DAY;
    for day in [25, 50, 75] {
        bench.run_until(day * DAY);
        let refill = Command::Refill {
            volume: Volume::from_nanoliters(20_000_000),
            concentration: prescription().concentration,
            bridge: false,
            drawn: None,
        };
        assert_eq!(bench.clinician(refill), Response::Done);
    }
    bench.run_until(end - 2 * MINUTE);
    assert_eq!(bench.status().alarms, Alarms::ELECTIVE_REPLACEMENT);
    bench.run_for(4 * MINUTE);
    let status = bench.status();
    assert!(status.alarms.has(Alarms::END_OF_SERVICE), "{status:?}");
    assert_eq!(status.mode, Mode::Infusing);
    bench.reset(ResetCause::Pin);
    let ended = entries(&mut bench, LogCode::EndOfService);
    assert_eq!(ended.len(), 1, "told once, resets or not");
    assert_eq!(ended[0].argument, 90);
    // The second source: the voltage. Now the infusion stops, with an alarm.
    bench.loaded_mv = 2_199;
    bench.run_for(5 * HOUR);
    let status = bench.status();
    assert_eq!(status.mode, Mode::EndOfService);
    assert!(status.alarms.has(Alarms::INFUSION_ENDED_WITH_THE_BATTERY));
    let moved = bench.moved_us.len();
    bench.run_for(HOUR);
    assert_eq!(bench.moved_us.len(), moved);
    // A clinician may start it again; the low voltage must then be confirmed again.
    assert_eq!(bench.clinician(Command::Start), Response::Done);
    bench.run_for(MINUTE);
    assert!(bench.moved_us.len() > moved);
    bench.run_for(5 * HOUR);
    assert_eq!(bench.status().mode, Mode::EndOfService);
}

/// Verifies REQ-BAT-002, REQ-BAT-004.
#[test]
fn a_low_voltage_alone_stops_nothing_before_it_is_confirmed() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(2 * HOUR);
    bench.loaded_mv = 2_000;
    bench.run_for(10 * MINUTE);
    bench.loaded_mv = 2_850;
    bench.run_for(DAY);
    let status = bench.status();
    assert_eq!((status.mode, status.alarms), (Mode::Infusing, Alarms(0)));
}

/// Verifies REQ-BAT-001, REQ-MET-001, REQ-BAT-011.
#[test]
fn a_check_saves_up_eight_steps_and_gives_them_quickly_three_times() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR + 35 * MINUTE);
    let pairs = bench.moved_us.windows(2);
    let gaps: Vec<u64> = pairs.map(|pair| pair[1] - pair[0]).collect();
    for period in [72_000, 36_000, 18_000] {
        let fast = gaps.iter().filter(|&&gap| gap == period).count();
        assert_eq!(fast, 7, "{period} us");
    }
    let slow = gaps.iter().filter(|&&gap| gap > 6_000_000).count();
    assert_eq!(slow, 3);
    let due = 100_000 * (HOUR + 35 * MINUTE) / DAY;
    assert!((bench.moved_us.len() as u64).abs_diff(due) <= 1);
}

/// Verifies REQ-MAG-001, REQ-MAG-002, REQ-MAG-003, REQ-MAG-004, REQ-MAG-005.
#[test]
fn a_magnet_is_logged_denies_boluses_and_latches_nothing() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.bring_magnet(true);
    assert_eq!(bench.press(1, 1), Response::BolusDenied(Denial::Magnet));
    let start = bench.now;
    bench.run_for(HOUR);
    let moved = bench.steps_between(start, bench.now);
    assert!(moved.abs_diff(4_167) <= 9, "the therapy goes on: {moved}");
    bench.bring_magnet(false);
    assert_eq!(bench.press(1, 2), Response::BolusGranted);
    assert_eq!(entries(&mut bench, LogCode::MagnetClosed).len(), 1);
    let opened = entries(&mut bench, LogCode::MagnetOpened);
    assert_eq!(
        opened
            .iter()
            .map(|entry| entry.argument)
            .collect::<Vec<_>>(),
        [60]
    );
}

/// Verifies REQ-MAG-003, REQ-THE-005, REQ-THE-026.
#[test]
fn a_session_opened_by_interference_while_an_alarm_sounds_ends_by_itself() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.reset(ResetCause::BrownOut);
    assert!(bench.status().alarms.has(Alarms::RESET));
    bench.bring_magnet(true);
    bench.clinician(Command::OpenUpdate { hold: true });
    bench.run_for(3 * MINUTE);
    let start = bench.now;
    bench.run_for(HOUR);
    assert!(bench.steps_between(start, bench.now) >= 4_150);
    assert!(bench.tones.len() >= 6, "the alarm goes on");
}

/// Verifies REQ-TEL-008, REQ-TEL-009, REQ-TEL-010, REQ-POST-012, REQ-TEL-026.
#[test]
fn the_pump_tells_prescription_alarms_and_health() {
    let mut bench = Bench::provisioned();
    assert_eq!(
        bench.clinician(Command::ReadPrescription),
        Response::Rejected(Rejection::NotProgrammed)
    );
    let mut bench = Bench::infusing(prescription());
    assert_eq!(
        bench.clinician(Command::ReadPrescription),
        Response::Prescription(prescription())
    );
    bench.run_until(2 * HOUR);
    bench.reset(ResetCause::Pin);
    bench.reset(ResetCause::Watchdog);
    bench.run_for(10 * MINUTE);
    let Response::Alarms(report) = bench.clinician(Command::ReadAlarms) else {
        panic!("no alarms");
    };
    assert_eq!(
        (report.active, report.acknowledged),
        (Alarms::RESET, Alarms(0))
    );
    assert_eq!(report.minutes[3], 10);
    assert!(
        report
            .minutes
            .iter()
            .enumerate()
            .all(|(bit, &age)| bit == 3 || age == u32::MAX)
    );
    let health = bench.health();
    assert_eq!(health.resets, 2);
    assert_eq!(health.close_resets, 1);
    assert_eq!(health.replacement_days, u16::MAX);
    assert_eq!(health.monotonic.as_millis(), bench.now);
    assert_eq!(u64::from(health.time_of_week), bench.now);
    assert!(health.therapy_time.as_millis() <= bench.now);
    assert!(!health.in_session && !health.primed && !health.magnet);
}

/// The codes of the log, oldest first.
fn codes(bench: &mut Bench) -> Vec<LogCode> {
    bench.log().iter().map(|entry| entry.code).collect()
}

/// The entries of the events below, in order.
const WHATEVER_HAPPENS: [LogCode; 34] = [
    LogCode::PowerOn,
    LogCode::Provisioned,
    LogCode::Programmed,
    LogCode::Concentration,
    LogCode::CatheterVolume,
    LogCode::PatientBolusDose,
    LogCode::PrescriptionChecksum,
    LogCode::Started,
    LogCode::BolusGranted,
    LogCode::BolusDenied,
    LogCode::BolusEnded,
    LogCode::ClinicianBolus,
    LogCode::BolusEnded,
    LogCode::MotorStall,
    LogCode::StallRecovery,
    LogCode::Silenced,
    LogCode::Stopped,
    LogCode::Started,
    LogCode::MagnetClosed,
    LogCode::MagnetOpened,
    LogCode::Unauthentic,
    LogCode::CountedBefore,
    LogCode::Refilled,
    LogCode::Concentration,
    LogCode::LowReservoir,
    LogCode::CountedBefore,
    LogCode::Refilled,
    LogCode::Concentration,
    LogCode::EmptyReservoir,
    LogCode::PinReset,
    LogCode::WatchdogReset,
    LogCode::BrownOutReset,
    LogCode::PowerOn,
    LogCode::MemoryFault,
];

/// Verifies REQ-LOG-001, REQ-BOL-018, REQ-STL-012, REQ-ALM-014, REQ-LOG-011, REQ-LOG-012.
#[test]
fn whatever_happens_is_in_the_log_in_order() {
    let mut bench = Bench::infusing(Prescription {
        lockout: Millis::MINUTE.times(20),
        ..prescription()
    });
    bench.run_for(10 * MINUTE);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.press(1, 2);
    bench.press(1, 3);
    bench.run_for(30 * MINUTE);
    bench.clinician(Command::ClinicianBolus {
        dose: prescription().bolus_dose,
        duration: Millis::MINUTE,
    });
    bench.run_for(30 * MINUTE);
    bench.jammed = true;
    bench.run_for(10 * MINUTE);
    bench.jammed = false;
    bench.run_for(10 * MINUTE);
    bench.clinician(Command::Silence);
    bench.clinician(Command::Stop);
    bench.clinician(Command::Start);
    bench.bring_magnet(true);
    bench.bring_magnet(false);
    let forged = bench.packet(Role::Remote(1), &Command::Stop);
    bench.send(Role::Remote(1), &forged[..forged.len() - 1]);
    for nanoliters in [1_000_000, 5] {
        bench.clinician(Command::Refill {
            volume: Volume::from_nanoliters(nanoliters),
            concentration: prescription().concentration,
            bridge: false,
            drawn: None,
        });
        bench.run_for(MINUTE);
    }
    bench.reset(ResetCause::Pin);
    bench.reset(ResetCause::Watchdog);
    bench.reset(ResetCause::BrownOut);
    bench.nvm[3] ^= 1;
    bench.reset(ResetCause::PowerOn);
    let found = codes(&mut bench);
    assert_eq!(found, WHATEVER_HAPPENS);
}

/// Verifies REQ-LOG-003, REQ-LOG-012.
#[test]
fn entries_that_found_no_room_follow_in_order() {
    let mut bench = Bench::infusing(prescription());
    // While memory takes nothing, entries accumulate; one exchange has room for a few of them.
    bench.worn = true;
    for _ in 0..15 {
        bench.clinician(Command::Stop);
        bench.clinician(Command::Start);
    }
    bench.worn = false;
    bench.run_for(5 * MINUTE);
    bench.reset(ResetCause::Pin);
    let found = codes(&mut bench);
    let stops = found
        .iter()
        .filter(|&&code| code == LogCode::Stopped)
        .count();
    assert_eq!(stops, 15);
    let turns: Vec<LogCode> = found
        .into_iter()
        .filter(|code| matches!(code, LogCode::Stopped | LogCode::Started))
        .collect();
    for pair in turns.windows(2) {
        assert_ne!(pair[0], pair[1], "{turns:?}");
    }
}

/// Verifies REQ-BAT-002, REQ-BAT-013.
#[test]
fn an_infusion_that_is_fast_is_load_enough() {
    // 20 mL/day: no step is saved up, but the supply is checked all the same.
    let mut bench = Bench::infusing(Prescription {
        dose: DoseRate::from_ng_per_day(200_000_000),
        bolus_dose: Mass::ZERO,
        ..prescription()
    });
    bench.loaded_mv = 2_400;
    bench.run_for(5 * HOUR);
    assert!(bench.status().alarms.has(Alarms::ELECTIVE_REPLACEMENT));
    let pairs = bench.moved_us.windows(2);
    let longest = pairs.map(|pair| pair[1] - pair[0]).max();
    assert!(longest < Some(40_000), "{longest:?} us without a step");
}

/// Verifies REQ-THE-001, REQ-MET-010.
#[test]
fn what_a_check_had_saved_up_is_not_given_after_a_stop() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR + 5_000);
    assert!(
        bench.moved_us.last() < Some(&(HOUR * 1_000 + 1_000_000)),
        "it saves up"
    );
    bench.clinician(Command::Stop);
    bench.clinician(Command::Start);
    let start = bench.now;
    bench.run_for(2_000);
    assert!(bench.steps_between(start, bench.now) <= 3);
}

/// Verifies REQ-STL-027.
#[test]
fn a_recovery_tells_how_long_the_motor_stood() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(31 * MINUTE);
    bench.jammed = false;
    bench.run_for(10 * MINUTE);
    let recovered = entries(&mut bench, LogCode::StallRecovery);
    let minutes: Vec<u32> = recovered.iter().map(|entry| entry.argument).collect();
    assert_eq!(minutes.len(), 1);
    assert!((30..=36).contains(&minutes[0]), "{minutes:?}");
}
