//! Acts: what becomes due on the agenda, and what each person's action does to plant and pump.

use super::agenda::Act;
use super::history::Subject;
use super::hooks::Attached;
use super::outcome::RunError;
use super::state::Run;
use crate::programmer::Sender;
use std::sync::Arc;
use thecal_plan::{Action, Request};
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
                self.person(now, &entry.action, attached)
            }
            Act::Given(index) => {
                let action = self.agenda.given(index)?.clone();
                self.person(now, &action, attached)
            }
        }
    }

    /// A person acts, on the plant, on the pump or on both.
    fn person(
        &mut self,
        now: SimTime,
        action: &Action,
        attached: &mut Attached<'_>,
    ) -> Result<(), RunError> {
        let mut request = action.asks();
        match action {
            Action::Ask(_) => {}
            Action::Press { remote } => {
                self.recorder.shown.requested += 1;
                self.people.press(*remote, false);
            }
            Action::Refill(refill) => {
                let measured = self.refill(now, refill)?;
                match &mut request {
                    _ if measured.is_none() => request = None,
                    Some(Request::Refill { drawn, .. }) => *drawn = measured,
                    _ => {}
                }
            }
            Action::Replay(what) => self.people.replay(*what),
            Action::Forge(forgery) => self.people.forge(forgery),
            Action::Stay(stay) => self.go(now, stay),
            Action::Posture(posture) => self.hold(now, *posture, attached)?,
            Action::AccessPort(work) => self.access_port(now, work),
            Action::AccessReservoir(work) => self.access_reservoir(now, work)?,
            Action::LumbarInjection(injection) => self.inject(now, injection),
            Action::ResetFlowValve => {
                self.plant.reset_flow_valve();
                let what = "resets the flow-activated valve";
                self.events.note(now, Subject::Clinician, what);
            }
        }
        if let Some(request) = request {
            self.people.ask(Sender::Clinician, request);
        }
        Ok(())
    }
}
