//! One attempt at a scenario: its bench and firmware, how far it got, and how it ended.

use serde::{Deserialize, Serialize};
use thecal_engine::bench::{BuildId, LinkStatistics};
use thecal_link::Hello;

/// One attempt at a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The bench or board.
    pub bench: String,
    /// How a board of the inventory is reached; `None`: it is a bench that every rig has.
    pub reached_by: Option<String>,
    /// What answered at boot; `None`: nothing did.
    pub firmware: Option<Firmware>,
    /// How far it got. Unit: millisecond, simulated.
    pub reached_ms: u64,
    /// Exchanges with the pump.
    pub exchanges: u64,
    /// Wall time. Unit: second.
    pub wall_s: f64,
    /// How the link fared.
    pub link: LinkStatistics,
    /// Why the rig, the bench or a person ended it early; `None`: it reached its end.
    pub error: Option<String>,
    /// Whether bench or board are to blame for that, so that another board may do better.
    pub bench_broke: bool,
    /// Whether a person interrupted it.
    pub interrupted: bool,
    /// Why the pump may be in an unsafe state after it; `None`: it is reset, its motor off.
    pub not_safe: Option<String>,
}

/// The firmware that answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firmware {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The board that it runs on, by its own word.
    pub board: String,
    /// The GNU build id of its image, in hexadecimal; `None`: it is no image (native).
    pub build_id: Option<String>,
    /// The version of the wire contract that it speaks.
    pub contract: u16,
}

impl Attempt {
    /// An attempt that has just begun.
    #[must_use]
    pub fn new(bench: &str, reached_by: Option<String>) -> Self {
        Self {
            bench: bench.to_owned(),
            reached_by,
            firmware: None,
            reached_ms: 0,
            exchanges: 0,
            wall_s: 0.0,
            link: LinkStatistics::default(),
            error: None,
            bench_broke: false,
            interrupted: false,
            not_safe: None,
        }
    }

    /// The message about a pump that may be in an unsafe state.
    #[must_use]
    pub fn not_safe_in_words(&self) -> Option<String> {
        let (bench, why) = (&self.bench, self.not_safe.as_ref()?);
        Some(format!(
            "{bench} may be in an unsafe state, its motor may be running: {why}"
        ))
    }
}

impl Firmware {
    /// Identity of the pump from its Hello at boot.
    #[must_use]
    pub fn of(hello: &Hello) -> Self {
        let text = |padded: &[u8]| Hello::readable(padded).to_owned();
        let is_image = hello.build_id.iter().any(|byte| *byte != 0);
        Self {
            name: text(&hello.firmware),
            version: text(&hello.version),
            board: text(&hello.board),
            build_id: is_image.then(|| BuildId(hello.build_id).to_string()),
            contract: hello.contract,
        }
    }
}
