//! Reads what a scenario verifies.

/// One scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) id: String,
    pub(super) verifies: Vec<Claim>,
}

/// A requirement, and the findings that carry the claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) requirement: String,
    pub(super) findings: Vec<String>,
}

impl Scenario {
    /// What carries its claim to verify this requirement; `None`: it makes none.
    pub(super) fn findings(&self, requirement: &str) -> Option<&[String]> {
        let mut claims = self.verifies.iter();
        let claim = claims.find(|claim| claim.requirement == requirement)?;
        Some(&claim.findings)
    }
}

/// The head of a scenario file; the rig itself checks the rest.
pub(super) fn parse(id: &str, text: &str) -> Result<Scenario, String> {
    let table: toml::Table =
        toml::from_str(text).map_err(|error| format!("scenario {id}: {error}"))?;
    let verifies = match table.get("verifies") {
        Some(toml::Value::Table(pairs)) => pairs.iter().map(claim).collect(),
        Some(_) | None => Vec::new(),
    };
    Ok(Scenario {
        id: id.to_owned(),
        verifies,
    })
}

fn claim((requirement, findings): (&String, &toml::Value)) -> Claim {
    Claim {
        requirement: requirement.clone(),
        findings: words(findings),
    }
}

/// One text or a list of them.
fn words(value: &toml::Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    let texts = list.chain([value]).filter_map(toml::Value::as_str);
    texts.map(str::to_owned).collect()
}
