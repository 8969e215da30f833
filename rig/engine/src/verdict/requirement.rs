//! Which requirement of docs/requirements.toml each safety monitor checks, so that a record names it.

/// Monitors by their names, and what they check. A monitor of what no single requirement says is
/// not listed: `answers` (every fresh command is answered) and `resets` (none without a reason).
const CHECKED: [(&str, &str); 11] = [
    ("dose-1h", "REQ-BOL-012"),
    ("dose-4h", "REQ-BOL-012"),
    ("dose-24h", "REQ-BOL-012"),
    ("dose-limits", "REQ-BOL-017"),
    ("lockout", "REQ-BOL-004"),
    ("daily-maximum", "REQ-BOL-005"),
    ("bolus-dose", "REQ-BOL-002"),
    ("stopped", "REQ-THE-001"),
    ("authentic", "REQ-TEL-002"),
    ("counted", "REQ-STL-005"),
    ("log", "REQ-LOG-001"),
];

/// The requirement that this monitor checks; `None` where no single one says it.
pub(super) fn of_monitor(name: &str) -> Option<&'static str> {
    let row = CHECKED.iter().find(|(monitor, _)| *monitor == name);
    row.map(|&(_, requirement)| requirement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_requirement_is_listed() {
        let listed = include_str!("../../../../docs/requirements.toml");
        for (monitor, requirement) in CHECKED {
            let line = format!("id = \"{requirement}\"");
            assert!(listed.lines().any(|known| known == line), "{monitor}");
        }
    }
}
