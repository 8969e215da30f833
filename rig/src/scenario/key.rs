//! What is known about keys: the table that each belongs to, and how its value is written.

use super::shape::Grammar;

/// The words for mistakes in a scenario.
pub(super) const SCENARIO: Grammar = Grammar {
    is: "a scenario",
    homes: HOMES,
    examples: EXAMPLES,
    tables: &[
        ("patient", "[patient]"),
        ("pump", "[pump]"),
        ("therapy", "[therapy]"),
        ("timeline", "[[timeline]]"),
        ("fault", "[[fault]]"),
        ("expect", "[[expect]]"),
    ],
    lists: &["timeline", "fault", "expect"],
};

/// Where each key may be: the table as a person names it, then its keys.
pub(super) const HOMES: &[(&str, &[&str])] = &[
    (
        "the head of the file",
        &[
            "title",
            "verifies",
            "reenacts",
            "known-anomaly",
            "seed",
            "duration",
            "needs",
        ],
    ),
    ("`[patient]`", &["mixing", "tip", "tolerance"]),
    (
        "`[pump]`",
        &[
            "drug",
            "concentration",
            "reservoir",
            "catheter",
            "catheter-starts",
        ],
    ),
    (
        "`[therapy]`",
        &[
            "dose",
            "patient-bolus",
            "low-reservoir",
            "critical-interval",
            "non-critical-interval",
        ],
    ),
    ("`patient-bolus`", &["lockout", "daily-maximum"]),
    (
        "`[[timeline]]`",
        &[
            "at",
            "every",
            "from",
            "jitter",
            "program",
            "stop",
            "clinician-bolus",
            "press",
            "refill",
            "interrogate",
            "silence",
            "replay",
        ],
    ),
    (
        "`[[fault]]`",
        &["motor-stall", "motor-jam", "stuck-button", "reset"],
    ),
    (
        "`[[expect]]`",
        &[
            "name",
            "why",
            "always",
            "never",
            "eventually",
            "hold",
            "until-true",
            "when",
            "then",
            "count",
            "after",
            "within",
            "window",
            "at-least",
            "at-most",
        ],
    ),
];

/// How a value of each key is written, for a value of the wrong type.
const EXAMPLES: &[(&str, &str)] = &[
    ("title", "\"A patient hammers the remote for a day\""),
    ("verifies", "[\"REQ-BOL-002\"]"),
    ("needs", "[\"memory\"]"),
    ("seed", "7"),
    ("concentration", "\"10 mg/mL\""),
    ("true-concentration", "\"10 mg/mL\""),
    ("reservoir", "\"20 mL\""),
    ("volume", "\"20 mL\""),
    ("low-reservoir", "\"2 mL\""),
    ("catheter", "\"90 cm\""),
    ("dose", "\"1 mg/day\""),
    ("duration", "\"24 h\""),
    ("lockout", "\"1 h\""),
    ("every", "\"20 s\""),
    ("at", "\"2 h\""),
    ("from", "\"1 h\""),
    ("until", "\"13 h\""),
    ("after", "\"6 h\""),
    ("within", "\"30 min\""),
    ("window", "\"24 h\""),
    ("start", "\"6 h\", or in a timeline `start = {}`"),
    ("critical-interval", "\"10 min\""),
    ("non-critical-interval", "\"1 h\""),
    ("daily-maximum", "6"),
    ("remote", "1"),
    ("at-least", "1"),
    ("at-most", "6"),
    ("press", "{ remote = 1 }"),
    ("stuck-button", "{ remote = 1, every = \"2 s\" }"),
    (
        "clinician-bolus",
        "{ dose = \"50 µg\", duration = \"2 min\" }",
    ),
    (
        "refill",
        "{ volume = \"20 mL\", concentration = \"10 mg/mL\" }",
    ),
    ("jitter", "{ normal = \"5 s\" }"),
    ("exponential", "true"),
    ("always", "\"true.reservoir >= 1 mL\""),
    ("never", "\"true.toxicity > 0.2\""),
    ("eventually", "\"alarm.critical\""),
    ("count", "\"bolus.granted\""),
];
