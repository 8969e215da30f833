//! Reads what a scenario verifies.

/// One scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) id: String,
    pub(super) verifies: Vec<String>,
}

/// The head of a scenario file; the rig itself checks the rest.
pub(super) fn parse(id: &str, text: &str) -> Result<Scenario, String> {
    let table: toml::Table =
        toml::from_str(text).map_err(|error| format!("scenario {id}: {error}"))?;
    let verifies = table.get("verifies").and_then(toml::Value::as_array);
    let verifies = verifies.into_iter().flatten();
    let verifies = verifies.filter_map(toml::Value::as_str).map(str::to_owned);
    Ok(Scenario {
        id: id.to_owned(),
        verifies: verifies.collect(),
    })
}
