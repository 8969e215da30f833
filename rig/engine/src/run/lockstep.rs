//! The lockstep: the rig owns time, the plant is the truth, the pump sees only its pins.
//!
//! Next instant = the earliest of the pump's `wake_at`, the next act of the agenda, the next pin
//! event that the pump has armed, and its watchdog. Idle spans are skipped, never stepped
//! through. A Reaction takes no virtual time.

use super::agenda::{Act, Agenda};
use super::clock::ClockSide;
use super::live::{Live, Moment};
use super::outage::Troubles;
use super::outcome::{Progress, RunError, RunFailure};
use super::people::People;
use super::plots::Plots;
use super::recorder::{Recorder, Trace};
use super::setup::{plant_config, plant_fault};
use super::story::{FaultRecord, Happening, PumpLog, ResetRecord, StayRecord, Story, Subject};
use super::sweep::Effects;
use crate::bench::Bench;
use crate::programmer::{Programmer, PumpStatus};
use std::sync::atomic::Ordering;
use thecal_link::limits::NVM_LEN;
use thecal_link::{Hello, Reaction, ResetCause, Stimulus, WakeReasons};
use thecal_plan::{Action, Basal, FaultKind, Scenario, Visibility, WEEK, hidden_as, visibility};
use thecal_sim::{Nvm, Plant};
use thecal_units::{Millis, SimTime, real};

/// What the rig knows of the pump between exchanges.
#[derive(Debug)]
pub(super) struct PumpSide {
    pub(super) wake_at: SimTime,
    pub(super) watchdog_at: SimTime,
    pub(super) receiver_on: bool,
    pub(super) durable: u8,
    pub(super) hung: bool,
    /// When it was last woken.
    pub(super) woken_at: Option<SimTime>,
}

impl PumpSide {
    pub(super) const RESET: Self = Self {
        wake_at: SimTime::NEVER,
        watchdog_at: SimTime::NEVER,
        receiver_on: false,
        durable: 0,
        hung: false,
        woken_at: None,
    };
}

pub(super) struct Lockstep<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) bench: &'a mut dyn Bench,
    pub(super) progress: &'a Progress,
    pub(super) plant: Plant,
    pub(super) nvm: Nvm,
    pub(super) agenda: Agenda,
    pub(super) people: People,
    pub(super) recorder: Recorder<'a>,
    pub(super) pump: PumpSide,
    pub(super) stimulus: Stimulus,
    pub(super) reaction: Reaction,
    pub(super) exchanges: u64,
    pub(super) happenings: Vec<Happening>,
    pub(super) resets: Vec<ResetRecord>,
    pub(super) faults: Vec<FaultRecord>,
    pub(super) hangs: Vec<SimTime>,
    pub(super) hangs_by_fault: Vec<(SimTime, &'static str)>,
    pub(super) troubles: Troubles,
    /// Memory writes, begun or done.
    pub(super) writes: u64,
    /// Where somebody wants them: the effects of each Reaction.
    pub(super) effects: Option<&'a mut Vec<Effects>>,
    pub(super) clock: ClockSide,
    pub(super) stays: Vec<StayRecord>,
    pub(super) hidden: Vec<&'static str>,
    pub(super) live: Option<&'a mut dyn Live>,
    told: usize,
}

/// Tells one story on one bench.
///
/// # Errors
///
/// [`RunFailure`] where the rig or the bench broke. A pump that misbehaves is in the story.
pub fn run<'a>(
    scenario: &'a Scenario,
    bench: &'a mut dyn Bench,
    programmer: Box<dyn Programmer>,
    trace: Option<&'a mut dyn Trace>,
    progress: &'a Progress,
) -> Result<Story, RunFailure> {
    tell(
        scenario,
        bench,
        programmer,
        trace,
        progress,
        Beside::default(),
    )
}

/// As [`run`], held against a clock on the wall, with people who act while it runs.
///
/// # Errors
///
/// [`RunFailure`] where the rig or the bench broke. A pump that misbehaves is in the story.
pub fn run_live<'a>(
    scenario: &'a Scenario,
    bench: &'a mut dyn Bench,
    programmer: Box<dyn Programmer>,
    trace: Option<&'a mut dyn Trace>,
    progress: &'a Progress,
    live: Option<&'a mut dyn Live>,
) -> Result<Story, RunFailure> {
    let beside = Beside {
        live,
        effects: None,
    };
    tell(scenario, bench, programmer, trace, progress, beside)
}

/// What somebody wants of a run beside its story.
#[derive(Default)]
pub(super) struct Beside<'a> {
    /// A clock on the wall, and people who act.
    pub(super) live: Option<&'a mut dyn Live>,
    /// Every Reaction's effects.
    pub(super) effects: Option<&'a mut Vec<Effects>>,
}

/// Tells one story, with something beside it.
pub(super) fn tell<'a>(
    scenario: &'a Scenario,
    bench: &'a mut dyn Bench,
    programmer: Box<dyn Programmer>,
    trace: Option<&'a mut dyn Trace>,
    progress: &'a Progress,
    beside: Beside<'a>,
) -> Result<Story, RunFailure> {
    let early = |error: RunError| RunFailure {
        at: SimTime::ZERO,
        exchanges: 0,
        after: None,
        error: error.into(),
    };
    let mut plant = Plant::new(&plant_config(scenario)).map_err(|error| early(error.into()))?;
    if let (true, Some(therapy)) = (scenario.pump.primed, scenario.therapy) {
        // A pump in service: the patient has been on this dose for long.
        let week = Basal::of(&therapy, scenario.starts, Millis::ZERO);
        let week_ug = week.dose_ug(SimTime::ZERO, SimTime::ZERO + WEEK);
        plant.start_on_therapy(real::Mass::from_micrograms(week_ug / 7.0));
    }
    let mut lockstep = Lockstep {
        scenario,
        bench,
        progress,
        plant,
        nvm: Nvm::new(NVM_LEN),
        agenda: Agenda::new(scenario),
        people: People::new(programmer, &scenario.pump, scenario.starts),
        recorder: Recorder::new(
            crate::verdict::wanted_signals(scenario),
            Plots::new(scenario.duration, scenario.pump.reservoir),
            trace,
        ),
        pump: PumpSide::RESET,
        stimulus: Stimulus::default(),
        reaction: Reaction::default(),
        exchanges: 0,
        happenings: Vec::new(),
        resets: Vec::new(),
        faults: scenario.faults.iter().map(FaultRecord::new).collect(),
        hangs: Vec::new(),
        hangs_by_fault: Vec::new(),
        troubles: Troubles::default(),
        writes: 0,
        effects: beside.effects,
        clock: ClockSide::default(),
        stays: Vec::new(),
        hidden: Vec::new(),
        live: beside.live,
        told: 0,
    };
    let outcome = lockstep.tell();
    let (at, exchanges) = (lockstep.plant.now(), lockstep.exchanges);
    let after = lockstep.troubles.upset_by();
    outcome
        .and_then(|(hello, status, log)| lockstep.into_story(&hello, status, log))
        .map_err(|error| RunFailure {
            at,
            exchanges,
            after,
            error: error.into(),
        })
}

impl Lockstep<'_> {
    fn tell(&mut self) -> Result<(Hello, Option<PumpStatus>, PumpLog), RunError> {
        let end = SimTime::ZERO + self.scenario.duration;
        self.recorder
            .set_concentration(self.people.programmed_concentration(), &self.plant.truth());
        let hello = self.boot(ResetCause::PowerOn)?;
        self.people
            .implant(&self.scenario.pump, self.scenario.therapy.as_ref());
        self.talk()?;
        while self.plant.now() < end {
            self.step(end)?;
        }
        self.troubles.disarm();
        self.effects = None;
        let writes = self.writes;
        let (status, log) = self.read_out()?;
        self.writes = writes;
        self.prove_bench()?;
        self.recorder.finish_trace();
        Ok((hello, status, log))
    }

    /// From one instant at which something happens to the next.
    fn step(&mut self, end: SimTime) -> Result<(), RunError> {
        let wake_at = if self.troubles.can_react() {
            self.pump.wake_at
        } else {
            SimTime::NEVER
        };
        let scheduled = wake_at
            .min(self.agenda.next_at())
            .min(self.pump.watchdog_at)
            .min(self.troubles.power_back_at())
            .min(end);
        let brown_out = self.next_brown_out(scheduled);
        let scheduled = brown_out.unwrap_or(scheduled).min(scheduled);
        let event = self.next_event(scheduled);
        let mut next = event.unwrap_or(scheduled).min(scheduled);
        let person = self.wait(&mut next)?;
        self.plant.advance(next, &mut self.recorder);
        self.progress
            .sim_millis
            .store(next.as_millis(), Ordering::Relaxed);
        if self.progress.cancelled.load(Ordering::Relaxed) {
            return Err(RunError::Cancelled);
        }
        while let Some(act) = self.agenda.take_due(next) {
            self.act(next, act)?;
        }
        if let Some(action) = person {
            self.person(next, &action)?;
        }
        if brown_out == Some(next) && !self.troubles.is_dark() {
            self.brown_out();
            return self.talk();
        }
        if self.troubles.power_back_at() <= next {
            self.power_up()?;
            return self.talk();
        }
        // A kick at the very millisecond of the deadline still counts.
        let woken = self.troubles.can_react() && (self.pump.wake_at <= next || event == Some(next));
        if self.pump.watchdog_at <= next && (self.pump.hung || !woken) {
            let because = self.watchdog_because();
            self.reset(ResetCause::Watchdog, because)?;
            // What people say at this very instant, they say to the pump that has just started.
            return self.talk();
        }
        if !self.pump.hung && woken {
            let timer = if self.pump.wake_at <= next {
                WakeReasons::TIMER
            } else {
                WakeReasons::none()
            };
            self.exchange(timer)?;
            // A pump changes its motor's rate only in an exchange: sampled here, growth is even
            // between samples.
            self.recorder.sample(&self.plant.truth());
        }
        self.talk()
    }

    /// The next armed pin event, if it comes before `scheduled`.
    ///
    /// What a Reaction sets off at its own instant is seen a millisecond later, as a `wake_at` in
    /// the past is: otherwise a pump that answers each missed pulse with another that is due at
    /// once would keep time from passing.
    fn next_event(&self, scheduled: SimTime) -> Option<SimTime> {
        if self.pump.hung || !self.troubles.can_react() {
            return None;
        }
        let event = self.plant.next_pin_event(scheduled)?;
        let earliest = self
            .pump
            .woken_at
            .map_or(event, |woken| woken + Millis::from_millis(1));
        Some(event.max(earliest))
    }

    fn act(&mut self, now: SimTime, act: Act) -> Result<(), RunError> {
        match act {
            Act::Timeline(index) => {
                let Some(entry) = self.scenario.timeline.get(index) else {
                    return Ok(());
                };
                self.person(now, &entry.action)?;
            }
            Act::StuckPress(index) => {
                let Some(fault) = self.faults.get_mut(index) else {
                    return Ok(());
                };
                fault.effect += 1;
                if let &FaultKind::StuckButton { remote, .. } = &fault.kind {
                    let first = fault.effect == 1;
                    self.recorder.shown.requested += 1;
                    self.people.press(remote, !first);
                }
            }
            Act::FaultOn(index) => self.fault_on(now, index)?,
            Act::FaultOff(index) => self.fault_off(now, index)?,
            Act::StayOff(index) => self.leave(now, index),
        }
        Ok(())
    }

    /// A person acts, on the plant or on the pump.
    fn person(&mut self, now: SimTime, action: &Action) -> Result<(), RunError> {
        match action {
            Action::Refill(refill) => self.refill(now, refill)?,
            Action::Stay(stay) => self.go(now, stay),
            Action::Posture(posture) => self.hold(now, *posture),
            Action::ResetFlowValve => {
                self.plant.reset_flow_valve();
                let what = "resets the flow-activated valve";
                self.note(now, Subject::Clinician, what.into());
            }
            Action::Press { .. } => self.recorder.shown.requested += 1,
            Action::Program(_)
            | Action::OpenUpdate { .. }
            | Action::Stage(_)
            | Action::Commit
            | Action::CloseUpdate
            | Action::PrimingBolus
            | Action::Start
            | Action::Stop
            | Action::ClinicianBolus { .. }
            | Action::Interrogate
            | Action::ReadPrescription
            | Action::ReadAlarms
            | Action::ReadHealth
            | Action::Silence
            | Action::Replay => {}
        }
        self.people.act(now, action);
        Ok(())
    }

    /// Where the run is held against the wall: waits for `next`, or for somebody who acts before.
    fn wait(&mut self, next: &mut SimTime) -> Result<Option<Action>, RunError> {
        let Some(live) = &mut self.live else {
            return Ok(None);
        };
        live.show(
            &self.plant.truth(),
            self.happenings.get(self.told..).unwrap_or(&[]),
        );
        self.told = self.happenings.len();
        loop {
            if self.progress.cancelled.load(Ordering::Relaxed) {
                return Err(RunError::Cancelled);
            }
            match live.wait(*next) {
                Moment::NotYet => {}
                Moment::Due => return Ok(None),
                // Never back in time, and never past what is due.
                Moment::Look(at) => {
                    *next = at.max(self.plant.now()).min(*next);
                    return Ok(None);
                }
                Moment::Person(at, action) => {
                    *next = at.max(self.plant.now()).min(*next);
                    return Ok(Some(action));
                }
            }
        }
    }

    fn fault_on(&mut self, now: SimTime, index: usize) -> Result<(), RunError> {
        let Some(fault) = self.faults.get_mut(index) else {
            return Ok(());
        };
        let name = fault.kind.name();
        let trouble = match &fault.kind {
            FaultKind::Plant(trouble) => Some(trouble.clone()),
            _ => None,
        };
        if let FaultKind::ClockJump { by_ms } = fault.kind {
            fault.effect = 1;
            fault.until = Some(now);
            let what = format!("{name}{}", fault.kind.details());
            self.note(now, Subject::Fault, what);
            self.jump_clock(now, by_ms);
            return Ok(());
        }
        let is_reset = fault.kind == FaultKind::Reset;
        let is_pressed = matches!(fault.kind, FaultKind::StuckButton { .. });
        // A reset line means nothing to a pump that has no power.
        if is_reset && !self.troubles.is_dark() {
            fault.effect = 1;
        }
        if trouble.is_none() && !is_reset && !is_pressed {
            return self.begin_trouble(index);
        }
        let details = trouble.as_ref().map(|_| fault.kind.details());
        let what = format!("{name} begins{}", details.unwrap_or_default());
        self.note(now, Subject::Fault, what);
        if let Some(trouble) = trouble {
            if visibility(trouble.fault) == Visibility::Hidden {
                self.hide(hidden_as(trouble.fault));
            }
            self.plant.begin_fault(trouble.fault, trouble.ramp(now));
        } else if is_reset && !self.troubles.is_dark() {
            self.end_halt();
            self.reset(ResetCause::Pin, Some(name))?;
        }
        Ok(())
    }

    fn fault_off(&mut self, now: SimTime, index: usize) -> Result<(), RunError> {
        let Some(fault) = self.faults.get_mut(index) else {
            return Ok(());
        };
        // A reset has ended this halt already.
        if fault.until.is_some() {
            return Ok(());
        }
        fault.until = Some(now);
        let name = fault.kind.name();
        if let Some(plant_fault) = plant_fault(&fault.kind) {
            fault.effect = self.plant.fault_effect(plant_fault);
            self.plant.end_fault(plant_fault);
        }
        self.note(now, Subject::Fault, format!("{name} ends"));
        self.end_trouble(index)
    }

    pub(super) fn note(&mut self, at: SimTime, subject: Subject, what: String) {
        self.happenings.push(Happening { at, subject, what });
    }
}
