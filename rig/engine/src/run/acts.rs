//! Acts: what becomes due on the agenda, and what each person's action does to plant and pump.

use super::agenda::Act;
use super::hooks::Attached;
use super::lockstep::Run;
use super::outcome::RunError;
use super::story::Subject;
use crate::programmer::{Request, Sender};
use std::sync::Arc;
use thecal_plan::Action;
use thecal_units::SimTime;

impl Run {
    /// Something on the agenda is due.
    pub(super) fn take_act(
        &mut self,
        now: SimTime,
        act: Act,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        match act {
            Act::FaultOff(index) => self.end_fault(now, index, attached),
            Act::StayOff(index) => self.leave(now, index),
            Act::FaultOn(index) => self.begin_fault(now, index, attached),
            Act::StuckPress(index) => self.press_again(index),
            Act::Timeline(index) => {
                let scenario = Arc::clone(&self.scenario);
                let entry = scenario.timeline.get(index);
                let entry = entry.ok_or_else(|| RunError::missing("timeline entry", index))?;
                self.person(now, &entry.action)
            }
            Act::Given(index) => {
                let action = self.agenda.given(index)?.clone();
                self.person(now, &action)
            }
        }
    }

    /// A person acts, on the plant, on the pump or on both.
    fn person(&mut self, now: SimTime, action: &Action) -> Result<(), RunError> {
        let request = match *action {
            Action::Program(therapy) => Request::Program(therapy),
            Action::OpenUpdate { hold } => Request::OpenUpdate { hold },
            Action::Stage(therapy) => Request::Stage(therapy),
            Action::Commit => Request::Commit {
                time_of_week: self.people.time_of_week(now),
            },
            Action::CloseUpdate => Request::CloseUpdate,
            Action::PrimingBolus => Request::PrimingBolus,
            Action::Start => Request::Start,
            Action::Stop => Request::Stop,
            Action::ClinicianBolus { dose, duration } => Request::ClinicianBolus { dose, duration },
            Action::Press { remote } => {
                self.recorder.shown.requested += 1;
                self.people.press(remote, false);
                return Ok(());
            }
            Action::Refill(ref refill) => {
                self.refill(now, refill)?;
                Request::Refill {
                    volume: refill.volume,
                    concentration: refill.concentration,
                    bridge: refill.bridge,
                }
            }
            Action::Interrogate => Request::Interrogate,
            Action::ReadPrescription => Request::ReadPrescription,
            Action::ReadAlarms => Request::ReadAlarms,
            Action::ReadHealth => Request::ReadHealth,
            Action::Silence => Request::Silence,
            Action::Replay => {
                self.people.replay();
                return Ok(());
            }
            Action::Stay(ref stay) => {
                self.go(now, stay);
                return Ok(());
            }
            Action::Posture(posture) => {
                self.hold(now, posture);
                return Ok(());
            }
            Action::ResetFlowValve => {
                self.plant.reset_flow_valve();
                let what = "resets the flow-activated valve";
                self.events.note(now, Subject::Clinician, what);
                return Ok(());
            }
        };
        self.people.ask(Sender::Clinician, request);
        Ok(())
    }
}
