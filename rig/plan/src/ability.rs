//! What a pump may be able to do.

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
    StallRetry "stall-retry" "a motor that is tried again by itself after a stall";
    Battery "battery" "a battery that is watched under load";
    ResetCount "reset-count" "a safe state after resets in close succession";
    StoppedLong "stopped-long" "an alarm after two days without infusion";
    ClockWatch "clock-watch" "jumps of the clock that are logged";
    RefusalLog "refusal-log" "refused commands that are logged";
    TwoCopies "two-copies" "records of which both copies are written in one exchange";
    Status "status" "a status that can be read";
    Log "log" "an event log that can be read";
    ReadPrescription "read-prescription" "a prescription that can be read";
    ReadAlarms "read-alarms" "a list of alarms that can be read";
    ReadHealth "read-health" "a state of health that can be read";
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
