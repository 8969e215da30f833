//! One run that breaks each rule of the alarms, and the like that does not.

use super::{RULES, judge};
use crate::boundary::{Absence, AlarmAge, Answer, Cause, Hurt, Injury, Sender, Tone};
use crate::testing::{Case, THERAPY, all_tested, boot, minutes, status};
use thecal_plan::{Request, Therapy};
use thecal_units::{Millis, SimTime, Volume};

const NONE: [&str; 0] = [];

/// Reset by its watchdog at 300 min, silenced at 365 min; the alarm repeats each ten minutes.
fn reset() -> Case {
    let mut case = Case::hours(12);
    case.moves(&[(1.0, 720)]);
    case.boots.push(boot(minutes(300), Cause::Watchdog));
    case.asks(365, Request::Silence);
    case.tones = (0..=6)
        .map(|nth| (minutes(300 + 10 * nth), Tone::TwoTone))
        .collect();
    case
}

#[test]
fn heard_until_silenced() {
    assert_eq!(reset().broken(judge), NONE);
}

#[test]
fn not_at_once() {
    let mut case = reset();
    case.tones.remove(0);
    case.tones.insert(0, (minutes(303), Tone::TwoTone));
    assert!(case.broken(judge).contains(&"alarm-sounds-at-once"));
}

#[test]
fn not_again() {
    let mut case = reset();
    case.tones.truncate(3);
    assert_eq!(case.broken(judge), ["alarm-sounds-again"]);
}

#[test]
fn after_it_was_silenced() {
    let mut case = reset();
    case.tones.push((minutes(370), Tone::TwoTone));
    assert_eq!(case.broken(judge), ["no-alarm-without-cause"]);
}

#[test]
fn too_often() {
    let mut case = reset();
    case.tones.insert(2, (minutes(315), Tone::TwoTone));
    assert_eq!(case.broken(judge), ["alarm-not-too-often"]);
}

#[test]
fn only_the_critical_tone() {
    let mut case = reset();
    // A session that nobody ends is a non-critical alarm three minutes later.
    case.asks(310, Request::OpenUpdate { hold: false });
    case.tones.push((minutes(313), Tone::Single));
    case.tones.sort_by_key(|&(at, _)| at);
    assert!(case.broken(judge).contains(&"only-the-critical-tone"));
}

#[test]
fn an_abandoned_session_is_announced() {
    let mut case = Case::hours(12);
    case.moves(&[(1.0, 720)]);
    case.asks(310, Request::OpenUpdate { hold: false });
    case.asks(320, Request::Silence);
    case.tones = vec![(minutes(313), Tone::Single)];
    assert_eq!(case.broken(judge), NONE);
    case.tones.clear();
    assert!(case.broken(judge).contains(&"alarm-sounds-at-once"));
}

/// Stopped after an hour, announced and silenced after 48; a commit at 60 h, and the alarm anew at so many.
fn left_stopped(silenced: bool, anew: u64) -> Vec<&'static str> {
    let mut case = Case::hours(120);
    case.moves(&[(1.0, 60), (0.0, 7_200)]);
    case.asks(60, Request::Stop);
    let until = if silenced { 50 * 60 } else { anew * 60 };
    if silenced {
        case.asks(until, Request::Silence);
    }
    case.asks(60 * 60, Request::Program(THERAPY));
    let tones = (49 * 60..=until).step_by(10);
    let later = (anew * 60..=7_200).step_by(10);
    let all = tones.filter(|at| *at < until).chain(later);
    case.tones = all.map(|at| (minutes(at), Tone::TwoTone)).collect();
    case.broken(judge)
}

#[test]
fn a_commit_clears_the_alarm_of_a_pump_left_stopped_if_it_was_silenced() {
    assert_eq!(left_stopped(true, 108), NONE);
    assert_eq!(left_stopped(true, 104), ["no-alarm-without-cause"]);
    assert!(left_stopped(true, 112).contains(&"alarm-sounds-at-once"));
    // It sounds on where nobody has silenced it.
    assert_eq!(left_stopped(false, 108), NONE);
}

#[test]
fn the_status_names_what_is_active() {
    let mut case = reset();
    case.status = Some(status(minutes(360), &["reset"]));
    assert_eq!(case.broken(judge), NONE);
    case.status = Some(status(minutes(360), &[]));
    assert_eq!(case.broken(judge), ["alarms-in-the-status"]);
    case.status = Some(status(minutes(360), &["reset", "motor stall"]));
    assert_eq!(case.broken(judge), ["alarms-in-the-status"]);
}

/// The alarm of the reset at 300 min, as it is read. Unit of both: min.
fn reads(at: u64, age: u64, acknowledged: bool) -> Case {
    let mut case = reset();
    let read = vec![AlarmAge {
        name: "reset",
        acknowledged,
        age: Millis::MINUTE.times(age),
    }];
    let answer = Some(Answer::Alarms(read.leak()));
    let asked = (minutes(at), Sender::Clinician, Request::ReadAlarms, answer);
    case.said.push(asked);
    case
}

#[test]
fn an_alarm_is_read_with_its_age() {
    assert_eq!(reads(350, 50, false).broken(judge), NONE);
    assert_eq!(reads(350, 20, false).broken(judge), ["age-of-an-alarm"]);
    assert_eq!(reads(350, 90, false).broken(judge), ["age-of-an-alarm"]);
}

#[test]
fn an_alarm_is_read_as_acknowledged_from_a_silence_on() {
    assert_eq!(reads(350, 50, true).broken(judge), ["acknowledged-as-read"]);
}

#[test]
fn an_alarm_is_read_though_it_is_not_active() {
    assert!(
        reads(400, 100, true)
            .broken(judge)
            .contains(&"alarms-in-the-status")
    );
}

#[test]
fn an_alarm_is_gone_though_nobody_silenced_it() {
    let mut case = reads(340, 40, false);
    let mut later = reads(350, 50, false);
    case.said.extend(later.said.pop());
    assert_eq!(case.broken(judge), NONE);
    case.said.pop();
    let none = Some(Answer::Alarms(&[]));
    let asked = (minutes(350), Sender::Clinician, Request::ReadAlarms, none);
    case.said.push(asked);
    assert!(case.broken(judge).contains(&"alarm-stays-until-silenced"));
}

#[test]
fn without_a_prescription_the_tones_come_each_ten_minutes() {
    let mut case = Case::new(12);
    case.boots.push(boot(minutes(60), Cause::Watchdog));
    case.said.push((
        minutes(0),
        Sender::Clinician,
        Request::TakeKeys,
        Some(Answer::Done),
    ));
    case.said.push((
        minutes(300),
        Sender::Clinician,
        Request::ReadPrescription,
        Some(Answer::Rejected("not programmed")),
    ));
    case.said.push((
        minutes(310),
        Sender::Clinician,
        Request::Silence,
        Some(Answer::Done),
    ));
    case.tones = (0..25)
        .map(|nth| (minutes(60 + 10 * nth), Tone::TwoTone))
        .collect();
    assert_eq!(case.broken(judge), NONE);
    case.tones = (0..5)
        .map(|nth| (minutes(60 + 60 * nth), Tone::TwoTone))
        .collect();
    assert_eq!(case.broken(judge), ["alarm-sounds-again"]);
}

#[test]
fn writes_that_were_lost_are_announced_until_silenced() {
    let lost = |first: u64, tones: u64| {
        let mut case = Case::hours(12);
        case.moves(&[(1.0, 720)]);
        case.lost_writes = vec![minutes(300)];
        case.asks(365, Request::Silence);
        let tones = 0..tones;
        case.tones = tones
            .map(|nth| (minutes(first + 10 * nth), Tone::TwoTone))
            .collect();
        case.broken(judge)
    };
    assert_eq!(lost(300, 7), NONE);
    assert_eq!(lost(302, 7), NONE);
    assert!(lost(310, 6).contains(&"alarm-sounds-at-once"));
    assert!(lost(300, 0).contains(&"alarm-sounds-at-once"));
    assert_eq!(lost(300, 9), ["no-alarm-without-cause"]);
}

#[test]
fn a_reservoir_that_runs_low() {
    let mut case = Case::hours(24);
    case.moves(&[(1.0, 24 * 60)]);
    // 2.1 mL: a tenth of a milliliter above the limit, 288 minutes.
    let refill = |milliliters: u64| Request::Refill {
        volume: Volume::from_nanoliters(milliliters * 100_000),
        concentration: THERAPY.concentration,
        bridge: false,
        drawn: None,
    };
    case.asks(60, refill(21));
    case.asks(600, refill(180));
    let hours = Millis::HOUR;
    let first = minutes(60 + 288);
    case.tones = (0..5)
        .map(|nth| (first + hours.times(nth), Tone::Single))
        .collect();
    assert_eq!(case.broken(judge), NONE);
    case.tones.clear();
    assert!(case.broken(judge).contains(&"alarm-sounds-at-once"));
}

fn filled(nanoliters: u64) -> Request {
    Request::Refill {
        volume: Volume::from_nanoliters(nanoliters),
        concentration: THERAPY.concentration,
        bridge: false,
        drawn: None,
    }
}

fn singles(at: &[u64]) -> Vec<(SimTime, Tone)> {
    at.iter().map(|&at| (minutes(at), Tone::Single)).collect()
}

#[test]
fn a_commit_with_a_lower_limit_clears_the_low_reservoir() {
    let mut case = Case::hours(24);
    case.moves(&[(1.0, 24 * 60)]);
    // A tenth of a milliliter above the limit: 288 minutes; then 0.15 mL above the other: 432.
    case.asks(60, filled(2_100_000));
    let lower = Therapy {
        low_reservoir: Volume::from_nanoliters(1_950_000),
        ..THERAPY
    };
    case.asks(400, Request::Program(lower));
    case.asks(600, filled(18_000_000));
    case.tones = singles(&[348, 492, 552]);
    assert_eq!(case.broken(judge), NONE);
    case.tones = singles(&[348, 408, 492, 552]);
    assert_eq!(case.broken(judge), ["no-alarm-without-cause"]);
}

#[test]
fn a_refill_that_may_not_have_been_obeyed_leaves_the_reservoir_low() {
    let refilled = |lost: bool| {
        let mut case = Case::hours(12);
        case.moves(&[(1.0, 12 * 60)]);
        case.asks(60, filled(2_100_000));
        case.asks(600, filled(18_000_000));
        if lost {
            case.said.last_mut().expect("a refill").3 = None;
            case.lost.push(minutes(600));
        }
        case.tones = singles(&[348, 408, 468, 528, 588, 648, 708]);
        case.broken(judge)
    };
    assert_eq!(refilled(true), NONE);
    assert_eq!(refilled(false), ["no-alarm-without-cause"]);
}

#[test]
fn a_session_that_a_loss_of_power_ends_is_as_old_as_the_boot() {
    let read = |age: u64| {
        let mut case = Case::hours(12);
        case.moves(&[(1.0, 720)]);
        case.asks(310, Request::OpenUpdate { hold: false });
        case.absences.push(Absence {
            from: minutes(311),
            until: minutes(330),
            explained: true,
            dark: true,
        });
        case.boots.push(boot(minutes(330), Cause::PowerOn));
        let read = vec![AlarmAge {
            name: "update abandoned",
            acknowledged: false,
            age: Millis::MINUTE.times(age),
        }];
        let answer = Some(Answer::Alarms(read.leak()));
        let asked = (minutes(350), Sender::Clinician, Request::ReadAlarms, answer);
        case.said.push(asked);
        case.asks(365, Request::Silence);
        case.tones = singles(&[330]);
        case.broken(judge)
    };
    assert_eq!(read(20), NONE);
    assert_eq!(read(37), ["age-of-an-alarm"]);
}

#[test]
fn after_a_reset_a_button_is_stuck_three_minutes_later() {
    let pressed = |reset: bool, tone: u64| {
        let mut case = Case::hours(12);
        case.moves(&[(1.0, 720)]);
        for nth in 0..40 {
            let request = Request::PatientBolus { press: 7 };
            let denied = Some(Answer::Denied("same press"));
            let at = minutes(300) + Millis::from_secs(10 * nth);
            case.said.push((at, Sender::Remote(1), request, denied));
        }
        if reset {
            case.boots.push(boot(minutes(302), Cause::Pin));
        }
        case.asks(340, Request::Silence);
        let tone = minutes(300) + Millis::from_secs(tone);
        case.tones = vec![(tone, Tone::Single)];
        case.broken(judge)
    };
    assert_eq!(pressed(false, 190), NONE);
    assert!(pressed(false, 310).contains(&"alarm-sounds-at-once"));
    assert_eq!(pressed(true, 310), NONE);
    assert!(pressed(true, 190).contains(&"no-alarm-without-cause"));
}

#[test]
fn a_pump_whose_memory_is_damaged_may_forget_an_alarm() {
    let damaged = |damaged: bool| {
        let mut case = reset();
        case.tones.truncate(3);
        if damaged {
            case.injuries.push(Injury {
                at: minutes(322),
                hurt: Hurt::Memory,
            });
            case.boots.push(boot(minutes(323), Cause::Pin));
        }
        case.broken(judge)
    };
    assert_eq!(damaged(true), NONE);
    assert_eq!(damaged(false), ["alarm-sounds-again"]);
}

#[test]
fn of_a_log_that_nobody_reads_the_supply_tells_whether_the_battery_is_low() {
    let sounds = |read: bool, mv: u16| {
        let mut case = Case::hours(12);
        case.moves(&[(1.0, 720)]);
        case.supply.push((minutes(100), mv));
        case.tones = singles(&[120, 180]);
        case.status = read.then(|| status(minutes(720), &[]));
        case.broken(judge).contains(&"no-alarm-without-cause")
    };
    assert!(!sounds(false, 2_400));
    assert!(sounds(true, 2_400) && sounds(false, 2_700));
}

#[test]
fn each_rule_is_tested() {
    all_tested(
        &RULES,
        &[
            "alarm-sounds-at-once",
            "alarm-sounds-again",
            "no-alarm-without-cause",
            "alarm-not-too-often",
            "only-the-critical-tone",
            "alarms-in-the-status",
            "age-of-an-alarm",
            "acknowledged-as-read",
            "alarm-stays-until-silenced",
            "alarm-for-life",
        ],
    );
}

#[test]
fn an_alarm_raised_behind_a_critical_one_sounds_when_that_ends() {
    let mut case = Case::hours(60);
    case.asks(10, Request::Stop);
    for (opened, silenced) in [(2_850, Some(2_860)), (2_895, None)] {
        case.asks(opened, Request::OpenUpdate { hold: false });
        if let Some(at) = silenced {
            case.asks(at, Request::Silence);
        }
    }
    // Stopped for 48 h; the start ends that alarm, and the session left at 2 898 min sounds.
    case.asks(2_925, Request::Start);
    let two = [2_890, 2_900, 2_910, 2_920].map(|at| (minutes(at), Tone::TwoTone));
    let one = [2_853].into_iter().chain((2_925..3_600).step_by(60));
    case.tones = one
        .map(|at| (minutes(at), Tone::Single))
        .chain(two)
        .collect();
    case.tones.sort_by_key(|&(at, _)| at);
    assert_eq!(case.broken(judge), NONE);
    case.tones.insert(6, (minutes(2_955), Tone::Single));
    assert_eq!(case.broken(judge), ["alarm-not-too-often"]);
}

#[test]
fn a_session_that_times_out_while_the_core_stands_is_told_when_it_goes_on() {
    let mut case = Case::hours(2);
    case.asks(100, Request::OpenUpdate { hold: false });
    case.absences = vec![Absence {
        from: minutes(102),
        until: minutes(104),
        explained: true,
        dark: false,
    }];
    case.tones = vec![(minutes(104), Tone::Single)];
    assert_eq!(case.broken(judge), NONE);
    case.tones.clear();
    assert_eq!(case.broken(judge), ["alarm-sounds-at-once"]);
}

#[test]
fn a_commit_whose_limit_is_about_the_count_may_clear_the_alarm_or_not() {
    let about = Therapy {
        low_reservoir: Volume::from_nanoliters(1_960_000),
        ..THERAPY
    };
    for tones in [[29, 60, 120, 180, 240], [29, 60, 120, 140, 200]] {
        let mut case = Case::hours(5);
        let (.., request, _) = &mut case.said[3];
        let Request::Refill { volume, .. } = request else {
            panic!("the refill of the implant session");
        };
        *volume = Volume::from_nanoliters(2_010_000);
        case.moves(&[(1.0, 300)]);
        // The reset may have cost 15 uL: some 1.95 to 1.965 mL are left by count.
        case.boots.push(boot(minutes(60), Cause::Pin));
        case.asks(130, Request::Program(about));
        let tones = tones.map(|at| (minutes(at), Tone::Single));
        case.tones = tones.into_iter().collect();
        assert_eq!(case.broken(judge), NONE);
    }
}

#[test]
fn the_stop_of_a_priming_bolus_begins_the_hours_anew() {
    let mut case = Case::hours(50);
    case.asks(10, Request::Stop);
    let untold = ["alarm-sounds-at-once", "alarm-sounds-again"];
    assert_eq!(case.broken(judge), untold);
    case.asks(1_000, Request::PrimingBolus);
    assert_eq!(case.broken(judge), untold);
    case.asks(1_005, Request::Stop);
    assert_eq!(case.broken(judge), NONE);
}
