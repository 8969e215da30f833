//! The table of alarms: `docs/alarms.md` is generated from it, and the pump behaves as it says.
//!
//! `THECAL_ACCEPT=1` rewrites the page.

use crate::bench::{Bench, DAY, HOUR, MINUTE, prescription};
use std::fmt::Write as _;
use std::path::Path;
use thecal_link::{ResetCause, Tone};
use thecal_telemetry::{
    ALARMS, AlarmRow, Alarms, Command, Flow, Mode, Prescription, Priority, Response,
};
use thecal_units::{Millis, Volume};

const HEAD: &str = "# Alarms of the reference pump

Made from the table in `telemetry/src/alarm.rs` by `firmware/tests/pump/alarms.rs`; a test compares.

- A new alarm sounds at once, then at the prescribed interval of its priority (1 min to 24 h each)
  until a clinician acknowledges it. Critical: two tones for three seconds; non-critical: one tone
  for one second (source S4).
- While a critical alarm sounds, only the critical tone is heard.
- `Silence` acknowledges all active alarms. Alarms whose cause has ended are cleared; the others stay in
  the status without a tone. Another alarm, or the same one after it had ended, sounds again.
- Alarms that were not acknowledged before a reset sound again at once after it.
- A stalled motor and a stopped pump deny patient boluses whether or not their alarm is active
  (REQ-BOL-027).
- No alarm is required for what the pump cannot sense: leaks, a disconnected catheter, a wrong fill
  (V0 in [domain/pump.md](domain/pump.md)).

| bit | alarm | priority | raised | its cause ends | infusion | patient boluses |
| --- | --- | --- | --- | --- | --- | --- |
";

fn row(row: &AlarmRow) -> String {
    let priority = match row.priority {
        Priority::Critical => "critical",
        Priority::NonCritical => "non-critical",
    };
    let flow = match row.flow {
        Flow::Continues => "continues",
        Flow::StopsNow => "stops at once, within the stroke",
        Flow::StopsAfterStroke => "stops after the stroke",
        Flow::Stopped => "is stopped",
    };
    let boluses = if row.denies_boluses {
        "denied"
    } else {
        "as prescribed"
    };
    format!(
        "| {:#06x} | {} | {priority} | {} | {} | {flow} | {boluses} |\n",
        row.alarm.0, row.name, row.raised, row.ends
    )
}

/// Verifies REQ-ALM-004.
#[test]
fn the_page_is_the_table() {
    let mut page = HEAD.to_owned();
    for alarm in ALARMS {
        write!(page, "{}", row(alarm)).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/alarms.md");
    if std::env::var_os("THECAL_ACCEPT").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "{}", path.display());
}

/// Verifies REQ-ALM-004.
#[test]
fn each_bit_has_a_row_and_its_priority() {
    for (earlier, later) in ALARMS.iter().zip(ALARMS.iter().skip(1)) {
        assert!(earlier.alarm.0 < later.alarm.0);
    }
    for row in ALARMS {
        assert_eq!(row.alarm.0.count_ones(), 1, "{}", row.name);
        let critical = row.priority == Priority::Critical;
        assert_eq!(row.alarm.any_critical(), critical, "{}", row.name);
        let of_that_name = ALARMS.iter().filter(|other| other.name == row.name);
        assert_eq!(of_that_name.count(), 1, "{}", row.name);
    }
    assert_eq!(ALARMS[0].name, "motor stall");
}

/// A pump with this alarm active and its cause still present.
fn with(alarm: Alarms) -> Bench {
    let mut bench = Bench::infusing(Prescription {
        lockout: Millis::MINUTE.times(20),
        daily_maximum: 50,
        ..prescription()
    });
    bench.run_until(HOUR);
    match alarm {
        Alarms::MOTOR_STALL => {
            bench.jammed = true;
            bench.run_for(10 * MINUTE);
        }
        Alarms::EMPTY_RESERVOIR => drain(&mut bench, Volume::from_nanoliters(5)),
        Alarms::LOW_RESERVOIR => drain(&mut bench, Volume::from_nanoliters(1_999_999)),
        Alarms::MEMORY => {
            bench.worn = true;
            bench.run_for(2 * HOUR);
        }
        Alarms::RESET => bench.reset(ResetCause::BrownOut),
        Alarms::STOPPED_FOR_LONG => {
            bench.clinician(Command::Stop);
            bench.run_for(49 * HOUR);
        }
        Alarms::SAFE_STATE => {
            for _ in 0..5 {
                bench.run_for(MINUTE);
                bench.reset(ResetCause::Watchdog);
            }
        }
        Alarms::STUCK_BUTTON => {
            for _ in 0..20 {
                bench.press(1, 1);
                bench.run_for(10_000);
            }
            bench.run_for(30 * MINUTE);
        }
        Alarms::ELECTIVE_REPLACEMENT => {
            bench.loaded_mv = 2_400;
            bench.run_for(DAY + 4 * HOUR);
        }
        Alarms::END_OF_SERVICE => {
            bench.loaded_mv = 2_250;
            bench.run_for(DAY + 5 * HOUR);
        }
        Alarms::INFUSION_ENDED_WITH_THE_BATTERY => {
            bench.loaded_mv = 2_150;
            bench.run_for(DAY + 6 * HOUR);
            // The witness: the supply has pulled the pump down.
            bench.reset(ResetCause::BrownOut);
            bench.run_for(MINUTE);
        }
        Alarms::UPDATE_ABANDONED => {
            bench.clinician(Command::OpenUpdate { hold: true });
            bench.run_for(5 * MINUTE);
        }
        Alarms::CLOCK_IMPLAUSIBLE => {
            bench.jump(101 * 366 * DAY.cast_signed());
            bench.run_for(MINUTE);
        }
        other => panic!("no run for {other:?}"),
    }
    bench
}

fn drain(bench: &mut Bench, to: Volume) {
    let refill = Command::Refill {
        volume: to,
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    assert_eq!(bench.clinician(refill), Response::Done);
    bench.run_for(MINUTE);
}

/// Verifies REQ-ALM-004, REQ-ALM-001, REQ-BOL-003, REQ-BOL-028, REQ-ALM-016, REQ-ALM-017,
/// REQ-TEL-028.
#[test]
fn the_pump_does_what_the_table_says() {
    for row in ALARMS {
        let mut bench = with(row.alarm);
        let status = bench.status();
        assert!(status.alarms.has(row.alarm), "{}: {status:?}", row.name);
        let tone = match row.priority {
            Priority::Critical => Tone::TwoTone,
            Priority::NonCritical => Tone::Single,
        };
        assert!(
            bench.tones.iter().any(|&(_, heard)| heard == tone),
            "{}",
            row.name
        );

        let start = bench.now;
        bench.run_for(30 * MINUTE);
        let moved = bench.steps_between(start, bench.now);
        let goes_on = row.flow == Flow::Continues;
        let expected = if goes_on { 2_083 } else { 0 };
        assert!(
            moved.abs_diff(expected) <= 10,
            "{}: {moved} steps",
            row.name
        );

        let granted = bench.press(2, 99) == Response::BolusGranted;
        // A stalled motor and a stopped pump deny boluses with or without the alarm.
        let by_itself = [Alarms::MOTOR_STALL, Alarms::STOPPED_FOR_LONG];
        let denied = row.denies_boluses || by_itself.contains(&row.alarm);
        assert_eq!(granted, !denied, "{}", row.name);
        // A mode that reports why there is no flow.
        let infuses = matches!(bench.status().mode, Mode::Infusing | Mode::PatientBolus);
        assert_eq!(infuses, goes_on, "{}", row.name);
    }
}

/// Verifies REQ-ALM-003, REQ-ALM-009, REQ-ALM-018.
#[test]
fn silence_keeps_what_lasts_without_a_tone_and_drops_what_is_over() {
    for row in ALARMS {
        let mut bench = with(row.alarm);
        let lasts = !matches!(
            row.alarm,
            Alarms::RESET | Alarms::STUCK_BUTTON | Alarms::UPDATE_ABANDONED
        );
        assert_eq!(bench.clinician(Command::Silence), Response::Done);
        let status = bench.status();
        assert_eq!(
            status.alarms.has(row.alarm),
            lasts,
            "{}: {status:?}",
            row.name
        );
        let heard = bench.tones.len();
        bench.run_for(20 * MINUTE);
        assert_eq!(bench.tones.len(), heard, "{}", row.name);
    }
}
