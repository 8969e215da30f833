//! Power cuts at every byte of every write: of a day with a bolus, a reprogramming and an alarm, and of a
//! day with work on the catheter and a magnet that holds the rotor.
//!
//! After each of them: no dose is repeated, no limit is exceeded, the prescription is the old or
//! the new one, and the reservoir count never includes drug that is not there.

use crate::bench::{Bench, Cut, DAY, HOUR, MINUTE, prescription};
use thecal_telemetry::{
    Alarms, CatheterWork, Command, LogCode, Mode, Prescription, Rejection, Response,
};
use thecal_units::{DoseRate, Volume};

/// The reservoir reaches its limit in the middle of the day.
const FILL_NL: u64 = 2_300_000;
const PRESSED: u64 = 2 * HOUR;
const PROGRAMMED: u64 = 6 * HOUR;
const BASAL_STEPS_A_DAY: u64 = 100_000;
const BOLUS_STEPS: u64 = 4_000;

/// Half the dose, otherwise unchanged.
fn second() -> Prescription {
    Prescription {
        dose: DoseRate::from_ng_per_day(2_500_000),
        ..prescription()
    }
}

/// The day: implant, a bolus at two hours, a new program at six, the low-reservoir alarm in
/// between.
fn day() -> Vec<Cut> {
    let mut bench = Bench::infusing(prescription());
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(FILL_NL),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    bench.cuts = Some(Vec::new());
    bench.run_until(PRESSED);
    assert_eq!(bench.press(1, 1), Response::BolusGranted);
    bench.run_until(PROGRAMMED);
    assert_eq!(bench.program(second()), Response::Done);
    bench.run_until(DAY);
    assert!(bench.status().alarms.has(Alarms::LOW_RESERVOIR));
    assert_eq!(bench.press(1, 2), Response::BolusGranted);
    bench.cuts.take().expect("recorded")
}

/// The most steps that the first prescription allows from the start to `now`, including one bolus.
fn most(now: u64) -> u64 {
    BASAL_STEPS_A_DAY * now / DAY + BOLUS_STEPS + 12
}

fn judge(cut: &Cut, bytes: usize) {
    let place = || format!("at {} ms, after {bytes} bytes", cut.now);
    let mut bench = Bench::after_cut(cut, bytes);
    let Response::Prescription(found) = bench.clinician(Command::ReadPrescription) else {
        panic!("no prescription {}", place());
    };
    let is_old = found == prescription();
    assert!(is_old || found == second(), "a mix {}", place());
    assert!(is_old || cut.now >= PROGRAMMED, "too early {}", place());
    assert!(!is_old || cut.now <= PROGRAMMED, "forgotten {}", place());
    let status = bench.status();
    assert_eq!(status.mode, Mode::Infusing, "{}", place());
    let truth = FILL_NL - bench.moved_us.len() as u64 * 5;
    let count = status.reservoir.as_nanoliters_round_down();
    assert!(count <= truth, "{count} nL of {truth} nL {}", place());
    assert!(
        count + 15_000 >= truth,
        "{count} nL of {truth} nL {}",
        place()
    );

    // The patient keeps pressing: one bolus in the lockout, including the one before the cut.
    let pressed = cut.now >= PRESSED;
    let mut grants = 0;
    for press in 100..110 {
        grants += usize::from(bench.press(2, press) == Response::BolusGranted);
        bench.run_for(20 * MINUTE);
    }
    let in_lockout = pressed && cut.now + 200 * MINUTE < PRESSED + 4 * HOUR;
    let is_torn_grant = cut.now == PRESSED || cut.now == DAY;
    let allowed = usize::from(!in_lockout);
    assert!(grants <= 1.max(allowed), "{grants} grants {}", place());
    assert!(
        !in_lockout || grants == 0 || is_torn_grant,
        "repeated {}",
        place()
    );
    let moved = bench.moved_us.len() as u64;
    let later = if in_lockout { 0 } else { BOLUS_STEPS };
    assert!(
        moved <= most(bench.now) + later,
        "{moved} steps {}",
        place()
    );
    // No window of four hours contains two boluses.
    for end in (0..=bench.now).step_by(600_000) {
        let from = end.saturating_sub(4 * HOUR - 25 * MINUTE);
        let moved = bench.steps_between(from, end);
        assert!(
            moved <= BASAL_STEPS_A_DAY / 6 + BOLUS_STEPS + 12,
            "{moved} steps in the four hours before {end} {}",
            place()
        );
    }
}

/// Verifies REQ-BOL-007, REQ-BOL-010, REQ-MEM-001, REQ-MEM-007, REQ-RES-003, REQ-THE-004.
#[test]
fn power_may_go_at_every_byte_of_a_day() {
    let cuts = day();
    let mut places = 0;
    for cut in &cuts {
        for bytes in 0..=cut.len() {
            judge(cut, bytes);
            places += 1;
        }
    }
    assert!(
        cuts.len() > 30 && places > 9_000,
        "{places} places in {} exchanges that wrote",
        cuts.len()
    );
}

/// A catheter of 0.02 mL, so that a prime is short.
const CATHETER_NL: u64 = 20_000;
const WORKED: u64 = 3 * HOUR;
const HELD: u64 = 5 * HOUR;

/// Primed at implant, half a day later work on the catheter and its prime, then a magnet that holds the
/// rotor for half an hour.
fn day_of_catheter_and_magnet() -> Vec<Cut> {
    let mut bench = Bench::provisioned();
    bench.program(Prescription {
        catheter_volume: Volume::from_nanoliters(CATHETER_NL),
        ..prescription()
    });
    assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
    bench.run_until(HOUR);
    assert_eq!(bench.clinician(Command::Start), Response::Done);
    bench.run_until(WORKED);
    bench.cuts = Some(Vec::new());
    for command in [
        Command::Stop,
        Command::DeclareWork(CatheterWork::Revised),
        Command::PrimingBolus,
    ] {
        assert_eq!(bench.clinician(command), Response::Done);
    }
    bench.run_for(5 * MINUTE);
    assert_eq!(bench.clinician(Command::Start), Response::Done);
    bench.run_until(HELD);
    bench.jammed = true;
    bench.bring_magnet(true);
    bench.run_for(30 * MINUTE);
    assert!(bench.status().alarms.has(Alarms::MOTOR_STALL));
    bench.jammed = false;
    bench.bring_magnet(false);
    bench.run_for(HOUR);
    assert_eq!(bench.status().mode, Mode::Infusing);
    bench.cuts.take().expect("recorded")
}

/// After a cut: the catheter is filled once at most, the stall and the magnet are one, and what the log
/// says of the prime that was cut is no less than moved.
fn judge_catheter(cut: &Cut, bytes: usize) {
    let place = || format!("at {} ms, after {bytes} bytes", cut.now);
    let mut bench = Bench::after_cut(cut, bytes);
    let moved = bench.moved_us.len() as u64;
    let log = bench.log();
    let entries = bench.status().log_entries as usize;
    assert_eq!(log.len(), entries, "a gap {}", place());
    let of = |code: LogCode| log.iter().filter(move |entry| entry.code == code);
    assert!(of(LogCode::MotorStall).count() <= 1, "{}", place());
    assert!(of(LogCode::MagnetClosed).count() <= 1, "{}", place());
    let ended = of(LogCode::BolusEnded)
        .next_back()
        .expect("the first prime");
    let of_prime = moved.saturating_sub(most_primed(cut.now));
    let is_cut = ended.argument >> 31 == 1;
    let most = u64::from(ended.argument & !(1 << 31));
    assert!(
        !is_cut || most >= of_prime,
        "{most} of {of_prime} {}",
        place()
    );
    assert!(most <= (140_000 + CATHETER_NL) / 5, "{most} {}", place());
    bench.clinician(Command::Stop);
    let first = bench.clinician(Command::PrimingBolus);
    bench.run_for(30 * MINUTE);
    let again = bench.clinician(Command::PrimingBolus);
    assert_eq!(
        again,
        Response::Rejected(Rejection::AlreadyPrimed),
        "{}",
        place()
    );
    // Allowed before the cut and not used, or neither: never twice.
    let all = bench.moved_us.len() as u64;
    let most = most_primed(cut.now) + CATHETER_NL / 5;
    assert!(all <= most, "{all} of {most} after {first:?} {}", place());
    let age = match bench.clinician(Command::ReadAlarms) {
        Response::Alarms(report) => report.minutes[0],
        other => panic!("{other:?}"),
    };
    let since = bench.now.saturating_sub(HELD) / MINUTE;
    let is_younger = age == u32::MAX || u64::from(age) <= since;
    assert!(is_younger, "{age} min of {since} {}", place());
}

/// The most steps without the prime of the catheter: the one at implant, and the infusion.
fn most_primed(now: u64) -> u64 {
    (140_000 + CATHETER_NL) / 5 + BASAL_STEPS_A_DAY * now.saturating_sub(HOUR) / DAY + 2 + 12
}

/// Verifies REQ-THE-015, REQ-STL-008, REQ-MEM-001, REQ-BOL-047, REQ-MAG-004, REQ-TEL-029,
/// REQ-THE-050.
#[test]
fn power_may_go_at_every_byte_of_work_on_the_catheter_and_of_a_magnet_that_holds_the_rotor() {
    let cuts = day_of_catheter_and_magnet();
    let mut places = 0;
    for cut in &cuts {
        for bytes in 0..=cut.len() {
            judge_catheter(cut, bytes);
            places += 1;
        }
    }
    assert!(
        cuts.len() > 20 && places > 5_000,
        "{places} places in {} exchanges that wrote",
        cuts.len()
    );
}
