//! What a pump may be able to do, and which of it a scenario needs.

use crate::{Action, DoseLimits, DuringBolus, Form, Infusion, Request, Scenario, Signal, Therapy};

macro_rules! abilities {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// Something that not every pump can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Ability {
            $(#[doc = $doc] $variant,)*
        }

        impl Ability {
            /// All, each with its name in a profile.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$variant)),*];

            /// Its name in a profile.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is, in a few words.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

abilities! {
    PatientBolus "patient-bolus" "boluses that a patient asks for";
    ClinicianBolus "clinician-bolus" "boluses that a clinician orders";
    DoseLimits "dose-limits" "limits of the dose in 1, 4 and 24 hours";
    ReplaceDuringBolus "replace-during-bolus" "an infusion that pauses during a bolus";
    Schedule "schedule" "an infusion by time of day and day of the week";
    MinimumRate "minimum-rate" "an infusion at the minimum rate";
    Priming "priming" "priming boluses";
    CatheterWork "catheter-work" "declared work on the catheter";
    Bridge "bridge" "refills with a bridge bolus";
    Session "session" "update sessions of several packets";
    Hold "hold" "update sessions that hold the infusion";
    Status "status" "a status that can be read";
    Log "log" "an event log that can be read";
    ReadPrescription "read-prescription" "a prescription that can be read";
    ReadAlarms "read-alarms" "a list of alarms that can be read";
    ReadHealth "read-health" "a state of health that can be read";
}

impl Scenario {
    /// What a pump must be able to do for this scenario, each once.
    #[must_use]
    pub fn abilities(&self) -> Vec<Ability> {
        let mut needed = Vec::new();
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

/// What a signal is read from.
fn of_signal(signal: Signal) -> Option<Ability> {
    signal.name().starts_with("log.").then_some(Ability::Log)
}

#[cfg(test)]
mod tests {
    use super::Ability;

    #[test]
    fn each_ability_has_a_name_of_its_own() {
        for (nth, (name, ability)) in Ability::ALL.iter().enumerate() {
            assert_eq!(*name, ability.name());
            assert!(Ability::ALL[..nth].iter().all(|(other, _)| other != name));
        }
    }
}
