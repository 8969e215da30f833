//! The rules of the record: what the log, the counts and each answer must say.

use crate::rule::Rule;

pub(super) static GRANTED: Rule = Rule {
    name: "grant-is-logged",
    requirement: "REQ-BOL-018",
    text: "each bolus that is granted or ordered is logged with remote or dose",
    core: true,
};
pub(super) static DENIED: Rule = Rule {
    name: "denial-is-logged",
    requirement: "REQ-BOL-036",
    text: "the first denial for each reason since a grant or a reset is logged, and no other",
    core: false,
};
pub(super) static ENDED: Rule = Rule {
    name: "bolus-end-is-logged",
    requirement: "REQ-BOL-045",
    text: "each bolus has one entry of its end, in the exchange in which it ends or at the boot after it",
    core: true,
};
pub(super) static STEPS: Rule = Rule {
    name: "bolus-end-tells-its-steps",
    requirement: "REQ-BOL-046",
    text: "the end of a bolus is logged with the steps that moved for it",
    core: true,
};
pub(super) static RUNS: Rule = Rule {
    name: "start-and-stop-are-logged",
    requirement: "REQ-LOG-012",
    text: "a start and a stop that change something are logged, and no other",
    core: true,
};
pub(super) static PROGRAMMED: Rule = Rule {
    name: "commit-is-logged",
    requirement: "REQ-LOG-009",
    text: "a prescription put in force is logged with its doses, concentration and catheter",
    core: true,
};
pub(super) static REFILLED: Rule = Rule {
    name: "refill-is-logged",
    requirement: "REQ-LOG-018",
    text: "a refill is logged with what was counted, drawn and filled",
    core: true,
};
pub(super) static PRIMED: Rule = Rule {
    name: "priming-is-logged",
    requirement: "REQ-THE-039",
    text: "a priming bolus is logged with its volume",
    core: false,
};
pub(super) static WORK: Rule = Rule {
    name: "work-is-logged",
    requirement: "REQ-THE-052",
    text: "work on the catheter is logged with what was done",
    core: false,
};
pub(super) static BRIDGE: Rule = Rule {
    name: "bridge-is-logged",
    requirement: "REQ-THE-043",
    text: "the begin of a bridge bolus is logged with its volume, and its end",
    core: false,
};
pub(super) static STALLED: Rule = Rule {
    name: "stall-is-logged",
    requirement: "REQ-STL-012",
    text: "a stall is logged once, with the missed pulses",
    core: true,
};
pub(super) static RECOVERED: Rule = Rule {
    name: "recovery-is-logged",
    requirement: "REQ-STL-027",
    text: "the end of a stall is logged with the minutes until the motor turned",
    core: false,
};
pub(super) static SILENCED: Rule = Rule {
    name: "silence-is-logged",
    requirement: "REQ-ALM-014",
    text: "silencing alarms is logged with the alarms",
    core: false,
};
pub(super) static LOW: Rule = Rule {
    name: "low-reservoir-is-logged",
    requirement: "REQ-RES-012",
    text: "a low reservoir is logged with the counted volume",
    core: false,
};
pub(super) static EMPTY: Rule = Rule {
    name: "empty-reservoir-is-logged",
    requirement: "REQ-RES-015",
    text: "an empty reservoir is logged once",
    core: false,
};
pub(super) static RESET: Rule = Rule {
    name: "reset-is-logged",
    requirement: "REQ-LOG-011",
    text: "each reset is logged by its cause",
    core: true,
};
pub(super) static JUMPED: Rule = Rule {
    name: "clock-jump-is-logged",
    requirement: "REQ-CLK-010",
    text: "a jump of the clock is logged with its seconds",
    core: false,
};
pub(super) static MAGNET: Rule = Rule {
    name: "magnet-is-logged",
    requirement: "REQ-MAG-001",
    text: "a magnet that comes and goes is logged, with its minutes",
    core: false,
};
pub(super) static BATTERY: Rule = Rule {
    name: "battery-is-logged",
    requirement: "REQ-BAT-002",
    text: "each step towards the battery's end is logged once, in order, for a supply that was low",
    core: false,
};
pub(super) static MEMORY: Rule = Rule {
    name: "memory-damage-has-a-cause",
    requirement: "REQ-MEM-009",
    text: "a damaged record is logged only after something damaged it",
    core: false,
};
pub(super) static LOST: Rule = Rule {
    name: "lost-writes-are-logged",
    requirement: "REQ-MEM-015",
    text: "writes that the memory did not take are logged, once until the alarm of that was cleared",
    core: false,
};
pub(super) static ABANDONED: Rule = Rule {
    name: "abandoned-session-is-logged",
    requirement: "REQ-THE-026",
    text: "a session that ended by time-out or reset is logged so",
    core: false,
};
pub(super) static FLIP: Rule = Rule {
    name: "flip-is-logged",
    requirement: "REQ-INT-005",
    text: "a bit that flips in a value of which the pump has a second copy is logged as it is found",
    core: false,
};
pub(super) static DROPPED: Rule = Rule {
    name: "dropped-packet-is-logged",
    requirement: "REQ-TEL-017",
    text: "the first packet of a role that is not authentic is logged, until it sends one that is",
    core: false,
};
pub(super) static REFUSED: Rule = Rule {
    name: "refusal-is-logged",
    requirement: "REQ-TEL-032",
    text: "a refused command is logged with its reason, unless that is the last entry",
    core: false,
};
pub(super) static STUCK: Rule = Rule {
    name: "stuck-button-is-logged",
    requirement: "REQ-BOL-033",
    text: "a press repeated for three minutes is logged once",
    core: false,
};
pub(super) static LONG: Rule = Rule {
    name: "long-stop-is-logged",
    requirement: "REQ-THE-032",
    text: "48 hours without infusion are logged, and no less",
    core: false,
};
pub(super) static KEYS: Rule = Rule {
    name: "keys-are-logged",
    requirement: "REQ-LOG-013",
    text: "taking keys is logged",
    core: false,
};
pub(super) static CAUSE: Rule = Rule {
    name: "no-entry-without-cause",
    requirement: "REQ-LOG-001",
    text: "nothing is logged that did not happen",
    core: true,
};
pub(super) static LEFT_OUT: Rule = Rule {
    name: "left-out-is-counted",
    requirement: "REQ-LOG-010",
    text: "entries are left out only where their code has had its share, and each is counted",
    core: false,
};
pub(super) static OFTEN: Rule = Rule {
    name: "entries-are-limited",
    requirement: "REQ-LOG-019",
    text: "of a code that may repeat there are at most eight entries in store, and one more a day",
    core: false,
};
pub(super) static INDEX: Rule = Rule {
    name: "log-in-order",
    requirement: "REQ-LOG-016",
    text: "each entry has the number after the one before, over resets too",
    core: true,
};
pub(super) static TIME: Rule = Rule {
    name: "log-time-never-goes-back",
    requirement: "REQ-LOG-005",
    text: "no entry has an earlier time than the one before",
    core: false,
};
pub(super) static HOLDS: Rule = Rule {
    name: "log-holds-its-last",
    requirement: "REQ-LOG-002",
    text: "the log holds its last 1 200 entries, and all of them can be read",
    core: true,
};
pub(super) static SAME: Rule = Rule {
    name: "entries-never-change",
    requirement: "REQ-LOG-007",
    text: "an entry that was read is the same whenever it is read again",
    core: true,
};
pub(super) static RESERVOIR: Rule = Rule {
    name: "reservoir-by-count",
    requirement: "REQ-RES-001",
    text: "the reservoir is what was entered less the volume of each step that moved",
    core: true,
};
pub(super) static KEPT: Rule = Rule {
    name: "reset-costs-little-count",
    requirement: "REQ-RES-003",
    text: "a reset never raises the counted reservoir, and lowers it by 15 uL at most",
    core: true,
};
pub(super) static COUNTED: Rule = Rule {
    name: "steps-by-count",
    requirement: "REQ-RES-006",
    text: "each step that moved is counted once, and none that was missed",
    core: true,
};
pub(super) static GRANTS: Rule = Rule {
    name: "granted-by-count",
    requirement: "REQ-BOL-037",
    text: "each grant is counted",
    core: false,
};
pub(super) static DENIALS: Rule = Rule {
    name: "denied-by-count",
    requirement: "REQ-BOL-011",
    text: "each denial is counted",
    core: false,
};
pub(super) static UNAUTHENTIC: Rule = Rule {
    name: "unauthentic-by-count",
    requirement: "REQ-TEL-016",
    text: "each packet that is not authentic is counted",
    core: false,
};
pub(super) static ENTRIES: Rule = Rule {
    name: "entries-by-count",
    requirement: "REQ-TEL-027",
    text: "the status tells how many entries were written",
    core: false,
};
pub(super) static PRESCRIPTION: Rule = Rule {
    name: "prescription-read-is-in-force",
    requirement: "REQ-TEL-009",
    text: "the prescription that is read is the one in force, old or new and never a mix",
    core: true,
};
pub(super) static MODE: Rule = Rule {
    name: "mode-in-the-status",
    requirement: "REQ-TEL-028",
    text: "the status names what the pump is doing",
    core: true,
};
pub(super) static CLOCK: Rule = Rule {
    name: "clock-in-the-status",
    requirement: "REQ-CLK-002",
    text: "the status shows the pump's own clock",
    core: false,
};
pub(super) static RESETS: Rule = Rule {
    name: "resets-in-the-health",
    requirement: "REQ-TEL-026",
    text: "every boot but the first is counted",
    core: false,
};
pub(super) static CALENDAR: Rule = Rule {
    name: "calendar-in-the-health",
    requirement: "REQ-THE-008",
    text: "the calendar follows from the last commit, over resets too",
    core: false,
};
pub(super) static LOADED: Rule = Rule {
    name: "loaded-voltage-in-the-health",
    requirement: "REQ-TEL-025",
    text: "the loaded voltage is one that the supply has shown in the last two days",
    core: false,
};
pub(super) static DAYS: Rule = Rule {
    name: "days-since-replacement",
    requirement: "REQ-BAT-005",
    text: "the days since replacement became due are those since its entry",
    core: false,
};
pub(super) static OLD_DRUG: Rule = Rule {
    name: "bridge-in-the-health",
    requirement: "REQ-THE-012",
    text: "the old drug that is left is what has not moved since the refill",
    core: false,
};
pub(super) static FLAGS: Rule = Rule {
    name: "flags-in-the-health",
    requirement: "REQ-TEL-008",
    text: "session, catheter and magnet are shown as they are",
    core: false,
};
pub(super) static NUMBERS: Rule = Rule {
    name: "number-is-never-given-again",
    requirement: "REQ-LOG-022",
    text: "no number of an entry that was shown two hours before a reset is given to another one, whatever the log has lost",
    core: false,
};
pub(super) static IN_FORCE: Rule = Rule {
    name: "what-is-in-force-is-logged",
    requirement: "REQ-LOG-023",
    text: "a prescription that is read after a reset is in the log, if its commit is",
    core: true,
};

/// The rules of this folder.
pub(crate) static RULES: [&Rule; 53] = [
    &GRANTED,
    &DENIED,
    &ENDED,
    &STEPS,
    &RUNS,
    &PROGRAMMED,
    &REFILLED,
    &PRIMED,
    &WORK,
    &BRIDGE,
    &STALLED,
    &RECOVERED,
    &SILENCED,
    &LOW,
    &EMPTY,
    &RESET,
    &JUMPED,
    &MAGNET,
    &BATTERY,
    &MEMORY,
    &LOST,
    &ABANDONED,
    &DROPPED,
    &FLIP,
    &REFUSED,
    &STUCK,
    &LONG,
    &KEYS,
    &CAUSE,
    &LEFT_OUT,
    &OFTEN,
    &INDEX,
    &TIME,
    &HOLDS,
    &SAME,
    &RESERVOIR,
    &KEPT,
    &COUNTED,
    &GRANTS,
    &DENIALS,
    &UNAUTHENTIC,
    &ENTRIES,
    &PRESCRIPTION,
    &MODE,
    &CLOCK,
    &RESETS,
    &CALENDAR,
    &LOADED,
    &DAYS,
    &OLD_DRUG,
    &FLAGS,
    &NUMBERS,
    &IN_FORCE,
];
