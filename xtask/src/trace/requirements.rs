//! Reads docs/requirements.toml.

use super::ids::{HAZARD, REQUIREMENT, is_id};

/// One requirement. The keys `answers` and `source` are required but not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) id: String,
    pub(super) revision: i64,
    pub(super) text: String,
    pub(super) hazards: Vec<String>,
    pub(super) priority: i64,
}

/// The keys of a requirement: all required, no others allowed.
const KEYS: [&str; 7] = [
    "id", "revision", "text", "hazards", "answers", "source", "priority",
];

/// The requirements in the order of the file, and the problems of each one alone.
pub(super) fn parse(text: &str) -> (Vec<Requirement>, Vec<String>) {
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => return (Vec::new(), vec![format!("the requirements: {error}")]),
    };
    let list = table.get("requirement").and_then(toml::Value::as_array);
    let mut requirements = Vec::new();
    let mut problems = Vec::new();
    for value in list.into_iter().flatten() {
        let (requirement, found) = read(value);
        requirements.push(requirement);
        problems.extend(found);
    }
    (requirements, problems)
}

fn read(value: &toml::Value) -> (Requirement, Vec<String>) {
    let string = |key: &str| value.get(key).and_then(toml::Value::as_str).unwrap_or("");
    let number = |key: &str| {
        value
            .get(key)
            .and_then(toml::Value::as_integer)
            .unwrap_or(0)
    };
    let hazards = value.get("hazards").and_then(toml::Value::as_array);
    let hazards = hazards
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str);
    let requirement = Requirement {
        id: string("id").to_owned(),
        revision: number("revision"),
        text: string("text").to_owned(),
        hazards: hazards.map(str::to_owned).collect(),
        priority: number("priority"),
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
        if string(key).is_empty() {
            problems.push(format!("{id}: no {key}"));
        }
    }
    if requirement.hazards.is_empty() {
        problems.push(format!("{id}: answers no hazard"));
    }
    let odd = requirement.hazards.iter().filter(|one| !is_id(one, HAZARD));
    problems.extend(odd.map(|one| format!("{id}: `{one}` is no identifier of a hazard")));
    let keys = value.as_table().into_iter().flat_map(toml::Table::keys);
    let unknown = keys.filter(|key| !KEYS.contains(&key.as_str()));
    problems.extend(unknown.map(|key| format!("{id}: unknown key `{key}`")));
    (requirement, problems)
}
