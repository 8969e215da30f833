//! Dose limits under any commands, power failures and clock jumps: the patient gets no more than
//! the prescription allows.
//!
//! The judge uses true time and the pulses that moved, none of the pump's own counts.
//! `PROPTEST_CASES` sets the number of runs.

use crate::bench::{Bench, DAY, HOUR, MINUTE, STEP_NL, prescription, update};
use proptest::prelude::*;
use thecal_link::ResetCause;
use thecal_telemetry::{
    CatheterWork, Command, DoseLimits, DuringBolus, Prescription, Response, Role,
};
use thecal_units::{DoseRate, Mass, Millis, Volume};

#[derive(Clone, Copy, Debug)]
enum Act {
    Wait(u64),
    Press(u8, u16),
    /// Presses for this many hours.
    Spam(u64),
    Replay,
    Start,
    Stop,
    Hold,
    AbandonStage,
    CloseUpdate,
    Silence,
    Reset(ResetCause),
    PowerOff(u64),
    Tear(usize),
    Jam(bool),
    Worn(bool),
    Sag(u16),
    Magnet(bool),
    /// A magnet that closes the switch and holds the rotor.
    HoldRotor(bool),
    DeclareWork(CatheterWork),
    /// Stop, a priming bolus, and after this time start; with work declared before, or not.
    Prime(bool, u64),
    Jump(i64),
    /// The clock jumps while the pump is in reset.
    JumpInReset(i64),
    ClinicianBolus(u64),
    /// A new prescription: half the dose, or all of it; the limits stay.
    Program(bool),
    /// A press and, after this time, a reset; twice.
    CutBolus(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let cause = prop_oneof![
        Just(ResetCause::PowerOn),
        Just(ResetCause::Pin),
        Just(ResetCause::Watchdog),
        Just(ResetCause::BrownOut),
    ];
    let day = DAY.cast_signed();
    prop_oneof![
        6 => (0..3 * HOUR).prop_map(Act::Wait),
        4 => (0..2 * MINUTE).prop_map(Act::Wait),
        1 => (20 * HOUR..30 * HOUR).prop_map(Act::Wait),
        8 => (1..=2_u8, 0..2_000_u16).prop_map(|(remote, press)| Act::Press(remote, press)),
        3 => (1..12_u64).prop_map(Act::Spam),
        1 => Just(Act::Replay),
        3 => Just(Act::Start),
        2 => Just(Act::Stop),
        1 => Just(Act::Hold),
        1 => Just(Act::AbandonStage),
        1 => Just(Act::CloseUpdate),
        2 => Just(Act::Silence),
        2 => cause.prop_map(Act::Reset),
        1 => (0..30 * HOUR).prop_map(Act::PowerOff),
        1 => (0..400_usize).prop_map(Act::Tear),
        1 => any::<bool>().prop_map(Act::Jam),
        1 => any::<bool>().prop_map(Act::Worn),
        1 => (1_900..3_000_u16).prop_map(Act::Sag),
        1 => any::<bool>().prop_map(Act::Magnet),
        1 => any::<bool>().prop_map(Act::HoldRotor),
        1 => prop::sample::select(CatheterWork::ALL).prop_map(Act::DeclareWork),
        1 => (any::<bool>(), 0..40 * MINUTE).prop_map(|(work, span)| Act::Prime(work, span)),
        2 => (-2 * day..2 * day).prop_map(Act::Jump),
        2 => (-2 * day..2 * day).prop_map(Act::JumpInReset),
        1 => (1..400_000_u64).prop_map(Act::ClinicianBolus),
        2 => any::<bool>().prop_map(Act::Program),
        2 => (0..10 * MINUTE).prop_map(Act::CutBolus),
    ]
}

/// 90 cm of catheter. Unit: nanoliter.
const CATHETER_NL: u64 = 198_000;

/// 5 mg/day without limits.
fn unlimited() -> Prescription {
    Prescription {
        catheter_volume: Volume::from_nanoliters(CATHETER_NL),
        ..prescription()
    }
}

/// Doses in whole steps of 50 ug; 5 mg/day is 100000 of them. Limits little above the infusion.
fn limited() -> Prescription {
    Prescription {
        lockout: Millis::HOUR,
        daily_maximum: 12,
        limits: DoseLimits {
            hour: Mass::from_nanograms(450_000),
            four_hours: Mass::from_nanograms(1_500_000),
            day: Mass::from_nanograms(6_100_000),
        },
        ..unlimited()
    }
}

/// Windows filled to the limit: a day of presses around a change of the dose, a stop, a cut.
fn brim() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (6..14_u64).prop_map(Act::Spam),
        3 => any::<bool>().prop_map(Act::Program),
        1 => (0..3 * HOUR).prop_map(Act::Wait),
        1 => (20 * HOUR..30 * HOUR).prop_map(Act::Wait),
        1 => Just(Act::Stop),
        3 => Just(Act::Start),
        1 => Just(Act::Reset(ResetCause::PowerOn)),
        1 => (0..20 * MINUTE).prop_map(Act::CutBolus),
        1 => (any::<bool>(), 0..40 * MINUTE).prop_map(|(work, span)| Act::Prime(work, span)),
    ]
}

fn any_prescription() -> impl Strategy<Value = Prescription> {
    prop_oneof![
        Just(unlimited()),
        Just(limited()),
        Just(Prescription {
            during_bolus: DuringBolus::Replace,
            ..limited()
        }),
        // A low infusion and large boluses: a stop changes little, a window fills with boluses.
        Just(Prescription {
            dose: DoseRate::from_ng_per_day(240_000),
            limits: DoseLimits {
                day: Mass::from_nanograms(1_100_000),
                ..DoseLimits::NONE
            },
            ..limited()
        }),
    ]
}

/// Events recorded by the judge besides the pulses.
#[derive(Default)]
struct Seen {
    /// True time of each grant.
    grants: Vec<u64>,
    /// True time and steps of each clinician bolus.
    clinician: Vec<(u64, u64)>,
    /// True time of each priming bolus.
    primed: Vec<u64>,
    /// Total of jumps that the pump cannot detect: up to its sleep while no pulses are driven, up
    /// to the next pulse otherwise.
    unseen: u64,
    /// Number of jumps: a backward one, shorter than a sleep, delays running timers by as much.
    turns: u64,
    recorded: Vec<u8>,
    press: u16,
    /// The memory has refused writes: the stored count may be as old as the last one written.
    worn: bool,
}

fn ask(bench: &mut Bench, seen: &mut Seen, remote: u8, press: u16) -> bool {
    let role = Role::Remote(remote);
    let packet = bench.packet(role, &Command::PatientBolus { press });
    let granted = bench.send(role, &packet) == Some(Response::BolusGranted);
    seen.recorded = packet;
    // A grant that memory did not take gives no bolus; only its answer was sent too early.
    if granted && !bench.worn {
        seen.grants.push(bench.now);
    }
    granted
}

/// A replayed packet is obeyed only if memory took neither the press nor its counter, and it gave
/// no bolus.
fn replay(bench: &mut Bench, seen: &mut Seen) {
    let role = match seen.recorded.first() {
        Some(&number) if number > 0 => Role::Remote(number),
        _ => return,
    };
    let recorded = seen.recorded.clone();
    if bench.send(role, &recorded) == Some(Response::BolusGranted) && !bench.worn {
        seen.grants.push(bench.now);
    }
}

fn spam(bench: &mut Bench, seen: &mut Seen, hours: u64) {
    let until = bench.now + hours * HOUR;
    while bench.now < until {
        seen.press = seen.press.wrapping_add(1);
        let press = 10_000 + seen.press;
        ask(bench, seen, 1 + (press % 2) as u8, press);
        bench.run_for(7 * MINUTE + 13);
    }
}

fn prime(bench: &mut Bench, seen: &mut Seen, work: bool, span: u64) {
    bench.clinician(Command::Stop);
    if work {
        bench.clinician(Command::DeclareWork(CatheterWork::Revised));
    }
    if bench.clinician(Command::PrimingBolus) == Response::Done {
        seen.primed.push(bench.now);
    }
    bench.run_for(span);
    bench.clinician(Command::Start);
}

/// The same limits with half the dose, or all of it.
fn program(bench: &mut Bench, of: &Prescription, half: bool) {
    let dose = of.dose.as_ng_per_day() >> u32::from(half);
    bench.program(Prescription {
        dose: DoseRate::from_ng_per_day(dose),
        ..*of
    });
}

fn cut_bolus(bench: &mut Bench, seen: &mut Seen, after: u64) {
    for _ in 0..2 {
        seen.press = seen.press.wrapping_add(1);
        ask(bench, seen, 1, 20_000 + seen.press);
        bench.run_for(after);
        bench.reset(ResetCause::BrownOut);
    }
}

fn perform(bench: &mut Bench, seen: &mut Seen, of: &Prescription, act: Act) {
    match act {
        Act::Wait(span) => bench.run_for(span),
        Act::Press(remote, press) => {
            ask(bench, seen, remote, press);
        }
        Act::Spam(hours) => spam(bench, seen, hours),
        Act::Replay => replay(bench, seen),
        Act::Start => drop(bench.clinician(Command::Start)),
        Act::Stop => drop(bench.clinician(Command::Stop)),
        Act::Hold => drop(bench.clinician(Command::OpenUpdate { hold: true })),
        Act::AbandonStage => {
            for command in update(*of).into_iter().take(2) {
                bench.clinician(command);
            }
        }
        Act::CloseUpdate => drop(bench.clinician(Command::CloseUpdate)),
        Act::Silence => drop(bench.clinician(Command::Silence)),
        Act::Reset(cause) => bench.reset(cause),
        Act::PowerOff(span) => bench.power_off(span),
        Act::Tear(bytes) => {
            let packet = bench.packet(Role::Remote(1), &Command::PatientBolus { press: 3_000 });
            bench.tear(&packet, bytes);
        }
        Act::Jam(jammed) => bench.jammed = jammed,
        Act::Worn(worn) => {
            bench.worn = worn;
            seen.worn |= worn;
        }
        Act::Sag(mv) => bench.loaded_mv = mv,
        Act::Magnet(closed) => bench.bring_magnet(closed),
        Act::HoldRotor(holds) => {
            bench.jammed = holds;
            bench.bring_magnet(holds);
        }
        Act::DeclareWork(work) => drop(bench.clinician(Command::DeclareWork(work))),
        Act::Prime(work, span) => prime(bench, seen, work, span),
        Act::Jump(by) => {
            // A running train reveals the jump to the pump. Half the dose has twice the period.
            let period = 2 * DAY / basal(of) + 10;
            seen.unseen += if bench.is_driving() {
                period
            } else {
                2 * MINUTE
            };
            seen.turns += 1;
            bench.jump(by);
        }
        Act::JumpInReset(by) => {
            bench.turn_clock(by);
            bench.reset(ResetCause::PowerOn);
        }
        Act::ClinicianBolus(nanograms) => {
            let dose = Mass::from_nanograms(nanograms);
            let duration = Millis::from_millis(10 * MINUTE);
            if bench.clinician(Command::ClinicianBolus { dose, duration }) == Response::Done {
                seen.clinician.push((bench.now, nanograms / 50));
            }
        }
        Act::Program(half) => program(bench, of, half),
        Act::CutBolus(after) => cut_bolus(bench, seen, after),
    }
}

/// A bolus starts within a write or two of its grant, and ends at most this long after its
/// duration.
const LATE: u64 = MINUTE;

/// The most pulses that moved in any window of this length, less those of boluses whose time
/// overlaps the window, each in full.
fn worst(bench: &Bench, boluses: &[(u64, u64, u64)], window: u64) -> u64 {
    let pulses = &bench.moved_us;
    let (mut first, mut worst) = (0, 0);
    for (last, &at) in pulses.iter().enumerate() {
        while pulses[first] + window * 1_000 <= at {
            first += 1;
        }
        let (from, until) = ((at / 1_000).saturating_sub(window), at / 1_000);
        let touches = |&&(begun, ended, _): &&(u64, u64, u64)| begun <= until && ended >= from;
        let explained = boluses.iter().filter(touches).map(|(_, _, steps)| steps);
        let moved = (last - first + 1) as u64;
        worst = worst.max(moved.saturating_sub(explained.sum()));
    }
    worst
}

/// Start, latest end and steps of each of these boluses.
fn spans(starts: impl Iterator<Item = (u64, u64)>, longest: u64) -> Vec<(u64, u64, u64)> {
    starts
        .map(|(at, steps)| (at, at + longest, steps))
        .collect()
}

/// The most steps of a priming bolus: the tubing's 0.140 mL, and the catheter.
const PRIMING_STEPS: u64 = (140_000 + CATHETER_NL) / STEP_NL;

/// Steps allowed above a limit: one in progress at each end, two that may be overdue, and the eight
/// that a battery check saves up.
const ON_TOP: u64 = 2 + 2 + 8;

fn steps(dose: Mass) -> u64 {
    dose.as_nanograms_round_down() / (STEP_NL * 10)
}

/// Steps of the continuous infusion a day.
fn basal(of: &Prescription) -> u64 {
    u64::from(of.dose.as_ng_per_day()) / (STEP_NL * 10)
}

fn check(bench: &Bench, seen: &Seen, of: &Prescription) -> Result<(), TestCaseError> {
    let unseen = seen.unseen;
    let lockout = of.lockout.as_millis();
    for pair in seen.grants.windows(2) {
        let apart = pair[1] - pair[0];
        prop_assert!(
            apart + unseen >= lockout,
            "granted {apart} ms after the last"
        );
    }
    for (index, &at) in seen.grants.iter().enumerate() {
        let day = seen.grants[..=index].iter();
        let today = day.filter(|&&start| start + DAY > at + unseen).count();
        prop_assert!(
            today <= usize::from(of.daily_maximum),
            "{today} grants in a day"
        );
    }
    let bolus = steps(of.bolus_dose);
    let basal = basal(of);
    let late = LATE + seen.turns * 2 * MINUTE;
    let mut clinician = spans(seen.clinician.iter().copied(), 10 * MINUTE + late);
    // A priming bolus fills what is empty: no dose, and like a clinician's bolus without limits.
    let primed = seen.primed.iter().map(|&at| (at, PRIMING_STEPS));
    clinician.extend(spans(primed, 21 * MINUTE + late));
    let granted = spans(
        seen.grants.iter().map(|&at| (at, bolus)),
        of.bolus_duration.as_millis() + late,
    );
    // Every step belongs to the infusion or to a granted bolus: none is given twice.
    let all = [clinician.as_slice(), granted.as_slice()].concat();
    for window in [10 * MINUTE, HOUR, 4 * HOUR, DAY] {
        let limit = basal * (window + unseen) / DAY + ON_TOP;
        let moved = worst(bench, &all, window);
        prop_assert!(
            moved <= limit,
            "{moved} steps in {window} ms that no bolus explains, at most {limit}"
        );
    }
    // A clinician bolus is not limited: its steps are subtracted in windows that it overlaps.
    for (window, limit) in of.limits.windows() {
        let limit = steps(limit) + ON_TOP;
        let moved = worst(bench, &clinician, window.as_millis().saturating_sub(unseen));
        prop_assert!(
            moved <= limit,
            "{moved} steps in {window:?}, the limit is {limit}"
        );
    }
    Ok(())
}

fn play(of: Prescription, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut bench = Bench::infusing(of);
    let mut seen = Seen::default();
    for act in acts {
        perform(&mut bench, &mut seen, &of, act);
    }
    check(&bench, &seen, &of)?;
    bench.worn = false;
    let status = bench.status();
    let truth = 20_000_000 - bench.moved_us.len() as u64 * 5;
    let count = status.reservoir.as_nanoliters_round_down();
    prop_assert!(
        seen.worn || count <= truth,
        "{count} nL counted, {truth} nL there"
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, ..ProptestConfig::default() })]

    /// Verifies REQ-BOL-004, REQ-BOL-005, REQ-BOL-012, REQ-BOL-014, REQ-BOL-017, REQ-CLK-001,
    /// REQ-CLK-004, REQ-RES-003, REQ-CLK-008.
    #[test]
    fn no_patient_passes_a_limit(of in any_prescription(), acts in prop::collection::vec(act(), 1..60)) {
        play(of, acts)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Verifies REQ-BOL-005, REQ-BOL-012, REQ-BOL-014, REQ-BOL-017.
    #[test]
    fn no_window_that_is_filled_to_the_brim_runs_over(
        of in any_prescription(),
        acts in prop::collection::vec(brim(), 4..10),
    ) {
        play(of, acts)?;
    }
}
