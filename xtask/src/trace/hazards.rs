//! Reads docs/hazards.md: the rows of its table of hazards, and the references of its grid.

use super::ids::{HAZARD, REQUIREMENT, ids, is_id};

/// One row of the table of hazards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hazard {
    pub(super) id: String,
    pub(super) name: String,
    /// What a pump can know of it: `V0` to `V3`, or a transition between them.
    pub(super) class: String,
    pub(super) requirements: Vec<String>,
    /// Scenarios that show it: backticks in the column of measures.
    pub(super) scenarios: Vec<String>,
}

/// The section whose tables say where each guide word is tested.
const GRID: &str = "## Guide words";

/// The hazards, and the references of the grid.
pub(super) fn parse(text: &str) -> (Vec<Hazard>, Vec<String>) {
    let hazards = text.lines().filter_map(hazard).collect();
    let grid = text.split_once(GRID).map_or("", |(_, rest)| rest);
    let section = grid
        .split_once("\n## ")
        .map_or(grid, |(section, _)| section);
    let rows = section.lines().filter(|line| line.starts_with('|'));
    (hazards, rows.flat_map(quoted).map(str::to_owned).collect())
}

/// Columns: hazard, name, cause and sequence, harm, severity, class, measures, faults and sources.
fn hazard(line: &str) -> Option<Hazard> {
    let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
    let [id, name, _, _, _, class, measures, ..] = cells.as_slice() else {
        return None;
    };
    is_id(id, HAZARD).then(|| Hazard {
        id: (*id).to_owned(),
        name: (*name).to_owned(),
        class: (*class).to_owned(),
        requirements: ids(measures, REQUIREMENT).map(str::to_owned).collect(),
        scenarios: quoted(measures).map(str::to_owned).collect(),
    })
}

/// The texts in backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}
