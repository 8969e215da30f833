//! What lasts outlasts a reset: ages of alarms, a magnet, the battery's days and counts, and what is
//! known of a bolus that a reset cuts.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_link::ResetCause;
use thecal_telemetry::{Alarms, Command, LogCode, LogEntry, Mode, Prescription, Response};
use thecal_units::{DoseRate, Mass, Millis, Volume};

/// Bit of a bolus's end: a reset ended it, and at most so many steps moved.
const AT_MOST: u32 = 1 << 31;

fn ages(bench: &mut Bench) -> [u32; 16] {
    match bench.clinician(Command::ReadAlarms) {
        Response::Alarms(report) => report.minutes,
        other => panic!("no alarms but {other:?}"),
    }
}

fn entries(bench: &mut Bench, code: LogCode) -> Vec<LogEntry> {
    let log = bench.log();
    log.into_iter().filter(|entry| entry.code == code).collect()
}

fn refill(nanoliters: u64) -> Command {
    Command::Refill {
        volume: Volume::from_nanoliters(nanoliters),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    }
}

/// 0.1 mL a day: the reservoir lasts for half a year.
fn slow() -> Prescription {
    Prescription {
        dose: DoseRate::from_ng_per_day(1_000_000),
        ..prescription()
    }
}

/// Verifies REQ-TEL-010, REQ-ALM-007, REQ-TEL-029.
#[test]
fn req_tel_010_the_age_of_an_alarm_goes_on_over_resets() {
    let mut bench = Bench::infusing(slow());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_until(2 * HOUR);
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
    let onset = ages(&mut bench)[0];
    for round in 1..=20 {
        bench.run_for(HOUR);
        bench.reset(ResetCause::PowerOn);
        assert_eq!(ages(&mut bench)[0], onset + 60 * round);
    }
    // Nor does time without power, a jump of the clock or an acknowledgement make it younger.
    bench.power_off(5 * HOUR);
    bench.turn_clock(-DAY.cast_signed());
    bench.run_for(MINUTE);
    bench.clinician(Command::Silence);
    bench.reset(ResetCause::Pin);
    let age = ages(&mut bench)[0];
    let true_age = onset + 60 * 25 + 1;
    assert!((true_age - 3..=true_age).contains(&age), "{age} min");
    // Its cause ends, and a new one begins: a new age.
    bench.jammed = false;
    bench.run_for(3 * HOUR);
    assert_eq!(bench.status().alarms, Alarms(0));
    bench.jammed = true;
    bench.run_for(HOUR);
    assert!(ages(&mut bench)[0] < 60);
}

/// Verifies REQ-TEL-029.
#[test]
fn the_age_of_an_alarm_is_at_least_that_since_the_reset_that_lost_it() {
    let mut bench = Bench::infusing(slow());
    bench.reset(ResetCause::Watchdog);
    bench.run_for(HOUR);
    for at in 0xc00..0xe00 {
        bench.nvm[at] ^= 1;
    }
    bench.reset(ResetCause::Pin);
    bench.run_for(10 * MINUTE);
    assert_eq!(ages(&mut bench)[3], 10);
}

/// Verifies REQ-TEL-010.
#[test]
fn an_alarm_that_a_boot_raises_is_not_as_old_as_the_one_before_it() {
    let bit = Alarms::UPDATE_ABANDONED.0.trailing_zeros() as usize;
    let mut bench = Bench::infusing(slow());
    let open = Command::OpenUpdate { hold: false };
    assert_eq!(bench.clinician(open), Response::Done);
    bench.run_for(HOUR);
    assert!(ages(&mut bench)[bit] > 50);
    bench.clinician(Command::Silence);
    // The next session is ended by a reset: its alarm is new, and the record tells the age of the old one.
    assert_eq!(bench.clinician(open), Response::Done);
    bench.reset(ResetCause::Pin);
    assert!(bench.status().alarms.has(Alarms::UPDATE_ABANDONED));
    assert_eq!(ages(&mut bench)[bit], 0);
    bench.run_for(30 * MINUTE);
    bench.reset(ResetCause::Pin);
    assert_eq!(ages(&mut bench)[bit], 30);
}

/// Verifies REQ-MAG-001, REQ-MAG-004.
#[test]
fn a_magnet_that_stays_is_one_magnet_whatever_resets() {
    let mut bench = Bench::infusing(slow());
    bench.run_until(HOUR);
    bench.bring_magnet(true);
    bench.run_for(HOUR);
    bench.reset(ResetCause::Watchdog);
    bench.run_for(HOUR);
    bench.bring_magnet(false);
    assert_eq!(entries(&mut bench, LogCode::MagnetClosed).len(), 1);
    let opened = entries(&mut bench, LogCode::MagnetOpened);
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].argument, 120);
}

/// Verifies REQ-BAT-005, REQ-BAT-002, REQ-BAT-003, REQ-BAT-019.
#[test]
fn req_bat_005_a_reset_loop_neither_stretches_the_reserve_nor_hides_the_battery() {
    // The supply is low from the start; the pump resets each fifty minutes, and every time its clock
    // begins anew, so that only its records tell the time.
    for dead_clock in [false, true] {
        let mut bench = Bench::infusing(slow());
        bench.loaded_mv = 2_450;
        let mut due = None;
        while bench.now < 95 * DAY && !bench.status().alarms.has(Alarms::END_OF_SERVICE) {
            bench.run_for(50 * MINUTE);
            if dead_clock {
                let clock = bench.clock();
                bench.turn_clock(-i64::try_from(clock).expect("small"));
            }
            bench.reset(ResetCause::PowerOn);
            if bench.now % (10 * DAY) < 50 * MINUTE {
                assert_eq!(bench.clinician(refill(20_000_000)), Response::Done);
            }
            if due.is_none() && bench.health().replacement_days == 0 {
                due = Some(bench.now);
            }
        }
        let due = due.expect("replacement became due");
        assert!(due < DAY, "due after {} h", due / HOUR);
        let reserve = (bench.now - due) / DAY;
        // Where the clock is lost, the longest that it can have been counts.
        let expected = if dead_clock { 65..=90 } else { 89..=91 };
        assert!(expected.contains(&reserve), "{reserve} days");
        assert_eq!(entries(&mut bench, LogCode::ElectiveReplacement).len(), 1);
        assert_eq!(entries(&mut bench, LogCode::EndOfService).len(), 1);
    }
}

/// Verifies REQ-BAT-005, REQ-MEM-003, REQ-MEM-012.
#[test]
fn the_days_since_replacement_outlast_the_loss_of_either_record() {
    for lost in [0x000..0x100, 0xc00..0xe00] {
        let mut bench = Bench::infusing(slow());
        bench.loaded_mv = 2_450;
        bench.run_until(40 * DAY);
        let days = bench.health().replacement_days;
        assert!((39..=40).contains(&days), "{days}");
        for at in lost.clone() {
            bench.nvm[at] ^= 1;
        }
        bench.reset(ResetCause::PowerOn);
        let health = bench.health();
        assert_eq!(health.replacement_days, days, "{lost:?}");
        let alarms = bench.status().alarms;
        assert!(alarms.has(Alarms::ELECTIVE_REPLACEMENT), "{lost:?}");
    }
}

/// Verifies REQ-BAT-004, REQ-BAT-006.
#[test]
fn req_bat_004_a_low_supply_alone_stops_no_infusion_and_one_that_recovers_leaves_no_trace_of_it() {
    // 2.14 V under load for a week, from six hours on, and then 3 V again.
    let mut bench = Bench::infusing(slow());
    bench.run_until(6 * HOUR);
    bench.loaded_mv = 2_136;
    bench.run_until(7 * DAY);
    let status = bench.status();
    assert_eq!(status.mode, Mode::Infusing);
    let told = Alarms::END_OF_SERVICE.with(Alarms::ELECTIVE_REPLACEMENT);
    assert_eq!(status.alarms, told);
    let moved = bench.moved_us.len() as u64;
    assert!(moved.abs_diff(20_000 * 7) <= 10, "{moved} steps");
    assert_eq!(bench.health().loaded_mv, 2_136);
    bench.loaded_mv = 3_000;
    bench.run_for(DAY);
    assert_eq!(bench.health().loaded_mv, 3_000);
    assert_eq!(bench.status().mode, Mode::Infusing);
}

/// Verifies REQ-BAT-004, REQ-TEL-025, REQ-BAT-015, REQ-BAT-016, REQ-BAT-018.
#[test]
fn req_bat_004_a_brown_out_confirms_the_voltage_unless_a_bolus_explains_it() {
    let mut bench = Bench::infusing(slow());
    bench.loaded_mv = 2_136;
    bench.run_until(DAY);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(5 * MINUTE);
    bench.reset(ResetCause::BrownOut);
    bench.run_for(HOUR);
    assert_eq!(bench.status().mode, Mode::Infusing, "in a bolus");
    bench.reset(ResetCause::BrownOut);
    bench.run_for(MINUTE);
    assert_eq!(bench.status().mode, Mode::EndOfService);
    assert!(
        bench
            .status()
            .alarms
            .has(Alarms::INFUSION_ENDED_WITH_THE_BATTERY)
    );
    // Nothing is checked while nothing is driven: what was read is told for two days.
    assert_eq!(bench.health().loaded_mv, 2_136);
    bench.run_for(3 * DAY);
    assert_eq!(bench.health().loaded_mv, 0);
    // The supply has recovered. The clinician starts; the first check follows at once.
    bench.loaded_mv = 3_000;
    assert_eq!(bench.clinician(Command::Start), Response::Done);
    bench.run_for(HOUR);
    assert_eq!(bench.health().loaded_mv, 3_000);
    bench.run_for(30 * DAY);
    assert_eq!(bench.status().mode, Mode::Infusing);
}

/// Verifies REQ-BOL-010, REQ-BOL-045, REQ-BOL-046, REQ-BOL-047.
#[test]
fn req_bol_018_a_bolus_that_a_reset_cuts_moved_at_most_what_the_log_says() {
    let large = Command::ClinicianBolus {
        dose: Mass::from_nanograms(5_000_000),
        duration: Millis::HOUR,
    };
    for minutes in [0, 1, 7, 20, 45, 59] {
        let mut bench = Bench::infusing(slow());
        bench.run_until(2 * HOUR);
        let before = bench.moved_us.len();
        assert_eq!(bench.clinician(large), Response::Done);
        bench.run_for(minutes * MINUTE);
        let moved = (bench.moved_us.len() - before) as u64;
        bench.reset(ResetCause::PowerOn);
        let ended = entries(&mut bench, LogCode::BolusEnded);
        assert_eq!(ended.len(), 1);
        let most = u64::from(ended[0].argument & !AT_MOST);
        assert_ne!(ended[0].argument & AT_MOST, 0, "it is a bound");
        let of_infusion = minutes * MINUTE * 20_000 / DAY + 1;
        assert!(most + of_infusion >= moved, "{most}, but {moved} moved");
        assert!(most <= moved + 3_000, "{most}, but only {moved} moved");
        assert!(most <= 100_000);
    }
    // One that is stopped is known to the step, also after a reset.
    let mut bench = Bench::infusing(Prescription {
        dose: DoseRate::ZERO,
        ..prescription()
    });
    assert_eq!(bench.clinician(large), Response::Done);
    bench.run_for(10 * MINUTE);
    bench.clinician(Command::Stop);
    bench.reset(ResetCause::PowerOn);
    let ended = entries(&mut bench, LogCode::BolusEnded);
    let moved = bench.moved_us.len() as u64;
    assert_eq!(ended.len(), 1);
    assert_eq!(u64::from(ended[0].argument), moved);
}

/// Verifies REQ-THE-009, REQ-CLK-012, REQ-THE-033, REQ-THE-035.
#[test]
fn req_the_009_programmed_to_nothing_is_alarmed_like_stopped() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(DAY);
    let nothing = Prescription {
        dose: DoseRate::ZERO,
        ..prescription()
    };
    assert_eq!(bench.program(nothing), Response::Done);
    bench.run_for(24 * HOUR);
    // Resets and time without power do not restart the count by more than an hour.
    for _ in 0..5 {
        bench.reset(ResetCause::PowerOn);
    }
    bench.run_for(24 * HOUR - MINUTE);
    assert_eq!(bench.status().alarms, Alarms(0));
    bench.run_for(HOUR + 2 * MINUTE);
    assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
    let long = entries(&mut bench, LogCode::StoppedLong);
    assert_eq!(long.len(), 1);
    assert_eq!(long[0].argument, 48);
    // A bolus is drug: it is granted, and the alarm ends with its acknowledgement.
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.clinician(Command::Silence);
    assert_eq!(bench.status().alarms, Alarms(0));
    bench.run_for(48 * HOUR + 18 * MINUTE);
    assert_eq!(bench.status().alarms, Alarms(0));
    bench.run_for(5 * MINUTE);
    assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
    // Acknowledged, it stays without a tone until something is prescribed again.
    bench.clinician(Command::Silence);
    assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
    assert_eq!(bench.program(prescription()), Response::Done);
    bench.run_for(MINUTE);
    assert_eq!(bench.status().alarms, Alarms(0));
    // Started with nothing prescribed: 48 hours from the start.
    let mut bench = Bench::infusing(nothing);
    bench.run_for(40 * HOUR);
    bench.clinician(Command::Stop);
    bench.clinician(Command::Start);
    bench.run_for(47 * HOUR);
    assert_eq!(bench.status().alarms, Alarms(0));
    bench.run_for(2 * HOUR);
    assert_eq!(bench.status().alarms, Alarms::STOPPED_FOR_LONG);
}

/// Verifies REQ-THE-034.
#[test]
fn a_stall_or_an_empty_reservoir_of_days_is_not_told_as_programmed_to_nothing() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(60 * HOUR);
    bench.reset(ResetCause::PowerOn);
    bench.jammed = false;
    bench.run_for(10 * HOUR);
    bench.clinician(Command::Silence);
    bench.clinician(refill(5));
    bench.run_for(60 * HOUR);
    bench.clinician(refill(20_000_000));
    bench.run_for(HOUR);
    assert_eq!(entries(&mut bench, LogCode::StoppedLong), []);
}
