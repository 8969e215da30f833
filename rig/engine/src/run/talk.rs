//! What people say to the pump, one packet an exchange, and what a step counts for afterwards.

use super::lockstep::Lockstep;
use super::outcome::RunError;
use crate::programmer::{Answer, Request};
use thecal_link::WakeReasons;

impl Lockstep<'_> {
    /// Delivers what people have to say, one packet an exchange.
    pub(super) fn talk(&mut self) -> Result<(), RunError> {
        while let Some(sent) = {
            let now = self.plant.now();
            self.people.next_packet(now).map_err(RunError::Packet)?
        } {
            let now = self.plant.now();
            while self.troubles.power_back_at() <= now {
                self.power_up()?;
            }
            let mut reached = false;
            self.count_halt();
            if self.pump.receiver_on && !self.pump.hung && self.troubles.can_react() {
                self.stimulus.telemetry = sent.packet;
                let exchanged = self.exchange(WakeReasons::TELEMETRY);
                self.stimulus.telemetry.clear();
                exchanged?;
                reached = !self.pump.hung;
            }
            let hung_by_fault = self.pump.hung && self.troubles.upset_by().is_some();
            let lost = hung_by_fault || !self.troubles.can_react();
            let answer = reached.then(|| self.reaction.telemetry.as_slice());
            let prescribed = self.people.prescribed.len();
            let request = sent.request;
            if let Some(happening) = self.people.heard(now, sent, answer, lost) {
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
            if self.people.prescribed.len() > prescribed || request == Request::PrimingBolus {
                self.count_drug(&request);
            }
            self.recorder.sample(&self.plant.truth());
        }
        Ok(())
    }

    /// What a step counts for from now on, where somebody has changed it.
    fn count_drug(&mut self, request: &Request) {
        let truth = self.plant.truth();
        let Some(record) = self.people.commands.last() else {
            return;
        };
        let obeyed = record.obeyed();
        match request {
            Request::PrimingBolus if obeyed => {
                self.recorder.prime(self.people.dead_volume(), &truth);
            }
            Request::PrimingBolus => {}
            Request::Refill { bridge: true, .. } if obeyed => {
                let (behind, to) = (
                    self.people.dead_volume(),
                    self.people.programmed_concentration(),
                );
                self.recorder.bridge(behind, to, &truth);
            }
            _ => {
                let concentration = self.people.programmed_concentration();
                self.recorder.set_concentration(concentration, &truth);
                if matches!(request, Request::Start | Request::Stop) {
                    self.recorder.end_priming(&truth);
                }
            }
        }
    }
}
