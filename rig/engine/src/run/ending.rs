//! The end of a run: the clinician reads the pump out, and what happened becomes a story.

use super::lockstep::Lockstep;
use super::outcome::RunError;
use super::presets::{exposures, harm_over_presets};
use super::recorder::Recorder;
use super::setup::plant_fault;
use super::story::{PumpLog, Story};
use crate::programmer::{Answer, LogKind, LogLine, PumpStatus, Request, Sender};
use thecal_link::frame::checksum;
use thecal_link::limits::{CONTRACT_VERSION, NVM_LEN};
use thecal_link::{Boot, Hello, ResetCause};
use thecal_plan::Signal;
use thecal_units::SimTime;

impl Lockstep<'_> {
    /// At the end: the clinician reads the status and the event log.
    pub(super) fn read_out(&mut self) -> Result<(Option<PumpStatus>, PumpLog), RunError> {
        let mut log = PumpLog::default();
        let told = self.happenings.len();
        let outcome = self.read_status_and_log(&mut log);
        // Reading out is the rig's, not the story's.
        self.happenings.truncate(told);
        Ok((outcome?, log))
    }

    fn read_status_and_log(&mut self, log: &mut PumpLog) -> Result<Option<PumpStatus>, RunError> {
        let Some(Answer::Status(status)) = self.question(Request::Interrogate)? else {
            return Ok(None);
        };
        let mut next = 0;
        let mut oldest = None;
        while next < status.log_entries {
            let Some(Answer::Log(page)) = self.question(Request::ReadLog { first: next })? else {
                break;
            };
            oldest.get_or_insert(page.first);
            let asked = next;
            for line in page.entries {
                // What the pump tells twice counts once.
                if line.index >= next {
                    next = line.index.saturating_add(1);
                    log.lines.push((self.logged_at(line.at), line));
                }
            }
            // A page with nothing new: whatever the status says, the log ends here.
            if next == asked {
                break;
            }
        }
        log.first = oldest.unwrap_or(0);
        Ok(Some(status))
    }

    /// A pump that hangs to the end, for no reason of the story's, may be a line that lost its way to
    /// it in mid-run: silence is all that either has to say. A pump that hangs boots once more.
    pub(super) fn prove_bench(&mut self) -> Result<(), RunError> {
        let explained = self.troubles.upset_by().is_some() || !self.troubles.can_react();
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
        self.bench.boot(&boot, &nvm)?;
        Ok(())
    }

    fn question(&mut self, request: Request) -> Result<Option<Answer>, RunError> {
        self.people.ask(Sender::Clinician, request);
        self.talk()?;
        Ok(self.people.commands.pop().and_then(|record| record.answer))
    }

    pub(super) fn into_story(
        mut self,
        hello: &Hello,
        status: Option<PumpStatus>,
        log: PumpLog,
    ) -> Result<Story, RunError> {
        let ledger = self.plant.ledger();
        let relative = self.plant.books_error();
        if relative.is_nan() || relative > 1e-9 {
            return Err(RunError::MassBalance { relative });
        }
        for fault in &mut self.faults {
            if let (Some(plant_fault), None) = (plant_fault(&fault.kind), fault.until) {
                fault.effect = self.plant.fault_effect(plant_fault);
            }
        }
        if status.is_some() {
            add_log_signals(&mut self.recorder, &log);
        }
        Ok(Story {
            simulated: self.scenario.duration,
            exchanges: self.exchanges,
            happenings: self.happenings,
            commands: self.people.commands,
            resets: self.resets,
            faults: self.faults,
            hangs: self.hangs,
            hangs_by_fault: self.hangs_by_fault,
            writes: self.writes,
            signals: self.recorder.signals,
            moved: self.recorder.moved,
            commanded: self.recorder.commanded,
            primed: self.recorder.primed,
            infused: self.recorder.infused,
            prescribed: self.people.prescribed,
            starts: self.scenario.starts,
            clock_doubts: self.clock.doubts,
            filled: self.scenario.pump.concentration,
            step_volume: hello.step_volume,
            status,
            log,
            truth: self.plant.truth(),
            second: self
                .scenario
                .pump
                .second
                .and_then(|second| Some((second.drug, self.plant.drug_truth(1)?))),
            ledger,
            harm: self.plant.harm(),
            presets: harm_over_presets(self.scenario, self.plant.infusions()),
            exposures: exposures(self.plant.infusions()),
            plots: self.recorder.plots,
            stays: self.stays,
            hidden: self.hidden,
        })
    }
}

/// Whether the power came back: the first power-on is no reset.
fn is_later_power_on(line: &LogLine) -> bool {
    line.kind == LogKind::PowerOn && line.index > 0
}

/// The event log's signals: each entry counts at the time that the pump gave it. Where the oldest
/// entries are overwritten, the signals begin with the oldest that is left: nobody knows what was
/// before. A log that could not be read has no signals.
fn add_log_signals(recorder: &mut Recorder<'_>, log: &PumpLog) {
    let begin = if log.first == 0 {
        SimTime::ZERO
    } else {
        let times = log.lines.iter().map(|&(at, _)| at);
        times.min().unwrap_or(SimTime::NEVER)
    };
    for (signal, kind) in [
        (Signal::LogStall, LogKind::MotorStall),
        (Signal::LogRecovery, LogKind::StallRecovery),
        (Signal::LogLowReservoir, LogKind::LowReservoir),
        (Signal::LogEmptyReservoir, LogKind::EmptyReservoir),
        (Signal::LogReset, LogKind::Reset),
        (Signal::LogClockJump, LogKind::ClockJump),
        (Signal::LogUpdateAbandoned, LogKind::UpdateAbandoned),
        (Signal::LogElectiveReplacement, LogKind::ElectiveReplacement),
        (Signal::LogEndOfService, LogKind::EndOfService),
    ] {
        // The pump gives the times, so they need not be in order.
        let mut times: Vec<SimTime> = log
            .lines
            .iter()
            .filter(|(_, line)| {
                line.kind == kind || (kind == LogKind::Reset && is_later_power_on(line))
            })
            .map(|&(at, _)| at)
            .collect();
        times.sort_unstable();
        let series = recorder.signals.entry(signal).or_default();
        series.push(begin, 0.0);
        let mut count = 0.0;
        for at in times {
            count += 1.0;
            series.push(at, count);
        }
    }
}
