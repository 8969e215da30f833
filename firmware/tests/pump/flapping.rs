//! Causes that flap: the event log keeps the programming, the refill and the onset, and counts the rest.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use thecal_link::ResetCause;
use thecal_telemetry::{Command, LogCode, LogEntry, Prescription, Response, Role};
use thecal_units::{DoseRate, Volume};

/// 0.05 mL a day, and 39 mL: they last for two years.
fn infusing() -> Bench {
    let mut bench = Bench::infusing(Prescription {
        dose: DoseRate::from_ng_per_day(500_000),
        ..prescription()
    });
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(39_000_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    bench
}

fn of(log: &[LogEntry], code: LogCode) -> Vec<LogEntry> {
    log.iter()
        .filter(|entry| entry.code == code)
        .copied()
        .collect()
}

/// How many entries of a kind the log says were left out.
fn left_out(log: &[LogEntry], code: LogCode) -> u64 {
    let told = of(log, LogCode::LeftOut);
    let told = told
        .iter()
        .filter(|entry| entry.argument >> 24 == code as u32);
    told.map(|entry| u64::from(entry.argument & 0xff_ffff))
        .sum()
}

/// A clock that jumps each quarter of an hour, a magnet that chatters, forged packets between fresh
/// ones, refusals of two kinds in turn, and resets of every cause.
fn flap(bench: &mut Bench, round: u64) {
    bench.jump(if round.is_multiple_of(2) {
        400_000
    } else {
        -400_000
    });
    bench.bring_magnet(true);
    bench.bring_magnet(false);
    bench.send(Role::Clinician, &[0; 20]);
    for bad in [
        Command::PrimingBolus,
        Command::CloseUpdate,
        Command::PatientBolus { press: 1 },
    ] {
        bench.clinician(bad);
    }
    if round.is_multiple_of(8) {
        let causes = [ResetCause::PowerOn, ResetCause::Pin, ResetCause::BrownOut];
        let nth = usize::try_from(round / 8).expect("small") % causes.len();
        bench.reset(causes[nth]);
    }
}

/// Verifies REQ-LOG-010, REQ-LOG-002.
#[test]
fn req_log_010_ninety_days_of_everything_leave_programming_refill_and_onset_in_the_log() {
    let mut bench = infusing();
    bench.run_until(HOUR);
    let before = bench.log().len();
    let mut rounds = 0;
    while bench.now < 90 * DAY {
        bench.run_for(15 * MINUTE);
        flap(&mut bench, rounds);
        rounds += 1;
    }
    let log = bench.log();
    assert!(log.len() < 1_200, "{} entries, none overwritten", log.len());
    for code in [LogCode::Provisioned, LogCode::Programmed, LogCode::Refilled] {
        assert_eq!(of(&log, code).len(), 1, "{code:?}");
    }
    let onset = log.get(before).expect("an entry").at.as_millis();
    assert!(onset < 2 * HOUR, "the first is there: {onset}");
    // Nothing is lost but the instants: entries and counts are all that happened.
    for (code, happened) in [
        (LogCode::MagnetClosed, rounds),
        (LogCode::MagnetOpened, rounds),
        (LogCode::Refused, 2 * rounds),
        (LogCode::Unauthentic, rounds),
    ] {
        let there = of(&log, code);
        let sum = there.len() as u64 + left_out(&log, code);
        // The counts of the last hour may go with a reset.
        let lost = happened / 8;
        assert!(
            (happened - lost..=happened).contains(&sum),
            "{code:?}: {sum} of {happened}"
        );
        let first_day = there.iter().filter(|entry| entry.at.as_millis() < DAY);
        assert_eq!(first_day.count(), 8, "{code:?}");
        for day in 1..90 {
            let on_that_day = |entry: &&LogEntry| entry.at.as_millis() / DAY == day;
            assert_eq!(
                there.iter().filter(on_that_day).count(),
                0,
                "{code:?} on day {day}"
            );
        }
    }
    let resets = [LogCode::PowerOn, LogCode::PinReset, LogCode::BrownOutReset];
    let resets = resets.map(|code| of(&log, code).len() as u64 + left_out(&log, code));
    assert_eq!(
        resets.iter().sum::<u64>(),
        rounds.div_ceil(8) + 1,
        "none is forgotten"
    );
}

/// Verifies REQ-LOG-010.
#[test]
fn a_flapping_cause_leaves_less_than_twenty_entries_of_a_kind_in_ten_days() {
    let mut bench = infusing();
    let before = bench.log().len();
    while bench.now < 10 * DAY {
        bench.run_for(10_000);
        bench.bring_magnet(true);
        bench.run_for(10_000);
        bench.bring_magnet(false);
    }
    // The switch closes and opens: two kinds.
    let made = bench.log().len() - before;
    assert!((30..40).contains(&made), "{made} entries");
    // Three quiet days later three are entries again.
    bench.run_for(4 * DAY);
    let before = bench.log().len();
    for _ in 0..3 {
        bench.bring_magnet(true);
        bench.bring_magnet(false);
    }
    assert_eq!(bench.log().len() - before, 6);
}

/// Verifies REQ-LOG-010, REQ-LOG-020.
#[test]
fn what_was_left_out_is_told_to_who_reads_the_log() {
    let mut bench = infusing();
    for _ in 0..12 {
        bench.bring_magnet(true);
        bench.bring_magnet(false);
    }
    let log = bench.log();
    assert_eq!(of(&log, LogCode::MagnetClosed).len(), 8);
    assert_eq!(left_out(&log, LogCode::MagnetClosed), 4);
    assert_eq!(left_out(&log, LogCode::MagnetOpened), 4);
    // Once: a second reading, or a reset, tells nothing twice.
    bench.reset(ResetCause::Pin);
    assert_eq!(left_out(&bench.log(), LogCode::MagnetClosed), 4);
}

/// Verifies REQ-LOG-010, REQ-LOG-003.
#[test]
fn clinicians_commands_are_never_left_out() {
    let mut bench = infusing();
    for _ in 0..20 {
        bench.clinician(Command::Stop);
        bench.clinician(Command::Start);
        assert_eq!(bench.program(prescription()), Response::Done);
    }
    let log = bench.log();
    assert_eq!(of(&log, LogCode::Stopped).len(), 20);
    assert_eq!(of(&log, LogCode::Programmed).len(), 21);
    assert_eq!(of(&log, LogCode::LeftOut), []);
}

/// Verifies REQ-TEL-015, REQ-BOL-036.
#[test]
fn a_denial_for_another_reason_is_another_entry() {
    let mut bench = infusing();
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_for(HOUR);
    for press in 2..8 {
        if press == 5 {
            bench.clinician(Command::Stop);
        }
        bench.run_for(1_000);
        bench.press(1, press);
    }
    let log = bench.log();
    let reasons: Vec<u32> = of(&log, LogCode::BolusDenied)
        .iter()
        .map(|entry| entry.argument)
        .collect();
    assert_eq!(reasons, [3, 13], "lockout, stopped");
    assert_eq!(bench.status().denied, 6);
}

/// Verifies REQ-LOG-021, REQ-LOG-019.
#[test]
fn resets_too_close_for_the_count_of_entries_leave_no_entry_more() {
    for cause in [ResetCause::BrownOut, ResetCause::Watchdog, ResetCause::Pin] {
        let mut bench = infusing();
        bench.run_for(HOUR);
        // Each reset comes after the first Reaction of the boot before it.
        for _ in 0..20 {
            bench.reset(cause);
        }
        let code = match cause {
            ResetCause::BrownOut => LogCode::BrownOutReset,
            ResetCause::Watchdog => LogCode::WatchdogReset,
            _ => LogCode::PinReset,
        };
        let log = bench.log();
        assert_eq!(of(&log, code).len(), 8, "{log:?}");
    }
}
