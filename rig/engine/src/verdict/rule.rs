//! The rules by which every run is judged beside the specification, one row each: name, sentence,
//! requirement.

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

pub(super) static DOSE_LIMITS: Rule = Rule {
    name: "dose-limits",
    text: "commanded and delivered dose stay within the prescribed limits in any window",
    requirement: Some("REQ-BOL-017"),
};

/// [`DOSE_LIMITS`] where the true dose cannot be judged.
pub(super) const COMMANDED_LIMITS: &str =
    "commanded dose stays within the prescribed limits in any window";

pub(super) static COMMANDS_ANSWERED: Rule = Rule {
    name: "commands-answered",
    text: "every fresh command is answered, and the commands of the implant session are obeyed",
    requirement: None,
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
        let rules = [&DOSE_LIMITS, &COMMANDS_ANSWERED, &NO_UNEXPECTED_RESET];
        let names = rules.map(|rule| rule.name);
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
}
