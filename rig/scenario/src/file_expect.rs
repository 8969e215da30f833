//! `[[expect]]` exactly as TOML writes it: what must be true.

use super::file::{DURATION, Text};
use thecal_text::reader::Value;
use thecal_text::table;
use toml::Spanned;

const COUNT: Value = Value::integer(0, 1_000_000);

table! {
    /// `[[expect]]`
    ExpectFile "`[[expect]]`" {
        /// How the report calls it: lower-case letters, digits, hyphens.
        name: Text, "\"stall-alarm\"", required;
        /// Why the limit is what it is.
        why: Text, "\"the patient must hear it before withdrawal sets in\"";
        /// True at every instant of the interval.
        always: Text, "\"true.reservoir >= 1 mL\"";
        /// False at every instant of the interval.
        never: Text, "\"true.toxicity > 0.2\"";
        /// True at some instant from `after` for `within`.
        eventually: Text, "\"alarm.critical\"";
        /// True from `after` until `until-true` becomes true.
        hold: Text, "\"log.reset == 0\"";
        /// What ends `hold`.
        until_true: Text, "\"alarm.critical\"";
        /// Each time it becomes true, `then` is true within `within`.
        when: Text, "\"bolus.requested >= 1\"";
        /// The reaction to `when`.
        then: Text, "\"bolus.granted\"";
        /// A signal that counts.
        count: Text, "\"bolus.granted\"";
        /// Start of the interval.
        after: Text = DURATION, "\"6 h\"";
        /// Deadline after `after`; for `when`, after each trigger.
        within: Text = DURATION, "\"30 min\"";
        /// End of the interval.
        until: Text = DURATION, "\"13 h\"";
        /// Length of the sliding window.
        window: Text = DURATION, "\"24 h\"";
        /// Fewer triggers than this leave `when` inconclusive; for `count`, least growth.
        at_least: Spanned<u32> = COUNT, "1";
        /// Most growth.
        at_most: Spanned<u32> = COUNT, "6";
    }
}
