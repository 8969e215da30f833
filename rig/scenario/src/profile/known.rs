//! What a profile may name, which is handed in: rules and protocols are of crates above.

use thecal_plan::RuleName;

/// What a profile may name.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The rules of the specification.
    pub rules: &'a [RuleName],
    /// The built-in protocols.
    pub protocols: &'a [&'a str],
}
