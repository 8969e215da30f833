//! What a scenario needs a pump to be able to do.

use crate::{
    Ability, Action, DoseLimits, DuringBolus, Form, Infusion, Request, Scenario, Signal, Therapy,
};

impl Scenario {
    /// What a pump must be able to do for this scenario, each once.
    #[must_use]
    pub fn abilities(&self) -> Vec<Ability> {
        let mut needed = self.needs_of_pump.clone();
        if let Some(therapy) = &self.therapy {
            of_therapy(therapy, &mut needed);
        }
        for entry in &self.timeline {
            if matches!(entry.action, Action::Press { .. }) {
                needed.push(Ability::PatientBolus);
            }
            if let Some(request) = entry.action.asks() {
                of_request(&request, &mut needed);
            }
        }
        for expectation in &self.expectations {
            needed.extend(signals(&expectation.form).into_iter().filter_map(of_signal));
        }
        needed.sort_unstable();
        needed.dedup();
        needed
    }
}

fn of_therapy(therapy: &Therapy, needed: &mut Vec<Ability>) {
    if therapy.patient_bolus.is_some() {
        needed.push(Ability::PatientBolus);
    }
    if therapy.limits != DoseLimits::NONE {
        needed.push(Ability::DoseLimits);
    }
    if therapy.during_bolus == DuringBolus::Replace {
        needed.push(Ability::ReplaceDuringBolus);
    }
    match therapy.infusion {
        Infusion::Simple(_) => {}
        Infusion::MinimumRate => needed.push(Ability::MinimumRate),
        Infusion::Flex(_) => needed.push(Ability::Schedule),
    }
}

fn of_request(request: &Request, needed: &mut Vec<Ability>) {
    match *request {
        Request::Program(therapy) => of_therapy(&therapy, needed),
        Request::Stage(therapy) => {
            needed.push(Ability::Session);
            of_therapy(&therapy, needed);
        }
        Request::OpenUpdate { hold } => {
            needed.push(Ability::Session);
            needed.extend(hold.then_some(Ability::Hold));
        }
        Request::Commit | Request::CloseUpdate => needed.push(Ability::Session),
        Request::PrimingBolus => needed.push(Ability::Priming),
        Request::DeclareWork(_) => needed.push(Ability::CatheterWork),
        Request::ClinicianBolus { .. } => needed.push(Ability::ClinicianBolus),
        Request::PatientBolus { .. } => needed.push(Ability::PatientBolus),
        Request::ReadLog { .. } => needed.push(Ability::Log),
        Request::Refill { bridge, .. } => needed.extend(bridge.then_some(Ability::Bridge)),
        Request::ReadPrescription => needed.push(Ability::ReadPrescription),
        Request::ReadAlarms => needed.push(Ability::ReadAlarms),
        Request::ReadHealth => needed.push(Ability::ReadHealth),
        Request::Interrogate => needed.push(Ability::Status),
        Request::Provision
        | Request::AskChallenge
        | Request::TakeKeys
        | Request::Start
        | Request::Stop
        | Request::Silence => {}
    }
}

/// The signals that a form looks at.
fn signals(form: &Form) -> Vec<Signal> {
    match form {
        Form::Always { that, .. } | Form::Never { that, .. } | Form::Eventually { that, .. } => {
            vec![that.signal]
        }
        Form::Until { hold, goal, .. } => vec![hold.signal, goal.signal],
        Form::Response { when, then, .. } => vec![when.signal, then.signal],
        Form::Count { of, .. } => vec![*of],
    }
}

/// What a signal needs: entries of the log are read from it, and some are of what not every pump does.
fn of_signal(signal: Signal) -> Option<Ability> {
    match signal {
        Signal::LogRecovery => Some(Ability::StallRetry),
        Signal::LogElectiveReplacement | Signal::LogEndOfService => Some(Ability::Battery),
        Signal::LogClockJump => Some(Ability::ClockWatch),
        Signal::LogRefused => Some(Ability::RefusalLog),
        Signal::LogCatheterWork => Some(Ability::CatheterWork),
        other => other.name().starts_with("log.").then_some(Ability::Log),
    }
}
