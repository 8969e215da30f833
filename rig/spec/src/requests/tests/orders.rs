//! Orders that are obeyed or refused wrongly, packets of nobody, and pumps without keys.

use super::patients::clinician_bolus;
use super::{NONE, judge};
use crate::boundary::{Answer, Cause, Hurt, Injury, Sender};
use crate::testing::{Case, THERAPY, boot, minutes};
use thecal_plan::{
    CatheterWork, DoseLimits, ForgedKey, Forgery, Infusion, Origin, PatientBolus, Request,
    ScheduleStep, Spoiled, Therapy, WeekSchedule,
};
use thecal_units::{Concentration, DoseRate, Mass, Millis, Volume};

pub(super) const TESTED: &[&str] = &[
    "genuine-packet-is-answered",
    "receiver-is-on",
    "recorded-packet-is-ignored",
    "forged-packet-is-ignored",
    "pump-without-keys",
    "keys-are-taken-once",
    "remotes-may-only-request",
    "what-is-read-is-shown",
    "prescription-is-shown",
    "start-is-obeyed-or-refused",
    "clinician-bolus-is-arbitrated",
    "clinician-bolus-has-no-limits",
    "bolus-in-range",
    "refill-is-checked",
    "prescription-in-range",
    "schedule-in-range",
    "limit-has-room",
    "priming-only-while-stopped",
    "primed-once",
    "nothing-while-priming",
    "work-is-declared",
    "refusal-names-its-reason",
];

/// A refill with a bridge. Unit: ng/mL.
pub(super) fn bridge(concentration: u32) -> Request {
    Request::Refill {
        volume: Volume::from_nanoliters(18_000_000),
        concentration: Concentration::from_ng_per_ml(concentration),
        bridge: true,
        drawn: None,
    }
}

/// A run in which the clinician orders this at 60 min, after these orders at 30 min.
fn ordered(before: &[Request], request: Request, answer: Answer<'static>) -> Case {
    let mut case = Case::hours(12);
    for &request in before {
        case.asks(30, request);
    }
    case.order(minutes(60), request, answer);
    case
}

/// The order is refused with this reason, and must not be obeyed.
fn refused(rule: &str, before: &[Request], request: Request, reason: &'static str) {
    ordered(before, request, Answer::Rejected(reason)).keeps(rule);
    ordered(before, request, Answer::Done).breaks(rule);
}

/// The order is obeyed, and must not be refused.
fn obeyed(rule: &str, before: &[Request], request: Request) {
    ordered(before, request, Answer::Done).keeps(rule);
    ordered(before, request, Answer::Rejected("not allowed")).breaks(rule);
}

#[test]
fn genuine_packets_are_heard_and_answered_in_kind() {
    let mut case = Case::hours(2);
    case.order(minutes(60), Request::ReadHealth, Answer::Other);
    case.keeps("genuine-packet-is-answered");
    case.said.last_mut().unwrap().3 = None;
    case.breaks("genuine-packet-is-answered");
    case.lost.push(minutes(60));
    assert_eq!(case.broken(judge), NONE);
    case.lost.clear();
    case.unheard.push(minutes(60));
    case.breaks("receiver-is-on");
    case.unheard.clear();
    case.said.last_mut().unwrap().3 = Some(Answer::Unreadable);
    case.breaks("genuine-packet-is-answered");
    ordered(&[], Request::Silence, Answer::Rejected("safe state")).breaks("what-is-read-is-shown");
    obeyed("what-is-read-is-shown", &[], Request::Silence);
}

#[test]
fn a_recorded_packet_is_ignored() {
    let mut case = ordered(&[], Request::Start, Answer::Done);
    case.replayed.push(minutes(60));
    case.breaks("recorded-packet-is-ignored");
    case.said.last_mut().unwrap().3 = None;
    case.keeps("recorded-packet-is-ignored");
}

#[test]
fn a_forged_packet_is_ignored() {
    let mut case = ordered(&[], Request::Start, Answer::Done);
    case.replayed.push(minutes(60));
    case.forged = Some(Origin::Forged(Box::new(Forgery {
        request: Request::Start,
        from: Sender::Clinician,
        key: ForgedKey::Zero,
        used_counter: false,
        content: None,
        spoiled: Spoiled::default(),
    })));
    case.breaks("forged-packet-is-ignored");
    case.said.last_mut().unwrap().3 = None;
    case.keeps("forged-packet-is-ignored");
}

#[test]
fn a_counter_that_was_lost_may_be_used_again() {
    let mut case = ordered(&[Request::Silence], Request::Interrogate, Answer::Done);
    case.replayed.push(minutes(60));
    case.forged = Some(Origin::Forged(Box::new(Forgery {
        request: Request::Interrogate,
        from: Sender::Clinician,
        key: ForgedKey::Own,
        used_counter: true,
        content: None,
        spoiled: Spoiled::default(),
    })));
    case.breaks("forged-packet-is-ignored");
    case.lost.push(minutes(30));
    case.said
        .iter_mut()
        .filter(|it| it.0 == minutes(30))
        .for_each(|it| it.3 = None);
    case.may_be("forged-packet-is-ignored");
}

#[test]
fn keys_are_taken_once() {
    let mut case = Case::hours(2);
    case.order(minutes(60), Request::AskChallenge, Answer::Done);
    case.breaks("keys-are-taken-once");
    case.said.last_mut().unwrap().3 = None;
    case.keeps("keys-are-taken-once");
    // A pump from its maker.
    let mut new = Case::new(2);
    new.order(minutes(1), Request::Start, Answer::Done);
    new.breaks("pump-without-keys");
    new.said.clear();
    new.order(minutes(1), Request::TakeKeys, Answer::Done);
    new.breaks("pump-without-keys");
    new.said.clear();
    new.asks(1, Request::AskChallenge);
    new.asks(2, Request::TakeKeys);
    new.keeps("pump-without-keys");
}

#[test]
fn remotes_may_only_request() {
    let rule = "remotes-may-only-request";
    let mut case = Case::hours(2);
    let sender = Sender::Remote(1);
    let stop = |answer| (minutes(60), sender, Request::Stop, Some(answer));
    case.said.push(stop(Answer::Rejected("not allowed")));
    case.keeps(rule);
    case.said.pop();
    case.said.push(stop(Answer::Done));
    case.breaks(rule);
    refused_kind(rule);
}

/// The clinician may not ask for a patient bolus.
fn refused_kind(rule: &str) {
    let bolus = Request::PatientBolus { press: 1 };
    ordered(&[], bolus, Answer::Rejected("not allowed")).keeps(rule);
    ordered(&[], bolus, Answer::Rejected("priming")).breaks("refusal-names-its-reason");
}

#[test]
fn the_prescription_is_shown() {
    let rule = "prescription-is-shown";
    ordered(&[], Request::ReadPrescription, Answer::Other).keeps(rule);
    let refused = Answer::Rejected("not programmed");
    ordered(&[], Request::ReadPrescription, refused).breaks(rule);
}

#[test]
fn start_and_stop() {
    let rule = "start-is-obeyed-or-refused";
    obeyed(rule, &[], Request::Stop);
    obeyed(rule, &[Request::Stop], Request::Start);
    let mut case = Case::new(2);
    case.asks(0, Request::AskChallenge);
    case.asks(0, Request::TakeKeys);
    case.asks(10, Request::Start);
    case.breaks(rule);
}

#[test]
fn a_clinicians_bolus() {
    let bolus = clinician_bolus(20);
    let rule = "clinician-bolus-is-arbitrated";
    refused(rule, &[Request::Stop], bolus, "the infusion is stopped");
    refused(rule, &[clinician_bolus(60)], bolus, "a bolus is given");
    let rule = "clinician-bolus-has-no-limits";
    let mut case = ordered(&[], bolus, Answer::Done);
    case.magnet.push((minutes(20), true));
    case.keeps(rule);
    case.said.last_mut().unwrap().3 = Some(Answer::Rejected("magnet near"));
    case.breaks(rule);
    let rule = "bolus-in-range";
    let dose = |nanograms, duration| Request::ClinicianBolus {
        dose: Mass::from_nanograms(nanograms),
        duration,
    };
    // A step holds 10 ng; 24 mL hold 48 mg, less what is infused.
    refused(
        rule,
        &[],
        dose(9, Millis::HOUR),
        "out of range: dose of a bolus",
    );
    let much = dose(48_000_000, Millis::HOUR);
    refused(rule, &[], much, "out of range: dose of a bolus");
    let short = dose(100_000, Millis::from_millis(59_999));
    refused(rule, &[], short, "out of range: duration of a bolus");
    obeyed(
        "clinician-bolus-has-no-limits",
        &[],
        dose(10, Millis::MINUTE),
    );
}

#[test]
fn a_refill_is_checked() {
    let rule = "refill-is-checked";
    let refill = |nanoliters, concentration| Request::Refill {
        volume: Volume::from_nanoliters(nanoliters),
        concentration: Concentration::from_ng_per_ml(concentration),
        bridge: false,
        drawn: None,
    };
    obeyed(rule, &[], refill(40_000_000, 2_000_000));
    let more = refill(40_000_001, 2_000_000);
    refused(rule, &[], more, "out of range: volume");
    // 1 mg a day of 41 666 ng/mL are more than 24 mL.
    obeyed(rule, &[], refill(1_000, 1_000_000));
    let weak = refill(1_000, 41_666);
    refused(rule, &[], weak, "out of range: flow of the continuous dose");
    let given = [clinician_bolus(60)];
    refused(rule, &given, refill(1_000, 2_000_000), "a bolus is given");
    let bridged = [bridge(1_500_000)];
    let again = "old drug is in the catheter";
    refused(
        "no-bolus-while-bridging",
        &bridged,
        bridge(1_000_000),
        again,
    );
}

/// A prescription is refused with this reason when it is staged.
fn unprescribed(rule: &str, therapy: Therapy, reason: &'static str) {
    let staged = |answer| {
        let mut case = Case::hours(2);
        case.asks(60, Request::OpenUpdate { hold: false });
        case.order(minutes(61), Request::Stage(therapy), answer);
        case
    };
    staged(Answer::Rejected(reason)).keeps(rule);
    staged(Answer::Done).breaks(rule);
}

#[test]
fn a_prescription_in_range() {
    let rule = "prescription-in-range";
    let bolus = THERAPY.patient_bolus.unwrap();
    let with = |bolus| Therapy {
        patient_bolus: Some(bolus),
        ..THERAPY
    };
    let short = Therapy {
        non_critical_interval: Millis::from_millis(59_999),
        ..THERAPY
    };
    unprescribed(
        rule,
        short,
        "out of range: interval of the non-critical alarm",
    );
    let slow = Therapy {
        infusion: Infusion::Simple(DoseRate::from_ng_per_day(11_999)),
        ..THERAPY
    };
    unprescribed(rule, slow, "out of range: flow of the continuous dose");
    let early = PatientBolus {
        lockout: Millis::from_millis(599_999),
        ..bolus
    };
    unprescribed(rule, with(early), "out of range: lockout");
    let many = PatientBolus {
        daily_maximum: 51,
        ..bolus
    };
    unprescribed(rule, with(many), "out of range: daily maximum");
    let weak = Therapy {
        concentration: Concentration::from_ng_per_ml(999),
        ..short
    };
    // The first of several.
    unprescribed(rule, weak, "out of range: concentration");
    let tight = Therapy {
        limits: DoseLimits {
            day: Mass::from_nanograms(1_099_999),
            ..DoseLimits::NONE
        },
        ..THERAPY
    };
    unprescribed(
        "limit-has-room",
        tight,
        "the limit for 24 h has no room for this dose",
    );
}

#[test]
fn a_schedule_in_range() {
    let week = |steps: &[(u8, u16)]| {
        let mut week = WeekSchedule::EMPTY;
        for &(days, minute) in steps {
            let dose = DoseRate::from_ng_per_day(1_000_000);
            assert!(week.push(ScheduleStep { days, minute, dose }));
        }
        Therapy {
            infusion: Infusion::Flex(week),
            ..THERAPY
        }
    };
    let range = "out of range: schedule";
    let wrong: [&[(u8, u16)]; 4] = [&[], &[(0, 7)], &[(1, 1_440)], &[(3, 420), (1, 420)]];
    for steps in wrong {
        unprescribed("schedule-in-range", week(steps), range);
    }
}

#[test]
fn a_priming_bolus() {
    let rule = "priming-only-while-stopped";
    refused(
        rule,
        &[],
        Request::PrimingBolus,
        "the infusion is not stopped",
    );
    obeyed(rule, &[Request::Stop], Request::PrimingBolus);
    // 68 000 steps fill tubing and catheter: 20 min and 24 s.
    let primed = |then, request, answer| {
        let mut case = Case::hours(12);
        case.moves(&[(0.0, 30), (48.0, 50), (41.0, 51), (0.0, 720)]);
        case.asks(30, Request::Stop);
        case.asks(30, Request::PrimingBolus);
        case.order(minutes(then), request, answer);
        case
    };
    let rule = "nothing-while-priming";
    let given = Answer::Rejected("a priming bolus is given");
    primed(40, Request::Start, given).keeps(rule);
    primed(40, Request::Start, Answer::Done).breaks(rule);
    primed(60, Request::Start, Answer::Done).keeps("start-is-obeyed-or-refused");
    let rule = "primed-once";
    let again = Answer::Rejected("already primed, no work on the catheter declared");
    primed(60, Request::PrimingBolus, again).keeps(rule);
    primed(60, Request::PrimingBolus, Answer::Done).breaks(rule);
    let work = Request::DeclareWork(CatheterWork::Revised);
    let worked = |answer| {
        let mut case = primed(60, work, Answer::Done);
        case.order(minutes(61), Request::PrimingBolus, answer);
        case
    };
    worked(Answer::Done).keeps("work-is-declared");
    worked(again).breaks("priming-only-while-stopped");
    primed(60, work, Answer::Rejected("safe state")).breaks("work-is-declared");
}

#[test]
fn what_is_overdue_of_a_priming_bolus_is_not_made_up_for() {
    // Ten of 68 000 steps are dropped at a jump of 180 ms that looks like a late wake-up.
    let primed = |jump: i64, answer| {
        let mut case = Case::hours(12);
        case.moves(&[(0.0, 30), (48.0, 50), (19.06, 51), (0.0, 720)]);
        case.asks(30, Request::Stop);
        case.asks(30, Request::PrimingBolus);
        case.crystal.jumps = vec![(minutes(40), jump)];
        case.order(minutes(60), Request::Start, answer);
        case
    };
    let given = Answer::Rejected("a priming bolus is given");
    let rule = "start-is-obeyed-or-refused";
    primed(180, Answer::Done).keeps(rule);
    primed(180, given).breaks(rule);
    primed(1, Answer::Done).breaks("nothing-while-priming");
}

#[test]
fn a_pump_that_lost_its_state_counts_as_primed() {
    let again = Answer::Rejected("already primed, no work on the catheter declared");
    // Nothing has moved, and work was declared before the damage or after it.
    let primed = |damaged: u64, worked: u64, answer| {
        let mut case = Case::hours(12);
        case.asks(30, Request::Stop);
        let work = Request::DeclareWork(CatheterWork::Revised);
        case.asks(worked, work);
        case.injuries = vec![Injury {
            at: minutes(damaged),
            hurt: Hurt::Memory,
        }];
        case.boots.push(boot(minutes(damaged + 1), Cause::Pin));
        case.asks(100, Request::Program(THERAPY));
        case.order(minutes(110), Request::PrimingBolus, answer);
        case
    };
    assert_eq!(primed(50, 40, again).broken(judge), NONE);
    assert_eq!(primed(50, 40, Answer::Done).broken(judge), NONE);
    let after = primed(50, 105, again).broken(judge);
    assert_eq!(after, ["refusal-names-its-reason"]);
    let sound = primed(600, 40, again).broken(judge);
    assert_eq!(sound, ["priming-only-while-stopped"]);
}

#[test]
fn a_bridge_beside_a_weaker_drug_may_last_longer_after_a_reset() {
    let again = Answer::Rejected("old drug is in the catheter");
    // 68 000 steps fill tubing and catheter; a reset may have 3 000 of them moved again.
    let bridged = |strength: u32, at: u64| {
        let mut case = Case::hours(48);
        case.asks(60, bridge(strength));
        case.moves(&[(1.0, 2_880)]);
        case.boots.push(boot(minutes(400), Cause::Pin));
        case.order(minutes(at), bridge(1_500_000), again);
        case.broken(judge)
    };
    assert_eq!(bridged(1_000_000, 1_060), NONE);
    let ended = ["refill-is-checked"];
    assert_eq!(bridged(1_000_000, 1_100), ended);
    assert_eq!(bridged(4_000_000, 1_060), ended);
}

#[test]
fn the_first_reason_of_a_refusal() {
    let bolus = clinician_bolus(20);
    let stopped = [Request::Stop];
    let rule = "refusal-names-its-reason";
    ordered(&stopped, bolus, Answer::Rejected("the infusion is stopped")).keeps(rule);
    ordered(&stopped, bolus, Answer::Rejected("a bolus is given")).breaks(rule);
}
