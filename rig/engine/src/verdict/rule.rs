//! The rules by which every run is judged, one row each: name, sentence, requirement.

use thecal_plan::DoseLimits;
use thecal_units::Millis;

/// A rule that applies to every run without being named by its scenario.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its name in records and reports.
    pub(super) name: &'static str,
    /// What must be true.
    pub(super) text: &'static str,
    /// The requirement in docs/requirements.toml; `None` if no single one applies.
    pub(super) requirement: Option<&'static str>,
}

/// A rule on the dose in every window of one length.
#[derive(Debug)]
pub(super) struct WindowRule {
    /// The length.
    pub(super) window: Millis,
    /// The rule.
    pub(super) rule: Rule,
}

/// The commanded dose in the windows of a prescription.
pub(super) static DOSE_WINDOWS: [WindowRule; DoseLimits::WINDOWS.len()] = [
    WindowRule {
        window: DoseLimits::WINDOWS[0].0,
        rule: Rule {
            name: "dose-1h",
            text: "the commanded dose in any hour does not exceed what was prescribed and granted",
            requirement: Some("REQ-BOL-012"),
        },
    },
    WindowRule {
        window: DoseLimits::WINDOWS[1].0,
        rule: Rule {
            name: "dose-4h",
            text: "the commanded dose in any 4 h does not exceed what was prescribed and granted",
            requirement: Some("REQ-BOL-012"),
        },
    },
    WindowRule {
        window: DoseLimits::WINDOWS[2].0,
        rule: Rule {
            name: "dose-24h",
            text: "the commanded dose in any 24 h does not exceed what was prescribed and granted",
            requirement: Some("REQ-BOL-012"),
        },
    },
];

pub(super) static DOSE_LIMITS: Rule = Rule {
    name: "dose-limits",
    text: "commanded and delivered dose stay within the prescribed limits in any window",
    requirement: Some("REQ-BOL-017"),
};

/// [`DOSE_LIMITS`] where the true dose cannot be judged.
pub(super) const COMMANDED_LIMITS: &str =
    "commanded dose stays within the prescribed limits in any window";

pub(super) static LOCKOUT: Rule = Rule {
    name: "lockout",
    text: "no patient bolus is granted during the lockout",
    requirement: Some("REQ-BOL-004"),
};

pub(super) static DAILY_MAXIMUM: Rule = Rule {
    name: "daily-maximum",
    text: "no more patient boluses are granted in any 24 h than prescribed",
    requirement: Some("REQ-BOL-005"),
};

pub(super) static BOLUS_DOSE: Rule = Rule {
    name: "bolus-dose",
    text: "no granted bolus delivers more than its prescribed dose",
    requirement: Some("REQ-BOL-002"),
};

pub(super) static NO_FLOW_WHILE_STOPPED: Rule = Rule {
    name: "no-flow-while-stopped",
    text: "the motor does not step while the infusion is stopped, held for an update, or at end of service, \
           except for a priming bolus",
    requirement: Some("REQ-THE-001"),
};

pub(super) static NO_REPLAY: Rule = Rule {
    name: "no-replay-obeyed",
    text: "no replayed command is obeyed, and the pump counts each one",
    requirement: Some("REQ-TEL-002"),
};

pub(super) static COMMANDS_ANSWERED: Rule = Rule {
    name: "commands-answered",
    text: "every fresh command is answered, and the commands of the implant session are obeyed",
    requirement: None,
};

pub(super) static COUNTED_STEPS: Rule = Rule {
    name: "counted-steps",
    text: "the pump does not count more steps than its motor moved",
    requirement: Some("REQ-STL-005"),
};

pub(super) static LOG_COMPLETE: Rule = Rule {
    name: "log-complete",
    text: "the event log holds every granted bolus, change of therapy and reset; no other entry is looked at",
    requirement: Some("REQ-LOG-001"),
};

pub(super) static NO_UNEXPECTED_RESET: Rule = Rule {
    name: "no-unexpected-reset",
    text: "the pump does not reset or hang unless a fault of the scenario makes it",
    requirement: None,
};

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_plan::RULES_OF_EVERY_RUN;

    #[test]
    fn each_requirement_is_listed_and_each_name_is_unique() {
        let others = [
            &DOSE_LIMITS,
            &LOCKOUT,
            &DAILY_MAXIMUM,
            &BOLUS_DOSE,
            &NO_FLOW_WHILE_STOPPED,
            &NO_REPLAY,
            &COMMANDS_ANSWERED,
            &COUNTED_STEPS,
            &LOG_COMPLETE,
            &NO_UNEXPECTED_RESET,
        ];
        let windows = DOSE_WINDOWS.iter().map(|row| &row.rule);
        let rules: Vec<&Rule> = windows.chain(others).collect();
        let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
        assert_eq!(
            names, RULES_OF_EVERY_RUN,
            "the names that a claim may rest on"
        );
        let file = include_str!("../../../../docs/requirements.toml");
        // Identifiers that are used up come last.
        let (listed, _) = file.split_once("[[withdrawn]]").unwrap_or((file, ""));
        for (nth, rule) in rules.iter().enumerate() {
            let again = rules[..nth].iter().find(|other| other.name == rule.name);
            assert!(again.is_none(), "{} twice", rule.name);
            let Some(requirement) = rule.requirement else {
                continue;
            };
            let line = format!("id = \"{requirement}\"");
            assert!(listed.lines().any(|known| known == line), "{}", rule.name);
        }
    }

    #[test]
    fn the_words_of_a_window_are_its_length() {
        for WindowRule { window, rule } in &DOSE_WINDOWS {
            let length = window.spelled().to_string();
            assert_eq!(rule.name, format!("dose-{}", length.replace(' ', "")));
            let hour = length.replace("1 h", "hour");
            assert!(
                rule.text.contains(&format!("in any {length} "))
                    || rule.text.contains(&format!("in any {hour} ")),
                "{rule:?}"
            );
        }
    }
}
