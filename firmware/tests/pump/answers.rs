//! Answers, refusals and sessions: one answer to each packet, and nothing but it; what a refused or
//! forged packet leaves as it was.

use crate::bench::{Bench, HOUR, MINUTE, prescription, rejected, update};
use thecal_link::{ResetCause, WakeReasons};
use thecal_telemetry::{
    CatheterWork, Command, LogCode, Mode, Prescription, Rejection, Response, Role,
};
use thecal_units::{DoseRate, Mass, Millis, Volume};

fn codes(bench: &mut Bench) -> Vec<LogCode> {
    bench.log().iter().map(|entry| entry.code).collect()
}

/// Verifies REQ-BOL-030, REQ-TEL-021, REQ-TEL-022.
#[test]
fn each_packet_is_answered_at_once_and_nothing_is_sent_unasked() {
    let mut bench = Bench::infusing(prescription());
    for (role, command) in [
        (Role::Clinician, Command::Interrogate),
        (Role::Clinician, Command::PrimingBolus),
        (Role::Remote(3), Command::PatientBolus { press: 1 }),
        (Role::Remote(3), Command::PatientBolus { press: 2 }),
        (Role::Remote(1), Command::Stop),
    ] {
        let packet = bench.packet(role, &command);
        let counter = u32::from_le_bytes(packet[1..5].try_into().expect("four bytes"));
        assert!(bench.send(role, &packet).is_some(), "{command:?}");
        let answer = bench.reaction.telemetry.as_slice();
        assert_eq!(answer[0], packet[0], "the role");
        assert_eq!(answer[1..5], counter.to_le_bytes());
        let end = bench.now + 5 * MINUTE;
        while bench.now < end {
            bench.run_until(bench.wake_at().max(bench.now + 1));
            assert!(bench.reaction.telemetry.is_empty(), "nobody asked");
        }
    }
}

/// Verifies REQ-TEL-019.
#[test]
fn a_forged_packet_keeps_no_session_open_and_uses_no_counter() {
    let mut bench = Bench::infusing(prescription());
    let hold = Command::OpenUpdate { hold: true };
    assert_eq!(bench.clinician(hold), Response::Done);
    let opened = bench.now;
    let good = bench.packet(Role::Clinician, &Command::Interrogate);
    let mut forged = good.clone();
    *forged.last_mut().expect("a tag") ^= 1;
    for seconds in (10..180).step_by(10) {
        bench.run_until(opened + seconds * 1_000);
        assert_eq!(bench.send(Role::Clinician, &forged), None);
    }
    bench.run_until(opened + 180_000);
    let answer = bench.send(Role::Clinician, &good);
    let Some(Response::Status(status)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!((status.mode, status.unauthentic), (Mode::Infusing, 17));
}

/// Verifies REQ-TEL-020, REQ-TEL-017.
#[test]
fn a_refused_command_uses_up_its_counter_and_a_reset_makes_a_first_one_again() {
    let mut bench = Bench::infusing(prescription());
    let packet = bench.packet(Role::Clinician, &Command::PrimingBolus);
    let answer = bench.send(Role::Clinician, &packet);
    assert_eq!(answer, Some(rejected(Rejection::NotStopped)));
    bench.clinician(Command::Stop);
    for _ in 0..3 {
        assert_eq!(bench.send(Role::Clinician, &packet), None, "recorded");
    }
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.send(Role::Clinician, &packet), None, "recorded");
    // The reset forgot the two that were not logged.
    assert_eq!(bench.status().unauthentic, 2);
    let codes = codes(&mut bench);
    let first = codes.iter().filter(|&&code| code == LogCode::Unauthentic);
    assert_eq!(first.count(), 2);
}

/// Verifies REQ-TEL-033.
#[test]
fn a_refused_command_changes_nothing() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    bench.jammed = true;
    bench.run_for(5 * MINUTE);
    let seen = |bench: &mut Bench| {
        let status = bench.status();
        (
            (status.mode, status.alarms, status.reservoir, status.steps),
            (status.granted, status.denied, status.concentration),
            bench.clinician(Command::ReadPrescription),
            bench.health(),
        )
    };
    let before = seen(&mut bench);
    for (command, why) in [
        (Command::PrimingBolus, Rejection::NotStopped),
        (Command::Stage(prescription()), Rejection::NoSession),
        (update(prescription())[2], Rejection::NoSession),
        (
            Command::ClinicianBolus {
                dose: Mass::from_nanograms(100_000),
                duration: Millis::HOUR,
            },
            Rejection::Stalled,
        ),
        (
            Command::Refill {
                volume: Volume::from_nanoliters(40_000_001),
                concentration: prescription().concentration,
                bridge: false,
                drawn: None,
            },
            Rejection::VolumeRange,
        ),
        (
            Command::Provision { remotes: 1 },
            Rejection::AlreadyProvisioned,
        ),
    ] {
        assert_eq!(bench.clinician(command), rejected(why));
        assert_eq!(seen(&mut bench), before, "{command:?}");
    }
}

/// Verifies REQ-LOG-014, REQ-LOG-015.
#[test]
fn what_the_pins_show_is_logged_before_the_command_and_looking_is_not_logged() {
    let mut bench = Bench::infusing(prescription());
    bench.run_until(HOUR);
    let stop = bench.packet(Role::Clinician, &Command::Stop);
    bench.magnet = true;
    bench.exchange(WakeReasons::TELEMETRY, &stop);
    let last = [LogCode::MagnetClosed, LogCode::Stopped];
    assert!(codes(&mut bench).ends_with(&last));
    let before = bench.status().log_entries;
    let [open, stage, _] = update(prescription());
    for command in [
        open,
        stage,
        Command::CloseUpdate,
        Command::ReadPrescription,
        Command::ReadAlarms,
        Command::ReadHealth,
        Command::ReadLog { first: 0 },
        Command::Stop,
        Command::Silence,
    ] {
        bench.clinician(command);
    }
    assert_eq!(bench.status().log_entries, before);
}

/// Verifies REQ-CLK-002.
#[test]
fn the_status_shows_the_clock_as_its_pin_does() {
    let mut bench = Bench::infusing(prescription());
    for by in [0, 7_777, 86_400_000, -5_000_000] {
        bench.run_for(HOUR);
        bench.turn_clock(by);
        let (shown, clock) = (bench.status().clock.as_millis(), bench.clock());
        assert_eq!(shown, clock, "{by}");
    }
}

/// Verifies REQ-POST-011, REQ-POST-012.
#[test]
fn other_resets_neither_count_as_trouble_nor_end_the_count() {
    let mut bench = Bench::infusing(prescription());
    for count in 1..=4 {
        bench.run_for(2 * MINUTE);
        bench.reset(ResetCause::Watchdog);
        bench.run_for(2 * MINUTE);
        for cause in [ResetCause::Pin, ResetCause::PowerOn] {
            bench.reset(cause);
        }
        assert_eq!(bench.health().close_resets, count);
        assert_eq!(bench.status().mode, Mode::Infusing);
    }
    // A commit ends it.
    assert_eq!(bench.program(prescription()), Response::Done);
    assert_eq!(bench.health().close_resets, 0);
    for count in 1..=5 {
        bench.reset(ResetCause::BrownOut);
        let is_safe = bench.status().mode == Mode::SafeState;
        assert_eq!(is_safe, count == 5, "{count}");
    }
}

/// Verifies REQ-THE-014, REQ-THE-040, REQ-THE-045.
#[test]
fn a_session_opens_in_every_mode_but_priming() {
    let hold = Command::OpenUpdate { hold: true };
    let mut bench = Bench::provisioned();
    assert_eq!(bench.clinician(hold), Response::Done);
    assert_eq!(bench.status().mode, Mode::Unprogrammed);
    bench.program(prescription());
    assert_eq!(bench.clinician(hold), Response::Done);
    assert_eq!(bench.status().mode, Mode::Stopped);
    let [_, stage, commit] = update(prescription());
    assert_eq!(bench.clinician(stage), Response::Done);
    assert_eq!(bench.clinician(Command::PrimingBolus), Response::Done);
    let refill = Command::Refill {
        volume: Volume::from_nanoliters(20_000_000),
        concentration: prescription().concentration,
        bridge: false,
        drawn: None,
    };
    let bolus = Command::ClinicianBolus {
        dose: Mass::from_nanograms(100_000),
        duration: Millis::HOUR,
    };
    let work = Command::DeclareWork(CatheterWork::Revised);
    for command in [
        hold,
        commit,
        refill,
        bolus,
        work,
        Command::Start,
        Command::PrimingBolus,
    ] {
        let answer = bench.clinician(command);
        assert_eq!(answer, rejected(Rejection::Priming), "{command:?}");
    }
    // What the session holds is the infusion, and not this.
    bench.run_for(MINUTE);
    assert!(!bench.moved_us.is_empty());
    assert_eq!(bench.clinician(Command::Stop), Response::Done);
    assert_eq!(bench.status().mode, Mode::Stopped);
    for _ in 0..5 {
        bench.reset(ResetCause::Watchdog);
    }
    assert_eq!(bench.status().mode, Mode::SafeState);
    assert_eq!(bench.clinician(hold), Response::Done);
}

/// Verifies REQ-THE-013, REQ-THE-047, REQ-THE-049.
#[test]
fn the_last_stage_counts_and_another_session_begins_with_nothing() {
    let mut bench = Bench::infusing(prescription());
    let faster = Prescription {
        dose: DoseRate::from_ng_per_day(6_000_000),
        ..prescription()
    };
    let wild = Prescription {
        dose: DoseRate::from_ng_per_day(u32::MAX),
        ..prescription()
    };
    let [_, stage, commit] = update(faster);
    let hold = |hold| Command::OpenUpdate { hold };
    assert_eq!(bench.clinician(hold(true)), Response::Done);
    assert_eq!(
        bench.clinician(Command::Stage(prescription())),
        Response::Done
    );
    assert_eq!(bench.clinician(stage), Response::Done);
    assert_eq!(
        bench.clinician(Command::Stage(wild)),
        rejected(Rejection::DoseRange)
    );
    assert_eq!(bench.status().mode, Mode::Held);
    assert_eq!(bench.clinician(hold(false)), Response::Done);
    assert_eq!(bench.status().mode, Mode::Infusing, "held no longer");
    assert_eq!(bench.clinician(commit), rejected(Rejection::NothingStaged));
    for stage in [Command::Stage(prescription()), stage, Command::Stage(wild)] {
        bench.clinician(stage);
    }
    assert_eq!(bench.clinician(commit), Response::Done);
    assert_eq!(bench.status().dose, faster.dose);
}

/// A pump in this mode.
fn pump_in(mode: Mode) -> Bench {
    let mut bench = Bench::infusing(prescription());
    match mode {
        Mode::Stopped => {
            bench.clinician(Command::Stop);
        }
        Mode::Priming => {
            bench.clinician(Command::Stop);
            bench.clinician(Command::PrimingBolus);
        }
        Mode::PatientBolus => {
            bench.press(1, 1);
        }
        Mode::Stalled => {
            bench.jammed = true;
            bench.run_for(MINUTE);
        }
        Mode::Held => {
            bench.clinician(Command::OpenUpdate { hold: true });
        }
        Mode::Empty => {
            bench.clinician(Command::Refill {
                volume: Volume::ZERO,
                concentration: prescription().concentration,
                bridge: false,
                drawn: None,
            });
            bench.run_for(MINUTE);
        }
        Mode::SafeState => {
            for _ in 0..5 {
                bench.reset(ResetCause::Watchdog);
            }
        }
        _ => {}
    }
    assert_eq!(bench.status().mode, mode);
    bench
}

/// Verifies REQ-TEL-034.
#[test]
fn whoever_may_ask_is_answered_in_every_mode() {
    for mode in [
        Mode::Infusing,
        Mode::Stopped,
        Mode::Priming,
        Mode::PatientBolus,
        Mode::Stalled,
        Mode::Held,
        Mode::Empty,
        Mode::SafeState,
    ] {
        let mut bench = pump_in(mode);
        for remote in 1..=4 {
            let answer = bench.say(Role::Remote(remote), Command::Interrogate);
            assert!(matches!(answer, Response::Status(_)), "{mode:?}");
        }
        for command in [
            Command::ReadLog { first: 0 },
            Command::ReadAlarms,
            Command::ReadHealth,
            Command::Silence,
        ] {
            let answer = bench.clinician(command);
            assert!(!matches!(answer, Response::Rejected(_)), "{mode:?}");
        }
    }
}
