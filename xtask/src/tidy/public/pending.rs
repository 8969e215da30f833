//! Public items without a user outside that are older than the rule: to be made private or removed.
//!
//! Nothing is added to this list; it goes away with its last row.

/// Folder of a crate, items.
pub(super) const PENDING: &[(&str, &[&str])] = &[
    ("firmware", &["SelfTest::SOUND"]),
    (
        "rig/engine",
        &[
            "FaultRecord::new",
            "Plots::low_supply",
            "Plots::new",
            "Series::begins",
            "Series::stretches",
            "Step::is_taking_back",
            "Watches::of",
            "Watches::want",
            "Whereabouts::moves_flow",
        ],
    ),
    ("rig/reference", &["COLUMNS", "FORMAT", "log_kind"]),
    (
        "rig/scenario",
        &["ExpectMistake", "ScenarioMistake", "error"],
    ),
];
