//! The end of a run: the clinician reads out the pump, and the run's record is completed.

use super::course::names;
use super::delivery::Total;
use super::history::{CommandRecord, Event, PumpLog, RunHistory, Subject};
use super::hooks::Attached;
use super::outcome::RunError;
use super::presets::{exposures, harm_over_presets};
use super::recorder::Recorder;
use super::state::Run;
use crate::programmer::{Answer, LogLine, PumpStatus, Sender};
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, ResetCause};
use thecal_plan::{LogKind, Request, Signal};
use thecal_units::SimTime;

/// What was read of the pump at the end.
pub(super) struct ReadOut {
    /// `None` if it did not answer.
    status: Option<PumpStatus>,
    log: PumpLog,
    /// What was asked beside status and log.
    read: Vec<CommandRecord>,
}

impl Run {
    /// Reads all that the pump shows, as the clinician would at the end.
    pub(super) fn read_out(&mut self, attached: &mut Attached<'_>) -> Result<ReadOut, RunError> {
        // The read-out belongs to the rig, not to the scenario.
        let (events, writes) = (self.events.len(), self.memory.writes);
        self.fault_state.disarm();
        attached.read_out();
        // The log comes last: what is refused here is in it.
        let mut read: Vec<CommandRecord> = Vec::new();
        for request in [
            Request::ReadPrescription,
            Request::ReadAlarms,
            Request::ReadHealth,
        ] {
            if read.iter().all(|record| record.answer.is_some()) {
                read.extend(self.ask(request, attached)?);
            }
        }
        let mut log = PumpLog::default();
        let status = self.read_status_and_log(&mut log, attached)?;
        self.events.truncate(events);
        self.memory.writes = writes;
        Ok(ReadOut { status, log, read })
    }

    fn read_status_and_log(
        &mut self,
        log: &mut PumpLog,
        attached: &mut Attached<'_>,
    ) -> Result<Option<PumpStatus>, RunError> {
        let Some(Answer::Status(status)) = self.question(Request::Interrogate, attached)? else {
            return Ok(None);
        };
        if status.log_entries == 0 {
            return Ok(Some(status));
        }
        let mut next = 0;
        let mut oldest = None;
        // Behind the last entry of the status too: a reading may make entries itself (REQ-LOG-020).
        loop {
            let page = self.question(Request::ReadLog { first: next }, attached)?;
            let Some(Answer::Log(page)) = page else {
                break;
            };
            oldest.get_or_insert(page.first);
            let asked = next;
            for line in page.entries {
                // An entry that the pump sends twice counts once.
                if line.index >= next {
                    next = line.index.saturating_add(1);
                    let at = self.clock.logged_at(&self.plant, line.at);
                    log.lines.push((at, line));
                }
            }
            // A page without new entries ends the log.
            if next == asked {
                break;
            }
        }
        log.first = oldest.unwrap_or(0);
        Ok(Some(status))
    }

    /// Checks a bench whose pump hangs to the end without a fault of the scenario: a line that
    /// failed during the run looks the same, silence. A pump that hangs boots once more.
    pub(super) fn prove_bench(&self, attached: &mut Attached<'_>) -> Result<(), RunError> {
        let explained = self.fault_state.corrupted_by().is_some() || !self.fault_state.can_react();
        if !self.pump.hung || explained {
            return Ok(());
        }
        let nvm = [0xff; NVM_LEN];
        let boot = Boot {
            contract: CONTRACT_VERSION,
            cause: ResetCause::Pin,
            clock: self.plant.pump_clock(),
            image_crc: checksum(&nvm),
        };
        attached.bench.boot(&boot, &nvm)?;
        Ok(())
    }

    fn question(
        &mut self,
        request: Request,
        attached: &mut Attached<'_>,
    ) -> Result<Option<Answer>, RunError> {
        let asked = self.ask(request, attached)?;
        Ok(asked
            .into_iter()
            .next_back()
            .and_then(|record| record.answer))
    }

    /// Asks beside the scenario's commands. None where the pump has no such command; several where its
    /// protocol takes as many.
    fn ask(
        &mut self,
        request: Request,
        attached: &mut Attached<'_>,
    ) -> Result<Vec<CommandRecord>, RunError> {
        let before = self.people.commands.len();
        self.people.ask(Sender::Clinician, request);
        self.talk(attached)?;
        if self.people.commands.len() < before {
            return Err(RunError::inconsistent(
                "a question took back what was asked before",
            ));
        }
        Ok(self.people.commands.split_off(before))
    }

    pub(super) fn into_history(
        mut self,
        ReadOut { status, log, read }: ReadOut,
    ) -> Result<RunHistory, RunError> {
        let ledger = self.plant.ledger();
        self.pins.is_back(self.plant.now());
        let relative = self.plant.books_error();
        if relative.is_nan() || relative > 1e-9 {
            return Err(RunError::MassBalance { relative });
        }
        if status.is_some() {
            add_log_signals(&mut self.recorder, &log);
        }
        let second = match self.scenario.pump.second {
            None => None,
            Some(second) => {
                let truth = self.plant.drug_truth(1);
                let truth = truth.ok_or_else(|| RunError::missing("drug of the plant", 1))?;
                Some((second.drug, truth))
            }
        };
        let (mut events, hidden) = self.events.into_parts();
        add_recoveries(&mut events, &log);
        add_all(&mut events, std::mem::take(&mut self.recorder.ended));
        let config = self.config;
        self.pins.crystal.ppm = config.clock.ppm;
        let models =
            [Some(config.agent), config.second].map(|agent| agent.map(|agent| agent.model));
        let [port_aspirated_ml, port_injected_ml] = self.recorder.port_ml;
        self.recorder.settle_windows();
        let primed_ug = self.recorder.primed_ug();
        let (entered, programmed) = self.entered.into_parts();
        let [moved, commanded, infused] = Total::all_of(self.recorder.delivery);
        Ok(RunHistory {
            simulated: self.scenario.duration,
            exchanges: self.exchanges.count,
            events,
            commands: self.people.commands,
            resets: self.disruptions.resets,
            faults: self.faults.into_records(&self.plant),
            hangs: self.disruptions.hangs,
            hangs_by_fault: self.disruptions.hangs_by_fault,
            writes: self.memory.writes,
            primed_ug,
            watches: self.recorder.watches,
            moved,
            commanded,
            primed: self.recorder.primed,
            infused,
            prescribed: self.people.prescribed,
            entered,
            programmed,
            starts: self.scenario.starts,
            clock_doubts: self.clock.doubts,
            filled: self.scenario.pump.concentration,
            step_volume: self.step_volume,
            status,
            log,
            read_out: read,
            truth: self.plant.truth(),
            second,
            ledger,
            harm: self.plant.harm(),
            courses: self.recorder.courses.into_all(),
            names: names(&self.scenario, models),
            port_aspirated_ml,
            port_injected_ml,
            presets: harm_over_presets(&self.scenario, &config, self.plant.infusions()),
            exposures: exposures(self.plant.infusions()),
            plots: self.recorder.plots,
            pins: self.pins,
            stays: self.stays.into_records(),
            hidden,
        })
    }
}

/// Tells when the recovery from a stall was proven, at the time that the pump gave it: nothing sounds
/// then. The motor turned before that.
fn add_recoveries(events: &mut Vec<Event>, log: &PumpLog) {
    let recoveries = log.lines.iter();
    for (at, line) in recoveries.filter(|(_, line)| line.kind == LogKind::StallRecovery) {
        let turned = line.turned_after.map_or(String::new(), |after| {
            format!(
                "; the motor has kept turning since {} after the stall began",
                after.spelled()
            )
        });
        let what = format!("recovery from the stall proven, by the pump's log{turned}");
        add(events, *at, what);
    }
}

/// Adds all that the pump did, each at its instant.
fn add_all(events: &mut Vec<Event>, did: Vec<(SimTime, String)>) {
    for (at, what) in did {
        add(events, at, what);
    }
}

/// Adds what the pump did at an instant that has passed.
fn add(events: &mut Vec<Event>, at: SimTime, what: String) {
    let event = Event {
        at,
        subject: Subject::Pump,
        what,
    };
    let behind = events.partition_point(|other| other.at <= at);
    events.insert(behind, event);
}

/// The first power-on, which is not a reset.
fn is_first_power_on(line: &LogLine) -> bool {
    line.kind == LogKind::PowerOn && line.index == 0
}

/// How many events of a kind an entry stands for: itself, or those that it counts instead of them.
fn stands_for(line: &LogLine, is_it: fn(LogKind) -> bool) -> u32 {
    match line.left_out {
        Some((of, count)) if is_it(of) => count,
        _ if is_it(line.kind) && !is_first_power_on(line) => 1,
        _ => 0,
    }
}

/// Whether an entry's kind is counted.
type IsOfKind = fn(LogKind) -> bool;

/// Adds the signals of the event log: each entry counts at the time the pump gave it. Where the
/// oldest entries are overwritten, the signals begin with the oldest that is left; the number
/// before it is unknown. A log that could not be read has no signals.
fn add_log_signals(recorder: &mut Recorder, log: &PumpLog) {
    let begin = if log.first == 0 {
        SimTime::ZERO
    } else {
        let times = log.lines.iter().map(|&(at, _)| at);
        times.min().unwrap_or(SimTime::NEVER)
    };
    let counted: [(Signal, IsOfKind); 12] = [
        (Signal::LogStall, |kind| kind == LogKind::MotorStall),
        (Signal::LogRecovery, |kind| kind == LogKind::StallRecovery),
        (Signal::LogLowReservoir, |kind| {
            kind == LogKind::LowReservoir
        }),
        (Signal::LogEmptyReservoir, |kind| {
            kind == LogKind::EmptyReservoir
        }),
        (Signal::LogReset, |kind| {
            kind == LogKind::PowerOn || kind.is_reset()
        }),
        (Signal::LogClockJump, |kind| kind == LogKind::ClockJump),
        (Signal::LogUpdateAbandoned, |kind| {
            kind == LogKind::UpdateAbandoned
        }),
        (Signal::LogElectiveReplacement, |kind| {
            kind == LogKind::ElectiveReplacement
        }),
        (Signal::LogEndOfService, |kind| {
            kind == LogKind::EndOfService
        }),
        (Signal::LogRefused, |kind| kind == LogKind::Refused),
        (Signal::LogCatheterWork, |kind| {
            kind == LogKind::CatheterWork
        }),
        (Signal::LogMemoryFault, |kind| kind == LogKind::MemoryFault),
    ];
    for (signal, is_it) in counted {
        // The times are the pump's, so they need not be in order.
        let mut times: Vec<(SimTime, u32)> = log
            .lines
            .iter()
            .map(|(at, line)| (*at, stands_for(line, is_it)))
            .filter(|&(_, count)| count > 0)
            .collect();
        times.sort_unstable();
        recorder.watches.push(signal, begin, 0.0);
        let mut count = 0.0;
        for (at, more) in times {
            count += f64::from(more);
            recorder.watches.push(signal, at, count);
        }
    }
}
