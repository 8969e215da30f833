//! Commands to the pump, one packet per exchange, and which concentration steps count at
//! afterwards.

use super::entered::name_of_not_obeyed;
use super::hooks::Attached;
use super::outcome::RunError;
use super::state::Run;
use crate::programmer::Answer;
use thecal_link::WakeReasons;
use thecal_plan::{Change, Request, Therapy};
use thecal_units::real;

/// How far the entered volume of a catheter may be off: what a pump resolves. Source: ours, as in reports.
const SAME_CATHETER: f64 = 0.005;

impl Run {
    /// Delivers the pending commands, one packet per exchange.
    pub(super) fn talk(&mut self, attached: &mut Attached<'_>) -> Result<(), RunError> {
        // At almost every instant.
        if !self.people.want_to_talk() {
            return Ok(());
        }
        let now = self.plant.now();
        while let Some(sent) = self
            .people
            .next_packet(self.programmer.as_mut(), now)
            .map_err(RunError::Programmer)?
        {
            while self.fault_state.power_back_at() <= now {
                self.power_up(attached)?;
            }
            let mut reached = false;
            self.count_halt()?;
            if self.pump.receiver_on && !self.pump.hung && self.fault_state.can_react() {
                self.exchanges.stimulus.telemetry = sent.packet;
                self.people.asked = Some(sent.request).filter(|_| sent.origin.is_genuine());
                let exchanged = self.exchange(WakeReasons::TELEMETRY, attached);
                self.people.asked = None;
                self.exchanges.stimulus.telemetry.clear();
                exchanged?;
                reached = !self.pump.hung;
            }
            let hung_by_fault = self.pump.hung && self.fault_state.corrupted_by().is_some();
            let lost = hung_by_fault || !self.fault_state.can_react();
            let answer = reached.then(|| self.exchanges.reaction.telemetry.as_slice());
            let prescribed = self.people.prescribed.len();
            let before = Some(*self.people.therapy()).filter(|_| prescribed > 0);
            let believed = self.people.programmed_concentration();
            let request = sent.request;
            let programmer = self.programmer.as_mut();
            let heard = self.people.heard(programmer, now, sent, answer, lost);
            let (record, event) = heard.map_err(RunError::Programmer)?;
            event.into_iter().for_each(|event| self.events.push(event));
            match &record.answer {
                Some(Answer::Granted) => {
                    let by_patient = matches!(request, Request::PatientBolus { .. });
                    self.recorder.shown.granted += u32::from(by_patient);
                }
                Some(Answer::Denied(_)) => self.recorder.shown.denied += 1,
                Some(
                    Answer::Done
                    | Answer::Rejected(_)
                    | Answer::Status(_)
                    | Answer::Log(_)
                    | Answer::Read(..)
                    | Answer::Text(_)
                    | Answer::Unreadable(_),
                )
                | None => {}
            }
            if self.people.prescribed.len() > prescribed || request.row().change == Change::Priming
            {
                self.count_drug(&request, record.obeyed());
            }
            if record.obeyed() && record.origin.is_genuine() {
                self.note_entered(&request, before.as_ref());
            } else if record.origin.is_genuine() {
                self.note_not_entered(&request, record.answer.is_some(), before.as_ref());
            }
            if matches!(request.row().change, Change::Fill { .. }) && record.origin.is_genuine() {
                self.compare_fill(&record, believed);
            }
            self.prescription
                .heard(&record, &self.people, &mut self.plant);
            self.people.commands.push(record);
            self.sample(attached);
        }
        Ok(())
    }

    /// Notes what was to be entered with a command that was refused or not answered, beside what is in force.
    fn note_not_entered(&mut self, request: &Request, answered: bool, in_force: Option<&Therapy>) {
        let change = request.row().change;
        let Some(act) = name_of_not_obeyed(request, answered) else {
            return;
        };
        let meant = match (change, *request) {
            (Change::Therapy(therapy), _) | (_, Request::Stage(therapy)) => therapy,
            (Change::Staged, _) => self.people.staged().unwrap_or(*self.people.therapy()),
            (_, Request::Refill { concentration, .. }) => Therapy {
                concentration,
                ..*self.people.therapy()
            },
            _ => return,
        };
        let filled = match *request {
            Request::Refill { volume, .. } => Some(volume),
            _ => None,
        };
        let second = self.scenario.pump.second;
        self.entered.not_obeyed(
            self.plant.now(),
            (act, change, answered),
            (&meant, in_force),
            (filled, self.recorder.shown.counted_ml),
            (&self.plant, second),
        );
    }

    /// Notes what was entered with an obeyed command, beside the truth, and beside what was in force
    /// before, if anything was.
    fn note_entered(&mut self, request: &Request, before: Option<&Therapy>) {
        let row = request.row();
        if matches!(row.change, Change::Nothing | Change::Running(_)) {
            return;
        }
        let filled = match *request {
            Request::Refill { volume, .. } => Some(volume),
            _ => None,
        };
        let act = match row.change {
            // Whatever the steps of its protocol.
            Change::Therapy(_) | Change::Staged => "program",
            _ => row.name,
        };
        let therapy = self.people.therapy();
        self.recorder.entered(therapy, filled, &self.plant.truth());
        let config = &self.config;
        let true_ml = config.catheter.ml_per_cm * config.catheter.length_cm;
        let entered_ml = real::Volume::from(therapy.catheter).as_milliliters();
        if (entered_ml - true_ml).abs() > SAME_CATHETER * true_ml {
            self.events.hide("catheter volume differs from the entry");
        }
        self.entered.obeyed(
            self.plant.now(),
            (act, row.change),
            (therapy, before),
            (filled, self.people.priming_volume()),
            (&self.plant, config, self.scenario.pump.second),
        );
        if row.change == Change::Priming {
            self.compare_prime();
            return;
        }
        let entered = therapy.concentration;
        if act == "program" && before.is_some_and(|before| before.concentration != entered) {
            self.compare_programmed(entered);
        }
    }

    /// Updates the drug a step counts for after a command that changed it.
    fn count_drug(&mut self, request: &Request, obeyed: bool) {
        let truth = self.plant.truth();
        let concentration = self.people.programmed_concentration();
        match request.row().change {
            Change::Priming => {
                if obeyed {
                    self.recorder.prime(self.people.priming_volume(), &truth);
                }
            }
            Change::Fill { bridge: true, .. } if obeyed => {
                let behind = self.people.dead_volume();
                self.recorder.bridge(behind, concentration, &truth);
            }
            Change::Therapy(_)
            | Change::Staged
            | Change::Fill { .. }
            | Change::ClinicianBolus { .. } => {
                self.recorder.set_concentration(concentration, &truth);
            }
            Change::Running(_) => {
                self.recorder.set_concentration(concentration, &truth);
                self.recorder.end_priming(&truth);
            }
            Change::Nothing | Change::CatheterOpen => {}
        }
    }
}
