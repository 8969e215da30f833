//! Public items without a user outside that are older than the rule: to be made private or removed.
//!
//! Nothing is added to this list; it goes away with its last row.

/// Folder of a crate, items.
pub(super) const PENDING: &[(&str, &[&str])] = &[
];
