//! Reads docs/requirements.toml: requirements and withdrawn identifiers.

use super::ids::{HAZARD, REQUIREMENT, is_id};
use super::numbers;

/// One requirement. The keys `answers` and `source` are required but not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) id: String,
    pub(super) revision: i64,
    pub(super) text: String,
    pub(super) hazards: Vec<String>,
    pub(super) priority: i64,
    /// Why nothing verifies it yet; empty if something has to.
    pub(super) unverified: String,
}

/// An identifier that is used up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Withdrawn {
    pub(super) id: String,
    /// Version of the file.
    pub(super) since: String,
    /// Requirements that say it now; empty if none does.
    pub(super) replaced_by: Vec<String>,
    pub(super) why: String,
}

/// The file, and the problems of each entry alone.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) requirements: Vec<Requirement>,
    pub(super) withdrawn: Vec<Withdrawn>,
    pub(super) problems: Vec<String>,
}

/// The keys of a requirement, and those that may be left out; no others are allowed.
const KEYS: [&str; 7] = [
    "id", "revision", "text", "hazards", "answers", "source", "priority",
];
const OPTIONAL: [&str; 2] = ["numbers", "unverified"];
/// The keys of a withdrawn identifier.
const WITHDRAWN_KEYS: [&str; 4] = ["id", "since", "replaced_by", "why"];

/// The requirements and withdrawn identifiers in the order of the file.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => {
            parsed.problems.push(format!("the requirements: {error}"));
            return parsed;
        }
    };
    for (key, value) in &table {
        let entries = value.as_array().map_or(&[][..], Vec::as_slice);
        match key.as_str() {
            "requirement" => {
                for entry in entries {
                    let (requirement, problems) = read(entry);
                    parsed.requirements.push(requirement);
                    parsed.problems.extend(problems);
                }
            }
            "withdrawn" => {
                for entry in entries {
                    let (withdrawn, problems) = read_withdrawn(entry);
                    parsed.withdrawn.push(withdrawn);
                    parsed.problems.extend(problems);
                }
            }
            other => parsed
                .problems
                .push(format!("the requirements: unknown table `{other}`")),
        }
    }
    parsed
}

fn read(value: &toml::Value) -> (Requirement, Vec<String>) {
    let number = |key: &str| {
        value
            .get(key)
            .and_then(toml::Value::as_integer)
            .unwrap_or(0)
    };
    let requirement = Requirement {
        id: string(value, "id").to_owned(),
        revision: number("revision"),
        text: string(value, "text").to_owned(),
        hazards: strings(value, "hazards"),
        priority: number("priority"),
        unverified: string(value, "unverified").to_owned(),
    };
    let id = &requirement.id;
    let mut problems = Vec::new();
    if !is_id(id, REQUIREMENT) {
        problems.push(format!("`{id}` is no identifier of a requirement"));
    }
    if requirement.revision < 1 {
        problems.push(format!("{id}: no revision from 1 on"));
    }
    if !(1..=3).contains(&requirement.priority) {
        problems.push(format!("{id}: no priority from 1 to 3"));
    }
    for key in ["text", "answers", "source"] {
        if string(value, key).is_empty() {
            problems.push(format!("{id}: no {key}"));
        }
    }
    match requirement
        .text
        .split(' ')
        .filter(|&word| word == "shall")
        .count()
    {
        1 => {}
        0 => problems.push(format!("{id}: it says `shall` nowhere")),
        _ => problems.push(format!(
            "{id}: it says `shall` more than once, so it is several"
        )),
    }
    let of_numbers = numbers::problems(&requirement.text, &strings(value, "numbers"));
    problems.extend(of_numbers.iter().map(|problem| format!("{id}: {problem}")));
    if requirement.hazards.is_empty() {
        problems.push(format!("{id}: answers no hazard"));
    }
    let odd = requirement.hazards.iter().filter(|one| !is_id(one, HAZARD));
    problems.extend(odd.map(|one| format!("{id}: `{one}` is no identifier of a hazard")));
    let known = |key: &str| KEYS.contains(&key) || OPTIONAL.contains(&key);
    problems.extend(unknown_keys(value, id, known));
    (requirement, problems)
}

fn read_withdrawn(value: &toml::Value) -> (Withdrawn, Vec<String>) {
    let withdrawn = Withdrawn {
        id: string(value, "id").to_owned(),
        since: string(value, "since").to_owned(),
        replaced_by: strings(value, "replaced_by"),
        why: string(value, "why").to_owned(),
    };
    let id = &withdrawn.id;
    let mut problems = Vec::new();
    if !is_id(id, REQUIREMENT) {
        problems.push(format!("`{id}` is no identifier of a requirement"));
    }
    for key in ["since", "why"] {
        if string(value, key).is_empty() {
            problems.push(format!("{id}, withdrawn: no {key}"));
        }
    }
    let known = |key: &str| WITHDRAWN_KEYS.contains(&key);
    problems.extend(unknown_keys(value, id, known));
    (withdrawn, problems)
}

fn string<'v>(value: &'v toml::Value, key: &str) -> &'v str {
    value.get(key).and_then(toml::Value::as_str).unwrap_or("")
}

fn strings(value: &toml::Value, key: &str) -> Vec<String> {
    let list = value.get(key).and_then(toml::Value::as_array);
    let list = list.into_iter().flatten();
    list.filter_map(toml::Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn unknown_keys(value: &toml::Value, id: &str, known: impl Fn(&str) -> bool) -> Vec<String> {
    let keys = value.as_table().into_iter().flat_map(toml::Table::keys);
    let unknown = keys.filter(|key| !known(key));
    unknown
        .map(|key| format!("{id}: unknown key `{key}`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A requirement in the form of the file, with these lines more.
    fn entry(text: &str, more: &str) -> String {
        format!(
            "[[requirement]]\nid = \"REQ-AB-001\"\nrevision = 2\ntext = \"{text}\"\n\
             hazards = [\"HAZ-01\"]\nanswers = \"a\"\nsource = \"s\"\npriority = 3\n{more}"
        )
    }

    #[test]
    fn requirements_are_read_and_their_gaps_are_told() {
        let whole = entry("It shall wait for 10 s.", "numbers = [\"10 s: design\"]\n");
        let read = parse(&whole);
        assert_eq!(read.problems, Vec::<String>::new());
        let first = &read.requirements[0];
        assert_eq!(
            (first.revision, first.priority, first.hazards.join(" ")),
            (2, 3, "HAZ-01".to_owned())
        );
        let bare = parse("[[requirement]]\nid = \"REQ-AB-1\"\nnote = \"n\"\n");
        assert_eq!(
            bare.problems,
            [
                "`REQ-AB-1` is no identifier of a requirement",
                "REQ-AB-1: no revision from 1 on",
                "REQ-AB-1: no priority from 1 to 3",
                "REQ-AB-1: no text",
                "REQ-AB-1: no answers",
                "REQ-AB-1: no source",
                "REQ-AB-1: it says `shall` nowhere",
                "REQ-AB-1: answers no hazard",
                "REQ-AB-1: unknown key `note`",
            ]
        );
        assert_eq!(parse("[[requirement]").problems.len(), 1);
    }

    #[test]
    fn a_requirement_is_one_shall_with_sourced_numbers() {
        for (text, more, told) in [
            ("It waits.", "", "REQ-AB-001: it says `shall` nowhere"),
            (
                "It shall wait and shall stop.",
                "",
                "REQ-AB-001: it says `shall` more than once, so it is several",
            ),
            (
                "It shall wait for 10 s.",
                "",
                "REQ-AB-001: 10 has no source",
            ),
        ] {
            assert_eq!(parse(&entry(text, more)).problems, [told]);
        }
    }

    #[test]
    fn withdrawn_identifiers_are_read_and_their_gaps_are_told() {
        let read = parse(
            "[[withdrawn]]\nid = \"REQ-AB-003\"\nsince = \"0.1.0\"\nreplaced_by = [\"REQ-AB-001\"]\n\
             why = \"it was two\"\n",
        );
        assert_eq!(read.problems, Vec::<String>::new());
        assert_eq!(read.withdrawn[0].id, "REQ-AB-003");
        let bare = parse("[[withdrawn]]\nid = \"AB-3\"\nby = \"x\"\n[[gone]]\n");
        assert_eq!(
            bare.problems,
            [
                "the requirements: unknown table `gone`",
                "`AB-3` is no identifier of a requirement",
                "AB-3, withdrawn: no since",
                "AB-3, withdrawn: no why",
                "AB-3: unknown key `by`",
            ]
        );
    }
}
