//! Orders, pins and the log as a whole.

use super::{NONE, Story, in_service, volume};
use crate::boundary::{Absence, Answer, Cause, Hurt, Injury, Log, Sender};
use crate::testing::{THERAPY, boot, entry, minutes};
use thecal_plan::{CatheterWork, LogDetail, LogKind, Request};
use thecal_units::{Concentration, Mass, Millis, PumpTime, Volume};

pub(super) const TESTED: &[&str] = &[
    "grant-is-logged",
    "bolus-end-is-logged",
    "bolus-end-tells-its-steps",
    "start-and-stop-are-logged",
    "commit-is-logged",
    "refill-is-logged",
    "priming-is-logged",
    "work-is-logged",
    "bridge-is-logged",
    "reset-is-logged",
    "clock-jump-is-logged",
    "magnet-is-logged",
    "keys-are-logged",
    "no-entry-without-cause",
    "left-out-is-counted",
    "entries-are-limited",
    "log-in-order",
    "log-time-never-goes-back",
    "log-holds-its-last",
    "entries-never-change",
];

pub(super) const NOTHING: LogDetail = LogDetail::Nothing;

pub(super) const fn bolus(steps: u64, by_reset: bool) -> LogDetail {
    LogDetail::Bolus { steps, by_reset }
}

/// A patient bolus of 10 000 steps in the second hour.
pub(super) fn with_a_bolus() -> Story {
    let mut story = in_service(12);
    story.case.granted(60);
    story.case.moves(&[(1.0, 60), (15.4, 70), (1.0, 720)]);
    story.logs(minutes(60), LogKind::BolusGranted, LogDetail::Number(1));
    story.logs(minutes(70), LogKind::BolusEnded, bolus(10_000, false));
    story
}

#[test]
fn a_bolus_is_logged_from_its_grant_to_its_end() {
    assert_eq!(with_a_bolus().breaks(), NONE);
    let unlogged = with_a_bolus().without(LogKind::BolusGranted);
    assert_eq!(unlogged.breaks(), ["grant-is-logged"]);
    let other = with_a_bolus().saying(LogKind::BolusGranted, &LogDetail::Number(2));
    assert_eq!(other.breaks(), ["grant-is-logged"]);
    let unlogged = with_a_bolus().without(LogKind::BolusEnded);
    assert_eq!(unlogged.breaks(), ["bolus-end-is-logged"]);
    let fewer = with_a_bolus().saying(LogKind::BolusEnded, &bolus(9_990, false));
    assert_eq!(fewer.breaks(), ["bolus-end-tells-its-steps"]);
}

#[test]
fn a_bolus_that_a_late_wake_up_or_misses_have_cost_steps_tells_them() {
    let fewer = |change: fn(&mut Story)| {
        // Of 10 000 steps beside 694 of the infusion a tenth is not moved.
        let mut story = with_a_bolus();
        story.case.moves(&[(1.0, 60), (13.8, 70), (1.0, 720)]);
        change(&mut story);
        let story = story.saying(LogKind::BolusEnded, &bolus(9_583, false));
        story.breaks().contains(&"bolus-end-tells-its-steps")
    };
    assert!(fewer(|_| {}));
    // A core that stood.
    assert!(!fewer(|story| story.case.absences.push(Absence {
        from: minutes(65),
        until: minutes(66),
        explained: true,
        dark: false,
    })));
    // A clock that jumped.
    assert!(!fewer(|story| {
        story.case.crystal.jumps = vec![(minutes(65), 60_000)];
    }));
    // Pulses that were missed.
    assert!(!fewer(|story| {
        story.case.missed = (1..=1_000).map(|nth| (minutes(65), nth)).collect();
    }));
}

#[test]
fn a_time_to_the_millisecond_tells_which_of_two_grants_was_logged() {
    let second = |logged: u64| {
        let mut story = in_service(12);
        // Since then the log's time may be an hour off.
        story.case.injuries.push(Injury {
            at: minutes(50),
            hurt: Hurt::Memory,
        });
        story.case.granted(60);
        // The entry of the first goes with the reset.
        let reset = minutes(60) + Millis::from_millis(1);
        story.case.boots.push(boot(reset, Cause::Pin));
        story.logs(reset, LogKind::PinReset, NOTHING);
        story.case.granted(121);
        story.logs(minutes(logged), LogKind::BolusGranted, LogDetail::Number(1));
        story.breaks().contains(&"grant-is-logged")
    };
    assert!(!second(121));
    assert!(second(62));
}

#[test]
fn misses_before_a_grant_cut_no_bolus() {
    let stalled = |granted: u64| {
        let mut story = in_service(12);
        story.case.granted(granted);
        story.case.moves(&[(1.0, 60), (15.4, 70), (1.0, 720)]);
        story.case.missed = (1..=8)
            .map(|nth| (minutes(59) + Millis::SECOND.times(nth), nth))
            .collect();
        story.logs(minutes(60), LogKind::BolusGranted, LogDetail::Number(1));
        story.logs(minutes(70), LogKind::BolusEnded, bolus(10_000, false));
        story.breaks().contains(&"bolus-end-is-logged")
    };
    assert!(!stalled(60));
    // Within it they do.
    assert!(stalled(59));
}

#[test]
fn a_bolus_that_a_stop_cuts_ends_there_with_what_it_gave() {
    let cut = |steps: u64, at: u64| {
        let mut story = in_service(12);
        story.case.granted(60);
        story.case.asks(65, Request::Stop);
        story.case.moves(&[(1.0, 60), (15.4, 65), (0.0, 720)]);
        story.logs(minutes(60), LogKind::BolusGranted, LogDetail::Number(1));
        story.logs(minutes(at), LogKind::BolusEnded, bolus(steps, false));
        story.logs(minutes(65), LogKind::Stopped, NOTHING);
        story.shows = |status| status.mode = "stopped";
        story.breaks()
    };
    assert_eq!(cut(5_000, 65), NONE);
    assert_eq!(cut(10_000, 65), ["bolus-end-tells-its-steps"]);
    assert_eq!(
        cut(5_000, 70),
        ["bolus-end-is-logged", "no-entry-without-cause"]
    );
}

#[test]
fn a_bolus_that_a_reset_cuts_ends_at_the_boot() {
    let cut = |by_reset: bool, at: u64| {
        let mut story = in_service(12);
        story.case.granted(60);
        story.case.boots.push(boot(minutes(65), Cause::Pin));
        story.case.moves(&[(1.0, 60), (15.4, 65), (1.0, 720)]);
        story.logs(minutes(60), LogKind::BolusGranted, LogDetail::Number(1));
        story.logs(minutes(65), LogKind::PinReset, NOTHING);
        story.logs(minutes(at), LogKind::BolusEnded, bolus(6_000, by_reset));
        story.breaks()
    };
    assert_eq!(cut(true, 65), NONE);
    assert_eq!(cut(false, 65), ["bolus-end-tells-its-steps"]);
    assert_eq!(
        cut(true, 70),
        ["bolus-end-is-logged", "no-entry-without-cause"]
    );
}

#[test]
fn a_start_and_a_stop_are_logged_once() {
    let stopped = |stops: &[u64]| {
        let mut story = in_service(12);
        story.case.asks(60, Request::Stop);
        story.case.asks(90, Request::Stop);
        story.case.moves(&[(1.0, 60), (0.0, 720)]);
        for &at in stops {
            story.logs(minutes(at), LogKind::Stopped, NOTHING);
        }
        story.shows = |status| status.mode = "stopped";
        story.breaks()
    };
    assert_eq!(stopped(&[60]), NONE);
    assert_eq!(stopped(&[]), ["start-and-stop-are-logged"]);
    assert_eq!(stopped(&[60, 90]), ["no-entry-without-cause"]);
}

#[test]
fn a_session_leaves_each_of_its_entries() {
    let missing = |kind| in_service(12).without(kind).breaks();
    assert_eq!(missing(LogKind::Programmed), ["commit-is-logged"]);
    assert_eq!(missing(LogKind::CatheterVolume), ["commit-is-logged"]);
    assert_eq!(missing(LogKind::PatientBolusDose), ["commit-is-logged"]);
    assert_eq!(missing(LogKind::Refilled), ["refill-is-logged"]);
    assert_eq!(missing(LogKind::CountedBefore), ["refill-is-logged"]);
    assert_eq!(missing(LogKind::Provisioned), ["keys-are-logged"]);
    assert_eq!(missing(LogKind::PowerOn), ["reset-is-logged"]);
    let other = in_service(12).saying(LogKind::CatheterVolume, &volume(190_000));
    assert_eq!(other.breaks(), ["commit-is-logged"]);
    let other = in_service(12).saying(LogKind::Refilled, &volume(17_000_000));
    assert_eq!(other.breaks(), ["refill-is-logged"]);
}

#[test]
fn priming_and_work_are_logged() {
    let primed = |filled: u64| {
        let mut story = in_service(12);
        story.case.said.truncate(4);
        story.case.asks(1, Request::PrimingBolus);
        story
            .case
            .asks(60, Request::DeclareWork(CatheterWork::Revised));
        // 0.34 mL: 68 000 steps at 24 mL/day, 20 min 24 s; here a little faster, by whole minutes.
        story.case.moves(&[(0.0, 1), (48.97, 21), (0.0, 720)]);
        let mut story = story.without(LogKind::Started);
        story.logs(minutes(1), LogKind::PrimingBolus, volume(filled));
        let ended = minutes(21) + Millis::from_secs(24);
        story.logs(ended, LogKind::BolusEnded, bolus(68_000, false));
        let work = LogDetail::Work(CatheterWork::Revised);
        story.logs(minutes(60), LogKind::CatheterWork, work);
        story.shows = |status| status.mode = "stopped";
        story
    };
    assert_eq!(primed(340_000).breaks(), NONE);
    assert_eq!(primed(200_000).breaks(), ["priming-is-logged"]);
    let other = LogDetail::Work(CatheterWork::Replaced);
    let other = primed(340_000).saying(LogKind::CatheterWork, &other);
    assert_eq!(other.breaks(), ["work-is-logged"]);
}

/// A run of 48 h with a refill of this strength and a bridge at 60 min, in which the pump moves so. Unit: ng/mL.
fn bridged(strength: u32, moves: &[(f64, u64)]) -> Story {
    let strength = Concentration::from_ng_per_ml(strength);
    let mut story = in_service(48);
    let refill = Request::Refill {
        volume: Volume::from_nanoliters(18_000_000),
        concentration: strength,
        bridge: true,
        drawn: None,
    };
    story.case.asks(60, refill);
    story.case.moves(moves);
    let counted = 18_000_000 - 5 * 4_167;
    story.logs(minutes(60), LogKind::CountedBefore, volume(counted));
    story.logs(minutes(60), LogKind::Refilled, volume(18_000_000));
    let filled = LogDetail::Concentration(strength);
    story.logs(minutes(60), LogKind::Concentration, filled);
    story.logs(minutes(60), LogKind::BridgeBegan, volume(340_000));
    story.shows = |status| {
        let back = Volume::from_nanoliters(5 * 4_167);
        status.reservoir = status.reservoir.saturating_add(back);
    };
    story
}

#[test]
fn a_bridge_has_a_begin_and_an_end() {
    let ending = |ends: Option<u64>| {
        // The old flow until 0.34 mL have moved, 979.2 min; then half of it.
        let mut story = bridged(4_000_000, &[(1.0, 1_039), (0.5, 2_880)]);
        if let Some(at) = ends {
            story.logs(minutes(at), LogKind::BridgeEnded, NOTHING);
        }
        story
    };
    assert_eq!(ending(Some(1_040)).breaks(), NONE);
    assert_eq!(ending(None).breaks(), ["bridge-is-logged"]);
    let early = ending(Some(600)).breaks();
    assert_eq!(early, ["bridge-is-logged", "no-entry-without-cause"]);
    let other = ending(Some(1_040)).saying(LogKind::BridgeBegan, &volume(200_000));
    assert_eq!(other.breaks(), ["bridge-is-logged"]);
}

#[test]
fn a_bridge_beside_a_weaker_drug_may_last_longer_after_a_reset() {
    // To 1 mg/mL: a reset in it may have 3 000 steps of the old drug moved again.
    let reset_in_it = |strength: u32, ends: u64| {
        let mut story = bridged(strength, &[(1.0, 2_880)]);
        story.case.boots.push(boot(minutes(400), Cause::Pin));
        story.logs(minutes(400), LogKind::PinReset, NOTHING);
        story.logs(minutes(ends), LogKind::BridgeEnded, NOTHING);
        story.breaks()
    };
    assert_eq!(reset_in_it(1_000_000, 1_080), NONE);
    assert_eq!(
        reset_in_it(1_000_000, 1_090),
        ["bridge-is-logged", "no-entry-without-cause"]
    );
    assert_eq!(reset_in_it(4_000_000, 1_030), NONE);
    assert_eq!(
        reset_in_it(4_000_000, 1_080),
        ["bridge-is-logged", "no-entry-without-cause"]
    );
}

#[test]
fn a_reset_is_logged_by_its_cause() {
    let reset = |kind| {
        let mut story = in_service(12);
        story.case.boots.push(boot(minutes(300), Cause::BrownOut));
        story.logs(minutes(300), kind, NOTHING);
        story.breaks()
    };
    assert_eq!(reset(LogKind::BrownOutReset), NONE);
    assert_eq!(
        reset(LogKind::PinReset),
        ["no-entry-without-cause", "reset-is-logged"]
    );
}

#[test]
fn writes_that_were_lost_are_logged_once() {
    let lost = |at: &[u64]| {
        let mut story = in_service(12);
        story.case.lost_writes = vec![minutes(300), minutes(302)];
        for &minute in at {
            story.logs(minutes(minute), LogKind::MemoryFault, NOTHING);
        }
        story.breaks()
    };
    assert_eq!(lost(&[301]), NONE);
    assert_eq!(lost(&[]), ["lost-writes-are-logged"]);
    assert_eq!(lost(&[100, 301]), ["memory-damage-has-a-cause"]);
}

#[test]
fn a_magnet_that_comes_and_goes_is_logged() {
    let magnet = |near: u64| {
        let mut story = in_service(12);
        story.case.magnet = vec![(minutes(300), true), (minutes(309), false)];
        story.logs(minutes(300), LogKind::MagnetClosed, NOTHING);
        story.logs(minutes(309), LogKind::MagnetOpened, LogDetail::Number(near));
        story
    };
    assert_eq!(magnet(9).breaks(), NONE);
    assert_eq!(magnet(4).breaks(), ["magnet-is-logged"]);
    let unlogged = magnet(9).without(LogKind::MagnetClosed);
    assert_eq!(unlogged.breaks(), ["magnet-is-logged"]);
}

#[test]
fn of_two_resets_of_one_instant_the_first_may_be_missing_and_not_the_second() {
    let resets = |logged: &[u64]| {
        let mut story = in_service(12);
        let at = |later: u64| minutes(300) + Millis::from_millis(later);
        for later in [0, 1] {
            story.case.boots.push(boot(at(later), Cause::Pin));
        }
        for &later in logged {
            story.logs(at(later), LogKind::PinReset, NOTHING);
        }
        story.breaks()
    };
    assert_eq!(resets(&[0, 1]), NONE);
    assert_eq!(resets(&[1]), NONE);
    assert_eq!(resets(&[]), ["reset-is-logged"]);
}

#[test]
fn nothing_is_logged_that_did_not_happen() {
    let mut story = in_service(12);
    let dose = LogDetail::Dose(Mass::from_nanograms(1_000));
    story.logs(minutes(300), LogKind::ClinicianBolus, dose);
    assert_eq!(story.breaks(), ["no-entry-without-cause"]);
}

/// Magnets that come and go every ten minutes, of which so many are logged and so many counted.
fn magnets(logged: usize, counted: u32) -> Story {
    let mut story = in_service(48);
    for nth in 0..12_u64 {
        let (near, gone) = (minutes(300 + 10 * nth), minutes(305 + 10 * nth));
        story.case.magnet.extend([(near, true), (gone, false)]);
        if usize::try_from(nth).is_ok_and(|nth| nth < logged) {
            story.logs(near, LogKind::MagnetClosed, NOTHING);
            story.logs(gone, LogKind::MagnetOpened, LogDetail::Number(5));
        }
    }
    for _ in [LogKind::MagnetClosed, LogKind::MagnetOpened] {
        story.logs(
            minutes(1_440),
            LogKind::LeftOut,
            LogDetail::Number(counted.into()),
        );
    }
    story
}

/// Its log, with the counts of what was left out.
fn counting(story: Story, counted: u32) -> Vec<&'static str> {
    story.breaks_with(|case| {
        let kinds = [LogKind::MagnetClosed, LogKind::MagnetOpened];
        let left = case
            .entries
            .iter_mut()
            .filter(|entry| entry.kind == LogKind::LeftOut);
        for (entry, kind) in left.zip(kinds) {
            entry.left_out = Some((kind, counted));
        }
    })
}

#[test]
fn what_repeats_is_counted_after_its_share() {
    assert_eq!(counting(magnets(8, 4), 4), NONE);
    assert_eq!(counting(magnets(8, 5), 5), ["left-out-is-counted"]);
    assert_eq!(counting(magnets(3, 9), 9), ["left-out-is-counted"]);
    assert!(counting(magnets(12, 1), 1).contains(&"entries-are-limited"));
}

#[test]
fn the_log_is_in_order() {
    let skipped = in_service(12).breaks_with(|case| {
        for entry in case.entries.iter_mut().skip(3) {
            entry.index += 1;
        }
        if let Some(status) = &mut case.status {
            status.log_entries += 1;
        }
    });
    assert_eq!(skipped, ["log-holds-its-last", "log-in-order"]);
    let late = with_a_bolus().breaks_with(|case| {
        case.entries[2].clock = PumpTime::from_millis(2);
    });
    assert_eq!(late, ["log-time-never-goes-back"]);
}

#[test]
fn entries_that_were_written_can_be_read() {
    let short = with_a_bolus().breaks_with(|case| {
        if let Some(status) = &mut case.status {
            status.log_entries += 2;
        }
    });
    assert!(short.contains(&"log-holds-its-last"), "{short:?}");
}

#[test]
fn an_entry_that_was_read_stays() {
    let read = |steps: u64| {
        let page: &'static [_] = Box::leak(Box::new([entry(
            0,
            minutes(0),
            (LogKind::PowerOn, LogDetail::Nothing),
        )]));
        with_a_bolus().breaks_with(|case| {
            let log = Log {
                first: 0,
                entries: page,
            };
            let request = Request::ReadLog { first: 0 };
            let answer = Some(Answer::Log(log));
            case.said
                .push((minutes(90), Sender::Clinician, request, answer));
            case.entries[0].argument = u32::try_from(steps).unwrap();
        })
    };
    assert_eq!(read(0), NONE);
    assert_eq!(read(1), ["entries-never-change"]);
    assert!(THERAPY.patient_bolus.is_some());
}
