//! The lockstep: the rig owns time, the plant is the truth, the pump sees only its pins.
//!
//! Next instant = the earliest of the pump's `wake_at`, the next act of the agenda, the next pin
//! event that the pump has armed, and its watchdog. Idle spans are skipped, never stepped
//! through. A Reaction takes no virtual time.

use super::agenda::{Act, Agenda};
use super::people::People;
use super::plots::Plots;
use super::recorder::{Recorder, Trace};
use super::story::{FaultRecord, Happening, PumpLog, ResetRecord, Story, Subject};
use crate::bench::{Bench, BenchError, Exchange};
use crate::programmer::{Answer, AnswerError, LogKind, Programmer, PumpStatus, Request, Sender};
use crate::scenario::plan::{self, Action, FaultKind, Scenario};
use crate::signal::Signal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, MotorCommand, Reaction, ResetCause, Stimulus, Tone, WakeReasons};
use thecal_sim::Nvm;
use thecal_sim::{Armed, Plant, PlantConfig, PlantFault};
use thecal_units::{Millis, SimTime, real};

/// How far a run is; written by the run, read by whoever watches it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Simulated time. Unit: millisecond.
    pub sim_millis: AtomicU64,
    /// Exchanges begun.
    pub exchanges: AtomicU64,
    /// Whether one is under way.
    pub in_exchange: AtomicBool,
    /// Set from outside: the run should end at the next instant.
    pub cancelled: AtomicBool,
}

/// Why a run has no story: the rig or the bench broke, never the pump.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The bench broke.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The plant could not be set up.
    #[error("the plant cannot be set up: {0}")]
    Plant(#[from] thecal_sim::ConfigError),
    /// The plant lost or made drug: a bug in the rig.
    #[error("the plant's mass balance is off by {relative:e} (limit 1e-9): a bug in the rig")]
    MassBalance {
        /// Relative error.
        relative: f64,
    },
    /// The pump's memory write lies outside the memory.
    #[error("the pump's memory write was refused: {0}")]
    Nvm(#[from] thecal_sim::NvmOutOfBounds),
    /// The pump's answer is not of its protocol.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// A packet is longer than the contract allows.
    #[error("a telemetry packet passed the contract's limits: {0}")]
    Packet(thecal_link::DecodeError),
    /// Somebody asked to stop.
    #[error("interrupted")]
    Cancelled,
}

/// A run that broke, and when.
#[derive(Debug, thiserror::Error)]
#[error("at {at} simulated: {error}")]
pub struct RunFailure {
    /// Simulated time.
    pub at: SimTime,
    /// Exchanges made before.
    pub exchanges: u64,
    /// Why.
    pub error: RunError,
}

/// What the rig knows of the pump between exchanges.
#[derive(Debug)]
struct PumpSide {
    wake_at: SimTime,
    watchdog_at: SimTime,
    receiver_on: bool,
    durable: u8,
    hung: bool,
}

impl PumpSide {
    const RESET: Self = Self {
        wake_at: SimTime::NEVER,
        watchdog_at: SimTime::NEVER,
        receiver_on: false,
        durable: 0,
        hung: false,
    };
}

struct Lockstep<'a> {
    scenario: &'a Scenario,
    bench: &'a mut dyn Bench,
    progress: &'a Progress,
    plant: Plant,
    nvm: Nvm,
    agenda: Agenda,
    people: People,
    recorder: Recorder<'a>,
    pump: PumpSide,
    stimulus: Stimulus,
    reaction: Reaction,
    exchanges: u64,
    happenings: Vec<Happening>,
    resets: Vec<ResetRecord>,
    faults: Vec<FaultRecord>,
    hangs: Vec<SimTime>,
    hidden_fault: Option<&'static str>,
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
    let early = |error: RunError| RunFailure {
        at: SimTime::ZERO,
        exchanges: 0,
        error,
    };
    let plant = Plant::new(&plant_config(scenario)).map_err(|error| early(error.into()))?;
    let mut lockstep = Lockstep {
        scenario,
        bench,
        progress,
        plant,
        nvm: Nvm::new(NVM_LEN),
        agenda: Agenda::new(scenario),
        people: People::new(programmer, &scenario.pump),
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
        hidden_fault: None,
    };
    let outcome = lockstep.tell();
    let (at, exchanges) = (lockstep.plant.now(), lockstep.exchanges);
    match outcome {
        Ok((hello, status, log)) => {
            lockstep
                .into_story(&hello, status, log)
                .map_err(|error| RunFailure {
                    at,
                    exchanges,
                    error,
                })
        }
        Err(error) => Err(RunFailure {
            at,
            exchanges,
            error,
        }),
    }
}

impl Lockstep<'_> {
    fn tell(&mut self) -> Result<(Hello, Option<PumpStatus>, PumpLog), RunError> {
        let end = SimTime::ZERO + self.scenario.duration;
        self.recorder
            .set_concentration(self.people.programmed_concentration());
        let hello = self.boot(ResetCause::PowerOn)?;
        self.people
            .implant(&self.scenario.pump, self.scenario.therapy.as_ref());
        self.talk()?;
        while self.plant.now() < end {
            self.step(end)?;
        }
        let (status, log) = self.read_out()?;
        Ok((hello, status, log))
    }

    /// From one instant at which something happens to the next.
    fn step(&mut self, end: SimTime) -> Result<(), RunError> {
        let scheduled = self
            .pump
            .wake_at
            .min(self.agenda.next_at())
            .min(self.pump.watchdog_at)
            .min(end);
        let event = if self.pump.hung {
            None
        } else {
            self.plant.next_pin_event(scheduled)
        };
        let next = event.unwrap_or(scheduled).min(scheduled);
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
        // A kick at the very millisecond of the deadline still counts.
        if self.pump.watchdog_at <= next && (self.pump.hung || self.pump.wake_at > next) {
            return self.reset(ResetCause::Watchdog, false);
        }
        if !self.pump.hung && (self.pump.wake_at <= next || event == Some(next)) {
            let timer = if self.pump.wake_at <= next {
                WakeReasons::TIMER
            } else {
                WakeReasons::none()
            };
            self.exchange(timer)?;
        }
        self.talk()
    }

    fn act(&mut self, now: SimTime, act: Act) -> Result<(), RunError> {
        match act {
            Act::Timeline(index) => {
                let Some(entry) = self.scenario.timeline.get(index) else {
                    return Ok(());
                };
                if let Action::Refill {
                    volume,
                    concentration,
                    true_concentration,
                } = entry.action
                {
                    self.plant.refill(volume.into(), true_concentration.into());
                    self.recorder.plots.fill(volume);
                    if concentration != true_concentration {
                        self.hidden_fault = Some("wrong concentration in the reservoir");
                        self.note(now, Subject::Fault, "wrong concentration filled".into());
                    }
                }
                if matches!(entry.action, Action::Press { .. }) {
                    self.recorder.shown.requested += 1;
                }
                self.people.act(&entry.action);
            }
            Act::StuckPress(index) => {
                let Some(fault) = self.faults.get_mut(index) else {
                    return Ok(());
                };
                fault.effect += 1;
                if let FaultKind::StuckButton { remote, .. } = fault.kind {
                    let first = fault.effect == 1;
                    self.recorder.shown.requested += 1;
                    self.people.press(remote, !first);
                }
            }
            Act::FaultOn(index) => {
                let Some(fault) = self.faults.get_mut(index) else {
                    return Ok(());
                };
                let kind = fault.kind;
                self.note(now, Subject::Fault, format!("{} begins", kind.name()));
                if let Some(fault) = plant_fault(kind) {
                    self.plant.set_fault(fault, true);
                } else if kind == FaultKind::Reset {
                    if let Some(fault) = self.faults.get_mut(index) {
                        fault.effect = 1;
                    }
                    self.reset(ResetCause::Pin, true)?;
                }
            }
            Act::FaultOff(index) => {
                let Some(fault) = self.faults.get_mut(index) else {
                    return Ok(());
                };
                fault.until = Some(now);
                let kind = fault.kind;
                if let Some(plant_fault) = plant_fault(kind) {
                    fault.effect = self.plant.fault_effect(plant_fault);
                    self.plant.set_fault(plant_fault, false);
                }
                self.note(now, Subject::Fault, format!("{} ends", kind.name()));
            }
        }
        Ok(())
    }

    /// Delivers what people have to say, one packet an exchange.
    fn talk(&mut self) -> Result<(), RunError> {
        while let Some(sent) = self.people.next_packet().map_err(RunError::Packet)? {
            let now = self.plant.now();
            let mut answered = false;
            if self.pump.receiver_on && !self.pump.hung {
                self.stimulus.telemetry = sent.packet;
                let exchanged = self.exchange(WakeReasons::TELEMETRY);
                self.stimulus.telemetry.clear();
                exchanged?;
                answered = !self.pump.hung;
            }
            let answer = if answered {
                self.reaction.telemetry.as_slice()
            } else {
                &[]
            };
            let prescribed = self.people.prescribed.len();
            let request = sent.request;
            if let Some(happening) = self.people.heard(now, sent, answer)? {
                self.happenings.push(happening);
            }
            match self
                .people
                .commands
                .last()
                .and_then(|record| record.answer.as_ref())
            {
                Some(Answer::Granted) if matches!(request, Request::PatientBolus { .. }) => {
                    self.recorder.shown.granted += 1;
                }
                Some(Answer::Denied(_)) => self.recorder.shown.denied += 1,
                _ => {}
            }
            if self.people.prescribed.len() > prescribed {
                self.recorder
                    .set_concentration(self.people.programmed_concentration());
            }
            self.recorder.sample(&self.plant.truth());
        }
        Ok(())
    }

    /// One exchange: pins to the pump, its effects to the plant, in the contract's order.
    fn exchange(&mut self, wake: WakeReasons) -> Result<(), RunError> {
        let pins = self.plant.take_pins();
        let stimulus = &mut self.stimulus;
        stimulus.wake = wake;
        for (fired, reason) in [
            (pins.events.missed_pulse, WakeReasons::MISSED_PULSE),
            (pins.events.magnet, WakeReasons::MAGNET),
            (pins.events.supply, WakeReasons::SUPPLY),
        ] {
            if fired {
                stimulus.wake = stimulus.wake.and(reason);
            }
        }
        stimulus.magnet = pins.magnet;
        stimulus.clock = pins.pump_clock;
        stimulus.supply_mv = pins.supply_mv;
        stimulus.supply_min_mv = pins.supply_min_mv;
        stimulus.temperature_centi_c = pins.temperature_centi_c;
        stimulus.steps_driven = pins.steps_driven;
        stimulus.steps_sensed = pins.steps_sensed;
        stimulus.nvm_durable = self.pump.durable;
        self.exchanges += 1;
        self.progress
            .exchanges
            .store(self.exchanges, Ordering::Relaxed);
        self.progress.in_exchange.store(true, Ordering::Relaxed);
        self.reaction.clear();
        let outcome = self.bench.exchange(&self.stimulus, &mut self.reaction);
        self.progress.in_exchange.store(false, Ordering::Relaxed);
        match outcome? {
            Exchange::Reacted => self.apply(),
            Exchange::Hung => {
                let now = self.plant.now();
                self.pump.hung = true;
                self.pump.wake_at = SimTime::NEVER;
                self.hangs.push(now);
                self.note(now, Subject::Pump, "no reaction: the pump hangs".into());
                Ok(())
            }
        }
    }

    /// Applies a Reaction's effects: memory writes one by one, then motor, sounder, telemetry.
    fn apply(&mut self) -> Result<(), RunError> {
        let now = self.plant.now();
        self.pump.durable = 0;
        for (offset, bytes) in self.reaction.nvm.iter() {
            self.nvm.write(usize::from(offset), bytes)?;
            self.pump.durable += 1;
        }
        match self.reaction.motor {
            MotorCommand::Keep => {}
            MotorCommand::Train {
                pulses,
                first_delay_us,
                period_us,
                pulse_energy_uj,
            } => {
                self.plant.command(thecal_sim::MotorCommand::Train {
                    pulses,
                    first_delay_us,
                    period_us,
                    pulse_energy_uj,
                });
            }
            MotorCommand::StopNow => self.plant.command(thecal_sim::MotorCommand::StopNow),
            MotorCommand::StopAfterStroke => {
                self.plant
                    .command(thecal_sim::MotorCommand::StopAfterStroke);
            }
        }
        self.sound(now);
        if self.reaction.watchdog > Millis::ZERO {
            let deadline = self.stimulus.clock + self.reaction.watchdog;
            self.pump.watchdog_at = self.plant.sim_time_of(deadline);
        }
        let arm = self.reaction.arm;
        self.plant.arm(Armed {
            missed_pulse: arm.missed_pulse,
            magnet: arm.magnet,
            supply_below_mv: (arm.supply_below_mv > 0).then_some(arm.supply_below_mv),
        });
        self.pump.receiver_on = arm.telemetry;
        let wake_at = self.plant.sim_time_of(self.reaction.wake_at);
        self.pump.wake_at = wake_at.max(now + Millis::from_millis(1));
        Ok(())
    }

    fn sound(&mut self, now: SimTime) {
        let therapy = self.people.therapy();
        let (interval, what) = match self.reaction.tone {
            Tone::Silent => return,
            Tone::Single => (therapy.non_critical_interval, "non-critical alarm sounds"),
            Tone::TwoTone => (therapy.critical_interval, "critical alarm sounds"),
        };
        let fresh = match self.reaction.tone {
            Tone::TwoTone => !self.recorder.shown.critical,
            Tone::Silent | Tone::Single => !self.recorder.shown.non_critical,
        };
        self.recorder.tone(now, self.reaction.tone, interval);
        if fresh {
            self.note(now, Subject::Pump, what.into());
        }
    }

    /// Resets the pump and lets it start again on the memory as it is.
    fn reset(&mut self, cause: ResetCause, expected: bool) -> Result<(), RunError> {
        let now = self.plant.now();
        self.resets.push(ResetRecord {
            at: now,
            cause,
            expected,
        });
        self.recorder.shown.resets += 1;
        let what = match cause {
            ResetCause::PowerOn => "powers on",
            ResetCause::Pin => "is reset by its line",
            ResetCause::Watchdog => "is reset by its watchdog",
            ResetCause::BrownOut => "is reset by low supply",
        };
        self.note(now, Subject::Pump, what.into());
        self.plant.reset_pins();
        self.boot(cause)?;
        Ok(())
    }

    fn boot(&mut self, cause: ResetCause) -> Result<Hello, RunError> {
        self.pump = PumpSide::RESET;
        let mut image = [0xff; NVM_LEN];
        image.copy_from_slice(self.nvm.image());
        let boot = Boot {
            contract: CONTRACT_VERSION,
            cause,
            clock: self.plant.pump_clock(),
            image_crc: checksum(&image),
        };
        let hello = self.bench.boot(&boot, &image)?;
        if hello.contract != CONTRACT_VERSION {
            return Err(BenchError::OtherContract {
                found: hello.contract,
            }
            .into());
        }
        self.recorder.set_step_volume(hello.step_volume);
        self.exchange(WakeReasons::BOOT)?;
        self.recorder.sample(&self.plant.truth());
        Ok(hello)
    }

    /// At the end: the clinician reads the status and the event log.
    fn read_out(&mut self) -> Result<(Option<PumpStatus>, PumpLog), RunError> {
        let mut log = PumpLog::default();
        let Some(Answer::Status(status)) = self.question(Request::Interrogate)? else {
            return Ok((None, log));
        };
        let mut next = 0;
        let mut oldest = None;
        while next < status.log_entries {
            let Some(Answer::Log(page)) = self.question(Request::ReadLog { first: next })? else {
                break;
            };
            oldest.get_or_insert(page.first);
            next = page.first.max(next);
            for line in page.entries {
                next = line.index + 1;
                log.lines.push((self.plant.sim_time_of(line.at), line));
            }
            if log
                .lines
                .last()
                .is_none_or(|(_, line)| line.index + 1 != next)
            {
                break;
            }
        }
        log.first = oldest.unwrap_or(0);
        Ok((Some(status), log))
    }

    fn question(&mut self, request: Request) -> Result<Option<Answer>, RunError> {
        self.people.ask(Sender::Clinician, request);
        self.talk()?;
        Ok(self.people.commands.pop().and_then(|record| record.answer))
    }

    fn note(&mut self, at: SimTime, subject: Subject, what: String) {
        self.happenings.push(Happening { at, subject, what });
    }

    fn into_story(
        mut self,
        hello: &Hello,
        status: Option<PumpStatus>,
        log: PumpLog,
    ) -> Result<Story, RunError> {
        let ledger = self.plant.ledger();
        let relative = ledger.relative_error();
        if relative > 1e-9 {
            return Err(RunError::MassBalance { relative });
        }
        for fault in &mut self.faults {
            if let (Some(plant_fault), None) = (plant_fault(fault.kind), fault.until) {
                fault.effect = self.plant.fault_effect(plant_fault);
            }
        }
        add_log_signals(&mut self.recorder, &log);
        Ok(Story {
            simulated: self.scenario.duration,
            exchanges: self.exchanges,
            happenings: self.happenings,
            commands: self.people.commands,
            resets: self.resets,
            faults: self.faults,
            hangs: self.hangs,
            signals: self.recorder.signals,
            plots: self.recorder.plots,
            moved: self.recorder.moved,
            commanded: self.recorder.commanded,
            prescribed: self.people.prescribed,
            step_volume: hello.step_volume,
            status,
            log,
            truth: self.plant.truth(),
            ledger,
            harm: self.plant.harm(),
            hidden_fault: self.hidden_fault,
        })
    }
}

/// The event log's signals: each entry counts at the time that the pump gave it.
fn add_log_signals(recorder: &mut Recorder<'_>, log: &PumpLog) {
    for (signal, kind) in [
        (Signal::LogStall, LogKind::MotorStall),
        (Signal::LogRecovery, LogKind::StallRecovery),
        (Signal::LogLowReservoir, LogKind::LowReservoir),
        (Signal::LogEmptyReservoir, LogKind::EmptyReservoir),
        (Signal::LogReset, LogKind::Reset),
    ] {
        let series = recorder.signals.entry(signal).or_default();
        series.push(SimTime::ZERO, 0.0);
        let mut count = 0.0;
        for (at, _) in log.lines.iter().filter(|(_, line)| line.kind == kind) {
            count += 1.0;
            series.push(*at, count);
        }
    }
}

impl FaultRecord {
    const fn new(fault: &plan::Fault) -> Self {
        Self {
            kind: fault.kind,
            from: fault.start,
            until: None,
            effect: 0,
        }
    }
}

const fn plant_fault(kind: FaultKind) -> Option<PlantFault> {
    match kind {
        FaultKind::MotorStall => Some(PlantFault::MotorStall),
        FaultKind::MotorJam => Some(PlantFault::MotorJam),
        FaultKind::StuckButton { .. } | FaultKind::Reset => None,
    }
}

fn plant_config(scenario: &Scenario) -> PlantConfig {
    let (patient, pump) = (&scenario.patient, &scenario.pump);
    PlantConfig {
        drug: match pump.drug {
            plan::Drug::Morphine => thecal_sim::Drug::Morphine,
            plan::Drug::Baclofen => thecal_sim::Drug::Baclofen,
        },
        mixing: match patient.mixing {
            plan::Mixing::Low => thecal_sim::Mixing::Low,
            plan::Mixing::Typical => thecal_sim::Mixing::Typical,
            plan::Mixing::High => thecal_sim::Mixing::High,
        },
        tolerance: match patient.tolerance {
            plan::Tolerance::Naive => thecal_sim::Tolerance::Naive,
            plan::Tolerance::Chronic => thecal_sim::Tolerance::Chronic,
        },
        tip: match patient.tip {
            plan::TipLevel::L1 => thecal_sim::TipLevel::L1,
            plan::TipLevel::T12 => thecal_sim::TipLevel::T12,
            plan::TipLevel::T10 => thecal_sim::TipLevel::T10,
            plan::TipLevel::T7 => thecal_sim::TipLevel::T7,
            plan::TipLevel::T4 => thecal_sim::TipLevel::T4,
        },
        fill: real::Volume::from(pump.reservoir),
        concentration: real::Concentration::from(pump.concentration),
        catheter_length: pump.catheter,
        primed: pump.primed,
        clock: thecal_sim::ClockModel::default(),
    }
}
